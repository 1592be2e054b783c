//! Signing in as a program does that a person uses: the session is the same as a browser's, shown as a Bearer.
use super::input::Body;
use super::{Reply, to_its_end};
use crate::guards::{By, SignedIn, Visitor, token};
use crate::pages::Came;
use crate::problem::signed_out;
use crate::sessions::Sessions;
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use shipyard_model::{Account, Grant, Millis, Permission, Problem, Secret};
use shipyard_yard::{SignInError, Via};
use tower_sessions::Session;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// For everybody: each says itself whom it is for.
pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(open, show, end))
        .routes(routes!(proof))
        .routes(routes!(password))
}

/// Name and password of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// The account's name, in any case.
    name: String,
    /// Its password.
    password: Secret,
    /// A code of the second factor, or a recovery code, where the account has one.
    #[serde(default)]
    code: Option<Secret>,
}

/// A session that was begun. Its text is the session: keep it as a password.
#[derive(Serialize, ToSchema)]
struct Opened {
    /// What to show as `Authorization: Bearer`.
    session: String,
    /// The account's name.
    account: String,
    /// When it ends if it is not used; use moves this on, up to the longest life of a session.
    expires: Millis,
    /// Whether the password must be changed before anything else.
    must_change_password: bool,
}

/// Who asks, and what they may do.
#[derive(Serialize, ToSchema)]
struct Shown {
    /// The account's name.
    account: String,
    /// `session` or `token`.
    via: &'static str,
    /// What is allowed somewhere.
    permissions: Vec<Permission>,
    /// What the account was given; of a token, what its owner was given.
    grants: Vec<Grant>,
    /// Until when what asks for a fresh proof is open; `null` when it is not.
    proved_until: Option<Millis>,
}

/// Signs in.
///
/// Slowed after failures, as on the page. 401 `sign-in.code` asks for a code: send all again with it.
#[utoipa::path(post, path = "/session", tag = "session", request_body = Credentials, security(()),
    responses((status = 201, body = Opened)))]
async fn open(State(server): State<Server>, came: Came, Body { value, .. }: Body<Credentials>) -> Reply {
    to_its_end(async move {
        let done = sign_in(&server, &value, &came).await;
        let (account, epoch) = match done {
            Ok(done) => done,
            Err(refused) => return Ok(refused),
        };
        begin(&server, &account, epoch, came, StatusCode::CREATED).await
    })
    .await
}

async fn sign_in(server: &Server, given: &Credentials, came: &Came) -> Result<(Account, u64), Response> {
    let yard = &server.yard;
    let signed_in = yard.sign_in(&given.name, &given.password, came.from).await;
    let signed_in = signed_in.map_err(|error| refusal(&error))?;
    if !signed_in.second_factor {
        return Ok((signed_in.account, signed_in.epoch));
    }
    let Some(code) = given.code.as_ref().filter(|code| !code.is_empty()) else {
        let problem = Problem::new(401, "sign-in.code", "This account signs in with a second factor.")
            .hint("Send a code of its app, or a recovery code, too.")
            .field("code");
        return Err(crate::problem::Answer(problem).into_response());
    };
    let done = yard
        .sign_in_code(&signed_in.account.name, signed_in.epoch, code, came.from)
        .await
        .map_err(|error| refusal(&error))?;
    Ok((done.account, done.epoch))
}

