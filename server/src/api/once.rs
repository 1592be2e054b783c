//! `Idempotency-Key`: a program that does not know whether its request arrived sends it again, and what it asked for
//! happens once (draft-ietf-httpapi-idempotency-key-header).
//!
//! Answers are kept in memory for a day, and until there are many newer ones; a restart of the server forgets them. What
//! failed is not kept: it did not happen, so it may be tried again. An answer that holds a secret is not kept either, for what
//! is shown once must not lie about to be shown again: of it is kept that it was given, and asking again is told so.
use crate::problem::Answer;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use shipyard_model::Problem;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const NAME: HeaderName = HeaderName::from_static("idempotency-key");
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Most answers that are kept.
const MOST: usize = 10_000;
/// Largest answer that is kept.
const LARGEST: usize = 256 * 1024;

/// The key of a request, with what it belongs to.
pub(crate) struct Key {
    key: Option<String>,
    path: String,
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Answer> {
        let path = parts.uri.path().to_owned();
        let Some(value) = parts.headers.get(NAME) else {
            return Ok(Self { key: None, path });
        };
        match value.to_str() {
            Ok(key) if (1..=255).contains(&key.len()) => Ok(Self {
                key: Some(key.to_owned()),
                path,
            }),
            _ => Err(Problem::new(
                400,
                "idempotency.key",
                "An Idempotency-Key has 1 to 255 printable ASCII characters.",
            )
            .into()),
        }
    }
}

type Place = (String, String);

enum Entry {
    /// The first request is under way.
    GoingOn(u64),
    /// It was answered.
    Done {
        digest: u64,
        status: StatusCode,
        location: Option<HeaderValue>,
        /// `None` for one that held a secret.
        body: Option<Bytes>,
        at: Instant,
    },
}

/// What is kept of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// All of it.
    Answer,
    /// That it was given: it holds a secret.
    ThatItWas,
}

/// The answers of the last day.
#[derive(Clone, Default)]
pub(crate) struct Once(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    by_place: HashMap<Place, Entry>,
    order: VecDeque<Place>,
}

impl Once {
    fn entries<T>(&self, work: impl FnOnce(&mut Entries) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does the work, or gives the answer that an account's request with the same key had.
    pub(crate) async fn run<W>(&self, account: &str, key: Key, digest: u64, work: W) -> Response
    where
        W: Future<Output = Response> + Send + 'static,
    {
        self.run_keeping(Keeps::Answer, account, key, digest, work).await
    }

    /// The same for work whose answer holds a secret: the same request again is told that it was done, and what it gave is not
    /// shown again.
    pub(crate) async fn run_secretly<W>(&self, account: &str, key: Key, digest: u64, work: W) -> Response
    where
        W: Future<Output = Response> + Send + 'static,
    {
        self.run_keeping(Keeps::ThatItWas, account, key, digest, work).await
    }

    async fn run_keeping<W>(&self, keeps: Keeps, account: &str, key: Key, digest: u64, work: W) -> Response
    where
        W: Future<Output = Response> + Send + 'static,
    {
        let Some(name) = key.key else {
            return super::to_its_end(work).await;
        };
        let place = (account.to_owned(), format!("{} {name}", key.path));
        match self.entries(|entries| entries.begin(&place, digest)) {
            Ok(None) => {}
            Ok(Some(again)) => return again,
            Err(problem) => return Answer(problem).into_response(),
        }
        let once = self.clone();
        // In one task with the work: also when nobody waits for the answer any more, it is kept.
        super::to_its_end(async move {
            let response = work.await;
            once.keep(keeps, &place, digest, response).await
        })
        .await
    }

    async fn keep(&self, keeps: Keeps, place: &Place, digest: u64, response: Response) -> Response {
        if !response.status().is_success() {
            self.entries(|entries| entries.by_place.remove(place));
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, LARGEST).await else {
            self.entries(|entries| entries.by_place.remove(place));
            return Answer(Problem::internal()).into_response();
        };
        let done = Entry::Done {
            digest,
            status: parts.status,
            location: parts.headers.get(header::LOCATION).cloned(),
            body: (keeps == Keeps::Answer).then(|| body.clone()),
            at: Instant::now(),
        };
        self.entries(|entries| entries.done(place, done));
        Response::from_parts(parts, Body::from(body))
    }
}

impl Entries {
    /// Takes a place for a request; its answer when there is one already.
    fn begin(&mut self, place: &Place, digest: u64) -> Result<Option<Response>, Problem> {
        match self.by_place.get(place) {
            Some(Entry::Done { at, .. }) if at.elapsed() > KEPT => {}
            Some(Entry::GoingOn(before) | Entry::Done { digest: before, .. }) if *before != digest => {
                return Err(Problem::new(
                    422,
                    "idempotency.other",
                    "This Idempotency-Key was sent with another request.",
                )
                .hint("Make a new key for each request that is not a repetition."));
            }
            Some(Entry::GoingOn(_)) => {
                return Err(Problem::new(
                    409,
                    "idempotency.going-on",
                    "The first request with this key is under way.",
                )
                .hint("Wait for it."));
            }
            Some(Entry::Done {
                status,
                location,
                body: Some(body),
                ..
            }) => return Ok(Some(again(*status, location.clone(), body.clone()))),
            Some(Entry::Done { location, .. }) => return Err(shown_once(location.as_ref())),
            None => {}
        }
        self.by_place.insert(place.clone(), Entry::GoingOn(digest));
        Ok(None)
    }

