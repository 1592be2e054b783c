//! The button that deploys, which says how much, or why not.
use super::Deploy;
use crate::calls::{CallError, deploy as call};
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use leptos::task::spawn_local;
use shipyard_model::Problem;

/// The button, and what went wrong when it was pressed.
#[component]
pub fn Submit(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let failed = RwSignal::new(None::<Problem>);
    let sending = RwSignal::new(false);
    let count = memo(move || {
        deploy
            .plan
            .data
            .with(|plan| plan.as_ref().map_or(0, |plan| plan.copies.len()))
    });
    let reason = memo(move || {
        if deploy.form.image.with(|image| image.trim().is_empty()) {
            return Some(t!("deploy.need-image").to_owned());
        }
        let first = deploy
            .problems
            .with(|problems| problems.first().map(crate::text::problem));
        first.or_else(|| (count.get() == 0).then(|| t!("deploy.no-plan").to_owned()))
    });
    let ready = move || reason.with(Option::is_none) && !sending.get();
    let press = move |_| {
        if !untrack(ready) {
            return;
        }
        let request = deploy.request.with_untracked(|(request, _)| request.clone());
        sending.set(true);
        failed.set(None);
        spawn_local(async move {
            match call(request).await {
                Ok(id) => address::visit(&format!("/operations/{id}")),
                Err(CallError(problem)) => {
                    sending.set(false);
                    failed.set(Some(problem));
                }
            }
        });
    };
    view! {
        <ProblemBox problem=failed />
        <div class="submit">
            <button
                type="button"
                class="btn primary wide"
                aria-disabled=bound(move || (!ready()).to_string())
                aria-busy=bound(move || sending.get().to_string())
                aria-describedby="d-reason"
                on:click=press
            >
                <Icon name="rocket" />
                {dynamic(move || match count.get() {
                    0 => t!("action.deploy").to_owned(),
                    n => t!("deploy.button", n = n),
                })}
            </button>
            <p id="d-reason" class="faint">{dynamic(move || reason.get())}</p>
        </div>
    }
}
