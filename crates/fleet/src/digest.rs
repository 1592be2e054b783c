//! What views read of one engine's containers, laid out to be run through: made once for each change of them, when somebody looks.
//!
//! A hundred thousand containers are run through for each view of a large fleet. Following the pointers of each to its labels and
//! texts takes a hundred times as long as reading a few bytes of it that lie side by side.
mod texts;

pub(crate) use texts::{Word, has};

use crate::order;
use shipyard_model::page::StateGroup;
use shipyard_model::{Container, ContainerState, Health, Millis};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use texts::Texts;

/// The digest of a list of containers; places are places of that list.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    /// Groups of states that each is in, as bits.
    groups: Vec<u8>,
    /// How many are in each group.
    in_groups: [u32; 4],
    /// How much each needs a person.
    severity: Vec<u8>,
    created: Vec<Millis>,
    /// Stack of each: one more than its place among the stacks, or 0.
    stack_of: Vec<u16>,
    stacks: Vec<String>,
    /// Image of each, as its place among the images.
    image_of: Vec<u32>,
    images: Vec<String>,
    /// Names of each.
    names: Texts,
    /// Images and stacks that occur, in the order of their places.
    image_texts: Texts,
    stack_texts: Texts,
    /// Labels that occur: keys and values.
    keys_of_labels: Texts,
    values_of_labels: Texts,
    /// Those of each, as places among the labels.
    label_of: Vec<u32>,
    label_ends: Vec<u32>,
    /// Keys of the names' order; of one that is not ASCII there is none.
    keys: Vec<u8>,
    key_ends: Vec<u32>,
    /// All places, by name.
    by_name: Vec<u32>,
    /// All places in each order but that, made when it is first asked for.
    orders: [OnceLock<Box<[u32]>>; 2 * BY],
}

/// What the places can be in order of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Name.
    Name,
    /// How much each needs a person.
    Severity,
    /// Image.
    Image,
    /// Stack; those in none are last.
    Stack,
    /// Time of creation.
    Created,
}

/// How many of them there are.
const BY: usize = By::Created as usize + 1;

/// The bit of a group of states.
pub(crate) fn bit(group: StateGroup) -> u8 {
    match group {
        StateGroup::Running => 1,
        StateGroup::Stopped => 2,
        StateGroup::Paused => 4,
        StateGroup::Unhealthy => 8,
    }
}

/// The groups of states that a container is in, as bits.
pub(crate) fn groups(container: &Container) -> u8 {
    use ContainerState::{Created, Dead, Exited, Paused, Removing, Restarting, Running};
    let state = match container.state {
        Running | Restarting => bit(StateGroup::Running),
        Created | Exited | Dead => bit(StateGroup::Stopped),
        Paused => bit(StateGroup::Paused),
        Removing => 0,
    };
    let is_unhealthy = container.state.is_alive() && container.health == Some(Health::Unhealthy);
    state | if is_unhealthy { bit(StateGroup::Unhealthy) } else { 0 }
}

/// States in the order of how much they need a person.
pub(crate) fn severity(container: &Container) -> u8 {
    match (container.state, container.health) {
        (ContainerState::Dead, _) => 0,
        (ContainerState::Running, Some(Health::Unhealthy)) => 1,
        (ContainerState::Restarting, _) => 2,
        (ContainerState::Paused, _) => 3,
        (ContainerState::Running, Some(Health::Starting)) => 4,
        (ContainerState::Running, _) => 5,
        (ContainerState::Created, _) => 6,
        (ContainerState::Exited, _) => 7,
        (ContainerState::Removing, _) => 8,
    }
}

