//! What the server's shell hands to the page: who is signed in, where the files are, the first view's data.
use crate::interop;
use crate::pure::json::{self, Malformed};
use serde::Deserialize;
use shipyard_model::live::{Frame, View, ViewData};
use shipyard_model::{Millis, Session};
use std::sync::OnceLock;

/// The shell's JSON block.
#[derive(Clone, Debug, Deserialize)]
pub struct Boot {
    /// Hash over the site's files: a server with another one makes the page load itself anew.
    pub build: String,
    /// Addresses of files that are loaded later.
    pub assets: Assets,
    /// `en` or `fr`.
    pub language: String,
    /// `auto`, `light` or `dark`.
    pub theme: String,
    /// Who is signed in and what they may do.
    pub session: Session,
    /// The server's clock when the page was made.
    pub now: Millis,
    /// Data of the page's first view.
    pub first: Option<First>,
    /// Counts for the frame.
    pub frame: Frame,
}

/// Addresses of files.
#[derive(Clone, Debug, Deserialize)]
pub struct Assets {
    /// The sprite of icons.
    pub icons: String,
    /// The module that draws charts.
    pub chart: String,
    /// The module that asks devices for passkeys.
    pub passkey: String,
}

/// A view with its data, so that the first page shows without a second request.
#[derive(Clone, Debug, Deserialize)]
pub struct First {
    /// The view.
    pub view: View,
    /// Its data.
    pub data: ViewData,
}

static BOOT: OnceLock<Boot> = OnceLock::new();

/// Takes the shell's block.
///
/// # Errors
/// When it is not what this build expects.
pub fn set(block: &str) -> Result<(), Malformed> {
    let boot: Boot = json::read(block)?;
    interop::clock::set_server_time(boot.now);
    let _ = BOOT.set(boot);
    Ok(())
}

/// The shell's block; `None` only before [`set`].
pub fn get() -> Option<&'static Boot> {
    BOOT.get()
}

/// Whether the signed-in account may do this: what it may not do is not shown. The server decides all the same.
pub fn may(permission: shipyard_model::Permission) -> bool {
    get().is_some_and(|boot| boot.session.may.contains(&permission))
}
