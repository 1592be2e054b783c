//! The fleet driven by another program: a small HTTP server that answers JSON.
use crate::answer::{Answer, of_json, ok};
use crate::fault::{Fault, Misanswer};
use crate::load::{Act, Load};
use crate::route::{Query, Route};
use crate::sim::{EngineHandle, Sim};
use crate::tls::Shown;
use crate::version::Version;
use anyhow::{Context, Result, bail};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Answers on an address until the task is dropped.
pub async fn serve(sim: Arc<Sim>, listener: TcpListener) {
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let sim = Arc::clone(&sim);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&sim), request));
            // Clients go away as they like.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

async fn answer(sim: Arc<Sim>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    Ok(
        match decide(&sim, request.method(), request.uri().path(), &query).await {
            Ok(Some(value)) => ok(&value),
            Ok(None) => of_json(StatusCode::NOT_FOUND, "{\"message\":\"no such call\"}\n"),
            Err(error) => {
                let text = json!({"message": format!("{error:#}")}).to_string();
                of_json(StatusCode::BAD_REQUEST, text)
            }
        },
    )
}

async fn decide(sim: &Sim, method: &Method, path: &str, query: &Query) -> Result<Option<Value>> {
    let get = method == Method::GET;
    let post = method == Method::POST;
    Ok(Some(match path {
        "/calls" if get => calls(sim, query),
        "/calls/reset" if post => {
            sim.reset();
            json!({})
        }
        "/connections" if get => connections(sim),
        "/rate" if post => rate(sim, query)?,
        "/hose" if post => {
            let lines = query.get("lines").unwrap_or("max");
            sim.set_hose(if lines == "max" { u64::MAX } else { lines.parse()? });
            json!({})
        }
        "/emit" if post => emit(sim, query)?,
        "/drop" if post => {
            let share = number(query, "share")?.unwrap_or(1.0);
            drop_some(sim, share, query.is_on("reset")).await?
        }
        "/fault" if post => fault(sim, query).await?,
        "/heal" if post => {
            for engine in chosen(sim, query)? {
                engine.heal().await?;
            }
            json!({})
        }
        "/truth" if get => truth(sim, query)?,
        "/engines" if get => {
            let all = sim
                .all()
                .map(|e| json!({"engine": e.index(), "address": e.address(), "id": e.daemon_id()}));
            Value::Array(all.collect())
        }
        _ => return Ok(None),
    }))
}

fn number(query: &Query, key: &str) -> Result<Option<f64>> {
    let read = |text: &str| text.parse().with_context(|| format!("{key} is no number"));
    query.get(key).map(read).transpose()
}

fn whole(query: &Query, key: &str) -> Result<Option<u64>> {
    let read = |text: &str| text.parse().with_context(|| format!("{key} is no number"));
    query.get(key).map(read).transpose()
}

/// `engines=3`, `engines=0-99`, or all.
fn chosen(sim: &Sim, query: &Query) -> Result<Vec<EngineHandle>> {
    let Some(text) = query.get("engines") else {
        return Ok(sim.all().collect());
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (usize, usize) = (first.parse()?, last.parse()?);
    Ok(sim.all().filter(|e| (first..=last).contains(&e.index())).collect())
}

fn calls(sim: &Sim, query: &Query) -> Value {
    let sums = sim.calls();
    let total: u64 = sums.values().sum();
    let mut shown = json!({"total": total, "routes": sums});
    if query.is_on("engines") {
        let each: Vec<Value> = sim.all().map(|e| json!(e.calls())).collect();
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("engines".to_owned(), Value::Array(each));
        }
    }
    shown
}

fn connections(sim: &Sim) -> Value {
    let now = sim.connections();
    json!({
        "open": now.open, "total": now.ever, "handshakes": now.handshakes, "handshakes_max": now.handshakes_at_most,
        "handshakes_total": now.handshakes_ever, "event_streams": now.event_streams, "events_dropped": now.events_dropped,
    })
}

fn rate(sim: &Sim, query: &Query) -> Result<Value> {
    let before = sim.load();
    let load = Load {
        per_second: number(query, "per_second")?.unwrap_or(before.per_second),
        flapping: number(query, "flapping")?.unwrap_or(before.flapping),
    };
    sim.set_load(load);
    Ok(json!({"per_second": load.per_second, "flapping": load.flapping}))
}

