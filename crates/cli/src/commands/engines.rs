//! Engines: list, add, change, remove.
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Failure, Outcome};
use crate::out::table::{Cell, Column, Tabled, Tone, column, wide};
use crate::out::{self, Out, Output, time};
use crate::{find, follow, http};
use hyper::Method;
use serde::Serialize;
use serde_json::{Value, json};
use shipyard_model::{Bytes, Cpus, Engine, EngineHealth, EngineRow};
use std::path::{Path, PathBuf};

/// Help of `add-engine`.
pub const ADD_HELP: &str = "\
With https, all three of --ssl-cert, --ssl-key and --ca-cert are needed. CPUs and memory are what the engine says that it
has, unless they are given.

Example:
  shipyard add-engine --id node1 --addr https://1.1.1.1:2376 --label zone=a --label ssd \\
      --ssl-cert cert.pem --ssl-key key.pem --ca-cert ca.pem";

/// `engines`.
#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    listing: Listing,
}

/// An engine in a table.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Shown(pub EngineRow);

/// Memory in MB, as the original counts it.
pub fn megabytes(bytes: Bytes) -> f64 {
    bytes.get() as f64 / (1024.0 * 1024.0)
}

/// Whether an engine answers, in the original's words.
pub fn health(row: &EngineRow) -> Cell {
    match row.health {
        EngineHealth::Connecting => Cell::toned("pending", Tone::Warn),
        EngineHealth::Up => Cell::toned("up", Tone::Good),
        EngineHealth::Down { .. } => Cell::toned("down", Tone::Bad),
    }
}

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Name"),
        column("Cpus"),
        column("Memory"),
        column("Host"),
        column("Labels"),
        column("Health"),
        column("Response Time (ms)"),
        column("Docker Version"),
        wide("Running"),
        wide("Containers"),
        wide("Reserved Cpus"),
        wide("Reserved Memory"),
        wide("OS"),
        wide("Certificate Ends"),
        wide("Why"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let row = &self.0;
        let up = row.health.is_up();
        let response = row.response_us.filter(|us| up && *us > 0);
        let why = match &row.health {
            EngineHealth::Down { why, .. } => why.detail.clone(),
            _ => String::new(),
        };
        let ends = [row.engine.certificate_ends, row.server_certificate_ends];
        vec![
            row.engine.id.as_str().into(),
            row.engine.name.as_str().into(),
            format!("{:.2}", row.capacity.cpus.as_f64()).into(),
            format!("{:.2}", megabytes(row.capacity.memory)).into(),
            row.engine.address.to_string().into(),
            row.engine.labels.written().collect::<Vec<_>>().join(",").into(),
            health(row),
            response
                .map_or_else(|| "-".to_owned(), |us| format!("{:.1}", us as f64 / 1000.0))
                .into(),
            row.version.clone().into(),
            row.running.to_string().into(),
            row.containers.to_string().into(),
            format!("{:.2}", row.reserved.cpus.as_f64()).into(),
            format!("{:.2}", megabytes(row.reserved.memory)).into(),
            row.os.clone().into(),
            ends.into_iter()
                .flatten()
                .min()
                .map_or_else(|| "-".to_owned(), time::plain)
                .into(),
            why.into(),
        ]
    }

    fn name(&self) -> String {
        self.0.engine.name.to_string()
    }
}

/// Lists engines.
///
/// # Errors
/// When the server refuses.
pub async fn list(api: &Api, out: &Out, args: &List) -> Outcome {
    const PATH: &str = "/api/v1/engines";
    follow::list(api, out, PATH, &[], &args.listing, Shown).await
}

/// Certificates of an engine, by their files.
#[derive(Debug, clap::Args)]
struct Tls {
    /// File with the client certificate (PEM)
    #[arg(long, value_name = "FILE")]
    ssl_cert: Option<PathBuf>,
    /// File with its key (PEM)
    #[arg(long, value_name = "FILE")]
    ssl_key: Option<PathBuf>,
    /// File with the authority that signed the engine's certificate (PEM)
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,
}

