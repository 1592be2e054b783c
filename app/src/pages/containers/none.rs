//! The rows; or, where there are none, why and what to do.
use super::columns;
use super::filter;
use super::head::TableHead;
use super::row::Row;
use super::slots::slots;
use super::table::Table;
use crate::boot;
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound, dynamic, memo};
use crate::live::Showing;
use crate::parts::empty::Empty;
use shipyard_model::Permission;
use shipyard_model::unit::tenths;

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
        if table.showing.with(|showing| matches!(showing, Showing::Waiting)) {
            // Who comes back to where there were rows sees their place at once.
            if table.total.get() > 0 {
                Shows::Rows
            } else {
                Shows::Waiting
            }
        } else if !table.arrived() {
            Shows::Nothing
        } else if table.rows.matching.get() > 0 {
            Shows::Rows
        } else if table.rows.counts.get().all > 0 {
            Shows::NoMatch
        } else if table.rows.counts.get().engines == 0 {
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

/// Rows beyond those in the page are room, through which the shape of rows is seen until they are here.
#[component]
fn Rows(table: Table) -> impl IntoView {
    let shown = table.scroll.shown(table.rows, table.total);
    let body = NodeRef::<web_sys::Element>::new();
    let slots = slots(table.rows.held, shown, body);
    let before = Signal::derive(move || shown.get().from);
    let after = Signal::derive(move || table.total.get().saturating_sub(shown.get().to));
    view! {
        <div class="table-scroll">
            <table
                role="table"
                node_ref=table.scroll.list
                class=bound(move || columns::classes(table))
                style:background-size=bound(move || format!("100% {}px", tenths(table.scroll.row.get())))
                aria-rowcount=bound(move || table.rows.matching.get() + 1)
            >
                <caption class="sr">{t!("containers.title")}</caption>
                <TableHead table />
                <Room table rows=before />
                <tbody role="rowgroup" class="rows" node_ref=body>
                    <For each=move || slots.get() key=|slot| slot.number let:slot>
                        <Row slot table />
                    </For>
                </tbody>
                <Room table rows=after />
            </table>
        </div>
    }
}

/// The room of rows that are not in the page.
#[component]
fn Room(table: Table, rows: Signal<u32>) -> impl IntoView {
    let some = memo(move || rows.get() > 0);
    let row = table.scroll.row;
    view! {
        <Show when=move || some.get()>
            <tbody class="room" role="presentation" aria-hidden="true">
                <tr>
                    <td
                        colspan="10"
                        style:height=bound(move || format!("{}px", tenths(f64::from(rows.get()) * row.get())))
                    ></td>
                </tr>
            </tbody>
        </Show>
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
