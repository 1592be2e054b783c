//! Engines.
use super::input::{Body, Follow, Path, Query};
use super::list::{ByName, Items, Page};
use super::once::Key;
use super::{Reply, etag, events, to_its_end};
use crate::guards::{Known, SignedIn};
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use shipyard_model::engine::{EngineDraft, EngineProbe};
use shipyard_model::live::{View, ViewData};
use shipyard_model::{Engine, EngineRow, Problem};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(probe))
        .routes(routes!(show, edit, remove))
        .routes(routes!(retry))
        .routes(routes!(local))
}

/// The engines that one may see, by name.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/engines", tag = "engines", params(Page),
    responses((status = 200, content((Items<EngineRow> = "application/json"), (String = "text/event-stream")))))]
async fn list(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(page): Query<Page>,
) -> Reply {
    if follow {
        return events::view(&server, &known, View::Engines, |data| match data {
            ViewData::Engines(rows) => Some(events::event("whole", &rows)),
            _ => None,
        });
    }
    let key = |row: &EngineRow| ByName(row.engine.name.to_string());
    Ok(Json(page.of(all(&server, &known)?, key)?).into_response())
}

fn all(server: &Server, known: &Known) -> Result<Vec<EngineRow>, Problem> {
    match server.yard.view(&known.actor, &View::Engines)? {
        ViewData::Engines(rows) => Ok(rows),
        _ => Ok(Vec::new()),
    }
}

/// Tries an engine and keeps it.
///
/// When this answers, it is on disk. Asks for a fresh proof.
#[utoipa::path(post, path = "/engines", tag = "engines", request_body = EngineDraft,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again is answered as the first was")),
    responses((status = 201, body = Engine, headers(("Location" = String, description = "The engine")))))]
async fn add(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<EngineDraft>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let added = server.yard.engine_add(&known.actor, value).await;
        super::answer(added.map(|engine| created(&format!("/api/v1/engines/{}", engine.name), &engine)))
    };
    once.run(&account, key, digest, work).await
}

fn created(location: &str, what: &impl Serialize) -> Response {
    (
        StatusCode::CREATED,
        [(header::LOCATION, location.to_owned())],
        Json(what),
    )
        .into_response()
}

/// Tries an engine and keeps nothing.
#[utoipa::path(post, path = "/engines/probe", tag = "engines", request_body = EngineDraft,
    responses((status = 200, body = EngineProbe)))]
async fn probe(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Body { value, .. }: Body<EngineDraft>,
) -> Reply {
    to_its_end(async move {
        let found = server.yard.engine_try(&known.actor, value, None).await?;
        Ok(Json(found).into_response())
    })
    .await
}

/// What of an engine is edited; the rest is the daemon's.
fn edited(row: &EngineRow) -> &Engine {
    &row.engine
}

/// An engine, by its name or id.
#[utoipa::path(get, path = "/engines/{engine}", tag = "engines", params(("engine" = String, Path, description = "Name or id")),
    responses((status = 200, body = EngineRow, headers(("ETag" = String, description = "Of what can be edited")))))]
async fn show(State(server): State<Server>, SignedIn(known): SignedIn, Path(engine): Path<String>) -> Reply {
    let row = server.yard.engine_find(&known.actor, &engine)?;
    Ok(([(header::ETAG, etag::of(edited(&row)))], Json(row)).into_response())
}

/// Changes an engine.
///
/// Without `tls` its credentials stay. It is tried anew when its address or credentials change. Asks for a fresh proof.
#[utoipa::path(put, path = "/engines/{engine}", tag = "engines", request_body = EngineDraft,
    params(("engine" = String, Path, description = "Name or id"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 200, body = Engine)))]
async fn edit(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(engine): Path<String>,
    headers: HeaderMap,
    Body { value, .. }: Body<EngineDraft>,
) -> Reply {
    to_its_end(async move {
        let row = server.yard.engine_find(&known.actor, &engine)?;
        etag::unchanged(&headers, edited(&row))?;
        // The yard compares again when it writes: no lock is held while the engine is asked.
        let read = headers.contains_key(header::IF_MATCH).then_some(&row.engine);
        let (actor, id) = (&known.actor, &row.engine.id);
        let engine = server.yard.engine_edit_of(actor, id, value, read).await?;
        Ok(([(header::ETAG, etag::of(&engine))], Json(engine)).into_response())
    })
    .await
}

/// Forgets an engine; its containers stay as they are. Asks for a fresh proof.
#[utoipa::path(delete, path = "/engines/{engine}", tag = "engines",
    params(("engine" = String, Path, description = "Name or id"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Forgotten")))]
async fn remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(engine): Path<String>,
    headers: HeaderMap,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        let row = server.yard.engine_find(&known.actor, &engine)?;
        etag::unchanged(&headers, edited(&row))?;
        server.yard.engine_remove(&known.actor, &row.engine.id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Tries an engine that is down at once, instead of at its next turn.
#[utoipa::path(post, path = "/engines/{engine}/retry", tag = "engines",
    params(("engine" = String, Path, description = "Name or id")), responses((status = 204, description = "It is tried")))]
async fn retry(State(server): State<Server>, SignedIn(known): SignedIn, Path(engine): Path<String>) -> Reply {
    to_its_end(async move {
        let row = server.yard.engine_find(&known.actor, &engine)?;
        server.yard.engine_retry(&known.actor, &row.engine.id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// The daemon of Shipyard's own machine.
#[derive(Serialize, ToSchema)]
struct Local {
    /// Path of its socket, when it answers and is no engine yet.
    path: Option<String>,
}

/// Whether the daemon of Shipyard's own machine can be added.
#[utoipa::path(get, path = "/local-socket", tag = "engines", responses((status = 200, body = Local)))]
async fn local(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let path = server.yard.local_socket(&known.actor).await?;
    Ok(Json(Local { path }).into_response())
}
