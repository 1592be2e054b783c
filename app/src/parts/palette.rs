//! The palette: goes to any object and runs any verb.
use super::icon::Icon;
use leptos::prelude::*;

/// The field in the top bar that opens the palette.
#[component]
pub fn PaletteButton() -> impl IntoView {
    view! { <button class="field"><Icon name="search" />{t!("palette.hint")}<span class="grow"></span><kbd>"Ctrl K"</kbd></button> }
}
