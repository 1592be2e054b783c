//! P8, P23, P24: what Chromium makes of a table of all containers. The script says what it measures, a figure a line.
use super::Bench;
use crate::server::PASSWORD;
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

/// What a figure of the script is shown as, and what it must be and should become.
struct Bound {
    id: &'static str,
    what: &'static str,
    /// The script's name for it.
    name: &'static str,
    /// The script's name for what it is compared with.
    beside: &'static str,
    unit: &'static str,
    must: (f64, &'static str),
    aim: (f64, &'static str),
}

const BOUNDS: [Bound; 6] = [
    Bound {
        id: "P8",
        what: "an event to the painted cell, p95",
        name: "P8 event to painted cell, quiet: p95",
        beside: "",
        unit: " ms",
        must: (100.0, "≤ 100 ms"),
        aim: (50.0, "≤ 50 ms"),
    },
    Bound {
        id: "P23",
        what: "scrolling all rows: frame, p95",
        name: "P23 scroll p95 frame",
        beside: "P23 plain page: scroll p95 frame",
        unit: " ms",
        must: (33.0, "≤ 33 ms"),
        aim: (16.7, "≤ 16.7 ms"),
    },
    Bound {
        id: "P23",
        what: "scrolling all rows: longest task",
        name: "P23 scroll longest task",
        beside: "P23 plain page: scroll longest task",
        unit: " ms",
        must: (100.0, "≤ 100 ms"),
        aim: (50.0, "none over 50 ms"),
    },
    Bound {
        id: "P23",
        what: "row elements in the page at most",
        name: "P23 scroll row elements at most",
        beside: "",
        unit: "",
        must: (60.0, "≤ 60"),
        aim: (60.0, ""),
    },
    Bound {
        id: "P23",
        what: "from the first row to the last, until it is there",
        name: "P23 jump to the end",
        beside: "",
        unit: " ms",
        must: (250.0, "≤ 250 ms"),
        aim: (50.0, "≤ 50 ms"),
    },
    Bound {
        id: "P24",
        what: "10,000 changes a second: processor of the page",
        name: "P24 10000 changes a second: page CPU",
        beside: "P24 idle: page CPU",
        unit: " %",
        must: (60.0, "≤ 60 %"),
        aim: (25.0, "≤ 25 %"),
    },
];

/// Runs the script against the server, in the folder whose packages it uses.
pub(crate) async fn browser(bench: &Bench<'_>, script: &Path, folder: &Path) -> Result<Vec<Row>> {
    let output = Command::new("node")
        .args(["--input-type=module", "-"])
        .current_dir(folder)
        .stdin(std::fs::File::open(script).with_context(|| script.display().to_string())?)
        .env("SHIPYARD_URL", format!("http://{}", bench.server.address))
        .env("SHIPYARD_USER", "admin")
        .env("SHIPYARD_PASSWORD", PASSWORD)
        .env("SIM_ADMIN", bench.simulated.door())
        .output()
        .await
        .context("starting the script")?;
    if !output.status.success() {
        bail!(
            "the script in the browser failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
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
    let rows = BOUNDS.iter().map(|bound| {
        let value = |name| value(name).with_context(|| format!("the script does not say: {name}"));
        let found = value(bound.name)?;
        let row = Row::new(bound.id, bound.what, format!("{found:.0}{}", bound.unit))
            .must(bound.must.1, found <= bound.must.0)
            .aim(bound.aim.1, found <= bound.aim.0);
        Ok(match bound.beside {
            "" => row,
            beside => row.beside(format!("{:.0}{}: {}", value(beside)?, bound.unit, beside.split_at(4).1)),
        })
    });
    rows.collect()
}
