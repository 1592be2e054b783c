//! Hooks: activity is sent to other programs, as far as the account that answers for a hook may read it at that moment.
//!
//! Each hook that is on has one sender, which goes through the log from where the hook has come to, one record after the
//! other. How far it has come is written together with what became of a delivery, so that a kill loses none; one that was
//! sent just before it is sent again, under the same id.
mod check;
mod manage;
mod message;
mod sender;
mod tries;

use crate::accounts::Accounts;
use crate::open::OpenError;
use crate::{Inner, Yard};
use shipyard_courier::{Allowed, Courier, Trust};
use shipyard_model::Problem;
use shipyard_model::activity::{ActivityRecord, ActivitySubject};
use shipyard_model::hook::Hook;
use shipyard_model::page::Happening;
use shipyard_store::{HookRecord, HookShelf, Store};
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

/// Reports of Docker that wait for a hook: as many as the time line has. The oldest gives way.
const WAITING: usize = 200;
/// The program's name for receivers.
const AGENT: &str = concat!("Shipyard/", env!("CARGO_PKG_VERSION"));

/// What the operator says of hooks.
#[derive(Clone, Debug, Default)]
pub struct HookSettings {
    /// The address by which people reach this Shipyard, so that receivers can tell several apart.
    pub public_url: String,
    /// Plain HTTP, to others than this machine.
    pub allow_plain: bool,
    /// Addresses of private networks and of this machine.
    pub allow_private: bool,
    /// A file of authorities (PEM) that receivers may have their certificates of, besides the system's.
    pub authority: Option<PathBuf>,
}

/// The hooks and their senders.
pub(crate) struct Hooks {
    shelf: HookShelf,
    courier: Courier,
    public_url: String,
    list: RwLock<HashMap<String, Entry>>,
    /// Held while one is changed, so that two changes do not undo each other.
    changing: tokio::sync::Mutex<()>,
}

struct Entry {
    watched: Arc<Watched>,
    /// Ends with the entry; there is none while the hook is off.
    _sender: Option<AbortOnDropHandle<()>>,
}

/// A hook as it was last changed.
struct Watched {
    record: HookRecord,
    state: Arc<State>,
}

/// What goes on when a hook is changed.
#[derive(Default)]
struct State {
    /// The newest record of the log that it is done with.
    cursor: AtomicU64,
    /// Held during a try: one at a time.
    turn: tokio::sync::Mutex<()>,
    /// Told when somebody sent again what waits.
    again: Notify,
    reports: Mutex<Reports>,
}

/// What Docker reported and is to be sent, oldest first. It is in memory, as in the time line.
#[derive(Default)]
struct Reports {
    /// The newest list that was looked at.
    seen: Option<Arc<VecDeque<Arc<Happening>>>>,
    /// Each with the id of its delivery.
    waiting: VecDeque<(String, ActivityRecord)>,
}

impl State {
    fn new(cursor: u64) -> Arc<Self> {
        let state = Self::default();
        state.cursor.store(cursor, Ordering::Release);
        Arc::new(state)
    }

