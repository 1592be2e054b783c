//! The wire: HTTP/1.1 to one server, with its certificate checked, and answers turned into values or failures.
//!
//! hyper and rustls are in the house already; what a larger client adds to them (cookies, redirects, proxies) is nothing
//! that a credential should follow.
pub mod origin;
pub mod socket;
pub mod sse;
pub mod tls;

use crate::error::{Exit, Failure, Outcome};
use crate::out;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use origin::Origin;
use rustls::ClientConfig;
use serde::de::DeserializeOwned;
use shipyard_model::Problem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tls::{Shown, Trust};
use tokio::net::TcpStream;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may be awaited. Trying an engine that is cut off takes the server half a minute.
const ANSWER: Duration = Duration::from_secs(90);
/// Most bytes of one answer.
const MOST: usize = 64 * 1024 * 1024;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Method.
    pub method: Method,
    /// Path with query, from `/api/v1` on.
    pub path: String,
    /// The body, as JSON.
    pub body: Option<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Ask {
    /// Asks for what is at a path.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Anything.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            body: None,
            headers: Vec::new(),
        }
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(body.to_string());
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// One piece of a path, so that no name reaches out of its place.
pub fn piece(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    match out.as_str() {
        // A path's own words for “here” and “above”.
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => out,
    }
}

/// A query from pairs; empty values are left out.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    let mut any = false;
    for (key, value) in pairs {
        if !value.is_empty() {
            text.append_pair(key, &value);
            any = true;
        }
    }
    if any {
        format!("?{}", text.finish())
    } else {
        String::new()
    }
}

/// A client of one server.
pub struct Http {
    /// The server.
    pub origin: Origin,
    trust: Trust,
    config: Arc<ClientConfig>,
    shown: Shown,
    verbose: bool,
    spare: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Http {
    /// A client; it connects when something is asked.
    ///
    /// # Errors
    /// When what it shall trust cannot be read.
    pub fn new(origin: Origin, trust: Trust, verbose: bool) -> Outcome<Self> {
        // Reading the system's authorities takes a moment, and is for nothing in the clear.
        let needed = if origin.tls {
            trust.clone()
        } else {
            Trust {
                anybody: true,
                ..Trust::default()
            }
        };
        let (config, shown) = tls::config(&needed)?;
        Ok(Self {
            origin,
            trust,
            config,
            shown,
            verbose,
            spare: Mutex::new(None),
        })
    }

    /// The fingerprint of the certificate that the server showed.
    pub fn shown(&self) -> Option<tls::Fingerprint> {
        self.shown.get()
    }

    /// Connects and shakes hands, for the certificate's sake.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn knock(&self) -> Outcome {
        self.connect().await.map(|_| ())
    }

