//! Containers: their list, one of them, and what is done with them.
use super::input::{Body, Follow, Path, Query, Reveal, bad_query};
use super::list::{Items, Page, cursor};
use super::once::Key;
use super::operations::accepted;
use super::{Reply, answer, events};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::{Deserialize, Serialize};
use shipyard_model::detail::ContainerDetail;
use shipyard_model::live::{View, ViewData};
use shipyard_model::operation::Operation;
use shipyard_model::page::{ContainerQuery, Counts, Facets, SortKey, StateGroup};
use shipyard_model::{ContainerRow, ContainerVerb, Problem};
use shipyard_yard::ContainerMark;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(act))
        .routes(routes!(show))
        .routes(routes!(inspect))
}

/// Which containers, in which order.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Words that must all occur in name, image, engine, stack, id or a label.
    #[serde(default)]
    q: String,
    /// Groups of states, separated by commas: `running`, `stopped`, `paused`, `unhealthy`.
    #[serde(default)]
    state: String,
    /// Names of engines, separated by commas.
    #[serde(default)]
    engine: String,
    /// Stacks, separated by commas.
    #[serde(default)]
    stack: String,
    /// Labels of the engine, separated by commas: `zone=a,ssd`.
    #[serde(default)]
    label: String,
    /// By what they are sorted.
    #[serde(default)]
    #[param(inline)]
    sort: SortKey,
    /// From the end.
    #[serde(default)]
    descending: bool,
    /// With `facets`: all that the filters have to choose from, each with its number of containers.
    #[serde(default)]
    facets: bool,
    /// Most items, 1 to 500; 50 when not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

fn words(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Which {
    fn read(self) -> Result<(ContainerQuery, Page), Problem> {
        let group = |word: &String| match word.as_str() {
            "running" => Ok(StateGroup::Running),
            "stopped" => Ok(StateGroup::Stopped),
            "paused" => Ok(StateGroup::Paused),
            "unhealthy" => Ok(StateGroup::Unhealthy),
            _ => Err(bad_query("state")),
        };
        let page = Page::new(self.limit, self.cursor);
        let query = ContainerQuery {
            text: self.q,
            states: words(&self.state).iter().map(group).collect::<Result<_, _>>()?,
            engines: words(&self.engine),
            stacks: words(&self.stack),
            labels: words(&self.label),
            sort: self.sort,
            descending: self.descending,
            offset: 0,
            limit: page.limit()?,
        };
        Ok((query, page))
    }
}

/// A page of containers.
#[derive(Serialize, ToSchema)]
struct Containers {
    #[serde(flatten)]
    page: Items<Arc<ContainerRow>>,
    /// How many the filter lets through.
    matching: u32,
    /// Counts for the filters, each without its own.
    counts: Counts,
    /// All values to choose from, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Facets>,
}

/// The containers of all engines.
///
/// From memory: no engine is asked. As a stream: `whole` with a window of them, then `patch` with what changes in it. A page
/// begins behind the last container of the one before, whatever came or went meanwhile; in an order by what changes of a
/// container (its state, its use), one may change its place between two pages.
#[utoipa::path(get, path = "/containers", tag = "containers", params(Which),
    responses((status = 200, content((Containers = "application/json"), (String = "text/event-stream")))))]
async fn list(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(which): Query<Which>,
) -> Reply {
    let facets = which.facets;
    let (query, page) = which.read()?;
    if follow {
        let view = View::Containers { query };
        return events::view(&server, &known, view, |data| match data {
            ViewData::Containers(window) => Some(events::event("whole", &window)),
            _ => None,
        });
    }
    let after: Option<ContainerMark> = page.after()?;
    if after.as_ref().is_some_and(|after| !after.is_of(&query)) {
        return Err(bad_query("cursor").into());
    }
    let found = server.yard.containers_after(&known.actor, &query, after.as_ref())?;
    let facets = if facets {
        Some(server.yard.facets(&known.actor, &query)?)
    } else {
        None
    };
    let containers = Containers {
        page: Items {
            next: found.mark.as_ref().map(cursor),
            items: found.window.rows.clone(),
        },
        matching: found.window.matching,
        counts: found.window.counts,
        facets,
    };
    Ok(Json(containers).into_response())
}

/// A container with all its settings.
#[utoipa::path(get, path = "/containers/{engine}/{container}", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"), Reveal),
    responses((status = 200, body = ContainerDetail)))]
async fn show(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    Query(Reveal { reveal }): Query<Reveal>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    let (engine, name) = (row.engine.as_str(), &row.name);
    let detail = server.yard.container_detail(&known.actor, engine, name, reveal).await?;
    Ok(Json(detail).into_response())
}

/// What Docker itself says of a container, the values of its environment hidden unless asked for.
#[utoipa::path(get, path = "/containers/{engine}/{container}/inspect", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"), Reveal),
    responses((status = 200, description = "As Docker's GET /containers/{id}/json", body = Object)))]
async fn inspect(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
    Query(Reveal { reveal }): Query<Reveal>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    let (engine, name) = (row.engine.as_str(), &row.name);
    let detail = server.yard.container_detail(&known.actor, engine, name, reveal).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], detail.raw).into_response())
}

/// What to do, with which containers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Act {
    /// What to do.
    verb: ContainerVerb,
    /// With which, 1 to 1000.
    targets: Vec<Named>,
}

/// A container by the names that people have for it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    /// Name or id of its engine.
    engine: String,
    /// Its name, its id, or the beginning of the id that no other has.
    id: String,
}

/// Starts, stops, restarts, pauses, unpauses, kills or removes containers, as one operation.
#[utoipa::path(post, path = "/containers/actions", tag = "containers", request_body = Act,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again is answered as the first was")),
    responses((status = 202, body = Operation, headers(("Location" = String, description = "The operation")))))]
async fn act(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<Act>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let started = async {
            let find = |named: &Named| server.yard.container_find(&known.actor, &named.engine, &named.id);
            let mut targets = Vec::with_capacity(value.targets.len());
            for named in &value.targets {
                targets.push(find(named)?.at);
            }
            server.yard.containers_act(&known.actor, value.verb, targets).await
        };
        answer(match started.await {
            Ok(id) => accepted(&server, &known, &id),
            Err(problem) => Err(problem),
        })
    };
    once.run(&account, key, digest, work).await
}
