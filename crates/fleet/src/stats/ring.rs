//! The newest values of something, one for each slot of time, in memory that grows as it fills and never beyond its bound.
use std::collections::VecDeque;

/// Values are made room for in so many at a time.
const GROWTH: usize = 60;

/// One value for each slot; a slot of which nothing is known has a value all of `NAN`.
#[derive(Clone, Debug)]
pub(crate) struct Ring<const N: usize> {
    most: usize,
    newest: i64,
    values: VecDeque<[f32; N]>,
}

impl<const N: usize> Ring<N> {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            newest: 0,
            values: VecDeque::new(),
        }
    }

    /// The newest slot; `None` when it is empty.
    pub(crate) fn newest(&self) -> Option<i64> {
        (!self.values.is_empty()).then_some(self.newest)
    }

    /// The oldest slot.
    pub(crate) fn oldest(&self) -> Option<i64> {
        let len = i64::try_from(self.values.len()).unwrap_or(i64::MAX);
        self.newest().map(|newest| newest.saturating_sub(len - 1))
    }

    /// Forgets a slot and all after it: what a clock that was set back has still to come to.
    pub(crate) fn forget_from(&mut self, slot: i64) {
        let Some(newest) = self.newest().filter(|newest| *newest >= slot) else {
            return;
        };
        let ahead = usize::try_from(newest.saturating_sub(slot).saturating_add(1)).unwrap_or(usize::MAX);
        self.values.truncate(self.values.len().saturating_sub(ahead));
        self.newest = slot.saturating_sub(1);
    }

    /// Sets a slot, as the newest. What was skipped is not known.
    pub(crate) fn push(&mut self, slot: i64, value: [f32; N]) {
        self.forget_from(slot);
        if let Some(newest) = self.newest() {
            let skipped = usize::try_from(slot.saturating_sub(newest).saturating_sub(1)).unwrap_or(usize::MAX);
            if skipped >= self.most {
                self.values.clear();
            } else {
                (0..skipped).for_each(|_| self.put([f32::NAN; N]));
            }
        }
        self.put(value);
        self.newest = slot;
    }

    fn put(&mut self, value: [f32; N]) {
        if self.values.len() >= self.most {
            self.values.pop_front();
        } else if self.values.len() == self.values.capacity() {
            self.values.reserve_exact(GROWTH.min(self.most - self.values.len()));
        }
        self.values.push_back(value);
    }

    /// The values of these slots that are there, with the first one's slot.
    pub(crate) fn between(&self, from: i64, to: i64) -> (i64, impl Iterator<Item = [f32; N]>) {
        let oldest = self.oldest().unwrap_or(from);
        let from = from.max(oldest);
        let skip = usize::try_from(from.saturating_sub(oldest)).unwrap_or(usize::MAX);
        let take = usize::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(0);
        (from, self.values.iter().skip(skip).take(take).copied())
    }

    /// Memory that its values take.
    pub(crate) fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<[f32; N]>()
    }
}
