//! What views read of one engine's containers, laid out to be run through: made when somebody looks, and brought up to date with
//! each change of a state.
//!
//! A hundred thousand containers are run through for each view of a large fleet. Following the pointers of each to its labels and
//! texts takes a hundred times as long as reading a few bytes of it that lie side by side.
mod shape;
mod texts;

pub(crate) use texts::{Word, has};

use shape::{Shape, ordered};
use shipyard_model::page::StateGroup;
use shipyard_model::{Container, ContainerState, Health};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The digest of a list of containers; places are places of that list.
#[derive(Clone, Debug)]
pub(crate) struct Digest {
    shape: Arc<Shape>,
    /// Groups of states that each is in, as bits.
    groups: Vec<u8>,
    /// How many are in each group.
    in_groups: [u32; 4],
    /// How much each needs a person.
    severity: Vec<u8>,
    /// All places in the order of that, and in the descending one, made when it is first asked for.
    by_severity: [OnceLock<Box<[u32]>>; 2],
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

/// Whether two states of one container have the same shape.
fn are_alike(a: &Container, b: &Container) -> bool {
    (a.created, &a.id, &a.name, &a.image) == (b.created, &b.id, &b.name, &b.image) && a.labels == b.labels
}

impl Digest {
    /// Of containers in their order.
    pub(crate) fn new(containers: &[Arc<Container>]) -> Self {
        let mut digest = Self {
            shape: Arc::new(Shape::new(containers)),
            groups: containers.iter().map(|container| groups(container)).collect(),
            in_groups: [0; 4],
            severity: containers.iter().map(|container| severity(container)).collect(),
            by_severity: Default::default(),
        };
        for bits in &digest.groups {
            count(&mut digest.in_groups, *bits, |sum| sum + 1);
        }
        digest
    }

    /// With one container in another state; `None` where more of it has changed.
    pub(crate) fn with(&self, place: usize, before: &Container, after: &Container) -> Option<Self> {
        if !are_alike(before, after) {
            return None;
        }
        let mut next = Self {
            by_severity: Default::default(),
            ..self.clone()
        };
        *next.severity.get_mut(place)? = severity(after);
        let bits = next.groups.get_mut(place)?;
        count(&mut next.in_groups, *bits, |sum| sum.saturating_sub(1));
        *bits = groups(after);
        count(&mut next.in_groups, *bits, |sum| sum + 1);
        Some(next)
    }

    /// How many containers.
    pub(crate) fn len(&self) -> usize {
        self.groups.len()
    }

    /// How many are in each group of states, in the order of [`bit`].
    pub(crate) fn in_groups(&self) -> [u32; 4] {
        self.in_groups
    }

    /// Places in an order, those that are alike in it by name, also in the descending one.
    pub(crate) fn places(&self, by: By, descending: bool) -> &[u32] {
        if by != By::Severity {
            return self.shape.places(by, descending);
        }
        let [ascending, other] = &self.by_severity;
        let kept = if descending { other } else { ascending };
        let of = |place: u32| self.severity.get(place as usize);
        kept.get_or_init(|| ordered(self.shape.by_name(), |a, b| of(a).cmp(&of(b)), descending))
    }

    /// Groups of states and stack of each, in the list's order: bits as [`bit`] has them, and one more than the stack's place, or 0.
    pub(crate) fn each(&self) -> impl Iterator<Item = (u8, u16)> {
        self.groups.iter().copied().zip(self.shape.stack_of().iter().copied())
    }

    /// The stacks.
    pub(crate) fn stacks(&self) -> &[String] {
        self.shape.stacks()
    }

    /// What a name is sorted by; `None` for one that is not ASCII.
    pub(crate) fn key(&self, place: usize) -> Option<&[u8]> {
        self.shape.key(place)
    }

    /// Takes away from the matches those in which a word does not occur.
    pub(crate) fn retain(&self, word: &Word, containers: &[Arc<Container>], matches: &mut [bool]) {
        self.shape.retain(word, containers, matches);
    }
}

/// Changes the count of each group among the bits.
fn count(in_groups: &mut [u32; 4], bits: u8, change: impl Fn(u32) -> u32) {
    for (shift, sum) in in_groups.iter_mut().enumerate() {
        if bits >> shift & 1 == 1 {
            *sum = change(*sum);
        }
    }
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