impl Tls {
    /// The credentials as the server reads them. The model's own type cannot be written: it holds a key.
    fn read(&self) -> Outcome<Value> {
        let file = |path: &Path, what: &str| {
            std::fs::read_to_string(path)
                .map_err(|e| Failure::usage(format!("unable to read {what}: {}", path.display())).because(&e))
        };
        match (&self.ssl_cert, &self.ssl_key, &self.ca_cert) {
            (None, None, None) => Ok(Value::Null),
            (Some(certificate), Some(key), Some(authority)) => Ok(json!({
                "certificate": file(certificate, "ssl certificate")?,
                "key": file(key, "ssl key")?,
                "authority": file(authority, "ca certificate")?,
            })),
            _ => Err(Failure::usage(
                "--ssl-cert, --ssl-key and --ca-cert belong together: give all three.",
            )),
        }
    }
}

/// `add-engine`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// Name of the engine
    #[arg(long, value_name = "NAME")]
    id: String,
    /// Address of the engine: https://host:2376, http://host:2375 or unix:///path
    #[arg(long, default_value = "http://127.0.0.1:2375")]
    addr: String,
    /// CPUs [default: what the engine has]
    #[arg(long, value_parser = cpus)]
    cpus: Option<Cpus>,
    /// Memory in MB, or with a unit: 2g [default: what the engine has]
    #[arg(long, value_parser = memory)]
    memory: Option<Bytes>,
    /// Label, `zone=a` or `ssd`
    #[arg(long)]
    label: Vec<String>,
    #[command(flatten)]
    tls: Tls,
    /// Try the connection, tell what is there, and keep nothing
    #[arg(long)]
    probe: bool,
}

/// Reads CPUs.
///
/// # Errors
/// A sentence that says what is expected.
pub fn cpus(text: &str) -> Result<Cpus, String> {
    Cpus::parse(text).map_err(str::to_owned)
}

/// Reads memory: a bare number is MB, as in the original.
///
/// # Errors
/// A sentence that says what is expected.
pub fn memory(text: &str) -> Result<Bytes, String> {
    let text = text.trim();
    let bare = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let bytes = if bare {
        Bytes::parse(&format!("{text}m"))
    } else {
        Bytes::parse(text)
    };
    bytes.map_err(|_| format!("“{text}” is no size: write MB as a number (256), or with a unit (1.5g)"))
}

fn written(bytes: Option<Bytes>) -> String {
    bytes.map(|bytes| bytes.get().to_string()).unwrap_or_default()
}

/// Adds an engine. The original says nothing then, and so does this.
///
/// # Errors
/// When it cannot be reached, or the server refuses.
pub async fn add(api: &Api, out: &Out, args: &Add) -> Outcome {
    let draft = json!({
        "name": args.id,
        "address": args.addr,
        "labels": args.label.join(" "),
        "cpus": args.cpus.map(|cpus| cpus.to_string()).unwrap_or_default(),
        "memory": written(args.memory),
        "tls": args.tls.read()?,
    });
    if args.probe {
        let found: Value = api.make("/api/v1/engines/probe", &draft).await?;
        return out.data(&found);
    }
    let engine: Engine = api.make("/api/v1/engines", &draft).await?;
    match out.form {
        Some(Output::Json | Output::Yaml) => out.data(&engine),
        Some(Output::Name) => out::print(&format!("{}\n", engine.name)),
        _ => Ok(()),
    }
}

/// `edit-engine`.
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// Name or id of the engine
    #[arg(value_name = "ENGINE")]
    engine: String,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New address
    #[arg(long)]
    addr: Option<String>,
    /// Labels, in place of all that it has; `--label ""` for none
    #[arg(long)]
    label: Option<Vec<String>>,
    /// CPUs; 0 for what the engine has
    #[arg(long, value_parser = cpus)]
    cpus: Option<Cpus>,
    /// Memory in MB, or with a unit; 0 for what the engine has
    #[arg(long, value_parser = memory)]
    memory: Option<Bytes>,
    #[command(flatten)]
    tls: Tls,
}

