//! What can be wrong with an engine. All of it can be set and taken back while the engine runs.
use crate::answer::{Answer, Body, of_json, pieces};
use crate::route::Route;
use crate::tls::Shown;
use crate::version::Version;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Something that is wrong with an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Each request is answered so much later.
    Delay(Duration),
    /// Connections are taken and nothing is ever said on them, those that are open included.
    Hang,
    /// On what is open nothing flows any more, and nobody is told. New connections are well.
    HalfOpen,
    /// Nobody listens: a connection is refused. What is open stays.
    Refuse,
    /// What is open ends now: in order, or with a reset.
    Drop {
        /// With a reset.
        reset: bool,
    },
    /// Answers are not what they should be: to one call, or to all.
    Answer {
        /// What is wrong with them.
        how: Misanswer,
        /// To which call; `None` for all.
        route: Option<Route>,
    },
    /// It shows another certificate, to new connections.
    Certificate(Shown),
    /// It starts anew: all connections end, its events are forgotten. Containers run on. It may come back as another
    /// Docker.
    Restart {
        /// With another version.
        version: Option<Version>,
    },
    /// Its clock is off by so many milliseconds.
    Clock(i64),
    /// It says that it is another engine: its `ID`.
    DaemonId(String),
    /// Its oldest container has a label of so many bytes.
    Blob(usize),
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misanswer {
    /// It is a page of HTML that says it is JSON.
    NotJson,
    /// Texts are numbers, numbers are texts, lists are objects.
    WrongTypes,
    /// It has so many bytes, and is right otherwise.
    Giant(u64),
    /// It never ends.
    Endless,
    /// Nothing comes after its head.
    Stall,
    /// The connection ends in its middle.
    Cut,
    /// So many bytes of it come in a second.
    Drip(u64),
    /// It is this status, with a Docker-like sentence.
    Status(u16),
}

/// What is wrong with one engine at the moment, as far as its answers go.
#[derive(Default)]
pub(crate) struct Faults {
    delay_us: AtomicU64,
    /// Whether there is a misanswer, to be asked without a lock.
    wrong: AtomicBool,
    answer: Mutex<Option<(Misanswer, Option<Route>)>>,
    /// New connections are held at once.
    pub(crate) hang: AtomicBool,
    shown: Mutex<Shown>,
}

impl Faults {
    pub(crate) fn set_delay(&self, delay: Duration) {
        let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        self.delay_us.store(micros, Ordering::Relaxed);
    }

    pub(crate) fn delay(&self) -> Option<Duration> {
        let micros = self.delay_us.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }

    pub(crate) fn set_answer(&self, answer: Option<(Misanswer, Option<Route>)>) {
        self.wrong.store(answer.is_some(), Ordering::SeqCst);
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    pub(crate) fn misanswer(&self, asked: Route) -> Option<Misanswer> {
        if !self.wrong.load(Ordering::Relaxed) {
            return None;
        }
        let answer = *self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer
            .filter(|(_, route)| route.is_none_or(|r| r == asked))
            .map(|(how, _)| how)
    }

    pub(crate) fn show(&self, shown: Shown) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = shown;
    }