    async fn connect(&self) -> Outcome<SendRequest<Full<Bytes>>> {
        let address = self.origin.to_string();
        let unreachable = |why: &str| Failure::new(Exit::Unreachable, format!("{address} cannot be reached: {why}."));
        let target = (self.origin.host.as_str(), self.origin.port);
        let stream = match tokio::time::timeout(CONNECT, TcpStream::connect(target)).await {
            Err(_) => return Err(unreachable("it did not answer within 10 seconds")),
            Ok(Err(error)) => {
                let why = match error.kind() {
                    std::io::ErrorKind::ConnectionRefused => "nothing listens there",
                    std::io::ErrorKind::NetworkUnreachable | std::io::ErrorKind::HostUnreachable => {
                        "there is no way to it"
                    }
                    _ if error.raw_os_error().is_none() => "its name is not known",
                    _ => "the connection failed",
                };
                let failure =
                    unreachable(why).hint("Is the server running, and the address right? See: shipyard context list");
                return Err(failure.because(&error));
            }
            Ok(Ok(stream)) => stream,
        };
        // Requests are small and wait for their answers.
        let _ = stream.set_nodelay(true);
        if !self.origin.tls {
            return self.shake(stream).await;
        }
        let name = rustls_pki_types::ServerName::try_from(self.origin.host.clone())
            .map_err(|e| unreachable("its name cannot be in a certificate").because(&e))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.config));
        match tokio::time::timeout(CONNECT, connector.connect(name, stream)).await {
            Err(_) => Err(unreachable("it did not shake hands within 10 seconds")),
            Ok(Err(error)) => Err(tls::refusal(&address, &self.trust, self.shown.get(), &error)),
            Ok(Ok(stream)) => self.shake(stream).await,
        }
    }

    async fn shake<S>(&self, stream: S) -> Outcome<SendRequest<Full<Bytes>>>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|e| Failure::new(Exit::Unreachable, "The server does not speak HTTP.").because(&e))?;
        // Its end is seen where the answer is read.
        tokio::spawn(async move {
            let _ = connection.with_upgrades().await;
        });
        Ok(sender)
    }

    /// Sends, and gives back the answer's head with its body still to come.
    ///
    /// # Errors
    /// When the server cannot be reached or does not answer in time.
    pub async fn send(&self, ask: &Ask, credential: Option<&str>) -> Outcome<Response<Incoming>> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (response, sender) = self.send_on(spare, ask, credential).await?;
        // hyper gives the next request to it when this answer was read to its end.
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        Ok(response)
    }

    /// The same for an answer that goes on: its connection carries nothing else.
    ///
    /// # Errors
    /// When the server cannot be reached or does not answer in time.
    pub async fn stream(&self, ask: &Ask, credential: Option<&str>) -> Outcome<Response<Incoming>> {
        let (response, sender) = self.send_on(None, ask, credential).await?;
        drop(sender);
        Ok(response)
    }

    async fn send_on(
        &self,
        spare: Option<SendRequest<Full<Bytes>>>,
        ask: &Ask,
        credential: Option<&str>,
    ) -> Outcome<(Response<Incoming>, SendRequest<Full<Bytes>>)> {
        if self.verbose {
            out::note(&format!("> {} {}{}", ask.method, self.origin, ask.path));
        }
        let ready = match spare {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let mut sender = match ready {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(format!("{}{}", self.origin.base, ask.path))
            .header("host", self.origin.authority())
            .header("user-agent", concat!("shipyard-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(credential) = credential {
            request = request.header("authorization", format!("Bearer {credential}"));
        }
        if ask.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let body = Full::new(Bytes::from(ask.body.clone().unwrap_or_default()));
        let request = request
            .body(body)
            .map_err(|e| Failure::failed("This cannot be asked.").because(&e))?;
        let answer = tokio::time::timeout(ANSWER, sender.send_request(request)).await;
        let response = answer
            .map_err(|_| Failure::new(Exit::Unreachable, "The server did not answer within 90 seconds."))?
            .map_err(|e| {
                Failure::new(Exit::Unreachable, "The connection broke before the server answered.").because(&e)
            })?;
        if self.verbose {
            out::note(&format!("< {}", response.status()));
        }
        Ok((response, sender))
    }

    /// The body of an answer, or the problem that it tells of.
    ///
    /// # Errors
    /// The problem, or that the answer broke off or is no answer of Shipyard's.
    pub async fn body(&self, response: Response<Incoming>) -> Outcome<Bytes> {
        let status = response.status();
        let body = tokio::time::timeout(ANSWER, Limited::new(response.into_body(), MOST).collect()).await;
        let bytes = match body {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) => {
                return Err(Failure::new(Exit::Unreachable, "The server's answer broke off.").because(&*error));
            }
            Err(_) => {
                return Err(Failure::new(
                    Exit::Unreachable,
                    "The server's answer did not end within 90 seconds.",
                ));
            }
        };
        if status.is_success() {
            return Ok(bytes);
        }
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Err(problem.into()),
            Err(error) => Err(no_problem(status, &error)),
        }
    }
}

fn no_problem(status: http::StatusCode, error: &serde_json::Error) -> Failure {
    let exit = match status.as_u16() {
        401 => Exit::SignedOut,
        403 => Exit::Forbidden,
        404 => Exit::NotFound,
        502..=504 => Exit::Unreachable,
        _ => Exit::Failed,
    };
    Failure::new(exit, format!("The server answered {status}, and not as Shipyard does."))
        .hint("Is this the address of a Shipyard server of version 4? See: shipyard context show")
        .because(error)
}

/// Reads JSON from an answer.
///
/// # Errors
/// When it is not what was expected.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::failed("The server's answer cannot be read.")
            .hint("Do the server and this command have the same version? See: shipyard info, shipyard --version")
            .because(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn queries_leave_out_what_is_empty() {
        assert_eq!(query([("q", String::new())]), "");
        assert_eq!(
            query([("q", "a b&c".to_owned()), ("x", String::new()), ("n", "1".to_owned())]),
            "?q=a+b%26c&n=1"
        );
    }

    proptest! {
        #[test]
        fn a_name_stays_one_piece_of_the_path(name in ".*") {
            let piece = piece(&name);
            prop_assert!(!piece.contains(['/', '?', '#', ' ']) && piece != "." && piece != "..");
        }
    }
}
