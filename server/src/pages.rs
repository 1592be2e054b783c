//! The pages that the server writes itself: sign-in, first password, and the shell that the app starts in.
//!
//! HTML is written with maud, which escapes every value; no page is put together from strings.
mod boot;
pub(crate) mod code;
mod first;
pub(crate) mod join;
mod layout;
pub(crate) mod login;
pub(crate) mod passkey;
pub(crate) mod shell;
mod skeleton;
pub(crate) mod welcome;

pub(crate) use layout::document;

use crate::guards::address;
use crate::preferences::remembered;
use crate::problem::Answer;
use crate::sessions::Origin;
use crate::state::Server;
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;
use http::request::Parts;
use maud::Markup;
use shipyard_model::{Account, Problem};
use std::convert::Infallible;
use std::net::IpAddr;
use tower_sessions::Session;

/// A page with its status.
fn page(status: StatusCode, markup: Markup) -> Response {
    (status, Html(markup.into_string())).into_response()
}

/// Where a form of the door was sent from.
pub(crate) struct Came {
    /// The address, where the connection has one.
    pub(crate) from: Option<IpAddr>,
    /// The same with the browser's name, for the account's owner.
    pub(crate) origin: Origin,
}

impl<S: Sync> FromRequestParts<S> for Came {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let from = address(parts.extensions.get());
        let origin = Origin::new(from, &parts.headers);
        Ok(Self { from, origin })
    }
}

/// Begins the session of an account under a new id, and leads on to pages that look as it chose.
async fn enter(server: &Server, session: &Session, account: &Account, epoch: u64, came: Came, to: &str) -> Response {
    match server.sessions.begin(session, &account.name, epoch, came.origin).await {
        Ok(()) => (remembered(account.preferences), Redirect::to(to)).into_response(),
        Err(error) => session_failed(&error),
    }
}

fn session_failed(error: &tower_sessions::session::Error) -> Response {
    tracing::error!(%error, "a session could not be used");
    Answer(Problem::internal()).into_response()
}
