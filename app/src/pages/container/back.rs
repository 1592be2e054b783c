//! The way back to what the container was: the plan first, then one press.
use super::Shown;
use crate::calls::{change as call, change_plan};
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use crate::parts::change::{Answer, Change};
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::fetch::fetch;
use crate::parts::planned::{goes, planned};
use crate::parts::problem::ProblemBox;
use shipyard_model::change::{ChangeRequest, ChangeTo};
use std::time::Duration;

/// Asks while a number of the history is in question.
#[component]
pub fn GoBack(
    /// The container.
    shown: Shown,
    /// The number.
    asking: RwSignal<Option<u64>>,
) -> impl IntoView {
    let open = open_while(asking);
    let title = Signal::derive(move || {
        let number = asking.get().unwrap_or_default();
        t!("history.back-title", name = shown.name.get(), number = number)
    });
    view! {
        <Dialog open title>
            {dynamic(move || asking.get().map(|number| view! { <Question shown number open /> }))}
        </Dialog>
    }
}

#[component]
fn Question(shown: Shown, number: u64, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let at = shown.row.with_untracked(|row| row.as_ref().map(|row| row.at.clone()));
    let request = move || ChangeRequest {
        to: ChangeTo::Former(number),
        ..ChangeRequest::default()
    };
    let for_plan = at.clone();
    let plan = fetch(
        move || for_plan.clone(),
        Duration::ZERO,
        move |at| change_plan(at, request()),
    );
    let ready = move || plan.data.with(|plan| plan.as_ref().is_some_and(goes)) && !change.busy.get();
    let problem = Signal::derive(move || change.problem.get().or(plan.problem.get()));
    let act = move |_| {
        let Some(at) = at.clone() else { return };
        let call = move || -> Answer<_> { Box::pin(call(at.clone(), request())) };
        change.run(call, |id| address::visit(&format!("/operations/{id}")));
    };
    view! {
        <div class="planned" role="status" aria-busy=bound(move || plan.busy.get().to_string())>
            {dynamic(move || plan.data.with(|plan| match plan {
                Some(plan) => planned(plan, &[]),
                None => view! { <div class="skeleton"></div> }.into_any(),
            }))}
        </div>
        <ProblemBox problem />
        <div class="buttons">
            <button type="button" class="btn" autofocus on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
            <button type="button" class="btn primary" disabled=bound(move || !ready()) on:click=act>{t!("history.back-button", number = number)}</button>
        </div>
    }
}
