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
use shipyard_model::Millis;
use shipyard_model::activity::{ActivityPhase, ActivityQuery, ActivityRecord};

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
        // An intent is told by its outcome.
        let told = page
            .records
            .iter()
            .filter(|record| record.phase != ActivityPhase::Intent);
        events.extend(told.map(event));
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

fn event(record: &ActivityRecord) -> Event {
    let subject = &record.subject;
    let (kind, message, tags): (&str, String, Vec<&'static str>) =
        match record.action.split_once('.').unwrap_or((&record.action, "")) {
            ("engine", "add") => ("add-engine", format!("engine={}", subject.name), vec!["cluster"]),
            ("engine", "remove") => ("remove-engine", format!("engine={}", subject.name), vec!["cluster"]),
            ("token", "create") => (
                "add-service-key",
                format!("description={}", subject.name),
                vec!["cluster", "security"],
            ),
            ("token", "revoke") => (
                "remove-service-key",
                format!("key={}", subject.name),
                vec!["cluster", "security"],
            ),
            ("account", "create") => (
                "add-account",
                format!("username={}", subject.name),
                vec!["cluster", "security"],
            ),
            ("account", "remove") => (
                "delete-account",
                format!("username={}", subject.name),
                vec!["cluster", "security"],
            ),
            ("role", "save") => (
                "add-role",
                format!("name={}", subject.name),
                vec!["cluster", "security"],
            ),
            ("role", "remove") => (
                "delete-role",
                format!("name={}", subject.name),
                vec!["cluster", "security"],
            ),
            ("deploy", "") => ("deploy", format!("{} deployed", record.detail), vec!["deploy"]),
            _ => {
                let kind = record.action.rsplit('.').next().unwrap_or_default();
                let is_docker = subject.kind == "container" || subject.kind == "image";
                let message = match &*record.actor.account {
                    "" => format!("action={kind} {}={}", subject.kind, subject.name),
                    account => format!("action={kind} {}={} by={account}", subject.kind, subject.name),
                };
                (kind, message, vec![if is_docker { "docker" } else { "cluster" }])
            }
        };
    let engine = subject.engine.as_deref();
    let engine = engine.or_else(|| (subject.kind == "engine").then_some(subject.name.as_str()));
    Event {
        kind: kind.to_owned(),
        container: (subject.kind == "container")
            .then(|| json!({ "id": subject.name, "name": format!("/{}", subject.name) })),
        engine: engine.map(|engine| json!({ "id": engine })),
        time: time(record.at),
        message,
        tags,
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
