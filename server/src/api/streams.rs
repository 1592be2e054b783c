//! What flows: a container's log and its measurements.
use super::input::{Follow, Path, Query};
use super::{Reply, events};
use crate::guards::SignedIn;
use crate::sockets;
use crate::state::Server;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{OriginalUri, State, WebSocketUpgrade};
use axum::response::IntoResponse;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, header};
use serde::Deserialize;
use shipyard_model::stream::{LogLine, LogMessage, Output, StatsMessage};
use shipyard_model::{Millis, Problem};
use shipyard_yard::LogOptions;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(logs))
        .routes(routes!(stats))
        .routes(routes!(exec))
}

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Lines {
    /// Goes on with new lines as they come.
    #[serde(default)]
    follow: bool,
    /// So many of the newest lines; all when not said.
    tail: Option<u32>,
    /// Only lines since then, in milliseconds since 1970.
    since: Option<i64>,
    /// Only lines before then.
    until: Option<i64>,
    /// With `follow`, after a stream that broke: the `cursor` of its last `lines`. Only what comes after those is told, whatever
    /// `since` says.
    after: Option<String>,
    /// Lines of standard output, unless `false`.
    stdout: Option<bool>,
    /// Lines of standard error, unless `false`.
    stderr: Option<bool>,
}

impl Lines {
    fn wants(&self, line: &LogLine) -> bool {
        let output = match line.output {
            Output::Out => self.stdout,
            Output::Err => self.stderr,
        };
        output.unwrap_or(true) && !self.is_after(line)
    }

    fn is_after(&self, line: &LogLine) -> bool {
        matches!((self.until, line.at), (Some(until), Some(at)) if at.0 >= until)
    }

    /// The message with the lines that are wanted. The stream ends with the first line that is too late.
    fn cut(&self, message: LogMessage) -> (LogMessage, bool) {
        let LogMessage::Lines { mut lines, cursor } = message else {
            return (message, false);
        };
        let over = lines.iter().any(|line| self.is_after(line));
        lines.retain(|line| self.wants(line));
        (LogMessage::Lines { lines, cursor }, over)
    }
}

/// The log of a container.
///
/// As a stream: `lines`, with a `cursor` to go on from where the log is followed; `skipped` (how many were left out for a reader
/// that is too slow); `gap` (lines are missing, nobody knows how many); and at last `end` or `failed`. Else as plain text, line by
/// line, as they come.
#[utoipa::path(get, path = "/containers/{engine}/{container}/logs", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has"), Lines),
    responses((status = 200, content((String = "text/plain"), (String = "text/event-stream")))))]
async fn logs(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(as_events): Follow,
    Path((engine, container)): Path<(String, String)>,
    Query(which): Query<Lines>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    let options = LogOptions {
        tail: which.tail,
        since: which.since.map(Millis),
        follow: which.follow,
        after: match which.after.as_deref().map(str::parse).transpose() {
            Ok(after) => after,
            Err(_) => return Err(sockets::logs::bad_cursor().into()),
        },
    };
    let goes_on = options.follow;
    let log = server
        .yard
        .logs(&known.actor, row.engine.as_str(), &row.name, options)
        .await?;
    // Ends with the first line that is too late, without waiting for one more.
    let log = stream::unfold(Some((Box::pin(log), which)), |next| async {
        let (mut log, which) = next?;
        let (message, last) = which.cut(log.next().await?);
        Some((message, (!last).then_some((log, which))))
    });
    if as_events {
        return Ok(events::stream(&server, &known, log.map(|message| told(&message)))?);
    }
    let text = log.flat_map(|message| stream::iter(plain(message)));
    // The same watch over the session as a stream of events has; it only writes something else.
    let text = if goes_on {
        events::text(&server, &known, text)?
    } else {
        events::file(&server, &known, text)?
    };
    let media = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((media, text).into_response())
}

fn told(message: &LogMessage) -> axum::response::sse::Event {
    match message {
        LogMessage::Lines { lines, cursor: None } => events::event("lines", &serde_json::json!({ "lines": lines })),
        LogMessage::Lines {
            lines,
            cursor: Some(cursor),
        } => events::event("lines", &serde_json::json!({ "lines": lines, "cursor": cursor })),
        LogMessage::Skipped { lines } => events::event("skipped", &serde_json::json!({ "lines": lines })),
        LogMessage::Gap => events::event("gap", &serde_json::json!({})),
        LogMessage::End => events::event("end", &serde_json::json!({})),
        LogMessage::Failed { why } => events::event("failed", &serde_json::json!({ "why": why })),
    }
}

/// The lines as they were written. A log that fails half way is cut off: it must not pass for a whole one.
fn plain(message: LogMessage) -> Vec<Result<String, std::io::Error>> {
    match message {
        LogMessage::Lines { lines, .. } => lines.into_iter().map(|line| Ok(line.text + "\n")).collect(),
        LogMessage::Skipped { lines } => vec![Ok(format!("… {lines} lines were left out …\n"))],
        LogMessage::Gap => vec![Ok("… lines are missing here …\n".to_owned())],
        LogMessage::End => Vec::new(),
        LogMessage::Failed { why } => vec![Err(std::io::Error::other(why.code))],
    }
}

/// What a container uses, about once a second: `sample`, and at last `end` or `failed`.
#[utoipa::path(get, path = "/containers/{engine}/{container}/stats", tag = "containers",
    params(("engine" = String, Path, description = "Name or id"),
        ("container" = String, Path, description = "Name, id, or the beginning of the id that no other has")),
    responses((status = 200, content((String = "text/event-stream")))))]
async fn stats(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path((engine, container)): Path<(String, String)>,
) -> Reply {
    let row = server.yard.container_find(&known.actor, &engine, &container)?;
    let samples = server.yard.stats(&known.actor, row.engine.as_str(), &row.name).await?;
    let told = samples.map(|message| match message {
        StatsMessage::Sample { sample } => events::event("sample", &sample),
        StatsMessage::Sum { sum } => events::event("sum", &sum),
        StatsMessage::End => events::event("end", &serde_json::json!({})),
        StatsMessage::Failed { why } => events::event("failed", &serde_json::json!({ "why": why })),
    });
    Ok(events::stream(&server, &known, told)?)
}

/// Runs a command inside a container, over a WebSocket.
///
/// The query has `engine` and `name`. The first frame says what to run, within ten seconds: text, JSON, `{"run": {"command": ["ls", "-l"]}}`,
/// where wanted with `tty`, `stdin`, `user`, `working_dir`, `columns`, `rows`, and `env`, a list of `NAME=value`. Binary frames to the server
/// are input then, binary frames from it are output: a byte that says which (1 standard output, 2 standard error), and the rest. Text frames
/// are JSON: `{"resize": {"columns", "rows"}}` and `"end"` (no more input) to the server; `{"exit": {"code"}}` or `{"failed": {"why"}}` from it.
#[utoipa::path(get, path = "/exec", tag = "containers", 
    responses((status = 101, description = "The WebSocket is open"),
        (status = 426, body = Problem, content_type = "application/problem+json", description = "It was not asked for one")))]
async fn exec(
    server: State<Server>,
    known: SignedIn,
    uri: OriginalUri,
    headers: HeaderMap,
    pairs: axum::extract::Query<Vec<(String, String)>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Reply {
    let upgrade = upgrade.map_err(|_| {
        Problem::new(426, "request.no-socket", "This address is a WebSocket.")
            .hint("Ask for it with Upgrade: websocket.")
    })?;
    Ok(sockets::exec::open(server, known, uri, headers, pairs, upgrade).await)
}
