//! Facets with many values: a chip that opens a list of boxes with counts.
use super::table::Table;
use crate::format;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, memo};
use crate::parts::icon::Icon;
use crate::parts::popover::Popover;
use shipyard_model::page::{ContainerQuery, Facets};

/// Which facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Engines.
    Engines,
    /// Stacks.
    Stacks,
    /// Labels of engines.
    Labels,
}

impl Choice {
    fn of(self, query: &ContainerQuery) -> &Vec<String> {
        match self {
            Self::Engines => &query.engines,
            Self::Stacks => &query.stacks,
            Self::Labels => &query.labels,
        }
    }

    fn of_mut(self, query: &mut ContainerQuery) -> &mut Vec<String> {
        match self {
            Self::Engines => &mut query.engines,
            Self::Stacks => &mut query.stacks,
            Self::Labels => &mut query.labels,
        }
    }

    fn values(self, facets: &Facets) -> &Vec<(String, u32)> {
        match self {
            Self::Engines => &facets.engines,
            Self::Stacks => &facets.stacks,
            Self::Labels => &facets.labels,
        }
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
    choice: Choice,
) -> impl IntoView {
    let chosen = memo(move || table.query.with(|query| choice.of(query).clone()));
    let values = memo(move || {
        table
            .rows
            .facets
            .with(|facets| with_chosen(choice.values(facets), &chosen.get()))
    });
    let label = Signal::derive(move || match chosen.with(|chosen| in_short(chosen)) {
        Some(words) => format!("{text}: {words}"),
        None => text.to_owned(),
    });
    let trigger = move || view! { <span>{dynamic(move || label.get())}</span><Icon name="chevron-down" /> }.into_any();
    view! {
        <Show when=move || values.with(|values| !values.is_empty())>
            <Popover label class="chip" trigger=trigger()>
                <List table text choice values chosen />
            </Popover>
        </Show>
    }
}

/// So many are shown; more are found by their letters.
const MOST: usize = 40;
/// From so many on there is a field to find one.
const MANY: usize = 12;

/// The boxes; where there are a thousand, those that are chosen and the first others, and a field that finds the rest.
#[component]
fn List(
    table: Table,
    text: &'static str,
    choice: Choice,
    values: Memo<Vec<(String, u32)>>,
    chosen: Memo<Vec<String>>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let many = values.with_untracked(|values| values.len() > MANY);
    let found = memo(move || {
        let wanted = browser::lower(typed.get().trim());
        let fits = |name: &str| wanted.is_empty() || browser::lower(name).contains(&wanted);
        chosen.with(|chosen| {
            values.with(|values| {
                // Chosen ones stay where they are seen, whatever comes before them.
                let is_chosen = |(name, _): &&(String, u32)| chosen.contains(name);
                let all = values.iter().filter(|(name, _)| fits(name));
                let first = all.clone().filter(|one| values.len() > MOST && is_chosen(one));
                let rest = all.filter(|one| values.len() <= MOST || !is_chosen(one));
                let found: Vec<_> = first.chain(rest).cloned().collect();
                found
            })
        })
    });
    let shown = move || found.with(|found| found.iter().take(MOST).cloned().collect::<Vec<_>>());
    let more = memo(move || found.with(|found| found.len().saturating_sub(MOST)));
    let none = memo(move || found.with(Vec::is_empty));
    view! {
        {many.then(|| view! {
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
        })}
        <div class="choices" role="group" aria-label=text>
            <For each=shown key=|value| value.clone() let:value>
                <Value table choice value />
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

/// Chosen values that no container has now stay to be taken away again.
fn with_chosen(values: &[(String, u32)], chosen: &[String]) -> Vec<(String, u32)> {
    let missing = chosen
        .iter()
        .filter(|one| !values.iter().any(|(value, _)| value == *one));
    values
        .iter()
        .cloned()
        .chain(missing.map(|one| (one.clone(), 0)))
        .collect()
}

#[component]
fn Value(table: Table, choice: Choice, value: (String, u32)) -> impl IntoView {
    let (name, count) = value;
    let text = name.clone();
    let name = StoredValue::new(name);
    let on = memo(move || name.with_value(|name| table.query.with(|query| choice.of(query).contains(name))));
    let toggle = move |_| {
        table.change(|query| {
            let name = name.get_value();
            let values = choice.of_mut(query);
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
            <span class="n">{format::count(count)}</span>
        </label>
    }
}
