//! Icons from the site's sprite (Lucide). The names are listed in `frontend/icons.txt`.
use leptos::prelude::*;

/// An icon beside a text; hidden from screen readers, which read the text.
#[component]
pub fn Icon(
    /// Lucide's name, such as `rotate-cw`.
    name: &'static str,
) -> impl IntoView {
    let sprite = crate::boot::get().map_or("", |boot| boot.assets.icons.as_str());
    view! {
        <svg class="icon" aria-hidden="true" width="16" height="16">
            <use href=format!("{sprite}#{name}")></use>
        </svg>
    }
}
