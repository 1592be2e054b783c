//! All engines: whether they answer, what they have, and what can be done about them.
pub mod cells;
pub mod remove;
pub mod row;

use crate::boot::may;
use crate::frame;
use crate::interop::{address, browser};
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, memo};
use crate::live::{self, Showing};
use crate::pages::fleet::first_engine::FirstEngine;
use crate::parts::filter_box::FilterBox;
use crate::parts::icon::Icon;
use crate::parts::local_socket::{AddLocal, local_socket_path};
use crate::parts::problem::ProblemBox;
use crate::pure::query::encode;
use remove::RemoveDialog;
use row::Row;
use shipyard_model::live::{View, ViewData};
use shipyard_model::{Engine, EngineRow, Permission, Problem};
use std::time::Duration;

/// Engines that the table shows at first, and by how many it grows.
const STEP: usize = 100;
/// From so many on there is a filter.
const MANY: usize = 12;

/// The engines, once known; and why they cannot be shown.
pub fn follow_engines() -> (Memo<Option<Vec<EngineRow>>>, Signal<Option<Problem>>) {
    let showing = live::follow(|| View::Engines);
    let failed = showing.clone();
    let problem = Signal::derive(move || match failed.get() {
        Showing::Failed(problem) => Some(problem),
        _ => None,
    });
    let rows = memo(move || {
        showing.with(|showing| match showing {
            Showing::Data(ViewData::Engines(rows)) => Some(rows.clone()),
            _ => None,
        })
    });
    (rows, problem)
}

/// All engines.
#[component]
pub fn EnginesPage() -> impl IntoView {
    frame::title(t!("nav.engines"));
    let (rows, problem) = follow_engines();
    let count = memo(move || rows.with(|rows| rows.as_ref().map(Vec::len)));
    let connected = move || {
        rows.with(|rows| {
            let rows = rows.as_ref().filter(|rows| !rows.is_empty())?;
            let up = rows.iter().filter(|row| row.health.is_up()).count();
            Some(t!("fleet.connected", n = rows.len(), up = up))
        })
    };
    view! {
        <div class="page-head">
            <h1>{t!("nav.engines")}</h1>
            <span class="muted">{dynamic(connected)}</span>
            <span class="grow"></span>
            <Show when=|| may(Permission::EngineManage)>
                <a class="btn" href="/engines/add/node"><Icon name="terminal" />{t!("node.title")}</a>
                <a class="btn" href="/engines/add"><Icon name="plus" />{t!("action.add-engine")}</a>
            </Show>
        </div>
        <ProblemBox problem />
        {dynamic(move || match count.get() {
            None => problem.with(Option::is_none).then(|| view! { <div class="card skeleton tall" aria-hidden="true"></div> }).into_any(),
            Some(0) => view! { <FirstEngine /> }.into_any(),
            Some(_) => view! { <LocalOffer /><Table rows /> }.into_any(),
        })}
    }
}

/// Offers the daemon of this machine while it is no engine.
#[component]
fn LocalOffer() -> impl IntoView {
    let path = if may(Permission::EngineManage) {
        local_socket_path()
    } else {
        RwSignal::new(None)
    };
    let done = Callback::new(move |()| path.set(None));
    dynamic(move || {
        path.get().map(|path| {
            view! {
                <div class="note accent">
                    <Icon name="plug" />
                    <p class="grow">{t!("first.local-text", path = path)}</p>
                    <AddLocal path done />
                </div>
            }
        })
    })
}

#[component]
fn Table(rows: Memo<Option<Vec<EngineRow>>>) -> impl IntoView {
    let removing = RwSignal::new(None::<Engine>);
    let query = address::query();
    let text = Signal::derive(move || query.get("q").unwrap_or_default());
    let most = RwSignal::new(STEP);
    let change = Callback::new(move |text: String| {
        most.set(STEP);
        let query = if text.is_empty() {
            text
        } else {
            format!("?q={}", encode(&text))
        };
        address::adjust(&format!("/engines{query}"), true);
    });
    let ids = memo(move || {
        let words = browser::lower(&text.get());
        let fits = |row: &&EngineRow| {
            if words.is_empty() {
                return true;
            }
            let all = browser::lower(
                &[
                    row.engine.name.as_str(),
                    &row.engine.labels.to_string(),
                    &row.engine.address.to_string(),
                ]
                .join(" "),
            );
            words.split_whitespace().all(|word| all.contains(word))
        };
        rows.with(|rows| {
            rows.iter()
                .flatten()
                .filter(fits)
                .map(|row| row.engine.id.clone())
                .collect::<Vec<_>>()
        })
    });
    let shown = move || ids.with(|ids| ids.iter().take(most.get()).cloned().collect::<Vec<_>>());
    let more = memo(move || ids.with(|ids| ids.len().saturating_sub(most.get())));
    let many = memo(move || rows.with(|rows| rows.as_ref().is_some_and(|rows| rows.len() > MANY)));
    let none = memo(move || ids.with(Vec::is_empty));
    view! {
        <Show when=move || many.get()>
            <div class="chips filters" role="search">
                <FilterBox label=t!("engines.filter") text change after=Duration::from_millis(120) />
            </div>
        </Show>
        <section class="card engines" aria-label=t!("nav.engines")>
            <div class="table-scroll">
                <table class="cards">
                    <thead>
                        <tr>
                            <th scope="col">{t!("engines.name")}</th>
                            <th scope="col">{t!("engines.health")}</th>
                            <th scope="col">{t!("engines.labels")}</th>
                            <th scope="col">{t!("engines.docker")}</th>
                            <th scope="col">{t!("engines.cpu")}</th>
                            <th scope="col">{t!("engines.memory")}</th>
                            <th scope="col">{t!("nav.containers")}</th>
                            <th scope="col">{t!("engines.certificate")}</th>
                            <th scope="col"><span class="sr">{t!("action.more")}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=shown key=Clone::clone let:id>
                            <Row rows id removing />
                        </For>
                    </tbody>
                </table>
            </div>
            <Show when=move || none.get()>
                <p class="in muted">{t!("engines.no-match")}</p>
            </Show>
            <Show when=move || { more.get() > 0 }>
                <footer>
                    <button type="button" class="btn small" on:click=move |_| most.update(|most| *most += STEP)>
                        {dynamic(move || t!("engines.more", n = more.get()))}
                    </button>
                </footer>
            </Show>
        </section>
        <RemoveDialog removing />
    }
}
