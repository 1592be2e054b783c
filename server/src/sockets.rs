//! Sockets: what all of them share. Each opens for a signed-in account from one of our own pages, ends when its session
//! ends, answers pings, and holds up nobody but its own reader.
pub(crate) mod exec;
pub(crate) mod live;
pub(crate) mod logs;
mod relay;
pub(crate) mod stats;
mod watch;
mod wire;

use crate::guards::Known;
use crate::problem::{Answer, cross_origin};
use crate::state::Server;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Uri, header};
use shipyard_model::Problem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
pub(crate) use watch::Watch;
pub(crate) use wire::Goodbye;
use wire::Wire;

/// Most sockets of one account at once.
const MOST: usize = 64;
/// Largest message that a browser may send.
const MESSAGE: usize = 64 * 1024;

/// Opens a socket for an account and lets `talk` have it until the session, the server or the talk ends.
pub(crate) fn open(
    server: Server,
    known: Known,
    upgrade: WebSocketUpgrade,
    headers: &HeaderMap,
    uri: &Uri,
    talk: impl AsyncTalk,
) -> Response {
    // A program says who it is by what it shows; no page can send that along with a socket.
    let is_program = headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::ORIGIN);
    if !is_program && !server.names.may_open_socket(headers, uri) {
        return Answer(cross_origin()).into_response();
    }
    let place = match server.sockets.take_or_refuse(known.actor.account()) {
        Ok(place) => place,
        Err(problem) => return Answer(problem).into_response(),
    };
    upgrade
        .max_message_size(MESSAGE)
        .max_frame_size(MESSAGE)
        .on_upgrade(move |socket| async move {
            let _place = place;
            let watch = Watch::new(&server, &known);
            let mut wire = Wire::new(socket);
            let goodbye = tokio::select! {
                goodbye = talk.run(&mut wire, &watch) => goodbye,
                goodbye = watch.ended() => goodbye,
                () = server.draining.cancelled() => Goodbye::GoingAway,
            };
            wire.close(goodbye).await;
        })
}

/// What is said over a socket.
pub(crate) trait AsyncTalk: Send + 'static {
    /// Talks until there is nothing more to say.
    fn run(self, wire: &mut Wire, watch: &Watch) -> impl Future<Output = Goodbye> + Send;
}

/// Open sockets, by account.
#[derive(Clone, Default)]
pub(crate) struct Sockets(Arc<Mutex<HashMap<String, usize>>>);

impl Sockets {
    fn take(&self, account: &str) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(account.to_owned()).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Place {
            sockets: self.clone(),
            account: account.to_owned(),
        })
    }

    /// A place for one more.
    ///
    /// # Errors
    /// 429 when the account has too many.
    pub(crate) fn take_or_refuse(&self, account: &str) -> Result<Place, Problem> {
        self.take(account).ok_or_else(|| {
            let told = format!("Your account has {MOST} live connections open.");
            let problem = Problem::new(429, "socket.too-many", told).arg("most", MOST);
            problem.hint("Close pages that you do not need.")
        })
    }

    /// How many are open.
    pub(crate) fn count(&self) -> u32 {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        u32::try_from(open.values().sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// Waits until all have said goodbye, at most so long.
    pub(crate) async fn all_closed(&self, most: Duration) {
        let began = tokio::time::Instant::now();
        while began.elapsed() < most && !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A socket's place among those of its account, given back when it is dropped.
pub(crate) struct Place {
    sockets: Sockets,
    account: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.sockets.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_so_many_sockets_and_gets_places_back() {
        let sockets = Sockets::default();
        let mut places: Vec<_> = (0..MOST).map(|_| sockets.take("a").unwrap()).collect();
        assert!(sockets.take("a").is_none());
        assert!(sockets.take("b").is_some(), "another account is not held up");
        places.pop();
        assert!(sockets.take("a").is_some());
        places.clear();
        assert!(sockets.0.lock().unwrap().is_empty());
    }
}
