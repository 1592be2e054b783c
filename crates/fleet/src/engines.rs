//! The engines of a snapshot: sorted by identity, in blocks that snapshots share. A snapshot is made for each change, and copying
//! a map of a thousand engines for it, and taking the one before apart, took longer than all else from an event to a page.
use crate::snapshot::EngineState;
use shipyard_model::EngineId;
use std::sync::Arc;

/// Engines of a block, at most; a full one becomes two. A clone of all copies a pointer for each block, a change those of one
/// block: with this, both are small for a thousand engines, and for ten thousand.
const BLOCK: usize = 48;

/// Engines by identity. A clone shares what does not change.
#[derive(Clone, Default)]
pub struct Engines {
    /// Sorted, and none is empty.
    blocks: Vec<Arc<Block>>,
    len: usize,
}

/// Some engines in a row.
#[derive(Clone, Default)]
struct Block {
    /// Sorted. Apart from the states, for they change seldom.
    ids: Arc<Vec<EngineId>>,
    /// In the same order.
    states: Vec<Arc<EngineState>>,
}

impl Block {
    fn place(&self, id: &EngineId) -> Result<usize, usize> {
        self.ids.binary_search(id)
    }

    fn insert(&mut self, place: usize, id: EngineId, state: Arc<EngineState>) {
        Arc::make_mut(&mut self.ids).insert(place, id);
        self.states.insert(place, state);
    }

    fn remove(&mut self, place: usize) -> Arc<EngineState> {
        Arc::make_mut(&mut self.ids).remove(place);
        self.states.remove(place)
    }

    fn split_off(&mut self, at: usize) -> Self {
        Self {
            ids: Arc::new(Arc::make_mut(&mut self.ids).split_off(at)),
            states: self.states.split_off(at),
        }
    }
}

impl Engines {
    /// The block in which an identity is or would be; the last one for what comes after all.
    fn block(&self, id: &EngineId) -> usize {
        let behind = |block: &Arc<Block>| block.ids.last().is_some_and(|last| last < id);
        self.blocks
            .partition_point(behind)
            .min(self.blocks.len().saturating_sub(1))
    }

    /// Finds one.
    pub fn get(&self, id: &EngineId) -> Option<&Arc<EngineState>> {
        let block = self.blocks.get(self.block(id))?;
        block.states.get(block.place(id).ok()?)
    }

    /// Finds one, to change it.
    pub fn get_mut(&mut self, id: &EngineId) -> Option<&mut Arc<EngineState>> {
        let at = self.block(id);
        let block = self.blocks.get_mut(at)?;
        let place = block.place(id).ok()?;
        Arc::make_mut(block).states.get_mut(place)
    }

    /// Whether it is among them.
    pub fn contains_key(&self, id: &EngineId) -> bool {
        self.get(id).is_some()
    }

    /// Adds one, or takes its place.
    pub fn insert(&mut self, id: EngineId, state: Arc<EngineState>) {
        if let Some(known) = self.get_mut(&id) {
            *known = state;
            return;
        }
        let at = self.block(&id);
        if self.blocks.is_empty() {
            self.blocks.push(Arc::default());
        }
        let Some(block) = self.blocks.get_mut(at).map(Arc::make_mut) else {
            return;
        };
        let place = block.place(&id).unwrap_or_else(|place| place);
        block.insert(place, id, state);
        self.len += 1;
        if block.states.len() > BLOCK {
            let rest = block.split_off(BLOCK / 2);
            self.blocks.insert(at + 1, Arc::new(rest));
        }
    }

    /// Takes one away.
    pub fn remove(&mut self, id: &EngineId) -> Option<Arc<EngineState>> {
        let at = self.block(id);
        let shared = self.blocks.get_mut(at)?;
        let place = shared.place(id).ok()?;
        let block = Arc::make_mut(shared);
        let state = block.remove(place);
        if block.states.is_empty() {
            self.blocks.remove(at);
        }
        self.len -= 1;
        Some(state)
    }

    /// All, by identity.
    pub fn iter(&self) -> impl Iterator<Item = (&EngineId, &Arc<EngineState>)> + Clone {
        self.blocks.iter().flat_map(|block| block.ids.iter().zip(&block.states))
    }

    /// All states, by identity.
    pub fn values(&self) -> impl Iterator<Item = &Arc<EngineState>> + Clone {
        self.blocks.iter().flat_map(|block| &block.states)
    }

    /// All identities, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &EngineId> + Clone {
        self.blocks.iter().flat_map(|block| block.ids.iter())
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

impl FromIterator<(EngineId, Arc<EngineState>)> for Engines {
    fn from_iter<I: IntoIterator<Item = (EngineId, Arc<EngineState>)>>(entries: I) -> Self {
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

    fn state(number: u16) -> (EngineId, Arc<EngineState>) {
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
            prop_assert!(ours.blocks.iter().all(|block| (1..=BLOCK).contains(&block.states.len())));
        }
    }
}
