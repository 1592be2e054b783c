//! Keys for machines: tokens, which the original called service keys.
use super::access::{self, written};
use crate::api::Api;
use crate::args::Listing;
use crate::error::Outcome;
use crate::out::table::{Cell, Column, Tabled, column, wide};
use crate::out::{self, Out, Output, escape, time};
use crate::{follow, http};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::Grant;
use shipyard_model::access::{NewToken, ShownOnce, TokenRow};

/// Help of `tokens`.
pub const TOKENS_HELP: &str = "\
A token does what its owner may do, or less, and nothing that asks for a proof of who one is. Its text is shown once.

Examples:
  shipyard tokens add --description ci --grant deployer@web --days 90
  SHIPYARD_URL=https://shipyard.example.org SHIPYARD_TOKEN=shp_… shipyard containers";

const PATH: &str = "/api/v1/tokens";

/// A token in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(TokenRow);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("ID"),
        column("Account"),
        column("Description"),
        column("Grants"),
        column("Expires"),
        column("Used"),
        wide("Created"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let row = &self.0;
        let grants = row.grants.iter().map(written).collect::<Vec<_>>().join(",");
        vec![
            row.id.clone().into(),
            row.account.clone().into(),
            row.description.clone().into(),
            if grants.is_empty() {
                "all of its owner's".to_owned()
            } else {
                grants
            }
            .into(),
            time::plain(row.expires).into(),
            row.used.map_or_else(|| "-".to_owned(), time::plain).into(),
            time::plain(row.created).into(),
        ]
    }

    fn name(&self) -> String {
        self.0.id.clone()
    }
}

/// A token as the original shows a service key. The key itself is told once; this is its public part.
#[derive(Serialize)]
struct ServiceKey {
    key: String,
    description: String,
}

impl Tabled for ServiceKey {
    const COLUMNS: &'static [Column] = &[column("Key"), column("Description")];

    fn cells(&self) -> Vec<Cell> {
        vec![self.key.clone().into(), self.description.clone().into()]
    }

    fn name(&self) -> String {
        self.key.clone()
    }
}

/// `tokens`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Tokens {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Those of all accounts
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    listing: Listing,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a token, and show its text once
    Add(NewKey),
    /// Revoke tokens
    #[command(visible_alias = "rm")]
    Remove(Keys),
}

/// A token to be made.
#[derive(Debug, clap::Args)]
pub struct NewKey {
    /// What it is for
    #[arg(short, long, default_value = "")]
    description: String,
    /// What it is narrowed to: role@pool [default: all that its owner may do]
    #[arg(long, value_parser = access::grant)]
    grant: Vec<Grant>,
    /// Days until it ends, at most 730
    #[arg(long, default_value_t = 365)]
    days: u16,
}

/// Keys that are revoked.
#[derive(Debug, clap::Args)]
pub struct Keys {
    /// Keys
    #[arg(required = true, value_name = "KEY")]
    pub(super) keys: Vec<String>,
}

/// The public part of a token's text; anything else as it is.
fn id_of(text: &str) -> &str {
    let inner = text.trim().strip_prefix("shp_").and_then(|rest| rest.split_once('_'));
    inner.map_or(text.trim(), |(id, _)| id)
}

async fn add(api: &Api, args: &NewKey) -> Outcome<ShownOnce> {
    let new = NewToken {
        description: args.description.clone(),
        grants: args.grant.clone(),
        days: args.days,
    };
    api.make(PATH, &json!(new)).await
}

/// Shows a key that is told once.
pub(super) fn told(out: &Out, key: &str, more: serde_json::Value) -> Outcome {
    match out.form() {
        Output::Json | Output::Yaml => out.data(&more),
        Output::Name => out::print(&format!("{}\n", escape::line(key))),
        _ => out::print(&format!("created key: {}\n", escape::line(key))),
    }
}

async fn remove(api: &Api, args: &Keys) -> Outcome {
    for key in &args.keys {
        let id = id_of(key);
        api.act(Method::DELETE, format!("{PATH}/{}", http::piece(id)), None)
            .await?;
        out::print(&format!("removed {}\n", escape::line(id)))?;
    }
    Ok(())
}

/// Lists tokens, makes or revokes them.
///
/// # Errors
/// When the server refuses.
pub async fn tokens(api: &Api, out: &Out, args: &Tokens) -> Outcome {
    match &args.verb {
        None => {
            let all = if args.all { "true".to_owned() } else { String::new() };
            follow::list(api, out, PATH, &[("all", all)], &args.listing, Shown).await
        }
        Some(Verb::Add(new)) => add_service_key(api, out, new).await,
        Some(Verb::Remove(keys)) => remove(api, keys).await,
    }
}

/// `service-keys`.
#[derive(Debug, clap::Args)]
pub struct ServiceKeys {
    #[command(flatten)]
    listing: Listing,
}

/// Lists service keys.
///
/// # Errors
/// When the server refuses.
pub async fn service_keys(api: &Api, out: &Out, args: &ServiceKeys) -> Outcome {
    let turn = |row: TokenRow| ServiceKey {
        key: row.id,
        description: row.description,
    };
    follow::list(api, out, PATH, &[], &args.listing, turn).await
}

/// Makes a service key.
///
/// # Errors
/// When the server refuses.
pub async fn add_service_key(api: &Api, out: &Out, args: &NewKey) -> Outcome {
    let made = add(api, args).await?;
    let data = json!({ "key": made.text, "description": args.description, "expires": made.expires });
    told(out, &made.text, data)
}

/// Revokes service keys.
///
/// # Errors
/// When the server refuses.
pub async fn remove_service_key(api: &Api, args: &Keys) -> Outcome {
    remove(api, args).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_token_names_itself() {
        assert_eq!(id_of("shp_ab12_secret_x"), "ab12");
        assert_eq!(id_of(" ab12 "), "ab12");
        assert_eq!(id_of("shp_"), "shp_");
    }
}
