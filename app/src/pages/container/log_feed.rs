//! Where the log's lines come from: a socket that is opened again when it was lost, and when the container starts. It goes on
//! at the place that came with the last lines, so that none comes twice and none is missing.
use super::Shown;
use super::log_store::{Entry, LogStore, MOST};
use crate::interop::socket::{self, Socket};
use crate::lean::prelude::*;
use crate::lean::{effect, memo};
use crate::live::{self, Link};
use crate::pure::json;
use crate::pure::query::encode;
use send_wrapper::SendWrapper;
use shipyard_model::stream::LogMessage;
use shipyard_model::{ContainerId, Problem};
use std::time::Duration;

/// Lines asked for at first.
const TAIL: u32 = 500;
/// A connection that stood so long without a word of failure is a good one.
const GOOD: Duration = Duration::from_secs(1);

/// The state of the feed.
#[derive(Clone, Copy)]
pub struct Feed {
    /// Why the log cannot be read.
    pub problem: RwSignal<Option<Problem>>,
    /// Whether the reader holds the lines back.
    pub paused: RwSignal<bool>,
    /// Whether the server has said anything yet.
    pub answered: RwSignal<bool>,
    /// So many lines are held back.
    pub held: RwSignal<usize>,
    waiting: StoredValue<Vec<LogMessage>>,
    store: LogStore,
    ended: StoredValue<bool>,
    /// The place after the newest line, and the container whose log it is.
    place: StoredValue<Option<(ContainerId, String)>>,
    /// The container that is read.
    read: StoredValue<Option<ContainerId>>,
    attempt: RwSignal<u32>,
    /// Attempts since something came.
    failures: StoredValue<u32>,
}

/// Feeds the store as long as the page lives.
pub fn feed(shown: Shown, store: LogStore) -> Feed {
    let feed = Feed {
        problem: RwSignal::new(None),
        paused: RwSignal::new(false),
        answered: RwSignal::new(false),
        held: RwSignal::new(0),
        waiting: StoredValue::new(Vec::new()),
        store,
        ended: StoredValue::new(false),
        place: StoredValue::new(None),
        read: StoredValue::new(None),
        attempt: RwSignal::new(0),
        failures: StoredValue::new(0),
    };
    let socket = StoredValue::new(SendWrapper::new(None::<Socket>));
    let alive = memo(move || {
        shown
            .row
            .with(|row| row.as_ref().is_some_and(|row| row.state.is_alive()))
    });
    effect(move || {
        feed.attempt.track();
        let (engine, name) = (shown.engine.get(), shown.name.get());
        let id = container(shown);
        // A container that took the place of another has a log of its own.
        let place = feed.place.get_value().filter(|(of, _)| id.as_ref() == Some(of));
        feed.read.set_value(id);
        let from = match (place, store.newest()) {
            (Some((_, cursor)), _) => format!("after={cursor}&tail={MOST}"),
            (None, Some(at)) => format!("since={}&tail={MOST}", at.0 + 1),
            (None, None) => format!("tail={TAIL}"),
        };
        let path = format!("/socket/logs?engine={}&name={}&{from}", encode(&engine), encode(&name));
        feed.ended.set_value(false);
        let opened = Socket::open(
            &path,
            move || feed.opened(),
            move |text| feed.take(shown, &text),
            move |code| feed.lost(alive, code),
        );
        socket.set_value(SendWrapper::new(opened));
    });
    Effect::new(move |before: Option<bool>| {
        let now = alive.get();
        if now && before == Some(false) && feed.ended.get_value() {
            feed.again(Duration::ZERO);
        }
        now
    });
    let link = live::link();
    Effect::new(move |before: Option<bool>| {
        let now = link.get() == Link::Live;
        // The server is there again, or the network: what of the log's connection is not known yet.
        if now && before == Some(false) && !feed.ended.get_value() {
            feed.again(Duration::ZERO);
        }
        now
    });
    feed
}

/// The container that the page shows.
fn container(shown: Shown) -> Option<ContainerId> {
    shown
        .row
        .with_untracked(|row| row.as_ref().map(|row| row.at.id.clone()))
}

