//! A receiver of hooks on loopback: takes what comes, answers as it is told, and checks signatures as the published standard
//! says, by code of its own.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpSocket;
use tokio_rustls::TlsAcceptor;

/// A request that came.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn seq(&self) -> u64 {
        self.json()["data"]["seq"].as_u64().unwrap()
    }

    /// Whether one of its signatures is made with this secret.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).as_bytes());
        mac.update(&self.body);
        let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|one| one == wanted)
    }
}

#[derive(Default)]
struct Inner {
    seen: Mutex<Vec<Seen>>,
    /// Statuses for the next requests; 204 for all later ones.
    answers: Mutex<VecDeque<u16>>,
    connections: Mutex<u32>,
}

/// The receiver, for as long as it is held.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        Self::at(Self::place(), None)
    }

    /// A port of loopback for a receiver that is not there yet: whoever connects is refused, and nobody else is given it.
    pub(crate) fn place() -> TcpSocket {
        let place = TcpSocket::new_v4().unwrap();
        place.bind(([127, 0, 0, 1], 0).into()).unwrap();
        place
    }

    /// Where a place was kept, over TLS perhaps.
    pub(crate) fn at(place: TcpSocket, tls: Option<TlsAcceptor>) -> Self {
        let listener = place.listen(64).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner::default());
        let shared = Arc::clone(&inner);
        let task = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                *shared.connections.lock().unwrap() += 1;
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(socket, shared).await,
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                serve(socket, shared).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, inner, task }
    }

    pub(crate) fn url(&self, rest: &str) -> String {
        format!("http://127.0.0.1:{}{rest}", self.port)
    }

    /// Answers the next requests with these.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.inner.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        *self.inner.connections.lock().unwrap()
    }

    /// Waits until so many requests came; all of them.
    pub(crate) async fn until(&self, count: usize) -> Vec<Seen> {
        let began = Instant::now();
        loop {
            let seen = self.seen();
            if seen.len() >= count {
                return seen;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{} of {count} came",
                seen.len()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(socket: S, inner: Arc<Inner>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let inner = Arc::clone(&inner);
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes().to_vec();
            let seen = Seen {
                path: parts.uri.to_string(),
                headers: parts.headers,
                body,
            };
            inner.seen.lock().unwrap().push(seen);
            let status = inner.answers.lock().unwrap().pop_front().unwrap_or(204);
            let mut answer = Response::builder().status(status).header("location", "/elsewhere");
            // One that says 503 here only dies; one that says 429 knows when it will be better.
            if status == 429 {
                answer = answer.header("retry-after", "3");
            }
            let answer = answer.body(Full::new(Bytes::from("told so\nand more")));
            Ok::<_, hyper::Error>(answer.unwrap())
        }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}
