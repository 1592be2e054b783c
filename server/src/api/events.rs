//! Server-Sent Events: what changes, told to programs as it is to pages over their sockets. A stream ends when its session
//! does, and says why in its last event.
use crate::guards::Known;
use crate::problem::Answer;
use crate::sockets::{Goodbye, Place, Watch};
use crate::state::Server;
use axum::body::{Body, Bytes};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use shipyard_model::Problem;
use shipyard_model::live::{View, ViewData};
use shipyard_yard::Feed;
use std::convert::Infallible;
use std::future::{Future, ready};
use std::io::Error;
use std::time::Duration;

/// A comment is sent this often, so that nobody between takes a quiet stream for a dead one.
const ALIVE: Duration = Duration::from_secs(15);

/// Something to tell, by its name.
pub(crate) fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default()
        .event(name)
        .data(serde_json::to_string(data).unwrap_or_default())
}

/// Why a stream ended.
#[derive(Serialize)]
struct Closed {
    code: &'static str,
}

/// A place among the account's streams, and what ends them all: the session's end, other rights, the server's stop.
fn guard(server: &Server, known: &Known) -> Result<(Place, impl Future<Output = Goodbye> + Send + use<>), Problem> {
    let place = server.sockets.take_or_refuse(known.actor.account())?;
    let (watch, draining) = (Watch::new(server, known), server.draining.clone());
    let end = async move {
        tokio::select! {
            goodbye = watch.ended() => goodbye,
            () = draining.cancelled() => Goodbye::GoingAway,
        }
    };
    Ok((place, end))
}

/// A text that goes on until its session ends or the server stops.
///
/// # Errors
/// 429 when the account has too many open.
pub(crate) fn text(
    server: &Server,
    known: &Known,
    items: impl Stream<Item = Result<String, Error>> + Send + 'static,
) -> Result<Body, Problem> {
    let (place, end) = guard(server, known)?;
    Ok(body(items, place, end))
}

/// A text that has an end, which the server waits for when it stops. The end of its session does not wait for it: whoever
/// reads slowly would go on reading what they may not any more.
///
/// # Errors
/// 429 when the account has too many open.
pub(crate) fn file<T: Into<Bytes> + Send + 'static>(
    server: &Server,
    known: &Known,
    items: impl Stream<Item = Result<T, Error>> + Send + 'static,
) -> Result<Body, Problem> {
    let place = server.sockets.take_or_refuse(known.actor.account())?;
    let watch = Watch::new(server, known);
    Ok(body(items, place, async move { watch.ended().await }))
}

#[expect(clippy::disallowed_methods, reason = "here it is watched over")]
fn body<T: Into<Bytes> + Send + 'static>(
    items: impl Stream<Item = Result<T, Error>> + Send + 'static,
    place: Place,
    end: impl Future<Output = Goodbye> + Send + 'static,
) -> Body {
    Body::from_stream(cut_off(items, end).map(move |item| {
        // Held for as long as the stream is.
        let _place = &place;
        item
    }))
}

/// What is ended from outside ends with an error, so that its connection breaks: a part must not pass for the whole.
fn cut_off<T: Send + 'static>(
    items: impl Stream<Item = Result<T, Error>> + Send + 'static,
    end: impl Future<Output = Goodbye> + Send + 'static,
) -> impl Stream<Item = Result<T, Error>> + Send + 'static {
    let (tell, told) = tokio::sync::oneshot::channel();
    let until = async move {
        let _ = tell.send(end.await);
    };
    // Nobody tells anything when the items came to their own end.
    let last = stream::once(told).filter_map(|told| ready(told.ok().map(|_| Err(Error::other("cut off")))));
    items.take_until(until).chain(last)
}

