//! What was used over time: by a container, by an engine's containers together, by the fleet's.
use super::Reply;
use super::input::{Path, Query};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use shipyard_model::usage::{UsageHistory, UsageSpan};
use shipyard_yard::UsageOf;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(of_container))
        .routes(routes!(of_engine))
        .routes(routes!(of_fleet))
}

/// How far back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Back {
    /// An hour, with a point each five seconds, or a day, with one each minute.
    #[serde(default)]
    #[param(inline)]
    span: UsageSpan,
}

/// What a container used in the last hour or day.
///
/// Columns with one value for each step in time, `null` where nothing was measured. Containers are measured while somebody looks
/// at them; `--stats-kept` says of how many the past is kept besides.
#[utoipa::path(get, path = "/containers/{engine}/{container}/usage", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"), Back),
    responses((status = 200, body = UsageHistory)))]
async fn of_container(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, name)): Path<(String, String)>,
    Query(Back { span }): Query<Back>,
) -> Reply {
    let of = UsageOf::Container { engine, name };
    Ok(Json(server.yard.usage_history(&known.actor, &of, span)?).into_response())
}

/// What the containers of an engine used together in the last hour or day.
///
/// `counted` of `running` containers are in each sum. For who sees the engine in part only: 403.
#[utoipa::path(get, path = "/engines/{engine}/usage", tag = "engines",
    params(("engine" = String, Path, description = "Name or id"), Back),
    responses((status = 200, body = UsageHistory)))]
async fn of_engine(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    Query(Back { span }): Query<Back>,
) -> Reply {
    let of = UsageOf::Engine { name };
    Ok(Json(server.yard.usage_history(&known.actor, &of, span)?).into_response())
}

/// What the containers of all engines that one may see used together in the last hour or day.
///
/// `counted` of `running` containers are in each sum. For who sees an engine in part only: 403.
#[utoipa::path(get, path = "/fleet/usage", tag = "fleet", params(Back), responses((status = 200, body = UsageHistory)))]
async fn of_fleet(State(server): State<Server>, SignedIn(known): SignedIn, Query(Back { span }): Query<Back>) -> Reply {
    Ok(Json(server.yard.usage_history(&known.actor, &UsageOf::Fleet, span)?).into_response())
}
