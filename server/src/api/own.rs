//! One's own account, and what was done.
use super::input::{Body, Follow, Path, Query, bad_query};
use super::list::{Items, Page};
use super::{Reply, events, to_its_end};
use crate::guards::{By, Known, SignedIn};
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use serde::Deserialize;
use shipyard_model::access::OwnPage;
use shipyard_model::activity::{ActivityQuery, ActivityRecord};
use shipyard_model::{Millis, Preferences, Problem};
use std::time::Duration;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How often the log is looked at for who follows it.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(preferences))
        .routes(routes!(session_end))
        .routes(routes!(activity))
        .routes(routes!(export))
}

/// One's own account: grants, second factor, passkeys, tokens and sessions.
#[utoipa::path(get, path = "/account", tag = "account", responses((status = 200, body = OwnPage)))]
async fn show(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let page = server.yard.own(&known.actor)?;
    let By::Session { id, ticket } = &known.by else {
        return Err(Problem::forbidden().into());
    };
    let sessions = server
        .sessions
        .list(&ticket.account, ticket.epoch, id.as_ref())
        .await
        .map_err(|_| Problem::internal())?;
    Ok(Json(OwnPage { sessions, ..page }).into_response())
}

/// Keeps what one's pages are to look like; what is not chosen stays.
#[utoipa::path(put, path = "/account/preferences", tag = "account", request_body = Preferences,
    responses((status = 204, description = "Kept")))]
async fn preferences(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Body { value, .. }: Body<Preferences>,
) -> Reply {
    to_its_end(async move {
        server.yard.preferences_put(&known.actor, value).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/account/sessions/{id}", tag = "account", params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "Ended")))]
async fn session_end(State(server): State<Server>, SignedIn(known): SignedIn, Path(id): Path<String>) -> Reply {
    to_its_end(async move {
        server.yard.own(&known.actor)?;
        let By::Session { ticket, .. } = &known.by else {
            return Err(Problem::forbidden().into());
        };
        let ended = server.sessions.end_named(&ticket.account, ticket.epoch, &id).await;
        match ended.map_err(|_| Problem::internal())? {
            true => Ok(StatusCode::NO_CONTENT.into_response()),
            false => Err(Problem::not_found("session", id).into()),
        }
    })
    .await
}

/// Which records.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Text that account, action, subject, detail or result hold.
    #[serde(default)]
    q: String,
    /// An account's name.
    #[serde(default)]
    account: String,
    /// An action, or its first words: `container` means `container.stop` too.
    #[serde(default)]
    action: String,
    /// An engine's name.
    #[serde(default)]
    engine: String,
    /// Not before this moment, in milliseconds since 1970.
    from: Option<i64>,
    /// Before this moment.
    to: Option<i64>,
    /// Only what was refused.
    #[serde(default)]
    refused: bool,
    /// Most items, 1 to 500; 50 when not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

impl Which {
    fn read(self) -> Result<ActivityQuery, Problem> {
        let before = self
            .cursor
            .as_ref()
            .map(|text| text.strip_prefix('b').and_then(|n| n.parse().ok()));
        let before = match before {
            Some(None) => return Err(bad_query("cursor")),
            Some(before) => before,
            None => None,
        };
        Ok(ActivityQuery {
            text: self.q,
            account: self.account,
            action: self.action,
            engine: self.engine,
            from: self.from.map(Millis),
            to: self.to.map(Millis),
            refused: self.refused,
            before,
            limit: Page::new(self.limit, None).limit()?,
        })
    }
}

/// What people did and what Docker reported, the newest first.
///
/// Who may not read all of it reads what their own account did. Docker's own events are kept in memory, the newest 200, and are
/// gone after a restart. As a stream: `record` for each new one.
#[utoipa::path(get, path = "/activity", tag = "activity", params(Which),
    responses((status = 200, content((Items<ActivityRecord> = "application/json"), (String = "text/event-stream")))))]
async fn activity(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(which): Query<Which>,
) -> Reply {
    let query = which.read()?;
    if follow {
        return follow_activity(&server, &known, query).await;
    }
    let page = server.yard.activity(&known.actor, query).await?;
    let list = Items {
        items: page.records,
        next: page.next.map(|before| format!("b{before}")),
    };
    Ok(Json(list).into_response())
}

async fn follow_activity(server: &Server, known: &Known, query: ActivityQuery) -> Reply {
    let query = ActivityQuery {
        limit: 500,
        before: None,
        ..query
    };
    // Asked once at first, so that who may not is told so by the status.
    let seen = server.yard.activity(&known.actor, query.clone()).await?.records;
    let (yard, actor) = (server.yard.clone(), known.actor.clone());
    let rounds = stream::unfold(seen, move |seen| {
        let (yard, actor, query) = (yard.clone(), actor.clone(), query.clone());
        async move {
            tokio::time::sleep(LOOK).await;
            let now = yard.activity(&actor, query).await.ok()?.records;
            let new: Vec<_> = now
                .iter()
                .rev()
                .filter(|record| !seen.contains(record))
                .cloned()
                .collect();
            Some((new, now))
        }
    });
    let records = rounds.flat_map(|new| stream::iter(new.into_iter().map(|record| events::event("record", &record))));
    Ok(events::stream(server, known, records)?)
}

/// What of the time line to keep, and as what.
///
/// The same as `GET /activity`, as a file: JSON lines or CSV.
#[utoipa::path(get, path = "/activity/export", tag = "activity",
    params(("format" = String, Query, description = "`jsonl` or `csv`"),
        ("q" = Option<String>, Query, description = "As of GET /activity, like the others that it has but for the page")),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv")))))]
async fn export(
    state: State<Server>,
    signed_in: SignedIn,
    pairs: axum::extract::Query<Vec<(String, String)>>,
) -> axum::response::Response {
    crate::activity::export(state, signed_in, pairs).await
}
