//! One container: what stays, and what changes while it lives.
use crate::chance::{Chance, Id};
use crate::clock::{MINUTE, SECOND, human};
use crate::spec::Spec;
use crate::summary::Piece;
use crate::world::World;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Docker's word for what a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, never started.
    Created,
    /// Runs.
    Running,
    /// Frozen.
    Paused,
    /// Ended.
    Exited,
}

impl State {
    /// Docker's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Exited => "exited",
        }
    }

    /// Whether there is a process.
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// What a health check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing yet.
    Starting,
    /// Content.
    Healthy,
    /// Not content.
    Unhealthy,
}

impl Health {
    /// Docker's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// What a container is in truth, to compare with what somebody thinks it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// All 64 digits.
    pub id: String,
    /// Without a slash.
    pub name: String,
    /// What it does.
    pub state: State,
    /// What its health check says; `None` without one, and while it does not run.
    pub health: Option<Health>,
    /// How it ended the last time; 0 for one that never did.
    pub exit_code: i32,
    /// The image as it was asked for.
    pub image: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Nanoseconds since 1970, by the engine's clock.
    pub created: i64,
    /// Networks that it is in.
    pub networks: Vec<String>,
}

/// How a container came to be. Its specification is without `Config` and `HostConfig` unless these are asked for.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// It stood there at the beginning, or the load made it: its number says all.
    Number(u32),
    /// Somebody asked for it.
    Asked(Arc<Spec>),
}

impl Origin {
    pub(crate) fn spec(&self, world: &World, engine: usize) -> Cow<'_, Spec> {
        match self {
            Self::Number(number) => Cow::Owned(world.spec(engine, *number)),
            Self::Asked(spec) => Cow::Borrowed(spec),
        }
    }

    /// The same with `Config` and `HostConfig`.
    pub(crate) fn full_spec(&self, world: &World, engine: usize) -> Cow<'_, Spec> {
        match self {
            Self::Number(number) => Cow::Owned(world.full_spec(engine, *number)),
            Self::Asked(spec) => Cow::Borrowed(spec),
        }
    }

    /// Whether it shall be removed when it ends.
    pub(crate) fn is_removed_at_its_end(&self) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Asked(spec) => spec.host_config.get("AutoRemove").is_some_and(|v| v == true),
        }
    }
}

/// One container.
pub(crate) struct Container {
    pub(crate) id: Id,
    pub(crate) name: Arc<str>,
    pub(crate) origin: Origin,
    pub(crate) created: i64,
    pub(crate) state: State,
    /// `None` without a check.
    pub(crate) health: Option<Health>,
    pub(crate) exit_code: i32,
    pub(crate) started: i64,
    pub(crate) finished: i64,
    /// How many times it was started: what was planned for an earlier run is of no interest in a later one.
    pub(crate) run: u32,
    /// Its entry of the list as it was sent last; none after a change.
    pub(crate) piece: Option<Piece>,
}

impl Container {
    /// One of the fleet's beginning, or of the load.
    pub(crate) fn of_number(world: &World, engine: usize, number: u32, created: i64) -> Self {
        let (id, name) = world.identity(engine, number);
        Self::new(id, name, Origin::Number(number), created)
    }

    pub(crate) fn new(id: Id, name: String, origin: Origin, created: i64) -> Self {
        Self {
            id,
            name: name.into(),
            origin,
            created,
            state: State::Created,
            health: None,
            exit_code: 0,
            started: 0,
            finished: 0,
            run: 0,
            piece: None,
        }
    }

    /// Gives one of the beginning a past.
    pub(crate) fn lived(mut self, world: &World, engine: usize, running: f64, now: i64) -> Self {
        let mut chance = Chance::new(self.id.number());
        let age = 10 * MINUTE + i64::try_from(chance.below(40 * 24 * 60)).unwrap_or(0) * MINUTE;
        self.created = now - age;
        self.started = self.created + SECOND;
        self.run = 1;
        if chance.happens(running) {
            self.state = State::Running;
            let checked = self.origin.spec(world, engine).health_every.is_some();
            let health = if chance.happens(0.95) {
                Health::Healthy
            } else {
                Health::Unhealthy
            };
            self.health = Some(health).filter(|_| checked);
            return self;
        }
        match chance.below(8) {
            0 => {
                self.state = State::Created;
                (self.started, self.run) = (0, 0);
            }
            1 => self.state = State::Paused,
            _ => {
                self.state = State::Exited;
                self.finished = now - age / 2;
                self.exit_code = chance.one_of(&[0, 0, 1, 137, 143]);
            }
        }
        self
    }

    /// The list's sentence about it, and after how many seconds it is another one.
    pub(crate) fn status(&self, now: i64) -> (String, i64) {
        match self.state {
            State::Created => ("Created".to_owned(), i64::MAX),
            State::Paused => {
                let (text, next) = human(now - self.started);
                (format!("Up {text} (Paused)"), next)
            }
            State::Running => {
                let (text, next) = human(now - self.started);
                let health = match self.health {
                    None => String::new(),
                    Some(Health::Starting) => " (health: starting)".to_owned(),
                    Some(health) => format!(" ({})", health.word()),
                };
                (format!("Up {text}{health}"), next)
            }
            State::Exited => {
                let (text, next) = human(now - self.finished);
                (format!("Exited ({}) {text} ago", self.exit_code), next)
            }
        }
    }

    pub(crate) fn truth(&self, world: &World, engine: usize) -> Truth {
        let spec = self.origin.spec(world, engine);
        Truth {
            id: self.id.to_string(),
            name: self.name.to_string(),
            state: self.state,
            health: self.health.filter(|_| self.state == State::Running),
            exit_code: self.exit_code,
            image: spec.image.clone(),
            labels: spec.labels.clone(),
            created: self.created,
            networks: spec.networks.clone(),
        }
    }

    /// Changes what it was made as.
    pub(crate) fn amend(&mut self, world: &World, engine: usize, change: impl FnOnce(&mut Spec)) {
        let mut spec = self.origin.full_spec(world, engine).into_owned();
        change(&mut spec);
        self.origin = Origin::Asked(Arc::new(spec));
        self.piece = None;
    }
}
