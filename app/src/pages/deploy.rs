//! Deploying containers.
use leptos::prelude::*;

/// Deploying containers.
#[component]
pub fn DeployPage() -> impl IntoView {
    view! { <h1>"DeployPage"</h1> }
}
