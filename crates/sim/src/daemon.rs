//! An engine's state: its containers, and what it reports. Under one lock, which is never held while something is
//! waited for.
use crate::answer::Refusal;
use crate::chance::{Chance, Id};
use crate::clock;
use crate::container::{Container, Origin, State};
use crate::event::{Actor, Mounted};
use crate::exec::Exec;
use crate::feed::Feed;
use crate::filters::Filters;
use crate::later::Then;
use crate::spec::Spec;
use crate::summary::piece;
use crate::version::Version;
use crate::world::{EPHEMERAL, Image, World};
use bytes::Bytes;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// The whole list as it was sent last.
struct Listed {
    changes: u64,
    /// Nanoseconds, by the engine's clock: some status text is another one then.
    until: i64,
    bytes: Option<Bytes>,
}

/// A volume that somebody made.
#[derive(Clone, Debug)]
pub(crate) struct Volume {
    pub(crate) created: i64,
    pub(crate) labels: BTreeMap<String, String>,
}

pub(crate) struct Daemon {
    pub(crate) world: Arc<World>,
    pub(crate) engine: usize,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    /// How far its clock is ahead, in nanoseconds.
    pub(crate) ahead: i64,
    /// Oldest first.
    pub(crate) containers: Vec<Container>,
    next_number: u32,
    next_port: u16,
    pub(crate) feed: Feed,
    pub(crate) execs: HashMap<Id, Exec>,
    /// Images that came by a pull.
    pub(crate) pulled: Vec<Image>,
    /// Networks that somebody made.
    pub(crate) networks: Vec<String>,
    pub(crate) volumes: BTreeMap<String, Volume>,
    chance: Chance,
    /// Counts changes, to know whether a list is still true.
    changes: u64,
    listed: Option<Listed>,
    /// What is to be done later, for the engine to take.
    pub(crate) planned: Vec<(Duration, Then)>,
    /// Length of the label that the first container has besides its own.
    pub(crate) blob: usize,
}

impl Daemon {
    pub(crate) fn new(world: Arc<World>, engine: usize, containers: u32, running: f64, version: Version) -> Self {
        let now = clock::now();
        let mut chance = Chance::of(world.seed, u64::try_from(engine).unwrap_or(0), 0xE1);
        let mut all: Vec<Container> = (0..containers)
            .map(|number| Container::of_number(&world, engine, number, now).lived(&world, engine, running, now))
            .collect();
        all.sort_by_key(|c| c.created);
        Self {
            id: daemon_id(&mut chance),
            name: format!("sim{engine}"),
            world,
            engine,
            version,
            ahead: 0,
            containers: all,
            next_number: containers,
            next_port: EPHEMERAL,
            feed: Feed::default(),
            execs: HashMap::new(),
            pulled: Vec::new(),
            networks: Vec::new(),
            volumes: BTreeMap::new(),
            chance,
            changes: 0,
            listed: None,
            planned: Vec::new(),
            blob: 0,
        }
    }

