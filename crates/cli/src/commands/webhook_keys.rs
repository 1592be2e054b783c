//! Keys of webhooks: what lets a registry or a build say that an image is newer (`docs/webhooks-in.md`).
use super::keys::{self, Keys};
use crate::api::Api;
use crate::args::Listing;
use crate::error::Outcome;
use crate::follow;
use crate::http;
use crate::out::table::{Cell, Column, Tabled, column, wide};
use crate::out::{self, Out, escape, time};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::webhook::{MadeWebhookKey, NewWebhookKey, PREFIX, WebhookKeyRow, WebhookKind};

/// Help of `add-webhook-key`.
pub const ADD_HELP: &str = "\
Whoever calls the address that is shown has the image pulled, and rolled over the containers that run it, in your name. The
key is shown this once.

Examples:
  shipyard add-webhook-key --image acme/web                     for Docker Hub: the key is in the address
  shipyard add-webhook-key --image acme/web --tag 'v*' --signed   for a build: the key signs what is sent";

const KEYS: &str = "/api/v1/webhooks/keys";

/// A key in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(WebhookKeyRow);

fn kind(kind: WebhookKind) -> &'static str {
    match kind {
        WebhookKind::DockerHub => "docker-hub",
        WebhookKind::Generic => "generic",
    }
}

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[
        column("Image"),
        column("Key"),
        wide("Tags"),
        wide("Kind"),
        wide("Account"),
        wide("Created"),
        wide("Used"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let row = &self.0;
        vec![
            row.image.clone().into(),
            row.shown_key().into(),
            row.tag.clone().unwrap_or_else(|| "*".to_owned()).into(),
            kind(row.kind).into(),
            row.account.clone().into(),
            time::plain(row.created).into(),
            row.used.map_or_else(|| "-".to_owned(), time::plain).into(),
        ]
    }

    fn name(&self) -> String {
        self.0.id.clone()
    }
}

/// `webhook-keys`.
#[derive(Debug, clap::Args)]
pub struct WebhookKeys {
    #[command(flatten)]
    listing: Listing,
}

/// Lists webhook keys.
///
/// # Errors
/// When the server refuses.
pub async fn list(api: &Api, out: &Out, args: &WebhookKeys) -> Outcome {
    follow::list(api, out, KEYS, &[], &args.listing, Shown).await
}

/// `add-webhook-key`.
#[derive(Debug, clap::Args)]
pub struct AddWebhookKey {
    /// Image, without a tag, whose containers are rolled
    #[arg(short, long)]
    image: String,
    /// Tags that roll, * for any letters [default: all]
    #[arg(long, value_name = "PATTERN")]
    tag: Option<String>,
    /// For a caller that signs what it sends, instead of Docker Hub
    #[arg(long)]
    signed: bool,
}

/// Makes a webhook key.
///
/// # Errors
/// When the server refuses.
pub async fn add(api: &Api, out: &Out, args: &AddWebhookKey) -> Outcome {
    let new = NewWebhookKey {
        image: args.image.clone(),
        tag: args.tag.clone(),
        kind: if args.signed {
            WebhookKind::Generic
        } else {
            WebhookKind::DockerHub
        },
    };
    let made: MadeWebhookKey = api.make(KEYS, &json!(new)).await?;
    keys::told(out, &made.key, json!(made))?;
    // On the other output: what the original printed is one line.
    out::note(&format!("to be called: POST {}{}", api.http.origin, made.path));
    Ok(())
}

/// The id in a key, as it was told or as it is listed; anything else as it is.
fn id_of(text: &str) -> &str {
    let inner = text.trim().strip_prefix(PREFIX).unwrap_or(text.trim());
    inner.split(['_', '…']).next().unwrap_or(inner)
}

/// Revokes webhook keys.
///
/// # Errors
/// When the server refuses.
pub async fn remove(api: &Api, args: &Keys) -> Outcome {
    for key in &args.keys {
        let id = id_of(key);
        api.act(Method::DELETE, format!("{KEYS}/{}", http::piece(id)), None)
            .await?;
        out::print(&format!("removed {}\n", escape::line(id)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_itself_whole_or_as_it_is_listed() {
        for text in ["shw_ab12_secret_x", "shw_ab12…", " ab12 "] {
            assert_eq!(id_of(text), "ab12", "{text}");
        }
    }
}