impl Feed {
    /// Holds the lines back, or lets those go on that came meanwhile.
    pub fn pause(self) {
        self.paused.update(|paused| *paused = !*paused);
        if !self.paused.get_untracked() {
            let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
            waiting.into_iter().for_each(|message| self.show(message));
            self.held.set(0);
        }
    }

    fn take(self, shown: Shown, text: &str) {
        let Ok(message) = json::read::<LogMessage>(text) else {
            return;
        };
        if !self.answered.get_untracked() {
            self.answered.set(true);
        }
        if matches!(message, LogMessage::End | LogMessage::Failed { .. }) {
            self.ended.set_value(true);
        }
        if let LogMessage::Lines {
            cursor: Some(cursor), ..
        } = &message
            && let Some(id) = self.read.get_value().or_else(|| container(shown))
        {
            self.place.set_value(Some((id, cursor.clone())));
        }
        if !matches!(message, LogMessage::Failed { .. }) {
            self.well();
        }
        match message {
            LogMessage::Failed { why } => self.problem.set(Some(why)),
            message if self.paused.get_untracked() => self.hold(message),
            message => self.show(message),
        }
    }

    fn show(self, message: LogMessage) {
        match message {
            LogMessage::Lines { lines, .. } => self.store.lines(lines),
            LogMessage::Gap => self.store.note(Entry::Gap),
            LogMessage::Skipped { lines } => self.store.note(Entry::Skipped(lines)),
            LogMessage::End => self.store.note(Entry::Ended),
            LogMessage::Failed { why } => self.problem.set(Some(why)),
        }
    }

    /// Keeps what came in its order. A connection that is lost meanwhile goes on after the held lines, not before them.
    fn hold(self, message: LogMessage) {
        if let LogMessage::Lines { lines, .. } = &message {
            self.store.saw(lines);
        }
        let mut held: usize = 0;
        self.waiting.update_value(|waiting| {
            waiting.push(message);
            held = waiting.iter().map(lines_of).sum();
            // The oldest go whole, as long as enough stays.
            let mut gone = 0;
            for message in waiting.iter() {
                let rest = held.saturating_sub(lines_of(message));
                if rest < MOST {
                    break;
                }
                (held, gone) = (rest, gone + 1);
            }
            waiting.drain(..gone);
        });
        self.held.set(held);
    }

    /// The log is read again: what was said of it before is over.
    fn well(self) {
        self.failures.set_value(0);
        if self.problem.with_untracked(Option::is_some) {
            self.problem.set(None);
        }
    }

    /// The socket stands. What cannot be read is told at once; of a log that nothing is written to, nothing is.
    fn opened(self) {
        let turn = self.attempt.get_untracked();
        let good = move || {
            let same = self.attempt.try_get_untracked() == Some(turn);
            if same && self.ended.try_get_value() == Some(false) {
                self.well();
            }
        };
        set_timeout(good, GOOD);
    }

    /// The socket closed: tried again, unless the log ended and nothing runs that could write more.
    fn lost(self, alive: Memo<bool>, code: u16) {
        let ended = self.ended.try_get_value().unwrap_or(true);
        if ended && alive.try_get_untracked() != Some(true) {
            return;
        }
        let failures = self.failures.try_get_value().unwrap_or_default();
        self.failures
            .try_update_value(|failures| *failures = failures.saturating_add(1));
        self.again(wait(code, failures));
    }

    /// Opens the socket anew after a while, unless that was done meanwhile.
    fn again(self, wait: Duration) {
        let turn = self.attempt.try_get_untracked();
        let next = move || {
            if self.attempt.try_get_untracked() == turn {
                let _ = self.attempt.try_update(|n| *n = n.wrapping_add(1));
            }
        };
        set_timeout(next, wait);
    }
}

/// How long to wait before the next try: full jitter, so that the readers of one log do not all come back in one moment, and
/// longer each time.
fn wait(code: u16, failures: u32) -> Duration {
    if code == socket::SIGNED_OUT {
        return socket::wait(code);
    }
    let most = f64::from(1000_u32 << failures.min(4)).min(14_500.0);
    Duration::from_millis((500.0 + js_sys::Math::random() * most) as u64)
}

/// How many lines a message brings.
fn lines_of(message: &LogMessage) -> usize {
    match message {
        LogMessage::Lines { lines, .. } => lines.len(),
        _ => 0,
    }
}
