//! What happened lately: people's acts and what Docker reported, told once and in few words.
//!
//! One act of a person makes several events (`docker restart` makes kill, die, stop, start, restart), and a container
//! that fails over and over makes them without end. Here each act is one entry, and a repeated one moves to the front
//! instead of filling the list.
use shipyard_engine::EngineEvent;
use shipyard_model::EngineName;
use shipyard_model::live::Look;
use shipyard_model::page::Happening;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most happenings that are kept.
const MOST: usize = 200;
/// What is told again within this time moves up instead, in milliseconds.
const AGAIN_MS: i64 = 30_000;
/// Events of one act come within this time, in milliseconds: the grace of a stop and a little.
const ONE_ACT_MS: i64 = 15_000;
/// How far an engine's clock may be ahead of ours, in milliseconds: a person's act is recorded after its events, so
/// that a later death is none of its events.
const SKEW_MS: i64 = 1_000;
/// A death this soon after a kill is the kill's doing, in milliseconds.
const KILLED_MS: i64 = 12_000;

/// The list, newest first, shared with snapshots.
#[derive(Default)]
pub(crate) struct Recent(Arc<VecDeque<Arc<Happening>>>);

/// The words that a later one makes superfluous.
fn absorbs(what: &str) -> &'static [&'static str] {
    match what {
        "stop" => &["die", "kill"],
        "restart" => &["die", "kill", "stop", "start"],
        "remove" => &["die", "kill", "stop"],
        _ => &[],
    }
}

fn same_thing(a: &Happening, b: &Happening) -> bool {
    a.subject == b.subject && a.engine == b.engine
}

impl Recent {
    /// The list as it is.
    pub(crate) fn share(&self) -> Arc<VecDeque<Arc<Happening>>> {
        Arc::clone(&self.0)
    }

    /// Adds one. Tells whether the list changed: what an entry says already is not said again.
    pub(crate) fn add(&mut self, new: Happening) -> bool {
        let near = |old: &Happening, ms: i64| (new.at.0 - old.at.0).abs() <= ms && same_thing(old, &new);
        let told = self.0.iter().any(|old| {
            let by_person = old.actor.is_some() && new.actor.is_none();
            let part_of_it = absorbs(&old.what).contains(&&*new.what) && new.at.0 <= old.at.0 + SKEW_MS;
            (by_person && near(old, ONE_ACT_MS) && (old.what == new.what || part_of_it))
                || (new.what == "die" && old.what == "kill" && near(old, KILLED_MS))
        });
        if told {
            return false;
        }
        let list = Arc::make_mut(&mut self.0);
        list.retain(|old| {
            let again = old.what == new.what && (old.actor == new.actor || old.actor.is_none());
            let part_of_it = absorbs(&new.what).contains(&&*old.what) && old.actor.is_none();
            !(again && near(old, AGAIN_MS) || part_of_it && near(old, ONE_ACT_MS))
        });
        // What happened while an engine was cut off is told late: it goes where it belongs.
        let place = list.iter().position(|old| old.at <= new.at).unwrap_or(list.len());
        list.insert(place, Arc::new(new));
        list.truncate(MOST);
        true
    }
}

/// Reads an engine's event; `None` for the many that tell a person nothing.
pub(crate) fn from_event(event: &EngineEvent, engine: EngineName) -> Option<Happening> {
    let container = |what: &'static str, look| Some((what, look));
    let (what, look) = match (event.kind.as_str(), event.action.as_str()) {
        ("container", "create") => container("create", Look::Idle),
        ("container", "export") => container("export", Look::Idle),
        ("container", "start") => container("start", Look::Ok),
        ("container", "stop") => container("stop", Look::Idle),
        ("container", "restart") => container("restart", Look::Ok),
        ("container", "kill") => container("kill", Look::Idle),
        ("container", "pause") => container("pause", Look::Warn),
        ("container", "unpause") => container("unpause", Look::Ok),
        ("container", "oom") => container("oom", Look::Bad),
        ("container", "destroy") => container("remove", Look::Idle),
        ("container", "die") if event.exit_code.unwrap_or(0) == 0 => container("die", Look::Idle),
        ("container", "die") => container("die", Look::Bad),
        ("container", action) if action.starts_with("health_status") && action.ends_with("unhealthy") => {
            container("unhealthy", Look::Bad)
        }
        ("image", "pull") => container("pull", Look::Ok),
        _ => None,
    }?;
    let subject = match (event.name.as_str(), event.id.as_str()) {
        ("", id) => id,
        (name, _) => name,
    };
    Some(Happening {
        at: event.at,
        actor: None,
        what: what.to_owned(),
        subject: subject.to_owned(),
        id: (event.kind == "container" && !event.id.is_empty()).then(|| event.id.clone()),
        engine: Some(engine),
        look,
        exit_code: event.exit_code.filter(|_| what == "die"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::Millis;

    fn event(at: i64, action: &str, name: &str, exit_code: Option<i64>) -> Happening {
        let event = EngineEvent {
            at: Millis(at),
            kind: "container".to_owned(),
            action: action.to_owned(),
            id: "1".to_owned(),
            name: name.to_owned(),
            image: "busybox".to_owned(),
            exit_code,
        };
        from_event(&event, EngineName::parse("node1").unwrap()).unwrap()
    }

    fn words(recent: &Recent) -> Vec<&str> {
        recent.0.iter().map(|h| h.what.as_str()).collect()
    }

    #[test]
    fn one_act_is_one_entry() {
        let mut recent = Recent::default();
        for action in ["kill", "die", "stop", "start", "restart"] {
            recent.add(event(1000, action, "web", Some(137).filter(|_| action == "die")));
        }
        assert_eq!(words(&recent), ["restart"]);
    }

    #[test]
    fn a_container_that_fails_over_and_over_does_not_fill_the_list() {
        let mut recent = Recent::default();
        for round in 0..50 {
            recent.add(event(round * 1000, "start", "web", None));
            recent.add(event(round * 1000 + 10, "die", "web", Some(1)));
        }
        assert_eq!(words(&recent), ["die", "start"]);
        assert_eq!(recent.0.front().unwrap().exit_code, Some(1));
    }

    #[test]
    fn a_persons_act_is_told_with_the_person_whichever_comes_first() {
        for person_first in [true, false] {
            let mut recent = Recent::default();
            let act = Happening {
                actor: Some("ann".to_owned()),
                ..event(1000, "stop", "web", None)
            };
            if person_first {
                recent.add(act.clone());
            }
            recent.add(event(900, "die", "web", Some(143)));
            recent.add(event(1000, "stop", "web", None));
            if !person_first {
                recent.add(act);
            }
            assert_eq!(words(&recent), ["stop"]);
            assert_eq!(recent.0.front().unwrap().actor.as_deref(), Some("ann"));
        }
    }

    #[test]
    fn the_list_is_bounded() {
        let mut recent = Recent::default();
        for i in 0..1000 {
            recent.add(event(i, "start", &format!("web-{i}"), None));
        }
        assert_eq!(recent.0.len(), MOST);
    }
}
