//! P6, P7: from a container's change in its engine to the page that shows it, in calm and in a storm.
use super::{Bench, ms};
use crate::floor;
use crate::socket::Socket;
use crate::table::Row;
use crate::times::Times;
use anyhow::{Context, Result};
use http_body_util::BodyExt;
use serde_json::Value;
use shipyard_model::live::{ToBrowser, View};
use shipyard_model::page::ContainerQuery;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

/// Containers that are paused and unpaused.
const CALM: usize = 40;
const STORMY: usize = 75;
/// Time between two of them.
const APART: Duration = Duration::from_millis(120);
/// How long the storm blows before it is measured, so that it has its pace.
const GATHERING: Duration = Duration::from_secs(2);

fn now_nanos() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}

/// What arrived, and when.
type Arrivals = mpsc::UnboundedReceiver<(i64, String)>;

/// Our live socket, on a page that shows the containers of one engine.
async fn ours(bench: &Bench<'_>, engine: u16) -> Result<Arrivals> {
    let query = ContainerQuery {
        engines: vec![format!("sim{engine}")],
        limit: 100,
        ..ContainerQuery::default()
    };
    let mut socket = Socket::follow(&bench.server.address, &bench.session, View::Containers { query }).await?;
    loop {
        if matches!(socket.frame().await?, ToBrowser::Whole { .. }) {
            break;
        }
    }
    let (sender, arrivals) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok(text) = socket.text().await {
            let at = now_nanos();
            if sender.send((at, text)).is_err() {
                return;
            }
        }
    });
    Ok(arrivals)
}

/// The engine's own stream of events, read by somebody who does nothing else.
async fn direct(bench: &Bench<'_>, engine: u16) -> Result<Arrivals> {
    let tls = floor::connector(bench.simulated)?;
    let address = bench.simulated.address(engine);
    let stream = tokio::net::TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let stream = tls
        .connect(rustls_pki_types::ServerName::try_from("127.0.0.1")?, stream)
        .await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = http::Request::get("/events")
        .header("host", &address)
        .body(http_body_util::Empty::<bytes::Bytes>::new())?;
    let mut body = sender.send_request(request).await?.into_body();
    let (told, arrivals) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let _kept = sender;
        while let Some(Ok(frame)) = body.frame().await {
            let at = now_nanos();
            let text = frame
                .data_ref()
                .map(|data| String::from_utf8_lossy(data).into_owned())
                .unwrap_or_default();
            if told.send((at, text)).is_err() {
                return;
            }
        }
    });
    Ok(arrivals)
}

/// Pauses and unpauses containers of an engine so often; how long it took until each change was told, to each who listens.
async fn pulse(bench: &Bench<'_>, engine: u16, listeners: &mut [Arrivals], times: usize) -> Result<Vec<Times>> {
    let mut measured = vec![Vec::new(); listeners.len()];
    for _ in 0..times {
        let place = running(bench, engine).await?;
        for action in ["pause", "unpause"] {
            tokio::time::sleep(APART).await;
            let path = format!("/emit?engine={engine}&container={place}&action={action}");
            // In a storm it may have ended meanwhile.
            let Ok(told) = bench.simulated.post(&path).await else {
                break;
            };
            let at = told
                .get("timeNano")
                .and_then(Value::as_i64)
                .context("when it happened")?;
            let id = told.get("id").and_then(Value::as_str).context("which it was")?;
            for (listener, measured) in listeners.iter_mut().zip(&mut measured) {
                let arrived = tokio::time::timeout(Duration::from_secs(10), told_of(listener, id, at)).await;
                let took = arrived.context("it did not arrive")??;
                measured.push(Duration::from_nanos(u64::try_from(took).unwrap_or(0)));
            }
        }
    }
    Ok(measured.into_iter().map(|times| times.into_iter().collect()).collect())
}

/// Waits for what was told of a container since a moment; nanoseconds since then.
async fn told_of(listener: &mut Arrivals, id: &str, since: i64) -> Result<i64> {
    loop {
        let (at, text) = listener.recv().await.context("the stream has ended")?;
        if at >= since && text.contains(id) {
            return Ok(at - since);
        }
    }
}

/// The place of a container that runs.
async fn running(bench: &Bench<'_>, engine: u16) -> Result<usize> {
    let truth = bench
        .simulated
        .get(&format!("/truth?engines={engine}-{engine}"))
        .await?;
    let containers = truth
        .pointer("/0/containers")
        .and_then(Value::as_array)
        .context("an engine's containers")?;
    let runs = |one: &Value| one.get("state").and_then(Value::as_str) == Some("running");
    containers.iter().position(runs).context("none runs")
}

/// P6: in calm, beside somebody who reads the engine's events themselves.
pub(crate) async fn calm(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let mut arrivals = [direct(bench, 0).await?, ours(bench, 0).await?];
    tokio::time::sleep(Duration::from_secs(1)).await;
    let measured = pulse(bench, 0, &mut arrivals, CALM).await?;
    let [direct, ours] = measured.as_slice() else {
        anyhow::bail!("two were measured")
    };
    let ratio = ours.p50() / direct.p50();
    Ok(vec![
        Row::new(
            "P6",
            "an engine's event to the live socket, in calm",
            format!("p50 {} ({ratio:.1} ×), p99 {}", ms(ours.p50()), ms(ours.p99())),
        )
        .beside(format!("p50 {}: the engine's own stream", ms(direct.p50())))
        .must("p50 ≤ 2 ×, p99 ≤ 5 ms", ratio <= 2.0 && ours.p99() <= 5.0)
        .aim("p50 ≤ 1.3 ×", ratio <= 1.3),
    ])
}

/// P7: the same while all engines report so many changes a second.
pub(crate) async fn storm(bench: &Bench<'_>, a_second: u32) -> Result<Vec<Row>> {
    // The one that is watched has no part in the storm's changes but as one of a thousand.
    let engine = bench.simulated.engines / 2;
    bench.simulated.post(&format!("/rate?per_second={a_second}")).await?;
    tokio::time::sleep(GATHERING).await;
    bench.simulated.post("/calls/reset").await?;
    let (before, begun) = (bench.server.processor()?, std::time::Instant::now());
    let mut arrivals = [ours(bench, engine).await?];
    let measured = pulse(bench, engine, &mut arrivals, STORMY).await;
    let took = begun.elapsed().as_secs_f64();
    let busy = bench.server.processor()? - before;
    bench.simulated.post("/rate?per_second=0").await?;
    let measured = measured?;
    let times = measured.first().context("nothing was measured")?;
    let changes = f64::from(a_second) * took;
    let lists = bench.simulated.calls(&["list", "list_some"]).await?;
    let inspects = bench.simulated.calls(&["inspect"]).await?;
    let each = busy * 1e6 / changes;
    let p99 = times.p99();
    Ok(vec![
        Row::new(
            "P7",
            format!("the same at {a_second} changes a second"),
            format!("p50 {}, p99 {}", ms(times.p50()), ms(p99)),
        )
        .beside(format!("{:.1} cores, {each:.0} µs a change", busy / took))
        .must("p99 ≤ 100 ms", p99 <= 100.0)
        .aim("≤ 25 ms", p99 <= 25.0),
        Row::new(
            "P7",
            "calls to engines for each change of that storm",
            format!("{:.3}, {inspects:.0} inspects", lists / changes),
        )
        .beside("new containers and starts whose ports nobody knows are asked about, several at once")
        .must("no inspects", inspects == 0.0),
    ])
}
