//! Adding the daemon of the machine that Shipyard runs on, by one press.
use super::change::{Answer, Change};
use super::icon::Icon;
use super::toast::toasts;
use crate::calls::{engine_add, local_socket};
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, effect};
use leptos::task::spawn_local;
use shipyard_model::Engine;
use shipyard_model::engine::EngineDraft;

/// Path of the local daemon's socket, once it is known that one answers there and is no engine yet.
pub fn local_socket_path() -> RwSignal<Option<String>> {
    let path = RwSignal::new(None);
    spawn_local(async move {
        // A failure means that there is nothing to offer.
        if let Ok(found) = local_socket().await {
            path.try_set(found);
        }
    });
    path
}

/// The button.
#[component]
pub fn AddLocal(
    /// Path of the socket.
    path: String,
    /// Called when it was added.
    #[prop(optional)]
    done: Option<Callback<()>>,
) -> impl IntoView {
    let toasts = toasts();
    let change = Change::default();
    let busy = change.busy;
    let add = move |_| {
        let draft = EngineDraft {
            name: "local".to_owned(),
            address: format!("unix://{path}"),
            ..EngineDraft::default()
        };
        let call = move || -> Answer<Engine> { Box::pin(engine_add(draft.clone())) };
        change.run(call, move |engine| {
            toasts.good(t!("engine.added", name = engine.name));
            if let Some(done) = done {
                done.try_run(());
            }
        });
    };
    effect(move || {
        change
            .problem
            .with(|problem| problem.as_ref().map(|problem| toasts.bad(problem)))
    });
    view! {
        <button type="button" class="btn primary" disabled=bound(move || busy.get()) on:click=add>
            <Icon name="plug" />
            {dynamic(move || if busy.get() { t!("engine.adding") } else { t!("first.local-add") })}
        </button>
    }
}
