//! The engines of a snapshot: sorted by identity, in blocks that snapshots share. A snapshot is made for each change, and copying
//! a map of a thousand engines for it, and taking the one before apart, took longer than all else from an event to a page.
use crate::snapshot::EngineState;
use shipyard_model::EngineId;
use std::sync::Arc;

/// Engines of a block, at most; a full one becomes two. A clone of all copies a pointer for each block, a change one block: with
/// this, both are small for a thousand engines, and for ten thousand.
const BLOCK: usize = 64;

type Entry = (EngineId, Arc<EngineState>);

/// Engines by identity. A clone shares what does not change.
#[derive(Clone, Default)]
pub struct Engines {
    /// Sorted, and none is empty.
    blocks: Vec<Arc<Vec<Entry>>>,
    len: usize,
}

impl Engines {
    /// The block in which an identity is or would be; the last one for what comes after all.
    fn block(&self, id: &EngineId) -> usize {
        let behind = |block: &Arc<Vec<Entry>>| block.last().is_some_and(|(last, _)| last < id);
        self.blocks
            .partition_point(behind)
            .min(self.blocks.len().saturating_sub(1))
    }

    /// Finds one.
    pub fn get(&self, id: &EngineId) -> Option<&Arc<EngineState>> {
        let block = self.blocks.get(self.block(id))?;
        let place = place(block, id).ok()?;
        block.get(place).map(|(_, state)| state)
    }

    /// Finds one, to change it.
    pub fn get_mut(&mut self, id: &EngineId) -> Option<&mut Arc<EngineState>> {
        let at = self.block(id);
        let block = self.blocks.get_mut(at)?;
        let place = place(block, id).ok()?;
        Arc::make_mut(block).get_mut(place).map(|(_, state)| state)
    }

    /// Whether it is among them.
    pub fn contains_key(&self, id: &EngineId) -> bool {
        self.get(id).is_some()
    }

    /// Adds one, or takes its place.
    pub fn insert(&mut self, id: EngineId, state: Arc<EngineState>) {
        let at = self.block(&id);
        let Some(shared) = self.blocks.get_mut(at) else {
            self.blocks.push(Arc::new(vec![(id, state)]));
            self.len = 1;
            return;
        };
        let block = Arc::make_mut(shared);
        match place(block, &id) {
            Ok(place) => {
                if let Some((_, known)) = block.get_mut(place) {
                    *known = state;
                }
                return;
            }
            Err(place) => block.insert(place, (id, state)),
        }
        self.len += 1;
        if block.len() > BLOCK {
            let rest = block.split_off(BLOCK / 2);
            self.blocks.insert(at + 1, Arc::new(rest));
        }
    }

    /// Takes one away.
    pub fn remove(&mut self, id: &EngineId) -> Option<Arc<EngineState>> {
        let at = self.block(id);
        let shared = self.blocks.get_mut(at)?;
        let place = place(shared, id).ok()?;
        let block = Arc::make_mut(shared);
        let (_, state) = block.remove(place);
        if block.is_empty() {
            self.blocks.remove(at);
        }
        self.len -= 1;
        Some(state)
    }

    /// All, by identity.
    pub fn iter(&self) -> impl Iterator<Item = (&EngineId, &Arc<EngineState>)> + Clone {
        self.blocks
            .iter()
            .flat_map(|block| block.iter().map(|(id, state)| (id, state)))
    }

    /// All states, by identity.
    pub fn values(&self) -> impl Iterator<Item = &Arc<EngineState>> + Clone {
        self.iter().map(|(_, state)| state)
    }

    /// All identities, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &EngineId> + Clone {
        self.iter().map(|(id, _)| id)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

fn place(block: &[Entry], id: &EngineId) -> Result<usize, usize> {
    block.binary_search_by(|(one, _)| one.cmp(id))
}

impl FromIterator<Entry> for Engines {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut all = Self::default();
        for (id, state) in entries {
            all.insert(id, state);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::tests::engine;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn state(number: u16) -> Entry {
        let state = EngineState {
            response_us: Some(u64::from(number)),
            ..engine("node", "", Vec::new())
        };
        (EngineId::new(format!("{:04}", number % 500)), Arc::new(state))
    }

    proptest! {
        #[test]
        fn they_are_a_sorted_map(numbers in prop::collection::vec((any::<u16>(), 0..4_u8), 0..600)) {
            let (mut ours, mut plain) = (Engines::default(), BTreeMap::new());
            for (number, what) in numbers {
                let (id, state) = state(number);
                let before = ours.clone();
                let was: Vec<_> = plain.keys().cloned().collect();
                if what == 0 {
                    let (one, other) = (ours.remove(&id), plain.remove(&id));
                    prop_assert_eq!(one.map(|one| one.response_us), other.map(|other: Arc<EngineState>| other.response_us));
                } else {
                    ours.insert(id.clone(), Arc::clone(&state));
                    plain.insert(id.clone(), state);
                }
                // What was shared stays as it was.
                prop_assert!(before.keys().eq(was.iter()));
                prop_assert_eq!(ours.contains_key(&id), plain.contains_key(&id));
                prop_assert_eq!(ours.get_mut(&id).is_some(), plain.contains_key(&id));
            }
            prop_assert_eq!(ours.len(), plain.len());
            let pairs = ours.iter().map(|(id, state)| (id.clone(), state.response_us));
            prop_assert!(pairs.eq(plain.iter().map(|(id, state)| (id.clone(), state.response_us))));
            prop_assert!(ours.blocks.iter().all(|block| (1..=BLOCK).contains(&block.len())));
        }
    }
}
