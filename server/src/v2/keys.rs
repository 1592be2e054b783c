//! Service keys, which are tokens with a description, and webhook keys. A list has their public part only; the whole is told
//! once, when it is made.
use super::Given;
use super::fault::Fault;
use super::shapes::{ServiceKey, WebhookKey};
use crate::api::to_its_end;
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shipyard_model::Problem;
use shipyard_model::access::NewToken;
use shipyard_model::webhook::{NewWebhookKey, WebhookKeyRow, WebhookKind};

/// Days that a key holds: the most there is, as the original's hold for ever.
const DAYS: u16 = 730;
const PREFIX: &str = "shp_";

type Reply = Result<Response, Fault>;

/// One's own keys, each by its public part.
pub(super) async fn list(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let keys = server.yard.own(&known.actor)?.tokens.into_iter().map(|row| ServiceKey {
        key: format!("{PREFIX}{}", row.id),
        description: row.description,
    });
    Ok(Json(keys.collect::<Vec<_>>()).into_response())
}

/// Makes a key.
pub(super) async fn create(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(key): Given<ServiceKey>,
) -> Reply {
    to_its_end(async move {
        let new = NewToken {
            description: key.description.clone(),
            grants: Vec::new(),
            days: DAYS,
        };
        let made = server.yard.token_create(&known.actor, new).await?;
        let description = key.description;
        Ok(Json(ServiceKey {
            key: made.text,
            description,
        })
        .into_response())
    })
    .await
}

/// Revokes a key, by the whole of it or by its public part.
pub(super) async fn remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(key): Given<ServiceKey>,
) -> Reply {
    to_its_end(async move {
        let id = key.key.strip_prefix(PREFIX).unwrap_or(&key.key);
        let id = id.split('_').next().unwrap_or_default();
        server.yard.token_revoke(&known.actor, id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

fn shape(row: &WebhookKeyRow) -> WebhookKey {
    WebhookKey {
        id: row.id.clone(),
        image: row.image.clone(),
        key: row.shown_key(),
    }
}

/// Webhook keys by image, each by its public part.
pub(super) async fn webhooks(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let mut rows = server.yard.webhooks(&known.actor)?;
    rows.sort_by(|a, b| a.image.cmp(&b.image));
    Ok(Json(rows.iter().map(shape).collect::<Vec<_>>()).into_response())
}

/// One webhook key, by what a list shows of it, by its id or by the whole of it.
pub(super) async fn webhook(State(server): State<Server>, SignedIn(known): SignedIn, Path(key): Path<String>) -> Reply {
    let rows = server.yard.webhooks(&known.actor)?;
    let bare = key.trim_end_matches('…');
    let bare = bare.strip_prefix(shipyard_model::webhook::PREFIX).unwrap_or(bare);
    let id = bare.split('_').next().unwrap_or_default();
    let row = rows.iter().find(|row| row.id == id);
    let row = row.ok_or_else(|| Problem::not_found("webhook key", id))?;
    Ok(Json(shape(row)).into_response())
}

/// Makes a webhook key for an image, as Docker Hub sends it: the whole of it is in this answer.
pub(super) async fn webhook_create(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(new): Given<WebhookKey>,
) -> Reply {
    to_its_end(async move {
        let new = NewWebhookKey {
            image: new.image,
            tag: None,
            kind: WebhookKind::DockerHub,
        };
        let made = server.yard.webhook_create(&known.actor, new).await?;
        let key = WebhookKey {
            key: made.key,
            ..shape(&made.row)
        };
        Ok(Json(key).into_response())
    })
    .await
}

/// Removes a webhook key.
pub(super) async fn webhook_remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(key): Path<String>,
) -> Reply {
    to_its_end(async move {
        server.yard.webhook_remove(&known.actor, &key).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
