//! The filter field and the facets beside it.
use super::facets::Choices;
use super::table::Table;
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::filter_box::FilterBox;
use crate::parts::icon::Icon;
use shipyard_model::page::{ContainerQuery, Counts, Facet, StateGroup};
use std::time::Duration;

/// The filters of the table.
#[component]
pub fn Filter(
    /// The table.
    table: Table,
) -> impl IntoView {
    let text = Signal::derive(move || table.query.with(|query| query.text.clone()));
    let change = Callback::new(move |text| table.change_text(text));
    view! {
        <div class="chips filters" role="search">
            <FilterBox label=t!("containers.filter") text change after=Duration::from_millis(120) />
            <StateChip table group=StateGroup::Running text=t!("containers.running") count=|counts| counts.running />
            <StateChip table group=StateGroup::Stopped text=t!("containers.stopped") count=|counts| counts.stopped />
            <StateChip table group=StateGroup::Paused text=t!("containers.paused") count=|counts| counts.paused />
            <StateChip table group=StateGroup::Unhealthy text=t!("containers.unhealthy") count=|counts| counts.unhealthy />
            <Choices table text=t!("containers.engine") of=Facet::Engines />
            <Choices table text=t!("containers.stack") of=Facet::Stacks />
            <Choices table text=t!("containers.label") of=Facet::Labels />
            <Show when=move || table.filtered()>
                <button type="button" class="btn quiet small" on:click=move |_| clear(table)>
                    <Icon name="x" />
                    {t!("containers.clear")}
                </button>
            </Show>
        </div>
    }
}

/// Removes every filter; the order stays.
pub fn clear(table: Table) {
    table.change(|query| {
        *query = ContainerQuery {
            sort: query.sort,
            descending: query.descending,
            ..ContainerQuery::default()
        };
    });
}

#[component]
fn StateChip(table: Table, group: StateGroup, text: &'static str, count: fn(&Counts) -> u32) -> impl IntoView {
    let on = memo(move || table.query.with(|query| query.states.contains(&group)));
    let count = memo(move || table.rows.counts.with(count));
    let toggle = move |_| {
        table.change(|query| match query.states.iter().position(|state| *state == group) {
            Some(at) => drop(query.states.remove(at)),
            None => query.states.push(group),
        });
    };
    view! {
        <button type="button" class="chip" aria-pressed=bound(move || on.get().to_string()) on:click=toggle>
            {text}
            " "
            <span class="n">{dynamic(move || format::count(count.get().into()))}</span>
        </button>
    }
}
