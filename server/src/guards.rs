//! Who may pass. [`identify`] finds out who asks; [`require`] lets nobody else in than whom the part of the site is for;
//! handlers take [`SignedIn`], which cannot be had otherwise.
pub(crate) mod token;

use crate::problem::{Answer, must_change_password, signed_out};
use crate::sessions::{Sessions, Ticket};
use crate::state::Server;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Uri};
use shipyard_model::{Account, Problem, Secret};
use shipyard_yard::{Actor, Who};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use tower_sessions::Session;
use tower_sessions::session::Id;

/// Who asks.
#[derive(Clone)]
pub(crate) enum Visitor {
    /// Nobody that we know.
    Nobody,
    /// An account that must change its password first.
    MustChange(Account),
    /// An account.
    SignedIn(Known),
}

impl Visitor {
    /// The account's name.
    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::Nobody => None,
            Self::MustChange(account) => Some(&account.name),
            Self::SignedIn(known) => Some(known.actor.account()),
        }
    }
}

/// An account that we know, and by what.
#[derive(Clone)]
pub(crate) struct Known {
    /// For use cases.
    pub(crate) actor: Actor,
    /// By what it is known.
    pub(crate) by: By,
}

/// What a request showed.
#[derive(Clone)]
pub(crate) enum By {
    /// A session that holds: a person in a browser.
    Session {
        /// The session's id, for sockets to look after it.
        id: Option<Id>,
        /// What the session holds.
        ticket: Ticket,
    },
    /// A token: a machine.
    Token(Secret),
}

/// The account's name on a response, for the access log.
#[derive(Clone, Debug)]
pub(crate) struct AccountName(pub(crate) String);

/// Finds out who asks and notes it on the request.
pub(crate) async fn identify(
    State(server): State<Server>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let from = address(request.extensions().get());
    if has_secret_in_address(request.uri()) {
        return Answer(secret_in_address()).into_response();
    }
    let visitor = match token::of(request.headers()) {
        Some(Ok(shown)) => match by_bearer(&server, request.headers(), shown, from).await {
            Ok(visitor) => visitor,
            Err(problem) => return Answer(problem).into_response(),
        },
        Some(Err(problem)) => return Answer(problem).into_response(),
        None => match visitor(&server, &session, from).await {
            Ok(visitor) => visitor,
            Err(error) => {
                tracing::error!(%error, "a session could not be read");
                return Answer(Problem::internal()).into_response();
            }
        },
    };
    let name = visitor.account().map(|name| AccountName(name.to_owned()));
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(name) = name {
        response.extensions_mut().insert(name);
    }
    response
}

/// A request that shows a token, or a session that a program holds. It has no cookie beside it: which of the two counts
/// would be anybody's guess.
async fn by_bearer(
    server: &Server,
    headers: &HeaderMap,
    shown: Secret,
    from: Option<IpAddr>,
) -> Result<Visitor, Problem> {
    if crate::sessions::has_cookie(headers, server.sessions.cookie_name()) {
        return Err(
            Problem::new(400, "token.and-session", "The request has both a token and a session.")
                .hint("Send one of them."),
        );
    }
    if shown.reveal().starts_with(crate::sessions::PREFIX) {
        return by_session(server, &shown, from).await;
    }
    by_token(server, shown, from)
}

/// A session that a program holds in its person's name.
async fn by_session(server: &Server, shown: &Secret, from: Option<IpAddr>) -> Result<Visitor, Problem> {
    let session = server
        .sessions
        .without_cookie(Some(Sessions::id(shown).ok_or_else(token::session_refused)?));
    let found = async {
        let visitor = visitor(server, &session, from).await?;
        if session.is_modified() {
            session.save().await?;
        }
        Ok::<_, tower_sessions::session::Error>(visitor)
    };
    match found.await {
        Ok(Visitor::Nobody) => Err(token::session_refused()),
        Ok(visitor) => Ok(visitor),
        Err(error) => {
            tracing::error!(%error, "a session could not be read");
            Err(Problem::internal())
        }
    }
}

fn by_token(server: &Server, token: Secret, from: Option<IpAddr>) -> Result<Visitor, Problem> {
    let actor = server.yard.token_actor(&token, from).ok_or_else(|| {
        tracing::warn!(?from, "a token that does not hold");
        token::refused()
    })?;
    Ok(Visitor::SignedIn(Known {
        actor,
        by: By::Token(token),
    }))
}

/// Secrets in addresses end in logs and histories, so none is taken from there, and whoever sends one is told.
fn has_secret_in_address(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(key, _)| {
        matches!(
            &*key.to_ascii_lowercase(),
            "token" | "access_token" | "api_key" | "apikey"
        )
    })
}

fn secret_in_address() -> Problem {
    Problem::new(400, "token.in-address", "A token does not belong into an address.")
        .hint("Send it as Authorization: Bearer, and revoke this one: it may be in logs.")
}

async fn visitor(
    server: &Server,
    session: &Session,
    from: Option<IpAddr>,
) -> Result<Visitor, tower_sessions::session::Error> {
    let Some(ticket) = server.sessions.ticket(session).await? else {
        return Ok(Visitor::Nobody);
    };
    Ok(
        match server
            .yard
            .actor(&ticket.account, ticket.epoch, from, Some(ticket.proved_at))
        {
            Who::Actor(actor, _) => Visitor::SignedIn(Known {
                actor,
                by: By::Session {
                    id: session.id(),
                    ticket,
                },
            }),
            Who::MustChange(account) => Visitor::MustChange(account),
            Who::Nobody => {
                Sessions::end(session).await?;
                Visitor::Nobody
            }
        },
    )
}

/// Lets signed-in accounts through and nobody else. Every route that is not public lies behind it.
pub(crate) async fn require(request: Request, next: Next) -> Response {
    let is_page = is_page(request.uri());
    match request.extensions().get::<Visitor>() {
        Some(Visitor::SignedIn(_)) => next.run(request).await,
        Some(Visitor::MustChange(_)) if is_page => Redirect::to("/welcome").into_response(),
        Some(Visitor::MustChange(_)) => Answer(must_change_password()).into_response(),
        _ if is_page => to_sign_in(request.method(), request.uri()),
        _ => Answer(signed_out()).into_response(),
    }
}

/// What programs ask for is answered with a problem; everything else is a page, and pages lead to the sign-in.
fn is_page(uri: &Uri) -> bool {
    let path = uri.path();
    path != "/metrics" && !["/api/", "/socket/"].iter().any(|part| path.starts_with(part))
}

fn to_sign_in(method: &Method, uri: &Uri) -> Response {
    let wanted = uri.path_and_query().map_or("/", |whole| whole.as_str());
    let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    if method != Method::GET || wanted == "/" {
        Redirect::to("/login").into_response()
    } else {
        (
            StatusCode::SEE_OTHER,
            [(http::header::LOCATION, format!("/login?next={next}"))],
        )
            .into_response()
    }
}

/// A signed-in account that may use the application.
pub(crate) struct SignedIn(pub(crate) Known);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Answer> {
        match parts.extensions.get::<Visitor>() {
            Some(Visitor::SignedIn(known)) => Ok(Self(known.clone())),
            Some(Visitor::MustChange(_)) => Err(must_change_password().into()),
            _ => Err(signed_out().into()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self::Nobody))
    }
}

/// The address that a request came from; `None` where the connection has none.
pub(crate) fn address(info: Option<&ConnectInfo<SocketAddr>>) -> Option<IpAddr> {
    info.map(|ConnectInfo(address)| address.ip().to_canonical())
}
