//! Lists in pages: so many at a time, and a cursor that leads on.
use super::input::bad_query;
use serde::{Deserialize, Serialize};
use shipyard_model::Problem;
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

    /// The number of the first item.
    ///
    /// # Errors
    /// 400 when the cursor is none of ours.
    pub(crate) fn offset(&self) -> Result<u32, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(0) };
        let number = cursor.strip_prefix('n').and_then(|number| number.parse().ok());
        number.ok_or_else(|| bad_query("cursor"))
    }

    /// The cursor after so many items of `of`.
    ///
    /// # Errors
    /// 400 as [`Page::offset`].
    pub(crate) fn next(&self, items: usize, of: usize) -> Result<Option<String>, Problem> {
        let end = usize::try_from(self.offset()?)
            .unwrap_or(usize::MAX)
            .saturating_add(items);
        Ok((items > 0 && end < of).then(|| format!("n{end}")))
    }

    /// The page of a list that is at hand whole.
    ///
    /// # Errors
    /// 400 for a limit or cursor that cannot be used.
    pub(crate) fn of<T>(&self, all: Vec<T>) -> Result<Items<T>, Problem> {
        let (limit, offset) = (self.limit()?, self.offset()?);
        let of = all.len();
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let take = usize::try_from(limit).unwrap_or(usize::MAX);
        let items: Vec<T> = all.into_iter().skip(skip).take(take).collect();
        let next = self.next(items.len(), of)?;
        Ok(Items { items, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_every_item_once() {
        let all: Vec<u32> = (0..121).collect();
        let (mut cursor, mut seen) = (None, Vec::new());
        loop {
            let page = Page::new(Some(50), cursor).of(all.clone()).unwrap();
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        assert!(Page::new(Some(121), None).of(all.clone()).unwrap().next.is_none());
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for (limit, cursor) in [
            (Some(0), None),
            (Some(501), None),
            (None, Some("5")),
            (None, Some("nx")),
        ] {
            let page = Page::new(limit, cursor.map(str::to_owned));
            assert_eq!(page.of(vec![1]).err().map(|problem| problem.status), Some(400));
        }
        assert!(
            Page::new(None, Some("n900".into()))
                .of(vec![1])
                .unwrap()
                .items
                .is_empty()
        );
    }
}
