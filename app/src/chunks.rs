//! Pages that are not in the first load: each is in a *chunk*, a file of WASM that is loaded when one of its pages is gone
//! to, or is about to be. `xtask/src/split.rs` cuts them out of what is linked.
//!
//! To put a page into a chunk is one line below; a page without a line is in the first load, and has its place in
//! `routes.rs`.
use crate::pure::route::Page;

#[cfg(feature = "csr")]
pub mod show;

#[cfg(feature = "csr")]
use show::{Loading, Made, NotLoaded};

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

        $(
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
        )*
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
    details: Container => container::ContainerPage, container;
    details: Engine => engine::EnginePage, engine;
    details: Operation => operation::OperationPage, operation;
    details: Operations => operations::OperationsPage, operations;
}
