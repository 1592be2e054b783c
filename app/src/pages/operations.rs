//! Operations.
use leptos::prelude::*;

/// Operations.
#[component]
pub fn OperationsPage() -> impl IntoView {
    view! { <h1>"OperationsPage"</h1> }
}
