//! The one stream that fills the ring of a log, for as long as somebody reads it.
//!
//! It is read as fast as the engine sends, whoever of the readers is slow. When the connection breaks it is opened again a
//! little before the ring's newest line, and what comes again is passed over; so the ring has each line once, as long as
//! the engine still has it.
use super::cursor::Mark;
use super::engines::Engines;
use super::join::{Known, Verdict};
use super::{Stage, State};
use crate::calls::lost;
use futures_util::{Stream, StreamExt, TryStreamExt};
use shipyard_engine::{CallError, Connection, LogFacts, LogOptions, Logged, Retry};
use shipyard_model::stream::LogMessage;
use shipyard_model::{ContainerRef, Problem};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

/// How long it is tried to open the stream again.
const TRIED: Duration = Duration::from_secs(120);
/// How long a tail waits for the log's newest line, which has to be there.
const BEGINS: Duration = Duration::from_secs(2);
/// So many of the newest lines are asked for at first: engines find those from the log's end, but look for a moment from
/// its beginning.
const NEAR: u32 = 5000;

/// How a stream ended.
enum Outcome {
    /// With the log.
    Ended,
    /// For good.
    Failed(Problem),
    /// It may go on.
    Broken(Problem),
    /// It began too late: it has to be opened from further back.
    Late,
}

/// What fills one ring.
pub(super) struct Upstream {
    engines: Engines,
    at: ContainerRef,
    state: watch::Sender<State>,
    /// The log's newest line when the tail began, if it had one; `None` before that is known.
    anchor: Option<Option<Mark>>,
    /// The stream stood since it was last asked for.
    stood: bool,
}

impl Upstream {
    pub(super) fn new(engines: Engines, at: ContainerRef, state: watch::Sender<State>) -> Self {
        Self {
            engines,
            at,
            state,
            anchor: None,
            stood: false,
        }
    }

    /// Reads until the log ends or fails; the last word for its readers.
    pub(super) async fn read(mut self) -> LogMessage {
        let mut retry = Retry::default();
        let mut well = Instant::now();
        loop {
            let up = match self.engines.up(&self.at.engine, well + TRIED).await {
                Ok(up) => up,
                Err(why) => return LogMessage::Failed { why },
            };
            if up.waited {
                // All tails of an engine come back with it, but not in one moment.
                sleep(Retry::default().wait()).await;
            }
            let before = self.head();
            let mut engines = self.engines.clone();
            let engine = self.at.engine.clone();
            let outcome = tokio::select! {
                outcome = self.over(&up.connection) => outcome,
                () = engines.turned(&engine, up.turn) => Outcome::Broken(lost()),
            };
            if std::mem::take(&mut self.stood) {
                well = Instant::now();
            }
            if self.head() > before {
                retry.reset();
            }
            match outcome {
                Outcome::Ended => return LogMessage::End,
                Outcome::Failed(why) => return LogMessage::Failed { why },
                Outcome::Broken(why) if well.elapsed() > TRIED => return LogMessage::Failed { why },
                Outcome::Broken(_) | Outcome::Late => {}
            }
            sleep(retry.wait()).await;
        }
    }

    fn head(&self) -> u64 {
        self.state.borrow().ring.head()
    }

    /// One connection's part.
    async fn over(&mut self, connection: &Connection) -> Outcome {
        let facts = match connection.log_facts(&self.at.id).await {
            Ok(facts) => facts,
            // A log ends with its container.
            Err(error) if error.is_not_found() && self.anchor.is_some() => return Outcome::Ended,
            Err(error) => return self.failed(&error),
        };
        let anchor = match self.anchor {
            Some(anchor) => anchor,
            None => match newest(connection, &self.at, facts.tty).await {
                Ok(anchor) => {
                    self.state.send_modify(|state| state.begin(facts.tty, anchor));
                    *self.anchor.insert(anchor)
                }
                Err(error) => return self.failed(&error),
            },
        };
        for tail in [Some(NEAR), None] {
            let known = Known::of(&self.state.borrow().ring, anchor, tail.is_some());
            let options = LogOptions {
                tail,
                since: Some(known.since()),
                follow: true,
            };
            let pieces = match connection.log_pieces(&self.at.id, facts.tty, options).await {
                Ok(pieces) => pieces,
                Err(error) => return self.failed(&error),
            };
            self.stood = true;
            match self.fill(pieces, known, anchor, tail.is_some()).await {
                Outcome::Late => {}
                Outcome::Ended => return self.ended(connection, &facts).await,
                other => return other,
            }
        }
        Outcome::Late
    }

