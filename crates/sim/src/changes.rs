//! What can happen to a container, with the events that dockerd reports in dockerd's order.
use crate::answer::Refusal;
use crate::chance::Id;
use crate::container::{Container, Health, State};
use crate::daemon::Daemon;
use crate::event::Actor;
use crate::later::Then;
use std::sync::Arc;
use std::time::Duration;

const SIGTERM: u8 = 15;
const SIGKILL: u8 = 9;

/// The signals that have names here; others by their numbers.
const SIGNALS: [(&str, u8); 10] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("KILL", 9),
    ("USR1", 10),
    ("USR2", 12),
    ("TERM", 15),
    ("CONT", 18),
    ("STOP", 19),
    ("WINCH", 28),
];

/// A signal by name or number, as `kill` takes it.
pub(crate) fn signal(asked: &str) -> Result<u8, Refusal> {
    let bare = asked.strip_prefix("SIG").unwrap_or(asked);
    let by_name = SIGNALS
        .iter()
        .find(|(name, _)| *name == bare)
        .map(|(_, number)| *number);
    let by_number = || asked.parse().ok().filter(|n| (1..=64).contains(n));
    by_name
        .or_else(by_number)
        .ok_or_else(|| Refusal::new(400, format!("Invalid signal: {asked}")))
}

