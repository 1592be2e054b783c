//! Keys of webhooks; what arrives by them is in [`crate::webhooks`].
use super::input::{Body, Follow, Path, Query};
use super::list::{Items, Page};
use super::once::Key;
use super::{Reply, answer, events, to_its_end};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use shipyard_model::webhook::{MadeWebhookKey, NewWebhookKey, WebhookKeyRow};
use std::cmp::Reverse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(remove))
}

/// One's own webhook keys, without their secrets; everybody's for who may see accounts.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/webhooks/keys", tag = "webhooks", params(Page),
    responses((status = 200, content((Items<WebhookKeyRow> = "application/json"), (String = "text/event-stream")))))]
async fn list(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(page): Query<Page>,
) -> Reply {
    if follow {
        let (yard, actor) = (server.yard.clone(), known.actor.clone());
        return events::list(&server, &known, move || std::future::ready(yard.webhooks(&actor))).await;
    }
    let key = |row: &WebhookKeyRow| (row.image.clone(), Reverse(row.created), row.id.clone());
    Ok(Json(page.of(server.yard.webhooks(&known.actor)?, key)?).into_response())
}

/// Makes a webhook key: whoever calls its path rolls the image over the containers that run it, in one's own name.
///
/// Its secret is in this answer and nowhere else. A token cannot make one.
#[utoipa::path(post, path = "/webhooks/keys", tag = "webhooks", request_body = NewWebhookKey,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again makes nothing again: 409 `idempotency.shown-once`")),
    responses((status = 201, body = MadeWebhookKey, headers(("Location" = String, description = "The key")))))]
async fn create(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<NewWebhookKey>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let made = server.yard.webhook_create(&known.actor, value).await;
        answer(made.map(|made| {
            let location = [(header::LOCATION, format!("/api/v1/webhooks/keys/{}", made.row.id))];
            (StatusCode::CREATED, location, Json(made))
        }))
    };
    once.run_secretly(&account, key, digest, work).await
}

/// Removes a webhook key: one's own, or anybody's with the permission to manage accounts.
#[utoipa::path(delete, path = "/webhooks/keys/{id}", tag = "webhooks", params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "Removed")))]
async fn remove(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        server.yard.webhook_remove(&known.actor, &id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
