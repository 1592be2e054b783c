//! Language and theme and password.
use leptos::prelude::*;

/// Language and theme and password.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! { <h1>"SettingsPage"</h1> }
}
