//! The live connection: a browser subscribes to views of the fleet and is sent what it shows, then what changes.
//!
//! Frames are JSON text over one WebSocket (`/socket/live`). A browser names each subscription by a number of its own.
//! The server answers with a whole [`View`]'s data and then with [`Patch`]es; after a gap it sends the whole again, so a
//! client only ever replaces or patches and never asks.
use crate::container::{ContainerRow, ContainerState, Health};
use crate::engine::EngineRow;
use crate::id::{ContainerRef, OperationId};
use crate::operation::Operation;
use crate::page::{ContainerQuery, Facets, FleetGroup, FleetPage};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// From the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ToServer {
    /// Follow a view. A number in use is given the new view instead.
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
    /// Counts by state and the values to choose from, each without its own filter.
    pub facets: Facets,
    /// The rows of the window, in order.
    pub rows: Vec<ContainerRow>,
}

/// A change of a [`ContainerWindow`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Patch {
    /// New count, when it changed.
    #[serde(default)]
    pub matching: Option<u32>,
    /// New facets, when they changed.
    #[serde(default)]
    pub facets: Option<Facets>,
    /// Rows that are new in the window or changed.
    #[serde(default)]
    pub rows: Vec<ContainerRow>,
    /// The window's order, when rows came, went or moved.
    #[serde(default)]
    pub order: Option<Vec<ContainerRef>>,
}

impl Patch {
    /// The change from one window to the next; `None` when there is none.
    pub fn between(old: &ContainerWindow, new: &ContainerWindow) -> Option<Self> {
        let before: std::collections::BTreeMap<_, _> = old.rows.iter().map(|r| (&r.at, r)).collect();
        let rows: Vec<_> = new
            .rows
            .iter()
            .filter(|r| before.get(&r.at) != Some(r))
            .cloned()
            .collect();
        let moved = !old.rows.iter().map(|r| &r.at).eq(new.rows.iter().map(|r| &r.at));
        let patch = Self {
            matching: (old.matching != new.matching).then_some(new.matching),
            facets: (old.facets != new.facets).then(|| new.facets.clone()),
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
        if let Some(facets) = self.facets {
            window.facets = facets;
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
