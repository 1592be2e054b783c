//! Shipyard's own certificate authority, which signs for the hosts that it made engines.
use crate::api::Api;
use crate::error::Outcome;
use crate::http::Ask;
use crate::out::table::{Cell, Column, Tabled, Tone, column};
use crate::out::{self, Out, escape, time};
use clap::Subcommand;
use hyper::Method;
use serde::Serialize;
use shipyard_model::node::AuthorityRow;

/// Help of `authority`.
pub const HELP: &str = "\
A new authority signs at once, and the one before stays trusted until the next. Hosts fetch a certificate of the new one when
they ask next, once a day; `node renew NAME --ssh root@HOST` makes one ask now.

Examples:
  shipyard authority
  shipyard authority rotate
  shipyard authority certificates >shipyard-ca.pem";

const PATH: &str = "/api/v1/authority";

/// `authority`.
#[derive(Debug, clap::Args)]
pub struct Authority {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a new authority
    Rotate,
    /// Print the certificates that are trusted (PEM), the newest first
    Certificates,
}

/// The authority in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(AuthorityRow);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[column("Generation"), column("Ends"), column("Behind")];

    fn cells(&self) -> Vec<Cell> {
        let behind = self.0.behind.join(",");
        vec![
            self.0.generation.to_string().into(),
            match self.0.generation {
                0 => "-".to_owned(),
                _ => time::plain(self.0.ends),
            }
            .into(),
            Cell::toned(behind, Tone::Warn),
        ]
    }

    fn name(&self) -> String {
        self.0.generation.to_string()
    }
}

/// Shows the authority, or makes a new one.
///
/// # Errors
/// When the server refuses, because a host is not with the newest yet for one.
pub async fn run(api: &Api, out: &Out, args: &Authority) -> Outcome {
    let row: AuthorityRow = match &args.verb {
        Some(Verb::Rotate) => api.value(Ask::new(Method::POST, format!("{PATH}/rotate"))).await?,
        None | Some(Verb::Certificates) => api.get(PATH).await?,
    };
    match args.verb {
        Some(Verb::Certificates) => out::print(&escape::lines(&row.certificates)),
        _ if out.is_data() => out.data(&row),
        _ => out.list(&[Shown(row)]),
    }
}
