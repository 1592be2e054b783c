//! One reader of a log: the past that they asked for, then the ring's lines as they come, without one twice or missing where
//! the two meet.
use super::cursor::{Counter, LogCursor, Mark};
use super::engines::{Engines, Up};
use super::join::{Overlap, Seek};
use super::ring::{Most, Piece, Position, Ring};
use super::{BATCH, LogWish, Stage, State, TOGETHER};
use crate::calls::lost;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use shipyard_engine::{CallError, LogOptions, Logged, Retry};
use shipyard_model::stream::{LogLine, LogMessage};
use shipyard_model::{ContainerRef, Problem};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

/// The most of one message. Escaped, its text may become six times as long.
const MOST: Most = Most {
    lines: BATCH,
    bytes: 64 * 1024,
};
/// How long an engine may be silent in the middle of a past, and how long a reader waits for it after that.
const SILENT: Duration = Duration::from_secs(30);

/// Reads a log. Costs a place in the ring, and a message at a time.
pub struct LogReader {
    state: watch::Receiver<State>,
    engines: Engines,
    at: ContainerRef,
    wish: LogWish,
    step: Step,
    position: Position,
    /// When the last message was given.
    sent: Instant,
    retry: Retry,
    /// Since when nothing could be had of the past.
    stuck: Option<Instant>,
}

/// What a reader is at.
enum Step {
    /// Nothing was told yet, or has to be sought anew.
    Begin,
    /// What was before.
    Past(Box<Past>),
    /// What comes.
    Present,
    /// Nothing more.
    Over,
}

/// A past that is being read, at its reader's pace.
struct Past {
    pieces: BoxStream<'static, Result<Vec<Logged>, CallError>>,
    /// Where to begin to tell.
    seek: Option<Seek>,
    ready: VecDeque<Logged>,
    gap: bool,
    counter: Counter,
    /// All was read.
    over: bool,
    /// Why no more can be read.
    trouble: Option<Trouble>,
}

/// What a reader may begin with.
enum Start {
    /// The tail does not stand yet.
    Wait,
    /// There is nothing.
    Failed(Problem),
    /// All that was asked for is in the ring.
    Ring(u64),
    /// It has to be read, for a container with or without a terminal.
    Past(bool, Position),
}

impl LogReader {
    pub(super) fn new(state: watch::Receiver<State>, engines: Engines, at: ContainerRef, wish: LogWish) -> Self {
        Self {
            state,
            engines,
            at,
            wish,
            step: Step::Begin,
            position: Position::at(0, Overlap::default()),
            sent: Instant::now(),
            retry: Retry::default(),
            stuck: None,
        }
    }

    /// The next message, in batches of what came together. After [`LogMessage::End`] or [`LogMessage::Failed`], and when
    /// the fleet ends, there is none. A call that is dropped half way loses what it was about to give.
    pub async fn next(&mut self) -> Option<LogMessage> {
        loop {
            let message = match &mut self.step {
                Step::Begin => self.begin().await?,
                Step::Past(_) => self.past().await,
                Step::Present => self.present().await?,
                Step::Over => return None,
            };
            if let Some(message) = message {
                if matches!(message, LogMessage::End | LogMessage::Failed { .. }) {
                    self.step = Step::Over;
                }
                self.sent = Instant::now();
                return Some(message);
            }
        }
    }

    /// Finds out where to begin. The outer `None` is the end of the fleet.
    async fn begin(&mut self) -> Option<Option<LogMessage>> {
        let start = start(&self.state.borrow_and_update(), &self.wish);
        match start {
            Start::Wait => self.state.changed().await.ok()?,
            Start::Failed(why) => return Some(Some(LogMessage::Failed { why })),
            Start::Ring(number) => {
                self.position = Position::at(number, Overlap::default());
                self.step = Step::Present;
            }
            Start::Past(tty, position) => {
                self.position = position;
                match self.open(tty).await {
                    Ok(past) => self.step = Step::Past(Box::new(past)),
                    Err(trouble) => return Some(self.again(&trouble).await),
                }
            }
        }
        Some(None)
    }

