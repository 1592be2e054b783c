//! `GET /containers/{id}/logs`. A log is a function of time: one line for each second since the container was made, as far
//! as it ran then. So what was logged is known without being kept, and is the same after a restart.
use crate::answer::{Answer, Refusal, stream};
use crate::chance::Id;
use crate::clock::{self, SECOND};
use crate::engine::Engine;
use crate::serve::Call;
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream as streams;
use http::header::HeaderValue;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Lines that Docker still has: older ones were rotated away.
const KEPT: i64 = 10_000;
/// Every so many lines, one goes to the error output.
const ERRORS: i64 = 8;
/// About the size of a piece of the fire hose.
const PIECE: usize = 64 * 1024;
/// Time between two pieces of a hose that has a rate.
const BEAT: Duration = Duration::from_millis(20);

/// How lines are written for one reader.
#[derive(Clone)]
struct Style {
    id: Id,
    tty: bool,
    stamps: bool,
    out: bool,
    err: bool,
}

impl Style {
    /// Appends a line with its number and time.
    fn write(&self, number: i64, at: i64, to: &mut BytesMut) {
        let error = number % ERRORS == ERRORS - 1;
        if !self.tty && ((error && !self.err) || (!error && !self.out)) {
            return;
        }
        let text = line(self.id, number);
        let end: &[u8] = if self.tty { b"\r\n" } else { b"\n" };
        let stamp = if self.stamps {
            clock::stamp(at) + " "
        } else {
            String::new()
        };
        if !self.tty {
            let length = u32::try_from(stamp.len() + text.len() + end.len()).unwrap_or(u32::MAX);
            to.put_slice(&[if error { 2 } else { 1 }, 0, 0, 0]);
            to.put_u32(length);
        }
        to.put_slice(stamp.as_bytes());
        to.put_slice(text.as_bytes());
        to.put_slice(end);
    }
}

/// What a container logs as the line of a number.
pub(crate) fn line(id: Id, number: i64) -> String {
    let status = if number % ERRORS == ERRORS - 1 { 500 } else { 200 };
    let (path, took) = (id.number().wrapping_add(number.unsigned_abs()) % 977, number % 83);
    format!("line {number}: GET /api/items/{path} {status} in {took} ms")
}

/// Numbers of the lines that there are of a container: from, and to without it.
fn range(created: i64, until: i64) -> (i64, i64) {
    let count = ((until - created) / SECOND).max(0);
    ((count - KEPT).max(0), count)
}

/// When a line is logged.
fn time(created: i64, number: i64) -> i64 {
    created + (number + 1) * SECOND
}

pub(super) fn logs(call: &Call) -> Result<Answer, Refusal> {
    let query = &call.query;
    let (out, err) = (query.is_on("stdout"), query.is_on("stderr"));
    if !out && !err {
        return Err(Refusal::new(400, "Bad parameters: you must choose at least one stream"));
    }
    let engine = Arc::clone(&call.engine);
    let (id, created, until, run, tty, up, version) = engine.with(|daemon| {
        let container = daemon.by_name(&call.about)?;
        let up = container.state.is_up();
        let until = match (up, container.run) {
            (true, _) => daemon.now(),
            (false, 0) => container.created,
            (false, _) => container.finished,
        };
        let tty = daemon.spec(container).tty;
        Ok::<_, Refusal>((
            container.id,
            container.created,
            until,
            container.run,
            tty,
            up,
            daemon.version,
        ))
    })?;
    let style = Style {
        id,
        tty,
        stamps: query.is_on("timestamps"),
        out,
        err,
    };
    let (mut first, end) = range(created, until);
    if let Some(since) = query.get("since").and_then(clock::asked) {
        // The first line that is not before it.
        let lines_before = (since - created + SECOND - 1).div_euclid(SECOND) - 1;
        first = first.max(lines_before.clamp(0, end));
    }
    if let Some(tail) = query
        .get("tail")
        .and_then(|text| text.parse::<i64>().ok())
        .filter(|n| *n >= 0)
    {
        first = first.max(end - tail);
    }
    let mut past = BytesMut::new();
    for number in first..end {
        style.write(number, time(created, number), &mut past);
    }
    let kind = version.at_least(42).then(|| {
        HeaderValue::from_static(if tty {
            "application/vnd.docker.raw-stream"
        } else {
            "application/vnd.docker.multiplexed-stream"
        })
    });
    let past = (!past.is_empty()).then(|| past.freeze());
    if !query.is_on("follow") || !up {
        return Ok(stream(kind, streams::iter(past.map(Ok))));
    }
    let follow = Follow {
        engine,
        style,
        created,
        run,
        next: end,
        past,
    };
    let items = streams::unfold(follow, |mut follow| async move {
        let piece = follow.piece().await?;
        Some((Ok(piece), follow))
    });
    Ok(stream(kind, items))
}

struct Follow {
    engine: Arc<Engine>,
    style: Style,
    created: i64,
    run: u32,
    next: i64,
    past: Option<Bytes>,
}

impl Follow {
    /// The next piece; `None` when the container has ended.
    async fn piece(&mut self) -> Option<Bytes> {
        if let Some(past) = self.past.take() {
            return Some(past);
        }
        loop {
            let (now, up) = self.engine.with(|daemon| {
                let same = |c: &&crate::container::Container| c.id == self.style.id && c.run == self.run;
                let up = daemon.containers.iter().find(same).is_some_and(|c| c.state.is_up());
                (daemon.now(), up)
            });
            if !up {
                return None;
            }
            match self.engine.shared.hose.load(Ordering::Relaxed) {
                0 => {}
                u64::MAX => {
                    tokio::task::yield_now().await;
                    return Some(self.burst(now, usize::MAX));
                }
                rate => {
                    tokio::time::sleep(BEAT).await;
                    let lines = usize::try_from(rate / 50).unwrap_or(usize::MAX).max(1);
                    return Some(self.burst(now, lines));
                }
            }
            let due = time(self.created, self.next);
            if due <= now {
                let mut piece = BytesMut::new();
                self.style.write(self.next, due, &mut piece);
                self.next += 1;
                if !piece.is_empty() {
                    return Some(piece.freeze());
                }
                continue;
            }
            let wait = Duration::from_nanos(u64::try_from(due - now).unwrap_or(0));
            let changed = self.engine.changed.notified();
            // Woken early when the container may have ended.
            let _ = tokio::time::timeout(wait, changed).await;
        }
    }

    /// Lines of this moment, at most a piece.
    fn burst(&mut self, now: i64, lines: usize) -> Bytes {
        let mut piece = BytesMut::with_capacity(PIECE + 256);
        let mut written = 0;
        while piece.len() < PIECE && written < lines {
            self.style
                .write(self.next, now + i64::try_from(written).unwrap_or(0), &mut piece);
            self.next += 1;
            written += 1;
        }
        piece.freeze()
    }
}