/// Sends events until they end, the session ends or the server stops; the last one is `closed` and says which.
///
/// # Errors
/// 429 when the account has too many open.
pub(crate) fn stream(
    server: &Server,
    known: &Known,
    events: impl Stream<Item = Event> + Send + 'static,
) -> Result<Response, Problem> {
    let (place, end) = guard(server, known)?;
    let (tell, told) = tokio::sync::oneshot::channel();
    let until = async move {
        let _ = tell.send(end.await);
    };
    let last = stream::once(async move {
        let code = match told.await {
            Ok(Goodbye::SignedOut) => "signed-out",
            Ok(Goodbye::Changed) => "changed",
            Ok(Goodbye::GoingAway) => "going-away",
            _ => "done",
        };
        event("closed", &Closed { code })
    });
    let all = events.take_until(until).chain(last).map(move |event| {
        let _place = &place;
        Ok::<_, Infallible>(event)
    });
    let body = Sse::new(all).keep_alive(KeepAlive::new().interval(ALIVE));
    Ok(body.into_response())
}

/// A view and what changes in it: `whole` at first, then `whole` or `patch`.
///
/// # Errors
/// 403; 429.
pub(crate) fn view(
    server: &Server,
    known: &Known,
    view: View,
    shown: impl Fn(ViewData) -> Option<Event> + Send + 'static,
) -> Result<Response, Answer> {
    view_until(server, known, view, move |data| shown(data).map(|event| (event, false)))
}

/// A view until what is shown says that it was the last.
///
/// # Errors
/// 403; 429.
pub(crate) fn view_until(
    server: &Server,
    known: &Known,
    view: View,
    shown: impl Fn(ViewData) -> Option<(Event, bool)> + Send + 'static,
) -> Result<Response, Answer> {
    let feed = server.yard.follow(&known.actor, view)?;
    // Ends with the last word, without waiting for one more; and when what it shows is not there (any more).
    let events = stream::unfold(Some((feed, shown)), |next| async {
        let (mut feed, shown) = next?;
        let (event, last) = match feed.next().await? {
            Feed::Whole(data) => shown(data)?,
            Feed::Patch(patch) => (event("patch", &patch), false),
        };
        Some((event, (!last).then_some((feed, shown))))
    });
    Ok(stream(server, known, events)?)
}

/// How often a list is looked at whose changes are not all on record: a token that was used, a delivery that was tried.
const LOOK: Duration = Duration::from_secs(3);

/// A list that is made anew whenever something was recorded, and each few seconds: `whole` at first, then whenever it differs.
///
/// # Errors
/// What the list's making fails with at first; 429.
pub(crate) async fn list<T, W>(
    server: &Server,
    known: &Known,
    make: impl Fn() -> W + Send + 'static,
) -> Result<Response, Answer>
where
    T: Serialize,
    W: Future<Output = Result<T, Problem>> + Send + 'static,
{
    let changes = server.yard.recorded_changes();
    let first = written(make().await?);
    let begun = (changes, make, first.clone());
    let later = stream::unfold(begun, |(mut changes, make, mut last)| async move {
        loop {
            tokio::select! {
                changed = changes.changed() => changed.ok()?,
                () = tokio::time::sleep(LOOK) => {}
            }
            changes.mark_unchanged();
            // What one may not see any more ends the stream; so does its session, which says why.
            let now = written(make().await.ok()?);
            if now != last {
                last = now;
                return Some((last.clone(), (changes, make, last)));
            }
        }
    });
    let events = stream::once(std::future::ready(first)).chain(later);
    let events = events.map(|text| Event::default().event("whole").data(text));
    Ok(stream(server, known, events)?)
}

fn written(list: impl Serialize) -> String {
    serde_json::to_string(&list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, future};

    fn lines(most: usize) -> impl Stream<Item = Result<usize, Error>> + Send + 'static {
        stream::iter((0..most).map(Ok))
    }

    #[tokio::test]
    async fn what_comes_to_its_own_end_is_whole() {
        let all: Vec<_> = cut_off(lines(3), future::pending()).collect().await;
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(Result::is_ok));
    }

    #[tokio::test]
    async fn who_reads_slowly_gets_no_more_after_the_end_of_the_session() {
        let (revoke, revoked) = tokio::sync::oneshot::channel();
        let mut text = Box::pin(cut_off(lines(1000), revoked.map(|_: Result<(), _>| Goodbye::SignedOut)));
        for line in 0..10 {
            assert_eq!(text.next().await.unwrap().unwrap(), line);
        }
        revoke.send(()).unwrap();
        assert!(
            text.next().await.unwrap().is_err(),
            "it does not end as if it were whole"
        );
        assert!(text.next().await.is_none());
    }
}
