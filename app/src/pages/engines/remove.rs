//! The dialog before an engine is removed: it names the engine and says what stays.
use crate::calls::engine_remove;
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use shipyard_model::Engine;

/// Asks while `removing` holds an engine.
#[component]
pub fn RemoveDialog(
    /// The engine in question.
    removing: RwSignal<Option<Engine>>,
) -> impl IntoView {
    let open = open_while(removing);
    let title = Signal::derive(move || {
        removing.with(|engine| {
            engine
                .as_ref()
                .map(|e| t!("engine.remove-title", name = e.name))
                .unwrap_or_default()
        })
    });
    view! {
        <Dialog open title>
            {dynamic(move || removing.get().map(|engine| view! { <Question engine open /> }))}
        </Dialog>
    }
}

#[component]
fn Question(engine: Engine, open: RwSignal<bool>) -> impl IntoView {
    let toasts = toasts();
    let change = Change::default();
    let text = t!("engine.remove-text", name = engine.name, address = engine.address);
    let remove = move |_| {
        let (id, name) = (engine.id.clone(), engine.name.clone());
        let call = move || -> Answer<()> { Box::pin(engine_remove(id.clone())) };
        change.run(call, move |()| {
            toasts.good(t!("engine.removed", name = name));
            open.try_set(false);
            if !address::is("/engines") {
                address::visit("/engines");
            }
        });
    };
    view! {
        <p>{text}</p>
        <ProblemBox problem=change.problem />
        <div class="buttons">
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
            <button type="button" class="btn primary danger" disabled=bound(move || change.busy.get()) on:click=remove>{t!("engine.remove")}</button>
        </div>
    }
}
