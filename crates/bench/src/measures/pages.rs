//! P3, P16, P17, P20: what a person waits for.
use super::{Bench, ms};
use crate::http::Connection;
use crate::load::{Load, load};
use crate::server::{Server, sign_in};
use crate::table::Row;
use crate::times::Times;
use anyhow::Result;
use futures_util::future::try_join_all;
use http::Method;
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_secs(8);
const CONNECTIONS: usize = 8;

/// Pages of the table as people ask for them: filters, orders, engines, zones. No two are the same, and more than a server could
/// keep the answers of.
fn queries(engines: u16) -> Vec<String> {
    let nth = |of: &[&'static str], n: usize| of.get(n % of.len().max(1)).copied().unwrap_or_default();
    let orders = ["name", "state", "image", "created", "stack"];
    let words = ["web", "db", "api", "cache", "worker"];
    let mut all = Vec::new();
    for number in 0..90_u16 {
        let at = usize::from(number);
        let engine = (number * 37) % engines.max(1);
        all.push(format!(
            "/api/v1/containers?q=web&sort=name&limit=50&state=running&engine=sim{engine}"
        ));
        all.push(format!(
            "/api/v1/containers?q=sim{engine}&sort=created&descending=true&limit=50"
        ));
        let (state, order) = (nth(&["running", "stopped", ""], at), nth(&orders, at / 3));
        let (zone, descending) = (at / 15 % 3, at / 45 % 2 == 1);
        all.push(format!(
            "/api/v1/containers?state={state}&sort={order}&descending={descending}&label=zone%3D{zone}&limit=50"
        ));
        let (word, order, descending) = (nth(&words, at), nth(&orders, at / 5), at / 25 % 2 == 1);
        let state = if at < 50 { "" } else { "running" };
        all.push(format!(
            "/api/v1/containers?q={word}&state={state}&sort={order}&descending={descending}&limit=50"
        ));
    }
    all
}

async fn connections(server: &Server, session: &str, count: usize) -> Result<Vec<Connection>> {
    try_join_all((0..count).map(|_| server.connect(session))).await
}

/// P3: a page of 50 rows of all containers, filtered and sorted. The baseline is what the server needs for an answer that needs
/// nothing: its version.
pub(crate) async fn page(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let paths = queries(bench.simulated.engines);
    let nothing = ["/api/v1/version".to_owned()];
    let alone = load(connections(&bench.server, &bench.session, 1).await?, &paths, TIME).await?;
    let many = load(
        connections(&bench.server, &bench.session, CONNECTIONS).await?,
        &paths,
        TIME,
    )
    .await?;
    let one = ["/api/v1/containers?limit=50".to_owned()];
    let alike = load(
        connections(&bench.server, &bench.session, CONNECTIONS).await?,
        &one,
        TIME / 4,
    )
    .await?;
    let floor = load(
        connections(&bench.server, &bench.session, CONNECTIONS).await?,
        &nothing,
        TIME / 4,
    )
    .await?;
    let (p50, p99) = (alone.whole.p50(), alone.whole.p99());
    let met = p50 <= 5.0 && p99 <= 20.0;
    Ok(vec![
        Row::new(
            "P3",
            "page of 50 of all, filtered and sorted",
            format!("p50 {}, p99 {}", ms(p50), ms(p99)),
        )
        .beside(format!("{:.0} answers of no work a second", floor.rate))
        .must("p50 ≤ 5 ms, p99 ≤ 20 ms", met)
        .aim("p50 ≤ 1 ms", p50 <= 1.0),
        Row::new(
            "P3",
            "the same over 8 connections",
            format!("{:.0} a second, p99 {}", many.rate, ms(many.whole.p99())),
        )
        .beside(format!("{:.2} of it", many.rate / floor.rate))
        .must("≥ 1,000 a second", many.rate >= 1000.0)
        .aim("≥ 5,000", many.rate >= 5000.0),
        Row::new(
            "P3",
            "the first page, asked for by all 8",
            format!("{:.0} a second, p99 {}", alike.rate, ms(alike.whole.p99())),
        )
        .beside(format!("{:.2} of it", alike.rate / floor.rate)),
    ])
}

/// P16, P17: signing in, what it does to others, and what checking a session costs.
pub(crate) async fn signing_in(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let mut times = Vec::new();
    for _ in 0..20 {
        let mut connection = Connection::open(&bench.server.address).await?;
        let begun = Instant::now();
        sign_in(&mut connection).await?;
        times.push(begun.elapsed());
    }
    let alone: Times = times.into_iter().collect();
    let page = ["/api/v1/containers?limit=50&engine=sim0".to_owned()];
    let calm = load(connections(&bench.server, &bench.session, 2).await?, &page, TIME / 2).await?;
    let crowd = async {
        let begun = Instant::now();
        while begun.elapsed() < TIME / 2 {
            let each = (0..50).map(|_| async {
                let mut connection = Connection::open(&bench.server.address).await?;
                sign_in(&mut connection).await
            });
            // Some may be told to come back later: that is what keeps the others quick.
            futures_util::future::join_all(each).await;
        }
        anyhow::Ok(())
    };
    let (busy, crowd) = tokio::join!(
        load(connections(&bench.server, &bench.session, 2).await?, &page, TIME / 2),
        crowd
    );
    crowd?;
    let lifted = busy?.whole.p99() / calm.whole.p99();
    let rounds = 4000;
    // The same question of somebody without a session, who is refused: all else is alike.
    let without = one_by_one(Connection::open(&bench.server.address).await?, rounds).await?;
    let with = one_by_one(bench.server.connect(&bench.session).await?, rounds).await?;
    let check = ((with.p50() - without.p50()) * 1000.0).max(0.0);
    Ok(vec![
        Row::new("P16", "signing in", format!("p50 {}", ms(alone.p50())))
            .must("≤ 60 ms", alone.p50() <= 60.0)
            .aim("≤ 35 ms", alone.p50() <= 35.0),
        Row::new("P16", "50 at once: p99 of others' pages", format!("{lifted:.1} ×"))
            .beside(format!("{} in calm", ms(calm.whole.p99())))
            .must("≤ 2 ×", lifted <= 2.0),
        Row::new("P17", "checking a session", format!("{check:.0} µs"))
            .beside(format!("{:.0} µs: an answer without one", without.p50() * 1000.0))
            .must("≤ 50 µs", check <= 50.0)
            .aim("≤ 5 µs", check <= 5.0),
    ])
}

async fn one_by_one(mut connection: Connection, rounds: usize) -> Result<Times> {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        times.push(connection.send(Method::GET, "/api/v1/version", None).await?.whole);
    }
    Ok(times.into_iter().collect())
}

/// The page of containers as a browser asks for it: time to its first byte.
pub(crate) async fn first_bytes(server: &Server) -> Result<Load> {
    load(vec![server.browse().await?], &["/containers".to_owned()], TIME / 2).await
}

/// P20: the first byte of the page of containers with its first rows, with a thousand engines, with one, and with a tenth of them hung.
pub(crate) fn shell(one: &Load, many: &Load, hung: &Load) -> Vec<Row> {
    let (one, many, hung) = (one.first.p50(), many.first.p50(), hung.first.p50());
    let spread = many.max(hung).max(one) / many.min(hung).min(one);
    let slowest = many.max(hung).max(one);
    vec![
        Row::new(
            "P20",
            "first byte of Containers: 1 engine, all, a tenth hung",
            format!("{}, {}, {} ({spread:.1} ×)", ms(one), ms(many), ms(hung)),
        )
        .must("p50 ≤ 5 ms, within 1.5 ×", slowest <= 5.0 && spread <= 1.5)
        .aim("≤ 1.5 ms", slowest <= 1.5),
    ]
}
