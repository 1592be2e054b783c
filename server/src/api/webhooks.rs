//! Keys of webhooks; what arrives by them is in [`crate::webhooks`].
use super::input::{Body, Path, Query};
use super::list::{Items, Page};
use super::{Reply, to_its_end};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::{StatusCode, header};
use shipyard_model::webhook::{MadeWebhookKey, NewWebhookKey, WebhookKeyRow};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(remove))
}

/// One's own webhook keys, without their secrets; everybody's for who may see accounts.
#[utoipa::path(get, path = "/webhooks/keys", tag = "webhooks", params(Page),
    responses((status = 200, body = Items<WebhookKeyRow>)))]
async fn list(State(server): State<Server>, SignedIn(known): SignedIn, Query(page): Query<Page>) -> Reply {
    Ok(Json(page.of(server.yard.webhooks(&known.actor)?)?).into_response())
}

/// Makes a webhook key: whoever calls its path rolls the image over the containers that run it, in one's own name.
///
/// Its secret is in this answer and nowhere else. A token cannot make one.
#[utoipa::path(post, path = "/webhooks/keys", tag = "webhooks", request_body = NewWebhookKey,
    responses((status = 201, body = MadeWebhookKey, headers(("Location" = String, description = "The key")))))]
async fn create(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Body { value, .. }: Body<NewWebhookKey>,
) -> Reply {
    to_its_end(async move {
        let made = server.yard.webhook_create(&known.actor, value).await?;
        let location = [(header::LOCATION, format!("/api/v1/webhooks/keys/{}", made.row.id))];
        Ok((StatusCode::CREATED, location, Json(made)).into_response())
    })
    .await
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
