//! Signing in by a passkey: the sign-in page's script asks for a question, has a device answer it, and brings the answer.
use super::login::same_site;
use super::{Came, session_failed};
use crate::preferences::remembered;
use crate::problem::{Answer, cross_origin};
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use shipyard_model::Problem;
use shipyard_model::access::PasskeyQuestion;
use tower_sessions::Session;

/// The answer of a device.
#[derive(Deserialize)]
pub(crate) struct Given {
    /// Which question it answers.
    id: String,
    /// What the browser says (`AuthenticationResponseJSON`).
    answer: String,
    #[serde(default)]
    next: String,
}

/// Where the page goes on.
#[derive(Serialize)]
struct On {
    to: String,
}

/// The origin of the page that asks, which is one of ours: the guard against other sites has compared it. Browsers send it
/// with every POST.
///
/// # Errors
/// 403 without one.
pub(crate) fn site(headers: &HeaderMap) -> Result<&str, Problem> {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.ok_or_else(cross_origin)
}

/// What the device is to be asked.
pub(crate) async fn question(
    State(server): State<Server>,
    headers: HeaderMap,
) -> Result<Json<PasskeyQuestion>, Answer> {
    Ok(Json(server.yard.passkey_ask(site(&headers)?)?))
}

/// Checks the answer and begins a session under a new id.
pub(crate) async fn submit(
    State(server): State<Server>,
    session: Session,
    came: Came,
    headers: HeaderMap,
    Json(given): Json<Given>,
) -> Response {
    let site = match site(&headers) {
        Ok(site) => site,
        Err(problem) => return Answer(problem).into_response(),
    };
    let done = server
        .yard
        .sign_in_passkey(site, &given.id, &given.answer, came.from)
        .await;
    let signed_in = match done {
        Ok(signed_in) => signed_in,
        Err(refused) => return Answer(refused.problem()).into_response(),
    };
    let account = &signed_in.account;
    match server
        .sessions
        .begin(&session, &account.name, signed_in.epoch, came.origin)
        .await
    {
        Ok(()) => {
            let to = if account.must_change_password {
                "/welcome"
            } else {
                same_site(&given.next)
            };
            (remembered(account.preferences), Json(On { to: to.to_owned() })).into_response()
        }
        Err(error) => session_failed(&error),
    }
}
