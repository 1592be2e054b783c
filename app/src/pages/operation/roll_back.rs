//! The way back from what an operation changed: asked once, then an operation of its own.
use super::summary;
use crate::boot;
use crate::calls::operation_roll_back;
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::Dialog;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use shipyard_model::Permission;
use shipyard_model::operation::{Operation, TargetState, What};

/// The button, once there is something to take back.
#[component]
pub fn RollBack(
    /// The operation.
    operation: Memo<Option<Operation>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let title = memo(move || operation.with(|it| it.as_ref().filter(|it| changed(it)).map(summary::title)));
    let question = Signal::derive(move || t!("operation.roll-back-title", title = title.get().unwrap_or_default()));
    view! {
        <Show when=move || title.with(Option::is_some) && boot::may(Permission::Deploy)>
            <button type="button" class="btn" on:click=move |_| open.set(true)>
                <Icon name="history" />
                {t!("operation.roll-back-ask")}
            </button>
        </Show>
        <Dialog open title=question>
            <Question operation open />
        </Dialog>
    }
}

/// Whether it has ended and made other containers of some.
fn changed(operation: &Operation) -> bool {
    let done = || operation.targets.iter().any(|target| target.state == TargetState::Done);
    let kind = matches!(operation.what, What::Change { .. } | What::Roll { .. });
    kind && operation.finished.is_some() && done()
}

#[component]
fn Question(operation: Memo<Option<Operation>>, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let done = move || {
        operation.with(|it| {
            let targets = it.iter().flat_map(|it| &it.targets);
            let done = targets.filter(|target| target.state == TargetState::Done);
            done.map(|target| view! { <li>{t!("confirm.target", name = target.name, engine = target.engine)}</li> })
                .collect_view()
        })
    };
    let act = move |_| {
        let Some(id) = operation.with_untracked(|it| it.as_ref().map(|it| it.id.clone())) else {
            return;
        };
        let call = move || -> Answer<_> { Box::pin(operation_roll_back(id.clone())) };
        change.run(call, move |id| {
            open.try_set(false);
            address::visit(&format!("/operations/{id}"));
        });
    };
    view! {
        <p>{t!("operation.roll-back-text")}</p>
        <ul class="names" tabindex="0" aria-label=t!("confirm.names")>{dynamic(done)}</ul>
        <ProblemBox problem=change.problem />
        <div class="buttons">
            <button type="button" class="btn" autofocus on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
            <button type="button" class="btn primary" disabled=bound(move || change.busy.get()) on:click=act>{t!("operation.roll-back-button")}</button>
        </div>
    }
}
