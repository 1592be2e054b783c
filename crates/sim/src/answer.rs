//! Answers as dockerd writes them: its headers, its way to say no, and when a body has a length and when it comes in
//! chunks (Go's `net/http`: one that fits into 2,048 bytes has a length).
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use serde::Serialize;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body of an answer.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;
pub(crate) type Answer = Response<Body>;

/// What Go keeps of a body before it decides.
const BEFORE_CHUNKING: usize = 2048;
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Docker's no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refusal {
    /// HTTP's status code.
    pub(crate) status: u16,
    /// Docker's sentence.
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn no_such_container(asked: &str) -> Self {
        Self::new(404, format!("No such container: {asked}"))
    }

    pub(crate) fn no_such_image(asked: &str) -> Self {
        Self::new(404, format!("No such image: {}", crate::world::tagged(asked)))
    }

    /// “Is so already”: a status without a body.
    pub(crate) fn is_so_already() -> Self {
        Self::new(304, "")
    }

    pub(crate) fn answer(&self) -> Answer {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status == StatusCode::NOT_MODIFIED {
            return empty(status);
        }
        json(status, &serde_json::json!({"message": self.message}))
    }
}

/// A no as Go's `http.Error` writes it.
pub(crate) fn plain_no(refusal: &Refusal) -> Answer {
    let mut answer = Response::new(whole(format!("{}\n", refusal.message)));
    *answer.status_mut() = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// A body that is there already.
struct Whole(Option<Bytes>, bool);

impl HttpBody for Whole {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.take().filter(|b| !b.is_empty()).map(|b| Ok(Frame::data(b))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Some(bytes) if self.1 => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(0),
        }
    }
}

/// A body of bytes: with a length, or in chunks.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    let bytes = bytes.into();
    let has_length = bytes.len() <= BEFORE_CHUNKING;
    Whole(Some(bytes), has_length).boxed_unsync()
}

/// A body that comes piece by piece.
pub(crate) fn pieces(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(stream.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(whole(Bytes::new()));
    *answer.status_mut() = status;
    if status == StatusCode::OK {
        answer
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    answer
}

/// An answer of JSON, with the line's end that Go's encoder writes.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    of_json(status, bytes)
}

/// An answer of bytes that are JSON.
pub(crate) fn of_json(status: StatusCode, bytes: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(whole(bytes));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, JSON);
    answer
}

/// 200 with JSON.
pub(crate) fn ok(value: &impl Serialize) -> Answer {
    json(StatusCode::OK, value)
}

/// 204.
pub(crate) fn done() -> Answer {
    empty(StatusCode::NO_CONTENT)
}

/// 200 with a body that comes piece by piece.
pub(crate) fn stream(
    kind: Option<HeaderValue>,
    items: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Answer {
    let mut answer = Response::new(pieces(items));
    if let Some(kind) = kind {
        answer.headers_mut().insert(CONTENT_TYPE, kind);
    }
    answer
}
