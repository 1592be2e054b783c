//! The question before a verb that harms: it names the containers, and for more than five asks for their number.
use super::acts::{Request, acts};
use super::dialog::{Dialog, open_while};
use super::verbs;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic};
use shipyard_model::ContainerVerb;

/// So many are removed with one press; for more a person types how many.
const MOST_WITHOUT_TYPING: usize = 5;

/// So many are named one by one.
const MOST_NAMES: usize = 200;

/// The dialog, open while something is asked.
#[component]
pub fn ConfirmAct(
    /// What is asked.
    asking: RwSignal<Option<Request>>,
) -> impl IntoView {
    let open = open_while(asking);
    let title = Signal::derive(move || asking.with(|it| it.as_ref().map(title).unwrap_or_default()));
    view! {
        <Dialog open title>
            {dynamic(move || asking.get().map(|request| view! { <Question request asking /> }))}
        </Dialog>
    }
}

/// `Remove web-1?` or `Remove 3 containers?`.
fn title(request: &Request) -> String {
    let n = request.targets.len();
    let name = request.targets.first().filter(|_| n == 1).map(|one| one.name.as_str());
    match (request.verb, name) {
        (ContainerVerb::Remove, Some(name)) => t!("confirm.remove.title-one", name = name),
        (ContainerVerb::Remove, None) => t!("confirm.remove.title", n = n),
        (_, Some(name)) => t!("confirm.kill.title-one", name = name),
        (_, None) => t!("confirm.kill.title", n = n),
    }
}

#[component]
fn Question(request: Request, asking: RwSignal<Option<Request>>) -> impl IntoView {
    let acts = acts();
    let n = request.targets.len();
    let typed = RwSignal::new(String::new());
    let sure = move || n <= MOST_WITHOUT_TYPING || typed.with(|typed| typed.trim() == n.to_string());
    let (says, button) = match request.verb {
        ContainerVerb::Remove => (t!("confirm.remove.text"), t!("confirm.remove.button", n = n)),
        _ => (t!("confirm.kill.text"), t!("confirm.kill.button", n = n)),
    };
    let more = n.saturating_sub(MOST_NAMES);
    let names = request
        .targets
        .iter()
        .take(MOST_NAMES)
        .map(|target| view! { <li>{t!("confirm.target", name = target.name, engine = target.engine)}</li> })
        .collect_view();
    let icon = verbs::icon(request.verb);
    let act = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if sure() {
            acts.start(request.clone());
            asking.set(None);
        }
    };
    view! {
        <form class="form" on:submit=act>
            <p>{says}</p>
            <ul class="names" tabindex="0" aria-label=t!("confirm.names")>
                {names}
                {(more > 0).then(|| view! { <li class="muted">{t!("confirm.more", n = more)}</li> })}
            </ul>
            <Show when=move || { n > MOST_WITHOUT_TYPING }>
                <div class="f">
                    <label for="confirm-count">{t!("confirm.type", count = n)}</label>
                    <input
                        id="confirm-count"
                        autofocus
                        type="text"
                        inputmode="numeric"
                        autocomplete="off"
                        on:input:target=move |event| typed.set(event.target().value())
                    />
                </div>
            </Show>
            <div class="buttons">
                <button type="button" class="btn" autofocus on:click=move |_| asking.set(None)>{t!("action.cancel")}</button>
                <button class="btn danger primary" disabled=bound(move || !sure())>
                    <super::icon::Icon name=icon />
                    {button}
                </button>
            </div>
        </form>
    }
}
