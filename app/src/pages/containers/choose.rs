//! Choosing rows: one, a range that reaches beyond what is held, or all. What is chosen stays so while its row is scrolled out of
//! sight, and no longer than the container is there and the filter lets it through.
use super::table::Table;
use crate::calls::{CallError, containers_picked};
use crate::lean::effect;
use crate::lean::prelude::*;
use crate::parts::acts::ActTarget;
use crate::pure::choice::Choice;
use leptos::task::spawn_local;
use shipyard_model::page::{ContainerQuery, Picked};
use shipyard_model::{ContainerRef, ContainerState};
use std::time::Duration;

/// How long after a change the server is asked about what is chosen and out of sight.
const SOON: Duration = Duration::from_millis(300);
/// How long after that it is asked again at the earliest.
const AGAIN: Duration = Duration::from_millis(1500);

/// Whether the server is being asked, and whether something changed since.
#[derive(Clone, Copy, Default)]
struct Asking {
    now: bool,
    again: bool,
}

/// Drops from the choice what is there no more. What is held is known; about the rest the server is asked.
pub fn keep_true(table: Table) {
    let asking = StoredValue::new(Asking::default());
    effect(move || {
        table.rows.counts.track();
        table.rows.matching.track();
        table.rows.held.track();
        if table.chosen.with_untracked(Choice::is_empty) {
            return;
        }
        if !unseen(table).is_empty() {
            ask(table, asking, SOON);
        }
    });
}

/// What is chosen and not held.
fn unseen(table: Table) -> Vec<ContainerRef> {
    table.rows.held.with_untracked(|held| {
        let mut seen = Choice::default();
        table.chosen.with_untracked(|chosen| {
            let held = held.entries.iter().filter_map(|entry| chosen.get(&entry.at));
            held.for_each(|one| seen.put(one.clone()));
            let unseen = chosen.iter().map(|one| &one.at).filter(|at| !seen.has(at));
            unseen.cloned().collect()
        })
    })
}

fn ask(table: Table, asking: StoredValue<Asking>, wait: Duration) {
    let busy = asking.try_update_value(|asking| {
        asking.again |= asking.now;
        std::mem::replace(&mut asking.now, true)
    });
    if busy != Some(false) {
        return;
    }
    let act = move || {
        // The page may have been left meanwhile.
        if asking.try_get_value().is_none() {
            return;
        }
        asking.update_value(|asking| asking.again = false);
        let about = unseen(table);
        let query = table.query.get_untracked();
        spawn_local(async move {
            let answer = match about.is_empty() {
                true => Ok(Vec::new()),
                false => containers_picked(query.clone(), about.clone()).await,
            };
            let Some(state) = asking.try_get_value() else { return };
            let still_asked = table.query.with_untracked(|now| *now == query);
            if let Ok(answer) = answer
                && still_asked
            {
                take(table, &about, answer);
            }
            asking.update_value(|asking| asking.now = false);
            if state.again || !still_asked {
                ask(table, asking, AGAIN);
            }
        });
    };
    set_timeout(act, wait);
}

/// Takes the server's answer about some that are chosen.
fn take(table: Table, about: &[ContainerRef], answer: Vec<Picked>) {
    let mut still = Choice::default();
    answer.into_iter().for_each(|one| still.put(one));
    let known = |chosen: &Choice| about.iter().all(|at| chosen.get(at) == still.get(at));
    if table.chosen.with_untracked(known) {
        return;
    }
    table.chosen.update(|chosen| {
        for at in about.iter().filter(|at| chosen.has(at)).cloned().collect::<Vec<_>>() {
            match still.get(&at) {
                Some(one) => chosen.put(one.clone()),
                None => chosen.remove(&at),
            }
        }
    });
}

impl Table {
    /// What is chosen, by name, each as it is now.
    pub fn targets(self) -> Vec<ActTarget> {
        let mut targets = self.chosen.get_untracked();
        self.rows.held.with_untracked(|held| {
            for entry in held
                .entries
                .iter()
                .filter(|entry| self.chosen.with_untracked(|all| all.has(&entry.at)))
            {
                targets.put(entry.picked());
            }
        });
        crate::lean::sorted(targets.iter().cloned().collect(), |one| one.name.clone())
    }

    /// The states of what is chosen, each once; who asks is told when they change.
    pub fn states(self) -> Vec<ContainerState> {
        let mut states = Vec::new();
        let mut add = |state: ContainerState| {
            if !states.contains(&state) {
                states.push(state);
            }
        };
        self.chosen.with(|chosen| {
            let mut held = Choice::default();
            self.rows.held.with(|rows| {
                for entry in rows.entries.iter().filter(|entry| chosen.has(&entry.at)) {
                    let now = entry.row.with(|row| ActTarget::from(row));
                    add(now.state);
                    held.put(now);
                }
            });
            chosen
                .iter()
                .filter(|one| !held.has(&one.at))
                .for_each(|one| add(one.state));
        });
        states
    }

    /// Chooses a row or not; with `range` all rows from the last one clicked, be they held or not.
    pub fn choose(self, at: &ContainerRef, place: u32, on: bool, range: bool) {
        let from = self.anchor.get_untracked().filter(|_| range);
        self.anchor.set(Some((at.clone(), place)));
        let from = from.map_or(place, |(anchor, then)| {
            let now = self
                .rows
                .held
                .with_untracked(|held| held.find(&anchor).map(|entry| entry.place.get_untracked()));
            now.unwrap_or(then)
        });
        let (first, last) = (from.min(place), from.max(place));
        let held = self.rows.held.with_untracked(|held| {
            let entries = (first..=last).map(|place| held.at(place));
            let each = entries.map(|entry| entry.map(|entry| entry.picked()));
            each.take(Picked::MOST as usize).collect::<Option<Vec<_>>>()
        });
        if let Some(held) = held {
            return self.put(held, on);
        }
        let limit = (last - first + 1).min(Picked::MOST);
        // Where the range is longer than what is taken at once, its part beside the last click's is taken.
        let offset = if from <= place { first } else { last + 1 - limit };
        self.fetch(offset, limit, on);
    }

    /// Chooses all that match, as many as are taken at once.
    pub fn choose_all(self) {
        self.fetch(0, Picked::MOST, true);
    }

    /// Chooses what is held; or nothing any more, where all of that is chosen.
    pub fn choose_held(self) {
        let held = self.rows.held.with_untracked(|held| {
            let entries = held.entries.iter();
            entries.map(|entry| entry.picked()).collect::<Vec<_>>()
        });
        let all = self
            .chosen
            .with_untracked(|chosen| held.iter().all(|one| chosen.has(&one.at)));
        if all {
            self.chosen.set(Choice::default());
        } else {
            self.put(held, true);
        }
    }

    fn put(self, targets: Vec<ActTarget>, on: bool) {
        self.chosen.update(|chosen| {
            for one in targets {
                if on {
                    chosen.put(one);
                } else {
                    chosen.remove(&one.at);
                }
            }
        });
    }

    fn fetch(self, offset: u32, limit: u32, on: bool) {
        let query = self.query.get_untracked();
        let window = ContainerQuery {
            offset,
            limit,
            ..query.clone()
        };
        spawn_local(async move {
            let answer = containers_picked(window, Vec::new()).await;
            // The page may have been left, or show another table.
            if self.query.try_get_untracked() != Some(query) {
                return;
            }
            match answer {
                Ok(targets) => self.put(targets, on),
                Err(CallError(problem)) => self.toasts.bad(&problem),
            }
        });
    }
}
