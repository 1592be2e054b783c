//! `/socket/logs?engine=&name=&tail=&since=&after=`: the log of a container as it is written.
//!
//! `after` is the cursor of a message that came over an earlier socket: what was told up to there is not told again.
use super::AsyncTalk;
use super::relay::relay;
use super::watch::Watch;
use super::wire::{Goodbye, Wire};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::extract::{OriginalUri, Query, State, WebSocketUpgrade};
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;
use shipyard_model::stream::LogMessage;
use shipyard_model::{Millis, Problem};
use shipyard_yard::LogOptions;

/// Lines from before, when the page does not say how many.
const TAIL: u32 = 500;
/// Most lines from before.
const MOST: u32 = 10_000;

/// Which log, and from where.
#[derive(Deserialize)]
pub(crate) struct Which {
    engine: String,
    name: String,
    tail: Option<u32>,
    since: Option<i64>,
    after: Option<String>,
}

/// Opens the socket.
pub(crate) async fn open(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(which): Query<Which>,
    upgrade: WebSocketUpgrade,
) -> Response {
    super::open(server, known, upgrade, &headers, &uri, which)
}

impl AsyncTalk for Which {
    async fn run(self, wire: &mut Wire, watch: &Watch) -> Goodbye {
        let after = match self.after.as_deref().map(str::parse).transpose() {
            Ok(after) => after,
            Err(_) => return failed(wire, bad_cursor()).await,
        };
        let options = LogOptions {
            tail: Some(self.tail.unwrap_or(if after.is_some() { MOST } else { TAIL }).min(MOST)),
            since: self.since.map(Millis),
            follow: true,
            after,
        };
        match watch
            .yard()
            .logs(watch.actor(), &self.engine, &self.name, options)
            .await
        {
            Ok(stream) => relay(wire, stream).await,
            Err(why) => failed(wire, why).await,
        }
    }
}

async fn failed(wire: &mut Wire, why: Problem) -> Goodbye {
    let told = wire.send(&LogMessage::Failed { why }).await;
    told.err().unwrap_or(Goodbye::Done)
}

/// What was sent as the place in a log is none.
pub(crate) fn bad_cursor() -> Problem {
    let told = "This is no place in a log that Shipyard told.";
    Problem::new(422, "logs.bad-cursor", told)
        .hint("Send the cursor as it came with the lines, or none.")
        .field("after")
}
