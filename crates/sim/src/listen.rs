//! Taking connections: on a socket file, on a port, and over TLS.
use crate::engine::Engine;
use crate::line::{Line, Socket};
use crate::serve;
use anyhow::{Context, Result};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Where an engine listens.
#[derive(Clone, Debug)]
enum Where {
    Unix(PathBuf),
    Tcp(SocketAddr),
    Tls(SocketAddr),
}

/// Where an engine listens, and whether it does.
pub(crate) struct Place {
    at: Mutex<Where>,
    listening: Mutex<Option<CancellationToken>>,
}

/// A listener that is open.
pub(crate) enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Place {
    fn new(at: Where) -> Self {
        Self {
            at: Mutex::new(at),
            listening: Mutex::new(None),
        }
    }

    pub(crate) fn unix(path: PathBuf) -> Self {
        Self::new(Where::Unix(path))
    }

    /// A port of 127.0.0.1; 0 for one of the system's choice.
    pub(crate) fn port(port: u16, tls: bool) -> Self {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self::new(if tls { Where::Tls(at) } else { Where::Tcp(at) })
    }

    fn at(&self) -> Where {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// As Shipyard writes addresses.
    pub(crate) fn address(&self) -> String {
        match self.at() {
            Where::Unix(path) => format!("unix://{}", path.display()),
            Where::Tcp(at) => format!("http://{at}"),
            Where::Tls(at) => format!("https://{at}"),
        }
    }

    /// Begins to listen; a port that the system chose stays the same from then on.
    async fn open(&self) -> Result<(Listener, bool)> {
        let place = self.address();
        let why = || format!("listening on {place}");
        match self.at() {
            Where::Unix(path) => {
                // Left by an earlier run, or by this one.
                let _ = std::fs::remove_file(&path);
                Ok((Listener::Unix(UnixListener::bind(&path).with_context(why)?), false))
            }
            Where::Tcp(at) => {
                let listener = TcpListener::bind(at).await.with_context(why)?;
                let at = listener.local_addr()?;
                *self.at.lock().unwrap_or_else(PoisonError::into_inner) = Where::Tcp(at);
                Ok((Listener::Tcp(listener), false))
            }
            Where::Tls(at) => {
                let listener = TcpListener::bind(at).await.with_context(why)?;
                let at = listener.local_addr()?;
                *self.at.lock().unwrap_or_else(PoisonError::into_inner) = Where::Tls(at);
                Ok((Listener::Tcp(listener), true))
            }
        }
    }

    /// Listens no more: connections are refused.
    pub(crate) fn close(&self) {
        let listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(token) = listening {
            token.cancel();
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// Begins to take connections. Nothing happens where that is done already.
pub(crate) async fn open(engine: &Arc<Engine>) -> Result<()> {
    if engine.place.is_open() {
        return Ok(());
    }
    let (listener, tls) = engine.place.open().await?;
    let token = engine.shared.end.child_token();
    *engine.place.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
    tokio::spawn(accept(Arc::clone(engine), listener, tls, token));
    Ok(())
}

async fn accept(engine: Arc<Engine>, listener: Listener, tls: bool, token: CancellationToken) {
    loop {
        let taken = tokio::select! {
            () = token.cancelled() => return,
            taken = async {
                match &listener {
                    Listener::Unix(unix) => unix.accept().await.map(|(socket, _)| take(&engine, socket, tls)),
                    Listener::Tcp(tcp) => tcp.accept().await.map(|(socket, _)| {
                        // Small answers go out at once.
                        let _ = socket.set_nodelay(true);
                        take(&engine, socket, tls);
                    }),
                }
            } => taken,
        };
        if taken.is_err() {
            // Too many open files, most likely: some will be closed.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn take<S: Socket>(engine: &Arc<Engine>, socket: S, tls: bool) {
    let engine = Arc::clone(engine);
    let (gate, line) = engine.lines.enter(socket, engine.faults.hang.load(Ordering::SeqCst));
    tokio::spawn(async move {
        let (end, over) = (line.end.clone(), engine.shared.end.clone());
        tokio::select! {
            () = end.cancelled() => {}
            () = over.cancelled() => {}
            () = talk(engine, gate, line, tls) => {}
        }
    });
}

async fn talk<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    engine: Arc<Engine>,
    socket: S,
    line: Arc<Line>,
    tls: bool,
) {
    if !tls {
        return converse(engine, socket, line).await;
    }
    let Some(config) = engine.shared.tls.as_ref().map(|tls| tls.config(engine.faults.shown())) else {
        return;
    };
    let shared = Arc::clone(&engine.shared);
    let shaking = (!line.is_held()).then(|| shared.handshakes.enter());
    let shaken = TlsAcceptor::from(config).accept(socket).await;
    drop(shaking);
    if let Ok(socket) = shaken {
        converse(engine, socket, line).await;
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(engine: Arc<Engine>, socket: S, line: Arc<Line>) {
    let service = service_fn(move |request| serve::answer(Arc::clone(&engine), Arc::clone(&line), request));
    let mut http = http1::Builder::new();
    http.title_case_headers(true).auto_date_header(false);
    // Clients go away as they like.
    let _ = http
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades()
        .await;
}
