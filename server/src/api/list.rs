//! Lists in pages: so many at a time, and a cursor that leads on.
use super::input::bad_query;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shipyard_model::Problem;
use shipyard_yard::natural;
use std::cmp::Ordering;
use utoipa::{IntoParams, ToSchema};

/// Items of a page when the address does not say.
const USUAL: u32 = 50;
/// Most items of a page.
const MOST: u32 = 500;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Items<T> {
    /// The items, in the list's order.
    pub(crate) items: Vec<T>,
    /// What to ask for next as `cursor`; `null` at the list's end.
    pub(crate) next: Option<String>,
}

/// Which page of a list.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// Most items, 1 to 500; 50 when not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

impl Page {
    /// Of an address that has these beside others.
    pub(crate) fn new(limit: Option<u32>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// Most items.
    ///
    /// # Errors
    /// 400 when it is none of 1 to 500.
    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        match self.limit {
            None => Ok(USUAL),
            Some(limit @ 1..=MOST) => Ok(limit),
            Some(_) => Err(bad_query("limit")),
        }
    }

    /// What the cursor leads on from; `None` at the list's beginning.
    ///
    /// # Errors
    /// 400 when the cursor is none of ours.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_query("cursor"))?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| bad_query("cursor"))
    }

    /// The page of a list that is at hand whole. `key` is what the list is sorted by, and of which no two items have the same.
    /// The cursor holds that of the page's last item: whatever comes or goes between two pages, none is shown twice, and none
    /// left out that was there all the time.
    ///
    /// # Errors
    /// 400 for a limit or cursor that cannot be used.
    pub(crate) fn of<T, K: Ord + Serialize + DeserializeOwned>(
        &self,
        mut all: Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> Result<Items<T>, Problem> {
        let take = usize::try_from(self.limit()?).unwrap_or(usize::MAX);
        if let Some(after) = self.after::<K>()? {
            all.retain(|item| key(item) > after);
        }
        all.sort_by_cached_key(&key);
        let is_more = all.len() > take;
        all.truncate(take);
        let next = all.last().filter(|_| is_more).map(|last| cursor(&key(last)));
        Ok(Items { items: all, next })
    }
}

/// The cursor that leads on from a place in a list. Nobody has to read it.
pub(crate) fn cursor(place: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// A name in the order that people expect: `node2` before `node10`.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ByName(pub(crate) String);

impl Ord for ByName {
    fn cmp(&self, other: &Self) -> Ordering {
        natural(&self.0, &other.0)
    }
}

impl PartialOrd for ByName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(lists: &[Vec<u32>], limit: u32) -> Vec<u32> {
        let (mut cursor, mut seen) = (None, Vec::new());
        for at in 0.. {
            let all = lists.get(at).or(lists.last()).unwrap().clone();
            let page = Page::new(Some(limit), cursor).of(all, |one| *one).unwrap();
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        seen
    }

    #[test]
    fn pages_hold_every_item_once() {
        let all: Vec<u32> = (0..121).collect();
        assert_eq!(pages(std::slice::from_ref(&all), 50), all);
        let page = Page::new(Some(121), None).of(all, |one| *one).unwrap();
        assert!(page.next.is_none());
    }

    #[test]
    fn what_comes_or_goes_between_two_pages_doubles_and_hides_nothing() {
        let first: Vec<u32> = (0..100).step_by(2).collect();
        // The last of the first page goes, and others come before and behind it.
        let mut second: Vec<u32> = first.iter().copied().filter(|n| *n != 38).collect();
        second.extend([1, 3, 41]);
        let wanted: Vec<u32> = (0..=38)
            .step_by(2)
            .chain([40, 41])
            .chain((42..100).step_by(2))
            .collect();
        assert_eq!(pages(&[first, second], 20), wanted);
    }

    #[test]
    fn names_are_in_the_order_that_people_expect() {
        let names = ["node10", "node2", "Node1"].map(str::to_owned).to_vec();
        let page = Page::new(Some(2), None)
            .of(names.clone(), |name| ByName(name.clone()))
            .unwrap();
        assert_eq!(page.items, ["Node1", "node2"]);
        let page = Page::new(None, page.next)
            .of(names, |name| ByName(name.clone()))
            .unwrap();
        assert_eq!((page.items, page.next), (vec!["node10".to_owned()], None));
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for (limit, cursor) in [
            (Some(0), None),
            (Some(501), None),
            (None, Some("5")),
            (None, Some("%")),
            (None, Some("bm8")),
        ] {
            let page = Page::new(limit, cursor.map(str::to_owned));
            let refused = page.of(vec!["a".to_owned()], |one| vec![one.clone()]);
            assert_eq!(refused.err().map(|problem| problem.status), Some(400));
        }
    }
}
