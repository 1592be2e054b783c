//! A stream of events from the server.
use crate::error::{Exit, Failure, Outcome};
use crate::http::sse::{Event, Reader};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::collections::VecDeque;
use std::time::Duration;

/// Without so much as a comment for so long, the connection is dead: the server sends one each 15 seconds.
const SILENCE: Duration = Duration::from_secs(60);

/// A stream of events, one after the other.
pub struct Events {
    body: Incoming,
    reader: Reader,
    ready: VecDeque<Event>,
}

impl Events {
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body,
            reader: Reader::default(),
            ready: VecDeque::new(),
        }
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self) -> Outcome<Option<Event>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let broken = || Failure::new(Exit::Unreachable, "The connection to the server broke.");
            let frame = match tokio::time::timeout(SILENCE, self.body.frame()).await {
                Err(_) => return Err(broken().hint("Nothing came for a minute.")),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(broken().because(&error)),
                Ok(Some(Ok(frame))) => frame,
            };
            if let Ok(data) = frame.into_data() {
                let events = self.reader.feed(&data);
                self.ready
                    .extend(events.map_err(|_| Failure::failed("The server sent an event without end."))?);
            }
        }
    }
}
