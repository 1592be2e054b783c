//! What a request brings, read or refused with a problem: JSON, query and path. A key that nobody knows is a mistake that
//! is told, not passed over.
use crate::problem::Answer;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use shipyard_model::Problem;
use shipyard_model::problem::misnamed;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use utoipa::IntoParams;

/// JSON of a request's body.
pub(crate) struct Body<T> {
    /// What it says.
    pub(crate) value: T,
    /// Tells bodies apart, for [`super::once`].
    pub(crate) digest: u64,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Answer;

    async fn from_request(request: Request, state: &S) -> Result<Self, Answer> {
        if !is_json(request.headers()) {
            return Err(Problem::new(415, "request.not-json", "The request's body is not JSON.")
                .hint("Send Content-Type: application/json.")
                .into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            Problem::new(
                error.status().as_u16(),
                "request.body",
                "The request's body cannot be read.",
            )
            .hint("It has at most 1 MiB, and all of it is sent.")
        })?;
        let value = read(&bytes)?;
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Ok(Self {
            value,
            digest: hasher.finish(),
        })
    }
}

/// Reads JSON.
///
/// # Errors
/// 400 when it is none, 422 when it says something else than is expected.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| not_read(&error))
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}

/// What is wrong with a body. Names of fields are repeated, values are not: one may be a password.
fn not_read(error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    let told = error.to_string();
    let what = match error.classify() {
        Category::Data => misnamed(&told).unwrap_or("a value is of the wrong kind or out of range"),
        Category::Io | Category::Syntax | Category::Eof => "it is no JSON",
    };
    let status = if error.is_data() { 422 } else { 400 };
    Problem::new(
        status,
        "request.malformed",
        format!("The request's body cannot be used: {what} ({place})."),
    )
    .hint("The description at /api/v1/docs says what is expected.")
    .arg("what", what)
    .arg("place", place)
}

/// The query of an address.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Answer> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(_) => Err(bad_query("").into()),
        }
    }
}

/// A part of the address's query that cannot be used.
pub(crate) fn bad_query(name: &str) -> Problem {
    let told = if name.is_empty() {
        "The address has a part after “?” that is not known or cannot be read.".to_owned()
    } else {
        format!("What the address says for “{name}” cannot be used.")
    };
    Problem::new(400, "request.query", told)
        .hint("The description at /api/v1/docs says what is expected.")
        .arg("name", name)
}

/// The parts of an address's path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Answer> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(crate::problem::no_such_address().into()),
        }
    }
}

/// Whether whoever asks wants to be told what changes from now on (`Accept: text/event-stream`).
pub(crate) struct Follow(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for Follow {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        Ok(Self(accept.unwrap_or_default().contains("text/event-stream")))
    }
}

/// What to show of a container.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Reveal {
    /// Whether the values of its environment are shown, which needs a permission of its own and is put on record.
    #[serde(default)]
    pub(super) reveal: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::access::NewToken;

    #[test]
    fn names_are_told_and_values_are_not() {
        for (body, status, says) in [
            ("{", 400, "it is no JSON"),
            (r#"{"description":"a","grants":[],"day":1}"#, 422, "unknown field `day`"),
            (r#"{"description":"a","grants":[]}"#, 422, "missing field `days`"),
            (r#"{"description":"a","grants":[],"days":"hunter2"}"#, 422, "a value is"),
        ] {
            let error = serde_json::from_str::<NewToken>(body).unwrap_err();
            let problem = not_read(&error);
            assert_eq!(problem.status, status, "{body}");
            assert!(problem.detail.contains(says), "{}", problem.detail);
            assert!(!problem.detail.contains("hunter2"));
        }
    }
}
