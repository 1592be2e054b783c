//! What views read of one engine's containers, laid out to be run through: made once for each change of them, when somebody looks.
//!
//! A hundred thousand containers are run through for each view of a large fleet. Following the pointers of each to its labels and
//! texts takes a hundred times as long as reading a few bytes of it that lie side by side.
use crate::order;
use memchr::memmem;
use shipyard_model::page::StateGroup;
use shipyard_model::{Container, ContainerState, Health, Millis};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Between texts, so that no word is found across two of them.
const END: char = '\0';
/// Length from which a word of the filter may be the start of a container's id: shorter ones would match by accident.
pub(crate) const LEAST_ID: usize = 4;

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
    /// Names in small letters, one container after the other.
    text: String,
    text_ends: Vec<u32>,
    /// Labels that occur, in small letters.
    labels: Vec<(String, String)>,
    /// Those of each, as places among the labels.
    label_of: Vec<u32>,
    label_ends: Vec<u32>,
    /// Keys of the names' order; of one that is not ASCII there is none.
    keys: Vec<u8>,
    key_ends: Vec<u32>,
    /// All places, by name.
    by_name: Vec<u32>,
}

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
            push_small(&mut digest.text, &container.name);
            digest.text.push(END);
            digest.text_ends.push(end(digest.text.len()));
            for (key, value) in &container.labels {
                let place = labels.entry((key, value)).or_insert_with(|| {
                    digest.labels.push((key.to_lowercase(), value.to_lowercase()));
                    end(digest.labels.len() - 1)
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

    /// How much one needs a person: [`severity`].
    pub(crate) fn severity(&self, place: usize) -> Option<u8> {
        self.severity.get(place).copied()
    }

    /// When one was made.
    pub(crate) fn created(&self, place: usize) -> Option<Millis> {
        self.created.get(place).copied()
    }

    /// One's image.
    pub(crate) fn image(&self, place: usize) -> Option<&str> {
        let image = self.image_of.get(place).and_then(|at| self.images.get(*at as usize));
        image.map(String::as_str)
    }

    /// Groups of states and stack of each, in the list's order: bits as [`bit`] has them, and one more than the stack's place, or 0.
    pub(crate) fn each(&self) -> impl Iterator<Item = (u8, u16)> {
        self.groups.iter().copied().zip(self.stack_of.iter().copied())
    }

    /// The stacks.
    pub(crate) fn stacks(&self) -> &[String] {
        &self.stacks
    }

    /// Places in the order of names.
    pub(crate) fn by_name(&self) -> impl Iterator<Item = usize> {
        self.by_name.iter().map(|place| *place as usize)
    }

    /// What a name is sorted by; `None` for one that is not ASCII.
    pub(crate) fn key(&self, place: usize) -> Option<&[u8]> {
        self.keys
            .get(range(&self.key_ends, place))
            .filter(|key| !key.is_empty())
    }

    /// Takes away from the matches those in which a word in small letters does not occur.
    pub(crate) fn retain(&self, word: &str, containers: &[Arc<Container>], matches: &mut [bool]) {
        let mut found = vec![false; self.len()];
        let mark = |found: &mut Vec<bool>, place: usize| {
            if let Some(one) = found.get_mut(place) {
                *one = true;
            }
        };
        let bytes = self.text.as_bytes();
        let mut from = 0;
        let finder = memmem::Finder::new(word);
        while let Some(at) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
            let place = self.text_ends.partition_point(|end| (*end as usize) <= from + at);
            mark(&mut found, place);
            // On with the next container.
            from = self.text_ends.get(place).map_or(bytes.len(), |end| *end as usize);
        }
        if word.len() >= LEAST_ID && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            for (place, container) in containers.iter().enumerate() {
                if container.id.as_str().starts_with(word) {
                    mark(&mut found, place);
                }
            }
        }
        let images: Vec<bool> = self.images.iter().map(|image| has(image, word)).collect();
        if images.contains(&true) {
            for (place, image) in self.image_of.iter().enumerate() {
                if images.get(*image as usize) == Some(&true) {
                    mark(&mut found, place);
                }
            }
        }
        let stacks: Vec<bool> = self.stacks.iter().map(|stack| has(stack, word)).collect();
        if stacks.contains(&true) {
            for (place, stack) in self.stack_of.iter().enumerate() {
                let stack = usize::from(*stack).checked_sub(1);
                if stack.is_some_and(|stack| stacks.get(stack) == Some(&true)) {
                    mark(&mut found, place);
                }
            }
        }
        let (key, value) = word
            .split_once('=')
            .map_or((word, None), |(key, value)| (key, Some(value)));
        let is_meant = |(k, v): &(String, String)| match value {
            Some(value) => k == key && v.contains(value),
            None => k.contains(word) || v.contains(word),
        };
        let labels: Vec<bool> = self.labels.iter().map(is_meant).collect();
        if labels.contains(&true) {
            for place in 0..self.len() {
                let own = self.label_of.get(range(&self.label_ends, place)).unwrap_or_default();
                if own.iter().any(|label| labels.get(*label as usize) == Some(&true)) {
                    mark(&mut found, place);
                }
            }
        }
        for (one, found) in matches.iter_mut().zip(found) {
            *one &= found;
        }
    }
}

/// Whether a small-letter word occurs in a text, without regard to case.
pub(crate) fn has(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        return word.is_empty() || text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    }
    text.to_lowercase().contains(word)
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

fn push_small(to: &mut String, text: &str) {
    if text.is_ascii() {
        to.extend(text.chars().map(|c| c.to_ascii_lowercase()));
    } else {
        to.push_str(&text.to_lowercase());
    }
}
