//! How long ago something was, ticking, with the exact time on hover.
use crate::format;
use crate::interop::clock;
use leptos::prelude::*;
use shipyard_model::Millis;

/// An age such as `5 min`.
#[component]
pub fn Age(
    /// The moment.
    since: Millis,
) -> impl IntoView {
    let tick = clock::tick();
    let text = Memo::new(move |_| format::age(since, tick.get()));
    view! { <time title=clock::date_time(since)>{move || text.get()}</time> }
}
