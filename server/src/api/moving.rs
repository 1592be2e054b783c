//! Draining engines, and deploys that Shipyard looks after.
use super::input::{Body, Path, Query};
use super::list::{Items, Page};
use super::once::Key;
use super::operations::accepted;
use super::{Reply, answer, etag, to_its_end};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use shipyard_model::Engine;
use shipyard_model::moving::{DrainOptions, DrainPlan, LastingDeploy};
use shipyard_model::operation::Operation;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(drain_plan))
        .routes(routes!(drain))
        .routes(routes!(undrain))
        .routes(routes!(list))
        .routes(routes!(forget))
}

/// Where the containers of an engine would go if it were emptied, and which would stay and why; nothing happens.
#[utoipa::path(post, path = "/engines/{engine}/drain/plan", tag = "engines", request_body = DrainOptions,
    params(("engine" = String, Path, description = "Name or id")), responses((status = 200, body = DrainPlan)))]
async fn drain_plan(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(engine): Path<String>,
    Body { value, .. }: Body<DrainOptions>,
) -> Reply {
    let row = server.yard.engine_find(&known.actor, &engine)?;
    Ok(Json(server.yard.drain_plan(&known.actor, &row.engine.id, value).await?).into_response())
}

/// Empties an engine, as one operation.
///
/// It takes nothing new from then on. What Shipyard deployed to it is made on other engines; when the new container is
/// well, the old one is stopped and removed. What cannot go stays as it is, and its target says why.
#[utoipa::path(post, path = "/engines/{engine}/drain", tag = "engines", request_body = DrainOptions,
    params(("engine" = String, Path, description = "Name or id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request again is answered as the first was")),
    responses((status = 202, body = Operation, headers(("Location" = String, description = "The operation")))))]
async fn drain(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(engine): Path<String>,
    key: Key,
    Body { value, digest }: Body<DrainOptions>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let begun = async {
            let row = server.yard.engine_find(&known.actor, &engine)?;
            server.yard.drain(&known.actor, &row.engine.id, value).await
        };
        answer(match begun.await {
            Ok(id) => accepted(&server, &known, &id),
            Err(problem) => Err(problem),
        })
    };
    once.run(&account, key, digest, work).await
}

/// Lets an engine take new containers again; what went elsewhere stays there.
#[utoipa::path(post, path = "/engines/{engine}/undrain", tag = "engines",
    params(("engine" = String, Path, description = "Name or id")), responses((status = 200, body = Engine)))]
async fn undrain(State(server): State<Server>, SignedIn(known): SignedIn, Path(engine): Path<String>) -> Reply {
    to_its_end(async move {
        let row = server.yard.engine_find(&known.actor, &engine)?;
        let engine = server.yard.undrain(&known.actor, &row.engine.id).await?;
        Ok(([(header::ETAG, etag::of(&engine))], Json(engine)).into_response())
    })
    .await
}

/// The deploys that Shipyard looks after: daemons, and those that are made elsewhere when their engine is away. One's own,
/// and everybody's for who may deploy anywhere.
#[utoipa::path(get, path = "/deploys", tag = "deploys", params(Page), responses((status = 200, body = Items<LastingDeploy>)))]
async fn list(State(server): State<Server>, SignedIn(known): SignedIn, Query(page): Query<Page>) -> Reply {
    Ok(Json(page.of(server.yard.deploys(&known.actor)?, |row| row.id.clone())?).into_response())
}

/// Looks after a deploy no more; its copies stay as they are.
#[utoipa::path(delete, path = "/deploys/{id}", tag = "deploys", params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "Forgotten")))]
async fn forget(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        server.yard.deploy_forget(&known.actor, &id).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
