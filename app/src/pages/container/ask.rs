//! What is asked before a container is changed. The address says which dialog is open (`?do=scale`), so that lists link to it
//! without having it in their part of the app, and Back closes it.
use super::{Shown, scale, update};
use crate::boot;
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{effect, memo};
use crate::parts::dialog::Dialog;
use shipyard_model::Permission;

/// All dialogs of the page.
#[component]
pub fn Asks(
    /// The container.
    shown: Shown,
) -> impl IntoView {
    if !boot::may(Permission::Deploy) {
        return ().into_any();
    }
    let scaling = opened("scale", shown);
    let updating = opened("update", shown);
    let scale_title = Signal::derive(move || t!("scale.title", name = shown.name.get()));
    let update_title = Signal::derive(move || t!("update.title", name = shown.name.get()));
    view! {
        <Dialog open=scaling title=scale_title>
            <scale::Scale shown open=scaling />
        </Dialog>
        <Dialog open=updating title=update_title>
            <update::Update shown open=updating />
        </Dialog>
    }
    .into_any()
}

/// Whether the address asks for a dialog. It says no longer so once the dialog was closed.
fn opened(name: &'static str, shown: Shown) -> RwSignal<bool> {
    let query = address::query();
    let asked = memo(move || query.get("do").is_some_and(|what| what == name) && !shown.gone.get());
    let open = RwSignal::new(asked.get_untracked());
    effect(move || open.set(asked.get()));
    effect(move || {
        if !open.get() && asked.get_untracked() {
            address::adjust(&address::path().get_untracked(), true);
        }
    });
    open
}
