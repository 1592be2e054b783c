//! Cuts a container's log into lines.
//!
//! Without a terminal Docker sends frames: eight bytes of header (output, length), then a piece of log. With one it sends
//! the bare bytes. The Docker client's own decoder keeps a whole frame or line in memory, however long the engine makes
//! it; this one never holds more than one piece of a line.
use shipyard_model::Millis;
use shipyard_model::stream::{LogLine, Output};

/// The longest text of one line; what is longer becomes several.
const LINE: usize = 16 * 1024;
/// Docker's timestamp and the space after it come on top.
const STAMP: usize = 40;

/// A line, and where it stands in time as exactly as Docker says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Nanoseconds since 1970: the line's own, or for a further piece of a long line those of its beginning; 0 where nothing
    /// said when. Lines of one moment may share them, and those of two outputs may be slightly out of order.
    pub nanos: i64,
    /// The line.
    pub line: LogLine,
}

/// Turns bytes into lines. Feed it with [`LogDecoder::push`], end it with [`LogDecoder::finish`].
pub(crate) struct LogDecoder {
    tty: bool,
    header: Vec<u8>,
    /// Bytes of the current frame still to come.
    left: usize,
    output: Output,
    line: Vec<u8>,
    other: Vec<u8>,
    /// When the newest line of this output, and of the other one, was received.
    nanos: i64,
    other_nanos: i64,
}

impl LogDecoder {
    pub(crate) fn new(tty: bool) -> Self {
        Self {
            tty,
            header: Vec::new(),
            left: 0,
            output: Output::Out,
            line: Vec::new(),
            other: Vec::new(),
            nanos: 0,
            other_nanos: 0,
        }
    }

    /// Takes the next bytes, yields the lines that they complete.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Vec<Logged> {
        let mut lines = Vec::new();
        if self.tty {
            self.text(bytes, &mut lines);
            return lines;
        }
        while !bytes.is_empty() {
            if self.left == 0 {
                bytes = self.head(bytes);
                continue;
            }
            let (piece, rest) = bytes.split_at(self.left.min(bytes.len()));
            self.left -= piece.len();
            bytes = rest;
            self.text(piece, &mut lines);
            if self.left == 0 {
                // Each frame is one message of the log driver; a partial one has no line end.
                self.end_line(&mut lines);
            }
        }
        lines
    }

    /// The last line, if it has no end.
    pub(crate) fn finish(mut self) -> Vec<Logged> {
        let mut lines = Vec::new();
        self.end_line(&mut lines);
        self.switch();
        self.end_line(&mut lines);
        lines
    }

    fn switch(&mut self) {
        std::mem::swap(&mut self.line, &mut self.other);
        std::mem::swap(&mut self.nanos, &mut self.other_nanos);
        self.output = if self.output == Output::Out {
            Output::Err
        } else {
            Output::Out
        };
    }

    fn head<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let (piece, rest) = bytes.split_at((8 - self.header.len()).min(bytes.len()));
        self.header.extend_from_slice(piece);
        if let [kind, _, _, _, a, b, c, d] = *self.header.as_slice() {
            self.left = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            let output = if kind == 2 { Output::Err } else { Output::Out };
            if output != self.output {
                self.switch();
            }
            self.header.clear();
        }
        rest
    }

    fn text(&mut self, mut bytes: &[u8], lines: &mut Vec<Logged>) {
        while !bytes.is_empty() {
            let room = (LINE + STAMP).saturating_sub(self.line.len());
            let window = bytes.get(..room.min(bytes.len())).unwrap_or(bytes);
            let end = window.iter().position(|b| *b == b'\n');
            let (piece, rest) = bytes.split_at(end.unwrap_or(window.len()));
            self.line.extend_from_slice(piece);
            bytes = rest;
            if end.is_some() {
                bytes = rest.get(1..).unwrap_or_default();
                self.finished(true, lines);
            } else if self.line.len() >= LINE + STAMP {
                self.finished(false, lines);
            }
        }
    }

    fn end_line(&mut self, lines: &mut Vec<Logged>) {
        if !self.line.is_empty() {
            self.finished(true, lines);
        }
    }

    fn finished(&mut self, whole: bool, lines: &mut Vec<Logged>) {
        let mut bytes = std::mem::take(&mut self.line);
        if !whole {
            // A character that is cut in two waits for its rest.
            let cut = character_start(&bytes);
            self.line = bytes.split_off(cut);
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_suffix('\r').unwrap_or(&text);
        let (at, text) = match text.split_once(' ') {
            Some((stamp, rest)) => match crate::event::parse_nanos(stamp) {
                Some(at) => (Some(at), rest),
                None => (None, text),
            },
            None => match crate::event::parse_nanos(text) {
                Some(at) => (Some(at), ""),
                None => (None, text),
            },
        };
        let nanos = at.unwrap_or(self.nanos);
        self.nanos = nanos;
        let (at, output) = (at.map(|nanos| Millis(nanos / 1_000_000)), self.output);
        lines.extend(pieces(text).map(|text| Logged {
            nanos,
            line: LogLine {
                at,
                output,
                text: text.to_owned(),
            },
        }));
    }
}