    fn done(&mut self, place: &Place, done: Entry) {
        self.by_place.insert(place.clone(), done);
        self.order.push_back(place.clone());
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.by_place.remove(&oldest);
            }
        }
    }
}

/// What was asked for is done, and its answer is gone for good.
fn shown_once(location: Option<&HeaderValue>) -> Problem {
    let problem = Problem::new(
        409,
        "idempotency.shown-once",
        "The first request with this key was done. Its answer held a secret, which is not shown again.",
    )
    .hint("If you do not have it, remove what was made and make another one, with another key.");
    match location.and_then(|location| location.to_str().ok()) {
        Some(location) => problem.arg("location", location),
        None => problem,
    }
}

fn again(status: StatusCode, location: Option<HeaderValue>, body: Bytes) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(location) = location {
        headers.insert(header::LOCATION, location);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key(name: &str) -> Key {
        Key {
            key: Some(name.to_owned()),
            path: "/api/v1/deploys".to_owned(),
        }
    }

    async fn run(once: &Once, account: &str, name: &str, digest: u64, status: u16, ran: &Arc<AtomicUsize>) -> u16 {
        let ran = Arc::clone(ran);
        let work = async move {
            ran.fetch_add(1, Ordering::SeqCst);
            (StatusCode::from_u16(status).unwrap(), "{}").into_response()
        };
        once.run(account, key(name), digest, work).await.status().as_u16()
    }

    #[tokio::test]
    async fn the_same_request_runs_once() {
        let (once, ran) = (Once::default(), Arc::new(AtomicUsize::new(0)));
        assert_eq!(run(&once, "ann", "k", 1, 202, &ran).await, 202);
        assert_eq!(run(&once, "ann", "k", 1, 202, &ran).await, 202);
        assert_eq!(ran.load(Ordering::SeqCst), 1);
        assert_eq!(run(&once, "ann", "k", 2, 202, &ran).await, 422, "another body");
        assert_eq!(run(&once, "bob", "k", 2, 202, &ran).await, 202, "another account");
        assert_eq!(ran.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_holds_a_secret_is_made_once_and_shown_once() {
        let (once, ran) = (Once::default(), Arc::new(AtomicUsize::new(0)));
        let run = || {
            let ran = Arc::clone(&ran);
            let work = async move {
                ran.fetch_add(1, Ordering::SeqCst);
                (StatusCode::CREATED, [(header::LOCATION, "/api/v1/hooks/1")], "hunter2").into_response()
            };
            let once = once.clone();
            async move {
                let answer = once.run_secretly("ann", key("k"), 1, work).await;
                let status = answer.status().as_u16();
                let body = to_bytes(answer.into_body(), LARGEST).await.unwrap();
                (status, String::from_utf8(body.to_vec()).unwrap())
            }
        };
        assert_eq!(run().await, (201, "hunter2".to_owned()));
        let (status, told) = run().await;
        assert_eq!(status, 409);
        assert!(told.contains("/api/v1/hooks/1") && !told.contains("hunter2"), "{told}");
        assert_eq!(ran.load(Ordering::SeqCst), 1);
        let kept = once.entries(|entries| {
            let all = entries.by_place.values();
            all.filter(|entry| matches!(entry, Entry::Done { body: Some(_), .. }))
                .count()
        });
        assert_eq!(kept, 0, "no secret stays in memory");
    }

    #[tokio::test]
    async fn what_failed_may_be_tried_again() {
        let (once, ran) = (Once::default(), Arc::new(AtomicUsize::new(0)));
        assert_eq!(run(&once, "ann", "k", 1, 409, &ran).await, 409);
        assert_eq!(run(&once, "ann", "k", 1, 202, &ran).await, 202);
    }
}
