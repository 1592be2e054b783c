//! The rows; or, where there are none, why and what to do.
use super::columns;
use super::filter;
use super::head::TableHead;
use super::row::Row;
use super::rows::key;
use super::table::Table;
use crate::boot;
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound, dynamic, memo};
use crate::live::Showing;
use crate::parts::empty::Empty;
use shipyard_model::Permission;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Waiting,
    Rows,
    NoEngines,
    NoContainers,
    NoMatch,
    Nothing,
}

/// The table, or what stands in its place.
#[component]
pub fn Body(
    /// The table.
    table: Table,
) -> impl IntoView {
    let shows = memo(move || {
        let facets = table.rows.facets;
        if table.showing.with(|showing| matches!(showing, Showing::Waiting)) {
            Shows::Waiting
        } else if !table.arrived() {
            Shows::Nothing
        } else if table.rows.matching.get() > 0 {
            Shows::Rows
        } else if facets.with(|facets| facets.all > 0) {
            Shows::NoMatch
        } else if facets.with(|facets| facets.engines.is_empty()) {
            Shows::NoEngines
        } else {
            Shows::NoContainers
        }
    });
    dynamic(move || {
        match shows.get() {
        Shows::Rows => view! { <Rows table /> }.into_any(),
        Shows::Waiting => view! { <div class="in"><div class="skeleton tall"></div></div> }.into_any(),
        Shows::Nothing => ().into_any(),
        Shows::NoEngines => view! { <NoEngines /> }.into_any(),
        Shows::NoContainers => view! { <NoContainers /> }.into_any(),
        Shows::NoMatch => view! {
            <Empty icon="list-filter" title=t!("containers.no-match").to_owned() text=t!("containers.no-match-text").to_owned()>
                <button type="button" class="btn" on:click=move |_| filter::clear(table)>{t!("containers.clear")}</button>
            </Empty>
        }
        .into_any(),
    }
    })
}

#[component]
fn Rows(table: Table) -> impl IntoView {
    view! {
        <div class="table-scroll">
            <table class=bound(move || columns::classes(table))>
                <caption class="sr">{t!("containers.title")}</caption>
                <TableHead table />
                <tbody>
                    <For each=move || table.rows.entries.get() key=|entry| key(&entry.at) let:entry>
                        <Row entry table />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn NoEngines() -> impl IntoView {
    view! {
        <Empty icon="server" title=t!("containers.no-engines").to_owned() text=t!("containers.no-engines-text").to_owned()>
            <Show when=|| boot::may(Permission::EngineManage)>
                <a class="btn primary" href="/engines/add">{t!("action.add-engine")}</a>
            </Show>
        </Empty>
    }
}

#[component]
fn NoContainers() -> impl IntoView {
    view! {
        <Empty icon="box" title=t!("containers.none").to_owned() text=t!("containers.none-text").to_owned()>
            <Show when=|| boot::may(Permission::Deploy)>
                <a class="btn primary" href="/deploy">{t!("action.deploy")}</a>
            </Show>
        </Empty>
    }
}
