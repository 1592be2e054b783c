//! The command to paste on the new server, and how far the server has come with it.
use crate::calls::{CallError, node_state, node_withdraw};
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
use crate::parts::age::Until;
use crate::parts::change::{Answer, Change};
use crate::parts::copy::Snippet;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::state::Dot;
use leptos::task::spawn_local;
use shipyard_model::access::Proof;
use shipyard_model::live::Look;
use shipyard_model::node::{NodePrepared, NodeState};
use shipyard_model::{Problem, Secret};
use std::time::Duration;

/// Between two looks at how far it has come.
const EVERY: Duration = Duration::from_secs(2);

/// Looks until the server is an engine, its time has ended, or nobody looks on any more.
fn look(secret: StoredValue<String>, state: RwSignal<NodeState>, problem: RwSignal<Option<Problem>>) {
    spawn_local(async move {
        let Some(text) = secret.try_get_value() else { return };
        let over = match node_state(Proof(Secret::new(text))).await {
            Ok(now) => {
                let over = matches!(now, NodeState::Added { .. });
                problem.try_set(None);
                state.try_set(now);
                over
            }
            Err(CallError(why)) => {
                let over = why.status < 500;
                problem.try_set(Some(why));
                over
            }
        };
        if !over {
            set_timeout(move || look(secret, state, problem), EVERY);
        }
    });
}

/// The command and the way of the server.
#[component]
pub fn Progress(
    /// What was prepared.
    node: NodePrepared,
    /// Emptied to go back to the form.
    prepared: RwSignal<Option<NodePrepared>>,
) -> impl IntoView {
    let NodePrepared {
        name,
        command,
        script,
        secret,
        allow_from,
        expires,
    } = node;
    let secret = StoredValue::new(secret);
    let state = RwSignal::new(NodeState::Waiting);
    let problem = RwSignal::new(None);
    look(secret, state, problem);
    let engine = memo(move || match state.get() {
        NodeState::Added { engine } => Some(engine.to_string()),
        _ => None,
    });
    let file = command.is_none();
    view! {
        <section class="card" aria-labelledby="node-run">
            <header>
                <h2 id="node-run">{t!("node.run", name = name)}</h2>
                <span class="grow"></span>
                <span class="faint">{t!("node.ends")}" "<Until at=expires /></span>
            </header>
            <div class="in form">
                {match command {
                    Some(command) => view! {
                        <p class="muted">{t!("node.run-text")}</p>
                        <Snippet text=Signal::stored(command) />
                    }
                    .into_any(),
                    None => view! { <p class="note warn"><Icon name="unlock" /><span>{t!("node.run-file")}</span></p> }.into_any(),
                }}
                <p class="faint">{t!("node.allows", addresses = allow_from.join(", "))}</p>
            </div>
            <details class="details" open=file>
                <summary><Icon name="chevron-right" />{t!("node.script")}</summary>
                <div class="in form script"><Snippet text=Signal::stored(script) /></div>
            </details>
        </section>
        <section class="card" aria-labelledby="node-way">
            <header><h2 id="node-way">{t!("node.way")}</h2></header>
            <div role="status"><ol class="why">{dynamic(move || steps(&state.get()))}</ol></div>
        </section>
        <ProblemBox problem />
        {dynamic(move || match engine.get() {
            Some(engine) => view! {
                <div class="buttons">
                    <a class="btn primary" href=format!("/engines/{engine}")><Icon name="server" />{t!("node.show", name = engine)}</a>
                    <button type="button" class="btn" on:click=move |_| prepared.set(None)>{t!("node.another")}</button>
                </div>
            }
            .into_any(),
            None => view! { <Withdraw secret prepared /> }.into_any(),
        })}
    }
}

/// The steps, each with whether it is done.
fn steps(state: &NodeState) -> AnyView {
    // How many are done, and why the next one failed.
    let (done, failed) = match state {
        NodeState::Waiting => (0, None),
        NodeState::Fetched => (1, None),
        NodeState::Signed => (2, None),
        NodeState::Trying => (3, None),
        NodeState::Failed { signed, why } => (if *signed { 3 } else { 1 }, Some(crate::text::problem(why))),
        NodeState::Added { .. } => (4, None),
    };
    let texts = [
        (t!("node.fetch"), t!("node.fetched")),
        (t!("node.sign"), t!("node.signed")),
        (t!("node.set-up"), t!("node.is-set-up")),
        (t!("node.try"), t!("node.tried")),
    ];
    let step = |(place, (doing, is_done)): (usize, (&'static str, &'static str))| {
        let bad = place == done && failed.is_some();
        let look = match () {
            () if place < done => Look::Ok,
            () if bad => Look::Bad,
            () if place == done => Look::Warn,
            () => Look::Idle,
        };
        let more = failed.clone().filter(|_| bad);
        view! {
            <li>
                <Dot look />
                <span class:faint=place.gt(&done)>
                    {if place < done { is_done } else { doing }}
                    {more.map(|why| view! { <b class="is-bad">{why}</b><span class="faint">{t!("node.again")}</span> })}
                </span>
                {(place == done && !bad).then(|| view! { <i class="spinner" aria-hidden="true"></i> })}
            </li>
        }
    };
    texts.into_iter().enumerate().map(step).collect_view().into_any()
}

/// Takes back what was prepared.
#[component]
fn Withdraw(secret: StoredValue<String>, prepared: RwSignal<Option<NodePrepared>>) -> impl IntoView {
    let change = Change::default();
    let withdraw = move |_| {
        let call = move || -> Answer<()> { Box::pin(node_withdraw(Proof(Secret::new(secret.get_value())))) };
        change.run(call, move |()| {
            prepared.try_set(None);
        });
    };
    let gone = move || {
        change
            .problem
            .with(|problem| problem.as_ref().is_some_and(|p| p.status == 410))
    };
    view! {
        <ProblemBox problem=change.problem />
        <div class="buttons">
            {dynamic(move || match gone() {
                true => view! { <button type="button" class="btn" on:click=move |_| prepared.set(None)>{t!("node.back")}</button> }.into_any(),
                false => view! {
                    <button type="button" class="btn" disabled=bound(move || change.busy.get()) on:click=withdraw>{t!("node.withdraw")}</button>
                    <span class="faint">{t!("node.withdraw-text")}</span>
                }
                .into_any(),
            })}
        </div>
    }
}
