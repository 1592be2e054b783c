//! What is known of the fleet as a whole without looking at each engine: its sums, and engines by their names. Kept up to date by the
//! model's one writer with each change.
use crate::snapshot::EngineState;
use shipyard_model::{EngineId, EngineName};
use std::collections::BTreeMap;

/// Sums over engines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Engines.
    pub engines: usize,
    /// Engines that answer.
    pub up: usize,
    /// Engines with labels.
    pub labelled: usize,
    /// Containers.
    pub containers: usize,
    /// Containers that are in a stack.
    pub stacked: usize,
}

impl Sums {
    /// What one engine adds.
    pub(crate) fn of(state: &EngineState) -> Self {
        Self {
            engines: 1,
            up: usize::from(state.health.is_up()),
            labelled: usize::from(!state.engine.labels.is_empty()),
            containers: state.containers.len(),
            stacked: state.containers.stacked(),
        }
    }

    fn each(&mut self, other: Self, with: impl Fn(usize, usize) -> usize) {
        self.engines = with(self.engines, other.engines);
        self.up = with(self.up, other.up);
        self.labelled = with(self.labelled, other.labelled);
        self.containers = with(self.containers, other.containers);
        self.stacked = with(self.stacked, other.stacked);
    }

    /// Adds what an engine adds.
    pub(crate) fn add(&mut self, part: Self) {
        self.each(part, usize::saturating_add);
    }

    /// Takes away what an engine added.
    pub(crate) fn subtract(&mut self, part: Self) {
        self.each(part, usize::saturating_sub);
    }
}

/// Sums and names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) sums: Sums,
    pub(crate) names: BTreeMap<EngineName, EngineId>,
}

impl Index {
    /// Of all engines.
    pub(crate) fn of<'s>(engines: impl Iterator<Item = &'s EngineState>) -> Self {
        let mut index = Self::default();
        for state in engines {
            index.sums.add(Sums::of(state));
            index.names.insert(state.engine.name.clone(), state.engine.id.clone());
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::tests::{container, engine};
    use crate::world::World;
    use proptest::prelude::*;
    use shipyard_engine::Update;
    use shipyard_model::container::LABEL_COMPOSE_PROJECT;
    use shipyard_model::{Container, ContainerState, Millis, Problem};
    use std::sync::Arc;

    #[derive(Clone, Debug)]
    enum Step {
        /// An engine is added, or given another name and labels.
        Settings(usize, usize, bool),
        Up(usize, Vec<(u8, bool)>),
        Put(usize, u8, bool),
        Gone(usize, u8),
        Down(usize),
        Forget(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        let (of, one) = (0..3_usize, 0..5_u8);
        prop_oneof![
            (of.clone(), 0..4_usize, any::<bool>()).prop_map(|(of, name, labels)| Step::Settings(of, name, labels)),
            (of.clone(), prop::collection::vec((one.clone(), any::<bool>()), 0..4))
                .prop_map(|(of, all)| Step::Up(of, all)),
            (of.clone(), one.clone(), any::<bool>()).prop_map(|(of, one, stack)| Step::Put(of, one, stack)),
            (of.clone(), one).prop_map(|(of, one)| Step::Gone(of, one)),
            of.clone().prop_map(Step::Down),
            of.prop_map(Step::Forget),
        ]
    }

    fn one(number: u8, stack: bool) -> Container {
        // Some come to run with their stack, and end with it.
        let runs = stack || number.is_multiple_of(2);
        let state = if runs {
            ContainerState::Running
        } else {
            ContainerState::Exited
        };
        let mut made = container(&format!("web-{number}"), state);
        if stack {
            made.labels.insert(LABEL_COMPOSE_PROJECT, "shop");
        }
        made
    }

    proptest! {
        #[test]
        fn it_is_what_all_engines_say(steps in prop::collection::vec(step(), 1..40)) {
            let mut world = World::new();
            let mut names: Vec<usize> = vec![9, 9, 9];
            let state = |of: usize, name: usize, labels: bool| {
                let mut state = engine(&format!("node{name}"), if labels { "zone=a" } else { "" }, Vec::new());
                Arc::make_mut(&mut state.engine).id = EngineId::new(format!("e{of}"));
                state
            };
            for step in steps {
                let id = |of: usize| EngineId::new(format!("e{of}"));
                let changes = |put: Vec<Container>, gone| Update::Changes {
                    put: put.into_iter().map(Arc::new).collect(),
                    gone,
                    events: Vec::new(),
                };
                match step {
                    Step::Settings(of, name, labels) => {
                        // Two engines never have one name for long: the store refuses it.
                        if names.iter().enumerate().all(|(other, has)| other == of || *has != name) {
                            names[of] = name;
                            world.settings(state(of, name, labels).engine);
                        }
                    }
                    Step::Up(of, all) => {
                        let list = all.into_iter().map(|(number, stack)| Arc::new(one(number, stack))).collect();
                        world.up(&id(of), state(of, 0, false).probe.unwrap(), None, list, Millis(1));
                    }
                    Step::Put(of, number, stack) => world.report(&id(of), changes(vec![one(number, stack)], Vec::new()), Millis(1)),
                    Step::Gone(of, number) => world.report(&id(of), changes(Vec::new(), vec![one(number, false).id]), Millis(1)),
                    Step::Down(of) => world.down(&id(of), Problem::new(503, "engine.timeout", "It timed out."), Millis(2), Millis(1)),
                    Step::Forget(of) => {
                        world.forget(&id(of));
                        names[of] = 9;
                    }
                }
                if let Some(snapshot) = world.snapshot() {
                    let said = snapshot.index.clone().unwrap();
                    for state in snapshot.engines.values() {
                        let running = state.containers.iter().filter(|one| one.state == ContainerState::Running);
                        prop_assert_eq!(state.containers.running(), running.count());
                    }
                    let truth = snapshot.indexed().index.unwrap();
                    prop_assert_eq!(said, truth);
                }
            }
        }
    }
}
