//! What a browser downloads: wasm-bindgen makes the WASM loadable, `frontend/build.mjs` bundles, optimises and compresses.
//! wasm-bindgen is linked in as a library, so its version is the one in `Cargo.lock` and the two cannot differ.

use crate::build::Mode;
use crate::files;
use crate::project::Project;
use crate::{shell, split};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// What the site is made of, besides the WASM.
const INPUTS: [&str; 8] = [
    "app/locales",
    "frontend/build.mjs",
    "frontend/fonts.css",
    "frontend/icons.txt",
    "frontend/js",
    "frontend/package-lock.json",
    "frontend/public",
    "style",
];

/// Builds the site folder from the app's WASM, unless nothing has changed since it was last built.
pub(crate) fn build(project: &Project, mode: Mode, wasm: &Path) -> Result<PathBuf> {
    let dev = mode == Mode::Dev;
    let suffix = if dev { "-dev" } else { "" };
    let site = project.target.join(format!("site{suffix}"));
    let glue = project.target.join(format!("glue{suffix}"));

    let mut inputs: Vec<PathBuf> = INPUTS.iter().map(|input| project.path(input)).collect();
    inputs.push(wasm.to_path_buf());
    let inputs = files::fingerprint(&inputs)?;
    let stamp = glue.join("inputs");
    if site.join("manifest.json").exists() && std::fs::read_to_string(&stamp).is_ok_and(|built| built == inputs) {
        return Ok(site);
    }

    shell::step("site: wasm-bindgen");
    std::fs::create_dir_all(&glue)?;
    // In one piece for `watch`: to cut it up takes longer than to load it.
    let first = if dev {
        wasm.to_path_buf()
    } else {
        split::split(wasm, &glue).context("wasm_split")?
    };
    bind(&first, &glue, dev).context("wasm-bindgen")?;
    let mut bundle = project.node("frontend/build.mjs");
    bundle.arg("--glue").arg(&glue).arg("--out").arg(&site);
    if dev {
        bundle.arg("--dev");
    }
    shell::run("site: optimise, bundle, compress", &mut bundle)?;
    std::fs::write(&stamp, inputs)?;
    Ok(site)
}

fn bind(wasm: &Path, glue: &Path, dev: bool) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name("app")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .keep_debug(dev)
        // Chunks use the memory and the table of functions of the first part.
        .keep_lld_exports(!dev)
        .remove_name_section(!dev)
        .remove_producers_section(!dev)
        .generate(glue)
}
