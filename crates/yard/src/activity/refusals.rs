//! Refusals put together: the first one of an account and address is recorded at once, what follows within the minute is
//! counted and recorded in one line at its end. How many of such pairs are kept apart is bounded too, because addresses
//! cost an attacker nothing. Pure: time is given.
use super::words;
use shipyard_model::activity::ActivityRecord;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// How long refusals are put together.
pub(super) const TOGETHER: Duration = Duration::from_secs(60);
/// Most accounts and addresses that are told apart within that time.
const MOST: usize = 64;
/// Most actions that are counted apart.
const ACTIONS: usize = 8;

/// Account and address; an address of IPv6 counts by its network, which is what one person has.
type Who = (String, Option<String>);

struct Window {
    began: Instant,
    /// How many came after the one that was recorded.
    more: u32,
    by_action: BTreeMap<String, u32>,
    last: ActivityRecord,
}

/// What is being counted.
#[derive(Default)]
pub(super) struct Refusals(HashMap<Who, Window>);

fn who(record: &ActivityRecord) -> Who {
    let network = record.actor.from.as_ref().map(|from| match from.parse() {
        Ok(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
        _ => from.clone(),
    });
    (record.actor.account.clone(), network)
}

impl Refusals {
    /// Takes a refusal; gives it back when it is to be recorded now.
    pub(super) fn note(&mut self, mut record: ActivityRecord, now: Instant) -> Option<ActivityRecord> {
        let mut key = who(&record);
        if !self.0.contains_key(&key) && self.0.len() >= MOST {
            key = (String::new(), None);
            record.actor.account.clear();
            record.actor.from = None;
            "many accounts or addresses at once".clone_into(&mut record.detail);
        }
        if let Some(window) = self.0.get_mut(&key) {
            window.more = window.more.saturating_add(1);
            if window.by_action.len() < ACTIONS || window.by_action.contains_key(&record.action) {
                *window.by_action.entry(record.action.clone()).or_default() += 1;
            }
            window.last = record;
            return None;
        }
        let window = Window {
            began: now,
            more: 0,
            by_action: BTreeMap::new(),
            last: record.clone(),
        };
        self.0.insert(key, window);
        Some(record)
    }

    /// The counts of minutes that are over; with `all`, of all.
    pub(super) fn due(&mut self, now: Instant, all: bool) -> Vec<ActivityRecord> {
        let mut due = Vec::new();
        self.0.retain(|_, window| {
            if !all && now.duration_since(window.began) < TOGETHER {
                return true;
            }
            if window.more == 0 {
                return false;
            }
            due.push(counted(window));
            (window.began, window.more) = (now, 0);
            window.by_action.clear();
            true
        });
        due.sort_by_key(|record| record.at);
        due
    }
}

fn counted(window: &Window) -> ActivityRecord {
    let actions: Vec<_> = window
        .by_action
        .iter()
        .map(|(action, count)| format!("{action} {count}"))
        .collect();
    let mut detail = format!("{} more within a minute: {}", window.more, actions.join(", "));
    if !window.last.detail.is_empty() {
        detail = format!("{}; {detail}", window.last.detail);
    }
    ActivityRecord {
        detail: words::clean(&detail, words::DETAIL),
        ..window.last.clone()
    }
}
