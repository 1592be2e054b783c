//! What a visit costs: the size of each file, shown at each build, and a limit on the largest, so that growth is a decision.

use crate::files;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

/// The most the app's WASM may weigh as it is sent, in bytes.
const WASM_LIMIT: u64 = 250_000;

/// Prints a table of the files in the manifest and refuses a WASM over its limit.
pub(crate) fn report(site: &Path) -> Result<()> {
    let manifest: Value = serde_json::from_str(&files::read(&site.join("manifest.json"))?)?;
    let listed = manifest
        .get("files")
        .and_then(Value::as_object)
        .context("manifest.json has no files")?;
    eprintln!("{:<16} {:>9} {:>9} {:>9}  kB", "", "raw", "gzip", "brotli");
    let mut app = None;
    for (name, path) in listed {
        let path = site.join(path.as_str().context("manifest.json: a path is no text")?);
        let raw = path.metadata().with_context(|| path.display().to_string())?.len();
        // Fonts have no compressed sibling: they are sent as they are.
        let packed = |suffix: &str| {
            path.with_added_extension(suffix)
                .metadata()
                .map_or(raw, |file| file.len())
        };
        let brotli = packed("br");
        eprintln!(
            "{name:<16} {:>9} {:>9} {:>9}",
            kilobytes(raw),
            kilobytes(packed("gz")),
            kilobytes(brotli)
        );
        if name == "app.wasm" {
            app = Some(brotli);
        }
    }
    within_limit(app.context("manifest.json lists no app.wasm")?)
}

fn within_limit(size: u64) -> Result<()> {
    if size > WASM_LIMIT {
        bail!(
            "app.wasm is {} kB as sent; the limit is {} kB",
            kilobytes(size),
            kilobytes(WASM_LIMIT)
        );
    }
    Ok(())
}

fn kilobytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_kept() {
        assert!(within_limit(WASM_LIMIT).is_ok());
        let refusal = within_limit(251_234).unwrap_err().to_string();
        assert_eq!(refusal, "app.wasm is 251.2 kB as sent; the limit is 250.0 kB");
    }
}
