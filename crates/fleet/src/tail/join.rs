//! Where two readings of one log meet: what of the one is in the other. Both have the log's own order, so that is all that
//! has to be known of a line: whether it stands before the place or after it.
use super::cursor::{LogCursor, Mark, SLACK};
use super::ring::Ring;
use shipyard_engine::Logged;
use std::collections::{HashMap, VecDeque};

/// Lines that were told and have not come in the ring: more are not remembered, at 16 bytes each.
const TOLD: usize = 16 * 1024;

/// What a reader was told of a log's past that a ring has, or will have, beyond the reader's place in it.
#[derive(Debug, Default)]
pub(crate) struct Overlap {
    told: VecDeque<Mark>,
    /// The ring's newest line when the past was begun, as long as it was not seen in the past: what stands before it there is
    /// no part of this.
    last: Option<LogCursor>,
    /// Older lines are not in the ring beyond the reader's place.
    floor: i64,
    /// The past may have begun after the reader's place: lines of the ring may be older than what was asked for.
    late: bool,
}

impl Overlap {
    /// For a past that is about to be read, and a reader's place at the end of a ring. An empty ring will have nothing that
    /// is older than `floor`.
    pub(crate) fn begin(ring: &Ring, floor: i64) -> Self {
        let last = ring.last().map(|kept| kept.cursor);
        Self {
            told: VecDeque::new(),
            floor: last.map_or(floor, |cursor| cursor.mark.nanos.saturating_sub(SLACK)),
            last,
            late: true,
        }
    }

    /// A line of the past, in its order.
    pub(crate) fn note(&mut self, mark: Mark) {
        match &mut self.last {
            Some(last) if last.mark == mark => {
                // Of several alike it is the one of its number.
                last.count = last.count.saturating_sub(1);
                if last.count == 0 {
                    self.last = None;
                }
                self.late = false;
                self.told.clear();
            }
            _ if mark.nanos >= self.floor => {
                if self.told.len() >= TOLD && self.late {
                    self.told.pop_front();
                }
                self.told.push_back(mark);
            }
            _ => {}
        }
    }

    /// Whether a line of the ring, from the reader's place on in its order, is not to be told: it was, or is too old.
    pub(crate) fn is_told(&mut self, mark: Mark) -> bool {
        if let Some(at) = self.told.iter().position(|told| *told == mark) {
            self.told.drain(..=at);
            self.late = false;
            return true;
        }
        if self.late
            && self
                .told
                .back()
                .is_some_and(|newest| mark.nanos <= newest.nanos.saturating_add(SLACK))
        {
            return true;
        }
        // What comes after a line that is new is new as well.
        self.told.clear();
        false
    }

    /// Whether a line is one of those that were told.
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.told.contains(&mark)
    }

    /// Whether all that is here stands after the reader's place, and nothing between the two was left out.
    pub(crate) fn is_settled(&self) -> bool {
        !self.late
    }

    /// Whether the ring has to come nearer before more is read: whoever reads a past does not get far ahead of it.
    pub(crate) fn is_full(&self) -> bool {
        self.is_settled() && self.told.len() >= TOLD
    }

    /// Lines of the ring from the reader's place on have gone: how many of them were told.
    pub(crate) fn forget(&mut self, gone: u64) -> u64 {
        let told = usize::try_from(gone).unwrap_or(usize::MAX).min(self.told.len());
        if self.is_settled() {
            drop(self.told.drain(..told));
        }
        u64::try_from(told).unwrap_or(u64::MAX)
    }
}

/// Finds the place of a cursor in a log that is read from a little before it.
#[derive(Debug)]
pub(crate) struct Seek {
    cursor: LogCursor,
    seen: u32,
    found: bool,
    /// Lines that may stand before the place or after it, as long as it is not found.
    held: Vec<Logged>,
    bytes: usize,
}

/// Most bytes that wait until the place is found.
const HELD: usize = 256 * 1024;

impl Seek {
    pub(crate) fn new(cursor: LogCursor) -> Self {
        Self {
            cursor,
            seen: 0,
            found: false,
            held: Vec::new(),
            bytes: 0,
        }
    }

