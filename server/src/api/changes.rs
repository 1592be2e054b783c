//! Changes of containers that exist, and what they were before.
use super::input::{Body, Path, Query, Reveal};
use super::once::Key;
use super::operations::accepted;
use super::{Reply, answer, to_its_end};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shipyard_model::OperationId;
use shipyard_model::change::{ChangePlan, ChangeRequest, Editable, FieldChange, HistoryRow};
use shipyard_model::operation::Operation;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(spec))
        .routes(routes!(plan))
        .routes(routes!(change))
        .routes(routes!(history))
        .routes(routes!(difference))
        .routes(routes!(roll_back))
}

/// A container as the specification that it was made from, to be changed.
#[utoipa::path(get, path = "/containers/{engine}/{container}/spec", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"), Reveal),
    responses((status = 200, body = Editable)))]
async fn spec(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    Query(Reveal { reveal }): Query<Reveal>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    Ok(Json(server.yard.container_spec(&known.actor, &row.at, reveal).await?).into_response())
}

/// What a change of a container, or of all copies of it, would do; nothing happens.
#[utoipa::path(post, path = "/containers/{engine}/{container}/change/plan", tag = "containers", request_body = ChangeRequest,
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has")),
    responses((status = 200, body = ChangePlan)))]
async fn plan(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    Body { value, .. }: Body<ChangeRequest>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    Ok(Json(server.yard.change_plan(&known.actor, &row.at, value).await?).into_response())
}

/// Changes a container, or all copies of it, as one operation.
///
/// What Docker can change in place it does. Else a new container is made beside the old one, takes its name and its place, and
/// when it is well (its health check passes; without one, it ran for three seconds) the old one is removed; when it is not, the
/// old one runs again. Containers that stand on it are made anew with it. Over copies so many at a time, until the first that fails.
#[utoipa::path(post, path = "/containers/{engine}/{container}/change", tag = "containers", request_body = ChangeRequest,
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request again is answered as the first was")),
    responses((status = 202, body = Operation, headers(("Location" = String, description = "The operation")))))]
async fn change(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    key: Key,
    Body { value, digest }: Body<ChangeRequest>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let begun = async {
            let row = server.yard.container_find(&known.actor, &engine, &container)?;
            server.yard.change(&known.actor, &row.at, value).await
        };
        answer(match begun.await {
            Ok(id) => accepted(&server, &known, &id),
            Err(problem) => Err(problem),
        })
    };
    once.run(&account, key, digest, work).await
}

/// What a container was at its last ten changes, newest first.
#[utoipa::path(get, path = "/containers/{engine}/{container}/history", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has")),
    responses((status = 200, body = Vec<HistoryRow>)))]
async fn history(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    Ok(Json(server.yard.history(&known.actor, &row.at).await?).into_response())
}

/// Two entries of a history.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Between {
    /// Number of the one.
    from: u64,
    /// Number of the other.
    to: u64,
}

/// What differs between two entries of a container's history.
#[utoipa::path(get, path = "/containers/{engine}/{container}/history/diff", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"), Between),
    responses((status = 200, body = Vec<FieldChange>)))]
async fn difference(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    Query(Between { from, to }): Query<Between>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    let differs = server.yard.history_diff(&known.actor, &row.at, from, to).await?;
    Ok(Json(differs).into_response())
}

/// Makes all that an operation changed what it was before, as another operation.
#[utoipa::path(post, path = "/operations/{id}/roll-back", tag = "operations", params(("id" = String, Path, description = "Its id")),
    responses((status = 202, body = Operation, headers(("Location" = String, description = "The operation")))))]
async fn roll_back(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        let begun = server
            .yard
            .operation_roll_back(&known.actor, &OperationId::new(id))
            .await?;
        Ok(accepted(&server, &known, &begun)?)
    })
    .await
}
