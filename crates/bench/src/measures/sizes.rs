//! P21: what a browser loads at first, as it is sent: brotli, beside the site's files.
use crate::table::Row;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// P21.
pub(crate) fn sizes(site: &Path) -> Result<Vec<Row>> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(site.join("manifest.json"))?)?;
    let files = manifest
        .get("files")
        .and_then(Value::as_object)
        .context("the site's files")?;
    let size = |name: &str| -> Result<f64> {
        let file = files
            .get(name)
            .and_then(Value::as_str)
            .with_context(|| format!("{name} of the site"))?;
        let packed = site.join(format!("{file}.br"));
        Ok(std::fs::metadata(&packed)
            .with_context(|| packed.display().to_string())?
            .len() as f64
            / 1000.0)
    };
    let (wasm, js, css) = (size("app.wasm")?, size("app.js")? + size("boot.js")?, size("main.css")?);
    Ok(vec![
        Row::new("P21", "first load: WASM", format!("{wasm:.0} kB"))
            .must("≤ 230 kB", wasm <= 230.0)
            .aim("≤ 120 kB", wasm <= 120.0),
        Row::new("P21", "first load: JavaScript, CSS", format!("{js:.1} kB, {css:.1} kB"))
            .must("≤ 12 kB, ≤ 15 kB", js <= 12.0 && css <= 15.0),
    ])
}
