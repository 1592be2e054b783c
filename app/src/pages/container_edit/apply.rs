//! What the change would do, and the button that does it, which says why it cannot be pressed.
use super::editor::Editing;
use crate::calls::change as call;
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
use crate::parts::change::{Answer, Change};
use crate::parts::icon::Icon;
use crate::parts::manner::MannerFields;
use crate::parts::planned::{goes, planned};
use crate::parts::problem::ProblemBox;

/// Fields of the form, beside which their problems are told.
const FIELDS: [&str; 11] = [
    "image", "command", "user", "cpus", "memory", "ports", "env", "volumes", "network", "labels", "at_once",
];

/// The card with the plan, and the button.
#[component]
pub fn Aside(
    /// The page's state.
    editing: Editing,
) -> impl IntoView {
    let Editing {
        at,
        copies,
        manner,
        request,
        plan,
        problems,
    } = editing;
    let change = Change::default();
    let problem = Signal::derive(move || {
        let wrong = |problem: &&shipyard_model::Problem| problem.field.as_deref() == Some("at_once");
        problems.with(|problems| problems.iter().find(wrong).cloned())
    });
    let fits = memo(move || {
        plan.data
            .with(|plan| plan.as_ref().map(|(of, _)| of.clone()) == request.get())
    });
    let reason = memo(move || {
        let first = problems.with(|problems| problems.first().map(crate::text::problem));
        let goes = || plan.data.with(|plan| plan.as_ref().is_some_and(|(_, plan)| goes(plan)));
        first.or_else(|| (fits.get() && !goes()).then(|| t!("edit.nothing").to_owned()))
    });
    let ready =
        memo(move || reason.with(Option::is_none) && request.with(Option::is_some) && fits.get() && !change.busy.get());
    let press = move |_| {
        let Some(request) = request.get_untracked().filter(|_| ready.get_untracked()) else {
            return;
        };
        let at = at.clone();
        let call = move || -> Answer<_> { Box::pin(call(at.clone(), request.clone())) };
        change.run(call, |id| address::visit(&format!("/operations/{id}")));
    };
    view! {
        <section class="card" aria-busy=bound(move || plan.busy.get().to_string())>
            <header><h2>{t!("edit.plan")}</h2></header>
            <div class="in planned">
                <ProblemBox problem=plan.problem />
                {dynamic(move || plan.data.with(|plan| match plan {
                    Some((_, plan)) => planned(plan, &FIELDS),
                    None => view! { <div class="skeleton"></div> }.into_any(),
                }))}
                <MannerFields manner count=memo(move || copies) problem />
            </div>
        </section>
        <ProblemBox problem=change.problem />
        <div class="submit">
            <button
                type="button"
                class="btn primary wide"
                aria-disabled=bound(move || (!ready.get()).to_string())
                aria-busy=bound(move || change.busy.get().to_string())
                aria-describedby="edit-reason"
                on:click=press
            >
                <Icon name="check" />
                {t!("edit.apply")}
            </button>
            <p id="edit-reason" class="faint" role="status">{dynamic(move || reason.get())}</p>
        </div>
    }
}
