//! Where the log's lines come from: a socket that is opened again when it was lost, and when the container starts.
use super::Shown;
use super::log_store::{Entry, LogStore, MOST};
use crate::interop::socket::{self, Socket};
use crate::lean::prelude::*;
use crate::lean::{effect, memo};
use crate::pure::json;
use crate::pure::query::encode;
use send_wrapper::SendWrapper;
use shipyard_model::Problem;
use shipyard_model::stream::LogMessage;
use std::time::Duration;

/// Lines asked for at first.
const TAIL: u32 = 500;

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
    attempt: RwSignal<u32>,
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
        attempt: RwSignal::new(0),
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
        let from = match store.newest() {
            Some(at) => format!("since={}&tail={MOST}", at.0 + 1),
            None => format!("tail={TAIL}"),
        };
        let path = format!("/socket/logs?engine={}&name={}&{from}", encode(&engine), encode(&name));
        feed.ended.set_value(false);
        let opened = Socket::open(
            &path,
            || {},
            move |text| feed.take(&text),
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
    feed
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

    fn take(self, text: &str) {
        let Ok(message) = json::read::<LogMessage>(text) else {
            return;
        };
        if !self.answered.get_untracked() {
            self.answered.set(true);
        }
        if matches!(message, LogMessage::End | LogMessage::Failed { .. }) {
            self.ended.set_value(true);
        }
        match message {
            LogMessage::Failed { why } => self.problem.set(Some(why)),
            message if self.paused.get_untracked() => self.hold(message),
            message => self.show(message),
        }
    }

    fn show(self, message: LogMessage) {
        match message {
            LogMessage::Lines { lines } => self.store.lines(lines),
            LogMessage::Skipped { lines } => self.store.note(Entry::Skipped(lines)),
            LogMessage::End => self.store.note(Entry::Ended),
            LogMessage::Failed { why } => self.problem.set(Some(why)),
        }
    }

    /// Keeps what came in its order. A connection that is lost meanwhile goes on after the held lines, not before them.
    fn hold(self, message: LogMessage) {
        if let LogMessage::Lines { lines } = &message {
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

    /// The socket closed: tried again, unless the log ended and nothing runs that could write more.
    fn lost(self, alive: Memo<bool>, code: u16) {
        let ended = self.ended.try_get_value().unwrap_or(true);
        if !ended || alive.try_get_untracked() == Some(true) {
            self.again(socket::wait(code));
        }
    }

    fn again(self, wait: Duration) {
        let next = move || {
            let _ = self.attempt.try_update(|n| *n = n.wrapping_add(1));
        };
        set_timeout(next, wait);
    }
}

/// How many lines a message brings.
fn lines_of(message: &LogMessage) -> usize {
    match message {
        LogMessage::Lines { lines } => lines.len(),
        _ => 0,
    }
}
