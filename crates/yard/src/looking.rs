//! What a view has measured for as long as it is followed: the rows that it shows, or everything where it adds up or sorts.
use crate::scoped::Scoped;
use shipyard_fleet::stats::Look;
use shipyard_model::ContainerRow;
use shipyard_model::live::View;
use shipyard_model::page::SortKey;

/// The looks of one view.
#[derive(Default)]
pub(crate) struct Looking {
    rows: Option<Look>,
    _all: Option<Look>,
}

impl Looking {
    pub(crate) fn at(fleet: &Scoped, view: &View) -> Self {
        let stats = fleet.whole().stats();
        let (rows, all) = match view {
            View::Fleet { .. } => (false, true),
            View::Containers { query } => (true, matches!(query.sort, SortKey::Cpu | SortKey::Memory)),
            View::Container { .. } => (true, false),
            View::Frame | View::Facet { .. } | View::Engines | View::Operations | View::Operation { .. } => {
                (false, false)
            }
        };
        Self {
            rows: rows.then(|| stats.look_at_rows()),
            _all: all.then(|| stats.look_at_all()),
        }
    }

    /// Says what the view shows now.
    pub(crate) fn shows<'r>(&self, rows: impl Iterator<Item = &'r ContainerRow>) {
        if let Some(look) = &self.rows {
            look.rows(rows.map(|row| row.at.clone()).collect());
        }
    }
}
