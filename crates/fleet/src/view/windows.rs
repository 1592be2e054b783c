//! Windows of the table that were made lately: as long as nothing has changed, whoever asks for the same is given the same. A
//! hundred people who look at the first page of a large fleet cost as much as one.
use super::containers::{Page, page};
use super::shown::Before;
use crate::snapshot::Snapshot;
use crate::stats::UsageMap;
use lru::LruCache;
use shipyard_model::Millis;
use shipyard_model::page::ContainerQuery;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

/// So many are kept; each holds at most [`ContainerQuery::MOST`] rows.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);
/// Windows with more rows are not kept: exports of everything would leave room for nothing else.
const MOST_ROWS: usize = 300;
/// What was measured counts for a time only, so that a window with it is good for this long, in milliseconds.
const FRESH: i64 = 1_000;

struct Kept {
    settled: u64,
    usage: Arc<UsageMap>,
    made: Millis,
    page: Arc<Page>,
}

/// The windows of one fleet, as those see it who see all of it.
pub struct Windows(Mutex<LruCache<ContainerQuery, Kept>>);

impl Default for Windows {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Windows {
    /// The window that a query asks for, made anew if anything has changed since it was made last.
    pub fn get(&self, snapshot: &Snapshot, usage: &Arc<UsageMap>, query: &ContainerQuery, now: Millis) -> Arc<Page> {
        let is_good = |kept: &Kept| {
            let age = now.0.saturating_sub(kept.made.0);
            kept.settled == snapshot.settled && Arc::ptr_eq(&kept.usage, usage) && (0..FRESH).contains(&age)
        };
        let kept = |windows: &mut LruCache<_, Kept>| {
            let kept = windows.get(query);
            kept.map(|kept| (is_good(kept), Arc::clone(&kept.page), Arc::ptr_eq(&kept.usage, usage)))
        };
        let before = match kept(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            Some((true, page, _)) => return page,
            Some((false, page, same_usage)) => Some((page, same_usage)),
            None => None,
        };
        // Not while others wait: two who ask for the same at once may both make it.
        let before = before.as_ref().map(|(page, same_usage)| Before {
            shown: &page.shown,
            same_usage: *same_usage,
        });
        let page = Arc::new(page(snapshot, usage, query, None, before, now));
        if page.window.rows.len() <= MOST_ROWS {
            let kept = Kept {
                settled: snapshot.settled,
                usage: Arc::clone(usage),
                made: now,
                page: Arc::clone(&page),
            };
            let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            windows.put(query.clone(), kept);
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, container, engine, snapshot};
    use super::*;
    use shipyard_model::ContainerState;

    fn fleet(names: &[&str], settled: u64) -> Snapshot {
        let containers = names.iter().map(|name| container(name, ContainerState::Running));
        let mut fleet = snapshot(vec![engine("node1", "", containers.collect())]);
        fleet.settled = settled;
        fleet
    }

    #[test]
    fn a_window_is_made_anew_when_anything_has_changed() {
        let windows = Windows::default();
        let usage = Arc::new(UsageMap::default());
        let all = ContainerQuery::default();
        let one = ContainerQuery {
            text: "quilt".to_owned(),
            ..ContainerQuery::default()
        };
        let get = |fleet: &Snapshot, usage, query, now| windows.get(fleet, usage, query, now);
        let first = get(&fleet(&["a"], 1), &usage, &all, NOW);
        let same = get(&fleet(&["a"], 1), &usage, &all, Millis(NOW.0 + 999));
        assert!(Arc::ptr_eq(&first, &same));
        assert_eq!(
            get(&fleet(&["a"], 1), &usage, &one, NOW).window.matching,
            0,
            "another question"
        );
        let after = get(&fleet(&["a", "quilt"], 2), &usage, &all, NOW);
        assert_eq!((first.window.matching, after.window.matching), (1, 2));
        assert_eq!(get(&fleet(&["a", "quilt"], 2), &usage, &one, NOW).window.matching, 1);
        let measured = Arc::new(UsageMap::default());
        assert!(!Arc::ptr_eq(
            &after,
            &get(&fleet(&["a", "quilt"], 2), &measured, &all, NOW)
        ));
        let later = get(&fleet(&["a", "quilt"], 2), &measured, &all, Millis(NOW.0 + 1_000));
        assert!(!Arc::ptr_eq(&after, &later));
    }
}
