//! Server-sent events: bytes in, events out.

/// Most bytes that one event may have. A server that sends more is broken or hostile.
const MOST: usize = 64 * 1024 * 1024;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its kind; `message` where none is given.
    pub kind: String,
    /// Its data.
    pub data: String,
}

/// Reads a stream of events, however it is cut into pieces.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    kind: String,
    data: Option<String>,
    size: usize,
}

/// An event was too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Reader {
    /// Takes a piece, and gives the events that end in it.
    ///
    /// # Errors
    /// [`TooLarge`] when an event does not end in time.
    pub fn feed(&mut self, piece: &[u8]) -> Result<Vec<Event>, TooLarge> {
        let mut events = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.size += part.len();
            if self.size > MOST {
                return Err(TooLarge);
            }
            match part.strip_suffix(b"\n") {
                None => self.buffer.extend_from_slice(part),
                Some(end) => {
                    self.buffer.extend_from_slice(end);
                    let line = std::mem::take(&mut self.buffer);
                    let line = line.strip_suffix(b"\r").unwrap_or(&line);
                    events.extend(self.line(&String::from_utf8_lossy(line)));
                }
            }
        }
        Ok(events)
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            self.size = 0;
            let kind = std::mem::take(&mut self.kind);
            let data = self.data.take()?;
            return Some(Event {
                kind: if kind.is_empty() { "message".to_owned() } else { kind },
                data,
            });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.kind),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            // A comment keeps the connection open; `id` and `retry` are for browsers.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = ": hello\n\nevent: whole\r\ndata: {\"a\":1}\r\n\r\ndata:x\ndata: y\nid: 7\n\nevent: end\n\n";

    fn want() -> Vec<Event> {
        let event = |kind: &str, data: &str| Event {
            kind: kind.to_owned(),
            data: data.to_owned(),
        };
        vec![event("whole", "{\"a\":1}"), event("message", "x\ny")]
    }

    proptest! {
        #[test]
        fn events_come_out_however_the_stream_is_cut(cuts in proptest::collection::vec(0..STREAM.len(), 0..6)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let (mut reader, mut events, mut from) = (Reader::default(), Vec::new(), 0);
            for cut in cuts.into_iter().chain([STREAM.len()]) {
                events.extend(reader.feed(STREAM.get(from..cut).unwrap().as_bytes()).unwrap());
                from = cut;
            }
            prop_assert_eq!(events, want());
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut reader = Reader::default();
        let piece = vec![b'x'; MOST / 4];
        let fed: Result<Vec<_>, _> = (0..5).map(|_| reader.feed(&piece)).collect();
        assert_eq!(fed, Err(TooLarge));
    }
}
