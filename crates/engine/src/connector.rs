//! Opens connections to one engine: name, TCP, TLS, or a socket; each step with its own deadline and its own error.
use crate::credentials::{Credentials, certificate_end};
use crate::meter::Metered;
use crate::reach::is_off_limits;
use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use shipyard_model::EngineAddress;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// Deadline of a TCP connection, looking up the name included, and of a TLS handshake.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);
/// For so long an address may keep others waiting for their turn before it is connected to.
const QUICK: Duration = Duration::from_secs(1);
/// Idle time after which the system asks whether the other side is still there, and how often again: a connection that was cut
/// without a word is known to be after 25 s, in a fleet of any size, as this costs the engine nothing.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_AGAIN: Duration = Duration::from_secs(5);

/// Handshakes cost processor time on both sides: this many at once over the whole fleet, the rest wait their turn. It begins with
/// the connection, as the engine's side does, which ends a little later than ours: so that never more than 64 go on.
static HANDSHAKES: Semaphore = Semaphore::const_new(40);

/// Why a connection was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("the host name was not found")]
    NameNotFound,
    #[error("no engine is at such an address")]
    OffLimits,
    #[error("no connection within {seconds} s")]
    TimedOut { seconds: u64 },
    #[error("a TLS record where plain HTTP was expected")]
    TlsExpected,
    #[error("tcp")]
    Tcp(#[source] Box<dyn Error + Send + Sync>),
    #[error("socket")]
    Io(#[source] io::Error),
    #[error("tls")]
    Tls(#[source] io::Error),
}

/// Looks names up with the system's resolver, and gives only addresses that may be connected to: these very ones are
/// then used, so a name that changes its mind gains nothing.
#[derive(Clone)]
struct Resolver;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Self::Response, DialError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|_| DialError::NameNotFound)?;
            let (off_limits, addresses): (Vec<_>, Vec<_>) = found.partition(|found| is_off_limits(found.ip()));
            match (addresses.is_empty(), off_limits.is_empty()) {
                (false, _) => Ok(addresses.into_iter()),
                (true, false) => Err(DialError::OffLimits),
                (true, true) => Err(DialError::NameNotFound),
            }
        })
    }
}

#[derive(Clone)]
enum Way {
    Tcp {
        uri: http::Uri,
        tcp: HttpConnector<Resolver>,
    },
    Tls {
        uri: http::Uri,
        tcp: HttpConnector<Resolver>,
        tls: TlsConnector,
        name: ServerName<'static>,
    },
    Unix {
        path: String,
    },
}

/// Opens connections to one address, whatever address a request names.
#[derive(Clone)]
pub(crate) struct Connector(Way);

fn tcp(host: &str, port: u16) -> Option<(http::Uri, HttpConnector<Resolver>)> {
    let uri = EngineAddress::Plain {
        host: host.to_owned(),
        port,
    }
    .to_string()
    .parse()
    .ok()?;
    let mut tcp = HttpConnector::new_with_resolver(Resolver);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEP_ALIVE));
    tcp.set_keepalive_interval(Some(KEEP_ALIVE_AGAIN));
    tcp.set_keepalive_retries(Some(3));
    Some((uri, tcp))
}

impl Connector {
    /// For an address; `None` when its host cannot stand in a certificate or address.
    pub(crate) fn new(address: &EngineAddress, credentials: Option<&Credentials>) -> Option<Self> {
        let way = match (address, credentials) {
            (EngineAddress::Unix { path }, _) => Way::Unix { path: path.clone() },
            (EngineAddress::Tls { host, port }, Some(credentials)) => {
                let (uri, tcp) = tcp(host, *port)?;
                let name = ServerName::try_from(host.clone()).ok()?;
                Way::Tls {
                    uri,
                    tcp,
                    tls: TlsConnector::from(credentials.config()),
                    name,
                }
            }
            (EngineAddress::Tls { .. }, None) => return None,
            (EngineAddress::Plain { host, port }, _) => {
                let (uri, tcp) = tcp(host, *port)?;
                Way::Tcp { uri, tcp }
            }
        };
        Some(Self(way))
    }
}

async fn within<T>(future: impl Future<Output = Result<T, DialError>>) -> Result<T, DialError> {
    let late = DialError::TimedOut {
        seconds: CONNECT.as_secs(),
    };
    tokio::time::timeout(CONNECT, future).await.unwrap_or(Err(late))
}

async fn connect_tcp(uri: http::Uri, mut tcp: HttpConnector<Resolver>) -> Result<TcpStream, DialError> {
    // A number is no name, so the resolver never sees it.
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    if host.parse().is_ok_and(is_off_limits) {
        return Err(DialError::OffLimits);
    }
    let connected = within(async move { tcp.call(uri).await.map_err(|e| DialError::Tcp(Box::new(e))) }).await?;
    Ok(connected.into_inner())
}

impl Way {
    async fn connect(self) -> Result<Metered, DialError> {
        match self {
            Self::Unix { path } => {
                let socket = within(async { UnixStream::connect(path).await.map_err(DialError::Io) }).await?;
                Ok(Metered::plain(socket))
            }
            Self::Tcp { uri, tcp } => Ok(Metered::plain(connect_tcp(uri, tcp).await?)),
            Self::Tls { uri, tcp, tls, name } => {
                // Closing the semaphore never happens; were it so, handshakes would merely be unbounded.
                let mut turn = HANDSHAKES.acquire().await.ok();
                let mut connecting = pin!(connect_tcp(uri, tcp));
                let socket = match tokio::time::timeout(QUICK, &mut connecting).await {
                    Ok(socket) => socket?,
                    // Nobody waits behind an address that does not answer.
                    Err(_) => {
                        drop(turn.take());
                        let socket = connecting.await?;
                        turn = HANDSHAKES.acquire().await.ok();
                        socket
                    }
                };
                let socket = within(async { tls.connect(name, socket).await.map_err(DialError::Tls) }).await?;
                let certificate = socket.get_ref().1.peer_certificates().and_then(|chain| chain.first());
                let ends = certificate.and_then(certificate_end);
                drop(turn);
                Ok(Metered::tls(socket, ends))
            }
        }
    }
}

impl Service<http::Uri> for Connector {
    type Response = TokioIo<Metered>;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Self::Response, DialError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let way = self.0.clone();
        Box::pin(async move { way.connect().await.map(TokioIo::new) })
    }
}
