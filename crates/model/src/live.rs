//! The live connection: a browser subscribes to views of the fleet and is sent what it shows, then what changes.
//!
//! Frames are JSON text over one WebSocket (`/socket/live`). A browser names each subscription by a number of its own.
//! The server answers with a whole [`View`]'s data and then with [`Patch`]es; after a gap it sends the whole again, so a
//! client only ever replaces or patches and never asks.
use crate::container::{ContainerRow, ContainerState, Health};
use crate::engine::EngineRow;
use crate::id::{ContainerRef, OperationId};
use crate::operation::Operation;
use crate::page::{ContainerQuery, Counts, Facet, FacetValues, FleetGroup, FleetPage};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// From the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ToServer {
    /// Follow a view. A number in use is given the new view instead; where that is another window of the same table, the
    /// answer is a [`Patch`] with what the browser lacks.
    Subscribe {
        /// The browser's number for it.
        sub: u32,
        /// What to follow.
        view: View,
    },
    /// Follow it no more.
    Unsubscribe {
        /// The number.
        sub: u32,
    },
}

/// What can be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Counts for the frame of every page.
    Frame,
    /// The first page.
    Fleet {
        /// How its boxes are grouped.
        group: FleetGroup,
    },
    /// A window of the table of containers.
    Containers {
        /// Filter, order and window.
        query: ContainerQuery,
    },
    /// What a facet of that table has to choose from.
    Facet {
        /// Which facet.
        of: Facet,
        /// The table's filter.
        query: ContainerQuery,
        /// Letters that occur in the values; empty for any.
        find: String,
    },
    /// One container by the names of its page's address; `null` when there is none.
    Container {
        /// Name of the engine.
        engine: String,
        /// Name of the container.
        name: String,
    },
    /// All engines.
    Engines,
    /// Operations, newest first, at most 100.
    Operations,
    /// One operation.
    Operation {
        /// Which.
        id: OperationId,
    },
}

/// From the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ToBrowser {
    /// First frame: which build of Shipyard this is. A page of another build loads itself anew.
    Hello {
        /// Hash of the site's files.
        build: String,
    },
    /// A view, whole.
    Whole {
        /// The browser's number.
        sub: u32,
        /// The data.
        data: ViewData,
    },
    /// What changed in a view of containers.
    Patch {
        /// The browser's number.
        sub: u32,
        /// The change.
        patch: Patch,
    },
    /// The view cannot be shown.
    Failed {
        /// The browser's number.
        sub: u32,
        /// Why.
        why: Problem,
    },
}

/// The data of a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ViewData {
    /// Of [`View::Frame`].
    Frame(Frame),
    /// Of [`View::Fleet`].
    Fleet(Box<FleetPage>),
    /// Of [`View::Containers`].
    Containers(ContainerWindow),
    /// Of [`View::Facet`].
    Facet(FacetValues),
    /// Of [`View::Container`].
    Container(Option<Box<ContainerRow>>),
    /// Of [`View::Engines`].
    Engines(Vec<EngineRow>),
    /// Of [`View::Operations`].
    Operations(Vec<Operation>),
    /// Of [`View::Operation`]; `None` when there is none of that id.
    Operation(Option<Operation>),
}

/// Counts for the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Frame {
    /// Containers of the fleet.
    pub containers: u32,
    /// Engines.
    pub engines: u32,
    /// Engines that answer.
    pub engines_up: u32,
    /// Operations going on.
    pub operations: u32,
}

/// A window of the table of containers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContainerWindow {
    /// Containers that the filter lets through.
    pub matching: u32,
    /// The place of the first row among them.
    #[serde(default)]
    pub offset: u32,
    /// Counts for the filters.
    pub counts: Counts,
    /// The rows of the window, in order. Windows that follow each other share those that did not change.
    pub rows: Vec<Arc<ContainerRow>>,
}

/// A change of a [`ContainerWindow`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Patch {
    /// New count, when it changed.
    #[serde(default)]
    pub matching: Option<u32>,
    /// The place of the window's first row, when the window was moved.
    #[serde(default)]
    pub offset: Option<u32>,
    /// New counts, when they changed.
    #[serde(default)]
    pub counts: Option<Counts>,
    /// Rows that are new in the window or changed.
    #[serde(default)]
    pub rows: Vec<Arc<ContainerRow>>,
    /// The window's order, when rows came, went or moved.
    #[serde(default)]
    pub order: Option<Vec<ContainerRef>>,
}

