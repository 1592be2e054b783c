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
    /// The ring's newest line when the past was begun: what stands before it in the past is no part of this.
    last: Option<Mark>,
    /// Older lines are not in the ring beyond the reader's place.
    floor: i64,
}

impl Overlap {
    /// For a past that is about to be read, and a reader's place at the end of a ring. An empty ring will have nothing that
    /// is older than `floor`.
    pub(crate) fn begin(ring: &Ring, floor: i64) -> Self {
        let last = ring.last().map(|kept| kept.cursor.mark);
        Self {
            told: VecDeque::new(),
            floor: last.map_or(floor, |mark| mark.nanos.saturating_sub(SLACK)),
            last,
        }
    }

    /// A line of the past, in its order.
    pub(crate) fn note(&mut self, mark: Mark) {
        if self.last == Some(mark) {
            // One that is alike may come once more, and then is noted in vain: it does no harm.
            self.last = None;
            self.told.clear();
        } else if mark.nanos >= self.floor {
            if self.told.len() >= TOLD && !self.is_settled() {
                self.told.pop_front();
            }
            self.told.push_back(mark);
        }
    }

    /// Whether a line of the ring, from the reader's place on in its order, was told.
    pub(crate) fn is_told(&mut self, mark: Mark) -> bool {
        match self.told.iter().position(|told| *told == mark) {
            Some(at) => {
                self.told.drain(..=at);
                true
            }
            // What comes after a line that is new is new as well.
            None => {
                self.told.clear();
                false
            }
        }
    }

    /// Whether a line is one of those that were told.
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.told.contains(&mark)
    }

    /// Whether all that is here stands after the ring's newest line of then.
    pub(crate) fn is_settled(&self) -> bool {
        self.last.is_none()
    }

    /// Whether the ring has to come nearer before more is read: whoever reads a past does not get far ahead of it.
    pub(crate) fn is_full(&self) -> bool {
        self.is_settled() && self.told.len() >= TOLD
    }

    /// Lines of the ring from the reader's place on have gone: how many of them were told.
    pub(crate) fn forget(&mut self, gone: u64) -> u64 {
        let told = usize::try_from(gone).unwrap_or(usize::MAX).min(self.told.len());
        drop(self.told.drain(..told));
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
    /// What the ring has not any more comes first, and up to this time.
    gone: Option<i64>,
    /// With nothing in the ring: the log's newest line when its tail began.
    anchor: Option<Mark>,
}

/// What a line of a stream is that was opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It came before.
    Known,
    /// It is new.
    New,
    /// It is new, and the newest known line did not come before it: lines between them may be missing.
    Missing,
}

impl Known {
    /// For a stream that shall go on after a ring's newest line; or, with an empty one, from a log's newest line `anchor` on.
    pub(crate) fn of(ring: &Ring, anchor: Option<Mark>) -> Self {
        let Some(last) = ring.last().map(|kept| kept.cursor.mark) else {
            return Self {
                since: anchor.map_or(0, Self::before),
                again: HashMap::new(),
                last: None,
                gone: None,
                anchor,
            };
        };
        // From where the ring has all, unless the engine's clock was set back since.
        let complete = ring.gone().map_or(i64::MIN, |nanos| nanos.saturating_add(1));
        let since = last.nanos.saturating_sub(SLACK).max(complete.min(last.nanos));
        let mut again = HashMap::new();
        for kept in ring.from(ring.since(ring.first(), since)) {
            *again.entry(kept.cursor.mark).or_insert(0) += 1;
        }
        Self {
            since,
            again,
            last: Some(last),
            gone: ring.gone().filter(|gone| *gone >= since),
            anchor: None,
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
            self.gone = None;
            if self.last == Some(mark) {
                self.last = None;
            }
            return Verdict::Known;
        }
        if self.gone.is_some_and(|gone| mark.nanos <= gone) {
            return Verdict::Known;
        }
        self.gone = None;
        self.again.clear();
        let came_late = self.anchor.take().is_some_and(|anchor| mark.nanos > anchor.nanos);
        if self.last.take().is_some() || came_late {
            Verdict::Missing
        } else {
            Verdict::New
        }
    }
}
