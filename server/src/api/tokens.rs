//! Tokens: what machines show.
use super::input::{Body, Follow, Path, Query};
use super::list::{Items, Page};
use super::once::Key;
use super::{Reply, answer, events, to_its_end};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use shipyard_model::access::{NewToken, ShownOnce, TokenRow};
use std::cmp::Reverse;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
}

/// Whose tokens.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Those of all accounts, which needs a permission; else one's own.
    #[serde(default)]
    all: bool,
    /// Most items, 1 to 500; 50 when not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

/// Tokens, the newest first, without their secrets.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/tokens", tag = "access", params(Whose),
    responses((status = 200, content((Items<TokenRow> = "application/json"), (String = "text/event-stream")))))]
async fn list(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(whose): Query<Whose>,
) -> Reply {
    let (yard, actor) = (server.yard.clone(), known.actor.clone());
    let rows = move || {
        if whose.all {
            yard.access(&actor).map(|page| page.tokens)
        } else {
            yard.own(&actor).map(|page| page.tokens)
        }
    };
    if follow {
        return events::list(&server, &known, move || std::future::ready(rows())).await;
    }
    let page = Page::new(whose.limit, whose.cursor);
    let key = |row: &TokenRow| (Reverse(row.created), row.id.clone());
    Ok(Json(page.of(rows()?, key)?).into_response())
}

/// Makes a token of one's own account; its text is shown once. Asks for a fresh proof.
#[utoipa::path(post, path = "/tokens", tag = "access", request_body = NewToken,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again makes nothing again: 409 `idempotency.shown-once`")),
    responses((status = 201, body = ShownOnce)))]
async fn create(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<NewToken>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let shown = server.yard.token_create(&known.actor, value).await;
        answer(shown.map(|shown| (StatusCode::CREATED, Json(shown))))
    };
    once.run_secretly(&account, key, digest, work).await
}

/// Revokes a token: one's own, or anybody's with the permission to manage accounts.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "access", params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "Revoked")))]
async fn revoke(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        server.yard.token_revoke(&known.actor, &id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