    /// Begins to read the past.
    async fn open(&mut self, tty: bool) -> Result<Past, Trouble> {
        let until = Instant::now() + SILENT;
        let Up { connection, .. } = self.engines.up(&self.at.engine, until).await.map_err(Trouble::Final)?;
        let options = LogOptions {
            tail: self.wish.tail,
            since: match &self.wish.after {
                Some(cursor) => Some(Seek::since(cursor)),
                None => self.wish.since,
            },
            follow: false,
        };
        let pieces = connection
            .log_pieces(&self.at.id, tty, options)
            .await
            .map_err(Trouble::of)?;
        Ok(Past {
            pieces: pieces.boxed(),
            seek: self.wish.after.map(Seek::new),
            ready: VecDeque::new(),
            gap: false,
            counter: Counter::default(),
            over: false,
            trouble: None,
        })
    }

    /// After a connection that broke: goes on from what was told, for as long as there is hope.
    async fn again(&mut self, trouble: &Trouble) -> Option<LogMessage> {
        let since = *self.stuck.get_or_insert_with(Instant::now);
        match trouble {
            Trouble::Passing(_) if since.elapsed() < SILENT => {
                self.step = Step::Begin;
                sleep(self.retry.wait()).await;
                None
            }
            Trouble::Passing(why) | Trouble::Final(why) => Some(LogMessage::Failed { why: why.clone() }),
        }
    }

    /// Goes on with the past.
    async fn past(&mut self) -> Option<LogMessage> {
        let Step::Past(past) = &mut self.step else { return None };
        if past.gap {
            past.gap = false;
            return Some(LogMessage::Gap);
        }
        if past.wants_more() {
            self.position.settle(&self.state.borrow_and_update().ring);
            if self.position.overlap.is_full() {
                // The ring hangs behind: it comes, or the tail fails.
                let _ = timeout(SILENT, self.state.changed()).await;
            }
            // Engines send line by line: what is there already, or comes soon, is told together.
            let waits = if past.ready.is_empty() {
                Instant::now() + SILENT
            } else {
                self.sent + TOGETHER
            };
            match timeout_at(waits, past.pieces.next()).await {
                Ok(Some(Ok(lines))) => {
                    for logged in lines {
                        self.position.overlap.note(Mark::of(&logged));
                        past.take(logged);
                    }
                    return None;
                }
                Ok(None) => {
                    past.finish();
                    return None;
                }
                Ok(Some(Err(error))) => past.trouble = Some(Trouble::of(error)),
                Err(_) if past.ready.is_empty() => past.trouble = Some(Trouble::Passing(lost())),
                Err(_) => {}
            }
        }
        if let Some(message) = past.tell() {
            self.stuck = None;
            self.retry.reset();
            if let LogMessage::Lines { cursor, .. } = &message {
                // Should it break: from here on, however much that is by then.
                self.wish.after = cursor.as_deref().and_then(|text| text.parse().ok());
                self.wish.tail = None;
            }
            return Some(message);
        }
        match past.trouble.take() {
            Some(trouble) => self.again(&trouble).await,
            None if past.over => {
                self.step = Step::Present;
                None
            }
            None => None,
        }
    }

    /// Waits for what comes. The outer `None` is the end of the fleet.
    async fn present(&mut self) -> Option<Option<LogMessage>> {
        let (waiting, over) = {
            let state = self.state.borrow();
            (
                self.position.waiting(&state.ring),
                matches!(state.stage, Stage::Ended(_)),
            )
        };
        // A first line after a pause goes at once; lines in a row are gathered, unless a batch is full.
        if waiting < u64::try_from(BATCH).unwrap_or(u64::MAX) && !over {
            sleep_until(self.sent + TOGETHER).await;
        }
        let message = {
            let state = self.state.borrow_and_update();
            let piece = self.position.take(&state.ring, MOST);
            piece.map(message).or_else(|| match &state.stage {
                Stage::Ended(last) => Some(last.clone()),
                _ => None,
            })
        };
        if message.is_none() {
            self.state.changed().await.ok()?;
        }
        Some(message)
    }
}