impl Digest {
    /// Of containers in their order.
    pub(crate) fn new(containers: &[Arc<Container>]) -> Self {
        let mut digest = Self::default();
        let mut stacks: HashMap<&str, u16> = HashMap::new();
        let mut images: HashMap<&str, u32> = HashMap::new();
        let mut labels: HashMap<(&str, &str), u32> = HashMap::new();
        for container in containers {
            let groups = groups(container);
            digest.groups.push(groups);
            for (shift, count) in digest.in_groups.iter_mut().enumerate() {
                *count += u32::from(groups >> shift & 1);
            }
            digest.severity.push(severity(container));
            digest.created.push(container.created);
            digest.image_of.push(*images.entry(&container.image).or_insert_with(|| {
                digest.images.push(container.image.clone());
                digest.image_texts.push(&container.image);
                end(digest.images.len() - 1)
            }));
            let stack = container.stack();
            let place = stack.map_or(0, |stack| {
                *stacks.entry(stack).or_insert_with(|| {
                    digest.stacks.push(stack.to_owned());
                    digest.stack_texts.push(stack);
                    u16::try_from(digest.stacks.len()).unwrap_or(0)
                })
            });
            digest.stack_of.push(place);
            digest.names.push(&container.name);
            for (key, value) in container.labels.iter() {
                let place = labels.entry((key, value)).or_insert_with(|| {
                    digest.keys_of_labels.push(key);
                    digest.values_of_labels.push(value);
                    end(digest.keys_of_labels.len() - 1)
                });
                digest.label_of.push(*place);
            }
            digest.label_ends.push(end(digest.label_of.len()));
            if container.name.is_ascii() {
                digest.keys.append(&mut order::key(&container.name));
            }
            digest.key_ends.push(end(digest.keys.len()));
        }
        let mut by_name: Vec<u32> = (0..end(containers.len())).collect();
        let name = |place: &u32| {
            containers
                .get(*place as usize)
                .map(|c| c.name.as_str())
                .unwrap_or_default()
        };
        by_name.sort_by(|a, b| match (digest.key(*a as usize), digest.key(*b as usize)) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => order::natural(name(a), name(b)),
        });
        digest.by_name = by_name;
        digest
    }

    /// How many containers.
    pub(crate) fn len(&self) -> usize {
        self.groups.len()
    }

    /// How many are in each group of states, in the order of [`bit`].
    pub(crate) fn in_groups(&self) -> [u32; 4] {
        self.in_groups
    }

    /// Compares two places, of which the first comes before the other by name.
    fn compare(&self, by: By, a: u32, b: u32) -> Ordering {
        let (a, b) = (a as usize, b as usize);
        let stack = |place: usize| {
            let at = usize::from(*self.stack_of.get(place)?).checked_sub(1)?;
            self.stacks.get(at)
        };
        let image = |place: usize| self.image_of.get(place).and_then(|at| self.images.get(*at as usize));
        match by {
            // They are in that order already.
            By::Name => match (self.key(a), self.key(b)) {
                (Some(a), Some(b)) => a.cmp(b),
                _ if self.names.get(a) == self.names.get(b) => Ordering::Equal,
                _ => Ordering::Less,
            },
            By::Severity => self.severity.get(a).cmp(&self.severity.get(b)),
            By::Created => self.created.get(a).cmp(&self.created.get(b)),
            By::Image => match (image(a), image(b)) {
                (Some(a), Some(b)) if !std::ptr::eq(a, b) => order::natural(a, b),
                _ => Ordering::Equal,
            },
            By::Stack => match (stack(a), stack(b)) {
                (Some(a), Some(b)) if std::ptr::eq(a, b) => Ordering::Equal,
                (Some(a), Some(b)) => order::natural(a, b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            },
        }
    }

    /// Places in an order, those that are alike in it by name, also in the descending one.
    pub(crate) fn places(&self, by: By, descending: bool) -> &[u32] {
        if by == By::Name && !descending {
            return &self.by_name;
        }
        let made = self.orders.get(2 * (by as usize) + usize::from(descending));
        made.map(|order| &**order.get_or_init(|| self.order(by, descending)))
            .unwrap_or_default()
    }

    fn order(&self, by: By, descending: bool) -> Box<[u32]> {
        let mut order = self.by_name.clone();
        if by != By::Name {
            order.sort_by(|a, b| self.compare(by, *a, *b));
        }
        if descending {
            let alike = |a: &u32, b: &u32| self.compare(by, *a, *b).is_eq();
            order = order.chunk_by(alike).rev().flatten().copied().collect();
        }
        order.into()
    }

    /// Groups of states and stack of each, in the list's order: bits as [`bit`] has them, and one more than the stack's place, or 0.
    pub(crate) fn each(&self) -> impl Iterator<Item = (u8, u16)> {
        self.groups.iter().copied().zip(self.stack_of.iter().copied())
    }

    /// The stacks.
    pub(crate) fn stacks(&self) -> &[String] {
        &self.stacks
    }

    /// What a name is sorted by; `None` for one that is not ASCII.
    pub(crate) fn key(&self, place: usize) -> Option<&[u8]> {
        self.keys
            .get(range(&self.key_ends, place))
            .filter(|key| !key.is_empty())
    }

    /// Takes away from the matches those in which a word does not occur.
    pub(crate) fn retain(&self, word: &Word, containers: &[Arc<Container>], matches: &mut [bool]) {
        let mut found = vec![false; self.len()];
        self.names.find(word, |place| mark(&mut found, place));
        if word.may_be_id() {
            for (place, container) in containers.iter().enumerate() {
                if container.id.as_str().starts_with(word.as_str()) {
                    mark(&mut found, place);
                }
            }
        }
        let mark_those = |found: &mut [bool], places: &mut dyn Iterator<Item = usize>| {
            places.for_each(|place| mark(found, place));
        };
        if let Some(images) = self.image_texts.found(word) {
            let meant = |(place, image): (usize, &u32)| is_at(&images, *image as usize).then_some(place);
            mark_those(&mut found, &mut self.image_of.iter().enumerate().filter_map(meant));
        }
        if let Some(stacks) = self.stack_texts.found(word) {
            let meant = |(place, stack): (usize, &u16)| {
                let stack = usize::from(*stack).checked_sub(1)?;
                is_at(&stacks, stack).then_some(place)
            };
            mark_those(&mut found, &mut self.stack_of.iter().enumerate().filter_map(meant));
        }
        if let Some(labels) = self.labels(word) {
            let meant = |place: &usize| {
                let own = self.label_of.get(range(&self.label_ends, *place)).unwrap_or_default();
                own.iter().any(|label| is_at(&labels, *label as usize))
            };
            mark_those(&mut found, &mut (0..self.len()).filter(meant));
        }
        for (one, found) in matches.iter_mut().zip(found) {
            *one &= found;
        }
    }

    /// Labels that a word means: `key=value` is that key with a value in which the rest occurs.
    fn labels(&self, word: &Word) -> Option<Vec<bool>> {
        if let Some((key, value)) = word.pair() {
            let mut found = self.values_of_labels.found(value)?;
            for (place, one) in found.iter_mut().enumerate() {
                *one &= self.keys_of_labels.get(place) == Some(key);
            }
            return Some(found);
        }
        match (self.keys_of_labels.found(word), self.values_of_labels.found(word)) {
            (Some(mut keys), Some(values)) => {
                keys.iter_mut().zip(values).for_each(|(key, value)| *key |= value);
                Some(keys)
            }
            (keys, values) => keys.or(values),
        }
    }
}

fn mark(found: &mut [bool], place: usize) {
    if let Some(one) = found.get_mut(place) {
        *one = true;
    }
}

fn is_at(found: &[bool], place: usize) -> bool {
    found.get(place) == Some(&true)
}

fn end(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn range(ends: &[u32], place: usize) -> Range<usize> {
    let start = place
        .checked_sub(1)
        .and_then(|before| ends.get(before))
        .copied()
        .unwrap_or(0);
    start as usize..ends.get(place).copied().unwrap_or(start) as usize
}
