//! What the containers of an engine, or of the fleet, use together, against what there is; and of how many that is known.
use super::back::{Back, BackChoice, ask, chosen, each_past};
use super::container::bytes;
use crate::format;
use crate::interop::chart::Unit;
use crate::interop::socket::{self, Socket};
use crate::lean::prelude::*;
use crate::lean::{dynamic, effect};
use crate::parts::chart::{Chart, ChartFeed};
use crate::pure::json;
use crate::pure::query::encode;
use crate::routes;
use send_wrapper::SendWrapper;
use shipyard_model::stream::StatsMessage;
use shipyard_model::usage::UsageSum;
use shipyard_model::{Bytes, Capacity, Cpus, Problem};

const BACK: [Back; 2] = [Back::Hour, Back::Day];

/// Of the engine that the address names.
#[component]
pub fn EngineCharts() -> impl IntoView {
    let name = routes::named("name");
    view! { <Charts of=Signal::derive(move || Some(name.get())) /> }
}

/// Of the fleet.
#[component]
pub fn FleetCharts() -> impl IntoView {
    view! { <Charts of=Signal::stored(None) /> }
}

#[derive(Clone, Copy)]
struct Feeds {
    cpu: ChartFeed,
    memory: ChartFeed,
}

#[component]
fn Charts(of: Signal<Option<String>>) -> impl IntoView {
    let sum = RwSignal::new(None::<UsageSum>);
    let refused = RwSignal::new(None::<Problem>);
    let feeds = Feeds {
        cpu: ChartFeed::new(),
        memory: ChartFeed::new(),
    };
    let back = chosen(&BACK);
    let past = ask(move || (of.get(), None), back);
    each_past(past, move |draft| {
        let it = draft.history;
        let capacity = it.capacity.unwrap_or_default();
        limit(feeds, &capacity);
        feeds.cpu.show(draft.past(&[&it.cpu_percent], share(&capacity)));
        feeds.memory.show(draft.past(&[&it.memory], 1.0));
    });
    listen(of, sum, refused, feeds);
    let say = move |text: fn(&UsageSum) -> Option<String>| {
        Signal::derive(move || {
            sum.with(|it| it.as_ref().and_then(text))
                .unwrap_or_else(|| "–".to_owned())
        })
    };
    let counted = move || {
        let sum = sum.get().filter(|sum| sum.counted < sum.running)?;
        Some(t!("stats.counted", counted = sum.counted, n = sum.running))
    };
    let why = move || {
        let why = refused.get().or_else(|| past.problem.get())?;
        Some(view! { <p class="note" role="status">{crate::text::problem(&why)}</p> })
    };
    let line = |text: &str, unit| vec![(text.to_owned(), unit)];
    view! {
        <section class="usage" aria-labelledby="usage-title">
            <div class="charts-head">
                <h2 id="usage-title">{t!("stats.used")}</h2>
                <span class="grow"></span>
                <BackChoice back of=&BACK />
            </div>
            {dynamic(why)}
            <div class="charts" class:hidden=move || refused.get().is_some()>
                <Chart title="CPU" series=line("CPU", Unit::Percent) feed=feeds.cpu figures=say(cpu) write=format::percent />
                <Chart
                    title=t!("containers.memory")
                    series=line(t!("containers.memory"), Unit::Bytes)
                    feed=feeds.memory
                    figures=say(memory)
                    write=bytes
                />
            </div>
            <p class="faint" role="status">{dynamic(counted)}</p>
        </section>
    }
}

/// What a percent of one CPU is of all there are, in percent.
fn share(capacity: &Capacity) -> f64 {
    if capacity.cpus == Cpus::ZERO {
        1.0
    } else {
        1.0 / capacity.cpus.as_f64()
    }
}

fn limit(feeds: Feeds, capacity: &Capacity) {
    feeds.cpu.limit(if capacity.cpus == Cpus::ZERO { 0.0 } else { 100.0 });
    feeds.memory.limit(capacity.memory.get() as f64);
}

fn cpu(it: &UsageSum) -> Option<String> {
    let used = f64::from(it.cpu_percent?) * share(&it.capacity);
    Some(t!(
        "stats.cpu-of",
        share = format::percent(used),
        cpus = format::cpus(it.capacity.cpus)
    ))
}

fn memory(it: &UsageSum) -> Option<String> {
    let used = Bytes::new(it.memory?.max(0.0) as u64);
    Some(format::part(used, it.capacity.memory))
}

/// Opens the socket, and again when it was lost; not when it was refused, which stays so.
fn listen(
    of: Signal<Option<String>>,
    sum: RwSignal<Option<UsageSum>>,
    refused: RwSignal<Option<Problem>>,
    feeds: Feeds,
) {
    let socket = StoredValue::new(SendWrapper::new(None::<Socket>));
    let attempt = RwSignal::new(0_u32);
    effect(move || {
        attempt.track();
        let path = match of.get() {
            Some(engine) => format!("/socket/stats?engine={}", encode(&engine)),
            None => "/socket/stats".to_owned(),
        };
        refused.set(None);
        let opened = Socket::open(
            &path,
            || {},
            move |text| match json::read(&text) {
                Ok(StatsMessage::Sum { sum: new }) => {
                    take(&new, feeds);
                    sum.set(Some(new));
                }
                Ok(StatsMessage::Failed { why }) => refused.set(Some(why)),
                _ => {}
            },
            move |code| {
                let again = move || {
                    if refused.try_get_untracked().flatten().is_none() {
                        let _ = attempt.try_update(|n| *n = n.wrapping_add(1));
                    }
                };
                set_timeout(again, socket::wait(code));
            },
        );
        socket.set_value(SendWrapper::new(opened));
    });
}

fn take(sum: &UsageSum, feeds: Feeds) {
    limit(feeds, &sum.capacity);
    // At the end of the seconds that it is of, as the past's points are.
    let at = sum.at.0 as f64 / 1000.0 + 5.0;
    let cpu = sum.cpu_percent.map(|percent| f64::from(percent) * share(&sum.capacity));
    feeds.cpu.push(at, vec![cpu]);
    feeds.memory.push(at, vec![sum.memory.map(f64::from)]);
}
