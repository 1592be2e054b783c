//! Adding the daemon of the machine that Shipyard runs on, by one press.
use super::icon::Icon;
use super::toast::toasts;
use crate::calls::{engine_add, local_socket};
use crate::lean::{bound, dynamic};
use leptos::prelude::*;
use leptos::task::spawn_local;
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
    let busy = RwSignal::new(false);
    let add = move |_| {
        busy.set(true);
        let draft = EngineDraft {
            name: "local".to_owned(),
            address: format!("unix://{path}"),
            ..EngineDraft::default()
        };
        spawn_local(async move {
            match engine_add(draft).await {
                Ok(engine) => {
                    toasts.good(t!("engine.added", name = engine.name));
                    if let Some(done) = done {
                        done.try_run(());
                    }
                }
                Err(error) => toasts.bad(&error.0),
            }
            busy.try_set(false);
        });
    };
    view! {
        <button type="button" class="btn primary" disabled=bound(move || busy.get()) on:click=add>
            <Icon name="plug" />
            {dynamic(move || if busy.get() { t!("engine.adding") } else { t!("first.local-add") })}
        </button>
    }
}
