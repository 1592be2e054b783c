//! The log lines that a page keeps: bounded, in chunks, so that new lines touch only the last chunk and old ones leave
//! a chunk at a time.
use crate::lean::prelude::*;
use crate::pure::ansi::{self, Span};
use shipyard_model::Millis;
use shipyard_model::stream::{LogLine, Output};
use std::collections::VecDeque;
use std::sync::Arc;

/// So many lines are kept.
pub const MOST: usize = 5000;
const CHUNK: usize = 200;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its number, rising by one.
    pub number: u64,
    /// What it is.
    pub entry: Entry,
}

/// What an entry of the log is.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A line.
    Line {
        /// When Docker received it.
        at: Option<Millis>,
        /// Whether it is of standard error.
        error: bool,
        /// Its text in pieces of one style.
        spans: Vec<Span>,
        /// Its text alone.
        plain: String,
    },
    /// Lines that were left out.
    Skipped(u64),
    /// Lines are missing, nobody knows how many.
    Gap,
    /// The log ended.
    Ended,
}

impl Kept {
    /// Whether a filter lets it through; notes always pass, for what they say is true of the rest too.
    pub fn passes(&self, filter: &str) -> bool {
        match &self.entry {
            Entry::Line { plain, .. } => ansi::holds(plain, filter),
            _ => true,
        }
    }
}

/// Up to 200 entries.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Number of its first entry.
    pub first: u64,
    /// The entries.
    pub entries: ArcRwSignal<Vec<Arc<Kept>>>,
}

/// The kept lines.
#[derive(Clone, Copy)]
pub struct LogStore {
    /// The chunks, oldest first.
    pub chunks: RwSignal<VecDeque<Chunk>>,
    /// How many entries came, ever.
    pub arrived: RwSignal<u64>,
    kept: StoredValue<usize>,
    newest: StoredValue<Option<Millis>>,
}

impl LogStore {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            chunks: RwSignal::default(),
            arrived: RwSignal::new(0),
            kept: StoredValue::new(0),
            newest: StoredValue::new(None),
        }
    }

    /// Adds lines.
    pub fn lines(self, lines: Vec<LogLine>) {
        self.saw(&lines);
        self.add(lines.into_iter().map(|line| {
            let spans = ansi::spans(&line.text);
            let plain = ansi::plain(&spans);
            Entry::Line {
                at: line.at,
                error: line.output == Output::Err,
                spans,
                plain,
            }
        }));
    }

    /// Knows of lines, whether they are shown yet or not.
    pub fn saw(self, lines: &[LogLine]) {
        if let Some(at) = lines.iter().filter_map(|line| line.at).max() {
            self.newest.set_value(Some(at));
        }
    }

    /// Adds a note, unless the same stands at the end already.
    pub fn note(self, entry: Entry) {
        let last = self.chunks.with_untracked(|chunks| {
            let chunk = chunks.back()?;
            chunk.entries.with_untracked(|entries| entries.last().cloned())
        });
        if last.is_none_or(|last| last.entry != entry) {
            self.add([entry].into_iter());
        }
    }

    fn add(self, new: impl Iterator<Item = Entry>) {
        let mut number = self.arrived.get_untracked();
        let mut fresh: Vec<Arc<Kept>> = new
            .map(|entry| {
                number += 1;
                Arc::new(Kept { number, entry })
            })
            .collect();
        // A batch larger than what is kept is cut before it is drawn.
        fresh.drain(..fresh.len().saturating_sub(MOST));
        let mut kept = self.kept.get_value() + fresh.len();
        let room = self.chunks.with_untracked(|chunks| {
            let last = chunks.back()?;
            let room = CHUNK.saturating_sub(last.entries.with_untracked(Vec::len));
            Some((last.entries.clone(), room.min(fresh.len())))
        });
        if let Some((entries, room)) = room.filter(|(_, room)| *room > 0) {
            let fit: Vec<_> = fresh.drain(..room).collect();
            entries.update(|entries| entries.extend(fit));
        }
        if !fresh.is_empty() || kept > MOST {
            self.chunks.update(|chunks| {
                for part in fresh.chunks(CHUNK) {
                    let first = part.first().map_or(0, |entry| entry.number);
                    let entries = ArcRwSignal::new(part.to_vec());
                    chunks.push_back(Chunk { first, entries });
                }
                while kept > MOST
                    && let Some(old) = chunks.pop_front()
                {
                    kept -= old.entries.with_untracked(Vec::len);
                }
            });
        }
        self.kept.set_value(kept);
        self.arrived.set(number);
    }

    /// Forgets all lines; what came is still known, so that a new connection does not bring it again.
    pub fn clear(self) {
        self.chunks.update(VecDeque::clear);
        self.kept.set_value(0);
    }

    /// When the newest line came, shown or held back.
    pub fn newest(self) -> Option<Millis> {
        self.newest.try_get_value().flatten()
    }

    /// All kept lines as text, with their times.
    pub fn text(self, time: impl Fn(Millis) -> String) -> String {
        let mut out = String::new();
        self.chunks.with_untracked(|chunks| {
            for chunk in chunks {
                chunk.entries.with_untracked(|entries| {
                    for kept in entries {
                        if let Entry::Line { at, plain, .. } = &kept.entry {
                            if let Some(at) = at {
                                out.push_str(&time(*at));
                                out.push(' ');
                            }
                            out.push_str(plain);
                            out.push('\n');
                        }
                    }
                });
            }
        });
        out
    }
}

impl Default for LogStore {
    fn default() -> Self {
        Self::new()
    }
}
