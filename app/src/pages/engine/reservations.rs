//! Who reserves the engine's CPUs and memory, most first; and its other containers.
use crate::format;
use crate::lean::prelude::*;
use crate::lean::{For, Show, dynamic, memo, sorted};
use crate::live::{self, Showing};
use crate::pages::engines::cells::part;
use crate::parts::age::Ago;
use crate::parts::state::ContainerStatePill;
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::ContainerQuery;
use shipyard_model::{Capacity, ContainerRow, EngineRow};
use std::sync::Arc;

/// Most containers that are shown; the link to all of them is beside.
const MOST: usize = 50;

/// The containers of the engine, those first that reserve most of it.
fn containers(row: Memo<Option<EngineRow>>) -> Memo<Option<Vec<Arc<ContainerRow>>>> {
    let name = part(row, |row| row.engine.name.to_string());
    let showing = live::follow(move || View::Containers {
        query: ContainerQuery {
            engines: name.get().into_iter().collect(),
            limit: ContainerQuery::MOST,
            ..ContainerQuery::default()
        },
    });
    let capacity = part(row, |row| row.capacity);
    memo(move || {
        let whole = capacity.get().unwrap_or_default();
        let rows = showing.with(|showing| match showing {
            Showing::Data(ViewData::Containers(window)) => Some(window.rows.clone()),
            _ => None,
        })?;
        let mut rows = sorted(rows, |row| -weight(&row.reserved, &whole));
        rows.truncate(MOST);
        Some(rows)
    })
}

/// The larger of the two shares that a reservation takes.
fn weight(reserved: &Capacity, whole: &Capacity) -> f64 {
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    share(reserved.cpus.nanos(), whole.cpus.nanos()).max(share(reserved.memory.get(), whole.memory.get()))
}

/// The table.
#[component]
pub fn Reservations(
    /// The engine.
    row: Memo<Option<EngineRow>>,
) -> impl IntoView {
    let rows = containers(row);
    let old = part(row, |row| row.last_seen.filter(|_| !row.health.is_up()));
    let empty = move || rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty));
    view! {
        <section class="card" aria-labelledby="reservations-title">
            <header>
                <h2 id="reservations-title">{t!("engine.reservations")}</h2>
                <span class="faint">{t!("engine.reservations-hint")}</span>
                <span class="grow"></span>
                {dynamic(move || old.get().flatten().map(|since| view! { <span class="tag warn">{t!("engine.as-of")}" "<Ago since /></span> }))}
            </header>
            <Show when=empty><p class="in faint">{t!("engine.no-containers")}</p></Show>
            <div class="table-scroll">
                <table class="cards">
                    <thead>
                        <tr>
                            <th scope="col">{t!("engines.container")}</th>
                            <th scope="col">{t!("engines.state")}</th>
                            <th scope="col" class="num">{t!("engines.cpu-reserved")}</th>
                            <th scope="col" class="num">{t!("engines.memory-reserved")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || rows.get().unwrap_or_default() key=|row| (row.at.clone(), row.state, row.health, row.reserved.cpus, row.reserved.memory) let:row>
                            <Container row />
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Container(row: Arc<ContainerRow>) -> impl IntoView {
    let or_none = |some: bool, text: String| if some { text } else { "–".to_owned() };
    let cpus = or_none(row.reserved.cpus.nanos() > 0, format::cpus(row.reserved.cpus));
    let memory = or_none(row.reserved.memory.get() > 0, format::bytes(row.reserved.memory));
    let address = format::container_path(&row);
    view! {
        <tr>
            <td class="name"><a href=address><b>{row.name.clone()}</b><span>{row.image.clone()}</span></a></td>
            <td data-label=t!("engines.state")><ContainerStatePill state=row.state health=row.health exit_code=row.exit_code /></td>
            <td class="num" data-label=t!("engines.cpu-reserved")>{cpus}</td>
            <td class="num" data-label=t!("engines.memory-reserved")>{memory}</td>
        </tr>
    }
}
