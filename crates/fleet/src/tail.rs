//! Logs that are followed, each over one stream from its engine however many read it.
//!
//! [`Fleet::follow_log`] lends a [`LogReader`]. All readers of one container share its *tail*: one stream that is read as fast
//! as it comes, and a ring of its newest lines (`ring`), which readers are places in. So a reader who stalls costs a place
//! and a message, and holds up neither the stream nor anybody else; what they miss they are told to have missed. What was
//! before the ring is read by a call of its own, at its reader's pace, and joined to the ring line by line (`join`).
//!
//! Who may read is not asked here: whoever lends a reader has to have asked.
mod cursor;
mod engines;
mod join;
mod reader;
mod ring;
#[cfg(test)]
mod tests;
mod upstream;

pub use cursor::{BadCursor, LogCursor};
pub use reader::LogReader;

use crate::fleet::Fleet;
use crate::snapshot::Snapshot;
use engines::Engines;
use ring::Ring;
use shipyard_model::stream::LogMessage;
use shipyard_model::{ContainerRef, Problem};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use upstream::Upstream;

/// Most lines of one message.
pub const BATCH: usize = 200;
/// Lines that come within this time are told together.
pub const TOGETHER: Duration = Duration::from_millis(50);
/// What a tail keeps of its log.
const RING: usize = 1024 * 1024;
/// How long a tail stays after its last reader: a page that is loaded anew comes back to it.
const LINGER: Duration = Duration::from_secs(5);
/// Most tails at once: of one engine, whose daemon has a stream for each, and in all.
const OF_ENGINE: usize = 128;
const IN_ALL: usize = 512;

/// What of a log is wanted, besides all that comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogWish {
    /// So many of the newest lines; `None` for all.
    pub tail: Option<u32>,
    /// Only lines since then, in nanoseconds since 1970 by the engine's clock.
    pub since: Option<i64>,
    /// Only lines after that place, of which [`LogWish::since`] says nothing then. When it is not found among the newest
    /// `tail` lines, there is a gap before them.
    pub after: Option<LogCursor>,
}

/// What is known of a log that is followed.
struct State {
    ring: Ring,
    stage: Stage,
    tty: bool,
    /// The ring never had older lines than this.
    floor: i64,
    /// The ring began with the log's first line.
    whole: bool,
}

/// How far a tail is.
enum Stage {
    /// It does not stand yet.
    Opening,
    /// All that comes from here on, it will have.
    Open,
    /// Nothing more comes; the last word.
    Ended(LogMessage),
}

/// All tails. Clones are handles to the same.
#[derive(Clone)]
pub(crate) struct Tails {
    inner: Arc<Inner>,
}

struct Inner {
    open: Mutex<Open>,
    engines: Engines,
    stop: CancellationToken,
}

#[derive(Default)]
struct Open {
    tails: HashMap<ContainerRef, Tail>,
    next: u64,
}

/// One that readers may join.
struct Tail {
    /// Of several that the same container had, which.
    number: u64,
    state: watch::Sender<State>,
}

impl Tails {
    pub(crate) fn new(
        stop: &CancellationToken,
        now: impl Fn() -> Arc<Snapshot> + Send + Sync + 'static,
        changes: watch::Receiver<u64>,
    ) -> Self {
        let inner = Inner {
            open: Mutex::default(),
            engines: Engines::new(now, changes),
            stop: stop.clone(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Held for changes of memory only.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, at: &ContainerRef, wish: LogWish) -> Result<LogReader, Problem> {
        let mut open = self.lock();
        let state = match open.tails.get(at) {
            Some(tail) => tail.state.subscribe(),
            None => self.begin(&mut open, at)?,
        };
        Ok(LogReader::new(state, self.inner.engines.clone(), at.clone(), wish))
    }

    fn begin(&self, open: &mut Open, at: &ContainerRef) -> Result<watch::Receiver<State>, Problem> {
        open.make_room(at)?;
        open.next += 1;
        let (number, (state, reader)) = (open.next, watch::channel(State::new()));
        let tail = Tail {
            number,
            state: state.clone(),
        };
        open.tails.insert(at.clone(), tail);
        let place = Place {
            tails: self.clone(),
            at: at.clone(),
            number,
        };
        let upstream = Upstream::new(self.inner.engines.clone(), at.clone(), state.clone());
        let run = async move {
            tokio::select! {
                last = upstream.read() => {
                    // Whoever comes from here on begins anew: the container may have been started again.
                    drop(place);
                    state.send_modify(|state| state.stage = Stage::Ended(last));
                }
                () = place.abandoned(&state) => {}
            }
        };
        tokio::spawn(self.inner.stop.clone().run_until_cancelled_owned(run));
        Ok(reader)
    }
}

impl Open {
    /// Sees to it that one more is not too many: tails that nobody reads go first.
    fn make_room(&mut self, at: &ContainerRef) -> Result<(), Problem> {
        let is_full = |open: &Self| {
            let of_engine = open.tails.keys().filter(|other| other.engine == at.engine).count();
            of_engine >= OF_ENGINE || open.tails.len() >= IN_ALL
        };
        if is_full(self) {
            self.tails.retain(|_, tail| tail.state.receiver_count() > 0);
        }
        if is_full(self) {
            return Err(too_many());
        }
        Ok(())
    }
}

fn too_many() -> Problem {
    let told = format!("The logs of {OF_ENGINE} containers of this engine, or of {IN_ALL} in all, are being followed.");
    Problem::new(429, "logs.too-many", told)
        .hint("Close logs that you do not need, or read this one without following it.")
        .arg("engine", OF_ENGINE)
        .arg("all", IN_ALL)
}

/// A tail's place among the others, given back when it ends in whatever way.
struct Place {
    tails: Tails,
    at: ContainerRef,
    number: u64,
}

impl Place {
    /// Waits until nobody has read for a while.
    async fn abandoned(&self, state: &watch::Sender<State>) {
        loop {
            state.closed().await;
            sleep(LINGER).await;
            // Under the lock under which readers join.
            let mut open = self.tails.lock();
            if state.receiver_count() == 0 {
                open.leave(&self.at, self.number);
                return;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.tails.lock().leave(&self.at, self.number);
    }
}

impl Open {
    fn leave(&mut self, at: &ContainerRef, number: u64) {
        if self.tails.get(at).is_some_and(|tail| tail.number == number) {
            self.tails.remove(at);
        }
    }
}

impl State {
    fn new() -> Self {
        Self {
            ring: Ring::new(RING),
            stage: Stage::Opening,
            tty: false,
            floor: 0,
            whole: false,
        }
    }
}

impl Fleet {
    /// Follows a container's log, over the stream that all its readers share. The one who asks has to be allowed to.
    ///
    /// # Errors
    /// 429 `logs.too-many`; `engine.down`. What goes wrong later is the reader's last message.
    pub fn follow_log(&self, at: &ContainerRef, wish: LogWish) -> Result<LogReader, Problem> {
        self.connect(&at.engine)?;
        self.tails().join(at, wish)
    }

    /// How many logs are followed, and how many readers they have.
    pub fn logs_followed(&self) -> (usize, usize) {
        let open = self.tails().lock();
        let readers = open.tails.values().map(|tail| tail.state.receiver_count()).sum();
        (open.tails.len(), readers)
    }
}