/// Changes an engine; what is not named stays.
///
/// # Errors
/// When it is not there, cannot be reached, or somebody changed it meanwhile.
pub async fn edit(api: &Api, args: &Edit) -> Outcome {
    let found = find::engine(api, &args.engine).await?;
    // Read once more, with the mark by which the server sees whether somebody else changes it meanwhile.
    let (row, mark): (EngineRow, _) = api.marked(&path(&found)).await?;
    let old = &row.engine;
    let cpus = args.cpus.or(old.cpus_override).filter(|cpus| cpus.nanos() > 0);
    let memory = args.memory.or(old.memory_override).filter(|bytes| bytes.get() > 0);
    let draft = json!({
        "name": args.name.clone().unwrap_or_else(|| old.name.to_string()),
        "address": args.addr.clone().unwrap_or_else(|| old.address.to_string()),
        "labels": args.label.as_ref().map_or_else(|| old.labels.to_string(), |labels| labels.join(" ")),
        "cpus": cpus.map(|cpus| cpus.to_string()).unwrap_or_default(),
        "memory": written(memory),
        "tls": args.tls.read()?,
    });
    api.replace(path(&row), &draft, mark).await.map(|_| ())
}

fn path(row: &EngineRow) -> String {
    format!("/api/v1/engines/{}", http::piece(row.engine.id.as_str()))
}

/// `inspect-engine`.
#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// Name, id or beginning of the id
    id: String,
}

/// Shows an engine.
///
/// # Errors
/// When it is not there.
pub async fn inspect(api: &Api, out: &Out, args: &Inspect) -> Outcome {
    let row = find::engine(api, &args.id).await?;
    match out.form {
        Some(Output::Table | Output::Wide | Output::Name) => out.list(&[Shown(row)]),
        _ => out.data(&row),
    }
}

/// Engines that something is done to.
#[derive(Debug, clap::Args)]
pub struct Names {
    /// Names, ids or beginnings of ids
    #[arg(required = true, value_name = "ENGINE")]
    names: Vec<String>,
}

/// Removes engines.
///
/// # Errors
/// When one is not there, or the server refuses.
pub async fn remove(api: &Api, args: &Names) -> Outcome {
    for name in &args.names {
        let row = find::engine(api, name).await?;
        api.act(Method::DELETE, path(&row), None).await?;
        out::print(&format!("removed {}\n", row.engine.name))?;
    }
    Ok(())
}

/// Tries engines again.
///
/// # Errors
/// When one is not there, or the server refuses.
pub async fn retry(api: &Api, args: &Names) -> Outcome {
    for name in &args.names {
        let row = find::engine(api, name).await?;
        api.act(Method::POST, format!("{}/retry", path(&row)), None).await?;
        out::print(&format!("retried {}\n", row.engine.name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_in_megabytes_unless_it_says_otherwise() {
        assert_eq!(memory("256"), Ok(Bytes::mib(256)));
        assert_eq!(memory("0.5"), Ok(Bytes::new(512 * 1024)));
        assert_eq!(memory("1g"), Ok(Bytes::mib(1024)));
        assert!(memory("").is_err() && memory("much").is_err() && memory("-1").is_err());
    }

    #[test]
    fn certificates_come_all_or_none() {
        let tls = |ssl_cert: Option<&str>| Tls {
            ssl_cert: ssl_cert.map(PathBuf::from),
            ssl_key: None,
            ca_cert: None,
        };
        assert_eq!(tls(None).read().unwrap(), Value::Null);
        assert!(tls(Some("cert.pem")).read().unwrap_err().sentence.contains("all three"));
    }
}
