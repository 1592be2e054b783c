//! The figures of the fleet.
use super::engines::megabytes;
use crate::api::Api;
use crate::error::Outcome;
use crate::http;
use crate::out::{self, Out};
use serde::{Deserialize, Serialize};
use shipyard_model::ContainerRow;
use shipyard_model::page::{Figures, FleetPage};
use std::collections::BTreeSet;

/// `info`.
#[derive(Debug, clap::Args)]
pub struct Info {
    /// Follow: show the figures again whenever they change
    #[arg(short, long)]
    watch: bool,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

#[derive(Serialize)]
struct Data<'a> {
    version: &'a str,
    images: usize,
    #[serde(flatten)]
    figures: Figures,
}

fn percent(part: f64, of: f64) -> f64 {
    if of > 0.0 { part / of * 100.0 } else { 0.0 }
}

/// The original's lines.
fn lines(version: &str, images: usize, f: &Figures) -> String {
    let (cpus, reserved) = (f.cpus.as_f64(), f.cpus_reserved.as_f64());
    let (memory, held) = (megabytes(f.memory), megabytes(f.memory_reserved));
    format!(
        "Controller Version: {}\nCpus: {cpus:.2}\nMemory: {memory:.2} MB\nContainers: {}\nImages: {images}\nEngines: {}\n\
         Reserved Cpus: {:.2}% ({reserved:.2})\nReserved Memory: {:.2}% ({held:.2} MB)\n",
        out::escape::line(version),
        f.running,
        f.engines,
        percent(reserved, cpus),
        percent(held, memory),
    )
}

/// Shows the figures.
///
/// # Errors
/// When the server refuses.
pub async fn run(api: &Api, out: &Out, args: &Info) -> Outcome {
    let Version { version } = api.get("/api/v1/version").await?;
    if !args.watch {
        let page: FleetPage = api.get("/api/v1/fleet").await?;
        return show(api, out, &version, &page.figures, false).await;
    }
    let mut events = api.follow("/api/v1/fleet").await?;
    let mut last = None;
    while let Some(event) = events.next().await? {
        if event.kind == "whole" {
            let page: FleetPage = http::read(event.data.as_bytes())?;
            if last != Some(page.figures) {
                show(api, out, &version, &page.figures, true).await?;
                last = Some(page.figures);
            }
        }
    }
    Ok(())
}

async fn show(api: &Api, out: &Out, version: &str, figures: &Figures, again: bool) -> Outcome {
    // Images that containers are made of: what else lies on the engines' disks is not told.
    let rows: Vec<ContainerRow> = api.all("/api/v1/containers", &[], usize::MAX).await?;
    let images = rows.iter().map(|row| row.image.as_str()).collect::<BTreeSet<_>>().len();
    if out.is_data() {
        let data = Data {
            version,
            images,
            figures: *figures,
        };
        return if again { out.one_of_many(&data) } else { out.data(&data) };
    }
    if again && out.terminal {
        out::print("\x1b[H\x1b[J")?;
    }
    out::print(&lines(version, images, figures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{Bytes, Cpus};

    #[test]
    fn lines_are_the_originals() {
        let figures = Figures {
            engines: 3,
            running: 2,
            cpus: Cpus::whole(4),
            cpus_reserved: Cpus::from_nanos(500_000_000),
            memory: Bytes::mib(1024),
            memory_reserved: Bytes::mib(256),
            ..Figures::default()
        };
        assert_eq!(
            lines("4.0.0", 2, &figures),
            "Controller Version: 4.0.0\nCpus: 4.00\nMemory: 1024.00 MB\nContainers: 2\nImages: 2\nEngines: 3\n\
             Reserved Cpus: 12.50% (0.50)\nReserved Memory: 25.00% (256.00 MB)\n"
        );
        assert!(lines("4", 0, &Figures::default()).contains("Reserved Cpus: 0.00% (0.00)"));
    }
}
