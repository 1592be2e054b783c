//! What the container was at its last changes: who made it so, what differs, and the way back.
use super::Shown;
use crate::boot;
use crate::calls::{history, history_diff};
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound, dynamic, memo};
use crate::pages::container::back::GoBack;
use crate::parts::age::Ago;
use crate::parts::diff::Diff;
use crate::parts::empty::Empty;
use crate::parts::fetch::{Fetched, fetch};
use crate::parts::icon::Icon;
use crate::parts::planned::lines;
use crate::parts::problem::ProblemBox;
use crate::text;
use shipyard_model::change::{FieldChange, HistoryRow};
use shipyard_model::{ContainerRef, Permission};
use std::time::Duration;

/// The tab with the history.
#[component]
pub fn History(
    /// The container.
    shown: Shown,
) -> impl IntoView {
    // A change makes another container of the name, which has the same history.
    let at = memo(move || shown.row.with(|row| row.as_ref().map(|row| row.at.clone())));
    let rows = fetch(move || at.get().filter(|_| !shown.gone.get()), Duration::ZERO, history);
    let asking = RwSignal::new(None::<u64>);
    let none = memo(move || rows.data.with(|rows| rows.as_ref().map(Vec::is_empty)));
    view! {
        <ProblemBox problem=rows.problem />
        <div class="history-tab" class:stale=shown.gone>
            {dynamic(move || match none.get() {
                None if rows.problem.with(Option::is_some) => ().into_any(),
                None => view! { <div class="card skeleton tall"></div> }.into_any(),
                Some(true) => view! { <Empty icon="history" title=t!("history.none").to_owned() text=t!("history.none-text").to_owned()>" "</Empty> }.into_any(),
                Some(false) => view! { <Rows rows asking shown /><Compare rows at /> }.into_any(),
            })}
        </div>
        <GoBack shown asking />
    }
}

#[component]
fn Rows(rows: Fetched<Vec<HistoryRow>>, asking: RwSignal<Option<u64>>, shown: Shown) -> impl IntoView {
    let all = move || {
        let rows = rows.data.get().unwrap_or_default();
        let newest = rows.first().map(|row| row.number);
        let marked = rows.into_iter().map(move |row| (newest == Some(row.number), row));
        marked.collect::<Vec<_>>()
    };
    view! {
        <section class="card">
            <header><h2>{t!("history.title")}</h2><span class="faint">{t!("history.kept")}</span></header>
            <ol class="history">
                <For each=all key=|(now, row)| (*now, row.number) let((now, row))>
                    {line(now, row, asking, shown)}
                </For>
            </ol>
        </section>
    }
}

fn line(now: bool, row: HistoryRow, asking: RwSignal<Option<u64>>, shown: Shown) -> AnyView {
    let number = row.number;
    let what = text::find(&format!("history.what.{}", row.what)).map_or_else(|| row.what.clone(), str::to_owned);
    let by = match row.actor.is_empty() {
        true => what,
        false => t!("history.by", what = what, actor = row.actor),
    };
    let operation = row
        .operation
        .map(|id| view! { " · "<a class="link" href=format!("/operations/{id}")>{t!("history.operation")}</a> });
    let count = row.changes.len();
    let differs = (count > 0).then(|| {
        view! {
            <details class="details">
                <summary><Icon name="chevron-right" />{t!("history.differs", n = count)}</summary>
                <div class="in"><Diff lines=lines(&row.changes) label=t!("history.differs-of", number = number) /></div>
            </details>
        }
    });
    let back = (!now && boot::may(Permission::Deploy)).then(|| {
        view! {
            <Show when=move || !shown.gone.get()>
                <button type="button" class="btn small" aria-label=t!("history.back-to", number = number) on:click=move |_| asking.set(Some(number))>
                    <Icon name="history" />
                    {t!("history.back")}
                </button>
            </Show>
        }
    });
    view! {
        <li>
            <b class="number">{format!("#{number}")}</b>
            <div class="grow">
                <p>{by}" · "<Ago since=row.at />{operation}</p>
                <p class="muted"><code>{row.image}</code></p>
            </div>
            {now.then(|| view! { <span class="state ok">{t!("history.now")}</span> })}
            {back}
            {differs}
        </li>
    }
    .into_any()
}

/// Two entries, and what differs between them.
#[component]
fn Compare(rows: Fetched<Vec<HistoryRow>>, at: Memo<Option<ContainerRef>>) -> impl IntoView {
    let numbers = memo(move || {
        let number = |row: &HistoryRow| row.number;
        rows.data
            .with(|rows| rows.iter().flatten().map(number).collect::<Vec<_>>())
    });
    let (from, to) = (RwSignal::new(None::<u64>), RwSignal::new(None::<u64>));
    // The oldest with the newest, until others are chosen.
    let from_now = memo(move || from.get().or_else(|| numbers.with(|all| all.last().copied())));
    let to_now = memo(move || to.get().or_else(|| numbers.with(|all| all.first().copied())));
    let diff = fetch(
        move || {
            let (from, to) = from_now.get().zip(to_now.get())?;
            Some((at.get()?, from, to)).filter(|_| from != to)
        },
        Duration::ZERO,
        |(at, from, to)| history_diff(at, from, to),
    );
    let choice = move |id: &'static str, label: &'static str, value: RwSignal<Option<u64>>, now: Memo<Option<u64>>| {
        let options = move || {
            let option = |number: u64| {
                view! { <option value=number.to_string() selected=bound(move || now.get() == Some(number))>{format!("#{number}")}</option> }
            };
            numbers.get().into_iter().map(option).collect_view()
        };
        view! {
            <div class="f">
                <label for=id>{label}</label>
                <select id=id on:change:target=move |event| value.set(event.target().value().parse().ok())>{dynamic(options)}</select>
            </div>
        }
    };
    view! {
        <Show when=move || numbers.with(|all| all.len() > 1)>
            <section class="card">
                <header><h2>{t!("history.compare")}</h2></header>
                <div class="in form">
                    <div class="row">
                        {choice("history-from", t!("history.from"), from, from_now)}
                        {choice("history-to", t!("history.to"), to, to_now)}
                    </div>
                    <ProblemBox problem=diff.problem />
                    <div role="status">
                        {dynamic(move || match from_now.get() == to_now.get() {
                            true => view! { <p class="faint">{t!("history.same")}</p> }.into_any(),
                            false => diff.data.with(|diff| diff.as_deref().map(shown)).into_any(),
                        })}
                    </div>
                </div>
            </section>
        </Show>
    }
}

fn shown(changes: &[FieldChange]) -> AnyView {
    if changes.is_empty() {
        return view! { <p class="faint">{t!("history.same")}</p> }.into_any();
    }
    view! { <Diff lines=lines(changes) label=t!("history.compare").to_owned() /> }.into_any()
}
