//! Which rows of a long table are in the page, and which are held beside them. The server holds all of them, the page those
//! around what is seen, so that a scroll shows rows at once and asks for more of them before they are needed.

/// Rows that are held at most.
pub const HELD: u32 = 300;
/// Rows that are in the page at most, unless the screen shows more.
const MOST: u32 = 56;
/// Rows in the page on each side of what is seen.
const BESIDE: u32 = 8;
/// Rows that are held at least on each side of those in the page.
const MARGIN: u32 = 40;
/// By so many the rows in the page change at once.
const STEP: u32 = 4;
/// Rows that a frame puts into the page at most: the rest come with the next ones, so that no frame takes long, however far one
/// jumps and however slow the machine is. Ten thousand pixels a second take four a frame.
const FILL: u32 = 12;
/// Chromium lays nothing out beyond 33 million pixels, and others even less far.
const TALLEST: f64 = 15_000_000.0;

/// Rows by their places: from the one up to, and without, the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: u32,
    /// The one after the last.
    pub to: u32,
}

impl Span {
    /// How many.
    pub fn len(self) -> u32 {
        self.to.saturating_sub(self.from)
    }

    /// Whether it is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether a row is among them.
    pub fn has(self, place: u32) -> bool {
        (self.from..self.to).contains(&place)
    }

    /// Those that are in both; an empty one lies where this one begins.
    pub fn both(self, other: Self) -> Self {
        let from = self.from.max(other.from);
        let to = self.to.min(other.to);
        if from < to {
            Self { from, to }
        } else {
            Self {
                from: self.from,
                to: self.from,
            }
        }
    }
}

/// The rows that are in the page, when `first` is the first in sight, `fit` fit into the window, and there are `total`.
pub fn in_page(first: u32, fit: u32, total: u32) -> Span {
    let fit = fit.min(200);
    let beside = (MOST.saturating_sub(fit) / 2).clamp(2, BESIDE);
    let from = first.min(total).saturating_sub(beside) / STEP * STEP;
    Span {
        from,
        to: (from + fit + 2 * beside + STEP).min(total),
    }
}

/// The rows in the page one frame on, while `now` are in it and `wanted` are to be. Those that both have stay; what is seen from
/// row `first` on comes before what lies above it.
pub fn step(now: Span, wanted: Span, first: u32) -> Span {
    let mut stay = wanted.both(now);
    if stay.is_empty() {
        let last = wanted.to.saturating_sub(FILL).max(wanted.from);
        stay.from = first.clamp(wanted.from, last);
        stay.to = stay.from;
    }
    let to = wanted.to.min(stay.to + FILL);
    let from = wanted.from.max((stay.from + to).saturating_sub(stay.to + FILL));
    Span { from, to }
}

/// The first row of the window that the server is to be asked for, for these rows in the page; `None` while what is held is
/// enough. Most of it lies where the person is going.
pub fn wanted(page: Span, held: Span, total: u32) -> Option<u32> {
    let need = Span {
        from: page.from.saturating_sub(MARGIN),
        to: page.to.saturating_add(MARGIN).min(total),
    };
    if need.is_empty() || held.from <= need.from && need.to <= held.to {
        return None;
    }
    let from = if need.to <= held.to {
        need.to.saturating_sub(HELD)
    } else {
        need.from
    };
    Some(from.min(total.saturating_sub(HELD)))
}

/// How many rows of a height can be scrolled through.
pub fn most(row: f64) -> u32 {
    (TALLEST / row.max(1.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn held(from: u32, total: u32) -> Span {
        Span {
            from,
            to: (from + HELD).min(total),
        }
    }

    fn spans() -> impl Strategy<Value = Span> {
        (0_u32..200, 0_u32..60).prop_map(|(from, len)| Span { from, to: from + len })
    }

    proptest! {
        #[test]
        fn what_is_seen_is_in_the_page_and_the_page_stays_small(first in 0_u32..2_000, fit in 1_u32..52, total in 0_u32..2_000) {
            let page = in_page(first, fit, total);
            prop_assert!(page.len() <= 60 && page.to <= total.max(page.from));
            for place in first..(first + fit).min(total) {
                prop_assert!(page.has(place), "{place} of {page:?}");
            }
        }

        #[test]
        fn each_frame_adds_a_few_rows_until_all_are_there(now in spans(), wanted in spans(), first in 0_u32..200) {
            let mut page = now;
            for _ in 0..=wanted.len().div_ceil(FILL) {
                let next = step(page, wanted, first);
                let new = (next.from..next.to).filter(|place| !page.has(*place)).count();
                prop_assert!(new <= FILL as usize, "{new} of {next:?} after {page:?}");
                prop_assert_eq!(wanted.both(next).len(), next.len(), "only those that are wanted");
                for place in page.from..page.to {
                    prop_assert_eq!(next.has(place), wanted.has(place), "{} stays while it is wanted", place);
                }
                page = next;
            }
            prop_assert_eq!(page, wanted);
            if !wanted.is_empty() && wanted.both(now).is_empty() && first + FILL <= wanted.to && wanted.has(first) {
                let seen = step(now, wanted, first);
                prop_assert!(seen.has(first) && seen.has(first + FILL - 1), "{seen:?} when one sees {first}");
            }
        }

        #[test]
        fn one_answer_is_enough(first in 0_u32..2_000, fit in 1_u32..100, total in 0_u32..2_000, before in 0_u32..2_000) {
            let page = in_page(first, fit, total);
            if let Some(from) = wanted(page, held(before.min(total), total), total) {
                let now = held(from, total);
                prop_assert_eq!(wanted(page, now, total), None);
                prop_assert_eq!(page.both(now).len(), page.len());
            }
        }
    }

    #[test]
    fn most_of_what_is_held_lies_ahead() {
        let down = wanted(in_page(300, 25, 100_000), held(0, 100_000), 100_000).unwrap();
        assert!((240..260).contains(&down), "{down}");
        let up = wanted(in_page(5_000, 25, 100_000), held(4_980, 100_000), 100_000).unwrap();
        assert!((4_770..4_800).contains(&up), "{up}");
        assert_eq!(
            wanted(in_page(99_980, 25, 100_000), held(0, 100_000), 100_000),
            Some(99_700)
        );
    }

    #[test]
    fn the_first_hundred_are_enough_for_the_first_sight() {
        let first = Span { from: 0, to: 100 };
        assert_eq!(wanted(in_page(0, 25, 100_000), first, 100_000), None);
        assert_eq!(wanted(Span::default(), Span::default(), 0), None);
    }

    #[test]
    fn rows_apart_have_none_in_common() {
        let (one, other) = (Span { from: 10, to: 20 }, Span { from: 30, to: 40 });
        assert_eq!((one.both(other).len(), one.both(other).from), (0, 10));
    }
}