/// Why a past cannot be read.
enum Trouble {
    /// The connection failed.
    Passing(Problem),
    /// It cannot be had.
    Final(Problem),
}

impl Trouble {
    fn of(error: CallError) -> Self {
        if error.is_connection() {
            Self::Passing(error.problem())
        } else {
            Self::Final(error.problem())
        }
    }
}

impl Past {
    fn take(&mut self, logged: Logged) {
        match &mut self.seek {
            Some(seek) => self.gap |= seek.push(logged, &mut self.ready),
            None => self.ready.push_back(logged),
        }
    }

    /// Whether a message could hold more than what is ready, and more may come.
    fn wants_more(&self) -> bool {
        let bytes: usize = self.ready.iter().map(|logged| logged.line.text.len()).sum();
        !self.over && self.trouble.is_none() && self.ready.len() < MOST.lines && bytes < MOST.bytes
    }

    /// All was read.
    fn finish(&mut self) {
        self.over = true;
        if let Some(seek) = &mut self.seek {
            self.gap |= seek.end(&mut self.ready);
        }
    }

    /// Lines that are ready.
    fn tell(&mut self) -> Option<LogMessage> {
        let (mut lines, mut bytes, mut cursor) = (Vec::new(), 0, None);
        while lines.len() < MOST.lines
            && bytes < MOST.bytes
            && let Some(logged) = self.ready.pop_front()
        {
            cursor = Some(self.counter.after(Mark::of(&logged)));
            bytes += logged.line.text.len();
            lines.push(logged.line);
        }
        cursor.map(|cursor| told(lines, &cursor))
    }
}

fn told(lines: Vec<LogLine>, cursor: &LogCursor) -> LogMessage {
    LogMessage::Lines {
        lines,
        cursor: Some(cursor.to_string()),
    }
}

fn message(piece: Piece) -> LogMessage {
    match piece {
        Piece::Missed(lines) => LogMessage::Skipped { lines },
        Piece::Gap => LogMessage::Gap,
        Piece::Lines(lines, cursor) => told(lines.iter().map(|line| (**line).clone()).collect(), &cursor),
    }
}

/// Where a reader may begin who has this wish.
fn start(state: &State, wish: &LogWish) -> Start {
    match &state.stage {
        Stage::Opening => return Start::Wait,
        Stage::Ended(LogMessage::Failed { why }) if state.ring.len() == 0 => return Start::Failed(why.clone()),
        Stage::Open | Stage::Ended(_) => {}
    }
    let ring = &state.ring;
    match in_ring(ring, state.whole, wish) {
        Some(number) => Start::Ring(number),
        None => Start::Past(state.tty, Position::at(ring.head(), Overlap::begin(ring, state.floor))),
    }
}

/// The number of the first line that is wished for, if the ring reaches back so far. `whole`: it had the log's first line.
fn in_ring(ring: &Ring, whole: bool, wish: &LogWish) -> Option<u64> {
    if let Some(cursor) = &wish.after {
        return ring.find(cursor);
    }
    let whole = whole && ring.first() == 0;
    let since = wish.since.map(|since| ring.since(ring.first(), since));
    let enough = wish.tail.and_then(|lines| ring.head().checked_sub(u64::from(lines)));
    match (enough.filter(|from| *from >= ring.first()), since) {
        (Some(enough), Some(since)) => Some(enough.max(since)),
        (Some(enough), None) => Some(enough),
        // Lines may be a little out of order: all are here that are wished for if one is that is older by far.
        (None, Some(since)) if whole || reaches(ring, wish.since) => Some(since),
        (None, None) if whole => Some(ring.first()),
        (None, _) => None,
    }
}

fn reaches(ring: &Ring, since: Option<i64>) -> bool {
    let oldest = ring.from(ring.first()).next().map(|kept| kept.cursor.mark.nanos);
    matches!((oldest, since), (Some(oldest), Some(since)) if oldest < since.saturating_sub(super::cursor::SLACK))
}