fn refusal(error: &SignInError) -> Response {
    let mut response = crate::problem::Answer(error.problem()).into_response();
    if let SignInError::Slow { retry_after } = error {
        let seconds = HeaderValue::from(retry_after.as_secs().max(1));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

async fn begin(server: &Server, account: &Account, epoch: u64, came: Came, status: StatusCode) -> Reply {
    let session = server.sessions.without_cookie(None);
    server
        .sessions
        .begin(&session, &account.name, epoch, came.origin)
        .await
        .map_err(|error| failed(&error))?;
    opened(server, &session, account.must_change_password, status).await
}

async fn opened(server: &Server, session: &Session, must_change_password: bool, status: StatusCode) -> Reply {
    let text = Sessions::text(session).await.map_err(|error| failed(&error))?;
    let ticket = server.sessions.ticket(session).await.map_err(|error| failed(&error))?;
    let ticket = ticket.ok_or_else(signed_out)?;
    let opened = Opened {
        session: text.reveal().to_owned(),
        expires: server.sessions.ends(&ticket),
        account: ticket.account,
        must_change_password,
    };
    Ok((status, Json(opened)).into_response())
}

fn failed(error: &tower_sessions::session::Error) -> Problem {
    tracing::error!(%error, "a session could not be used");
    Problem::internal()
}

/// Who asks.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = Shown)))]
async fn show(State(server): State<Server>, SignedIn(known): SignedIn) -> Json<Shown> {
    let actor = &known.actor;
    Json(Shown {
        account: actor.account().to_owned(),
        via: match actor.via() {
            Via::Session { .. } => "session",
            Via::Token { .. } => "token",
        },
        permissions: server.yard.session(actor).may,
        grants: server.yard.grants_of(actor),
        proved_until: actor.proved_until(),
    })
}

/// Signs out: the session ends here, whoever holds its text.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204, description = "Signed out")))]
async fn end(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let session = held(&server, &known.by)?;
    to_its_end(async move {
        Sessions::end(&session).await.map_err(|error| failed(&error))?;
        server.yard.signed_out(known.actor.account(), known.actor.from()).await;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

fn held(server: &Server, by: &By) -> Result<Session, Problem> {
    match by {
        By::Session { id, .. } => Ok(server.sessions.without_cookie(*id)),
        By::Token(_) => Err(Problem::forbidden()),
    }
}

/// A fresh proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Fresh {
    /// The password, or a code of the second factor.
    proof: Secret,
}

/// Proves again who one is.
///
/// For ten minutes, what asks for a proof (403 `step-up`) is open. The session goes on under a new text; the one before is void.
#[utoipa::path(post, path = "/session/proof", tag = "session", request_body = Fresh, responses((status = 200, body = Opened)))]
async fn proof(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    headers: HeaderMap,
    Body { value, .. }: Body<Fresh>,
) -> Reply {
    let session = held(&server, &known.by)?;
    if token::of(&headers).is_none() {
        // The browser would go on showing the session that is void now.
        return Err(Problem::new(
            400,
            "session.cookie",
            "This is for programs that hold a session themselves.",
        )
        .hint("Pages prove on their own.")
        .into());
    }
    to_its_end(async move {
        server.yard.prove(&known.actor, &value.proof).await?;
        server.sessions.proved(&session).await.map_err(|error| failed(&error))?;
        opened(&server, &session, false, StatusCode::OK).await
    })
    .await
}

/// The change of a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// The password until now.
    current: Secret,
    /// The new one.
    new: Secret,
}

/// Changes one's own password; all sessions of the account end, and a new one begins.
#[utoipa::path(post, path = "/session/password", tag = "session", request_body = Change,
    responses((status = 200, body = Opened)))]
async fn password(
    State(server): State<Server>,
    visitor: Visitor,
    came: Came,
    Body { value, .. }: Body<Change>,
) -> Reply {
    let account = match visitor {
        Visitor::Nobody => return Err(signed_out().into()),
        Visitor::MustChange(account) => account.name,
        Visitor::SignedIn(known) if known.actor.is_person() => known.actor.account().to_owned(),
        Visitor::SignedIn(_) => return Err(Problem::forbidden().into()),
    };
    to_its_end(async move {
        let (current, new) = (&value.current, &value.new);
        let done = server.yard.change_password(&account, current, new, came.from).await?;
        begin(&server, &done.account, done.epoch, came, StatusCode::OK).await
    })
    .await
}
