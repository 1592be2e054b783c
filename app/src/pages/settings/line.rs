//! A line in the tables of one's sessions and passkeys: what it is, since when, when it was last used, and its end.
use crate::lean::prelude::*;
use crate::parts::age::{Age, Ago};
use shipyard_model::Millis;

/// The columns after the first.
pub struct Line {
    /// Since when it is there.
    pub since: Millis,
    /// Heading of that column.
    pub since_label: &'static str,
    /// When it was last used, if ever.
    pub used: Option<Millis>,
    /// Its button, or what stands in its place.
    pub action: AnyView,
}

/// The line; `name` with `under` it, and `title` where one points at it.
pub fn line(name: String, under: String, title: String, line: Line) -> AnyView {
    let used = match line.used {
        Some(since) => view! { <Ago since /> }.into_any(),
        None => t!("token.never").into_any(),
    };
    view! {
        <tr>
            <td class="name"><b title=title>{name}</b><span>{under}</span></td>
            <td class="muted" data-label=line.since_label><Age since=line.since /></td>
            <td class="muted" data-label=t!("session.used")>{used}</td>
            <td class="num">{line.action}</td>
        </tr>
    }
    .into_any()
}
