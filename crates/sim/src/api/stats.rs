//! `GET /containers/{id}/stats`: what a container uses. Counters are functions of time, so nothing is kept for them.
use crate::answer::{Answer, Refusal, ok, stream};
use crate::chance::{Chance, Id};
use crate::clock::{self, SECOND};
use crate::container::Container;
use crate::daemon::Daemon;
use crate::serve::Call;
use bytes::Bytes;
use futures_util::stream as streams;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_secs(1);
/// Containers are busier at the beginning of each of these spans, for a quarter of it.
const SPAN: i64 = 20 * SECOND;

/// A container's habits.
struct Habits {
    /// Thousandths of a CPU.
    cpu: i64,
    /// Thousandths of its memory.
    memory: i64,
    /// Bytes a second.
    traffic: i64,
    pids: u64,
}

impl Habits {
    fn of(id: Id) -> Self {
        let mut chance = Chance::new(id.number() ^ 0x57A7);
        let mut number = |end: usize| i64::try_from(chance.below(end)).unwrap_or(0);
        Self {
            cpu: 1 + number(200) * number(4),
            memory: 20 + number(700),
            traffic: 100 + number(50_000),
            pids: u64::try_from(1 + number(40)).unwrap_or(1),
        }
    }

    /// Nanoseconds of CPU that were used after so many of running.
    fn used(&self, running: i64) -> i64 {
        let busy = running / SPAN * (SPAN / 4) + (running % SPAN).min(SPAN / 4);
        (running + busy) / 1000 * self.cpu
    }
}

/// What is in `cpu_stats`, or in `precpu_stats`, at a moment.
fn cpu(habits: &Habits, running: i64, now: i64, cpus: i64) -> Value {
    let used = habits.used(running);
    let each: Vec<i64> = (0..cpus).map(|_| used / cpus).collect();
    json!({
        "cpu_usage": {"total_usage": used, "percpu_usage": each, "usage_in_kernelmode": used / 4,
            "usage_in_usermode": used - used / 4},
        // Since the machine's start, which may be any moment.
        "system_cpu_usage": (now - 1_700_000_000 * SECOND) * cpus, "online_cpus": cpus,
        "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
    })
}

fn no_cpu() -> Value {
    json!({
        "cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
        "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
    })
}

const IO: [&str; 8] = [
    "io_service_bytes_recursive",
    "io_serviced_recursive",
    "io_queue_recursive",
    "io_service_time_recursive",
    "io_wait_time_recursive",
    "io_merged_recursive",
    "io_time_recursive",
    "sectors_recursive",
];

/// Fields of cgroup v1's `memory.stat`, each also once for the whole tree.
fn memory(habits: &Habits, limit: i64) -> Value {
    let usage = limit / 1000 * habits.memory;
    let cache = usage / 5;
    let mut stats = Map::new();
    for (name, value) in [
        ("active_anon", usage / 2),
        ("active_file", cache / 2),
        ("cache", cache),
        ("dirty", 0),
        ("inactive_anon", usage / 10),
        ("inactive_file", cache / 2),
        ("mapped_file", cache / 3),
        ("pgfault", 2451),
        ("pgmajfault", 4),
        ("pgpgin", 1597),
        ("pgpgout", 1500),
        ("rss", usage - cache),
        ("rss_huge", 0),
        ("unevictable", 0),
        ("writeback", 0),
    ] {
        stats.insert(name.to_owned(), json!(value));
        stats.insert(format!("total_{name}"), json!(value));
    }
    stats.insert("hierarchical_memory_limit".to_owned(), json!(i64::MAX - 4095));
    stats.insert("hierarchical_memsw_limit".to_owned(), json!(i64::MAX - 4095));
    json!({"usage": usage, "max_usage": usage + usage / 8, "stats": stats, "limit": limit})
}

