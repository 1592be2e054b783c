//! Rolls, and scaling: a newer image for containers that run, and more or fewer of them.
use super::input::{Body, Path};
use super::once::Key;
use super::operations::accepted;
use super::{Reply, answer};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use shipyard_model::operation::Operation;
use shipyard_model::roll::{RollPlan, RollRequest, ScalePlan, ScaleRequest};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(plan))
        .routes(routes!(roll))
        .routes(routes!(scale_plan))
        .routes(routes!(scale))
}

/// Which containers a roll would make anew, and what keeps others from it; nothing happens.
#[utoipa::path(post, path = "/rolls/plan", tag = "deploys", request_body = RollRequest, responses((status = 200, body = RollPlan)))]
async fn plan(State(server): State<Server>, SignedIn(known): SignedIn, Body { value, .. }: Body<RollRequest>) -> Reply {
    Ok(Json(server.yard.roll_plan(&known.actor, value).await?).into_response())
}

/// Rolls the newest state of an image over the containers that run it, as one operation.
///
/// One after the other on each engine: the image is pulled, the old container put aside, the new one made from the same
/// options and started; when it is healthy (without a health check: when it ran for three seconds) the old one is removed,
/// and when it is not, the old one runs again.
#[utoipa::path(post, path = "/rolls", tag = "deploys", request_body = RollRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again is answered as the first was")),
    responses((status = 202, body = Operation, headers(("Location" = String, description = "The operation")))))]
async fn roll(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<RollRequest>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        answer(match server.yard.roll(&known.actor, value).await {
            Ok(id) => accepted(&server, &known, &id),
            Err(problem) => Err(problem),
        })
    };
    once.run(&account, key, digest, work).await
}

/// What bringing the number of containers like one to `count` would do; nothing happens.
#[utoipa::path(post, path = "/containers/{engine}/{container}/scale/plan", tag = "containers", request_body = ScaleRequest,
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has")),
    responses((status = 200, body = ScalePlan)))]
async fn scale_plan(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    Body { value, .. }: Body<ScaleRequest>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    Ok(Json(server.yard.scale_plan(&known.actor, &row.at, value.count).await?).into_response())
}

/// Brings the number of containers like one to `count`, as one operation.
///
/// Alike are those of the same deploy, or made from the same options. Too many: the newest others are removed. Too few: more
/// are deployed where there is room, with free ports where fixed ones would clash.
#[utoipa::path(post, path = "/containers/{engine}/{container}/scale", tag = "containers", request_body = ScaleRequest,
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request again is answered as the first was")),
    responses((status = 202, body = Operation, headers(("Location" = String, description = "The operation")))))]
async fn scale(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    key: Key,
    Body { value, digest }: Body<ScaleRequest>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let begun = async {
            let row = server.yard.container_find(&known.actor, &engine, &container)?;
            server.yard.scale(&known.actor, &row.at, value.count).await
        };
        answer(match begun.await {
            Ok(id) => accepted(&server, &known, &id),
            Err(problem) => Err(problem),
        })
    };
    once.run(&account, key, digest, work).await
}
