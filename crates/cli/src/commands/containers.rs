//! Containers of all engines, and one of them.
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Failure, Outcome};
use crate::filter::{self, Filter};
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, time};
use crate::{find, follow, http};
use serde::Serialize;
use shipyard_model::live::{ContainerWindow, Patch};
use shipyard_model::{ContainerRow, ContainerState, Health, Millis, Port};

/// Help of `containers`.
pub const HELP: &str = "\
Filters: state=running|stopped|paused|unhealthy, engine=NAME, stack=NAME, label=KEY=VALUE (of the engine), q=WORDS, and any
other column.

Examples:
  shipyard containers
  shipyard containers --filter state=unhealthy --filter label=zone=a -o wide
  shipyard containers --sort cpu --descending --watch
  shipyard containers -f state=stopped -o name | xargs -r shipyard destroy";

/// `containers`.
#[derive(Debug, clap::Args)]
pub struct Containers {
    #[command(flatten)]
    listing: Listing,
    /// Order
    #[arg(long, value_enum, value_name = "COLUMN")]
    sort: Option<Sort>,
    /// Order from the end
    #[arg(long)]
    descending: bool,
    /// Most containers to show
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Sort {
    Name,
    State,
    Image,
    Engine,
    Stack,
    Cpu,
    Memory,
    Created,
}

/// A container in a table.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Shown(pub ContainerRow);

/// A port as the original writes it: protocol, address, port on the engine, port in the container.
fn port(port: &Port) -> String {
    format!(
        "{}/{}:{}:{}",
        port.protocol.word(),
        port.host_ip,
        port.host.map(|host| host.to_string()).unwrap_or_default(),
        port.container
    )
}

/// State and health in a word, with its look.
pub fn state(row: &ContainerRow) -> Cell {
    let tone = match (row.state, row.health) {
        (ContainerState::Running, Some(Health::Unhealthy)) | (ContainerState::Dead, _) => Tone::Bad,
        (ContainerState::Running, Some(Health::Starting)) => Tone::Warn,
        (ContainerState::Running, _) => Tone::Good,
        (ContainerState::Paused | ContainerState::Restarting, _) => Tone::Warn,
        _ => Tone::Dim,
    };
    // The original knows two states. What neither runs nor has ended keeps Docker's word.
    let word = match row.state {
        ContainerState::Created | ContainerState::Exited => "stopped",
        other => other.word(),
    };
    Cell::toned(word, tone)
}

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Image"),
        column("Name"),
        column("Host"),
        column("State"),
        column("Ports"),
        wide("Health"),
        wide("Stack"),
        wide("CPU"),
        wide("Memory"),
        wide("Created"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let row = &self.0;
        let ports: Vec<String> = row.ports.iter().filter(|port| port.host.is_some()).map(port).collect();
        let health = match row.health {
            Some(Health::Healthy) => Cell::toned("healthy", Tone::Good),
            Some(Health::Starting) => Cell::toned("starting", Tone::Warn),
            Some(Health::Unhealthy) => Cell::toned("unhealthy", Tone::Bad),
            None => Cell::from("-"),
        };
        vec![
            row.at.id.short().into(),
            row.image.clone().into(),
            row.name.clone().into(),
            row.engine.as_str().into(),
            state(row),
            ports.join(", ").into(),
            health,
            row.stack.clone().unwrap_or_else(|| "-".to_owned()).into(),
            row.usage
                .map_or_else(|| "-".to_owned(), |usage| format!("{:.1}%", usage.cpu_percent))
                .into(),
            row.usage
                .map_or_else(|| "-".to_owned(), |usage| usage.memory.to_string())
                .into(),
            time::ago(row.created, Millis::now()).into(),
        ]
    }

    fn name(&self) -> String {
        format!("{}/{}", self.0.engine, self.0.name)
    }
}

/// The filters that the server applies, as a query; the others.
fn split(filters: &[Filter]) -> (Vec<(&'static str, String)>, Vec<Filter>) {
    let mut here = Vec::new();
    let mut query: Vec<(&'static str, String)> = Vec::new();
    for filter in filters {
        // What the server calls a state is a group of states.
        let groups = ["running", "stopped", "paused", "unhealthy"];
        let key = match filter.key.as_str() {
            "state" if groups.contains(&filter.value.as_str()) => "state",
            "engine" | "host" => "engine",
            "stack" => "stack",
            "label" => "label",
            "q" => "q",
            _ => {
                here.push(filter.clone());
                continue;
            }
        };
        match query.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) if key == "q" => {
                values.push(' ');
                values.push_str(&filter.value);
            }
            Some((_, values)) => {
                values.push(',');
                values.push_str(&filter.value);
            }
            None => query.push((key, filter.value.clone())),
        }
    }
    (query, here)
}

