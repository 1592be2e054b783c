//! The pages that the server writes itself: sign-in, first password, and the shell that the app starts in.
//!
//! HTML is written with maud, which escapes every value; no page is put together from strings.
mod boot;
pub(crate) mod code;
mod first;
pub(crate) mod join;
mod layout;
pub(crate) mod login;
pub(crate) mod shell;
mod skeleton;
pub(crate) mod welcome;

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use maud::Markup;

/// A page with its status.
fn page(status: StatusCode, markup: Markup) -> Response {
    (status, Html(markup.into_string())).into_response()
}
