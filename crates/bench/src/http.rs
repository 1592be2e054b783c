//! One kept connection to a server: what a browser or program does with it, measured.
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// A connection, over which one request is under way at a time.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    headers: Vec<(&'static str, String)>,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    /// Until the answer's head was there.
    pub(crate) first: Duration,
    /// Until all of it was there.
    pub(crate) whole: Duration,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).context("an answer that is no JSON")
    }
}

impl Connection {
    /// Over TCP to `127.0.0.1:PORT`.
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Self::over(stream, address).await
    }

    /// Over what was connected already.
    pub(crate) async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, host: &str) -> Result<Self> {
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: host.to_owned(),
            headers: Vec::new(),
        })
    }

    /// With a header in each request.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Asks, and reads the answer to its end.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|value| Bytes::from(value.to_string())).unwrap_or_default();
        let begun = Instant::now();
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(body))?).await?;
        let first = begun.elapsed();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer {
            status,
            body,
            first,
            whole: begun.elapsed(),
        })
    }

    /// A GET that must succeed.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        let answer = self.send(Method::GET, path, None).await?;
        good(path, answer)
    }

    /// A POST that must succeed.
    pub(crate) async fn post(&mut self, path: &str, body: Option<&serde_json::Value>) -> Result<Answer> {
        let answer = self.send(Method::POST, path, body).await?;
        good(path, answer)
    }
}

fn good(path: &str, answer: Answer) -> Result<Answer> {
    if answer.status >= 400 {
        bail!("{path}: {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(answer)
}
