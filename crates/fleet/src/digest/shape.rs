//! Names, images, stacks, labels and moments of an engine's containers, and their orders: what an event that only changes a state
//! leaves as it is, so that it is not made anew for it.
use super::texts::{Texts, Word};
use super::{By, end, range};
use crate::order;
use shipyard_model::{Container, Millis};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// What stays the same of a list of containers while only their states change; places are places of that list.
#[derive(Debug, Default)]
pub(crate) struct Shape {
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
    orders: [OnceLock<Box<[u32]>>; 2 * FIXED],
}

/// The orders that no state has a part in, and in which place they are kept.
const FIXED: usize = 4;

fn fixed(by: By) -> Option<usize> {
    match by {
        By::Name => Some(0),
        By::Image => Some(1),
        By::Stack => Some(2),
        By::Created => Some(3),
        By::Severity => None,
    }
}

impl Shape {
    /// Of containers in their order.
    pub(crate) fn new(containers: &[Arc<Container>]) -> Self {
        let mut shape = Self::default();
        let mut stacks: HashMap<&str, u16> = HashMap::new();
        let mut images: HashMap<&str, u32> = HashMap::new();
        let mut labels: HashMap<(&str, &str), u32> = HashMap::new();
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for container in containers {
            shape.created.push(container.created);
            shape.image_of.push(*images.entry(&container.image).or_insert_with(|| {
                shape.images.push(container.image.clone());
                end(shape.images.len() - 1)
            }));
            let stack = container.stack();
            let place = stack.map_or(0, |stack| {
                *stacks.entry(stack).or_insert_with(|| {
                    shape.stacks.push(stack.to_owned());
                    u16::try_from(shape.stacks.len()).unwrap_or(0)
                })
            });
            shape.stack_of.push(place);
            shape.texts.push(&container.name);
            for (key, value) in container.labels.iter() {
                let place = labels.entry((key, value)).or_insert_with(|| {
                    keys.push(key);
                    values.push(value);
                    end(keys.len() - 1)
                });
                shape.label_of.push(*place);
            }
            shape.label_ends.push(end(shape.label_of.len()));
            if container.name.is_ascii() {
                shape.keys.append(&mut order::key(&container.name));
            }
            shape.key_ends.push(end(shape.keys.len()));
        }
        let mut by_name: Vec<u32> = (0..end(containers.len())).collect();
        let name = |place: &u32| {
            containers
                .get(*place as usize)
                .map(|c| c.name.as_str())
                .unwrap_or_default()
        };
        by_name.sort_by(|a, b| match (shape.key(*a as usize), shape.key(*b as usize)) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => order::natural(name(a), name(b)),
        });
        shape.by_name = by_name;
        let Self {
            texts, images, stacks, ..
        } = &mut shape;
        let occurring = images.iter().chain(stacks.iter()).map(String::as_str);
        occurring.chain(keys).chain(values).for_each(|text| texts.push(text));
        shape.labels = labels.len();
        shape.shrink();
        shape
    }

    /// It is kept for long, and a hundred thousand containers are in a thousand of these.
    fn shrink(&mut self) {
        self.texts.shrink();
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
        self.created.len()
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
            By::Name | By::Severity => match (self.key(a), self.key(b)) {
                (Some(a), Some(b)) => a.cmp(b),
                _ if self.texts.get(a) == self.texts.get(b) => Ordering::Equal,
                _ => Ordering::Less,
            },
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

    /// All places, by name.
    pub(super) fn by_name(&self) -> &[u32] {
        &self.by_name
    }

    /// Places in an order that no state has a part in, those that are alike in it by name, also in the descending one.
    pub(super) fn places(&self, by: By, descending: bool) -> &[u32] {
        if by == By::Name && !descending {
            return &self.by_name;
        }
        let made = fixed(by).and_then(|kept| self.orders.get(2 * kept + usize::from(descending)));
        made.map(|order| &**order.get_or_init(|| ordered(&self.by_name, |a, b| self.compare(by, a, b), descending)))
            .unwrap_or_default()
    }

    /// The stack of each, in the list's order: one more than its place among the stacks, or 0.
    pub(super) fn stack_of(&self) -> &[u16] {
        &self.stack_of
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

/// Places that are in order of their names, in another order.
pub(super) fn ordered(by_name: &[u32], compare: impl Fn(u32, u32) -> Ordering, descending: bool) -> Box<[u32]> {
    let mut order = by_name.to_vec();
    order.sort_by(|a, b| compare(*a, *b));
    if descending {
        let alike = |a: &u32, b: &u32| compare(*a, *b).is_eq();
        order = order.chunk_by(alike).rev().flatten().copied().collect();
    }
    order.into()
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
