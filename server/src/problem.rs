//! How a problem goes over HTTP: `application/problem+json` (RFC 9457).
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use shipyard_model::Problem;

/// A problem as an answer. Its status is the problem's own.
#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) Problem);

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// The media type.
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = status_of(&self.0);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
    }
}

/// The HTTP status of a problem; 500 where it names none that is an error.
pub(crate) fn status_of(problem: &Problem) -> StatusCode {
    let status = StatusCode::from_u16(problem.status).ok();
    status
        .filter(|s| s.is_client_error() || s.is_server_error())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Nobody is signed in.
pub(crate) fn signed_out() -> Problem {
    Problem::new(401, "signed-out", "You are not signed in.").hint("Sign in, then try again.")
}

/// The account must change its password first.
pub(crate) fn must_change_password() -> Problem {
    Problem::new(
        403,
        "must-change-password",
        "The first password must be changed before anything else.",
    )
    .hint("Open /welcome and choose a password of your own.")
}

/// The request comes from a page of another site.
pub(crate) fn cross_origin() -> Problem {
    Problem::new(403, "cross-origin", "The request came from a page of another site.")
        .hint("Open Shipyard by its own address; behind a proxy, set --public-url and pass the Host header on.")
}

/// There is no such address.
pub(crate) fn no_such_address() -> Problem {
    Problem::new(404, "no-such-address", "There is nothing at this address.").hint("Check the address.")
}
