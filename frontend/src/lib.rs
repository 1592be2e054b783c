//! The entry point of the WASM: the boot script (`frontend/js/boot.ts`) calls [`start`].
use shipyard_app::{App, boot, text};
use wasm_bindgen::prelude::*;

/// Starts the app: takes the texts of the page's language and the shell's block, and puts the app in place of the
/// shell's frame.
///
/// # Errors
/// When the texts or the shell's block are not what this build expects; the boot script shows it.
#[wasm_bindgen]
pub fn start(messages: &str, block: &str) -> Result<(), JsError> {
    console_error_panic_hook::set_once();
    text::set(messages)?;
    boot::set(block)?;
    shipyard_app::interop::browser::clear_shell();
    leptos::mount::mount_to_body(App);
    Ok(())
}