/// Where a character begins that is not complete at the end of the bytes; their length if all are.
fn character_start(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
        _ => bytes.len(),
    }
}

/// A text in pieces of at most [`LINE`] bytes (replacement characters make a text longer than its bytes were).
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        if text.len() <= LINE {
            return Some(text);
        }
        let (piece, after) = text.split_at(text.floor_char_boundary(LINE));
        rest = Some(after);
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(kind: u8, text: &str) -> Vec<u8> {
        let mut bytes = vec![kind, 0, 0, 0];
        bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend(text.as_bytes());
        bytes
    }

    #[test]
    fn frames_and_terminals_are_told_apart() {
        let mut bytes = frame(1, "2024-01-02T03:04:05.678901234Z hello world\n");
        bytes.extend(frame(2, "2024-01-02T03:04:05.678901234Z oops\n"));
        let lines = LogDecoder::new(false).push(&bytes);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].line.text, "hello world");
        assert_eq!(lines[0].line.at, Some(Millis(1_704_164_645_678)));
        assert_eq!(lines[0].nanos, 1_704_164_645_678_901_234);
        assert_eq!(
            (lines[1].line.output, lines[1].line.text.as_str()),
            (Output::Err, "oops")
        );

        let mut tty = LogDecoder::new(true);
        assert_eq!(
            tty.push(b"2024-01-02T03:04:05Z \x1b[31mred\r\nrest")[0].line.text,
            "\u{1b}[31mred"
        );
        assert_eq!(tty.finish()[0].line.text, "rest");
    }

    #[test]
    fn a_line_without_end_is_cut_and_not_kept() {
        let mut tty = LogDecoder::new(true);
        let mut longest = 0;
        for _ in 0..100 {
            for line in tty.push(&[b'x'; 10_000]) {
                longest = longest.max(line.line.text.len());
            }
            assert!(tty.line.len() <= LINE + STAMP);
        }
        assert!(longest <= LINE && longest > LINE / 2);
        // A frame that claims four gigabytes is no reason to wait for them.
        let mut framed = LogDecoder::new(false);
        framed.push(&[1, 0, 0, 0, 255, 255, 255, 255]);
        assert!(!framed.push(&vec![b'y'; 100_000]).is_empty());
    }

    #[test]
    fn a_further_piece_stands_where_its_line_began() {
        let mut bytes = frame(1, &format!("2024-01-02T03:04:05.000000007Z {}", "x".repeat(2 * LINE)));
        bytes.extend(frame(2, "2024-01-02T03:04:05.000000009Z oops\n"));
        let lines = LogDecoder::new(false).push(&bytes);
        let places: Vec<_> = lines.iter().map(|l| (l.nanos % 1000, l.line.at.is_some())).collect();
        assert_eq!(places, [(7, true), (7, true), (7, false), (9, true)]);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            texts in prop::collection::vec(("[a-zé ]{0,40}", 1u8..3), 0..20),
            cuts in prop::collection::vec(1usize..50, 1..50),
        ) {
            let bytes: Vec<u8> = texts.iter().flat_map(|(t, k)| frame(*k, &format!("{t}\n"))).collect();
            let whole = LogDecoder::new(false).push(&bytes);
            let mut decoder = LogDecoder::new(false);
            let (mut pieces, mut rest) = (Vec::new(), bytes.as_slice());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                pieces.extend(decoder.push(piece));
                rest = after;
            }
            pieces.extend(decoder.finish());
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn any_bytes_are_borne(tty: bool, chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20)) {
            let mut decoder = LogDecoder::new(tty);
            for chunk in chunks {
                prop_assert!(decoder.push(&chunk).iter().all(|l| l.line.text.len() <= LINE));
            }
        }
    }
}
