//! Who may pass. [`identify`] finds out who asks; [`require`] lets nobody else in than whom the part of the site is for;
//! handlers take [`SignedIn`], which cannot be had otherwise.
use crate::problem::{Answer, must_change_password, signed_out};
use crate::sessions::{Sessions, Ticket};
use crate::state::Server;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{Method, StatusCode, Uri};
use shipyard_model::{Account, Problem};
use shipyard_yard::{Actor, Who};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use tower_sessions::Session;
use tower_sessions::session::Id;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Visitor {
    /// Nobody that we know.
    Nobody,
    /// An account that must change its password first.
    MustChange(Account),
    /// An account.
    SignedIn(Known),
}

/// An account with a session that holds.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// For use cases.
    pub(crate) actor: Actor,
    /// The account.
    pub(crate) account: Account,
    /// The session's id, for sockets to look after it.
    pub(crate) session: Option<Id>,
    /// What the session holds.
    pub(crate) ticket: Ticket,
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
    let visitor = match visitor(&server, &session, from).await {
        Ok(visitor) => visitor,
        Err(error) => {
            tracing::error!(%error, "a session could not be read");
            return Answer(Problem::internal()).into_response();
        }
    };
    let name = match &visitor {
        Visitor::Nobody => None,
        Visitor::MustChange(account) | Visitor::SignedIn(Known { account, .. }) => {
            Some(AccountName(account.name.clone()))
        }
    };
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(name) = name {
        response.extensions_mut().insert(name);
    }
    response
}

async fn visitor(
    server: &Server,
    session: &Session,
    from: Option<IpAddr>,
) -> Result<Visitor, tower_sessions::session::Error> {
    let Some(ticket) = server.sessions.ticket(session).await? else {
        return Ok(Visitor::Nobody);
    };
    Ok(match server.yard.actor(&ticket.account, ticket.epoch, from) {
        Who::Actor(actor, account) => Visitor::SignedIn(Known {
            actor,
            account,
            session: session.id(),
            ticket,
        }),
        Who::MustChange(account) => Visitor::MustChange(account),
        Who::Nobody => {
            Sessions::end(session).await?;
            Visitor::Nobody
        }
    })
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

/// Calls and sockets are answered with a problem; everything else is a page, and pages lead to the sign-in.
fn is_page(uri: &Uri) -> bool {
    !["/api/", "/socket/"].iter().any(|part| uri.path().starts_with(part))
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
