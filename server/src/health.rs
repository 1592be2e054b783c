//! For whoever watches over the process: is it there, and does it want requests.
use crate::state::Server;
use axum::extract::State;
use http::StatusCode;

/// The process lives and answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The store is open and requests are welcome; 503 while the server drains.
pub(crate) async fn ready(State(server): State<Server>) -> (StatusCode, &'static str) {
    if server.draining.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
