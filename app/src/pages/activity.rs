//! The time line: what people did and what Docker reported, newest first, narrowed by what stands in the address.
pub mod filter;
pub mod line;
pub mod words;

use crate::boot;
use crate::calls::{self, CallError};
use crate::frame;
use crate::interop::address as browser_address;
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::lean::{For, Show, bound, dynamic, effect, memo};
use crate::parts::empty::Empty;
use crate::parts::fetch::fetch;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::pure::activity as address;
use crate::pure::set::Set;
use leptos::task::spawn_local;
use shipyard_model::activity::{ActivityPhase, ActivityQuery, ActivityRecord};
use shipyard_model::{Permission, Problem};
use std::time::Duration;

/// Records that are asked for at once.
const PAGE: u32 = 100;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Narrowed {
    /// The filter of the address.
    pub filter: Memo<address::Filter>,
}

impl Narrowed {
    fn new() -> Self {
        let query = browser_address::query();
        Self {
            filter: memo(move || {
                let pairs = query.pairs();
                address::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
            }),
        }
    }

    /// Goes to a changed filter; with `replace` without a step in the browser's history.
    pub fn change(self, replace: bool, change: impl FnOnce(&mut address::Filter)) {
        let before = self.filter.get_untracked();
        let mut filter = before.clone();
        change(&mut filter);
        if filter != before {
            browser_address::adjust(&address::address(&filter), replace);
        }
    }
}

fn query(filter: &address::Filter) -> ActivityQuery {
    ActivityQuery {
        text: filter.text.clone(),
        account: filter.account.clone(),
        action: filter.action.clone(),
        engine: filter.engine.clone(),
        from: clock::day(&filter.from, 0),
        to: clock::day(&filter.to, 1),
        refused: filter.refused,
        before: None,
        limit: PAGE,
    }
}

/// The records that are there, and how to have more of them.
#[derive(Clone, Copy)]
struct Line {
    records: RwSignal<Vec<ActivityRecord>>,
    next: RwSignal<Option<u64>>,
    arrived: RwSignal<bool>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
}

/// What people did and what Docker reported.
#[component]
pub fn ActivityPage() -> impl IntoView {
    frame::title(t!("nav.activity"));
    let narrowed = Narrowed::new();
    let asked = memo(move || narrowed.filter.with(query));
    let again = RwSignal::new(0_u32);
    let first = fetch(
        move || {
            again.track();
            Some(asked.get())
        },
        Duration::ZERO,
        calls::activity,
    );
    let line = Line {
        records: RwSignal::new(Vec::new()),
        next: RwSignal::new(None),
        arrived: RwSignal::new(false),
        busy: RwSignal::new(false),
        problem: first.problem,
    };
    effect(move || {
        if let Some(page) = first.data.get() {
            line.records.set(page.records);
            line.next.set(page.next);
            line.arrived.set(true);
        }
    });
    let older = move |_| {
        let asked_now = asked.get_untracked();
        let query = ActivityQuery {
            before: line.next.get_untracked(),
            ..asked_now.clone()
        };
        line.busy.set(true);
        spawn_local(async move {
            let answer = calls::activity(query.clone()).await;
            // The page may be gone by now, or show something else.
            if asked.try_get_untracked() != Some(asked_now) || line.next.try_get_untracked() != Some(query.before) {
                line.busy.try_set(false);
                return;
            }
            line.busy.set(false);
            match answer {
                Ok(page) => {
                    line.records.update(|records| records.extend(page.records));
                    line.next.set(page.next);
                }
                Err(CallError(problem)) => line.problem.set(Some(problem)),
            }
        });
    };
    view! {
        <div class="page-head">
            <h1>{t!("nav.activity")}</h1>
            <span class="grow"></span>
            <button type="button" class="btn small" disabled=bound(move || first.busy.get()) on:click=move |_| again.update(|n| *n += 1)>
                <Icon name="refresh-cw" />
                {t!("activity.refresh")}
            </button>
            <Export asked format="jsonl" text=t!("activity.export-jsonl") />
            <Export asked format="csv" text=t!("activity.export-csv") />
        </div>
        {(!boot::may(Permission::ActivityRead)).then(|| view! { <p class="muted">{t!("activity.own")}</p> })}
        <filter::Filter narrowed />
        <ProblemBox problem=line.problem />
        <section class="card activity" aria-busy=bound(move || first.busy.get().to_string())>
            <List line />
            <Show when=move || line.next.with(Option::is_some)>
                <footer>
                    <button type="button" class="btn small" disabled=bound(move || line.busy.get()) on:click=older>{t!("activity.more")}</button>
                </footer>
            </Show>
        </section>
    }
}

/// A link to the time line as a file.
#[component]
fn Export(asked: Memo<ActivityQuery>, format: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <a class="btn small" href=bound(move || asked.with(|query| address::export(query, format))) rel="external" download>
            <Icon name="download" />
            {text}
        </a>
    }
}

#[component]
fn List(line: Line) -> impl IntoView {
    // An intent whose outcome is there says nothing that the outcome does not.
    let shown = memo(move || {
        line.records.with(|records| {
            let outcomes = records.iter().filter_map(|record| match record.phase {
                ActivityPhase::Outcome { of } => Some(of),
                _ => None,
            });
            let over: Set<u64> = outcomes.collect();
            let is_over = |record: &ActivityRecord| record.phase == ActivityPhase::Intent && over.contains(&record.seq);
            records
                .iter()
                .filter(|record| !is_over(record))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let state = memo(move || line.arrived.get().then(|| shown.with(Vec::is_empty)));
    view! {
        {dynamic(move || match state.get() {
            None => view! { <div class="in"><div class="skeleton tall"></div></div> }.into_any(),
            Some(true) => view! {
                <Empty icon="history" title=t!("activity.none").to_owned() text=t!("activity.none-text").to_owned()>
                    <a class="btn" href="/activity">{t!("containers.clear")}</a>
                </Empty>
            }.into_any(),
            Some(false) => view! { <Table shown /> }.into_any(),
        })}
    }
}

#[component]
fn Table(shown: Memo<Vec<ActivityRecord>>) -> impl IntoView {
    let key = |one: &ActivityRecord| (one.seq, one.at, one.action.clone(), one.subject.name.clone());
    view! {
        <div class="table-scroll">
            <table class="cards">
                <caption class="sr">{t!("nav.activity")}</caption>
                <thead>
                    <tr>
                        <th>{t!("activity.when")}</th>
                        <th>{t!("activity.who")}</th>
                        <th>{t!("activity.what")}</th>
                        <th>{t!("activity.result")}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || shown.get() key=key let:one><line::Row one /></For>
                </tbody>
            </table>
        </div>
    }
}