fn networks(daemon: &Daemon, container: &Container, habits: &Habits, running: i64) -> Value {
    let seconds = running / SECOND;
    let count = daemon.spec(container).networks.len();
    let each = |place: usize| {
        let (rx, tx) = (seconds * habits.traffic, seconds * habits.traffic / 3);
        let counters = json!({
            "rx_bytes": rx, "rx_packets": rx / 700, "rx_errors": 0, "rx_dropped": 0, "tx_bytes": tx,
            "tx_packets": tx / 700, "tx_errors": 0, "tx_dropped": 0,
        });
        (format!("eth{place}"), counters)
    };
    Value::Object((0..count).map(each).collect())
}

/// A measurement; `before` is the moment of the one before.
fn measured(daemon: &Daemon, container: &Container, now: i64, before: Option<i64>) -> Value {
    let (name, id) = (format!("/{}", container.name), container.id);
    if !container.state.is_up() {
        let nothing: Map<String, Value> = IO.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        return json!({
            "read": clock::moment(0), "preread": clock::moment(0), "pids_stats": {}, "blkio_stats": nothing, "num_procs": 0,
            "storage_stats": {}, "cpu_stats": no_cpu(), "precpu_stats": no_cpu(), "memory_stats": {}, "name": name, "id": id,
        });
    }
    let habits = Habits::of(id);
    let (cpus, memory_of_all) = daemon.size();
    let running = now - container.started;
    let limit = daemon
        .full_spec(container)
        .host_config
        .get("Memory")
        .and_then(Value::as_i64);
    let limit = limit.filter(|limit| *limit > 0).unwrap_or(memory_of_all);
    let mut io: Map<String, Value> = IO.iter().map(|key| ((*key).to_owned(), json!([]))).collect();
    let written = running / SECOND * habits.traffic / 10;
    let done = |op: &str, value: i64| json!({"major": 254, "minor": 0, "op": op, "value": value});
    let bytes = json!([
        done("Read", written / 4),
        done("Write", written),
        done("Total", written / 4 + written)
    ]);
    io.insert("io_service_bytes_recursive".to_owned(), bytes);
    let pre = before.map_or_else(no_cpu, |at| cpu(&habits, at - container.started, at, cpus));
    json!({
        "read": clock::moment(now), "preread": clock::moment(before.unwrap_or(0)), "pids_stats": {"current": habits.pids},
        "blkio_stats": io, "num_procs": 0, "storage_stats": {}, "cpu_stats": cpu(&habits, running, now, cpus),
        "precpu_stats": pre, "memory_stats": memory(&habits, limit), "name": name, "id": id,
        "networks": networks(daemon, container, &habits, running),
    })
}

pub(super) async fn stats(call: &Call) -> Result<Answer, Refusal> {
    let (query, engine) = (&call.query, Arc::clone(&call.engine));
    let id = engine.with(|daemon| daemon.by_name(&call.about).map(|c| c.id))?;
    let measure = move |engine: &crate::engine::Engine, before: Option<i64>| {
        engine.with(|daemon| {
            let found = daemon.containers.iter().find(|c| c.id == id);
            let now = daemon.now();
            found.map(|container| (measured(daemon, container, now, before), now))
        })
    };
    let gone = || Refusal::no_such_container(&call.about);
    let once = query.get("stream").is_some() && !query.is_on("stream");
    if once {
        let runs = engine.with(|daemon| daemon.containers.iter().any(|c| c.id == id && c.state.is_up()));
        let mut before = None;
        if runs && !query.is_on("one-shot") {
            before = Some(engine.with(|daemon| daemon.now()));
            tokio::time::sleep(EVERY).await;
        }
        return measure(&engine, before).map(|(value, _)| ok(&value)).ok_or_else(gone);
    }
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let state = (engine, ticks, None);
    let items = streams::unfold(state, move |(engine, mut ticks, before)| async move {
        ticks.tick().await;
        let (value, now) = measure(&engine, before)?;
        let runs = value.get("networks").is_some();
        Some((
            Ok(Bytes::from(format!("{value}\n"))),
            (engine, ticks, Some(now).filter(|_| runs)),
        ))
    });
    Ok(stream(None, items))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_only_grow() {
        let habits = Habits::of(Chance::new(3).id());
        let used: Vec<i64> = (0..200).map(|n| habits.used(n * SECOND / 2)).collect();
        assert!(used.is_sorted() && used[199] > 0);
    }
}
