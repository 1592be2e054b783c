//! The palette: goes to any object and runs any verb, by Ctrl K or ⌘ K.
mod entries;
pub mod results;

use super::icon::Icon;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{Show, effect};
use results::Search;

/// Whether the palette is open.
#[derive(Clone, Copy)]
struct Open(RwSignal<bool>);

/// Makes the palette's state. Called once, by the frame.
pub fn provide() {
    provide_context(Open(RwSignal::new(false)));
}

/// Whether the palette is open; to be set to open it.
pub fn open() -> RwSignal<bool> {
    use_context::<Open>().map_or_else(|| RwSignal::new(false), |open| open.0)
}

/// The field in the top bar that opens the palette.
#[component]
pub fn PaletteButton() -> impl IntoView {
    let open = open();
    view! {
        <button type="button" class="field" aria-haspopup="dialog" on:click=move |_| open.set(true)>
            <Icon name="search" />
            <span class="clip">{t!("palette.hint")}</span>
            <span class="grow"></span>
            <kbd>"Ctrl K"</kbd>
        </button>
    }
}

/// The palette itself; once in the page.
#[component]
pub fn Palette() -> impl IntoView {
    let open = open();
    let dialog = NodeRef::<web_sys::HtmlDialogElement>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            if open.get() {
                browser::show_modal(&dialog);
                browser::focus("palette-input");
            } else {
                dialog.close();
            }
        }
    });
    // What lies beside the palette is the dialog's backdrop, whose presses the browser reports as the dialog's own.
    let beside = move |event: leptos::ev::MouseEvent| {
        if event.target() == event.current_target() {
            open.set(false);
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class="palette"
            aria-label=t!("palette.title")
            on:close=move |_| open.set(false)
            on:click=beside
        >
            <Show when=move || open.get()>
                <Search open />
            </Show>
        </dialog>
    }
}
