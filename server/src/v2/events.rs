//! What happened, in the original's words where it has some.
use super::fault::Fault;
use super::shapes::Event;
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use shipyard_model::activity::{ActivityPhase, ActivityQuery, ActivityRecord, ActivityResult};
use shipyard_model::{Millis, original};

/// Events when the address does not say how many.
const USUAL: u32 = 100;
/// Most events of one answer.
const MOST: u32 = 10_000;

/// How many.
#[derive(Deserialize)]
pub(super) struct Limit {
    limit: Option<u32>,
}

/// The newest first. Unlike the original's, `limit` has an effect.
pub(super) async fn list(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Response, Fault> {
    let most = usize::try_from(limit.filter(|limit| *limit > 0).unwrap_or(USUAL).min(MOST)).unwrap_or_default();
    let mut events = Vec::new();
    let mut before = None;
    loop {
        let query = ActivityQuery {
            before,
            limit: 500,
            ..ActivityQuery::default()
        };
        let page = server.yard.activity(&known.actor, query).await?;
        events.extend(page.records.iter().filter(|record| happened(record)).map(event));
        before = page.next;
        if events.len() >= most || before.is_none() {
            break;
        }
    }
    events.truncate(most);
    Ok(Json(events).into_response())
}

/// The record of what was done is sealed: nobody takes anything out of it.
pub(super) async fn purge(SignedIn(_): SignedIn) -> Fault {
    Fault::new(
        StatusCode::FORBIDDEN,
        "what was done is on record and cannot be purged; --activity-days says how long it is kept",
    )
}

/// Whether it came to be: an intent is told by its outcome, and what was refused or failed is no event of the original's.
fn happened(record: &ActivityRecord) -> bool {
    match record.phase {
        ActivityPhase::Event => true,
        ActivityPhase::Outcome { .. } => record.result == ActivityResult::Ok,
        ActivityPhase::Intent | ActivityPhase::Refused => false,
    }
}

fn event(record: &ActivityRecord) -> Event {
    let subject = &record.subject;
    let told = original::event(record);
    let engine = subject.engine.as_deref();
    let engine = engine.or_else(|| (subject.kind == "engine").then_some(subject.name.as_str()));
    let id = subject.id.as_ref().unwrap_or(&subject.name);
    Event {
        kind: told.kind,
        container: (subject.kind == "container").then(|| json!({ "id": id, "name": format!("/{}", subject.name) })),
        engine: engine.map(|engine| json!({ "id": engine })),
        time: time(record.at),
        message: told.message,
        tags: told.tags,
    }
}

fn time(at: Millis) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000);
    let format = &time::format_description::well_known::Rfc3339;
    moment
        .ok()
        .and_then(|moment| moment.format(format).ok())
        .unwrap_or_default()
}
