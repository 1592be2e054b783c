//! Plans, deploys and operations.
use super::input::{Body, Follow, Path, Query};
use super::list::{Items, Page};
use super::once::Key;
use super::{Reply, answer, events, to_its_end};
use crate::guards::{Known, SignedIn};
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use shipyard_model::deploy::{DeployRequest, Plan};
use shipyard_model::live::{View, ViewData};
use shipyard_model::operation::Operation;
use shipyard_model::{OperationId, Problem};
use std::cmp::Reverse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(plan))
        .routes(routes!(deploy))
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(cancel))
}

/// 202 with an operation that was begun.
pub(super) fn accepted(server: &Server, known: &Known, id: &OperationId) -> Result<Response, Problem> {
    let location = [(header::LOCATION, format!("/api/v1/operations/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(find(server, known, id)?)).into_response())
}

fn find(server: &Server, known: &Known, id: &OperationId) -> Result<Operation, Problem> {
    match server.yard.view(&known.actor, &View::Operation { id: id.clone() })? {
        ViewData::Operation(Some(operation)) => Ok(operation),
        _ => Err(Problem::not_found("operation", id)),
    }
}

/// Where each copy of a deploy would go and why; nothing happens.
#[utoipa::path(post, path = "/plans", tag = "deploys", request_body = DeployRequest, responses((status = 200, body = Plan)))]
async fn plan(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Body { value, .. }: Body<DeployRequest>,
) -> Reply {
    Ok(Json(server.yard.deploy_plan(&known.actor, value).await?).into_response())
}

/// Makes a deploy, as one operation.
///
/// It is planned with the fleet as it is now, and its room is reserved before it begins.
#[utoipa::path(post, path = "/deploys", tag = "deploys", request_body = DeployRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again is answered as the first was")),
    responses((status = 202, body = Operation, headers(("Location" = String, description = "The operation")))))]
async fn deploy(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<DeployRequest>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        answer(match server.yard.deploy(&known.actor, value).await {
            Ok(id) => accepted(&server, &known, &id),
            Err(problem) => Err(problem),
        })
    };
    once.run(&account, key, digest, work).await
}

/// Operations, the newest first.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/operations", tag = "operations", params(Page),
    responses((status = 200, content((Items<Operation> = "application/json"), (String = "text/event-stream")))))]
async fn list(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(page): Query<Page>,
) -> Reply {
    if follow {
        return events::view(&server, &known, View::Operations, |data| match data {
            ViewData::Operations(all) => Some(events::event("whole", &all)),
            _ => None,
        });
    }
    let all = match server.yard.view(&known.actor, &View::Operations)? {
        ViewData::Operations(all) => all,
        _ => Vec::new(),
    };
    let key = |one: &Operation| Reverse((one.started, one.id.clone()));
    Ok(Json(page.of(all, key)?).into_response())
}

/// An operation with the result for each target.
///
/// As a stream: `whole` at first and after each change, until it has ended.
#[utoipa::path(get, path = "/operations/{id}", tag = "operations", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, content((Operation = "application/json"), (String = "text/event-stream")))))]
async fn show(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Path(id): Path<String>,
) -> Reply {
    let id = OperationId::new(id);
    let operation = find(&server, &known, &id)?;
    if !follow {
        return Ok(Json(operation).into_response());
    }
    events::view_until(&server, &known, View::Operation { id }, |data| match data {
        ViewData::Operation(Some(operation)) => {
            Some((events::event("whole", &operation), operation.finished.is_some()))
        }
        _ => None,
    })
}

/// Asks an operation to end: what is done stays, what has not begun will not.
#[utoipa::path(post, path = "/operations/{id}/cancel", tag = "operations", params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is asked")))]
async fn cancel(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        server
            .yard
            .operation_cancel(&known.actor, &OperationId::new(id))
            .await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
