//! Log lines on their way to a page: gathered into batches, bounded, and honest about what was left out.
//!
//! A reader that falls behind a log that is being written is better served by the newest lines than by old ones, so the
//! oldest waiting ones go, and it is told how many. A log that is only read, not followed, waits for its reader.
use futures_util::{Stream, StreamExt, stream};
use shipyard_model::Problem;
use shipyard_model::stream::{LogLine, LogMessage};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

/// Most lines of one message.
const BATCH: usize = 200;
/// Lines that come within this time are sent together.
const TOGETHER: Duration = Duration::from_millis(50);
/// Most bytes that wait for a reader.
const WAITING: usize = 4 * 1024 * 1024;
/// What a line costs besides its text.
const LINE: usize = 64;

/// Lines that wait, and how the log ended.
#[derive(Default)]
struct Waiting {
    lines: VecDeque<LogLine>,
    bytes: usize,
    skipped: u64,
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
        if self.skipped > 0 {
            return Some(LogMessage::Skipped {
                lines: std::mem::take(&mut self.skipped),
            });
        }
        if self.lines.is_empty() {
            return self.end.take();
        }
        let lines: Vec<_> = std::iter::from_fn(|| self.pop()).take(BATCH).collect();
        Some(LogMessage::Lines { lines })
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

/// Reads a log as fast as it comes when it is followed, else as fast as it is read.
async fn fill(queue: Arc<Queue>, log: impl Stream<Item = Result<LogLine, Problem>>, following: bool) {
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
        while !following && queue.lock().bytes > WAITING {
            queue.room.notified().await;
        }
        let mut waiting = queue.lock();
        waiting.push(line);
        while following && waiting.bytes > WAITING && waiting.pop().is_some() {
            waiting.skipped += 1;
        }
        drop(waiting);
        queue.came.notify_one();
    }
    queue.lock().end = Some(end);
    queue.came.notify_one();
}

/// The messages for a page. The last one is [`LogMessage::End`] or [`LogMessage::Failed`].
pub(super) fn batches(
    log: impl Stream<Item = Result<LogLine, Problem>> + Send + 'static,
    following: bool,
) -> impl Stream<Item = LogMessage> + Send {
    let queue = Arc::new(Queue::default());
    let reader = AbortOnDropHandle::new(tokio::spawn(fill(Arc::clone(&queue), log, following)));
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

    fn line(text: impl Into<String>) -> Result<LogLine, Problem> {
        Ok(LogLine {
            at: None,
            output: Output::Out,
            text: text.into(),
        })
    }

    fn counts(messages: &[LogMessage]) -> (usize, u64) {
        messages.iter().fold((0, 0), |(lines, skipped), message| match message {
            LogMessage::Lines { lines: batch } => {
                assert!(batch.len() <= BATCH);
                (lines + batch.len(), skipped)
            }
            LogMessage::Skipped { lines: more } => (lines, skipped + more),
            _ => (lines, skipped),
        })
    }

    #[tokio::test]
    async fn lines_come_in_order_and_in_batches_and_then_the_end() {
        let log = stream::iter((0..1000).map(|n| line(n.to_string())));
        let messages: Vec<_> = batches(log, true).collect().await;
        assert_eq!(counts(&messages), (1000, 0));
        assert_eq!(messages.last(), Some(&LogMessage::End));
        assert!(matches!(&messages[0], LogMessage::Lines { lines } if lines[0].text == "0"));
    }

    #[tokio::test]
    async fn a_failure_is_the_last_word() {
        let log = stream::iter([line("a"), Err(Problem::internal()), line("b")]);
        let messages: Vec<_> = batches(log, true).collect().await;
        assert_eq!(messages.len(), 2);
        assert!(matches!(messages[1], LogMessage::Failed { .. }));
    }

    #[tokio::test]
    async fn a_slow_reader_of_a_followed_log_is_told_what_it_missed() {
        let log = stream::iter((0..2000).map(|_| line("x".repeat(16 * 1024))));
        let mut messages = pin!(batches(log, true));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut all = Vec::new();
        while let Some(message) = messages.next().await {
            all.push(message);
        }
        let (lines, skipped) = counts(&all);
        assert!(matches!(all[0], LogMessage::Skipped { .. }));
        assert_eq!(lines as u64 + skipped, 2000);
        assert!(lines * 16 * 1024 <= WAITING);
    }

    #[tokio::test]
    async fn a_log_that_is_read_only_loses_nothing() {
        let log = stream::iter((0..2000).map(|_| line("x".repeat(16 * 1024))));
        let messages: Vec<_> = batches(log, false).collect().await;
        assert_eq!(counts(&messages), (2000, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_line_after_a_pause_does_not_wait() {
        let log = stream::once(async {
            tokio::time::sleep(Duration::from_millis(120)).await;
            line("late")
        })
        .chain(stream::pending());
        let mut messages = pin!(batches(log, true));
        let began = Instant::now();
        assert!(matches!(messages.next().await, Some(LogMessage::Lines { .. })));
        assert_eq!(began.elapsed(), Duration::from_millis(120));
    }
}
