//! Adding and editing an engine.
use leptos::prelude::*;

/// Adding an engine.
#[component]
pub fn AddEnginePage() -> impl IntoView {
    view! { <h1>"AddEnginePage"</h1> }
}

/// Editing an engine.
#[component]
pub fn EditEnginePage() -> impl IntoView {
    view! { <h1>"EditEnginePage"</h1> }
}
