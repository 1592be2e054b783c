//! Where the table is scrolled to, and with it which rows are in the page and which are asked of the server.
use super::rows::Rows;
use crate::interop::{address, scroll};
use crate::lean::effect;
use crate::lean::prelude::*;
use crate::pure::query::WINDOW;
use crate::pure::window::{self, Span};
use shipyard_model::page::ContainerQuery;
use std::time::Duration;

/// What lies above the rows while the page is scrolled, and below them, in pixels.
const COVERED: (f64, f64) = (104.0, 72.0);
/// Height of a row until one was measured.
const USUAL: f64 = 44.0;

/// A place to come back to: how far the page was scrolled, the first row in sight, and how many there were.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    y: u32,
    first: u32,
    total: u32,
}

impl Place {
    fn kept() -> Option<Self> {
        let text = scroll::kept()?;
        let mut parts = text.strip_prefix("rows ")?.split(' ');
        Some(Self {
            y: parts.next()?.parse().ok()?,
            first: parts.next()?.parse().ok()?,
            total: parts.next()?.parse().ok()?,
        })
    }
}

/// The window that was asked for, and of which table.
#[derive(Clone, PartialEq)]
struct Asked {
    of: ContainerQuery,
    offset: u32,
    limit: u32,
}

/// The state of scrolling.
#[derive(Clone, Copy)]
pub struct Scroll {
    /// The table's element.
    pub list: NodeRef<web_sys::Element>,
    /// Height of a row in pixels.
    pub row: RwSignal<f64>,
    /// First row in sight, and how many fit.
    seen: RwSignal<(u32, u32)>,
    asked: RwSignal<Asked>,
    /// Rows of which the browser knew when it was here before, until the server says how many there are.
    before: StoredValue<u32>,
    /// Where to scroll once there are rows.
    restore: StoredValue<Option<u32>>,
    /// Scrolls that were not kept yet.
    unkept: StoredValue<u32>,
}

impl Scroll {
    /// Where the page was left, or the top.
    pub fn new(query: Memo<ContainerQuery>) -> Self {
        let place = Place::kept();
        let first = place.map_or(0, |place| place.first);
        let scroll = Self {
            list: NodeRef::new(),
            row: RwSignal::new(USUAL),
            seen: RwSignal::new((first, 30)),
            asked: RwSignal::new(around(query.get_untracked(), place)),
            before: StoredValue::new(place.map_or(0, |place| place.total)),
            restore: StoredValue::new(place.map(|place| place.y)),
            unkept: StoredValue::new(0),
        };
        scroll::follow(move || {
            scroll.measure();
            scroll.keep();
        });
        scroll
    }

    /// The query with the window that the server shall show now.
    pub fn window(self, mut query: ContainerQuery) -> ContainerQuery {
        (query.offset, query.limit) = self.asked.with(|asked| {
            if asked.of == query {
                (asked.offset, asked.limit)
            } else {
                (0, WINDOW)
            }
        });
        query
    }

    /// How many rows there were when the page was left.
    pub fn before(self) -> u32 {
        self.before.get_value()
    }

    /// Follows the rows: asks for those that come into sight, one request at a time, and goes to where the page was left.
    pub fn follow(self, query: Memo<ContainerQuery>, rows: Rows, total: Memo<u32>) {
        effect(move || {
            let now = self.window(query.get());
            let (held, matching) = (rows.held.with(|held| held.span()), rows.matching.get());
            let (first, fit) = self.seen.get();
            // Under way: where the page is by then, counts then.
            let answered = held.from == now.offset && held.len() == now.limit.min(matching.saturating_sub(now.offset));
            let page = window::in_page(first, fit, total.get());
            let wanted = window::wanted(page, held, total.get());
            if let Some(offset) =
                wanted.filter(|offset| matching > 0 && answered && (*offset, window::HELD) != (now.offset, now.limit))
            {
                let limit = window::HELD;
                let of = query.get_untracked();
                self.asked.set(Asked { of, offset, limit });
            }
        });
        effect(move || {
            rows.held.track();
            if self.list.get().is_none() {
                return;
            }
            let restore = self.restore.get_value();
            self.restore.set_value(None);
            scroll::next_frame(move || {
                restore.into_iter().for_each(|y| scroll::to(y.into()));
                self.measure();
            });
        });
        let known = StoredValue::new(query.get_untracked());
        effect(move || {
            let now = query.get();
            if known.with_value(|known| *known == now) {
                return;
            }
            known.set_value(now.clone());
            match Place::kept() {
                Some(place) => {
                    self.restore.set_value(Some(place.y));
                    self.asked.set(around(now, Some(place)));
                }
                None => self.to_top(),
            }
        });
    }