/// Lists containers.
///
/// # Errors
/// When the server refuses, or a filter names no column.
pub async fn list(api: &Api, out: &Out, args: &Containers) -> Outcome {
    let (mut query, here) = split(&args.listing.filter);
    if let Some(sort) = args.sort {
        query.push(("sort", format!("{sort:?}").to_lowercase()));
    }
    if args.descending {
        query.push(("descending", "true".to_owned()));
    }
    if args.listing.watch {
        return watch(api, out, &query, &here, args.limit).await;
    }
    let rows: Vec<ContainerRow> = api
        .all("/api/v1/containers", &query, args.limit.unwrap_or(usize::MAX))
        .await?;
    out.list(&filter::keep(rows.into_iter().map(Shown).collect(), &here)?)
}

async fn watch(api: &Api, out: &Out, query: &[(&str, String)], here: &[Filter], limit: Option<usize>) -> Outcome {
    let limit = limit.unwrap_or(500).clamp(1, 500);
    let pairs = query.iter().cloned().chain([("limit", limit.to_string())]);
    let mut events = api.follow(&format!("/api/v1/containers{}", http::query(pairs))).await?;
    let mut window = ContainerWindow::default();
    while let Some(event) = events.next().await? {
        match event.kind.as_str() {
            "whole" => window = http::read(event.data.as_bytes())?,
            "patch" => http::read::<Patch>(event.data.as_bytes())?.apply(&mut window),
            _ => continue,
        }
        let rows = window.rows.iter().map(|row| Shown((**row).clone())).collect();
        follow::show(out, &filter::keep(rows, here)?)?;
    }
    Ok(())
}

/// `inspect`.
#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// Name, id or beginning of the id; engine/name where several engines have it
    id: String,
    /// Show the values of its environment
    #[arg(long)]
    reveal: bool,
}

/// Shows a container as Docker does.
///
/// # Errors
/// When it is not there, or may not be looked at.
pub async fn inspect(api: &Api, out: &Out, args: &Inspect) -> Outcome {
    let row = find::container(api, &args.id).await?;
    let query = if args.reveal { "?reveal=true" } else { "" };
    let raw: serde_json::Value = api.get(format!("{}/inspect{query}", find::path(&row))).await?;
    match out.form() {
        out::Output::Name => out::print(&format!("{}/{}\n", row.engine, out::escape::line(&row.name))),
        _ => out.data(&raw),
    }
}

/// A container that a command worked on, as the original writes its id.
///
/// # Errors
/// When the output is closed.
pub fn done(word: &str, id: &str) -> Outcome {
    let short = id.get(..12).unwrap_or(id);
    out::print(&format!("{word} {}\n", out::escape::line(short)))
}

/// Nothing was named.
pub fn none_named() -> Failure {
    Failure::usage("Name at least one container.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::Protocol;

    #[test]
    fn ports_are_written_as_the_original_does() {
        let one = |host_ip: &str, host| Port {
            host_ip: host_ip.to_owned(),
            host,
            container: 80,
            protocol: Protocol::Tcp,
        };
        assert_eq!(port(&one("0.0.0.0", Some(8080))), "tcp/0.0.0.0:8080:80");
        assert_eq!(port(&one("", None)), "tcp/::80");
    }

    #[test]
    fn the_server_filters_what_it_can() {
        let filter = |text: &str| Filter::parse(text).unwrap();
        let (query, here) = split(&[
            filter("state=running"),
            filter("engine=a"),
            filter("engine=b"),
            filter("label=zone=a"),
            filter("image=nginx"),
            filter("state=restarting"),
        ]);
        assert_eq!(
            query,
            [
                ("state", "running".to_owned()),
                ("engine", "a,b".to_owned()),
                ("label", "zone=a".to_owned())
            ]
        );
        assert_eq!(here, [filter("image=nginx"), filter("state=restarting")]);
    }
}
