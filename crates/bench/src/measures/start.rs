//! P1, P2: from the start of the server to the complete state of the fleet, and the memory that it takes.
use super::rest::REST;
use super::{Bench, ms};
use crate::floor;
use crate::http::Connection;
use crate::server::{Server, Setup};
use crate::simulated::Simulated;
use crate::socket::Socket;
use crate::table::Row;
use crate::times::Times;
use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::Method;
use serde_json::json;
use shipyard_model::live::{Frame, ToBrowser, View, ViewData};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Longest time for what is there already.
const SOON: Duration = Duration::from_secs(10);
/// Rounds, of which the middle one counts.
const ROUNDS: usize = 3;

/// Adds all engines of the fleet, as an operator would: each is tried first.
pub(crate) async fn add(server: &Server, session: &str, simulated: &Simulated) -> Result<()> {
    let tls = json!({
        "authority": simulated.pem("ca.pem")?,
        "certificate": simulated.pem("cert.pem")?,
        "key": simulated.pem("key.pem")?,
    });
    stream::iter(0..simulated.engines)
        .map(|engine| {
            let draft = json!({
                "name": format!("sim{engine}"),
                "address": format!("https://{}", simulated.address(engine)),
                "labels": format!("zone={} rack={}", engine % 3, engine % 40),
                "tls": tls,
            });
            async move {
                let mut connection = server.connect(session).await?;
                let answer = connection.send(Method::POST, "/api/v1/engines", Some(&draft)).await?;
                anyhow::ensure!(
                    answer.status == 201,
                    "adding an engine: {}",
                    String::from_utf8_lossy(&answer.body)
                );
                anyhow::Ok(())
            }
        })
        .buffer_unordered(16)
        .try_collect::<()>()
        .await
}

/// Waits until the fleet is as described; how long it took since a moment.
pub(crate) async fn until(
    server: &Server,
    session: &str,
    since: Instant,
    within: Duration,
    so: impl Fn(&Frame) -> bool,
) -> Result<Duration> {
    let wait = async {
        let mut socket = Socket::follow(&server.address, session, View::Frame).await?;
        loop {
            if let ToBrowser::Whole {
                data: ViewData::Frame(frame),
                ..
            } = socket.frame().await?
                && so(&frame)
            {
                return anyhow::Ok(since.elapsed());
            }
        }
    };
    tokio::time::timeout(within, wait)
        .await
        .context("the fleet did not become what it should")?
}

/// Whether all of the fleet is there, as it is when it is new.
pub(crate) fn complete(simulated: &Simulated) -> impl Fn(&Frame) -> bool + use<> {
    let (engines, containers) = (u32::from(simulated.engines), simulated.all());
    move |frame| frame.engines_up == engines && u64::from(frame.containers) == containers
}

/// Whether all engines are back, with as many containers as the server knew before: a storm has made and removed some.
pub(crate) async fn as_before(bench: &Bench<'_>) -> Result<impl Fn(&Frame) -> bool + use<>> {
    let known = Arc::new(AtomicU32::new(0));
    let noted = Arc::clone(&known);
    let note = move |frame: &Frame| {
        noted.store(frame.containers, Ordering::Relaxed);
        true
    };
    until(&bench.server, &bench.session, Instant::now(), SOON, note).await?;
    let (engines, containers) = (u32::from(bench.simulated.engines), known.load(Ordering::Relaxed));
    Ok(move |frame: &Frame| frame.engines_up == engines && frame.containers == containers)
}

/// P1. Yields the server, started, with the fleet complete.
pub(crate) async fn start<'b>(
    setup: &'b Setup,
    simulated: &'b Simulated,
    session: String,
) -> Result<(Bench<'b>, Vec<Row>)> {
    let mut floors = Vec::new();
    let mut ours = Vec::new();
    let mut calls = 0.0;
    let mut server: Option<Server> = None;
    for _ in 0..ROUNDS {
        if let Some(server) = server.take() {
            server.end().await?;
        }
        let (count, took) = floor::read_all(simulated).await?;
        anyhow::ensure!(count == simulated.all(), "the floor read {count} containers");
        floors.push(took);
        simulated.post("/calls/reset").await?;
        let started = setup.start().await?;
        ours.push(
            until(
                &started,
                &session,
                started.begun,
                Duration::from_secs(120),
                complete(simulated),
            )
            .await?,
        );
        calls = simulated.calls(&["inspect"]).await?;
        server = Some(started);
    }
    let server = server.context("no round")?;
    let (floor, ours): (Times, Times) = (floors.into_iter().collect(), ours.into_iter().collect());
    let ratio = ours.p50() / floor.p50();
    let row = Row::new(
        "P1",
        "start to the complete state",
        format!("{} ({ratio:.1} ×, {calls:.0} inspects)", ms(ours.p50())),
    )
    .beside(format!("{}: bare hyper and serde", ms(floor.p50())))
    .must("≤ 4 ×, no inspects", ratio <= 4.0 && calls == 0.0)
    .aim("≤ 2 ×", ratio <= 2.0);
    let bench = Bench {
        simulated,
        server,
        session,
    };
    Ok((bench, vec![row]))
}

/// P2: memory at rest, and how much more during an export of all containers.
pub(crate) async fn memory(bench: &Bench<'_>) -> Result<Vec<Row>> {
    tokio::time::sleep(REST).await;
    bench.server.forget_peak()?;
    let rest = bench.server.memory("VmRSS")?;
    let mut connection = bench.server.connect(&bench.session).await?;
    let count = export(&mut connection).await?;
    anyhow::ensure!(count == bench.simulated.all(), "exported {count} containers");
    let extra = bench.server.memory("VmHWM")? - rest;
    Ok(vec![
        Row::new("P2", "memory with the fleet at rest", format!("{rest:.0} MiB"))
            .must("≤ 256 MiB", rest <= 256.0)
            .aim("≤ 128 MiB", rest <= 128.0),
        Row::new(
            "P2",
            "more of it during an export of all containers",
            format!("{extra:.0} MiB"),
        )
        .must("≤ 32 MiB", extra <= 32.0)
        .aim("≤ 8 MiB", extra <= 8.0),
    ])
}

/// Reads all containers, page by page; how many there are.
async fn export(connection: &mut Connection) -> Result<u64> {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let page = connection
            .get(&format!("/api/v1/containers?limit=500{cursor}"))
            .await?
            .json()?;
        count += page.get("items").and_then(|items| items.as_array()).map_or(0, Vec::len) as u64;
        match page.get("next").and_then(|next| next.as_str()) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(count),
        }
    }
}