/// What Docker takes as a name: its own words when it does not.
pub(crate) fn check_name(name: &str, asked: &str) -> Result<(), Refusal> {
    let mut letters = name.chars();
    let good = letters.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && name.len() > 1
        && letters.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let message = format!("Invalid container name ({asked}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    if good { Ok(()) } else { Err(Refusal::new(400, message)) }
}

impl Daemon {
    fn at(&self, place: usize) -> Result<&Container, Refusal> {
        self.containers.get(place).ok_or_else(|| Refusal::no_such_container(""))
    }

    fn not_running(&self, place: usize) -> Refusal {
        let id = self.containers.get(place).map(|c| c.id.to_string());
        let id = id.unwrap_or_default();
        Refusal::new(409, format!("Container {id} is not running"))
    }

    pub(crate) fn name_is_free(&self, name: &str) -> Result<(), Refusal> {
        let Some(taken) = self.containers.iter().find(|c| *c.name == *name) else {
            return Ok(());
        };
        Err(Refusal::new(
            409,
            format!(
                "Conflict. The container name \"/{name}\" is already in use by container \"{}\". You have to remove \
                 (or rename) that container to be able to reuse that name.",
                taken.id
            ),
        ))
    }

    /// A container that nobody asked for, as the load makes them; yields its place and the time of the event.
    pub(crate) fn create_numbered(&mut self) -> (usize, i64) {
        let number = self.new_number();
        let now = self.now();
        let made = Container::of_number(&self.world, self.engine, number, now);
        self.create(made)
    }

    pub(crate) fn create(&mut self, container: Container) -> (usize, i64) {
        self.add(container);
        let place = self.containers.len().saturating_sub(1);
        let nanos = self.tell(place, "create", None, None);
        (place, nanos)
    }

    pub(crate) fn start(&mut self, place: usize) -> Result<i64, Refusal> {
        match self.at(place)?.state {
            State::Running => return Err(Refusal::is_so_already()),
            State::Paused => {
                let message = "cannot start a paused container, try unpause instead";
                return Err(Refusal::new(409, message));
            }
            State::Created | State::Exited => {}
        }
        let spec = self.spec(self.at(place)?);
        let now = self.now();
        let Some(container) = self.touch(place) else {
            return Ok(now);
        };
        container.state = State::Running;
        container.started = now;
        container.exit_code = 0;
        container.run = container.run.wrapping_add(1);
        container.health = spec.health_every.map(|_| Health::Starting);
        let (id, run) = (container.id, container.run);
        if let Some(every) = spec.health_every {
            self.plan(every, Then::Healthy { id, run });
        }
        if let Some((after, code)) = spec.lifetime() {
            self.plan(after, Then::End { id, run, code });
        }
        self.tell_attached(place, true);
        Ok(self.tell(place, "start", None, None))
    }

    fn plan(&mut self, nanos: i64, then: Then) {
        self.planned
            .push((Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)), then));
    }

    /// Its process ends.
    pub(crate) fn die(&mut self, place: usize, code: i32) -> Result<i64, Refusal> {
        if !self.at(place)?.state.is_up() {
            return Err(self.not_running(place));
        }
        let now = self.now();
        if let Some(container) = self.touch(place) {
            container.state = State::Exited;
            container.finished = now;
            container.exit_code = code;
            // So does dockerd: a check that has ended is not content.
            container.health = container.health.map(|_| Health::Unhealthy);
        }
        let nanos = self.tell(place, "die", Some(("exitCode", code.to_string())), None);
        self.tell_attached(place, false);
        Ok(nanos)
    }

    /// The same by itself: a container that shall be removed then is.
    pub(crate) fn end(&mut self, id: Id, run: u32, code: i32) {
        let Some(place) = self.containers.iter().position(|c| c.id == id && c.run == run) else {
            return;
        };
        if self.die(place, code).is_ok() {
            self.remove_if_asked(place);
        }
    }

    fn remove_if_asked(&mut self, place: usize) {
        let auto = self
            .containers
            .get(place)
            .is_some_and(|c| c.origin.is_removed_at_its_end());
        if auto {
            self.vanish(place);
        }
    }

    pub(crate) fn stop(&mut self, place: usize) -> Result<i64, Refusal> {
        if !self.at(place)?.state.is_up() {
            return Err(Refusal::is_so_already());
        }
        self.tell(place, "kill", Some(("signal", SIGTERM.to_string())), None);
        self.die(place, 0)?;
        let nanos = self.tell(place, "stop", None, None);
        self.remove_if_asked(place);
        Ok(nanos)
    }

    /// Sends a signal; the last event's time.
    pub(crate) fn kill(&mut self, place: usize, signal: u8, asked: &str) -> Result<i64, Refusal> {
        if !self.at(place)?.state.is_up() {
            let why = self.not_running(place).message;
            return Err(Refusal::new(409, format!("Cannot kill container: {asked}: {why}")));
        }
        let nanos = self.tell(place, "kill", Some(("signal", signal.to_string())), None);
        if !matches!(signal, 2 | 3 | SIGKILL | SIGTERM) {
            return Ok(nanos);
        }
        let nanos = self.die(place, 128 + i32::from(signal))?;
        self.remove_if_asked(place);
        Ok(nanos)
    }

    pub(crate) fn restart(&mut self, place: usize) -> Result<i64, Refusal> {
        if self.at(place)?.state.is_up() {
            self.tell(place, "kill", Some(("signal", SIGTERM.to_string())), None);
            self.die(place, 0)?;
            self.tell(place, "stop", None, None);
        }
        self.start(place)?;
        Ok(self.tell(place, "restart", None, None))
    }

    pub(crate) fn pause(&mut self, place: usize) -> Result<i64, Refusal> {
        let container = self.at(place)?;
        match container.state {
            State::Running => {}
            State::Paused => {
                let message = format!("Container {} is already paused", container.id);
                return Err(Refusal::new(409, message));
            }
            State::Created | State::Exited => return Err(self.not_running(place)),
        }
        if let Some(container) = self.touch(place) {
            container.state = State::Paused;
            container.health = container.health.map(|_| Health::Unhealthy);
        }
        Ok(self.tell(place, "pause", None, None))
    }

    pub(crate) fn unpause(&mut self, place: usize) -> Result<i64, Refusal> {
        let container = self.at(place)?;
        if container.state != State::Paused {
            return Err(Refusal::new(500, format!("Container {} is not paused", container.id)));
        }
        let every = self.spec(container).health_every;
        if let Some(container) = self.touch(place) {
            container.state = State::Running;
            let (id, run) = (container.id, container.run);
            if let Some(every) = every {
                // Not content until the next check says so.
                container.health = Some(Health::Unhealthy);
                self.plan(every, Then::Healthy { id, run });
            }
        }
        Ok(self.tell(place, "unpause", None, None))
    }

    /// What its health check says from now on; nothing is told when it said so before.
    pub(crate) fn health(&mut self, place: usize, says: Health) -> Result<i64, Refusal> {
        let container = self.at(place)?;
        if container.state != State::Running {
            return Err(self.not_running(place));
        }
        if container.health == Some(says) {
            return Err(Refusal::is_so_already());
        }
        if let Some(container) = self.touch(place) {
            container.health = Some(says);
        }
        Ok(self.tell(place, format!("health_status: {}", says.word()), None, None))
    }

    pub(crate) fn rename(&mut self, place: usize, asked: &str) -> Result<i64, Refusal> {
        let name = asked.strip_prefix('/').unwrap_or(asked);
        let old = Arc::clone(&self.at(place)?.name);
        if name.is_empty() {
            return Err(Refusal::new(400, "Neither old nor new names may be empty"));
        }
        if *old == *name {
            let message = "Renaming a container with the same name as its current name";
            return Err(Refusal::new(400, message));
        }
        let wrap = |refusal: Refusal| {
            let message = format!("Error when allocating new name: {}", refusal.message);
            Refusal::new(refusal.status, message)
        };
        check_name(name, &format!("/{name}")).map_err(wrap)?;
        self.name_is_free(name).map_err(wrap)?;
        if let Some(container) = self.touch(place) {
            container.name = name.into();
        }
        Ok(self.tell(place, "rename", Some(("oldName", format!("/{old}"))), None))
    }

    /// Removes a container; with `force` one that runs.
    pub(crate) fn remove(&mut self, place: usize, force: bool, volumes: bool) -> Result<i64, Refusal> {
        let container = self.at(place)?;
        let (id, state) = (container.id, container.state);
        let kind = if state == State::Paused { "paused" } else { "running" };
        let advice = if state == State::Paused {
            "Unpause and then stop the container before attempting removal or force remove"
        } else {
            "Stop the container before attempting removal or force remove"
        };
        if state.is_up() {
            if !force {
                let message = format!("You cannot remove a {kind} container {id}. {advice}");
                return Err(Refusal::new(409, message));
            }
            self.tell(place, "kill", Some(("signal", SIGKILL.to_string())), None);
            self.die(place, 128 + i32::from(SIGKILL))?;
        }
        let anonymous: Vec<String> = self
            .containers
            .get(place)
            .map(|c| self.spec(c))
            .map_or_else(Vec::new, |spec| {
                let all = spec.volumes().map(|(name, _)| name.to_owned());
                all.filter(|name| name.len() == 64).collect()
            });
        let nanos = self.vanish(place);
        for name in anonymous.into_iter().filter(|_| volumes) {
            self.volumes.remove(&name);
            self.publish("destroy".into(), Actor::Volume { name, mounted: None });
        }
        Ok(nanos)
    }

    fn vanish(&mut self, place: usize) -> i64 {
        let now = self.now();
        let Some(container) = self.take_away(place) else {
            return now;
        };
        self.execs.retain(|_, exec| exec.container != container.id);
        let actor = Actor::Container {
            id: container.id,
            name: container.name,
            origin: container.origin,
            extra: None,
            exec: None,
        };
        self.publish("destroy".into(), actor)
    }

    /// Does what was planned, if it still makes sense.
    pub(crate) fn come_true(&mut self, then: &Then) {
        match *then {
            Then::End { id, run, code } => self.end(id, run, code),
            Then::Healthy { id, run } => {
                let place = self.containers.iter().position(|c| c.id == id && c.run == run);
                if let Some(place) = place {
                    // It may have said so already, or not run any more.
                    let _ = self.health(place, Health::Healthy);
                }
            }
        }
    }
}
