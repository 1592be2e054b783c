//! One engine.
use leptos::prelude::*;

/// One engine.
#[component]
pub fn EnginePage() -> impl IntoView {
    view! { <h1>"EnginePage"</h1> }
}
