//! The first page.
use leptos::prelude::*;

/// The first page.
#[component]
pub fn FleetPage() -> impl IntoView {
    view! { <h1>"FleetPage"</h1> }
}
