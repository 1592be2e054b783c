//! Passes a stream of messages on to a browser, at the browser's pace.
use super::wire::{Goodbye, Wire};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use std::pin::pin;

/// Until the stream or the socket ends. What the browser sends is passed over.
pub(super) async fn relay<M: Serialize>(wire: &mut Wire, stream: impl Stream<Item = M> + Send) -> Goodbye {
    let mut stream = pin!(stream);
    loop {
        let step = tokio::select! {
            text = wire.text() => text.map(|_| ()),
            message = stream.next() => match message {
                Some(message) => wire.send(&message).await,
                None => Err(Goodbye::Done),
            },
        };
        if let Err(goodbye) = step {
            return goodbye;
        }
    }
}
