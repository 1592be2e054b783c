//! Facets with many values: a chip that opens a list of boxes with counts, which are followed while it is open.
use super::table::Table;
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, memo};
use crate::live::{self, Showing};
use crate::parts::icon::Icon;
use crate::parts::popover::Popover;
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::{Counts, Facet, FacetValues};

/// Whether there is anything to choose.
fn is_there(of: Facet, counts: &Counts) -> bool {
    match of {
        Facet::Engines => counts.engines > 0,
        Facet::Stacks => counts.stacks,
        Facet::Labels => counts.labels,
    }
}

/// The chip of a facet; hidden while there is nothing to choose.
#[component]
pub fn Choices(
    /// The table.
    table: Table,
    /// What it is called.
    text: &'static str,
    /// Which facet.
    of: Facet,
) -> impl IntoView {
    let chosen = memo(move || table.query.with(|query| of.chosen(query).clone()));
    let shown = memo(move || table.rows.counts.with(|counts| is_there(of, counts)) || chosen.with(|it| !it.is_empty()));
    let label = Signal::derive(move || match chosen.with(|chosen| in_short(chosen)) {
        Some(words) => format!("{text}: {words}"),
        None => text.to_owned(),
    });
    let trigger = move || view! { <span>{dynamic(move || label.get())}</span><Icon name="chevron-down" /> }.into_any();
    view! {
        <Show when=move || shown.get()>
            <Popover label class="chip" trigger=trigger()>
                <List table text of />
            </Popover>
        </Show>
    }
}

/// From so many on there is a field to find one.
const MANY: u32 = 12;

/// The boxes; where there are a thousand, those that are chosen and the first others, and a field that finds the rest.
#[component]
fn List(table: Table, text: &'static str, of: Facet) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let showing = Signal::from(live::follow(move || View::Facet {
        of,
        query: table.query.get(),
        find: typed.get(),
    }));
    let values = memo(move || {
        showing.with(|showing| match showing {
            Showing::Data(ViewData::Facet(values)) => Some(values.clone()),
            _ => None,
        })
    });
    let with = move |take: fn(&FacetValues) -> u32| values.with(|values| values.as_ref().map_or(0, take));
    let many = memo(move || with(|values| values.all) > MANY);
    let more = memo(move || with(|values| values.more));
    let none = memo(move || values.with(|values| values.as_ref().is_some_and(|it| it.values.is_empty())));
    let each = move || values.get().unwrap_or_default().values;
    view! {
        <Show when=move || many.get()>
            <div class="field find">
                <Icon name="search" />
                <input
                    type="search"
                    autocomplete="off"
                    spellcheck="false"
                    aria-label=t!("containers.find")
                    placeholder=t!("containers.find")
                    on:input:target=move |event| typed.set(event.target().value())
                />
            </div>
        </Show>
        <div class="choices" role="group" aria-label=text>
            <For each key=|value| value.clone() let:value>
                <Value table of value />
            </For>
            <Show when=move || none.get()>
                <p class="faint">{t!("containers.find-none")}</p>
            </Show>
            <Show when=move || { more.get() > 0 }>
                <p class="faint" role="status">{dynamic(move || t!("containers.find-more", n = more.get()))}</p>
            </Show>
        </div>
    }
}

/// `a`, or `a +2`.
fn in_short(values: &[String]) -> Option<String> {
    let (first, rest) = values.split_first()?;
    Some(match rest.len() {
        0 => first.clone(),
        more => format!("{first} +{more}"),
    })
}

#[component]
fn Value(table: Table, of: Facet, value: (String, u32)) -> impl IntoView {
    let (name, count) = value;
    let text = name.clone();
    let name = StoredValue::new(name);
    let on = memo(move || name.with_value(|name| table.query.with(|query| of.chosen(query).contains(name))));
    let toggle = move |_| {
        table.change(|query| {
            let name = name.get_value();
            let values = of.chosen_mut(query);
            match values.iter().position(|value| *value == name) {
                Some(at) => drop(values.remove(at)),
                None => values.push(name),
            }
        });
    };
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=on on:change=toggle />
            <span class="clip">{text}</span>
            <span class="n">{format::count(count.into())}</span>
        </label>
    }
}
