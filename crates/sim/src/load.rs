//! Life in the fleet: containers that start, end, freeze, change their names, come and go, and engines whose connections
//! end. The same seed lives the same life, as far as nobody else interferes.
use crate::chance::Chance;
use crate::container::{Health, State};
use crate::daemon::Daemon;
use crate::engine::Engine;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// What happens of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Changes of containers a second, over the whole fleet. Each is one event to four.
    pub per_second: f64,
    /// Share of engines whose connections end in a second, from 0 to 1.
    pub flapping: f64,
}

impl Load {
    fn is_quiet(&self) -> bool {
        self.per_second <= 0.0 && self.flapping <= 0.0
    }
}

/// A change, as the simulator knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which engine, from 0.
    pub engine: usize,
    /// The container's id.
    pub id: String,
    /// Docker's word.
    pub action: &'static str,
    /// The event's `timeNano`, by the engine's clock.
    pub nanos: i64,
}

/// What can be done to a container as if by somebody at the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A new container is made.
    Create,
    /// It is started.
    Start,
    /// Its process ends with a code.
    Die(i32),
    /// It is stopped.
    Stop,
    /// It is killed.
    Kill,
    /// It is restarted.
    Restart,
    /// It is frozen.
    Pause,
    /// It goes on.
    Unpause,
    /// It gets another name.
    Rename,
    /// Its health check says something new.
    Health(Health),
    /// It is removed, even if it runs.
    Destroy,
}

impl Act {
    /// Docker's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Start => "start",
            Self::Die(_) => "die",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Rename => "rename",
            Self::Health(_) => "health_status",
            Self::Destroy => "destroy",
        }
    }

    /// From Docker's word, or `healthy`, `unhealthy`.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "create" => Self::Create,
            "start" => Self::Start,
            "die" => Self::Die(1),
            "stop" => Self::Stop,
            "kill" => Self::Kill,
            "restart" => Self::Restart,
            "pause" => Self::Pause,
            "unpause" => Self::Unpause,
            "rename" => Self::Rename,
            "healthy" => Self::Health(Health::Healthy),
            "unhealthy" => Self::Health(Health::Unhealthy),
            "destroy" => Self::Destroy,
            _ => return None,
        })
    }
}

impl Daemon {
    /// Does something to the container at a place; the events of it are those that dockerd would report.
    pub(crate) fn do_to(&mut self, place: usize, act: Act) -> Result<i64, crate::answer::Refusal> {
        match act {
            Act::Create => Ok(self.create_numbered().1),
            Act::Start => self.start(place),
            Act::Die(code) => self.die(place, code),
            Act::Stop => self.stop(place),
            Act::Kill => self.kill(place, 9, ""),
            Act::Restart => self.restart(place),
            Act::Pause => self.pause(place),
            Act::Unpause => self.unpause(place),
            Act::Rename => {
                let name = self.containers.get(place).map(|c| renamed(&c.name)).unwrap_or_default();
                self.rename(place, &name)
            }
            Act::Health(says) => self.health(place, says),
            Act::Destroy => self.remove(place, true, true),
        }
    }
}

/// `web` is `web.r1`, then `web.r2`, so that names stay short.
fn renamed(name: &str) -> String {
    match name.rsplit_once(".r") {
        Some((base, count)) if count.parse::<u64>().is_ok() => {
            format!("{base}.r{}", count.parse::<u64>().unwrap_or(0).wrapping_add(1))
        }
        _ => format!("{name}.r1"),
    }
}

/// What comes next for one container, as it is.
fn choose(daemon: &Daemon, place: usize, usual: usize, chance: &mut Chance) -> Act {
    let drawn = chance.below(100);
    let Some(container) = daemon.containers.get(place) else {
        return Act::Create;
    };
    match (drawn, container.state) {
        (0..5, _) if daemon.containers.len() <= usual => Act::Create,
        (0..5, _) => Act::Destroy,
        (5..15, _) => Act::Rename,
        (_, State::Paused) => Act::Unpause,
        (_, State::Created | State::Exited) => Act::Start,
        (15..30, State::Running) => Act::Pause,
        (30..65, State::Running) => match container.health {
            Some(Health::Healthy) => Act::Health(Health::Unhealthy),
            Some(_) => Act::Health(Health::Healthy),
            None => Act::Die(chance.one_of(&[0, 1, 137])),
        },
        (65..75, State::Running) => Act::Stop,
        (_, State::Running) => Act::Die(chance.one_of(&[0, 0, 1, 2, 137])),
    }
}

/// One change somewhere.
pub(crate) fn one(engines: &[Arc<Engine>], usual: usize, chance: &mut Chance) -> Option<Change> {
    let engine = engines.get(chance.below(engines.len()))?;
    engine.with(|daemon| {
        let place = chance.below(daemon.containers.len());
        let act = choose(daemon, place, usual, chance);
        let id = daemon.containers.get(place).map(|c| c.id.to_string());
        let nanos = daemon.do_to(place, act).ok()?;
        let made = daemon.containers.last().map(|c| c.id.to_string());
        Some(Change {
            engine: engine.index,
            id: if act == Act::Create { made } else { id }.unwrap_or_default(),
            action: act.word(),
            nanos,
        })
    })
}

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_millis(2);

/// Lives, for as long as somebody holds the sender.
pub(crate) async fn run(engines: Vec<Arc<Engine>>, usual: usize, seed: u64, mut load: watch::Receiver<Load>) {
    let mut chance = Chance::new(seed ^ 0x10AD);
    loop {
        let now = *load.borrow_and_update();
        if now.is_quiet() {
            if load.changed().await.is_err() {
                return;
            }
            continue;
        }
        let begun = Instant::now();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (mut changes, mut drops) = (0.0, 0.0);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                changed = load.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
            }
            let elapsed = begun.elapsed().as_secs_f64();
            while changes < elapsed * now.per_second {
                changes += 1.0;
                one(&engines, usual, &mut chance);
            }
            let engines_a_second = now.flapping * f64::from(u32::try_from(engines.len()).unwrap_or(u32::MAX));
            while drops < elapsed * engines_a_second {
                drops += 1.0;
                if let Some(engine) = engines.get(chance.below(engines.len())) {
                    engine.lines.cut(chance.happens(0.5));
                }
            }
        }
    }
}
