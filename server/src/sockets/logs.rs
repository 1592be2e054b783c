//! `/socket/logs?engine=&name=&tail=&since=`: the log of a container as it is written.
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
use shipyard_model::Millis;
use shipyard_model::stream::LogMessage;
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
        let options = LogOptions {
            tail: Some(self.tail.unwrap_or(TAIL).min(MOST)),
            since: self.since.map(Millis),
            follow: true,
        };
        match watch
            .yard()
            .logs(watch.actor(), &self.engine, &self.name, options)
            .await
        {
            Ok(stream) => relay(wire, stream).await,
            Err(why) => wire
                .send(&LogMessage::Failed { why })
                .await
                .err()
                .unwrap_or(Goodbye::Done),
        }
    }
}
