//! What the parts of the table share: the query of the address, the rows, what is selected and where the cursor stands.
use super::rows::Rows;
use crate::interop::address;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{effect, memo};
use crate::live::{self, Showing};
use crate::parts::acts::ActTarget;
use crate::pure::query;
use crate::pure::set::Set;
use shipyard_model::ContainerRef;
use shipyard_model::live::View;
use shipyard_model::page::ContainerQuery;

/// Rows of a window at first, and by how many it grows.
pub const STEP: u32 = 100;

/// The table's state.
#[derive(Clone, Copy)]
pub struct Table {
    /// Filter and order, from the address.
    pub query: Memo<ContainerQuery>,
    /// How many rows the window holds at most.
    pub limit: RwSignal<u32>,
    /// The rows.
    pub rows: Rows,
    /// What the live connection last said.
    pub showing: ArcSignalOf,
    /// What is selected; always among the rows.
    pub selected: RwSignal<Set<ContainerRef>>,
    /// The row whose box was last clicked, from which shift-click reaches.
    pub anchor: RwSignal<Option<ContainerRef>>,
    /// Where the keyboard's cursor stands.
    pub cursor: RwSignal<Option<ContainerRef>>,
    /// Columns that the person hid, apart by spaces.
    pub hidden: RwSignal<String>,
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
        let limit = RwSignal::new(query::WINDOW);
        let showing = live::follow(move || {
            let mut query = query.get();
            query.limit = limit.get();
            View::Containers { query }
        });
        let rows = Rows::of(showing.clone());
        let table = Self {
            query,
            limit,
            rows,
            showing: showing.into(),
            selected: RwSignal::default(),
            anchor: RwSignal::new(None),
            cursor: RwSignal::new(None),
            hidden: RwSignal::new(browser::recall("shipyard.containers.hidden").unwrap_or_default()),
        };
        table.forget_gone();
        table
    }

    /// Drops from the selection what is no longer among the rows.
    fn forget_gone(self) {
        effect(move || {
            self.rows.entries.with(|entries| {
                let there: Set<&ContainerRef> = entries.iter().map(|entry| &entry.at).collect();
                if self
                    .selected
                    .with_untracked(|all| all.iter().any(|at| !there.contains(&at)))
                {
                    self.selected.update(|all| all.retain(|at| there.contains(&at)));
                }
                if self
                    .cursor
                    .with_untracked(|at| at.as_ref().is_some_and(|at| !there.contains(&at)))
                {
                    self.cursor.set(None);
                }
            });
        });
    }

    /// Whether the first data is there.
    pub fn arrived(self) -> bool {
        self.showing.with(|showing| matches!(showing, Showing::Data(_)))
    }

    /// Whether the rows are filtered.
    pub fn filtered(self) -> bool {
        self.query.with(query::filters)
    }

    /// Goes to a changed query; the window starts at its first row again.
    pub fn change(self, change: impl FnOnce(&mut ContainerQuery)) {
        let mut query = self.query.get_untracked();
        query.offset = 0;
        change(&mut query);
        address::adjust(&query::address(&query), false);
    }

    /// Goes to a changed text, without a step in the browser's history for each letter.
    pub fn change_text(self, text: String) {
        let mut query = self.query.get_untracked();
        if query.text != text {
            (query.offset, query.text) = (0, text);
            address::adjust(&query::address(&query), true);
        }
    }

    /// Goes to another page of this site.
    pub fn open(self, address: String) {
        address::adjust(&address, false);
    }

    /// The selected containers, in the order of the rows.
    pub fn targets(self) -> Vec<ActTarget> {
        self.selected.with(|selected| {
            self.rows.entries.with(|entries| {
                let chosen = entries.iter().filter(|entry| selected.contains(&entry.at));
                chosen.map(|entry| entry.row.with(|row| ActTarget::from(row))).collect()
            })
        })
    }

    /// Selects a row or not; with `range` all rows from the last one clicked.
    pub fn select(self, at: &ContainerRef, on: bool, range: bool) {
        let from = self.anchor.get_untracked().filter(|_| range);
        let reached = self.rows.entries.with_untracked(|entries| {
            let place = |of: &ContainerRef| entries.iter().position(|entry| entry.at == *of);
            let (Some(to), Some(from)) = (place(at), from.as_ref().and_then(place)) else {
                return vec![at.clone()];
            };
            let between = entries.get(from.min(to)..=from.max(to)).unwrap_or_default();
            between.iter().map(|entry| entry.at.clone()).collect()
        });
        self.selected.update(|selected| {
            for at in reached {
                if on {
                    selected.insert(at);
                } else {
                    selected.remove(&at);
                }
            }
        });
        self.anchor.set(Some(at.clone()));
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}