    /// The rows in the page: what is held of those around what is seen, once they have come into it a few a frame.
    pub fn shown(self, rows: Rows, total: Memo<u32>) -> RwSignal<Span> {
        let shown = RwSignal::new(Span::default());
        let turn = RwSignal::new(false);
        effect(move || {
            let (first, fit) = self.seen.get();
            let wanted = window::in_page(first, fit, total.get());
            let wanted = rows.held.with(|held| wanted.both(held.span()));
            // More are under way, and come with the next frame.
            if turn.get() {
                return;
            }
            let now = shown.get_untracked();
            let next = window::step(now, wanted, first);
            if next != now {
                shown.set(next);
            }
            if next != wanted {
                turn.set(true);
                scroll::next_frame(move || turn.set(false));
            }
        });
        shown
    }

    /// First row in sight, and by how many a page goes on.
    pub fn sight(self) -> (u32, u32) {
        let (first, fit) = self.seen.get_untracked();
        // The first ones may lie under the table's head.
        (first + u32::from(first > 0) * 2, fit.saturating_sub(4).max(1))
    }

    /// Scrolls as little as shows a row.
    pub fn reveal(self, place: u32) {
        let Some(stand) = self.list.get_untracked().and_then(|list| scroll::stand(&list)) else {
            return;
        };
        let row = self.row.get_untracked();
        let top = stand.top + f64::from(place) * row;
        let (over, under) = (top - COVERED.0, top + row - (stand.window - COVERED.1));
        if over < 0.0 {
            scroll::by(over);
        } else if under > 0.0 {
            scroll::by(under);
        }
        // The rows are there before the next frame, not after the one that tells of the scroll.
        self.measure();
    }

    /// Back to the first row, if it is out of sight.
    fn to_top(self) {
        let stand = self.list.get_untracked().and_then(|list| scroll::stand(&list));
        if let Some(stand) = stand.filter(|stand| stand.top < COVERED.0) {
            scroll::by(stand.top - COVERED.0);
            self.measure();
        }
    }

    fn measure(self) {
        let Some(stand) = self.list.get_untracked().and_then(|list| scroll::stand(&list)) else {
            return;
        };
        let row = stand.row.unwrap_or_else(|| self.row.get_untracked()).max(1.0);
        if (row - self.row.get_untracked()).abs() > 0.05 {
            self.row.set(row);
        }
        let seen = (
            (-stand.top / row).max(0.0) as u32,
            (stand.window / row).ceil() as u32 + 1,
        );
        if self.seen.get_untracked() != seen {
            self.seen.set(seen);
        }
    }

    /// Keeps the place a moment after the last scroll: browsers allow few changes of their history in a short time.
    fn keep(self) {
        self.unkept.update_value(|n| *n += 1);
        let later = move || {
            let waiting = self.unkept.try_update_value(|n| {
                *n = n.saturating_sub(1);
                *n
            });
            if waiting == Some(0) && address::is("/containers") {
                let first = self.seen.get_untracked().0;
                let total = self.before.get_value();
                let y = scroll::now() as u32;
                scroll::keep(&format!("rows {y} {first} {total}"));
            }
        };
        set_timeout(later, Duration::from_millis(150));
    }

    /// Remembers how many rows there are, for who comes back.
    pub fn count(self, total: u32) {
        self.before.set_value(total);
    }
}

/// The first window of a table, where the page was left or at its top.
fn around(of: ContainerQuery, place: Option<Place>) -> Asked {
    let page = place.map(|place| window::in_page(place.first, 30, place.total));
    let offset = page.and_then(|page| window::wanted(page, Span { from: 0, to: WINDOW }, u32::MAX));
    Asked {
        of,
        offset: offset.unwrap_or(0),
        limit: if offset.is_some() { window::HELD } else { WINDOW },
    }
}
