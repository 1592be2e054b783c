//! `/socket/live`: the views that a page shows, and what changes in them.
//!
//! Each subscription is a feed that is asked for its next state only after the one before has left: a slow browser is
//! given the newest state, and nothing waits in line for it. A table that is scrolled through moves the window of its feed.
use super::AsyncTalk;
use super::watch::Watch;
use super::wire::{Goodbye, Wire};
use crate::guards::SignedIn;
use crate::state::Server;
use axum::extract::{OriginalUri, State, WebSocketUpgrade};
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Abortable, BoxFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::HeaderMap;
use shipyard_model::Problem;
use shipyard_model::live::{ToBrowser, ToServer, View};
use shipyard_yard::{Feed, Mover, ViewFeed};
use std::collections::HashMap;

/// Most views that one page follows at once.
const MOST: usize = 64;

/// Opens the socket.
pub(crate) async fn open(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let build = server.site.build().to_owned();
    super::open(server, known, upgrade, &headers, &uri, Live { build })
}

/// The talk of a live socket.
struct Live {
    build: String,
}

impl AsyncTalk for Live {
    async fn run(self, wire: &mut Wire, watch: &Watch) -> Goodbye {
        let mut follows = Follows::default();
        let mut step = wire.send(&ToBrowser::Hello { build: self.build }).await;
        while step.is_ok() {
            step = tokio::select! {
                text = wire.text() => match text {
                    Ok(text) => obey(&text, &mut follows, wire, watch).await,
                    Err(goodbye) => Err(goodbye),
                },
                (sub, item, feed) = follows.next() => match item {
                    Some(item) => {
                        let sent = wire.send(&frame(sub, item)).await;
                        follows.wait_for(sub, feed);
                        sent
                    }
                    None => {
                        follows.forget(sub);
                        Ok(())
                    }
                },
            };
        }
        step.err().unwrap_or(Goodbye::Done)
    }
}

fn frame(sub: u32, item: Feed) -> ToBrowser {
    match item {
        Feed::Whole(data) => ToBrowser::Whole { sub, data },
        Feed::Patch(patch) => ToBrowser::Patch { sub, patch },
    }
}

/// Does what the browser asks for.
async fn obey(text: &str, follows: &mut Follows, wire: &mut Wire, watch: &Watch) -> Result<(), Goodbye> {
    let Ok(frame) = serde_json::from_str(text) else {
        return Err(Goodbye::Nonsense);
    };
    watch.in_use().await;
    match frame {
        ToServer::Unsubscribe { sub } => {
            follows.forget(sub);
            Ok(())
        }
        ToServer::Subscribe { sub, view } => match follow(sub, view, follows, watch) {
            Ok(()) => Ok(()),
            Err(why) => {
                follows.forget(sub);
                wire.send(&ToBrowser::Failed { sub, why }).await
            }
        },
    }
}

fn follow(sub: u32, view: View, follows: &mut Follows, watch: &Watch) -> Result<(), Problem> {
    if follows.moved(sub, &view) {
        return Ok(());
    }
    if !follows.has_room_for(sub) {
        let problem = Problem::new(
            429,
            "socket.subscriptions",
            format!("This page follows {MOST} views at once."),
        );
        return Err(problem.arg("most", MOST).hint("Reload the page."));
    }
    let feed = watch.yard().follow(watch.actor(), view)?;
    follows.wait_for(sub, feed);
    Ok(())
}

/// A subscription's number, its next state (`None` at its end), and the feed to ask for the one after.
type Next = (u32, Option<Feed>, ViewFeed);

/// The subscriptions of one page, each waiting for its next state.
#[derive(Default)]
struct Follows {
    waiting: FuturesUnordered<Abortable<BoxFuture<'static, Next>>>,
    handles: HashMap<u32, (AbortHandle, Option<Mover>)>,
}

impl Follows {
    fn has_room_for(&self, sub: u32) -> bool {
        self.handles.len() < MOST || self.handles.contains_key(&sub)
    }

    /// Whether what the number stands for shows the view from now on, being another window of it.
    fn moved(&self, sub: u32, view: &View) -> bool {
        let mover = self.handles.get(&sub).and_then(|(_, mover)| mover.as_ref());
        mover.is_some_and(|mover| mover.take(view))
    }

    /// Waits for a feed's next state, in place of what the number stood for before.
    fn wait_for(&mut self, sub: u32, mut feed: ViewFeed) {
        let (handle, registration) = AbortHandle::new_pair();
        let mover = feed.mover();
        let next = async move {
            let item = feed.next().await;
            (sub, item, feed)
        };
        self.waiting.push(Abortable::new(next.boxed(), registration));
        if let Some((before, _)) = self.handles.insert(sub, (handle, mover)) {
            before.abort();
        }
    }

    fn forget(&mut self, sub: u32) {
        if let Some((handle, _)) = self.handles.remove(&sub) {
            handle.abort();
        }
    }

    /// The next state of any of them; waits for ever while there is none. May be cancelled.
    async fn next(&mut self) -> Next {
        loop {
            match self.waiting.next().await {
                Some(Ok(next)) => return next,
                // Forgotten or replaced.
                Some(Err(_)) => {}
                None => std::future::pending::<()>().await,
            }
        }
    }
}
