//! `/socket/stats`: what a container uses, once a second (`?engine=&name=`), or what those of an engine (`?engine=`) or of the
//! fleet use together, each five seconds.
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

/// Which container, engine, or all of the fleet.
#[derive(Deserialize)]
pub(crate) struct Which {
    engine: Option<String>,
    name: Option<String>,
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
        let (yard, actor) = (watch.yard(), watch.actor());
        let why = match (&self.engine, &self.name) {
            (Some(engine), Some(name)) => match yard.stats(actor, engine, name).await {
                Ok(stream) => return relay(wire, stream).await,
                Err(why) => why,
            },
            (engine, _) => match yard.usage_follow(actor, engine.as_deref()) {
                Ok(stream) => return relay(wire, stream).await,
                Err(why) => why,
            },
        };
        let told = wire.send(&StatsMessage::Failed { why }).await;
        told.err().unwrap_or(Goodbye::Done)
    }
}