    pub(crate) fn shown(&self) -> Shown {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call's answer has no end of its own: it must not be waited for.
fn is_stream(route: Route) -> bool {
    matches!(
        route,
        Route::Events | Route::Logs | Route::Stats | Route::Wait | Route::ExecStart | Route::Pull
    )
}

/// Makes an answer wrong.
pub(crate) async fn spoil(answer: Answer, how: Misanswer, route: Route) -> Answer {
    let (mut head, body) = answer.into_parts();
    let bytes = if is_stream(route) {
        Bytes::from_static(b"{\"Type\":\"container\",\"Action\":\"start\"}\n")
    } else {
        // Made from bytes that are there: it does not fail, and is not waited for.
        body.collect().await.map(|all| all.to_bytes()).unwrap_or_default()
    };
    let body = match how {
        Misanswer::NotJson => {
            return of_json(StatusCode::OK, "<html><body>It works!</body></html>\n");
        }
        Misanswer::WrongTypes => return of_json(StatusCode::OK, twisted(&bytes)),
        Misanswer::Status(code) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return of_json(
                status,
                json!({"message": "something is wrong with this engine"}).to_string(),
            );
        }
        Misanswer::Giant(size) => swollen(&bytes, Some(size)),
        Misanswer::Endless => swollen(&bytes, None),
        Misanswer::Stall => pieces(stream::pending()),
        Misanswer::Cut => {
            let half = bytes.slice(..bytes.len() / 2);
            let cut = io::Error::other("cut in the middle");
            pieces(stream::iter([Ok(half), Err(cut)]))
        }
        Misanswer::Drip(rate) => dripping(bytes, rate),
    };
    head.headers.remove(http::header::CONTENT_LENGTH);
    Response::from_parts(head, body)
}

/// The same with other types everywhere; garbage where it is no JSON.
fn twisted(bytes: &[u8]) -> Vec<u8> {
    let value: Value = serde_json::from_slice(bytes).unwrap_or(json!(["?"]));
    serde_json::to_vec(&twist(value)).unwrap_or_default()
}

fn twist(value: Value) -> Value {
    match value {
        Value::Null => json!([]),
        Value::Bool(_) => json!("perhaps"),
        Value::Number(number) => json!(number.to_string()),
        Value::String(text) => json!(text.len()),
        Value::Array(items) => {
            let items = items.into_iter().enumerate();
            Value::Object(
                items
                    .map(|(at, item)| (at.to_string(), twist(item)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Object(fields) => fields.into_iter().map(|(key, field)| (key, twist(field))).collect(),
    }
}

/// An answer made large: its entries again and again where it is a list, else with a text that goes on. With an end, it can
/// be read.
fn swollen(bytes: &Bytes, size: Option<u64>) -> Body {
    let entries = bytes
        .strip_prefix(b"[")
        .and_then(|b| b.strip_suffix(b"]\n"))
        .filter(|b| !b.is_empty());
    let (start, more, end) = match entries {
        Some(entries) => {
            let mut more = BytesMut::from(&b","[..]);
            more.extend_from_slice(entries);
            (
                Bytes::from([b"[", entries].concat()),
                more.freeze(),
                Bytes::from_static(b"]\n"),
            )
        }
        None => (
            Bytes::from_static(b"{\"filler\":\""),
            Bytes::from(vec![b'x'; 64 * 1024]),
            Bytes::from_static(b"\"}\n"),
        ),
    };
    let most = size.unwrap_or(u64::MAX);
    let parts = (Some(start), more, Some(end), 0_u64);
    pieces(stream::unfold(
        parts,
        move |(mut start, more, mut end, sent)| async move {
            let next = match start.take() {
                Some(start) => start,
                None if sent < most => more.clone(),
                None => end.take()?,
            };
            // So that one connection does not keep a thread for itself.
            tokio::task::yield_now().await;
            let sent = sent.saturating_add(u64::try_from(next.len()).unwrap_or(0));
            Some((Ok(next), (start, more, end, sent)))
        },
    ))
}

fn dripping(bytes: Bytes, rate: u64) -> Body {
    const PAUSE: Duration = Duration::from_millis(100);
    let drop = usize::try_from(rate / 10).unwrap_or(usize::MAX).max(1);
    pieces(stream::unfold(bytes, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
        let piece = left.split_to(drop.min(left.len()));
        Some((Ok(piece), left))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_twisted() {
        let twisted = twisted(br#"[{"Id":"abc","Created":5,"Labels":{"a":true},"Ports":null}]"#);
        let text = String::from_utf8(twisted).unwrap();
        assert_eq!(
            text,
            r#"{"0":{"Created":"5","Id":3,"Labels":{"a":"perhaps"},"Ports":[]}}"#
        );
    }

    #[tokio::test]
    async fn a_giant_list_is_a_list() {
        let body = swollen(&Bytes::from_static(b"[{\"Id\":1}]\n"), Some(1000));
        let bytes = body.collect().await.unwrap().to_bytes();
        let read: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        assert!(bytes.len() >= 1000 && read.len() > 90);
    }
}
