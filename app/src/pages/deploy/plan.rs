//! Where each copy will go, and why the other engines get none.
use super::options::OPTIONS;
use super::{Deploy, affinity};
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic};
use crate::pages::access::pools::profile_word;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::state::Dot;
use shipyard_model::deploy::{EngineVerdict, Plan, SkipReason};
use shipyard_model::live::Look;

/// The plan, while one types.
#[component]
pub fn Where(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let plan = deploy.plan;
    let waiting = move || plan.data.with(Option::is_none) && plan.problem.with(Option::is_none);
    // What belongs to no field is said here.
    let general = Signal::derive(move || {
        let fields = [
            "image",
            "name",
            "command",
            "user",
            "cpus",
            "memory",
            "copies",
            "ports",
            "env",
            "volumes",
            "network",
            "labels",
            "target",
            "affinity",
            "strategy",
            "most_per_engine",
        ];
        let placed = |field: &str| fields.contains(&field) || OPTIONS.iter().any(|option| option.name == field);
        deploy.problems.with(|problems| {
            problems
                .iter()
                .find(|problem| !problem.field.as_deref().is_some_and(placed))
                .cloned()
        })
    });
    view! {
        <section class="card where" aria-busy=bound(move || plan.busy.get().to_string())>
            <header><h2>{t!("deploy.where")}</h2></header>
            <ProblemBox problem=general />
            <Show when=waiting>
                <div class="in"><div class="skeleton"></div></div>
            </Show>
            <ul class="why">{dynamic(move || plan.data.with(|plan| plan.as_ref().map(verdicts)))}</ul>
            {dynamic(move || plan.data.with(|plan| plan.as_ref().and_then(added)))}
        </section>
    }
}

/// What the person's profile adds to what they asked for: a container that is not as it was written is no riddle.
fn added(plan: &Plan) -> Option<AnyView> {
    if plan.added.is_empty() {
        return None;
    }
    let options = plan.added.join("\n");
    Some(
        view! {
            <details class="details">
                <summary><Icon name="chevron-right" />{t!("deploy.added", profile = profile_word(plan.profile))}</summary>
                <div class="in"><pre>{options}</pre></div>
            </details>
        }
        .into_any(),
    )
}

/// Every engine with what it gets, or why it gets nothing.
pub fn verdicts(plan: &Plan) -> impl IntoView + use<> {
    plan.engines
        .iter()
        .map(|verdict| view! { <Verdict verdict=verdict.clone() /> })
        .collect_view()
}

#[component]
fn Verdict(verdict: EngineVerdict) -> impl IntoView {
    let taken = !verdict.copies.is_empty();
    let look = match (&verdict.skipped, taken) {
        (_, true) => Look::Ok,
        (Some(SkipReason::Unreachable { .. }), _) => Look::Bad,
        _ => Look::Idle,
    };
    let count = verdict.copies.len();
    let says = if taken {
        reserved(&verdict)
    } else {
        verdict.skipped.as_ref().map(reason).unwrap_or_default()
    };
    let more = verdict
        .skipped
        .as_ref()
        .filter(|why| taken && **why != SkipReason::NotNeeded)
        .map(reason);
    let labels = verdict.labels.join(" ");
    let says = [labels, says]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    view! {
        <li class:skipped=!taken>
            <Dot look />
            <span>
                <b>{verdict.name.to_string()}</b>
                {taken.then(|| format!(" ×{count}"))}
                <span class="faint">{says}</span>
                {more.map(|why| view! { <span class="faint">{t!("deploy.no-more", why = why)}</span> })}
            </span>
            <span class="got">
                {if taken { names(verdict.copies).into_any() } else { view! { <span class="state">{t!("deploy.skipped")}</span> }.into_any() }}
            </span>
        </li>
    }
}

/// Names of the copies, the first three of them.
fn names(copies: Vec<String>) -> impl IntoView {
    let rest = copies.len().saturating_sub(3);
    let shown = copies
        .into_iter()
        .take(3)
        .map(|name| view! { <span class="state ok">{name}</span> })
        .collect_view();
    view! { {shown} {(rest > 0).then(|| view! { <span class="faint">{format!("+{rest}")}</span> })} }
}

/// `38% → 42% CPU reserved · 10% → 12% memory reserved`.
fn reserved(verdict: &EngineVerdict) -> String {
    let share = |part: u64, whole: u64| {
        let whole = u128::from(whole.max(1));
        (u128::from(part) * 100 + whole / 2) / whole
    };
    let (before, after, all) = (verdict.reserved_before, verdict.reserved_after, verdict.capacity);
    let cpu = (
        share(before.cpus.nanos(), all.cpus.nanos()),
        share(after.cpus.nanos(), all.cpus.nanos()),
    );
    let memory = (
        share(before.memory.get(), all.memory.get()),
        share(after.memory.get(), all.memory.get()),
    );
    let cpu = match cpu {
        (before, after) if before == after => t!("deploy.cpu-same", share = after),
        (before, after) => t!("deploy.cpu-reserved", before = before, after = after),
    };
    if before.memory == after.memory {
        cpu
    } else {
        format!(
            "{cpu} · {}",
            t!("deploy.memory-reserved", before = memory.0, after = memory.1)
        )
    }
}

/// Why an engine is passed over, with its figures.
fn reason(why: &SkipReason) -> String {
    match why {
        SkipReason::Unreachable { detail } => t!("deploy.skip.unreachable", detail = detail),
        SkipReason::Connecting => t!("deploy.skip.connecting").to_owned(),
        SkipReason::Label { .. } => affinity::label(why),
        SkipReason::NotNamed => t!("deploy.skip.not-named").to_owned(),
        SkipReason::Cpus { free, of } => t!("deploy.skip.cpus", free = format::cpus(*free), of = format::cpus(*of)),
        SkipReason::Memory { free, of } => t!(
            "deploy.skip.memory",
            free = format::bytes(*free),
            of = format::bytes(*of)
        ),
        SkipReason::Port { port, by } => t!("deploy.skip.port", port = port, by = by),
        SkipReason::Drained => t!("deploy.skip.drained").to_owned(),
        SkipReason::MostPerEngine { most } => t!("deploy.skip.most", most = most),
        SkipReason::NotWith { containers } => affinity::not_with(containers),
        SkipReason::With { name } => t!("deploy.skip.with", name = name),
        SkipReason::NameTaken { name } => t!("deploy.skip.name", name = name),
        SkipReason::NotNeeded => t!("deploy.skip.not-needed").to_owned(),
    }
}
