//! Takes connections: hyper with the deadlines and limits that `axum::serve` does not set, and an orderly end.
use crate::tls::Tls;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Connections open at once; more wait in the system's queue.
const CONNECTIONS: usize = 4096;
/// Time for a client to send its request's head, also between two requests of one connection.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// Time for requests under way when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `draining` is cancelled, then lets requests under way finish, for at most ten seconds.
pub(crate) async fn serve(listener: TcpListener, tls: Option<Arc<Tls>>, router: Router, draining: CancellationToken) {
    let open = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &open) => accepted,
            () = draining.cancelled() => break,
        };
        let Some((stream, peer, permit)) = accepted else {
            continue;
        };
        let (router, draining, tls) = (router.clone(), draining.clone(), tls.clone());
        connections.spawn(async move {
            match &tls {
                None => talk(stream, peer, router, draining).await,
                Some(tls) => {
                    if let Some(stream) = tls.accept(stream).await {
                        talk(stream, peer, router, draining).await;
                    }
                }
            }
            drop(permit);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!(
            "requests were cut off: they took longer than {} s to finish",
            DRAIN.as_secs()
        );
    }
}

/// Answers the requests of one connection, to its end.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    draining: CancellationToken,
) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_headers(64)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = draining.cancelled() => None,
    };
    if ended.is_none() {
        connection.as_mut().graceful_shutdown();
        ended = Some(connection.await);
    }
    if let Some(Err(error)) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The next connection, when there is room for it.
async fn next(
    listener: &TcpListener,
    open: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(open).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(error) => {
            // Most often too many open files: a pause lets some be closed.
            tracing::warn!(%error, "a connection could not be taken");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
