//! Reading a container's log.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::log_lines::{LogDecoder, Logged};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use shipyard_model::ContainerId;

/// What of a log is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// So many of the newest lines; `None` for all.
    pub tail: Option<u32>,
    /// Only lines since then, those of that very moment included: nanoseconds since 1970, by the engine's clock.
    pub since: Option<i64>,
    /// Go on with new lines as they come.
    pub follow: bool,
}

impl LogOptions {
    fn query(self) -> String {
        const SECOND: i64 = 1_000_000_000;
        let tail = self.tail.map_or_else(|| "all".to_owned(), |n| n.to_string());
        let since = self.since.map_or(0, |nanos| nanos.max(0));
        format!(
            "stdout=1&stderr=1&timestamps=1&follow={}&tail={tail}&since={}.{:09}",
            u8::from(self.follow),
            since / SECOND,
            since % SECOND
        )
    }
}

/// What of a container decides how its log is read, and whether it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFacts {
    /// It has a terminal: its log comes as bare bytes.
    pub tty: bool,
    /// It runs, and does not wait for its restart.
    pub running: bool,
    /// When it was last started, in Docker's words: the same words mean the same run.
    pub started: String,
}

impl LogFacts {
    fn of(inspected: &Value) -> Self {
        let is = |pointer: &str| inspected.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
        let started = inspected.pointer("/State/StartedAt").and_then(Value::as_str);
        Self {
            tty: is("/Config/Tty"),
            running: is("/State/Running") && !is("/State/Restarting"),
            started: started.unwrap_or_default().to_owned(),
        }
    }
}

/// Where a log stream stands: its body, what is decoded of it; `None` once it has ended.
struct Reading {
    connection: Connection,
    open: Option<(Incoming, LogDecoder)>,
}

impl Connection {
    /// What has to be known of a container to read its log.
    ///
    /// # Errors
    /// [`CallError`]; 404 when there is none of this id.
    pub async fn log_facts(&self, id: &ContainerId) -> Result<LogFacts, CallError> {
        Ok(LogFacts::of(&self.inspect(id).await?))
    }

    /// A container's log, oldest line first. Ends with the log: when all is read, or, following, when the container
    /// ends. Read only as fast as the stream is polled; lines are at most 16 KiB.
    pub fn logs(
        &self,
        id: &ContainerId,
        options: LogOptions,
    ) -> impl Stream<Item = Result<Logged, CallError>> + Send + use<> {
        let (connection, id) = (self.clone(), id.clone());
        let reading = async move {
            let facts = connection.log_facts(&id).await?;
            connection.log_pieces(&id, facts.tty, options).await
        };
        stream::once(reading)
            .try_flatten()
            .map_ok(|lines| stream::iter(lines.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    /// The same for a container of which it is known whether it has a terminal, in pieces as the engine sends them: the lines
    /// that each completes, maybe none. Answers once the engine has begun to.
    ///
    /// # Errors
    /// [`CallError`]; 404 when there is none of this id.
    pub async fn log_pieces(
        &self,
        id: &ContainerId,
        tty: bool,
        options: LogOptions,
    ) -> Result<impl Stream<Item = Result<Vec<Logged>, CallError>> + Send + use<>, CallError> {
        let path = format!("/containers/{}/logs?{}", path_id(id)?, options.query());
        // The decoder keeps one piece of a line, so that the stream as a whole needs no limit.
        let body = self.wire().get_stream(&path, u64::MAX / 2).await?;
        let reading = Reading {
            connection: self.clone(),
            open: Some((body, LogDecoder::new(tty))),
        };
        Ok(stream::try_unfold(reading, async |reading| reading.more().await))
    }
}

impl Reading {
    /// The lines of the next piece of the body.
    async fn more(mut self) -> Result<Option<(Vec<Logged>, Self)>, CallError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_asked_for_to_the_nanosecond() {
        let options = LogOptions {
            tail: Some(5),
            since: Some(1_700_000_000_000_000_007),
            follow: true,
        };
        let query = options.query();
        assert!(query.ends_with("follow=1&tail=5&since=1700000000.000000007"), "{query}");
    }

    #[test]
    fn one_that_waits_for_its_restart_does_not_run() {
        let state = |restarting: bool| serde_json::json!({ "Config": { "Tty": true }, "State": { "Running": true, "Restarting": restarting, "StartedAt": "x" } });
        assert!(LogFacts::of(&state(false)).running);
        let facts = LogFacts::of(&state(true));
        assert_eq!((facts.tty, facts.running, facts.started.as_str()), (true, false, "x"));
    }
}
