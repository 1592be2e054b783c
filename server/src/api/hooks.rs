//! Hooks: activity that is sent to other programs.
use super::input::{Body, Follow, Path, Query};
use super::list::{Items, Page};
use super::once::Key;
use super::{Reply, answer, etag, events, to_its_end};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use shipyard_model::hook::{Delivery, Hook, MadeHook, NewHook};
use std::cmp::Reverse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change, remove))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(again))
}

/// The hooks, by name, without their secrets.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/hooks", tag = "hooks", params(Page),
    responses((status = 200, content((Items<Hook> = "application/json"), (String = "text/event-stream")))))]
async fn list(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(page): Query<Page>,
) -> Reply {
    if follow {
        let (yard, actor) = (server.yard.clone(), known.actor.clone());
        return events::list(&server, &known, move || std::future::ready(yard.hooks(&actor))).await;
    }
    let key = |hook: &Hook| (hook.name.clone(), hook.id.clone());
    Ok(Json(page.of(server.yard.hooks(&known.actor)?, key)?).into_response())
}

/// Makes a hook; what happens from now on is sent.
///
/// The secret that requests are signed with (Standard Webhooks) is shown once. Asks for a fresh proof, and for the
/// permission to read activity: no more is sent than the account that made or last changed a hook may read.
#[utoipa::path(post, path = "/hooks", tag = "hooks", request_body = NewHook,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again makes nothing again: 409 `idempotency.shown-once`")),
    responses((status = 201, body = MadeHook, headers(("Location" = String, description = "The hook")))))]
async fn create(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<NewHook>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let made = server.yard.hook_create(&known.actor, value).await;
        answer(made.map(|made| {
            let location = [(header::LOCATION, format!("/api/v1/hooks/{}", made.hook.id))];
            (StatusCode::CREATED, location, Json(made))
        }))
    };
    once.run_secretly(&account, key, digest, work).await
}

/// A hook.
#[utoipa::path(get, path = "/hooks/{id}", tag = "hooks", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Hook, headers(("ETag" = String, description = "Of what can be edited")))))]
async fn show(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    let hook = server.yard.hook(&known.actor, &id)?;
    Ok(([(header::ETAG, etag::of(&hook.edited()))], Json(hook)).into_response())
}

/// Changes a hook; what waits for its next try is tried at once.
///
/// Whoever changes it answers for it from now on. One that is turned on sends what happens from then on. Asks for a fresh
/// proof, and for the permission to read activity.
#[utoipa::path(put, path = "/hooks/{id}", tag = "hooks", request_body = NewHook,
    params(("id" = String, Path, description = "Its id"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 200, body = Hook)))]
async fn change(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body { value, .. }: Body<NewHook>,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        etag::unchanged(&headers, &server.yard.hook(&known.actor, &id)?.edited())?;
        let hook = server.yard.hook_change(&known.actor, &id, value).await?;
        Ok(([(header::ETAG, etag::of(&hook.edited()))], Json(hook)).into_response())
    })
    .await
}

/// Removes a hook with its log of deliveries.
#[utoipa::path(delete, path = "/hooks/{id}", tag = "hooks",
    params(("id" = String, Path, description = "Its id"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Removed")))]
async fn remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        etag::unchanged(&headers, &server.yard.hook(&known.actor, &id)?.edited())?;
        server.yard.hook_remove(&known.actor, &id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Gives a hook another secret, which is shown once.
///
/// For 24 hours requests are signed with the old one too. Asks for a fresh proof.
#[utoipa::path(post, path = "/hooks/{id}/secret", tag = "hooks", params(("id" = String, Path, description = "Its id")),
    responses((status = 201, body = MadeHook)))]
async fn rotate(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        let made = server.yard.hook_rotate(&known.actor, &id).await?;
        Ok((StatusCode::CREATED, Json(made)).into_response())
    })
    .await
}

/// Sends a record `hook.test`, once, also when the hook is off.
///
/// Also when the receiver does not take it this is answered with 200: the delivery says what became of it.
#[utoipa::path(post, path = "/hooks/{id}/test", tag = "hooks", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = Delivery)))]
async fn test(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        let delivery = server.yard.hook_test(&known.actor, &id).await?;
        Ok(Json(delivery).into_response())
    })
    .await
}

/// What became of what a hook sent: the newest 200, newest first.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/hooks/{id}/deliveries", tag = "hooks",
    params(("id" = String, Path, description = "Its id"), Page),
    responses((status = 200, content((Items<Delivery> = "application/json"), (String = "text/event-stream")))))]
async fn deliveries(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Path(id): Path<String>,
    Query(page): Query<Page>,
) -> Reply {
    if follow {
        let (yard, actor) = (server.yard.clone(), known.actor.clone());
        let make = move || {
            let (yard, actor, id) = (yard.clone(), actor.clone(), id.clone());
            async move { yard.hook_deliveries(&actor, &id).await }
        };
        return events::list(&server, &known, make).await;
    }
    let rows = server.yard.hook_deliveries(&known.actor, &id).await?;
    let key = |row: &Delivery| Reverse((row.began, row.id.clone()));
    Ok(Json(page.of(rows, key)?).into_response())
}

/// Sends a delivery again, once, under the id that it had.
#[utoipa::path(post, path = "/hooks/{id}/deliveries/{delivery}/again", tag = "hooks",
    params(("id" = String, Path, description = "The hook's id"), ("delivery" = String, Path, description = "The delivery's id")),
    responses((status = 200, body = Delivery)))]
async fn again(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((id, delivery)): Path<(String, String)>,
) -> Reply {
    to_its_end(async move {
        let delivery = server.yard.hook_again(&known.actor, &id, &delivery).await?;
        Ok(Json(delivery).into_response())
    })
    .await
}
