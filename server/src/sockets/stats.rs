//! `/socket/stats?engine=&name=`: what a container uses, once a second.
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
use shipyard_model::stream::StatsMessage;

/// Which container.
#[derive(Deserialize)]
pub(crate) struct Which {
    engine: String,
    name: String,
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
        match watch.yard().stats(watch.actor(), &self.engine, &self.name).await {
            Ok(stream) => relay(wire, stream).await,
            Err(why) => wire
                .send(&StatsMessage::Failed { why })
                .await
                .err()
                .unwrap_or(Goodbye::Done),
        }
    }
}
