//! P12: many readers of one container's log, some of whom stall.
use super::Bench;
use crate::socket::Socket;
use crate::table::Row;
use anyhow::{Context, Result};
use serde_json::Value;
use shipyard_model::stream::LogMessage;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Lines that the container writes in a second.
const LINES: u64 = 2000;
const READERS: usize = 90;
const STALLED: usize = 10;
const TIME: Duration = Duration::from_secs(10);

/// P12.
pub(crate) async fn readers(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let engine = bench.simulated.engines / 3;
    let truth = bench
        .simulated
        .get(&format!("/truth?engines={engine}-{engine}"))
        .await?;
    let all = truth
        .pointer("/0/containers")
        .and_then(Value::as_array)
        .context("an engine's containers")?;
    let runs = |one: &&Value| one.get("state").and_then(Value::as_str) == Some("running");
    let name = all
        .iter()
        .find(runs)
        .and_then(|one| one.get("name")?.as_str())
        .context("none runs")?;
    let path = format!(
        "/socket/logs?engine=sim{engine}&name={}&tail=1",
        name.trim_start_matches('/')
    );
    bench.simulated.post(&format!("/hose?lines={LINES}")).await?;
    bench.simulated.post("/calls/reset").await?;
    let counted: Vec<_> = (0..READERS).map(|_| Arc::new(AtomicU64::new(0))).collect();
    let another = bench.server.another("reader").await?;
    let mut reading = Vec::new();
    for (number, count) in counted.iter().enumerate() {
        // Half of them are one person, half another.
        let session = if number % 2 == 0 { &bench.session } else { &another };
        let mut socket = Socket::open(&bench.server.address, &path, session).await?;
        let count = Arc::clone(count);
        reading.push(tokio::spawn(async move {
            while let Ok(text) = socket.text().await {
                if let Ok(LogMessage::Lines { lines, .. }) = serde_json::from_str(&text) {
                    count.fetch_add(lines.len() as u64, Ordering::Relaxed);
                }
            }
        }));
    }
    tokio::time::sleep(TIME).await;
    let (before, alone) = (bench.server.memory("VmRSS")?, taken(&counted));
    tokio::time::sleep(TIME).await;
    let alone = least(&counted, &alone);
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        stalled.push(Socket::open(&bench.server.address, &path, &bench.session).await?);
    }
    tokio::time::sleep(TIME).await;
    let start = taken(&counted);
    tokio::time::sleep(TIME).await;
    let beside = least(&counted, &start);
    let each = (bench.server.memory("VmRSS")? - before).max(0.0) / STALLED as f64;
    let streams = bench.simulated.calls(&["logs"]).await?;
    reading.iter().for_each(tokio::task::JoinHandle::abort);
    drop(stalled);
    bench.simulated.post("/hose?lines=0").await?;
    let kept = beside / alone;
    Ok(vec![
        Row::new(
            "P12",
            "100 readers of one log: calls to its engine",
            format!("{streams:.0}"),
        )
        .must("one stream, and what the first saw of the past", streams <= 2.0),
        Row::new("P12", "10 of them stalled: memory for each", format!("{each:.2} MiB")).must("≤ 1 MiB", each <= 1.0),
        Row::new(
            "P12",
            "10 of them stalled: lines a second of the slowest other",
            format!("{beside:.0}"),
        )
        .beside(format!("{alone:.0} with none stalled, {LINES} are written"))
        .must("unaffected", kept >= 0.95),
    ])
}

fn taken(counted: &[Arc<AtomicU64>]) -> Vec<u64> {
    counted.iter().map(|count| count.load(Ordering::Relaxed)).collect()
}

/// Lines a second of who got the fewest since then.
fn least(counted: &[Arc<AtomicU64>], since: &[u64]) -> f64 {
    let now = taken(counted);
    let got = now
        .iter()
        .zip(since)
        .map(|(now, before)| now - before)
        .min()
        .unwrap_or(0);
    got as f64 / TIME.as_secs_f64()
}
