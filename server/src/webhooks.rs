//! Webhooks as they arrive: from machines that are not signed in, each with a proof of its own.
//!
//! Docker Hub can only call an address, so its secret is in the path, as it was in the original. The access log has the
//! route's pattern in place of the path, and nothing else here writes it down.
use crate::guards::address;
use crate::problem::Answer;
use crate::state::Server;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde::Serialize;
use shipyard_model::{OperationId, Problem, Secret};
use shipyard_yard::Signed;
use std::net::{IpAddr, SocketAddr};

/// Largest body. Docker Hub's are some kilobytes; others send what they like along.
const LARGEST: usize = 256 * 1024;

/// What became of a webhook.
#[derive(Serialize)]
struct Taken {
    /// The operation that rolls the image; null when nothing runs it, or a roll that goes on will be followed by another.
    operation: Option<OperationId>,
}

type Peer = Option<axum::Extension<ConnectInfo<SocketAddr>>>;

/// `POST /hub/webhook/{key}`: Docker Hub says that an image was pushed.
pub(crate) async fn hub(State(server): State<Server>, Path(key): Path<Secret>, peer: Peer, body: Body) -> Response {
    let from = of(&peer);
    taken(async move {
        let body = read(body).await?;
        server.yard.webhook_of_hub(&key, &body, from).await
    })
    .await
}

/// `POST /hooks/{id}`: a signed webhook says that an image is newer.
pub(crate) async fn generic(
    State(server): State<Server>,
    Path(id): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let from = of(&peer);
    taken(async move {
        let body = read(body).await?;
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let signed = Signed {
            signature: text("x-hub-signature-256").unwrap_or_default(),
            delivery: text("x-shipyard-delivery"),
            timestamp: text("x-shipyard-timestamp"),
        };
        server.yard.webhook_signed(&id, signed, &body, from).await
    })
    .await
}

fn of(peer: &Peer) -> Option<IpAddr> {
    address(peer.as_ref().map(|axum::Extension(info)| info))
}

async fn read(body: Body) -> Result<axum::body::Bytes, Problem> {
    to_bytes(body, LARGEST).await.map_err(|_| {
        let kib = LARGEST / 1024;
        Problem::new(413, "webhook.too-large", format!("A webhook has at most {kib} KiB.")).arg("kib", kib)
    })
}

/// Does it in a task of its own: who calls may not wait, and what was begun still comes to its end.
async fn taken(work: impl Future<Output = Result<Option<OperationId>, Problem>> + Send + 'static) -> Response {
    let done = tokio::spawn(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a webhook failed");
        Err(Problem::internal())
    });
    match done {
        Ok(operation) => ([(header::CACHE_CONTROL, "no-store")], Json(Taken { operation })).into_response(),
        Err(problem) => Answer(problem).into_response(),
    }
}
