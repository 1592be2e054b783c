//! Where a reader of a log stands, told so that it can be found again by anybody, later: after a lost connection, after a
//! restart of ours, in what another stream of the same log brings.
//!
//! Docker numbers no lines. What it says of each is its time in nanoseconds, and that is not enough: pieces of a long line
//! share one, and lines of the two outputs may stand slightly out of order. So a place is a line's time and a hash of what it
//! says, and which of the lines alike in both it is.
use serde::{Deserialize, Serialize};
use shipyard_engine::Logged;
use shipyard_model::stream::{LogLine, Output};
use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

/// How far lines may stand out of the order of their times, in nanoseconds. Both outputs of a container are read at once, and
/// what came first is not always written first; it is a matter of microseconds, unless the engine is out of breath.
pub(crate) const SLACK: i64 = 1_000_000_000;
/// Lines whose number among those alike is remembered: pieces of a long line may have lines of the other output between them.
const RECENT: usize = 32;

/// What tells lines apart, as far as they can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mark {
    /// When the line was received, in nanoseconds since 1970.
    pub(crate) nanos: i64,
    /// Of its output and text.
    hash: u64,
}

impl Mark {
    /// Of a line as an engine sent it.
    pub(crate) fn of(logged: &Logged) -> Self {
        Self {
            nanos: logged.nanos,
            hash: hash(&logged.line),
        }
    }
}

/// FNV-1a, which is the same in every version of ours and on every machine. Who writes lines that collide harms their own log.
fn hash(line: &LogLine) -> u64 {
    let output = if line.output == Output::Out { 1_u8 } else { 2 };
    std::iter::once(output)
        .chain(line.text.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// A place in a log: right after a certain line. Outside it is a text that nobody has to understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LogCursor {
    pub(crate) mark: Mark,
    /// Which of the lines with this mark it is, from 1.
    pub(crate) count: u32,
}

impl fmt::Display for LogCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}-{}", self.mark.nanos, self.mark.hash, self.count)
    }
}

impl From<LogCursor> for String {
    fn from(cursor: LogCursor) -> Self {
        cursor.to_string()
    }
}

/// A text that no log's place was ever told as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no place in a log")]
pub struct BadCursor;

impl FromStr for LogCursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().ok_or(BadCursor);
        let (nanos, hash, count) = (part()?, part()?, part()?);
        let mark = Mark {
            nanos: nanos.parse().map_err(|_| BadCursor)?,
            hash: u64::from_str_radix(hash, 16).map_err(|_| BadCursor)?,
        };
        match count.parse() {
            Ok(count @ 1..) => Ok(Self { mark, count }),
            _ => Err(BadCursor),
        }
    }
}

impl TryFrom<String> for LogCursor {
    type Error = BadCursor;

    fn try_from(text: String) -> Result<Self, BadCursor> {
        text.parse()
    }
}

/// Tells the place of each line that comes by, in the log's order.
#[derive(Debug, Default)]
pub(crate) struct Counter(VecDeque<LogCursor>);

impl Counter {
    /// The place after a line with this mark.
    pub(crate) fn after(&mut self, mark: Mark) -> LogCursor {
        let known = self.0.iter().rposition(|cursor| cursor.mark == mark);
        let before = known.and_then(|at| self.0.remove(at)).map_or(0, |cursor| cursor.count);
        let cursor = LogCursor {
            mark,
            count: before.saturating_add(1),
        };
        if self.0.len() >= RECENT {
            self.0.pop_front();
        }
        self.0.push_back(cursor);
        cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = LogCursor {
            mark: Mark {
                nanos: 1_700_000_000_000_000_001,
                hash: 7,
            },
            count: 3,
        };
        assert_eq!(cursor.to_string(), "1700000000000000001-0000000000000007-3");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in [
            "",
            "1",
            "1-2",
            "1-2-0",
            "x-2-1",
            "1-zz-1",
            "1-2-3-4",
            "--",
            "1-2-99999999999",
        ] {
            assert_eq!(bad.parse::<LogCursor>(), Err(BadCursor), "{bad}");
        }
    }

    #[test]
    fn lines_alike_are_counted_with_others_between_them() {
        let (a, b) = (Mark { nanos: 5, hash: 1 }, Mark { nanos: 7, hash: 2 });
        let mut counter = Counter::default();
        let counts = [a, a, b, a].map(|mark| counter.after(mark).count);
        assert_eq!(counts, [1, 2, 1, 3]);
    }
}
