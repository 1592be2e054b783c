//! What went wrong, as the original says it: one line of plain text.
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use shipyard_model::Problem;

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    text: String,
}

impl Fault {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }

    /// Nobody that we know, in the original's word.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized")
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let status = crate::problem::status_of(&problem);
        let container = problem.args.get("what").is_some_and(|what| what == "container");
        let text = match problem.code.as_str() {
            "signed-out" | "session.refused" | "token.refused" => "unauthorized".to_owned(),
            "forbidden" => "access denied".to_owned(),
            "not-found" if container => "container not found".to_owned(),
            // Here a new sign-in is the proof: the original has no other.
            "step-up" => format!("{} Log in again, then repeat this within ten minutes.", problem.detail),
            "must-change-password" => {
                "the first password must be changed before anything else: shipyard change-password".to_owned()
            }
            _ => problem.to_string(),
        };
        Self { status, text }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, self.text + "\n").into_response()
    }
}

/// What guards answer with, as text too.
pub(super) async fn as_text(response: Response) -> Response {
    let media = response.headers().get(header::CONTENT_TYPE);
    if media.is_none_or(|media| media != crate::problem::MEDIA_TYPE) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let problem: Problem = serde_json::from_slice(&body).unwrap_or_else(|_| Problem::internal());
    let text = Fault::from(problem).text + "\n";
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    parts.headers.insert(header::CONTENT_TYPE, plain);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}
