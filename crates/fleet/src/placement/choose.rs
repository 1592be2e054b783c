//! The order in which engines get copies. Each copy moves one engine in a heap and one zone in another, so that many copies on
//! many engines cost little more than looking at each engine once.
use super::site::Site;
use super::wish::Wish;
use shipyard_model::deploy::Strategy;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// What an engine is preferred by, the least first.
type Rank = (u32, u128);

/// Engines that a strategy looks at together: those of one value of the label that copies are spread over, else all.
#[derive(Default)]
struct Zone {
    copies: u32,
    /// Those that take a copy, by rank; of equals the first wins, which is the first by name.
    open: BinaryHeap<Reverse<(Rank, usize)>>,
}

impl Zone {
    fn best(&self) -> Option<(Rank, usize)> {
        self.open.peek().map(|Reverse(best)| *best)
    }
}

fn rank(strategy: &Strategy, site: &Site<'_>) -> Rank {
    match strategy {
        Strategy::Spread | Strategy::SpreadOver(_) => (site.all(), site.fullness()),
        Strategy::Fill => (0, u128::MAX - site.fullness()),
    }
}

/// Places copies one by one; the index of the engine of each. Fewer when there is no room for more.
pub(super) fn place(sites: &mut [Site<'_>], wish: &Wish<'_>, copies: u16) -> Vec<usize> {
    let strategy = &wish.request.strategy;
    // Without a label, an engine is in a zone that comes after all others.
    let mut zones = BTreeMap::<(bool, &str), Zone>::new();
    for (at, site) in sites.iter().enumerate() {
        let value = match strategy {
            Strategy::SpreadOver(label) => site.candidate.value_of(label),
            Strategy::Spread | Strategy::Fill => None,
        };
        let zone = zones.entry((value.is_none(), value.unwrap_or_default())).or_default();
        zone.copies = zone.copies.saturating_add(site.here);
        if site.takes(wish) {
            zone.open.push(Reverse((rank(strategy, site), at)));
        }
    }
    let (last, mut zones): (Vec<bool>, Vec<Zone>) = zones.into_iter().map(|((last, _), zone)| (last, zone)).unzip();
    let key = |index: usize, zone: &Zone| {
        let last = last.get(index).copied().unwrap_or_default();
        zone.best().map(|best| Reverse((last, zone.copies, best, index)))
    };
    let all = zones.iter().enumerate();
    let mut next: BinaryHeap<_> = all.filter_map(|(index, zone)| key(index, zone)).collect();
    let mut placed = Vec::with_capacity(usize::from(copies));
    while placed.len() < usize::from(copies) {
        let Some(Reverse((_, _, (_, at), index))) = next.pop() else {
            break;
        };
        let (Some(zone), Some(site)) = (zones.get_mut(index), sites.get_mut(at)) else {
            break;
        };
        zone.open.pop();
        site.ask(wish);
        if site.excluded.is_some() {
            next.extend(key(index, zone));
            continue;
        }
        site.take(wish);
        zone.copies = zone.copies.saturating_add(1);
        placed.push(at);
        if site.takes(wish) {
            zone.open.push(Reverse((rank(strategy, site), at)));
        }
        next.extend(key(index, zone));
    }
    placed
}

/// Places one on each engine that takes it.
pub(super) fn place_on_each(sites: &mut [Site<'_>], wish: &Wish<'_>) -> Vec<usize> {
    let mut placed = Vec::new();
    for (at, site) in sites.iter_mut().enumerate() {
        site.ask(wish);
        if site.takes(wish) {
            site.take(wish);
            placed.push(at);
        }
    }
    placed
}
