//! P8, P23, P24: what Chromium makes of a table of all containers. The script says what it measures, a figure a line.
use super::Bench;
use crate::table::Row;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::Path;
use tokio::process::Command;

/// A figure of the script.
#[derive(Deserialize)]
struct Figure {
    name: String,
    value: f64,
}

/// What each figure must be and should become, by the script's name for it.
const BOUNDS: [(&str, &str, &str, f64, &str, f64, &str); 6] = [
    (
        "P8",
        "P8 event to painted cell p95",
        "an event to the painted cell, p95",
        100.0,
        "≤ 100 ms",
        50.0,
        "≤ 50 ms",
    ),
    (
        "P23",
        "P23 scroll p95 frame",
        "scrolling: frame, p95",
        33.0,
        "≤ 33 ms",
        16.7,
        "≤ 16.7 ms",
    ),
    (
        "P23",
        "P23 longest task",
        "scrolling: longest task",
        100.0,
        "≤ 100 ms",
        50.0,
        "none over 50 ms",
    ),
    (
        "P23",
        "P23 row elements",
        "row elements in the page",
        60.0,
        "≤ 60",
        60.0,
        "",
    ),
    (
        "P23",
        "P23 jump to end",
        "jump to the end until its rows are there",
        250.0,
        "≤ 250 ms",
        50.0,
        "≤ 50 ms",
    ),
    (
        "P24",
        "P24 page CPU",
        "10,000 patches a second: processor of the page",
        60.0,
        "≤ 60 %",
        25.0,
        "≤ 25 %",
    ),
];

/// Runs the script against the server.
pub(crate) async fn browser(bench: &Bench<'_>, script: &Path) -> Result<Vec<Row>> {
    let output = Command::new("node")
        .arg(script)
        .env("SHIPYARD_URL", format!("http://{}", bench.server.address))
        .env("SHIPYARD_USER", "admin")
        .env("SHIPYARD_PASSWORD", crate::server::PASSWORD)
        .env("SHIPYARD_SIM", bench.simulated.door())
        .stderr(std::process::Stdio::inherit())
        .output()
        .await
        .context("starting the script")?;
    if !output.status.success() {
        bail!("the script in the browser failed");
    }
    let text = String::from_utf8(output.stdout)?;
    let figures: Vec<Figure> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let value = |name: &str| {
        figures
            .iter()
            .find(|figure| figure.name == name)
            .map(|figure| figure.value)
    };
    let rows = BOUNDS.iter().filter_map(|&(id, name, what, most, must, best, aim)| {
        let value = value(name)?;
        let shown = if must.ends_with("ms") {
            super::ms(value)
        } else if must.ends_with('%') {
            format!("{value:.0} %")
        } else {
            format!("{value:.0}")
        };
        Some(
            Row::new(id, what, shown)
                .must(must, value <= most)
                .aim(aim, value <= best),
        )
    });
    Ok(rows.collect())
}
