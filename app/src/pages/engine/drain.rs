//! Emptying the engine: a dialog that shows what goes where and what stays, and the way back.
use crate::calls::{drain, drain_plan, undrain};
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic};
use crate::parts::change::{Answer, Change, act};
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::fetch::fetch;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::Toasts;
use crate::text;
use shipyard_model::moving::{DrainOptions, DrainPlan};
use shipyard_model::{Engine, OperationId};
use std::time::Duration;

/// Asks while `draining` holds an engine.
#[component]
pub fn DrainDialog(
    /// The engine in question.
    draining: RwSignal<Option<Engine>>,
) -> impl IntoView {
    let open = open_while(draining);
    let title = Signal::derive(move || {
        draining.with(|engine| {
            engine
                .as_ref()
                .map(|engine| t!("engine.drain-title", name = engine.name))
                .unwrap_or_default()
        })
    });
    view! {
        <Dialog open title>
            {dynamic(move || draining.get().map(|engine| view! { <Question engine open /> }))}
        </Dialog>
    }
}

#[component]
fn Question(engine: Engine, open: RwSignal<bool>) -> impl IntoView {
    let change = Change::default();
    let leave = RwSignal::new(false);
    let id = engine.id.clone();
    let plan = fetch(
        move || Some((id.clone(), leave.get())),
        Duration::ZERO,
        |(id, leave_volumes)| drain_plan(id, DrainOptions { leave_volumes }),
    );
    let waits = move || plan.data.with(Option::is_none) || plan.busy.get() || change.busy.get();
    let begin = move |_| {
        let (id, leave_volumes) = (engine.id.clone(), leave.get_untracked());
        let call = move || -> Answer<OperationId> { Box::pin(drain(id.clone(), DrainOptions { leave_volumes })) };
        change.run(call, move |operation| {
            open.try_set(false);
            address::visit(&format!("/operations/{operation}"));
        });
    };
    view! {
        <p>{t!("engine.drain-text")}</p>
        {dynamic(move || plan.data.get().map(|plan| view! { <Plan plan /> }))}
        <label class="check">
            <input type="checkbox" prop:checked=leave on:change=move |_| leave.update(|leave| *leave = !*leave) />
            <span>{t!("engine.drain-leave")}</span>
        </label>
        <ProblemBox problem=plan.problem />
        <ProblemBox problem=change.problem />
        <div class="buttons">
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
            <button type="button" class="btn primary" disabled=bound(waits) on:click=begin>{t!("engine.drain")}</button>
        </div>
    }
}

/// What goes where, and what stays and why.
#[component]
fn Plan(plan: DrainPlan) -> impl IntoView {
    let moves = plan.moves.into_iter().map(|one| {
        view! { <li><b>{one.name}</b>{format!(" → {}", one.to)}<span class="faint">{one.left.join(", ")}</span></li> }
    });
    let moves = moves.collect_view();
    let stays = plan.stays.into_iter().map(|one| {
        view! { <li><b>{one.name}</b>" "<span class="faint">{text::problem_alone(&one.why)}</span></li> }
    });
    let stays: Vec<_> = stays.collect();
    let any_stays = !stays.is_empty();
    view! {
        <h3>{t!("engine.drain-goes")}</h3>
        <ul>{moves}</ul>
        <Show when=move || any_stays>
            <h3>{t!("engine.drain-stays")}</h3>
        </Show>
        <ul>{stays.into_iter().collect_view()}</ul>
    }
}

/// Lets the engine take new containers again.
pub fn take_back(engine: Engine, toasts: Toasts) {
    let (id, name) = (engine.id, engine.name);
    let call = move || -> Answer<Engine> { Box::pin(undrain(id.clone())) };
    act(toasts, call, move |_| {
        toasts.good(t!("engine.undrained", name = name));
    });
}
