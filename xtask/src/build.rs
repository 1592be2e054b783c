//! From sources to what is shipped: the app as WASM, the files a browser downloads, and the server.
//! cargo knows what it must do again; the steps after it are skipped when their inputs are the same.

use crate::project::Project;
use crate::{shell, site, sizes};
use anyhow::{Context, Result};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The target triple of the browser's half.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// How the server's allocator gives memory back: half a second after its last use, from two arenas,
/// by a thread of its own (<https://jemalloc.net/jemalloc.3.html#tuning>).
const MALLOC_CONF: &str = "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0,narenas:2";

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

/// Builds everything. The end of the browser's half, linking and optimising it, has work for one core only, so the server
/// is built beside it where the two have folders of their own; in [`Mode::Dev`] they would wait for each other's.
pub(crate) fn build(project: &Project, mode: Mode) -> Result<Built> {
    let (_, native) = mode.profiles();
    let mut server = project.cargo(&["build", "--quiet", "--package", "shipyard-server", "--profile", native]);
    if mode == Mode::Release {
        server.args(["--features", "jemalloc"]);
        server.env("JEMALLOC_SYS_WITH_MALLOC_CONF", MALLOC_CONF);
    }
    let beside = match mode {
        Mode::Release => Some(shell::beside("server", &mut server)?),
        Mode::Dev => None,
    };
    let site = app(project, mode)?;
    match beside {
        Some(server) => server.end()?,
        None => shell::run("server", &mut server)?,
    }
    Ok(Built {
        server: project.target.join(mode.folder(native)).join("shipyard-server"),
        site,
    })
}

/// Builds what the browser downloads, and gives its folder.
pub(crate) fn app(project: &Project, mode: Mode) -> Result<PathBuf> {
    let (wasm, _) = mode.profiles();
    let mut app = project.cargo(&[
        "rustc",
        "--quiet",
        "--package",
        "shipyard-frontend",
        "--target",
        WASM,
        "--profile",
        wasm,
    ]);
    if mode == Mode::Release {
        // What refers to what, for `split`.
        app.args(["--features", "split", "--", "-C", "link-arg=--emit-relocs"]);
    }
    let (variable, flags) = wasm_rustflags(project)?;
    shell::run("app: WebAssembly", app.env(variable, flags))?;
    let wasm = project
        .target
        .join(WASM)
        .join(mode.folder(wasm))
        .join("shipyard_frontend.wasm");
    let site = site::build(project, mode, &wasm)?;
    if mode == Mode::Release {
        sizes::report(&site)?;
    }
    Ok(site)
}

/// The compiler's flags for the browser's half, as a setting for cargo's environment. Clippy takes the same ones, so that
/// it checks what is built.
///
/// Components as trait objects instead of one deep type for each view make a smaller app that builds faster. And the
/// places that panics name are public, so they are not to tell where this machine keeps its files.
pub(crate) fn wasm_rustflags(project: &Project) -> Result<(&'static str, OsString)> {
    let mut flags: Vec<OsString> = match std::env::var("RUSTFLAGS") {
        Ok(flags) => flags.split_whitespace().map(OsString::from).collect(),
        Err(_) => Vec::new(),
    };
    flags.extend(["--cfg", "erase_components"].map(OsString::from));
    for (from, to) in [
        (cargo_home()?.join("registry/src"), "crates"),
        (project.root.clone(), "."),
    ] {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flags.push(flag);
    }
    // Unlike RUSTFLAGS, this one takes paths with spaces.
    Ok(("CARGO_ENCODED_RUSTFLAGS", flags.join(OsStr::new("\u{1f}"))))
}

/// Where cargo keeps what it has fetched.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::home_dir().map(|dir| dir.join(".cargo")))
        .context("no home folder")
}
