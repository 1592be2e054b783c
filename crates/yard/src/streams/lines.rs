//! Lines of a log that is read and not followed, on their way to whoever reads it: gathered into batches, and only as fast as
//! they are taken.
use futures_util::{Stream, StreamExt, stream};
use shipyard_fleet::tail::{BATCH, TOGETHER};
use shipyard_model::Problem;
use shipyard_model::stream::{LogLine, LogMessage};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

/// Most bytes that wait for a reader.
const WAITING: usize = 1024 * 1024;
/// What a line costs besides its text.
const LINE: usize = 64;

/// Lines that wait, and how the log ended.
#[derive(Default)]
struct Waiting {
    lines: VecDeque<LogLine>,
    bytes: usize,
    end: Option<LogMessage>,
}

impl Waiting {
    fn push(&mut self, line: LogLine) {
        self.bytes += line.text.len() + LINE;
        self.lines.push_back(line);
    }

    fn pop(&mut self) -> Option<LogLine> {
        let line = self.lines.pop_front()?;
        self.bytes = self.bytes.saturating_sub(line.text.len() + LINE);
        Some(line)
    }

    /// The next message, if there is one.
    fn message(&mut self) -> Option<LogMessage> {
        if self.lines.is_empty() {
            return self.end.take();
        }
        let lines: Vec<_> = std::iter::from_fn(|| self.pop()).take(BATCH).collect();
        Some(LogMessage::Lines { lines, cursor: None })
    }
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// Something came.
    came: Notify,
    /// There is room again.
    room: Notify,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a log as fast as it is taken.
async fn fill(queue: Arc<Queue>, log: impl Stream<Item = Result<LogLine, Problem>>) {
    let mut log = pin!(log);
    let mut end = LogMessage::End;
    while let Some(line) = log.next().await {
        let line = match line {
            Ok(line) => line,
            Err(why) => {
                end = LogMessage::Failed { why };
                break;
            }
        };
        while queue.lock().bytes > WAITING {
            queue.room.notified().await;
        }
        queue.lock().push(line);
        queue.came.notify_one();
    }
    queue.lock().end = Some(end);
    queue.came.notify_one();
}

/// The messages for a reader. The last one is [`LogMessage::End`] or [`LogMessage::Failed`].
pub(super) fn batches(
    log: impl Stream<Item = Result<LogLine, Problem>> + Send + 'static,
) -> impl Stream<Item = LogMessage> + Send {
    let queue = Arc::new(Queue::default());
    let reader = AbortOnDropHandle::new(tokio::spawn(fill(Arc::clone(&queue), log)));
    stream::unfold(Some((queue, reader, Instant::now())), |state| async move {
        let (queue, reader, mut sent) = state?;
        loop {
            // A first line after a pause goes at once; lines in a row are gathered, unless a batch is full.
            let gather = {
                let waiting = queue.lock();
                waiting.lines.len() < BATCH && waiting.end.is_none()
            };
            if gather {
                sleep_until(sent + TOGETHER).await;
            }
            let message = queue.lock().message();
            if let Some(message) = message {
                queue.room.notify_one();
                sent = Instant::now();
                let last = matches!(message, LogMessage::End | LogMessage::Failed { .. });
                return Some((message, (!last).then_some((queue, reader, sent))));
            }
            queue.came.notified().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::stream::Output;
    use std::time::Duration;

    fn line(text: impl Into<String>) -> Result<LogLine, Problem> {
        Ok(LogLine {
            at: None,
            output: Output::Out,
            text: text.into(),
        })
    }

    fn count(messages: &[LogMessage]) -> usize {
        let lines = |message: &LogMessage| match message {
            LogMessage::Lines { lines, .. } => {
                assert!(lines.len() <= BATCH);
                lines.len()
            }
            _ => 0,
        };
        messages.iter().map(lines).sum()
    }

    #[tokio::test]
    async fn lines_come_in_order_and_in_batches_and_then_the_end() {
        let log = stream::iter((0..1000).map(|n| line(n.to_string())));
        let messages: Vec<_> = batches(log).collect().await;
        assert_eq!(count(&messages), 1000);
        assert_eq!(messages.last(), Some(&LogMessage::End));
        assert!(matches!(&messages[0], LogMessage::Lines { lines, .. } if lines[0].text == "0"));
    }

    #[tokio::test]
    async fn a_failure_is_the_last_word() {
        let log = stream::iter([line("a"), Err(Problem::internal()), line("b")]);
        let messages: Vec<_> = batches(log).collect().await;
        assert_eq!(messages.len(), 2);
        assert!(matches!(messages[1], LogMessage::Failed { .. }));
    }

    #[tokio::test]
    async fn a_log_that_is_read_only_loses_nothing() {
        let log = stream::iter((0..2000).map(|_| line("x".repeat(16 * 1024))));
        let mut messages = pin!(batches(log));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut all = Vec::new();
        while let Some(message) = messages.next().await {
            all.push(message);
        }
        assert_eq!(count(&all), 2000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_line_after_a_pause_does_not_wait() {
        let log = stream::once(async {
            tokio::time::sleep(Duration::from_millis(120)).await;
            line("late")
        })
        .chain(stream::pending());
        let mut messages = pin!(batches(log));
        let began = Instant::now();
        assert!(matches!(messages.next().await, Some(LogMessage::Lines { .. })));
        assert_eq!(began.elapsed(), Duration::from_millis(120));
    }
}
