//! P9: what it costs to follow the fleet while nothing happens and nobody looks.
use super::Bench;
use crate::table::Row;
use anyhow::Result;
use std::time::{Duration, Instant};

/// How long it is looked at.
const TIME: Duration = Duration::from_secs(60);

/// P9.
pub(crate) async fn idle(bench: &Bench<'_>) -> Result<Vec<Row>> {
    // Connections that are not needed are closed after half a minute: that is not rest yet.
    tokio::time::sleep(Duration::from_secs(35)).await;
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
