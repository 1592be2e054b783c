//! All containers of the fleet.
use leptos::prelude::*;

/// All containers of the fleet.
#[component]
pub fn ContainersPage() -> impl IntoView {
    view! { <h1>"ContainersPage"</h1> }
}
