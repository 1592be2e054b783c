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
    /// Names of all; then images, stacks, and labels' keys and values that occur, each in the order of their places: one text, as
    /// starting to look for a word takes longer than looking through all of an engine's.
    texts: Texts,
    /// How many labels occur.
    labels: usize,
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
        let (mut keys, mut values) = (Vec::new(), Vec::new());
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
                end(digest.images.len() - 1)
            }));
            let stack = container.stack();
            let place = stack.map_or(0, |stack| {
                *stacks.entry(stack).or_insert_with(|| {
                    digest.stacks.push(stack.to_owned());
                    u16::try_from(digest.stacks.len()).unwrap_or(0)
                })
            });
            digest.stack_of.push(place);
            digest.texts.push(&container.name);
            for (key, value) in container.labels.iter() {
                let place = labels.entry((key, value)).or_insert_with(|| {
                    keys.push(key);
                    values.push(value);
                    end(keys.len() - 1)
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
        let Self {
            texts, images, stacks, ..
        } = &mut digest;
        let occurring = images.iter().chain(stacks.iter()).map(String::as_str);
        occurring.chain(keys).chain(values).for_each(|text| texts.push(text));
        digest.labels = labels.len();
        digest.shrink();
        digest
    }

    /// It is kept for long, and a hundred thousand containers are in a thousand of these.
    fn shrink(&mut self) {
        self.texts.shrink();
        self.groups.shrink_to_fit();
        self.severity.shrink_to_fit();
        self.created.shrink_to_fit();
        self.stack_of.shrink_to_fit();
        self.stacks.shrink_to_fit();
        self.image_of.shrink_to_fit();
        self.images.shrink_to_fit();
        self.label_of.shrink_to_fit();
        self.label_ends.shrink_to_fit();
        self.keys.shrink_to_fit();
        self.key_ends.shrink_to_fit();
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
                _ if self.texts.get(a) == self.texts.get(b) => Ordering::Equal,
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
        let (mut images, mut stacks, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        let (of_images, of_stacks, of_labels) = (self.images.len(), self.stacks.len(), self.labels);
        self.texts.find(word, |place| {
            // Each kind stands behind the one before.
            let Some(image) = place.checked_sub(self.len()) else {
                return mark(&mut found, place);
            };
            let Some(stack) = image.checked_sub(of_images) else {
                return mark_of(&mut images, of_images, image);
            };
            let Some(label) = stack.checked_sub(of_stacks) else {
                return mark_of(&mut stacks, of_stacks, stack);
            };
            if word.pair().is_none() {
                mark_of(&mut labels, of_labels, label.checked_sub(of_labels).unwrap_or(label));
            }
        });
        if let Some((key, value)) = word.pair() {
            self.pairs(key, value, &mut labels);
        }
        if word.may_be_id() {
            for (place, container) in containers.iter().enumerate() {
                if container.id.as_str().starts_with(word.as_str()) {
                    mark(&mut found, place);
                }
            }
        }
        if !images.is_empty() {
            for (found, image) in found.iter_mut().zip(&self.image_of) {
                *found |= is_at(&images, *image as usize);
            }
        }
        if !stacks.is_empty() {
            for (found, stack) in found.iter_mut().zip(&self.stack_of) {
                *found |= usize::from(*stack)
                    .checked_sub(1)
                    .is_some_and(|stack| is_at(&stacks, stack));
            }
        }
        if !labels.is_empty() {
            for (place, found) in found.iter_mut().enumerate().filter(|(_, found)| !**found) {
                let own = self.label_of.get(range(&self.label_ends, place)).unwrap_or_default();
                *found = own.iter().any(|label| is_at(&labels, *label as usize));
            }
        }
        for (one, found) in matches.iter_mut().zip(found) {
            *one &= found;
        }
    }

    /// Marks labels of that key with a value in which a word occurs.
    fn pairs(&self, key: &str, value: &Word, labels: &mut Vec<bool>) {
        let keys = self.len() + self.images.len() + self.stacks.len();
        for label in 0..self.labels {
            let is_key = self.texts.get(keys + label) == Some(key);
            let text = || self.texts.get(keys + self.labels + label).unwrap_or_default();
            if is_key && value.is_in(text()) {
                mark_of(labels, self.labels, label);
            }
        }
    }
}

/// Marks one of so many, of which none was marked as long as the list is empty.
fn mark_of(found: &mut Vec<bool>, all: usize, place: usize) {
    found.resize(all, false);
    mark(found, place);
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
