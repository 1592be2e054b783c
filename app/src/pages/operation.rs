//! One operation.
use leptos::prelude::*;

/// One operation.
#[component]
pub fn OperationPage() -> impl IntoView {
    view! { <h1>"OperationPage"</h1> }
}
