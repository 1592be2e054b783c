//! The rows that are in the page. They are made once and filled again as one scrolls: what has left the page at one end comes in
//! at the other with another container. Those that are not needed now are kept off the page, for the next time.
use super::rows::{Entry, Held};
use crate::interop::rows;
use crate::lean::effect;
use crate::lean::prelude::*;
use crate::pure::deal::deal;
use crate::pure::window::Span;
use leptos::reactive::owner::Owner;
use shipyard_model::ContainerRef;

/// A row of the page, whatever it shows.
#[derive(Clone)]
pub struct Slot {
    /// Which row: it is the same as long as there is a table.
    pub number: usize,
    /// The container that it shows.
    pub entry: RwSignal<Entry>,
    /// Its element.
    pub element: NodeRef<web_sys::Element>,
}

impl Slot {
    fn new(number: usize, entry: Entry) -> Self {
        Self {
            number,
            entry: RwSignal::new(entry),
            element: NodeRef::new(),
        }
    }

    fn at(&self) -> ContainerRef {
        self.entry.with_untracked(|entry| entry.at.clone())
    }
}

/// Rows that show these of the held containers, in `body`, in order.
pub fn slots(held: RwSignal<Held>, span: RwSignal<Span>, body: NodeRef<web_sys::Element>) -> RwSignal<Vec<Slot>> {
    let all = RwSignal::new(Vec::<Slot>::new());
    let shown = RwSignal::new(Shown::default());
    // A row lives as long as the table, not until the next scroll.
    let owner = Owner::current().unwrap_or_default();
    effect(move || {
        let entries = held.with(|held| held.of(span.get()).to_vec());
        let mut slots = all.get_untracked();
        let made = slots.len();
        let before: Vec<_> = slots.iter().map(Slot::at).collect();
        let wanted: Vec<_> = entries.iter().map(|entry| entry.at.clone()).collect();
        let mut now = Shown::default();
        for (entry, place) in entries.into_iter().zip(deal(&before, &wanted)) {
            // Those that have to be made come in order.
            if slots.len() == place {
                slots.push(owner.with(|| Slot::new(place, entry.clone())));
            }
            let Some(slot) = slots.get(place) else { continue };
            if before.get(place).is_some_and(|before| *before != entry.at) {
                now.filled.push(slot.element);
            }
            if slot.entry.with_untracked(|known| !known.is(&entry)) {
                slot.entry.set(entry);
            }
            now.order.push(slot.element);
        }
        if slots.len() > made {
            all.set(slots);
        }
        shown.set(now);
    });
    effect(move || {
        let Some(body) = body.get() else { return };
        shown.with(|shown| {
            // Those that show something else go first: what had the focus or was open in them ends with what they showed.
            let filled = shown.filled.iter().filter_map(NodeRef::get_untracked);
            filled.for_each(|row| rows::take_off(&row));
            let order: Vec<_> = shown.order.iter().filter_map(NodeRef::get).collect();
            rows::arrange(&body, &order);
        });
    });
    all
}

/// Rows of the page, by their elements.
#[derive(Default)]
struct Shown {
    /// All, in order.
    order: Vec<NodeRef<web_sys::Element>>,
    /// Those that show another container than before.
    filled: Vec<NodeRef<web_sys::Element>>,
}