    fn reports<T>(&self, work: impl FnOnce(&mut Reports) -> T) -> T {
        work(&mut self.reports.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Watched {
    fn hook(&self) -> &Hook {
        &self.record.hook
    }
}

impl Hooks {
    pub(crate) async fn open(store: &Store, settings: &HookSettings) -> Result<Self, OpenError> {
        let trust = match &settings.authority {
            Some(file) => Trust::file(file).map_err(OpenError::Hooks)?,
            None => Trust::default(),
        };
        let allowed = Allowed {
            plain: settings.allow_plain,
            private: settings.allow_private,
        };
        let shelf = store.hooks();
        let mut list = HashMap::new();
        for (record, cursor) in shelf.all().await? {
            let state = State::new(cursor);
            // What Docker reports from the first moment on is news.
            state.reports(|reports| reports.seen = Some(Arc::default()));
            let id = record.hook.id.clone();
            let watched = Arc::new(Watched { record, state });
            list.insert(id, Entry { watched, _sender: None });
        }
        Ok(Self {
            shelf,
            courier: Courier::new(allowed, trust, AGENT),
            public_url: settings.public_url.clone(),
            list: RwLock::new(list),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// Sends nothing any more. What is under way is sent again by the next start.
    pub(crate) fn stop(&self) {
        self.list.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn find(&self, id: &str) -> Result<Arc<Watched>, Problem> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let found = list.get(id).map(|entry| Arc::clone(&entry.watched));
        found.ok_or_else(|| Problem::not_found("hook", id))
    }

    fn all(&self) -> Vec<Arc<Watched>> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        list.values().map(|entry| Arc::clone(&entry.watched)).collect()
    }

    /// Records up to `end`, and reports, that hooks which are on have still to look at or to send.
    pub(crate) fn backlog(&self, end: u64) -> u64 {
        let all = self.all().into_iter().filter(|watched| watched.hook().enabled);
        let waits = |watched: Arc<Watched>| {
            let records = end.saturating_sub(watched.state.cursor.load(Ordering::Acquire));
            let reports = watched.state.reports(|reports| reports.waiting.len());
            records.saturating_add(u64::try_from(reports).unwrap_or(u64::MAX))
        };
        all.map(waits).fold(0, u64::saturating_add)
    }

    fn forget(&self, id: &str) {
        self.list.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

impl Yard {
    /// Records and reports that hooks have still to look at or to send.
    pub(crate) fn hook_backlog(&self) -> u64 {
        let end = *self.recorded_changes().borrow();
        self.inner.hooks.backlog(end)
    }

    /// Begins to send for all hooks that are on.
    pub(crate) fn start_hooks(&self) {
        for watched in self.inner.hooks.all() {
            self.watch(watched, false);
        }
    }

    /// Puts a hook as it is now into the list; its sender begins anew. `at_once`: what waits for its next try is tried now,
    /// and has its whole time again.
    fn watch(&self, watched: Arc<Watched>, at_once: bool) {
        let id = watched.hook().id.clone();
        let work = watched
            .hook()
            .enabled
            .then(|| sender::run(Arc::downgrade(&self.inner), Arc::clone(&watched), at_once));
        let sender = work.map(|work| AbortOnDropHandle::new(tokio::spawn(work)));
        let entry = Entry {
            watched,
            _sender: sender,
        };
        let mut list = self.inner.hooks.list.write().unwrap_or_else(PoisonError::into_inner);
        list.insert(id, entry);
    }

    /// Turns a hook off by itself, and says why. Its own sender calls it, as its last act: it ends within.
    async fn hook_stopped(&self, watched: &Arc<Watched>, why: Problem) {
        let hooks = &self.inner.hooks;
        let _turn = hooks.changing.lock().await;
        if !hooks
            .find(&watched.hook().id)
            .is_ok_and(|now| Arc::ptr_eq(&now, watched))
        {
            return;
        }
        let mut record = watched.record.clone();
        tracing::warn!(hook = record.hook.id, code = why.code, "a hook turned itself off");
        record.hook.enabled = false;
        record.hook.stopped = Some(why.clone());
        if let Err(error) = hooks.shelf.put(&record, None).await {
            tracing::error!(%error, "that a hook is off cannot be written");
        }
        if let Err(error) = hooks.shelf.settle(&record.hook.id).await {
            tracing::warn!(%error, "deliveries of a hook that is off still say that they are tried again");
        }
        let subject = ActivitySubject::new("hook", record.hook.name.clone());
        self.inner.activity.by_itself("hook.stop", subject, &why);
        let state = Arc::clone(&watched.state);
        self.watch(Arc::new(Watched { record, state }), false);
    }
}

impl Inner {
    /// The account that answers for a hook, as a machine that may do what is needed to send; else why it sends nothing.
    fn maker(&self, record: &HookRecord) -> Result<crate::Actor, Problem> {
        let accounts: &Accounts = &self.accounts;
        accounts
            .machine_of(&record.hook.by, record.maker_since, &record.hook.id, |rights| rights)
            .filter(check::may_send)
            .ok_or_else(|| check::maker_problem(&record.hook.by))
    }
}
