//! The App component and its routes: every page of the app on one screen.
use crate::frame::AppFrame;
use crate::interop::clock;
use crate::parts::{acts, toast};
use crate::{live, pages};
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// The whole interface.
#[component]
pub fn App() -> impl IntoView {
    clock::provide_tick();
    toast::provide_toasts();
    acts::provide_acts();
    live::provide_live();
    view! {
        <Router>
            <AppFrame>
                <Routes fallback=pages::not_found::NotFoundPage>
                    <Route path=path!("/") view=pages::fleet::FleetPage />
                    <Route path=path!("/containers") view=pages::containers::ContainersPage />
                    <Route path=path!("/containers/:engine/:name") view=pages::container::ContainerPage />
                    <Route path=path!("/containers/:engine/:name/:tab") view=pages::container::ContainerPage />
                    <Route path=path!("/deploy") view=pages::deploy::DeployPage />
                    <Route path=path!("/engines") view=pages::engines::EnginesPage />
                    <Route path=path!("/engines/add") view=pages::engine_form::AddEnginePage />
                    <Route path=path!("/engines/:name") view=pages::engine::EnginePage />
                    <Route path=path!("/engines/:name/edit") view=pages::engine_form::EditEnginePage />
                    <Route path=path!("/operations") view=pages::operations::OperationsPage />
                    <Route path=path!("/operations/:id") view=pages::operation::OperationPage />
                    <Route path=path!("/activity") view=pages::activity::ActivityPage />
                    <Route path=path!("/settings") view=pages::settings::SettingsPage />
                </Routes>
            </AppFrame>
        </Router>
    }
}
