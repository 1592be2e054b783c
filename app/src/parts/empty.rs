//! What a page shows when it has nothing to show: why, and what to do.
use super::icon::Icon;
use crate::lean::prelude::*;

/// An empty state that teaches.
#[component]
pub fn Empty(
    /// Icon's name.
    icon: &'static str,
    /// One line.
    title: String,
    /// What it means and what to do.
    #[prop(optional)]
    text: String,
    /// Buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="empty">
            <Icon name=icon />
            <h2>{title}</h2>
            <p class="muted">{text}</p>
            <div class="chips">{children.view()}</div>
        </section>
    }
}
