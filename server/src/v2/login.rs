//! Signing in, and changing one's own password.
use super::Given;
use super::fault::Fault;
use crate::api::to_its_end;
use crate::guards::{By, Visitor};
use crate::pages::Came;
use crate::sessions::Sessions;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use shipyard_model::{Problem, Secret};
use shipyard_yard::SignInError;

/// What a program sends.
#[derive(Deserialize)]
pub(super) struct Credentials {
    username: String,
    password: Secret,
}

/// A session, as the original names it.
#[derive(Serialize)]
struct AuthToken {
    auth_token: String,
    user_agent: String,
}

/// Signs in. Unlike the original's, a token ends, and a second sign-in does not end the first.
pub(super) async fn login(
    State(server): State<Server>,
    came: Came,
    headers: HeaderMap,
    Given(given): Given<Credentials>,
) -> Result<Response, Fault> {
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let user_agent = user_agent.unwrap_or_default().to_owned();
    to_its_end(async move {
        let signed_in = match server.yard.sign_in(&given.username, &given.password, came.from).await {
            Ok(signed_in) => signed_in,
            Err(SignInError::Wrong) => return Err(Fault::new(StatusCode::FORBIDDEN, "invalid username/password")),
            Err(other) => return Err(other.problem().into()),
        };
        if signed_in.second_factor {
            let told = "this account signs in with a second factor, which this API does not know: use a service key";
            return Err(Fault::new(StatusCode::FORBIDDEN, told));
        }
        let session = server.sessions.without_cookie(None);
        let (name, epoch) = (&signed_in.account.name, signed_in.epoch);
        let begun = server.sessions.begin(&session, name, epoch, came.origin).await;
        begun.map_err(|error| failed(&error))?;
        let noted = Sessions::allow_one_change(&session).await;
        noted.map_err(|error| failed(&error))?;
        let text = Sessions::text(&session).await.map_err(|error| failed(&error))?;
        let auth_token = text.reveal().to_owned();
        Ok(Json(AuthToken { auth_token, user_agent }).into_response())
    })
    .await
}

/// What a session that did not begin with the current password is told.
fn signs_in_first() -> Fault {
    let told = "a new password needs a sign-in with the current one: log in again, then repeat this within ten minutes";
    Fault::new(StatusCode::FORBIDDEN, told)
}

fn failed(error: &tower_sessions::session::Error) -> Fault {
    tracing::error!(%error, "a session could not be used");
    Problem::internal().into()
}

/// The new password.
#[derive(Deserialize)]
pub(super) struct Change {
    password: Secret,
}

/// Changes one's own password, by a sign-in of this API within the last ten minutes, from where that came from, once: it
/// gave the current password, which the original's clients do not send again. A session of any other door has another way
/// to change it, which asks for the current one. All other sessions end; this one goes on.
pub(super) async fn change_password(
    State(server): State<Server>,
    visitor: Visitor,
    headers: HeaderMap,
    came: Came,
    Given(given): Given<Change>,
) -> Result<Response, Fault> {
    let id = crate::guards::token::of(&headers)
        .and_then(Result::ok)
        .and_then(|text| Sessions::id(&text));
    if matches!(&visitor, Visitor::SignedIn(known) if matches!(known.by, By::Token(_))) {
        return Err(Problem::forbidden().into());
    }
    let (Some(id), false) = (id, matches!(visitor, Visitor::Nobody)) else {
        return Err(Fault::unauthorized());
    };
    to_its_end(async move {
        let ticket = server.sessions.find(&id).await.map_err(|error| failed(&error))?;
        let ticket = ticket.ok_or_else(Fault::unauthorized)?;
        let session = server.sessions.without_cookie(Some(id));
        let one = ticket.origin.from == came.origin.from && {
            let one = Sessions::take_one_change(&session).await;
            one.map_err(|error| failed(&error))?
        };
        if !one {
            return Err(signs_in_first());
        }
        let done = server
            .yard
            .change_password_proved(
                &ticket.account,
                ticket.epoch,
                ticket.proved_at,
                &given.password,
                came.from,
            )
            .await?;
        let kept = server.sessions.go_on(&session, done.epoch).await;
        kept.map_err(|error| failed(&error))?;
        Ok(StatusCode::OK.into_response())
    })
    .await
}
