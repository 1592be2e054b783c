//! How long ago something was, ticking, with the exact time on hover.
use crate::format;
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use shipyard_model::Millis;

/// An age such as `5 min`.
#[component]
pub fn Age(
    /// The moment.
    since: Millis,
) -> impl IntoView {
    let tick = clock::tick();
    let text = memo(move || format::age(since, tick.get()));
    view! { <time title=clock::date_time(since)>{dynamic(move || text.get())}</time> }
}

/// An age in a sentence: `5 min ago`.
#[component]
pub fn Ago(
    /// The moment.
    since: Millis,
) -> impl IntoView {
    let tick = clock::tick();
    let text = memo(move || t!("unit.ago", age = format::age(since, tick.get())));
    view! { <time title=clock::date_time(since)>{dynamic(move || text.get())}</time> }
}

/// The time until a moment, `8 s`; nothing once it has come.
#[component]
pub fn Until(
    /// The moment.
    at: Millis,
) -> impl IntoView {
    let tick = clock::tick();
    let text = memo(move || {
        let now = tick.get();
        (at > now).then(|| t!("unit.in", age = format::age(now, at)))
    });
    view! { <span>{dynamic(move || text.get().unwrap_or_else(|| t!("unit.now").to_owned()))}</span> }
}
