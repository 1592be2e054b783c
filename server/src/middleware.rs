//! The layers around every route, outermost first, and why each stands where it stands.
//!
//! 1. [`headers`]: whatever answers, a panic or a file, carries them.
//! 2. [`access`]: request id and one log line; sees the final status.
//! 3. catch-panic: a panic becomes a 500 that says nothing; the log has the rest.
//! 4. host: a name that is not ours is refused before anything believes it (DNS rebinding).
//! 5. time-out: nothing waits for ever; sockets leave this layer with their upgrade.
//! 6. CSRF: a POST must come from our own pages, judged by `Sec-Fetch-Site` and `Origin`.
//! 7. body limit: nobody fills the memory, signed in or not.
//!
//! Sessions and guards come after these and around those routes alone that need them, in [`crate::router`].
mod access;
mod headers;

use crate::origin;
use crate::problem::{Answer, cross_origin};
use crate::state::Server;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shipyard_model::Problem;
use std::any::Any;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// Time for a request. Trying an engine is the longest; it has shorter deadlines of its own.
const DEADLINE: Duration = Duration::from_secs(60);
/// Largest body of a request.
const BODY: usize = 1024 * 1024;

/// Puts all layers around the routes.
pub(crate) fn wrap(router: Router, server: &Server) -> Router {
    router
        .layer(RequestBodyLimitLayer::new(BODY))
        .layer(csrf(server))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, DEADLINE))
        .layer(from_fn_with_state(server.clone(), host))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(server.requests.clone(), access::log))
        .layer(from_fn_with_state(headers::Headers::new(server.https), headers::add))
}

fn csrf(server: &Server) -> CsrfLayer<impl FnMut(ProtectionError) -> Response<Body> + Clone + Send + 'static> {
    let mut layer = CsrfLayer::new();
    if let Some(origin) = server.names.public_origin() {
        // The configuration took only what is an origin, so a refusal cannot be; without it the request is refused.
        layer = layer.clone().add_trusted_origin(origin).unwrap_or(layer);
    }
    layer.with_rejection_response(|_| Answer(cross_origin()).into_response())
}

async fn host(State(server): State<Server>, request: Request, next: Next) -> Response {
    let named = origin::host_of(request.headers(), request.uri());
    if named.is_some_and(|host| server.names.may_name(host)) {
        return next.run(request).await;
    }
    let problem = Problem::new(421, "host-unknown", "This server does not go by that name.")
        .hint("Use its address, or name the host with --public-url or --allowed-hosts.");
    Answer(problem).into_response()
}

/// Only that it happened: the message of a panic may hold anything.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Answer(Problem::internal()).into_response()
}