    /// Its clock, in nanoseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        clock::now().saturating_add(self.ahead)
    }

    /// Where a container stands, by what a person or program calls it: id, name, or the id's beginning.
    pub(crate) fn find(&self, asked: &str) -> Result<usize, Refusal> {
        let bare = asked.strip_prefix('/').unwrap_or(asked);
        let place = match Id::parse(bare) {
            Some(id) => self.containers.iter().position(|c| c.id == id),
            None => self.containers.iter().position(|c| *c.name == *bare).or_else(|| {
                let is_start = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_hexdigit());
                let fits = |c: &Container| is_start && c.id.to_string().starts_with(bare);
                self.containers.iter().position(fits)
            }),
        };
        place.ok_or_else(|| Refusal::no_such_container(asked))
    }

    pub(crate) fn by_name(&self, asked: &str) -> Result<&Container, Refusal> {
        let place = self.find(asked)?;
        self.containers
            .get(place)
            .ok_or_else(|| Refusal::no_such_container(asked))
    }

    /// What a container was made as.
    pub(crate) fn spec(&self, container: &Container) -> Spec {
        container.origin.spec(&self.world, self.engine).into_owned()
    }

    /// The same with `Config` and `HostConfig`.
    pub(crate) fn full_spec(&self, container: &Container) -> Spec {
        container.origin.full_spec(&self.world, self.engine).into_owned()
    }

    pub(crate) fn new_id(&mut self) -> Id {
        self.chance.id()
    }

    /// A number for a container that nobody asked for.
    pub(crate) fn new_number(&mut self) -> u32 {
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        number
    }

    /// A port that Docker chooses.
    pub(crate) fn new_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(EPHEMERAL);
        port
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn images(&self) -> impl Iterator<Item = &Image> {
        self.pulled.iter().chain(&self.world.images)
    }

    pub(crate) fn image(&self, reference: &str) -> Option<&Image> {
        self.images().find(|image| image.is(reference))
    }

    /// Changes a container; its entry of the list is made anew.
    pub(crate) fn touch(&mut self, place: usize) -> Option<&mut Container> {
        self.changes += 1;
        let container = self.containers.get_mut(place)?;
        container.piece = None;
        Some(container)
    }

    pub(crate) fn add(&mut self, container: Container) {
        self.changes += 1;
        self.containers.push(container);
    }

    pub(crate) fn take_away(&mut self, place: usize) -> Option<Container> {
        self.changes += 1;
        (place < self.containers.len()).then(|| self.containers.remove(place))
    }

    /// Forgets every encoded entry.
    pub(crate) fn forget_pieces(&mut self) {
        self.changes += 1;
        for container in &mut self.containers {
            container.piece = None;
        }
    }

    /// Reports something about a container; yields its time.
    pub(crate) fn tell(
        &mut self,
        place: usize,
        action: impl Into<Cow<'static, str>>,
        extra: Option<(&'static str, String)>,
        exec: Option<Id>,
    ) -> i64 {
        let now = self.now();
        let Some(container) = self.containers.get(place) else {
            return now;
        };
        let actor = Actor::Container {
            id: container.id,
            name: Arc::clone(&container.name),
            origin: container.origin.clone(),
            extra: extra.map(Box::new),
            exec: exec.map(Box::new),
        };
        self.publish(action.into(), actor)
    }

    pub(crate) fn publish(&mut self, action: Cow<'static, str>, actor: Actor) -> i64 {
        let now = self.now();
        self.feed.publish(&self.world, self.engine, now, action, actor)
    }

    /// Networks and volumes of a container come and go with its process.
    pub(crate) fn tell_attached(&mut self, place: usize, up: bool) {
        let Some(container) = self.containers.get(place) else {
            return;
        };
        let (id, spec) = (container.id, self.spec(container));
        for name in &spec.networks {
            let actor = Actor::Network {
                name: name.clone(),
                container: Some(id),
            };
            self.publish(if up { "connect" } else { "disconnect" }.into(), actor);
        }
        for (name, mount) in spec.volumes() {
            let place = up.then(|| (mount.destination.clone(), mount.writable));
            let actor = Actor::Volume {
                name: name.to_owned(),
                mounted: Some(Box::new(Mounted { container: id, place })),
            };
            self.publish(if up { "mount" } else { "unmount" }.into(), actor);
        }
    }

    /// The list, newest first, with the line's end.
    pub(crate) fn list(&mut self, all: bool, filters: &Filters, limit: Option<usize>, size: bool) -> Bytes {
        let now = self.now();
        let whole = all && filters.is_empty() && limit.is_none() && !size;
        if whole
            && let Some(listed) = &self.listed
            && listed.changes == self.changes
            && now < listed.until
            && let Some(bytes) = &listed.bytes
        {
            return bytes.clone();
        }
        let all = all || limit.is_some() || filters.want_all();
        let mut next = i64::MAX;
        let mut body = Vec::with_capacity(if whole { self.containers.len() * 1200 } else { 4096 });
        body.push(b'[');
        let most = limit.unwrap_or(usize::MAX);
        let mut written = 0;
        for place in (0..self.containers.len()).rev() {
            let Some(container) = self.containers.get(place) else {
                continue;
            };
            let wanted = (all || container.state.is_up()) && filters.take(container, || self.spec(container));
            if !wanted {
                continue;
            }
            if written == most {
                break;
            }
            if written > 0 {
                body.push(b',');
            }
            written += 1;
            next = next.min(self.write_entry(place, size, now, &mut body));
        }
        body.extend_from_slice(b"]\n");
        let bytes = Bytes::from(body);
        if whole {
            // Kept when it is asked for a second time: of a fleet that is only watched, each list is asked for once.
            let again = self.listed.as_ref().is_some_and(|l| l.changes == self.changes);
            self.listed = Some(Listed {
                changes: self.changes,
                until: now.saturating_add(next.saturating_mul(clock::SECOND)),
                bytes: again.then(|| bytes.clone()),
            });
        }
        bytes
    }

    /// Writes one entry; yields after how many seconds it is another one.
    fn write_entry(&mut self, place: usize, size: bool, now: i64, body: &mut Vec<u8>) -> i64 {
        let (world, engine, blob) = (Arc::clone(&self.world), self.engine, self.blob);
        let size = size.then_some(12_345_678);
        let Some(container) = self.containers.get_mut(place) else {
            return i64::MAX;
        };
        let (status, next) = container.status(now);
        match &container.piece {
            Some(piece) if size.is_none() => piece.write(&status, body),
            _ => {
                let mut spec = container.origin.spec(&world, engine);
                if blob > 0 && place == 0 {
                    let filler = "x".repeat(blob);
                    spec.to_mut().labels.insert("com.example.blob".to_owned(), filler);
                }
                let made = piece(&world, engine, container, &spec, size);
                drop(spec);
                made.write(&status, body);
                if size.is_none() {
                    container.piece = Some(made);
                }
            }
        }
        next
    }

    /// CPUs and bytes of memory. Engines differ in size, so that a placement has something to choose from.
    pub(crate) fn size(&self) -> (i64, i64) {
        match self.engine % 4 {
            0 => (4, 8 << 30),
            1 => (8, 16 << 30),
            2 => (16, 64 << 30),
            _ => (2, 4 << 30),
        }
    }

    /// How many containers are in a state.
    pub(crate) fn count(&self, state: State) -> usize {
        self.containers.iter().filter(|c| c.state == state).count()
    }

    /// A new boot: what was only in memory is gone, containers are as they were.
    pub(crate) fn reboot(&mut self) {
        self.feed.reset();
        self.execs.clear();
        self.planned.clear();
    }
}

/// Twelve groups of four, as Docker up to 23 has it.
pub(crate) fn daemon_id(chance: &mut Chance) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let group = |chance: &mut Chance| (0..4).map(|_| char::from(chance.one_of(letters))).collect::<String>();
    let groups: Vec<String> = (0..12).map(|_| group(chance)).collect();
    groups.join(":")
}

/// Of something asked for.
pub(crate) fn asked_origin(spec: Spec) -> Origin {
    Origin::Asked(Arc::new(spec))
}
