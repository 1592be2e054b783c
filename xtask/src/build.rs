//! From sources to what is shipped: the app as WASM, the files a browser downloads, and the server.
//! cargo knows what it must do again; the steps after it are skipped when their inputs are the same.

use crate::project::Project;
use crate::{shell, site, sizes};
use anyhow::Result;
use std::ffi::OsString;
use std::path::PathBuf;

/// The target triple of the browser's half.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// What is built: small and quick to load, or quick to build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What is shipped and tested.
    Release,
    /// For `watch`: nothing optimised, nothing compressed.
    Dev,
}

impl Mode {
    fn profiles(self) -> (&'static str, &'static str) {
        match self {
            Mode::Release => ("wasm", "release"),
            Mode::Dev => ("dev", "dev"),
        }
    }

    fn folder(self, profile: &'static str) -> &'static str {
        if self == Mode::Dev { "debug" } else { profile }
    }
}

/// Where the parts of a build are.
pub(crate) struct Built {
    /// The server's binary.
    pub(crate) server: PathBuf,
    /// The folder with `manifest.json` and `assets/`.
    pub(crate) site: PathBuf,
}

/// Builds everything. Two cores are busy with one cargo, so the halves are built one after the other.
pub(crate) fn build(project: &Project, mode: Mode) -> Result<Built> {
    let (wasm, native) = mode.profiles();
    let mut app = project.cargo(&[
        "build",
        "--quiet",
        "--package",
        "shipyard-frontend",
        "--target",
        WASM,
        "--profile",
        wasm,
    ]);
    shell::run("app: WebAssembly", app.env("RUSTFLAGS", wasm_rustflags()))?;
    let wasm = project
        .target
        .join(WASM)
        .join(mode.folder(wasm))
        .join("shipyard_frontend.wasm");
    let site = site::build(project, mode, &wasm)?;
    let mut server = project.cargo(&["build", "--quiet", "--package", "shipyard-server", "--profile", native]);
    shell::run("server", &mut server)?;
    if mode == Mode::Release {
        sizes::report(&site)?;
    }
    Ok(Built {
        server: project.target.join(mode.folder(native)).join("shipyard-server"),
        site,
    })
}

/// Components as trait objects instead of one deep type for each view: a smaller app that builds faster.
/// Clippy takes the same flags, so that it checks what is built.
pub(crate) fn wasm_rustflags() -> OsString {
    let mut flags = std::env::var_os("RUSTFLAGS").unwrap_or_default();
    flags.push(" --cfg erase_components");
    flags
}
