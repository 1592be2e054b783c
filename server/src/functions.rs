//! The page's calls: checks what the framework leaves open, runs the server function, gives its failure the right status.
mod visit;

use crate::guards::SignedIn;
use crate::problem::{Answer, MEDIA_TYPE, no_such_address, status_of};
use crate::state::Server;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use server_fn::axum::get_server_fn_service;
use server_fn::error::SERVER_FN_ERROR_HEADER;
use shipyard_app::calls::{Caller, in_the_name_of};
use shipyard_model::{Problem, Session};
use std::sync::LazyLock;
use tower_sessions::Session as Cookie;

/// Paths of the server functions. Registering them by name here keeps them whatever the linker thinks of them.
static PATHS: LazyLock<Vec<&'static str>> = LazyLock::new(shipyard_app::calls::register);

/// Who is signed in. A page whose socket was refused asks here whether it is still signed in.
pub(crate) async fn session(State(server): State<Server>, SignedIn(known): SignedIn) -> Json<Session> {
    Json(server.yard.session(&known.actor))
}

/// Runs a server function as the signed-in account.
pub(crate) async fn call(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    session: Cookie,
    request: Request,
) -> Response {
    if let Err(problem) = check(request.method(), request.uri().path(), request.headers()) {
        return Answer(problem).into_response();
    }
    let visit = visit::of(&server, &known, session, request.headers());
    let Some(mut function) = get_server_fn_service(request.uri().path(), Method::POST) else {
        return Answer(no_such_address()).into_response();
    };
    let caller = Caller {
        yard: server.yard,
        actor: known.actor,
        visit,
    };
    // In a task of its own: when the browser goes away in the middle, the use case still comes to its end.
    match tokio::spawn(in_the_name_of(caller, function.run(request))).await {
        Ok(response) => with_status(response).await,
        Err(error) => {
            tracing::error!(%error, "a call failed");
            Answer(Problem::internal()).into_response()
        }
    }
}

/// JSON by POST only. Another content type could be sent by a plain form of any site, and for a client that takes HTML
/// the framework answers a failure with a redirect that has it in the address.
fn check(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if method != Method::POST || !PATHS.contains(&path) {
        return Err(no_such_address());
    }
    let media = text(header::CONTENT_TYPE)
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if media != "application/json" {
        return Err(
            Problem::new(415, "call.not-json", "Calls are made in JSON.").hint("Send Content-Type: application/json.")
        );
    }
    if text(header::ACCEPT).to_ascii_lowercase().contains("text/html") {
        return Err(
            Problem::new(406, "call.not-json", "Calls are answered in JSON.").hint("Send Accept: application/json.")
        );
    }
    Ok(())
}

/// The framework answers every failure with 500. The problem in it knows better.
async fn with_status(response: Response) -> Response {
    let failed = response.headers().contains_key(SERVER_FN_ERROR_HEADER) || response.status().is_server_error();
    if !failed {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let problem: Problem = serde_json::from_slice(&body).unwrap_or_else(|_| Problem::internal());
    parts.status = status_of(&problem);
    if parts.status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(code = problem.code, "a call failed");
    }
    parts.headers.remove(SERVER_FN_ERROR_HEADER);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    Response::from_parts(parts, Body::from(body))
}
