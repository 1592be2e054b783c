//! Icons from the site's sprite (Lucide) and Shipyard's own mark. The names are listed in `frontend/icons.txt`.
use crate::lean::prelude::*;

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

/// Shipyard's mark: containers under a crane. The server's pages draw the same.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" aria-hidden="true" width="22" height="22" viewBox="0 0 24 24">
            <rect x="2" y="13" width="6" height="4" rx="1"></rect>
            <rect class="second" x="9" y="13" width="6" height="4" rx="1"></rect>
            <rect class="third" x="16" y="13" width="6" height="4" rx="1"></rect>
            <rect x="9" y="8" width="6" height="4" rx="1"></rect>
            <path d="M12 3v4M4 4h16"></path>
            <path d="M2 20h20"></path>
        </svg>
    }
}
