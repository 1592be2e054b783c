//! One request: look the name up, connect to what it led to, TLS, send, read the beginning of the answer. Redirects are not
//! followed: they would lead to an address that nobody judged.
use crate::Allowed;
use crate::address::{Address, may_reach};
use crate::reach::{Place, place};
use crate::retry::asked_wait;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Deadline of all of it.
const WHOLE: Duration = Duration::from_secs(10);
/// Most of an answer's body that is read.
const BODY: usize = 4096;
/// Most of an answer's head, in bytes.
const HEAD: usize = 16 * 1024;
/// Most characters of the line of an answer that is kept.
const LINE: usize = 200;

/// Why a message was not answered.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// No address has that name.
    #[error("the host name was not found")]
    NameNotFound,
    /// The name leads to where nothing is sent.
    #[error("the host name leads to an address that nothing is sent to")]
    OffLimits,
    /// Nobody listens there, or the way is cut.
    #[error("no connection: {0}")]
    NoConnection(io::ErrorKind),
    /// The receiver did not prove who it is, or speaks no TLS.
    #[error("no TLS: {0}")]
    Tls(String),
    /// It did not answer in time.
    #[error("no answer within {} s", WHOLE.as_secs())]
    Late,
    /// What it answered is no HTTP.
    #[error("no HTTP answer: {0}")]
    Protocol(String),
}

