//! What a visit costs: the size of each file, shown at each build, and a limit on the largest, so that growth is a decision.

use crate::files;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

/// What of the app's WASM is loaded first weighs at most as it is sent, in bytes: just above what it weighs today. Whoever lets it grow
/// says here by what.
const FIRST_CEILING: u64 = 138_000;

/// The same of each chunk, which is what going to its pages costs.
const CHUNK_CEILING: u64 = 60_000;

/// The same of all of it: a page in a chunk is not for free either. Whoever adds a page says here what it weighs.
/// Charts with a past, of an engine and the fleet too: 12 kB. The long table: 10 kB. The same as a chunk of its own, for which the first
/// load is 23 kB less: 10 kB.
const ALL_CEILING: u64 = 412_000;

/// Prints a table of the files in the manifest, and refuses WASM that grew.
pub(crate) fn report(site: &Path) -> Result<()> {
    let manifest: Value = serde_json::from_str(&files::read(&site.join("manifest.json"))?)?;
    let listed = manifest
        .get("files")
        .and_then(Value::as_object)
        .context("manifest.json has no files")?;
    eprintln!("{:<16} {:>9} {:>9} {:>9}  kB", "", "raw", "gzip", "brotli");
    let (mut first, mut all) = (None, 0);
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
            first = Some(brotli);
        }
        if name.ends_with(".wasm") {
            all += brotli;
            if name != "app.wasm" {
                within_limit(name, brotli, CHUNK_CEILING)?;
            }
        }
    }
    let first = first.context("manifest.json lists no app.wasm")?;
    eprintln!("WASM: {} kB first, {} kB in all", kilobytes(first), kilobytes(all));
    within_limit("app.wasm", first, FIRST_CEILING)?;
    within_limit("the WASM with its chunks", all, ALL_CEILING)
}

fn within_limit(what: &str, size: u64, ceiling: u64) -> Result<()> {
    if size > ceiling {
        bail!(
            "{what} is {} kB as sent; it may not grow over {} kB",
            kilobytes(size),
            kilobytes(ceiling)
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
        assert!(within_limit("app.wasm", 249_000, 249_000).is_ok());
        let refusal = within_limit("app.wasm", 413_456, 249_000).unwrap_err().to_string();
        assert_eq!(refusal, "app.wasm is 413.4 kB as sent; it may not grow over 249.0 kB");
    }
}
