//! A fleet of few, and how it is asked.
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use shipyard_sim::{Config, EngineHandle, Sim, Transport};
use std::time::Duration;
use tokio::net::TcpStream;

/// Longer than what should come takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// For what should not come.
pub(crate) const SHORT: Duration = Duration::from_millis(400);

pub(crate) async fn fleet(engines: usize, containers: u32) -> Sim {
    let config = Config {
        engines,
        containers,
        transport: Transport::Tcp(None),
        ..Config::default()
    };
    Sim::start(config).await.unwrap()
}

pub(crate) fn one(sim: &Sim) -> EngineHandle {
    sim.engine(0).unwrap()
}

pub(crate) fn port(engine: &EngineHandle) -> u16 {
    engine.address().rsplit(':').next().unwrap().parse().unwrap()
}

pub(crate) async fn socket(engine: &EngineHandle) -> std::io::Result<TcpStream> {
    TcpStream::connect(("127.0.0.1", port(engine))).await
}

/// A kept connection.
pub(crate) struct Kept(SendRequest<Empty<Bytes>>);

impl Kept {
    pub(crate) async fn open(engine: &EngineHandle) -> Self {
        let socket = socket(engine).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str) -> hyper::Result<Response<Incoming>> {
        let request = Request::builder().method(method).uri(path).header("host", "docker");
        self.0.ready().await?;
        self.0.send_request(request.body(Empty::new()).unwrap()).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> hyper::Result<Bytes> {
        Ok(self
            .send(Method::GET, path)
            .await?
            .into_body()
            .collect()
            .await?
            .to_bytes())
    }
}

/// Asks on a connection of its own.
pub(crate) async fn get(engine: &EngineHandle, path: &str) -> hyper::Result<Bytes> {
    let mut kept = Kept::open(engine).await;
    tokio::time::timeout(LONG, kept.get(path)).await.expect("an answer")
}

pub(crate) async fn json(engine: &EngineHandle, path: &str) -> Value {
    serde_json::from_slice(&get(engine, path).await.unwrap()).unwrap()
}

/// An open stream of events.
pub(crate) struct Events(Incoming, Vec<u8>);

impl Events {
    pub(crate) async fn open(engine: &EngineHandle) -> Self {
        let mut kept = Kept::open(engine).await;
        Self(kept.send(Method::GET, "/events").await.unwrap().into_body(), Vec::new())
    }

    /// The next event; `None` at an end, an error where the connection broke.
    pub(crate) async fn next(&mut self) -> hyper::Result<Option<Value>> {
        loop {
            if let Some(end) = self.1.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.1.drain(..=end).collect();
                return Ok(Some(serde_json::from_slice(&line).unwrap()));
            }
            match tokio::time::timeout(LONG, self.0.frame()).await.expect("an event") {
                None => return Ok(None),
                Some(frame) => self.1.extend_from_slice(frame?.data_ref().unwrap()),
            }
        }
    }
}