    /// From when on the log has to be read.
    pub(crate) fn since(cursor: &LogCursor) -> i64 {
        cursor.mark.nanos.saturating_sub(SLACK)
    }

    /// A line of the log: puts what stands after the place to `ready`, and tells whether lines before that are missing.
    pub(crate) fn push(&mut self, logged: Logged, ready: &mut VecDeque<Logged>) -> bool {
        if self.found {
            ready.push_back(logged);
            return false;
        }
        let mark = Mark::of(&logged);
        if mark == self.cursor.mark {
            self.seen += 1;
            if self.seen == self.cursor.count {
                self.found = true;
                self.held.clear();
            }
            return false;
        }
        if mark.nanos > self.cursor.mark.nanos {
            self.bytes += logged.line.text.len();
            self.held.push(logged);
        }
        let beyond = self.cursor.mark.nanos.saturating_add(SLACK);
        (mark.nanos > beyond || self.bytes > HELD) && self.end(ready)
    }

    /// No more comes, or nothing that could be the place: the same as [`Seek::push`].
    pub(crate) fn end(&mut self, ready: &mut VecDeque<Logged>) -> bool {
        if self.found {
            return false;
        }
        self.found = true;
        ready.extend(self.held.drain(..));
        true
    }
}

/// What of a stream that is opened again is known.
#[derive(Debug)]
pub(crate) struct Known {
    since: i64,
    /// Lines of the ring that come again, and how often.
    again: HashMap<Mark, u32>,
    /// The newest of them, as long as it has not come.
    last: Option<Mark>,
    /// Lines before the first of them are older than the ring, up to this time; `None` once that has come.
    older: Option<i64>,
    /// With nothing in the ring: where it is to begin. An engine leaves lines out that are older than it was asked for, though
    /// others of their time stand before them.
    begin: Option<i64>,
}

/// What a line of a stream is that was opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It came before, or is older than all that did.
    Known,
    /// It is new.
    New,
    /// It is new, and the newest known line did not come before it: lines between them may be missing.
    Missing,
}

impl Known {
    /// For a stream that shall go on after a ring's newest line; or, with an empty one, from a little before a log's newest
    /// line `anchor` on. `near`: it may begin too late, and then has to be found out, if need be by mistake.
    pub(crate) fn of(ring: &Ring, anchor: Option<Mark>, near: bool) -> Self {
        let Some(last) = ring.last().map(|kept| kept.cursor.mark) else {
            return Self {
                since: anchor.map_or(0, Self::before),
                again: HashMap::new(),
                last: None,
                older: None,
                begin: anchor.map(|mark| mark.nanos.saturating_sub(SLACK / 2)),
            };
        };
        let since = Self::before(last);
        let mut again = HashMap::new();
        for kept in ring.from(ring.since(ring.first(), since)) {
            *again.entry(kept.cursor.mark).or_insert(0) += 1;
        }
        // The engine's clock may have been set back: what has gone is newer then.
        let newest = ring.gone().unwrap_or(i64::MIN).max(last.nanos);
        Self {
            since,
            again,
            last: Some(last),
            older: Some(newest.saturating_add(if near { 0 } else { SLACK })),
            begin: None,
        }
    }

    /// A little before a line.
    pub(crate) fn before(mark: Mark) -> i64 {
        mark.nanos.saturating_sub(SLACK)
    }

    /// From when on the log has to be read.
    pub(crate) fn since(&self) -> i64 {
        self.since
    }

    /// The next line of the stream.
    pub(crate) fn judge(&mut self, mark: Mark) -> Verdict {
        if let Some(count) = self.again.get_mut(&mark).filter(|count| **count > 0) {
            *count -= 1;
            self.older = None;
            if self.last == Some(mark) {
                self.last = None;
            }
            return Verdict::Known;
        }
        let is_older = self.older.is_some_and(|newest| mark.nanos <= newest);
        if is_older || self.begin.is_some_and(|begin| mark.nanos < begin) {
            return Verdict::Known;
        }
        self.again.clear();
        (self.older, self.begin) = (None, None);
        match self.last.take() {
            Some(_) => Verdict::Missing,
            None => Verdict::New,
        }
    }
}
