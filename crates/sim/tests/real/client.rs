//! A client that keeps what others hide: the status's words, each header, whether a body came in chunks.
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::ext::ReasonPhrase;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;

/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// An engine behind a socket.
#[derive(Clone)]
pub(crate) struct Engine {
    socket: PathBuf,
}

/// All of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Each line as JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        serde_json::Deserializer::from_slice(&self.body)
            .into_iter()
            .map_while(Result::ok)
            .collect()
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.headers.get("transfer-encoding").is_some_and(|v| v == "chunked")
    }
}

impl Engine {
    pub(crate) fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
        }
    }

    pub(crate) async fn connect(&self) -> UnixStream {
        UnixStream::connect(&self.socket).await.unwrap()
    }

    async fn send(&self, method: &Method, path: &str, body: Option<&Value>) -> http::Response<hyper::body::Incoming> {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(self.connect().await))
            .await
            .unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header("host", "docker");
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        sender.send_request(request).await.unwrap()
    }

    /// Asks, and reads the answer to its end, or for so long.
    pub(crate) async fn read(&self, method: &Method, path: &str, body: Option<&Value>, time: Duration) -> Reply {
        let answer = tokio::time::timeout(DEADLINE, self.send(method, path, body))
            .await
            .unwrap();
        let (head, mut body) = answer.into_parts();
        let phrase = head.extensions.get::<ReasonPhrase>();
        let usual = head.status.canonical_reason().unwrap_or_default();
        let reason = phrase.map_or(usual.to_owned(), |p| String::from_utf8_lossy(p.as_bytes()).into_owned());
        let end = tokio::time::Instant::now() + time;
        let mut bytes = Vec::new();
        while let Ok(Some(Ok(frame))) = tokio::time::timeout_at(end, body.frame()).await {
            bytes.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default());
        }
        let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        Reply {
            status: head.status.as_u16(),
            reason,
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: bytes.into(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.read(&Method::GET, path, None, DEADLINE).await
    }

    pub(crate) async fn post(&self, path: &str, body: Option<&Value>) -> Reply {
        self.read(&Method::POST, path, body, DEADLINE).await
    }
}
