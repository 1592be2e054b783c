//! Operations: what takes time, who asked for it, and how far it is.
use crate::boot;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, memo};
use crate::live::{self, Showing};
use crate::pages::operation::summary;
use crate::parts::age::Age;
use crate::parts::empty::Empty;
use crate::parts::icon::Icon;
use crate::parts::meter::Meter;
use crate::parts::problem::ProblemBox;
use crate::parts::state::StatePill;
use shipyard_model::live::{View, ViewData};
use shipyard_model::operation::Operation;
use shipyard_model::{OperationId, Permission};

/// Operations, newest first.
#[component]
pub fn OperationsPage() -> impl IntoView {
    browser::set_title(t!("operations.tab"));
    let showing = live::follow(|| View::Operations);
    let (for_ids, for_rows, for_problem) = (showing.clone(), showing.clone(), showing);
    let ids = memo(move || {
        for_ids.with(|showing| list(showing).map(|all| all.iter().map(|one| one.id.clone()).collect::<Vec<_>>()))
    });
    let rows = Signal::derive(move || for_rows.get());
    let problem = Signal::derive(move || match for_problem.get() {
        Showing::Failed(problem) => Some(problem),
        _ => None,
    });
    let none = memo(move || ids.with(|ids| ids.as_ref().map(Vec::is_empty)));
    view! {
        <div class="page-head">
            <h1>{t!("operations.title")}</h1>
            <span class="muted">{t!("operations.kept")}</span>
        </div>
        <ProblemBox problem />
        <section class="card operations">
            {dynamic(move || match none.get() {
                None => view! { <div class="in"><div class="skeleton tall"></div></div> }.into_any(),
                Some(true) => view! { <Nothing /> }.into_any(),
                Some(false) => view! { <List ids rows /> }.into_any(),
            })}
        </section>
    }
}

fn list(showing: &Showing) -> Option<&Vec<Operation>> {
    match showing {
        Showing::Data(ViewData::Operations(all)) => Some(all),
        _ => None,
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <Empty icon="activity" title=t!("operations.none").to_owned() text=t!("operations.none-text").to_owned()>
            <Show when=|| boot::may(Permission::Deploy)>
                <a class="btn primary" href="/deploy"><Icon name="rocket" />{t!("action.deploy")}</a>
            </Show>
        </Empty>
    }
}

#[component]
fn List(ids: Memo<Option<Vec<OperationId>>>, rows: Signal<Showing>) -> impl IntoView {
    view! {
        <div class="table-scroll">
            <table class="cards">
                <caption class="sr">{t!("operations.title")}</caption>
                <thead>
                    <tr>
                        <th>{t!("operations.what")}</th>
                        <th>{t!("operations.state")}</th>
                        <th>{t!("operations.progress")}</th>
                        <th>{t!("operations.who")}</th>
                        <th class="num">{t!("operations.when")}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || ids.get().unwrap_or_default() key=OperationId::clone let:id>
                        <OperationRow id rows />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn OperationRow(id: OperationId, rows: Signal<Showing>) -> impl IntoView {
    let address = format!("/operations/{id}");
    let operation = memo(move || {
        rows.with(|showing| {
            list(showing)
                .and_then(|all| all.iter().find(|one| one.id == id))
                .cloned()
        })
    });
    let part = move |take: fn(&Operation) -> String| move || operation.with(|it| it.as_ref().map(take));
    let state = memo(move || operation.with(|it| it.as_ref().map(summary::state)));
    let started = memo(move || operation.with(|it| it.as_ref().map(|it| it.started)));
    view! {
        <tr>
            <td class="name"><a href=address><b>{part(summary::title)}</b></a></td>
            <td data-label=t!("operations.state")>
                {dynamic(move || state.get().map(|(look, word)| view! { <StatePill look word=word.to_owned() /> }))}
            </td>
            <td data-label=t!("operations.progress")><Progress operation /></td>
            <td class="muted" data-label=t!("operations.who")>{part(|it| it.actor.clone())}</td>
            <td class="num muted" data-label=t!("operations.when")>{dynamic(move || started.get().map(|since| view! { <Age since /> }))}</td>
        </tr>
    }
}

/// How far an operation is, as a bar and as counts.
#[component]
pub fn Progress(
    /// The operation.
    operation: Memo<Option<Operation>>,
) -> impl IntoView {
    let counts = memo(move || operation.with(|it| it.as_ref().map(Operation::counts).unwrap_or_default()));
    let share = move || {
        let over = operation.with(|it| it.as_ref().map_or(0, summary::over));
        over as f64 * 100.0 / counts.get().2.max(1) as f64
    };
    let says = move || match counts.get() {
        (done, 0, all) => t!("acts.of", done = done, all = all),
        (done, failed, all) => t!("operations.counts", done = done, failed = failed, all = all),
    };
    view! {
        <div class="figure progress">
            <Meter label=t!("operations.progress").to_owned() used=Signal::derive(share) progress=true />
            <span>{dynamic(says)}</span>
        </div>
    }
}
