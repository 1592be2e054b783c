//! Cuts the app's WASM into what is loaded first and the chunks of `app/src/chunks.rs`. It goes by what the linker notes about
//! what refers to what (`--emit-relocs`), so it comes before wasm-bindgen, which sees the first part alone.

use anyhow::{Context, Result, anyhow};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wasm_split_cli_support::{Options, transform};

/// The script that loads chunks, beside the glue that imports it.
const LINK: &str = "./chunks.js";

/// What of the glue's folder is made here.
const FOLDER: &str = "split";

/// Cuts `wasm` up in the glue's folder. What is left for wasm-bindgen is what this gives; the script that loads the others is put
/// where wasm-bindgen's output will import it, and `chunks.json` says which files each chunk is.
pub(crate) fn split(wasm: &Path, glue: &Path) -> Result<PathBuf> {
    let folder = glue.join(FOLDER);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let input = std::fs::read(wasm).with_context(|| wasm.display().to_string())?;
    let main = folder.join("app.wasm");
    let mut options = Options::new(&input);
    options.output_dir = &folder;
    options.main_out_path = &main;
    options.link_name = LINK;
    options.main_module = "./app.js";
    let made = transform(options).map_err(|error| anyhow!("{error:?}"))?;
    let files: BTreeMap<_, _> = made.prefetch_map.into_iter().collect();
    std::fs::write(folder.join("chunks.json"), serde_json::to_string_pretty(&files)?)?;
    Ok(main)
}
