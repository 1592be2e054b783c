//! A set as a list in order. The standard library's tree is made for a million items, and weighs like it.

/// Items that are there once, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<T: Ord> Set<T> {
    /// Whether an item is there.
    pub fn contains(&self, item: &T) -> bool {
        self.place(item).is_ok()
    }

    /// Puts an item in, unless it is there.
    pub fn insert(&mut self, item: T) {
        if let Err(place) = self.place(&item) {
            self.0.insert(place, item);
        }
    }

    /// Takes an item out; whether it was there.
    pub fn remove(&mut self, item: &T) -> bool {
        let place = self.place(item);
        place.map(|place| self.0.remove(place)).is_ok()
    }

    /// Keeps the items that are wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&T) -> bool) {
        self.0.retain(wanted);
    }

    /// The items, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    #[inline(never)]
    fn place(&self, item: &T) -> Result<usize, usize> {
        self.0.binary_search(item)
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.insert(item));
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::default();
        set.extend(items);
        set
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(items in prop::collection::vec(0_u8..20, 0..40), gone in prop::collection::vec(0_u8..20, 0..10)) {
            let mut ours: Set<u8> = items.iter().copied().collect();
            let mut theirs: BTreeSet<u8> = items.into_iter().collect();
            for item in gone {
                prop_assert_eq!(ours.remove(&item), theirs.remove(&item));
                prop_assert_eq!(ours.contains(&item), theirs.contains(&item));
            }
            prop_assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()));
            prop_assert!(ours.into_iter().eq(theirs));
        }
    }
}
