//! One WebSocket: messages in and out, pings, and an end that says why.
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval_at, timeout};

/// Time between pings.
const PING: Duration = Duration::from_secs(20);
/// Pings without any sign of life after which a socket is dead.
const MISSED: u8 = 2;
/// Time for a message to leave. A reader that is slower than this has gone.
const SEND: Duration = Duration::from_secs(20);
/// The same for a command's output: a person may be reading it a page at a time, and nothing of it can be asked for again.
/// One whose machine has gone is found out by TCP.
const SEND_OUTPUT: Duration = Duration::from_secs(3600);

/// A socket in use.
pub(crate) struct Wire {
    socket: WebSocket,
    pings: Interval,
    unanswered: u8,
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goodbye {
    /// All was said.
    Done,
    /// The browser has gone; nobody is there to be told.
    Gone,
    /// The session ended.
    SignedOut,
    /// The account may do other things now: what is open is opened anew.
    Changed,
    /// The server stops.
    GoingAway,
    /// The browser sent what is no frame of ours.
    Nonsense,
}

impl Goodbye {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Done => (1000, "done"),
            Self::Gone => return None,
            Self::SignedOut => (4401, "signed out"),
            Self::Changed => (4403, "permissions changed"),
            Self::GoingAway => (1001, "going away"),
            Self::Nonsense => (1008, "not understood"),
        };
        Some(CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        })
    }
}

/// What a client sends.
pub(super) enum Frame {
    /// Text.
    Text(Utf8Bytes),
    /// Bytes.
    Binary(bytes::Bytes),
}

impl Wire {
    pub(super) fn new(socket: WebSocket) -> Self {
        let mut pings = interval_at(tokio::time::Instant::now() + PING, PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            socket,
            pings,
            unanswered: 0,
        }
    }

    /// The browser's next text. May be cancelled and asked again.
    ///
    /// # Errors
    /// Why the socket ends.
    pub(super) async fn text(&mut self) -> Result<Utf8Bytes, Goodbye> {
        match self.frame().await? {
            Frame::Text(text) => Ok(text),
            Frame::Binary(_) => Err(Goodbye::Nonsense),
        }
    }

    /// The client's next frame. May be cancelled and asked again.
    ///
    /// # Errors
    /// Why the socket ends.
    pub(super) async fn frame(&mut self) -> Result<Frame, Goodbye> {
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    self.unanswered = 0;
                    match message {
                        Some(Ok(Message::Text(text))) => return Ok(Frame::Text(text)),
                        Some(Ok(Message::Binary(bytes))) => return Ok(Frame::Binary(bytes)),
                        // Pings are answered by the library.
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Goodbye::Gone),
                    }
                }
                _ = self.pings.tick() => {
                    if self.unanswered >= MISSED {
                        return Err(Goodbye::Gone);
                    }
                    self.unanswered += 1;
                    self.message(Message::Ping(bytes::Bytes::new()), SEND).await?;
                }
            }
        }
    }

    /// Sends a frame as JSON, and waits until it left: what it came from is not asked for more meanwhile, so nothing
    /// piles up here.
    ///
    /// # Errors
    /// Why the socket ends.
    pub(super) async fn send(&mut self, frame: &impl Serialize) -> Result<(), Goodbye> {
        let json = serde_json::to_string(frame).map_err(|error| {
            tracing::error!(%error, "a frame could not be written");
            Goodbye::Done
        })?;
        self.message(Message::Text(json.into()), SEND).await
    }

    /// Sends bytes of a command's output.
    ///
    /// # Errors
    /// Why the socket ends.
    pub(super) async fn binary(&mut self, bytes: bytes::Bytes) -> Result<(), Goodbye> {
        self.message(Message::Binary(bytes), SEND_OUTPUT).await
    }

    async fn message(&mut self, message: Message, most: Duration) -> Result<(), Goodbye> {
        match timeout(most, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Goodbye::Gone),
        }
    }

    /// Says why it ends, if there is somebody to be told, and waits a moment for the answer.
    pub(super) async fn close(mut self, why: Goodbye) {
        let Some(frame) = why.frame() else { return };
        let farewell = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        let _ = timeout(Duration::from_secs(1), farewell).await;
    }
}
