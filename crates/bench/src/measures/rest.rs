//! Rest, and P9: what it costs to follow the fleet while nothing happens and nobody looks.
use super::Bench;
use crate::table::Row;
use anyhow::Result;
use std::time::{Duration, Instant};

/// After so long it is at rest: connections that are not needed are closed after half a minute.
pub(crate) const REST: Duration = Duration::from_secs(35);
/// How long it is looked at.
const TIME: Duration = Duration::from_secs(60);

/// A server that works less than this, in shares of a core, rests: on a slow machine it follows the fleet with 0.16.
const CALM: f64 = 0.3;
/// How long it may take until it rests, at most.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until the server has taken in what a storm left, so that what comes after is not measured in its wake, and says how long
/// that took, or that it still works.
pub(crate) async fn settle(bench: &Bench<'_>) -> Result<()> {
    let begun = Instant::now();
    let mut calm = 0;
    while calm < 3 && begun.elapsed() < PATIENCE {
        let (before, from) = (bench.server.processor()?, Instant::now());
        tokio::time::sleep(Duration::from_secs(1)).await;
        let share = (bench.server.processor()? - before) / from.elapsed().as_secs_f64();
        calm = if share < CALM { calm + 1 } else { 0 };
    }
    let word = if calm < 3 { "not " } else { "" };
    eprintln!("  {word}at rest after {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// P9.
pub(crate) async fn idle(bench: &Bench<'_>) -> Result<Vec<Row>> {
    tokio::time::sleep(REST).await;
    bench.simulated.post("/calls/reset").await?;
    let (before, begun) = (bench.server.processor()?, Instant::now());
    tokio::time::sleep(TIME).await;
    let took = begun.elapsed().as_secs_f64();
    let share = (bench.server.processor()? - before) / took * 100.0;
    let calls = bench.simulated.calls(&[]).await? / took;
    Ok(vec![
        Row::new("P9", "at rest: calls to all engines", format!("{calls:.1} a second"))
            .must("≤ 20", calls <= 20.0)
            .aim("≤ 17", calls <= 17.0),
        Row::new("P9", "at rest: processor", format!("{share:.1} % of a core"))
            .must("≤ 4 %", share <= 4.0)
            .aim("≤ 1 %", share <= 1.0),
    ])
}
