//! What a container uses: four charts with its past, the present figures as text.
use super::back::{Back, BackChoice, ask, chosen, each_past};
use crate::format;
use crate::interop::chart::Unit;
use crate::interop::socket::{self, Socket};
use crate::lean::prelude::*;
use crate::lean::{Show, dynamic, effect, memo};
use crate::pages::container::Shown;
use crate::parts::chart::{Chart, ChartFeed};
use crate::parts::problem::ProblemBox;
use crate::pure::json;
use crate::pure::query::encode;
use send_wrapper::SendWrapper;
use shipyard_model::stream::{Sample, StatsMessage};
use shipyard_model::{Bytes, Problem};

const BACK: [Back; 3] = [Back::Minutes, Back::Hour, Back::Day];

/// Figures of a moment: sums of the sample turned to rates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Figures {
    sample: Sample,
    net_in: f64,
    net_out: f64,
    disk_read: f64,
    disk_write: f64,
}

#[derive(Clone, Copy)]
struct Feeds {
    cpu: ChartFeed,
    memory: ChartFeed,
    net: ChartFeed,
    disk: ChartFeed,
}

/// The tab with the charts, for the container that the page shows.
#[component]
pub fn ContainerCharts() -> impl IntoView {
    match use_context::<Shown>() {
        Some(shown) => view! { <Charts shown /> }.into_any(),
        None => ().into_any(),
    }
}

#[component]
fn Charts(shown: Shown) -> impl IntoView {
    let figures = RwSignal::new(None::<Figures>);
    let problem = RwSignal::new(None::<Problem>);
    let feed = ChartFeed::new;
    let feeds = Feeds {
        cpu: feed(),
        memory: feed(),
        net: feed(),
        disk: feed(),
    };
    let alive = memo(move || {
        !shown.gone.get()
            && shown
                .row
                .with(|row| row.as_ref().is_some_and(|row| row.state.is_alive()))
    });
    let back = chosen(&BACK);
    let past = ask(move || (Some(shown.engine.get()), Some(shown.name.get())), back);
    each_past(past, move |draft| {
        let it = draft.history;
        feeds.cpu.show(draft.past(&[&it.cpu_percent], 1.0));
        feeds.memory.show(draft.past(&[&it.memory], 1.0));
        feeds.net.show(draft.past(&[&it.net_in, &it.net_out], 1.0));
        feeds.disk.show(draft.past(&[&it.disk_read, &it.disk_write], 1.0));
    });
    listen(shown, alive, figures, problem, feeds);
    let say = move |text: fn(&Figures) -> String| {
        Signal::derive(move || figures.with(|it| it.as_ref().map_or_else(|| "–".to_owned(), text)))
    };
    let pids = say(|it| t!("stats.pids", n = it.sample.pids));
    let line = |text: &str, unit| (text.to_owned(), unit);
    view! {
        <ProblemBox problem />
        <Show when=move || !alive.get()>
            <p class="note" role="status">{t!("stats.stopped")}</p>
        </Show>
        <div class="charts-head">
            <BackChoice back of=&BACK />
            <span class="grow"></span>
            <span class="muted">{dynamic(move || pids.get())}</span>
        </div>
        <div class="charts">
            <Chart title="CPU" series=vec![line("CPU", Unit::Percent)] feed=feeds.cpu figures=say(cpu) write=format::percent />
            <Chart
                title=t!("containers.memory")
                series=vec![line(t!("containers.memory"), Unit::Bytes)]
                feed=feeds.memory
                figures=say(memory)
                write=bytes
            />
            <Chart
                title=t!("stats.network")
                series=vec![line(t!("stats.in"), Unit::Bytes), line(t!("stats.out"), Unit::Bytes)]
                feed=feeds.net
                figures=say(|it| t!("stats.network-now", to = rate(it.net_in), from = rate(it.net_out)))
                write=rate
            />
            <Chart
                title=t!("stats.disk")
                series=vec![line(t!("stats.read"), Unit::Bytes), line(t!("stats.write"), Unit::Bytes)]
                feed=feeds.disk
                figures=say(|it| t!("stats.disk-now", read = rate(it.disk_read), write = rate(it.disk_write)))
                write=rate
            />
        </div>
    }
}

fn cpu(it: &Figures) -> String {
    format::percent(f64::from(it.sample.cpu_percent))
}

fn memory(it: &Figures) -> String {
    t!(
        "containers.memory-of",
        used = it.sample.memory,
        limit = it.sample.memory_limit
    )
}

/// `1.5 MiB`.
pub(super) fn bytes(bytes: f64) -> String {
    format::bytes(Bytes::new(bytes.max(0.0) as u64))
}

/// `1.5 MiB/s`.
fn rate(of: f64) -> String {
    format!("{}/s", bytes(of))
}

/// Opens the socket while the container runs, and again when it was lost.
fn listen(
    shown: Shown,
    alive: Memo<bool>,
    figures: RwSignal<Option<Figures>>,
    problem: RwSignal<Option<Problem>>,
    feeds: Feeds,
) {
    let socket = StoredValue::new(SendWrapper::new(None::<Socket>));
    let attempt = RwSignal::new(0_u32);
    effect(move || {
        attempt.track();
        let (engine, name) = (shown.engine.get(), shown.name.get());
        if !alive.get() {
            socket.set_value(SendWrapper::new(None));
            return;
        }
        let path = format!("/socket/stats?engine={}&name={}", encode(&engine), encode(&name));
        let opened = Socket::open(
            &path,
            || {},
            move |text| match json::read(&text) {
                Ok(StatsMessage::Sample { sample }) => take(sample, figures, feeds),
                Ok(StatsMessage::Failed { why }) => problem.set(Some(why)),
                _ => {}
            },
            move |code| {
                let again = move || {
                    let _ = attempt.try_update(|n| *n = n.wrapping_add(1));
                };
                set_timeout(again, socket::wait(code));
            },
        );
        problem.set(None);
        socket.set_value(SendWrapper::new(opened));
    });
}

fn take(sample: Sample, figures: RwSignal<Option<Figures>>, feeds: Feeds) {
    let before = figures.get_untracked().map(|it| it.sample);
    let rate = |take: fn(&Sample) -> Bytes| {
        let before = before.filter(|before| sample.at > before.at)?;
        let bytes = take(&sample).saturating_sub(take(&before)).get() as f64;
        Some(bytes * 1000.0 / sample.at.since(before.at) as f64)
    };
    let net_in = rate(|it| it.net_in);
    let net_out = rate(|it| it.net_out);
    let disk_read = rate(|it| it.disk_read);
    let disk_write = rate(|it| it.disk_write);
    let at = sample.at.0 as f64 / 1000.0;
    feeds.cpu.push(at, vec![Some(f64::from(sample.cpu_percent))]);
    feeds.memory.push(at, vec![Some(sample.memory.get() as f64)]);
    feeds.net.push(at, vec![net_in, net_out]);
    feeds.disk.push(at, vec![disk_read, disk_write]);
    figures.set(Some(Figures {
        sample,
        net_in: net_in.unwrap_or(0.0),
        net_out: net_out.unwrap_or(0.0),
        disk_read: disk_read.unwrap_or(0.0),
        disk_write: disk_write.unwrap_or(0.0),
    }));
}
