//! Reading a container's log.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::log_lines::LogDecoder;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use shipyard_model::stream::LogLine;
use shipyard_model::{ContainerId, Millis};

/// What of a log is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// So many of the newest lines; `None` for all.
    pub tail: Option<u32>,
    /// Only lines since then.
    pub since: Option<Millis>,
    /// Go on with new lines as they come.
    pub follow: bool,
}

impl LogOptions {
    fn query(self) -> String {
        let tail = self.tail.map_or_else(|| "all".to_owned(), |n| n.to_string());
        let since = self.since.map_or(0, |at| at.0.max(0));
        format!(
            "stdout=1&stderr=1&timestamps=1&follow={}&tail={tail}&since={}.{:03}",
            u8::from(self.follow),
            since / 1000,
            since % 1000
        )
    }
}

/// Where a log stream stands: its body, what is decoded of it; `None` once it has ended.
struct Reading {
    connection: Connection,
    open: Option<(Incoming, LogDecoder)>,
}

impl Connection {
    /// A container's log, oldest line first. Ends with the log: when all is read, or, following, when the container
    /// ends. Read only as fast as the stream is polled; lines are at most 16 KiB.
    pub fn logs(
        &self,
        id: &ContainerId,
        options: LogOptions,
    ) -> impl Stream<Item = Result<LogLine, CallError>> + Send + use<> {
        let (connection, id) = (self.clone(), id.clone());
        let reading = async move {
            let inspected = connection.inspect(&id).await?;
            let tty = inspected
                .pointer("/Config/Tty")
                .and_then(serde_json::Value::as_bool)
                .unwrap_or(false);
            let path = format!("/containers/{}/logs?{}", path_id(&id)?, options.query());
            // The decoder keeps one piece of a line, so that the stream as a whole needs no limit.
            let body = connection.wire().get_stream(&path, u64::MAX / 2).await?;
            Ok::<_, CallError>(Reading {
                connection,
                open: Some((body, LogDecoder::new(tty))),
            })
        };
        let lines = stream::once(reading).map_ok(|reading| {
            stream::try_unfold(reading, async |reading| reading.more().await)
                .map_ok(|lines| stream::iter(lines.into_iter().map(Ok)))
                .try_flatten()
        });
        lines.try_flatten().boxed()
    }
}

impl Reading {
    /// The lines of the next piece of the body.
    async fn more(mut self) -> Result<Option<(Vec<LogLine>, Self)>, CallError> {
        let Some((mut body, mut decoder)) = self.open.take() else {
            return Ok(None);
        };
        let lines = match body.frame().await {
            None => decoder.finish(),
            Some(Err(error)) => return Err(CallError::from_chain(&error, self.connection.wire().address())),
            Some(Ok(frame)) => {
                let lines = frame.data_ref().map(|bytes| decoder.push(bytes)).unwrap_or_default();
                self.open = Some((body, decoder));
                lines
            }
        };
        Ok(Some((lines, self)))
    }
}
