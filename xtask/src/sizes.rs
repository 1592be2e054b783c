//! What a visit costs: the size of each file, shown at each build, and a limit on the largest, so that growth is a decision.

use crate::files;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

/// What the app's WASM shall weigh as it is sent, in bytes. It weighs more for now; the build says so each time.
const WASM_GOAL: u64 = 250_000;

/// What it weighs at most until then: above what it weighs today by 1 %, and only ever to be lowered.
const WASM_CEILING: u64 = 276_500;

/// Prints a table of the files in the manifest, says how far the WASM is from its goal, and refuses one that grew.
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
    if size > WASM_CEILING {
        bail!(
            "app.wasm is {} kB as sent; it may not grow over {} kB",
            kilobytes(size),
            kilobytes(WASM_CEILING)
        );
    }
    if size > WASM_GOAL {
        eprintln!(
            "app.wasm is {} kB as sent: {} kB over its goal of {} kB",
            kilobytes(size),
            kilobytes(size - WASM_GOAL),
            kilobytes(WASM_GOAL)
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
        assert!(within_limit(WASM_GOAL).is_ok());
        assert!(within_limit(WASM_CEILING).is_ok());
        let refusal = within_limit(413_456).unwrap_err().to_string();
        assert_eq!(refusal, "app.wasm is 413.4 kB as sent; it may not grow over 276.5 kB");
    }
}
