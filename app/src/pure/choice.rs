//! What somebody chose in the table: as much of each as a verb must know, for its row may be far out of sight.
use shipyard_model::ContainerRef;
use shipyard_model::page::Picked;

/// Chosen containers, each once, at most as many as one operation takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice(Vec<Picked>);

impl Choice {
    /// What is known of one, if it is chosen.
    pub fn get(&self, at: &ContainerRef) -> Option<&Picked> {
        self.0.get(self.place(at).ok()?)
    }

    /// Whether one is chosen.
    pub fn has(&self, at: &ContainerRef) -> bool {
        self.place(at).is_ok()
    }

    /// Chooses one, or takes what is known of it now.
    pub fn put(&mut self, one: Picked) {
        let full = self.is_full();
        match self.place(&one.at) {
            Ok(place) => self.0.get_mut(place).into_iter().for_each(|known| *known = one.clone()),
            Err(_) if full => {}
            Err(place) => self.0.insert(place, one),
        }
    }

    /// Chooses one no more.
    pub fn remove(&mut self, at: &ContainerRef) {
        if let Ok(place) = self.place(at) {
            self.0.remove(place);
        }
    }

    /// Keeps what is wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&Picked) -> bool) {
        self.0.retain(wanted);
    }

    /// Those that are chosen, in no order that means anything.
    pub fn iter(&self) -> std::slice::Iter<'_, Picked> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an operation takes no more.
    pub fn is_full(&self) -> bool {
        self.0.len() >= Picked::MOST as usize
    }

    #[inline(never)]
    fn place(&self, at: &ContainerRef) -> Result<usize, usize> {
        self.0.binary_search_by(|one| one.at.cmp(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{ContainerId, ContainerState, EngineId, EngineName};

    fn one(number: usize, state: ContainerState) -> Picked {
        Picked {
            at: ContainerRef {
                engine: EngineId::new(format!("e{}", number % 7)),
                id: ContainerId::new(format!("{number:064}")),
            },
            name: format!("web-{number}"),
            engine: EngineName::parse("node1").unwrap(),
            state,
        }
    }

    #[test]
    fn each_is_chosen_once_and_known_as_it_is_now() {
        let mut choice = Choice::default();
        for number in [3, 1, 2, 1] {
            choice.put(one(number, ContainerState::Running));
        }
        choice.put(one(2, ContainerState::Exited));
        assert_eq!(choice.len(), 3);
        let state = |choice: &Choice, number| {
            choice
                .get(&one(number, ContainerState::Running).at)
                .map(|one| one.state)
        };
        assert_eq!(state(&choice, 2), Some(ContainerState::Exited));
        choice.remove(&one(1, ContainerState::Running).at);
        assert!(!choice.has(&one(1, ContainerState::Running).at));
        choice.retain(|one| one.state == ContainerState::Running);
        assert_eq!((choice.len(), state(&choice, 2)), (1, None));
    }

    #[test]
    fn no_more_are_chosen_than_an_operation_takes() {
        let mut choice = Choice::default();
        for number in 0..1_200 {
            choice.put(one(number, ContainerState::Running));
        }
        assert!(choice.is_full());
        assert_eq!(choice.len(), 1000);
        choice.put(one(5, ContainerState::Paused));
        assert_eq!(
            choice.iter().filter(|one| one.state == ContainerState::Paused).count(),
            1
        );
    }
}
