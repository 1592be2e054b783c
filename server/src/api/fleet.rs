//! The fleet in figures, and which Shipyard this is.
use super::input::{Follow, Query};
use super::{Reply, events};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use shipyard_model::Problem;
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::{FleetGroup, FleetPage};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(version))
}

/// How the boxes of the yard are grouped.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Grouped {
    /// By what.
    #[serde(default)]
    #[param(inline)]
    group: FleetGroup,
}

/// Figures of the fleet, its containers in groups, what needs attention and what happened last.
///
/// As a stream: `whole`, at first and after each change.
#[utoipa::path(get, path = "/fleet", tag = "fleet", params(Grouped),
    responses((status = 200, content((FleetPage = "application/json"), (String = "text/event-stream")))))]
async fn show(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(Grouped { group }): Query<Grouped>,
) -> Reply {
    let view = View::Fleet { group };
    if follow {
        return events::view(&server, &known, view, |data| match data {
            ViewData::Fleet(page) => Some(events::event("whole", &page)),
            _ => None,
        });
    }
    match server.yard.view(&known.actor, &view)? {
        ViewData::Fleet(page) => Ok(Json(page).into_response()),
        _ => Err(Problem::internal().into()),
    }
}

/// Which Shipyard this is.
#[derive(Serialize, ToSchema)]
struct Version {
    /// Its version.
    version: &'static str,
}

/// Which Shipyard this is.
#[utoipa::path(get, path = "/version", tag = "fleet", responses((status = 200, body = Version)))]
async fn version(SignedIn(_): SignedIn) -> Json<Version> {
    Json(Version {
        version: env!("CARGO_PKG_VERSION"),
    })
}
