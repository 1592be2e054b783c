//! What became of a verb: a note that follows the operation, goes by itself when all went well, and stays when not.
use super::acts::{Request, Running, acts};
use super::icon::Icon;
use super::verbs;
use crate::interop::address::path;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, effect, memo};
use crate::live::{self, Showing};
use shipyard_model::live::{View, ViewData};
use shipyard_model::operation::{Operation, OperationTarget, TargetState};
use std::time::Duration;

/// So many failures are told in the note; the operation's page has them all.
const MOST_FAILURES: usize = 3;

/// The note of one operation.
#[component]
pub fn ActResult(
    /// The operation.
    running: Running,
) -> impl IntoView {
    let acts = acts();
    let id = StoredValue::new(running.id.clone());
    let request = StoredValue::new(running.request);
    let address = format!("/operations/{}", running.id);
    let showing = live::follow(move || View::Operation { id: id.get_value() });
    let operation = memo(move || match showing.get() {
        Showing::Data(ViewData::Operation(operation)) => operation,
        _ => None,
    });
    let close = move || acts.forget(&id.get_value());
    let good = memo(move || operation.with(|o| o.as_ref().is_some_and(all_done)));
    let over = memo(move || operation.with(|o| o.as_ref().is_some_and(|o| o.finished.is_some())));
    effect(move || {
        if good.get() {
            set_timeout(close, Duration::from_secs(5));
        }
    });
    let here = path();
    // The operation's own page says all of it, and has its button where the note would lie.
    let here = {
        let address = address.clone();
        memo(move || here.with(|path| *path == address))
    };
    let failures = memo(move || operation.with(|o| o.as_ref().map(failures).unwrap_or_default()));
    let bad = move || failures.with(|failures| !failures.is_empty());
    view! {
        <div class="toast act" class:bad=bad hidden=bound(move || here.get())>
            <ResultIcon good over bad=Signal::derive(bad) />
            <span>{dynamic(move || request.with_value(|request| operation.with(|o| sentence(request, o.as_ref()))))}</span>
            <a href=address>{t!("acts.details")}</a>
            <button type="button" class="btn quiet small square" aria-label=t!("action.close") on:click=move |_| close()>
                <Icon name="x" />
            </button>
            <Show when=bad>
                <ul class="failures">
                    {dynamic(move || {
                        failures
                            .get()
                            .into_iter()
                            .map(|(name, why)| view! { <li><b>{name}</b>" "{why}</li> })
                            .collect_view()
                    })}
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn ResultIcon(good: Memo<bool>, over: Memo<bool>, bad: Signal<bool>) -> impl IntoView {
    dynamic(move || match (good.get(), bad.get(), over.get()) {
        (true, ..) => view! { <Icon name="check" /> }.into_any(),
        (_, true, _) => view! { <Icon name="triangle-alert" /> }.into_any(),
        // It was cancelled: nothing failed, and not all was done.
        (.., true) => view! { <Icon name="info" /> }.into_any(),
        _ => view! { <i class="spinner" aria-hidden="true"></i> }.into_any(),
    })
}

fn all_done(operation: &Operation) -> bool {
    operation.finished.is_some() && operation.targets.iter().all(|target| target.state == TargetState::Done)
}

fn failures(operation: &Operation) -> Vec<(String, String)> {
    let failure = |target: &OperationTarget| match &target.state {
        TargetState::Failed { why } => Some((target.name.clone(), crate::text::problem(why))),
        _ => None,
    };
    operation
        .targets
        .iter()
        .filter_map(failure)
        .take(MOST_FAILURES)
        .collect()
}

fn sentence(request: &Request, operation: Option<&Operation>) -> String {
    let one = request.targets.first().filter(|_| request.targets.len() == 1);
    match operation.filter(|operation| operation.finished.is_some()) {
        Some(operation) => {
            let (done, _, all) = operation.counts();
            match one.filter(|_| done == 1) {
                Some(one) => verbs::done(request.verb, &one.name),
                None => verbs::done(request.verb, &t!("acts.of", done = done, all = all)),
            }
        }
        None => match one {
            Some(one) => verbs::doing(request.verb, &one.name),
            None => verbs::doing(request.verb, &t!("acts.containers", n = request.targets.len())),
        },
    }
}
