//! A follower, and all that it told.
use crate::lab;
use shipyard_engine::{EngineEvent, Follower, Heartbeat, Update, follow};
use shipyard_model::{Container, ContainerId, EngineAddress, EngineId, Problem};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// What was told so far.
pub(crate) struct Watch {
    updates: mpsc::Receiver<(EngineId, Update)>,
    pub(crate) follower: Follower,
    pub(crate) containers: BTreeMap<ContainerId, Container>,
    pub(crate) events: Vec<EngineEvent>,
    pub(crate) up: bool,
    /// How often it came up.
    pub(crate) ups: usize,
    pub(crate) down: Option<Problem>,
    pub(crate) pongs: usize,
}

impl Watch {
    /// Follows an address.
    pub(crate) fn of(address: EngineAddress) -> Self {
        let (sender, updates) = mpsc::channel(16);
        let credentials = address.is_tls().then(lab::credentials);
        let follower = follow(EngineId::new("e1"), address, credentials, &Heartbeat::default(), sender);
        Self {
            updates,
            follower,
            containers: BTreeMap::new(),
            events: Vec::new(),
            up: false,
            ups: 0,
            down: None,
            pongs: 0,
        }
    }

    fn take(&mut self, update: Update) {
        match update {
            Update::Up { containers, .. } => {
                self.containers = containers
                    .into_iter()
                    .map(|c| (c.id.clone(), Container::clone(&c)))
                    .collect();
                (self.up, self.down, self.ups) = (true, None, self.ups + 1);
            }
            Update::Changes { put, gone, events } => {
                self.events.extend(events);
                self.containers
                    .extend(put.into_iter().map(|c| (c.id.clone(), Container::clone(&c))));
                for id in gone {
                    self.containers.remove(&id);
                }
            }
            Update::Pong { .. } => self.pongs += 1,
            Update::Down { why, .. } => (self.up, self.down) = (false, Some(why)),
        }
    }

    /// Takes updates until something is so; fails after a time. Yields how long it took.
    pub(crate) async fn until(&mut self, within: Duration, what: &str, so: impl Fn(&Self) -> bool) -> Duration {
        let begun = Instant::now();
        while !so(self) {
            let left = within.saturating_sub(begun.elapsed());
            match tokio::time::timeout(left, self.updates.recv()).await {
                Ok(Some((_, update))) => self.take(update),
                Ok(None) => panic!("the follower ended while waiting: {what}"),
                Err(_) => panic!("not within {within:?}: {what}; up {}, down {:?}", self.up, self.down),
            }
        }
        begun.elapsed()
    }

    /// Takes what comes for a time.
    pub(crate) async fn listen(&mut self, time: Duration) {
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                Some((_, update)) = self.updates.recv() => self.take(update),
            }
        }
    }

    /// The containers whose name has a prefix, by name.
    pub(crate) fn named(&self, prefix: &str) -> BTreeMap<String, Container> {
        by_name(self.containers.values().cloned(), prefix)
    }

    /// The container of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Container> {
        self.containers.values().find(|c| c.name == name)
    }

    /// Whether an event of this kind and action came about something whose name or image contains a text.
    pub(crate) fn heard(&self, kind: &str, action: &str, about: &str) -> bool {
        self.events
            .iter()
            .any(|e| e.kind == kind && e.action == action && (e.name.contains(about) || e.image.contains(about)))
    }
}

/// Containers whose name has a prefix, by name.
pub(crate) fn by_name(containers: impl IntoIterator<Item = Container>, prefix: &str) -> BTreeMap<String, Container> {
    containers
        .into_iter()
        .filter(|c| c.name.starts_with(prefix))
        .map(|c| (c.name.clone(), c))
        .collect()
}
