//! Log lines on the page. Their text is an outsider's: it becomes text nodes, and colours become classes.
use super::log_store::{Chunk, Entry, Kept, LogStore};
use crate::interop::clock;
use crate::lean::For;
use crate::lean::prelude::*;
use crate::pure::ansi::{Colour, Span, marked};
use std::sync::Arc;

/// All kept lines that the filter lets through.
#[component]
pub fn Lines(
    /// The lines.
    store: LogStore,
    /// What they must hold; empty for all.
    filter: Memo<String>,
) -> impl IntoView {
    view! {
        <For each=move || store.chunks.get() key=|chunk| chunk.first let:chunk>
            <ChunkLines chunk filter />
        </For>
    }
}

#[component]
fn ChunkLines(chunk: Chunk, filter: Memo<String>) -> impl IntoView {
    let entries = chunk.entries;
    let each = move || {
        let filter = filter.get();
        entries.with(|entries| {
            let passing = entries.iter().filter(|kept| kept.passes(&filter));
            passing
                .map(|kept| (Arc::clone(kept), filter.clone()))
                .collect::<Vec<_>>()
        })
    };
    view! {
        // The filter is part of the key, so that its marks are drawn anew.
        <For each key=|(kept, filter)| (kept.number, filter.clone()) let((kept, filter))>
            {line(&kept, &filter)}
        </For>
    }
}

fn line(kept: &Kept, filter: &str) -> AnyView {
    match &kept.entry {
        Entry::Line { at, error, spans, .. } => {
            let time = at.map(|at| view! { <time title=clock::date_time(at)>{clock::time(at)}</time> });
            let mark = error.then(|| view! { <span class="err" title=t!("logs.stderr")>"!"</span> });
            let spans = spans.iter().map(|span| piece(span, filter)).collect_view();
            view! { <div class="l" class:e=*error>{time}{mark}<span class="t">{spans}</span></div> }.into_any()
        }
        Entry::Skipped(lines) => view! { <div class="l note">{t!("logs.skipped", n = *lines)}</div> }.into_any(),
        Entry::Gap => view! { <div class="l note">{t!("logs.gap")}</div> }.into_any(),
        Entry::Ended => view! { <div class="l note">{t!("logs.ended")}</div> }.into_any(),
    }
}

fn piece(span: &Span, filter: &str) -> AnyView {
    let text = || {
        marked(&span.text, filter)
            .into_iter()
            .map(|(hit, text)| {
                let text = text.to_owned();
                if hit {
                    view! { <mark>{text}</mark> }.into_any()
                } else {
                    text.into_any()
                }
            })
            .collect_view()
    };
    let classes = span.style.classes();
    let (front, back) = (rgb(span.style.text), rgb(span.style.back));
    let coloured = front.is_some();
    if classes.is_empty() && !coloured && back.is_none() {
        text().into_any()
    } else {
        view! { <span class=classes class:ar=coloured style:--rgb=front style:background-color=back>{text()}</span> }
            .into_any()
    }
}

fn rgb(colour: Option<Colour>) -> Option<String> {
    match colour {
        Some(Colour::Rgb(r, g, b)) => Some(format!("rgb({r} {g} {b})")),
        _ => None,
    }
}