fn emit(sim: &Sim, query: &Query) -> Result<Value> {
    let engine = whole(query, "engine")?.unwrap_or(0);
    let engine = sim.engine(usize::try_from(engine)?).context("no such engine")?;
    let word = query.get("action");
    let act = word
        .map(|word| Act::parse(word).context("no such action"))
        .transpose()?;
    let place = usize::try_from(whole(query, "container")?.unwrap_or(0))?;
    let change = match act {
        Some(act) => engine.act_at(place, act),
        // What always changes something.
        None => engine.act_at(place, Act::Rename),
    };
    let change = change.context("Docker would refuse that")?;
    Ok(json!({
        "engine": change.engine, "id": change.id, "action": change.action, "timeNano": change.nanos,
    }))
}

async fn drop_some(sim: &Sim, share: f64, reset: bool) -> Result<Value> {
    let mut dropped = 0_u64;
    // Evenly over the fleet: each time the sum passes a whole number.
    let mut sum = 0.0;
    for engine in sim.all() {
        sum += share;
        if sum >= 1.0 {
            sum -= 1.0;
            engine.put(Fault::Drop { reset }).await?;
            dropped += 1;
        }
    }
    Ok(json!({"engines": dropped}))
}

async fn fault(sim: &Sim, query: &Query) -> Result<Value> {
    let engines = chosen(sim, query)?;
    let fault = parse(query)?;
    for engine in &engines {
        engine.put(fault.clone()).await?;
    }
    Ok(json!({"engines": engines.len(), "fault": format!("{fault:?}")}))
}

fn parse(query: &Query) -> Result<Fault> {
    let named = |name: &str| Route::ALL.iter().copied().find(|r| r.name() == name);
    let route = query
        .get("route")
        .map(|name| named(name).context("no such route"))
        .transpose()?;
    let version = query
        .get("version")
        .map(|text| Version::parse(text).context("a version is like 1.41"))
        .transpose()?;
    let bytes = whole(query, "bytes")?;
    let wrong = |how| Fault::Answer { how, route };
    Ok(match query.get("kind").unwrap_or_default() {
        "delay" => Fault::Delay(Duration::from_millis(whole(query, "ms")?.unwrap_or(0))),
        "hang" => Fault::Hang,
        "half-open" => Fault::HalfOpen,
        "refuse" => Fault::Refuse,
        "drop" => Fault::Drop { reset: false },
        "reset" => Fault::Drop { reset: true },
        "not-json" => wrong(Misanswer::NotJson),
        "wrong-types" => wrong(Misanswer::WrongTypes),
        "giant" => wrong(Misanswer::Giant(bytes.unwrap_or(1 << 30))),
        "endless" => wrong(Misanswer::Endless),
        "stall" => wrong(Misanswer::Stall),
        "cut" => wrong(Misanswer::Cut),
        "drip" => wrong(Misanswer::Drip(bytes.unwrap_or(100))),
        "status" => wrong(Misanswer::Status(u16::try_from(whole(query, "code")?.unwrap_or(500))?)),
        "expired" => Fault::Certificate(Shown::Expired),
        "other-name" => Fault::Certificate(Shown::OtherName),
        "other-authority" => Fault::Certificate(Shown::OtherAuthority),
        "restart" => Fault::Restart { version },
        "clock" => {
            let text = query.get("ms").unwrap_or("0");
            Fault::Clock(text.parse().context("ms is no number")?)
        }
        "id" => Fault::DaemonId(query.get("id").unwrap_or_default().to_owned()),
        "blob" => Fault::Blob(usize::try_from(bytes.unwrap_or(1 << 20))?),
        other => bail!("no fault of the kind {other:?}"),
    })
}

fn truth(sim: &Sim, query: &Query) -> Result<Value> {
    let engines = chosen(sim, query)?.into_iter().map(|engine| {
        let containers = engine.containers().into_iter().map(|c| {
            json!({
                "id": c.id, "name": c.name, "state": c.state.word(), "health": c.health.map(crate::Health::word),
                "exit_code": c.exit_code, "image": c.image,
            })
        });
        json!({
            "engine": engine.index(), "id": engine.daemon_id(), "address": engine.address(),
            "containers": containers.collect::<Vec<_>>(),
        })
    });
    Ok(Value::Array(engines.collect()))
}
