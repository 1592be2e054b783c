//! All engines.
use leptos::prelude::*;

/// All engines.
#[component]
pub fn EnginesPage() -> impl IntoView {
    view! { <h1>"EnginesPage"</h1> }
}
