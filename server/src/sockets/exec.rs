//! `/socket/exec`: a command inside a container. Bytes of input and output are binary frames, what is said beside them is
//! JSON in text frames: see [`shipyard_model::exec`].
use super::AsyncTalk;
use super::watch::Watch;
use super::wire::{Frame, Goodbye, Wire};
use crate::guards::SignedIn;
use crate::problem::Answer;
use crate::state::Server;
use axum::extract::{OriginalUri, Query, State, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use http::HeaderMap;
use shipyard_model::Problem;
use shipyard_model::exec::{ExecRequest, FromExec, ToExec};
use shipyard_model::stream::Output;
use shipyard_yard::{Exec, ExecHandle};
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// How long the engine may take to say with what a command ended.
const END: Duration = Duration::from_secs(2);
/// How long the client may take to say what to run.
const FIRST: Duration = Duration::from_secs(10);

/// Which container. What to run there is the first frame: addresses are written down on the way, and a command or its
/// environment may hold a password.
struct Which {
    engine: String,
    name: String,
}

/// Opens the socket to `engine` and `name`.
pub(crate) async fn open(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    match read(pairs) {
        Ok(which) => super::open(server, known, upgrade, &headers, &uri, which),
        Err(problem) => Answer(problem).into_response(),
    }
}

fn read(pairs: Vec<(String, String)>) -> Result<Which, Problem> {
    let mut which = Which {
        engine: String::new(),
        name: String::new(),
    };
    for (key, value) in pairs {
        match key.as_str() {
            "engine" => which.engine = value,
            "name" => which.name = value,
            // Whoever sends a command here is told, and not that it was run.
            _ => return Err(in_address()),
        }
    }
    Ok(which)
}

fn in_address() -> Problem {
    Problem::new(
        400,
        "exec.in-address",
        "The address of a command names its engine and container alone.",
    )
    .hint("Send what to run as the socket's first frame: /api/v1/docs says how.")
}

/// What to run, as the client's first frame says.
async fn first(wire: &mut Wire) -> Result<Result<ExecRequest, Problem>, Goodbye> {
    let text = tokio::time::timeout(FIRST, wire.text()).await;
    let text = text.map_err(|_| Goodbye::Nonsense)??;
    Ok(match crate::api::read(text.as_bytes()) {
        Ok(ToExec::Run(request)) => Ok(request),
        Ok(_) => return Err(Goodbye::Nonsense),
        Err(problem) => Err(problem),
    })
}

impl AsyncTalk for Which {
    async fn run(self, wire: &mut Wire, watch: &Watch) -> Goodbye {
        let request = match first(wire).await {
            Ok(Ok(request)) => request,
            Ok(Err(why)) => return told(wire, &FromExec::Failed { why }).await,
            Err(goodbye) => return goodbye,
        };
        let found = watch.yard().container_find(watch.actor(), &self.engine, &self.name);
        let begun = match found {
            Ok(row) => {
                let (engine, name) = (row.engine.as_str(), &row.name);
                watch.yard().exec(watch.actor(), engine, name, &request).await
            }
            Err(problem) => Err(problem),
        };
        let (mut exec, record) = match begun {
            Ok(executing) => executing.parts(),
            Err(why) => return told(wire, &FromExec::Failed { why }).await,
        };
        let handle = exec.handle();
        // The record's end is written even when the socket's end drops this.
        let _record = OnDrop(Some(record));
        if let (Some(columns), Some(rows)) = (request.columns, request.rows) {
            resize(&handle, columns, rows).await;
        }
        match flow(wire, &mut exec, &handle).await {
            Ok(()) => {
                let code = ended(&handle).await;
                told(wire, &FromExec::Exit { code }).await
            }
            Err(End::Gone(goodbye)) => goodbye,
            Err(End::Failed(why)) => told(wire, &FromExec::Failed { why }).await,
        }
    }
}

/// Notes the end of a command when its socket is over, however that came.
struct OnDrop(Option<shipyard_yard::ExecRecord>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(record) = self.0.take() {
            tokio::spawn(record.over());
        }
    }
}

/// Why nothing flows any more, before the command's end.
enum End {
    Gone(Goodbye),
    Failed(Problem),
}

async fn flow(wire: &mut Wire, exec: &mut Exec, handle: &ExecHandle) -> Result<(), End> {
    let mut input = Input::default();
    loop {
        tokio::select! {
            piece = exec.output.next() => match piece {
                Some(Ok((output, bytes))) => wire.binary(framed(output, &bytes)).await.map_err(End::Gone)?,
                Some(Err(error)) => return Err(End::Failed(error.problem())),
                None => return Ok(()),
            },
            () = input.push(&mut exec.input), if input.waits => input.waits = false,
            // No more is taken from the client than the command reads.
            frame = wire.frame(), if !input.waits => match frame.map_err(End::Gone)? {
                Frame::Binary(bytes) => input.put(bytes),
                Frame::Text(text) => match serde_json::from_str(&text) {
                    Ok(ToExec::Resize { columns, rows }) => resize(handle, columns, rows).await,
                    Ok(ToExec::End) => input.end(),
                    Ok(ToExec::Run(_)) | Err(_) => return Err(End::Gone(Goodbye::Nonsense)),
                },
            },
        }
    }
}

/// What a command has not read yet. It is written while the output is read: a command that writes what it reads would
/// otherwise wait for us, and we for it.
#[derive(Default)]
struct Input {
    bytes: Bytes,
    end: bool,
    /// Whether there is something to write.
    waits: bool,
}

impl Input {
    fn put(&mut self, bytes: Bytes) {
        (self.bytes, self.waits) = (bytes, true);
    }

    fn end(&mut self) {
        (self.end, self.waits) = (true, true);
    }

    /// Writes. Cancelled and called again, it goes on where it was.
    async fn push(&mut self, to: &mut (impl AsyncWrite + Unpin)) {
        while !self.bytes.is_empty() {
            match to.write(&self.bytes).await {
                Ok(written @ 1..) => self.bytes.advance(written),
                // A command that has ended reads no more; its end is told by its output.
                Ok(0) | Err(_) => return self.bytes.clear(),
            }
        }
        let _ = to.flush().await;
        if self.end {
            let _ = to.shutdown().await;
        }
    }
}

fn framed(output: Output, bytes: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(bytes.len() + 1);
    frame.put_u8(match output {
        Output::Out => 1,
        Output::Err => 2,
    });
    frame.put_slice(bytes);
    frame.freeze()
}

async fn resize(handle: &ExecHandle, columns: u16, rows: u16) {
    if let Err(error) = handle.resize(columns, rows).await {
        tracing::debug!(%error, "a terminal was not resized");
    }
}

/// With what the command ended. The engine knows it a moment after the output's end.
async fn ended(handle: &ExecHandle) -> Option<i64> {
    let asked = async {
        loop {
            match handle.exit_code().await {
                Ok(Some(code)) => return Some(code),
                Ok(None) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(_) => return None,
            }
        }
    };
    tokio::time::timeout(END, asked).await.ok().flatten()
}

async fn told(wire: &mut Wire, frame: &FromExec) -> Goodbye {
    wire.send(frame).await.err().unwrap_or(Goodbye::Done)
}
