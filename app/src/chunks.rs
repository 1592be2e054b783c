//! Pages that are not in the first load: each is in a *chunk*, a file of WASM that is loaded when one of its pages is gone
//! to, or is about to be. `xtask/src/split.rs` cuts them out of what is linked.
//!
//! Charts are so too, on whatever page: they come after the page that they stand on.
//!
//! To put a page into a chunk is one line below; a page without a line is in the first load, and has its place in
//! `routes.rs`.
use crate::pure::route::Page;

#[cfg(feature = "csr")]
pub mod show;

#[cfg(feature = "csr")]
use show::{Loading, Made, NotLoaded};

/// What of a page comes in a chunk though the page itself does not, or is in another.
#[cfg(feature = "csr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What a container uses.
    ContainerCharts,
    /// What an engine's containers use together.
    EngineCharts,
    /// What those of the fleet use.
    FleetCharts,
}

macro_rules! parts {
    ($($chunk:ident: $part:ident => $module:ident::$component:ident, $load:ident;)*) => {
        /// Loads a part's chunk, unless it is here.
        #[cfg(feature = "csr")]
        fn load_part(part: Part) -> Loading {
            match part {
                $(Part::$part => Box::pin($load()),)*
            }
        }

        $(piece!($chunk, $module::$component, $load);)*
    };
}

macro_rules! piece {
    ($chunk:ident, $module:ident::$component:ident, $load:ident) => {
        #[cfg(all(feature = "csr", feature = "split"))]
        #[wasm_split_helpers::wasm_split($chunk, fallible)]
        fn $load() -> Result<Made, NotLoaded> {
            Ok(show::made!($module::$component))
        }

        // In one piece, as for `watch`, it is always here.
        #[cfg(all(feature = "csr", not(feature = "split")))]
        async fn $load() -> Result<Made, NotLoaded> {
            Ok(show::made!($module::$component))
        }
    };
}

macro_rules! chunks {
    ($($chunk:ident: $page:ident => $module:ident::$component:ident, $load:ident;)*) => {
        /// The chunk that a page is in, by its name; `None` for pages of the first load.
        pub fn chunk(page: Page) -> Option<&'static str> {
            match page {
                $(Page::$page => Some(stringify!($chunk)),)*
                _ => None,
            }
        }

        /// Loads a page's chunk, unless it is here; `None` for pages of the first load.
        #[cfg(feature = "csr")]
        fn load(page: Page) -> Option<Loading> {
            match page {
                $(Page::$page => Some(Box::pin($load())),)*
                _ => None,
            }
        }

        $(piece!($chunk, $module::$component, $load);)*
    };
}

chunks! {
    admin: Access => access::AccessPage, access;
    admin: Activity => activity::ActivityPage, activity;
    admin: Doctor => doctor::DoctorPage, doctor;
    admin: Settings => settings::SettingsPage, settings;
    forms: AddEngine => engine_form::AddEnginePage, add_engine;
    deploys: Deploy => deploy::DeployPage, deploy;
    deploys: EditContainer => container_edit::EditContainerPage, edit_container;
    forms: EditEngine => engine_form::EditEnginePage, edit_engine;
    forms: PrepareNode => node_form::PrepareNodePage, prepare_node;
    table: Containers => containers::ContainersPage, containers;
    details: Container => container::ContainerPage, container;
    details: Engine => engine::EnginePage, engine;
    details: Operation => operation::OperationPage, operation;
    details: Operations => operations::OperationsPage, operations;
}

parts! {
    charts: ContainerCharts => usage::ContainerCharts, container_charts;
    charts: EngineCharts => usage::EngineCharts, engine_charts;
    charts: FleetCharts => usage::FleetCharts, fleet_charts;
}