impl Patch {
    /// The change from one window to the next; `None` when there is none.
    pub fn between(old: &ContainerWindow, new: &ContainerWindow) -> Option<Self> {
        let mut pairs = old.rows.iter().zip(&new.rows);
        let same = |(old, new): (&Arc<_>, &Arc<ContainerRow>)| Arc::ptr_eq(old, new) || old.at == new.at;
        let moved = old.rows.len() != new.rows.len() || !pairs.all(same);
        let rows: Vec<_> = if moved {
            let before: std::collections::BTreeMap<_, _> = old.rows.iter().map(|r| (&r.at, r)).collect();
            let rows = new.rows.iter();
            rows.filter(|new| before.get(&new.at).is_none_or(|old| differ(old, new)))
                .cloned()
                .collect()
        } else {
            let pairs = old.rows.iter().zip(&new.rows);
            pairs
                .filter(|(old, new)| differ(old, new))
                .map(|(_, new)| Arc::clone(new))
                .collect()
        };
        let patch = Self {
            matching: (old.matching != new.matching).then_some(new.matching),
            offset: (old.offset != new.offset).then_some(new.offset),
            counts: (old.counts != new.counts).then_some(new.counts),
            order: moved.then(|| new.rows.iter().map(|r| r.at.clone()).collect()),
            rows,
        };
        (patch != Self::default()).then_some(patch)
    }

    /// Applies the change to the window that it was made from.
    pub fn apply(self, window: &mut ContainerWindow) {
        if let Some(matching) = self.matching {
            window.matching = matching;
        }
        if let Some(offset) = self.offset {
            window.offset = offset;
        }
        if let Some(counts) = self.counts {
            window.counts = counts;
        }
        // Lists of at most some hundred rows that are nearly in order: looking through them is quick, and maps of them would
        // weigh more in the browser than all else of this.
        for new in self.rows {
            match window.rows.iter_mut().find(|row| row.at == new.at) {
                Some(row) => *row = new,
                None if self.order.is_some() => window.rows.push(new),
                None => {}
            }
        }
        if let Some(order) = self.order {
            let mut left = std::mem::take(&mut window.rows);
            let row_at = |at| {
                left.iter()
                    .rposition(|row| row.at == at)
                    .map(|place| left.swap_remove(place))
            };
            window.rows = order.into_iter().rev().filter_map(row_at).collect();
            window.rows.reverse();
        }
    }
}

fn differ(old: &Arc<ContainerRow>, new: &Arc<ContainerRow>) -> bool {
    !Arc::ptr_eq(old, new) && old != new
}

/// How a container's box in the yard looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// Runs well.
    Ok,
    /// Paused, restarting or starting up.
    Warn,
    /// Unhealthy or dead.
    Bad,
    /// Stopped.
    Idle,
}

impl Look {
    /// The look of a state and health.
    pub fn of(state: ContainerState, health: Option<Health>) -> Self {
        match (state, health) {
            (ContainerState::Running, Some(Health::Unhealthy)) | (ContainerState::Dead, _) => Self::Bad,
            (ContainerState::Running, Some(Health::Starting)) => Self::Warn,
            (ContainerState::Running, _) => Self::Ok,
            (ContainerState::Paused | ContainerState::Restarting, _) => Self::Warn,
            _ => Self::Idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Capacity;
    use crate::id::{ContainerId, EngineId, EngineName};
    use crate::unit::Millis;
    use proptest::prelude::*;

    fn row(number: u8, age: u8) -> ContainerRow {
        ContainerRow {
            at: ContainerRef {
                engine: EngineId::new("e"),
                id: ContainerId::new(format!("{number:064}")),
            },
            engine: EngineName::parse("node1").unwrap(),
            host: String::new(),
            name: format!("web-{number}"),
            image: String::new(),
            state: ContainerState::Running,
            health: None,
            exit_code: None,
            stack: None,
            ports: Vec::new(),
            created: Millis(age.into()),
            usage: None,
            stale_since: None,
            reserved: Capacity::default(),
        }
    }

    prop_compose! {
        fn window()(offset in 0_u32..40, length in 0_u8..30, gone in 0_u8..6, age in 0_u8..3, running in 0_u32..3, engines in 0_u32..2) -> ContainerWindow {
            let first = u8::try_from(offset).unwrap();
            let rows = (first..first + length).filter(|number| gone == 0 || number % gone != 1);
            ContainerWindow {
                matching: u32::from(length) + offset,
                offset,
                counts: Counts { running, engines, ..Counts::default() },
                rows: rows.map(|number| Arc::new(row(number, if number % 3 == 0 { age } else { 0 }))).collect(),
            }
        }
    }

    proptest! {
        #[test]
        fn a_patch_makes_the_next_window_of_the_last_one(old in window(), new in window()) {
            let mut shown = old.clone();
            match Patch::between(&old, &new) {
                Some(patch) => patch.apply(&mut shown),
                None => prop_assert_eq!(&old, &new),
            }
            prop_assert_eq!(shown, new);
        }
    }

    #[test]
    fn a_moved_window_is_sent_only_what_it_lacks() {
        let of = |rows: std::ops::Range<u8>| ContainerWindow {
            matching: 200,
            offset: rows.start.into(),
            counts: Counts::default(),
            rows: rows.map(|number| Arc::new(row(number, 0))).collect(),
        };
        let patch = Patch::between(&of(0..60), &of(20..80)).unwrap();
        assert_eq!((patch.offset, patch.rows.len(), patch.counts), (Some(20), 20, None));
    }
}
