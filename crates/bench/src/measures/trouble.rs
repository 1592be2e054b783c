//! P26, P27: engines that hang, engines that all go at once and come back, and whether what we know is true in the end.
use super::start::{as_before, until};
use super::{Bench, ms};
use crate::load::load;
use crate::table::Row;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_secs(5);

/// Lets a tenth of the engines hang.
pub(crate) async fn hang(bench: &Bench<'_>) -> Result<()> {
    let last = (bench.simulated.engines / 10).max(1) - 1;
    bench
        .simulated
        .post(&format!("/fault?engines=0-{last}&kind=hang"))
        .await?;
    Ok(())
}

/// Mends all engines, and waits until all is well.
pub(crate) async fn heal(bench: &Bench<'_>) -> Result<()> {
    let back = as_before(bench).await?;
    bench.simulated.post("/heal").await?;
    let within = Duration::from_secs(180);
    until(&bench.server, &bench.session, Instant::now(), within, back).await?;
    Ok(())
}

/// The time in which 99 of 100 pages come.
pub(crate) async fn pages(bench: &Bench<'_>) -> Result<f64> {
    let paths: Vec<_> = (0..20)
        .map(|n| {
            format!(
                "/api/v1/containers?limit=50&sort=name&engine=sim{}",
                bench.simulated.engines - 1 - n
            )
        })
        .collect();
    let connections = vec![
        bench.server.connect(&bench.session).await?,
        bench.server.connect(&bench.session).await?,
    ];
    Ok(load(connections, &paths, TIME).await?.whole.p99())
}

/// P26, its first half: pages while a tenth of the engines hang, beside pages while none does.
pub(crate) fn hung(calm: f64, hung: f64) -> Row {
    let ratio = hung / calm;
    Row::new(
        "P26",
        "a tenth of the engines hung: p99 of pages",
        format!("{} ({ratio:.2} ×)", ms(hung)),
    )
    .beside(format!("{} with none", ms(calm)))
    .must("≤ 1.2 ×", ratio <= 1.2)
}

/// P26, its second half: all engines drop all connections.
pub(crate) async fn dropped(bench: &Bench<'_>) -> Result<Vec<Row>> {
    bench.simulated.post("/calls/reset").await?;
    let all_back = as_before(bench).await?;
    let begun = Instant::now();
    bench.simulated.post("/drop?reset=1").await?;
    // They are not known to be gone in the same moment.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let within = Duration::from_secs(120);
    let back = until(&bench.server, &bench.session, begun, within, all_back)
        .await?
        .as_secs_f64();
    let connections = bench.simulated.get("/connections").await?;
    let handshakes = connections
        .get("handshakes_max")
        .and_then(Value::as_u64)
        .context("handshakes at once")?;
    Ok(vec![
        Row::new("P26", "all engines dropped: until all are back", format!("{back:.1} s"))
            .must("≤ 15 s", back <= 15.0)
            .aim("≤ 5 s", back <= 5.0),
        Row::new("P26", "handshakes at once meanwhile", handshakes.to_string()).must("≤ 64", handshakes <= 64),
    ])
}

/// P27: so many minutes of 500 changes and one dropped engine a second, then every container compared with its engine.
pub(crate) async fn drift(bench: &Bench<'_>, minutes: f64) -> Result<Vec<Row>> {
    let share = 1.0 / f64::from(bench.simulated.engines);
    bench
        .simulated
        .post(&format!("/rate?per_second=500&flapping={share}"))
        .await?;
    tokio::time::sleep(Duration::from_secs_f64(minutes * 60.0)).await;
    bench.simulated.post("/rate?per_second=0&flapping=0").await?;
    // Whoever was dropped last is back after its wait.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (ours, theirs) = (ours(bench).await?, theirs(bench).await?);
    let wrong = theirs.iter().filter(|(id, is)| ours.get(*id) != Some(is)).count();
    let lost = ours.keys().filter(|id| !theirs.contains_key(*id)).count();
    for (id, is) in theirs.iter().filter(|(id, is)| ours.get(*id) != Some(is)).take(5) {
        eprintln!("differs: {id}: engine {is:?}, we {:?}", ours.get(id));
    }
    let differences = wrong + lost;
    Ok(vec![
        Row::new(
            "P27",
            format!("differences after {minutes} min of 500 changes and a drop a second"),
            differences.to_string(),
        )
        .beside(format!("{} containers", theirs.len()))
        .must("0", differences == 0),
    ])
}

/// Name, state and health of each container.
type State = (String, String, Option<String>);

fn text(of: &Value, key: &str) -> String {
    of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn state(of: &Value) -> State {
    let health = of
        .get("health")
        .and_then(Value::as_str)
        .filter(|word| !word.is_empty() && *word != "none");
    (
        text(of, "name").trim_start_matches('/').to_owned(),
        text(of, "state"),
        health.map(str::to_owned),
    )
}

async fn theirs(bench: &Bench<'_>) -> Result<BTreeMap<String, State>> {
    let truth = bench.simulated.get("/truth").await?;
    let engines = truth.as_array().context("the truth")?;
    let containers = engines
        .iter()
        .filter_map(|engine| engine.get("containers")?.as_array())
        .flatten();
    Ok(containers.map(|one| (text(one, "id"), state(one))).collect())
}

async fn ours(bench: &Bench<'_>) -> Result<BTreeMap<String, State>> {
    let mut connection = bench.server.connect(&bench.session).await?;
    let (mut all, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = connection
            .get(&format!("/api/v1/containers?limit=500{cursor}"))
            .await?
            .json()?;
        for row in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            let id = row
                .pointer("/at/id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            all.insert(id, state(row));
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}
