//! What the parts of the table share: the query of the address, the rows, what is chosen and where the cursor stands.
use super::choose;
use super::keys::Cursor;
use super::rows::Rows;
use super::scroll::Scroll;
use crate::interop::address;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{effect, memo};
use crate::live::{self, Showing};
use crate::parts::toast::{Toasts, toasts};
use crate::pure::choice::Choice;
use crate::pure::query;
use crate::pure::window;
use shipyard_model::ContainerRef;
use shipyard_model::live::View;
use shipyard_model::page::ContainerQuery;

/// The table's state.
#[derive(Clone, Copy)]
pub struct Table {
    /// Filter and order, from the address.
    pub query: Memo<ContainerQuery>,
    /// Where it is scrolled to.
    pub scroll: Scroll,
    /// The rows.
    pub rows: Rows,
    /// How many rows can be scrolled through.
    pub total: Memo<u32>,
    /// What the live connection last said.
    pub showing: ArcSignalOf,
    /// What is chosen; always among what the filter lets through.
    pub chosen: RwSignal<Choice>,
    /// The row whose box was last clicked, from which shift-click reaches, and its place then.
    pub anchor: RwSignal<Option<(ContainerRef, u32)>>,
    /// Where the keyboard's cursor stands.
    pub cursor: RwSignal<Option<Cursor>>,
    /// Columns that the person hid, apart by spaces.
    pub hidden: RwSignal<String>,
    /// Where to say what failed.
    pub toasts: Toasts,
}

/// A copyable handle of a live signal.
pub type ArcSignalOf = Signal<Showing>;

impl Table {
    /// The state of the page's table.
    pub fn new() -> Self {
        let address = address::query();
        let query = memo(move || {
            let pairs = address.pairs();
            query::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
        });
        let scroll = Scroll::new(query);
        let showing = live::follow(move || View::Containers {
            query: scroll.window(query.get()),
        });
        let rows = Rows::of(showing.clone());
        let showing = Signal::from(showing);
        let total = memo(move || {
            let rows = match showing.with(|showing| matches!(showing, Showing::Waiting)) {
                true => scroll.before(),
                false => rows.matching.get(),
            };
            rows.min(window::most(scroll.row.get()))
        });
        scroll.follow(query, rows, total);
        let table = Self {
            query,
            scroll,
            rows,
            total,
            showing,
            chosen: RwSignal::default(),
            anchor: RwSignal::new(None),
            cursor: RwSignal::new(None),
            hidden: RwSignal::new(browser::recall("shipyard.containers.hidden").unwrap_or_default()),
            toasts: toasts(),
        };
        effect(move || {
            let total = total.get();
            if table.arrived() {
                scroll.count(total);
            }
        });
        choose::keep_true(table);
        Cursor::keep_true(table);
        table
    }

    /// Whether the first data is there.
    pub fn arrived(self) -> bool {
        self.showing.with(|showing| matches!(showing, Showing::Data(_)))
    }

    /// Whether the rows are filtered.
    pub fn filtered(self) -> bool {
        self.query.with(query::filters)
    }

    /// Goes to a changed query.
    pub fn change(self, change: impl FnOnce(&mut ContainerQuery)) {
        let mut query = self.query.get_untracked();
        change(&mut query);
        address::adjust(&query::address(&query), false);
    }

    /// Goes to a changed text, without a step in the browser's history for each letter.
    pub fn change_text(self, text: String) {
        let mut query = self.query.get_untracked();
        if query.text != text {
            query.text = text;
            address::adjust(&query::address(&query), true);
        }
    }

    /// Goes to another page of this site.
    pub fn open(self, address: String) {
        address::visit(&address);
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}
