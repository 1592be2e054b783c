//! A container with its tabs.
use leptos::prelude::*;

/// A container with its tabs.
#[component]
pub fn ContainerPage() -> impl IntoView {
    view! { <h1>"ContainerPage"</h1> }
}