/// What is sent.
pub struct Message {
    /// Its identity, the same in every try.
    pub id: String,
    /// When it is sent, in seconds since 1970.
    pub timestamp: i64,
    /// See [`crate::signature`].
    pub signature: String,
    /// The word for what it tells.
    pub event: String,
    /// JSON.
    pub body: Vec<u8>,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The first line of the body, cut short and without what a terminal acts on.
    pub line: String,
    /// For how long the receiver asked to be left alone (`Retry-After` of 429 and 503); bounded where it is heeded.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// Whether the receiver took the message.
    pub fn is_taken(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Whom to trust beyond the system's authorities.
#[derive(Clone, Default)]
pub struct Trust(Vec<CertificateDer<'static>>);

/// Why a file of authorities cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the file {file} with authorities for hooks cannot be used: {why}")]
pub struct TrustError {
    /// The file.
    file: PathBuf,
    /// What is wrong.
    why: String,
}

impl Trust {
    /// Reads a file of certificates (PEM).
    ///
    /// # Errors
    /// When it cannot be read or holds none.
    pub fn file(path: &std::path::Path) -> Result<Self, TrustError> {
        let bad = |why: String| TrustError {
            file: path.to_owned(),
            why,
        };
        let text = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let certificates = read.map_err(|error| bad(error.to_string()))?;
        if certificates.is_empty() {
            return Err(bad("it holds no certificate".to_owned()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots
                .add(certificate.clone())
                .map_err(|_| bad("a certificate in it cannot be an authority".to_owned()))?;
        }
        Ok(Self(certificates))
    }
}

/// Carries messages.
pub struct Courier {
    allowed: Allowed,
    trust: Trust,
    agent: HeaderValue,
    /// Made with the first message: the system's authorities take a while to read.
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Courier {
    /// A courier under the operator's rules. `agent` names the program to receivers.
    pub fn new(allowed: Allowed, trust: Trust, agent: &'static str) -> Self {
        Self {
            allowed,
            trust,
            agent: HeaderValue::from_static(agent),
            tls: OnceLock::new(),
        }
    }

    /// The operator's rules.
    pub fn allowed(&self) -> Allowed {
        self.allowed
    }

    /// Sends a message and reads the answer.
    ///
    /// # Errors
    /// See [`PostError`]. An answer is none, whatever its status.
    pub async fn post(&self, address: &Address, message: Message) -> Result<Answer, PostError> {
        let all = self.send(address, message);
        tokio::time::timeout(WHOLE, all).await.unwrap_or(Err(PostError::Late))
    }

    async fn send(&self, address: &Address, message: Message) -> Result<Answer, PostError> {
        let request = self.request(address, message)?;
        let socket = self.connect(address).await?;
        if !address.tls {
            return exchange(socket, request).await;
        }
        let name = ServerName::try_from(address.host.clone()).map_err(|_| PostError::NameNotFound)?;
        let connector = TlsConnector::from(self.config()?);
        let socket = connector.connect(name, socket).await;
        let socket = socket.map_err(|error| PostError::Tls(error.to_string()))?;
        exchange(socket, request).await
    }

    fn request(&self, address: &Address, message: Message) -> Result<Request<Full<Bytes>>, PostError> {
        let unsendable = |error: http::Error| PostError::Protocol(error.to_string());
        let path = address.uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = address.uri.authority().map_or("", |authority| authority.as_str());
        Request::post(path)
            .header(header::HOST, authority)
            .header(header::USER_AGENT, self.agent.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", message.signature)
            .header("x-shipyard-event", message.event)
            .body(Full::new(Bytes::from(message.body)))
            .map_err(unsendable)
    }

    /// Connects to an address that was judged, and not to whatever the name leads to a moment later.
    async fn connect(&self, address: &Address) -> Result<TcpStream, PostError> {
        let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| PostError::NameNotFound)?.collect();
        if found.is_empty() {
            return Err(PostError::NameNotFound);
        }
        let may = |at: &&SocketAddr| {
            may_reach(at.ip(), self.allowed) && (!address.loopback_only || place(at.ip()) == Place::Loopback)
        };
        let mut failure = PostError::OffLimits;
        for at in found.iter().filter(may) {
            match TcpStream::connect(at).await {
                Ok(socket) => return Ok(socket),
                Err(error) => failure = PostError::NoConnection(error.kind()),
            }
        }
        Err(failure)
    }

    fn config(&self) -> Result<Arc<ClientConfig>, PostError> {
        if let Some(made) = self.tls.get() {
            return Ok(Arc::clone(made));
        }
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::warn!(%error, "an authority of the system cannot be read");
        }
        roots.add_parsable_certificates(system.certs.into_iter().chain(self.trust.0.iter().cloned()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| PostError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(config))))
    }
}

async fn exchange<S>(socket: S, request: Request<Full<Bytes>>) -> Result<Answer, PostError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let broken = |error: hyper::Error| PostError::Protocol(error.to_string());
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake(TokioIo::new(socket))
        .await
        .map_err(broken)?;
    // In this task and no other: when the deadline drops us, the connection ends with us.
    let mut connection = std::pin::pin!(connection);
    let answered = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let retry_after = asked_wait(status, response.headers(), SystemTime::now());
        let mut body = response.into_body();
        let mut read = Vec::new();
        // What cannot be read of the body takes nothing back: the status says whether it was taken.
        while read.len() < BODY
            && let Some(Ok(frame)) = body.frame().await
        {
            if let Some(data) = frame.data_ref() {
                let room = BODY.saturating_sub(read.len()).min(data.len());
                read.extend_from_slice(data.get(..room).unwrap_or_default());
            }
        }
        Ok(Answer {
            status,
            line: first_line(&read),
            retry_after,
        })
    };
    let mut answered = std::pin::pin!(answered);
    let mut goes_on = true;
    std::future::poll_fn(|context| {
        // The connection moves what is sent and read; how it ended is told by whoever reads from it.
        goes_on = goes_on && connection.as_mut().poll(context).is_pending();
        answered.as_mut().poll(context)
    })
    .await
}

/// The first line of a text that nobody vouches for.
fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().next().unwrap_or_default();
    let harmless = |c: char| {
        let hidden =
            c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hidden { char::REPLACEMENT_CHARACTER } else { c }
    };
    line.chars().take(LINE).map(harmless).collect()
}

#[cfg(test)]
mod tests;
