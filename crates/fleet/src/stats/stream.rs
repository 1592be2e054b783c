//! The one stream of a container's measurements, opened again while the container runs and its engine answers.
use super::Shared;
use super::live::{Heard, Live};
use futures_util::StreamExt;
use shipyard_engine::{CallError, Connection};
use shipyard_model::ContainerRef;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// Docker measures once a second. An engine that sends more is read no faster than this.
const PACE: Duration = Duration::from_millis(400);
/// Shortest and longest wait before it is opened again.
const WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// So many failures in a row are told to those who look; fewer are a gap.
const TOLD: u32 = 3;

/// Counts itself.
pub(super) struct Counted<'c>(&'c AtomicUsize);

impl<'c> Counted<'c> {
    pub(super) fn new(count: &'c AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Streams until it is dropped.
pub(super) async fn follow(shared: Arc<Shared>, at: ContainerRef, live: Arc<Live>) {
    let mut attempt = 0_u32;
    loop {
        let engine = shared.snapshot().engines.get(&at.engine).cloned();
        if let Some(connection) = engine.and_then(|engine| engine.connection.clone()) {
            let (came, end) = once(&shared, &connection, &at, &live).await;
            if came {
                attempt = 0;
            }
            attempt = attempt.saturating_add(1);
            match end {
                None => live.tell(Heard::Ended),
                Some(error) if does_not_run(&error) => live.tell(Heard::Ended),
                Some(error) => {
                    tracing::debug!(engine = %at.engine, container = %at.id, %error, "a stream of measurements ended");
                    if attempt >= TOLD {
                        live.tell(Heard::Failed(error.problem()));
                    }
                }
            }
        }
        sleep(wait(attempt)).await;
    }
}

/// Docker's answer for a container that is not there or does not run.
fn does_not_run(error: &CallError) -> bool {
    error.is_not_found() || matches!(error, CallError::Docker { status: 409, .. })
}

/// One stream from its beginning to its end: whether anything came, and why it ended.
async fn once(shared: &Shared, connection: &Connection, at: &ContainerRef, live: &Live) -> (bool, Option<CallError>) {
    let _counted = Counted::new(&shared.open);
    let mut samples = pin!(connection.stats(&at.id));
    let mut came = 0_u32;
    while let Some(sample) = samples.next().await {
        match sample {
            // The first has nothing to compare with: its CPU share is none.
            Ok(_) if came == 0 => {}
            Ok(sample) => live.sample(sample),
            Err(error) => return (came > 1, Some(error)),
        }
        came = came.saturating_add(1);
        sleep(PACE).await;
    }
    (came > 1, None)
}

/// How long to wait before the next attempt: twice as long each time, and somewhere in the upper half of that, so that the
/// streams of an engine that comes back do not open in the same moment.
fn wait(attempt: u32) -> Duration {
    let (least, most) = WAIT;
    let whole = least.saturating_mul(1 << attempt.saturating_sub(1).min(5)).min(most);
    let mut random = [0_u8; 1];
    let share = getrandom::fill(&mut random).map_or(255, |()| u32::from(random[0]));
    whole / 2 + whole / 2 * share / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        for attempt in 0..40 {
            let waited = wait(attempt);
            assert!(waited >= WAIT.0 / 2 && waited <= WAIT.1, "{attempt}: {waited:?}");
        }
        assert!(wait(10) >= WAIT.1 / 2);
    }
}
