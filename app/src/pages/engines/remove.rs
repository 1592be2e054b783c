//! The dialog before an engine is removed: it names the engine and says what stays.
use crate::calls::engine_remove;
use crate::lean::{bound, dynamic, effect};
use crate::parts::dialog::Dialog;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_navigate};
use shipyard_model::{Engine, Problem};

/// Asks while `removing` holds an engine.
#[component]
pub fn RemoveDialog(
    /// The engine in question.
    removing: RwSignal<Option<Engine>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    effect(move || open.set(removing.with(Option::is_some)));
    effect(move || {
        if !open.get() && removing.with_untracked(Option::is_some) {
            removing.set(None);
        }
    });
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
    let navigate = use_navigate();
    let location = use_location();
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let text = t!("engine.remove-text", name = engine.name, address = engine.address);
    let remove = move |_| {
        let (engine, navigate) = (engine.clone(), navigate.clone());
        busy.set(true);
        spawn_local(async move {
            match engine_remove(engine.id).await {
                Ok(()) => {
                    toasts.good(t!("engine.removed", name = engine.name));
                    open.try_set(false);
                    if location.pathname.get_untracked() != "/engines" {
                        navigate("/engines", Default::default());
                    }
                }
                Err(error) => {
                    problem.try_set(Some(error.0));
                    busy.try_set(false);
                }
            }
        });
    };
    view! {
        <p>{text}</p>
        <ProblemBox problem />
        <div class="buttons">
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
            <button type="button" class="btn primary danger" disabled=bound(move || busy.get()) on:click=remove>{t!("engine.remove")}</button>
        </div>
    }
}
