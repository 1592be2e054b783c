//! The table's head: a box that selects all rows, and columns that sort.
use super::table::Table;
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::parts::icon::Icon;
use crate::pure::choice::Choice;
use shipyard_model::page::SortKey;

/// The head.
#[component]
pub fn TableHead(
    /// The table.
    table: Table,
) -> impl IntoView {
    let count = memo(move || (table.chosen.with(Choice::len), table.rows.matching.get() as usize));
    let all = move || {
        let (chosen, rows) = count.get();
        chosen > 0 && chosen >= rows
    };
    let some = move || {
        let (chosen, rows) = count.get();
        chosen > 0 && chosen < rows
    };
    let toggle = move |_| table.choose_held();
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">
                <th role="columnheader" class="pick">
                    <input
                        type="checkbox"
                        prop:checked=all
                        prop:indeterminate=some
                        on:click=toggle
                        aria-label=t!("containers.select-all")
                    />
                </th>
                <Column table key=SortKey::Name class="name" text=t!("containers.name") />
                <Column table key=SortKey::Engine class="c-engine" text=t!("containers.engine") />
                <Column table key=SortKey::Stack class="c-stack" text=t!("containers.stack") />
                <Column table key=SortKey::State class="c-state" text=t!("containers.state") />
                <Column table key=SortKey::Cpu class="c-cpu" text="CPU" />
                <Column table key=SortKey::Memory class="c-memory" text=t!("containers.memory") />
                <th role="columnheader" scope="col" class="c-ports">{t!("containers.ports")}</th>
                <Column table key=SortKey::Created class="c-age num" text=t!("containers.age") />
                <th role="columnheader" class="more"><span class="sr">{t!("action.more")}</span></th>
            </tr>
        </thead>
    }
}

/// A column that sorts by itself: figures and ages from the largest, texts from A.
#[component]
fn Column(table: Table, key: SortKey, class: &'static str, text: &'static str) -> impl IntoView {
    let order = memo(move || {
        table
            .query
            .with(|query| (query.sort == key).then_some(query.descending))
    });
    let sort = move |_| {
        let descending = match order.get_untracked() {
            Some(descending) => !descending,
            None => matches!(key, SortKey::Cpu | SortKey::Memory | SortKey::Created),
        };
        table.change(|query| (query.sort, query.descending) = (key, descending));
    };
    let aria = move || match order.get() {
        None => "none",
        Some(false) => "ascending",
        Some(true) => "descending",
    };
    view! {
        <th role="columnheader" class=class aria-sort=aria scope="col">
            <button type="button" on:click=sort>
                {text}
                {dynamic(move || order.get().map(|descending| view! { <Icon name=if descending { "arrow-down" } else { "arrow-up" } /> }))}
            </button>
        </th>
    }
}