    /// Fills the ring from a stream.
    async fn fill(
        &self,
        pieces: impl Stream<Item = Result<Vec<Logged>, CallError>> + Send,
        mut known: Known,
        anchor: Option<Mark>,
        near: bool,
    ) -> Outcome {
        let mut pieces = pin!(pieces);
        let begins = Instant::now() + BEGINS;
        let mut open = anchor.is_none();
        loop {
            if open {
                self.state.send_if_modified(State::open);
            }
            let next = if open {
                pieces.next().await
            } else {
                match timeout_at(begins, pieces.next()).await {
                    Ok(next) => next,
                    // What was there is there no more.
                    Err(_) => {
                        open = true;
                        continue;
                    }
                }
            };
            let lines = match next {
                None => return Outcome::Ended,
                Some(Err(error)) => return self.failed(&error),
                Some(Ok(lines)) => lines,
            };
            let mut fresh = Vec::with_capacity(lines.len());
            for logged in lines {
                let mark = Mark::of(&logged);
                open = open || anchor.is_some_and(|anchor| mark == anchor || mark.nanos > anchor.nanos);
                match known.judge(mark) {
                    Verdict::Known => {}
                    Verdict::New => fresh.push((logged, false)),
                    Verdict::Missing if near => return Outcome::Late,
                    Verdict::Missing => fresh.push((logged, true)),
                }
            }
            if !fresh.is_empty() {
                self.state.send_modify(|state| state.push(fresh));
            }
        }
    }

    /// Whether a stream that came to its end ended with its log: when dockerd stops, streams end as well, and the container
    /// may go on.
    async fn ended(&self, connection: &Connection, before: &LogFacts) -> Outcome {
        if !before.running {
            return Outcome::Ended;
        }
        match connection.log_facts(&self.at.id).await {
            Ok(now) if now.running && now.started == before.started => Outcome::Broken(lost()),
            Err(error) if error.is_connection() => Outcome::Broken(error.problem()),
            _ => Outcome::Ended,
        }
    }

    /// Whether an error is the end: an engine that stops may say anything of a log that it told before.
    fn failed(&self, error: &CallError) -> Outcome {
        let is_refusal = matches!(error, CallError::Docker { status, .. } if *status < 500);
        if error.is_connection() || (self.anchor.is_some() && !is_refusal) {
            Outcome::Broken(error.problem())
        } else {
            Outcome::Failed(error.problem())
        }
    }
}

/// The newest line of a log, if it has one.
async fn newest(connection: &Connection, at: &ContainerRef, tty: bool) -> Result<Option<Mark>, CallError> {
    let options = LogOptions {
        tail: Some(1),
        ..LogOptions::default()
    };
    let pieces = connection.log_pieces(&at.id, tty, options).await?;
    let last = pieces.try_fold(None, |before, lines| async move {
        Ok(lines.last().map(Mark::of).or(before))
    });
    match timeout_at(Instant::now() + TRIED, last).await {
        Ok(last) => last,
        Err(_) => Err(CallError::TooSlow {
            seconds: TRIED.as_secs(),
        }),
    }
}

impl State {
    /// What is known of the log before its stream is opened.
    fn begin(&mut self, tty: bool, newest: Option<Mark>) {
        (self.tty, self.whole) = (tty, newest.is_none());
        if let Some(mark) = newest {
            self.floor = Known::before(mark);
        }
    }

    fn open(&mut self) -> bool {
        let news = matches!(self.stage, Stage::Opening);
        if news {
            self.stage = Stage::Open;
        }
        news
    }

    fn push(&mut self, lines: Vec<(Logged, bool)>) {
        for (logged, gap) in lines {
            self.ring.push(logged, gap);
        }
    }
}
