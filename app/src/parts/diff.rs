//! What differs between two settings of one thing: each with its value before and after, marked by a sign and a word.
use crate::lean::prelude::*;

/// One thing that differs. Without a value before it is new, without one after it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is, as a person calls it.
    pub field: String,
    /// Its value before.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
    /// More about it, in a word or two.
    pub note: Option<&'static str>,
}

/// Everything that differs.
#[component]
pub fn Diff(
    /// What differs, in order.
    lines: Vec<Line>,
    /// What is compared, for screen readers.
    label: String,
) -> impl IntoView {
    let lines = lines.into_iter().map(line).collect_view();
    // Long values scroll, which the keyboard reaches too.
    view! { <ul class="diff" tabindex="0" aria-label=label>{lines}</ul> }
}

fn line(line: Line) -> AnyView {
    let (class, sign, word) = match (&line.before, &line.after) {
        (None, _) => ("added", "+", t!("diff.added")),
        (_, None) => ("removed", "−", t!("diff.removed")),
        _ => ("changed", "≠", t!("diff.changed")),
    };
    let before = line
        .before
        .map(|value| view! { <del><span class="sr">{t!("diff.before")}" "</span>{value}</del> });
    let after = line
        .after
        .map(|value| view! { <ins><span class="sr">{t!("diff.after")}" "</span>{value}</ins> });
    view! {
        <li class=class>
            <i aria-hidden="true">{sign}</i>
            <b>{line.field}</b>
            <span class="faint">{word}{line.note.map(|note| format!(" · {note}"))}</span>
            <div>{before}{after}</div>
        </li>
    }
    .into_any()
}
