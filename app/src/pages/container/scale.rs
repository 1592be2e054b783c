//! More or fewer containers like one: the wanted number, and what it would do, while one types.
use super::Shown;
use crate::calls::{scale, scale_plan};
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, effect, memo};
use crate::pages::deploy::plan::verdicts;
use crate::parts::change::{Answer, Change};
use crate::parts::fetch::fetch;
use crate::parts::field::Field;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use shipyard_model::deploy::Plan;
use shipyard_model::roll::ScalePlan;
use std::time::Duration;

/// The form in the dialog.
#[component]
pub fn Scale(
    /// The container.
    shown: Shown,
    /// Whether the dialog is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let change = Change::default();
    let typed = RwSignal::new(String::new());
    let at = shown.row.with_untracked(|row| row.as_ref().map(|row| row.at.clone()));
    // Before anything is typed the question is how many there are, which every plan says.
    let asked = memo(move || {
        typed.with(|typed| {
            if typed.is_empty() {
                Some(1)
            } else {
                typed.parse::<u16>().ok()
            }
        })
    });
    let (for_plan, for_call) = (at.clone(), at);
    let plan = fetch(
        move || Some((for_plan.clone()?, asked.get()?)),
        Duration::from_millis(200),
        |(at, count)| async move { scale_plan(at, count).await.map(|plan| (count, plan)) },
    );
    let now = memo(move || plan.data.with(|plan| plan.as_ref().map(|(_, plan)| plan.now)));
    effect(move || {
        if let Some(now) = now.get().filter(|_| typed.with_untracked(String::is_empty)) {
            typed.set(now.to_string());
        }
    });
    let wanted = memo(move || typed.with(|typed| typed.parse::<u16>().ok()));
    // The plan of the number that stands there, and of no other.
    let fits = move |(count, _): &&(u16, ScalePlan)| wanted.get() == Some(*count);
    let blocked = memo(move || {
        plan.data
            .with(|plan| plan.as_ref().filter(fits).is_none_or(|(_, plan)| blocked(plan)))
    });
    let ready = memo(move || {
        wanted.get() != now.get() && !blocked.get() && plan.problem.with(Option::is_none) && !change.busy.get()
    });
    let problem = Signal::derive(move || plan.problem.get().filter(|p| p.field.as_deref() == Some("count")));
    let failed = Signal::derive(move || {
        let of_plan = plan.problem.get().filter(|p| p.field.as_deref() != Some("count"));
        change.problem.get().or(of_plan)
    });
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some((at, count)) = for_call
            .clone()
            .zip(wanted.get_untracked())
            .filter(|_| ready.get_untracked())
        else {
            return;
        };
        let call = move || -> Answer<_> { Box::pin(scale(at.clone(), count)) };
        change.run(call, |id| address::visit(&format!("/operations/{id}")));
    };
    view! {
        <form class="form" on:submit=send novalidate>
            <p>
                {dynamic(move || match now.get() {
                    Some(now) => t!("scale.now", n = now, name = shown.name.get()).into_any(),
                    None => view! { <span class="faint">{t!("scale.counting")}</span> }.into_any(),
                })}
            </p>
            <Field id="scale-count" label=t!("scale.wanted").to_owned() hint=t!("scale.hint") name="count" problem>
                <input
                    id="scale-count"
                    type="number"
                    min="1"
                    max="1000"
                    autofocus
                    aria-describedby="scale-count-hint"
                    aria-invalid=bound(move || problem.with(Option::is_some).then_some("true"))
                    prop:value=bound(move || typed.get())
                    on:input:target=move |event| typed.set(event.target().value())
                />
            </Field>
            <div class="planned" role="status" aria-busy=bound(move || plan.busy.get().to_string())>
                {dynamic(move || plan.data.with(|plan| plan.as_ref().filter(fits).map(|(count, plan)| what(&shown.name.get_untracked(), *count, plan))))}
            </div>
            <ProblemBox problem=failed />
            <div class="buttons">
                <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
                <button class="btn primary" disabled=bound(move || !ready.get())>
                    {dynamic(move || match wanted.get() {
                        Some(count) => t!("scale.button", count = count),
                        None => t!("scale.verb").to_owned(),
                    })}
                </button>
            </div>
        </form>
    }
}

/// Whether what is missing has no place.
fn blocked(plan: &ScalePlan) -> bool {
    plan.deploy.as_ref().is_some_and(|plan| !plan.problems.is_empty())
}

/// What would happen.
fn what(name: &str, count: u16, plan: &ScalePlan) -> AnyView {
    let gone = plan.remove.len();
    if gone > 0 {
        let line = |one: &shipyard_model::roll::Surplus| view! { <li>{t!("confirm.target", name = one.name, engine = one.engine)}</li> };
        let names = plan.remove.iter().map(line).collect_view();
        return view! {
            <p>{t!("scale.removes", n = gone)}</p>
            <ul class="names" tabindex="0" aria-label=t!("confirm.names")>{names}</ul>
        }
        .into_any();
    }
    match &plan.deploy {
        Some(deploy) => view! { {ports(name, &plan.random_ports)} {places(deploy)} }.into_any(),
        None if count == plan.now => view! { <p class="faint">{t!("scale.same")}</p> }.into_any(),
        None => ().into_any(),
    }
}

/// Ports that only one on an engine can have: the others get any.
fn ports(name: &str, fixed: &[u16]) -> Option<AnyView> {
    if fixed.is_empty() {
        return None;
    }
    let ports = fixed.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    Some(
        view! {
            <p class="note warn">
                <Icon name="triangle-alert" />
                <span class="grow">{t!("scale.random-ports", name = name, ports = ports)}</span>
            </p>
        }
        .into_any(),
    )
}

/// Where further ones would go, and why elsewhere not; or what keeps them from it.
fn places(plan: &Plan) -> AnyView {
    if let Some(problem) = plan.problems.first() {
        return view! { <ProblemBox problem=Signal::stored(Some(problem.clone())) /> }.into_any();
    }
    view! {
        <p>{t!("scale.adds", n = plan.copies.len())}</p>
        <div class="where"><ul class="why" tabindex="0" aria-label=t!("deploy.where")>{verdicts(plan)}</ul></div>
    }
    .into_any()
}
