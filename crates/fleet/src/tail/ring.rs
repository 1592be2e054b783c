//! The newest lines of one log, numbered as they came, and readers' places in them. Bounded; what is old goes, whoever has
//! not read it.
use super::cursor::{Counter, LogCursor, Mark};
use super::join::Overlap;
use shipyard_engine::Logged;
use shipyard_model::stream::LogLine;
use std::collections::VecDeque;
use std::sync::Arc;

/// What a line costs besides its text: itself, its place, and the allocations of both.
const LINE: usize = 128;

/// A line of the ring.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The line, shared with who is being told it.
    pub(crate) line: Arc<LogLine>,
    /// The place after it.
    pub(crate) cursor: LogCursor,
    /// Lines are missing right before it, nobody knows how many.
    pub(crate) gap: bool,
}

/// The newest lines.
#[derive(Debug)]
pub(crate) struct Ring {
    kept: VecDeque<Kept>,
    /// The number of the oldest one.
    first: u64,
    bytes: usize,
    most: usize,
    counter: Counter,
    /// The newest time of what has gone.
    gone: Option<i64>,
}

impl Ring {
    /// An empty one that keeps so many bytes, and one line at least.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            first: 0,
            bytes: 0,
            most,
            counter: Counter::default(),
            gone: None,
        }
    }

    /// Takes the next line of the log.
    pub(crate) fn push(&mut self, logged: Logged, gap: bool) {
        let cursor = self.counter.after(Mark::of(&logged));
        self.bytes += logged.line.text.len() + LINE;
        self.kept.push_back(Kept {
            line: Arc::new(logged.line),
            cursor,
            gap,
        });
        while self.bytes > self.most
            && self.kept.len() > 1
            && let Some(old) = self.kept.pop_front()
        {
            self.first += 1;
            self.bytes = self.bytes.saturating_sub(old.line.text.len() + LINE);
            self.gone = self.gone.max(Some(old.cursor.mark.nanos));
        }
    }

    /// The number of the oldest line.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The number that the next line will have.
    pub(crate) fn head(&self) -> u64 {
        self.first + u64::try_from(self.kept.len()).unwrap_or(u64::MAX)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The newest time of the lines that have gone.
    pub(crate) fn gone(&self) -> Option<i64> {
        self.gone
    }

    /// The newest line.
    pub(crate) fn last(&self) -> Option<&Kept> {
        self.kept.back()
    }

    /// The lines from a number on, or from the oldest where that one has gone.
    pub(crate) fn from(&self, number: u64) -> impl DoubleEndedIterator<Item = &Kept> {
        let at = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.kept.range(at.min(self.kept.len())..)
    }

    /// The number of the first line, from a number on, that is of a moment or later; [`Ring::head`] if there is none.
    pub(crate) fn since(&self, from: u64, nanos: i64) -> u64 {
        let from = from.max(self.first);
        let before = self.from(from).take_while(|kept| kept.cursor.mark.nanos < nanos);
        from + u64::try_from(before.count()).unwrap_or(u64::MAX)
    }

    /// The number of the line after a place, if it is here.
    pub(crate) fn find(&self, cursor: &LogCursor) -> Option<u64> {
        let at = self.kept.iter().rposition(|kept| kept.cursor == *cursor)?;
        Some(self.first + u64::try_from(at).ok()? + 1)
    }
}

/// The most that a reader is given at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    /// Lines.
    pub(crate) lines: usize,
    /// Bytes of text, and one line more.
    pub(crate) bytes: usize,
}

/// What a reader is given.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// So many lines have gone before it came to them.
    Missed(u64),
    /// Lines are missing, nobody knows how many.
    Gap,
    /// Lines, and the place after them.
    Lines(Vec<Arc<LogLine>>, LogCursor),
}

/// A reader's place in a ring: all that it costs beside what it is given.
#[derive(Debug)]
pub(crate) struct Position {
    /// The number of its next line.
    at: u64,
    /// Lines from there on that it was told already.
    pub(crate) overlap: Overlap,
    /// The line before which a gap was told.
    gap_told: Option<u64>,
}

impl Position {
    /// Before the line of a number.
    pub(crate) fn at(number: u64, overlap: Overlap) -> Self {
        Self {
            at: number,
            overlap,
            gap_told: None,
        }
    }

    /// How many lines wait for it.
    pub(crate) fn waiting(&self, ring: &Ring) -> u64 {
        ring.head().saturating_sub(self.at)
    }

    /// Passes over lines that it was told already, as far as they have come. For a past that is still being read, so a line
    /// that was not told yet may be one of those that will be.
    pub(crate) fn settle(&mut self, ring: &Ring) {
        if !self.overlap.is_settled() {
            return;
        }
        self.at += self.overlap.forget(ring.first().saturating_sub(self.at));
        if self.at < ring.first() {
            return;
        }
        for kept in ring.from(self.at) {
            if !self.overlap.has(kept.cursor.mark) {
                break;
            }
            self.overlap.is_told(kept.cursor.mark);
            self.at += 1;
        }
    }

    /// What comes next, if anything has come.
    pub(crate) fn take(&mut self, ring: &Ring, most: Most) -> Option<Piece> {
        if self.at < ring.first() {
            let gone = ring.first() - self.at;
            self.at = ring.first();
            let missed = gone - self.overlap.forget(gone);
            if missed > 0 {
                return Some(Piece::Missed(missed));
            }
        }
        let (mut lines, mut bytes, mut cursor) = (Vec::new(), 0, None);
        for kept in ring.from(self.at) {
            if lines.len() >= most.lines || bytes >= most.bytes {
                break;
            }
            if !self.overlap.is_told(kept.cursor.mark) {
                if kept.gap && self.gap_told != Some(self.at) {
                    if lines.is_empty() {
                        self.gap_told = Some(self.at);
                        return Some(Piece::Gap);
                    }
                    break;
                }
                bytes += kept.line.text.len();
                lines.push(Arc::clone(&kept.line));
                cursor = Some(kept.cursor);
            }
            self.at += 1;
        }
        cursor.map(|cursor| Piece::Lines(lines, cursor))
    }
}
