//! Requests as fast as they are answered, over so many kept connections.
use crate::http::Connection;
use crate::times::Times;
use anyhow::Result;
use futures_util::future::try_join_all;
use std::time::{Duration, Instant};

/// What a load found.
pub(crate) struct Load {
    /// Until the answers' heads.
    pub(crate) first: Times,
    /// Until the answers' ends.
    pub(crate) whole: Times,
    /// Answers a second.
    pub(crate) rate: f64,
}

/// Asks for one path after the other over each connection, for a time. Every answer must be good.
pub(crate) async fn load(connections: Vec<Connection>, paths: &[String], time: Duration) -> Result<Load> {
    let begun = Instant::now();
    let apart = paths.len() / connections.len().max(1);
    let each = connections
        .into_iter()
        .enumerate()
        .map(|(number, mut connection)| async move {
            let mut measured = Vec::new();
            // Each begins elsewhere, so that not all ask for the same at once.
            for path in paths.iter().cycle().skip(number * apart) {
                if begun.elapsed() >= time {
                    break;
                }
                let answer = connection.get(path).await?;
                measured.push((answer.first, answer.whole));
            }
            anyhow::Ok(measured)
        });
    let measured: Vec<_> = try_join_all(each).await?.into_iter().flatten().collect();
    Ok(Load {
        rate: measured.len() as f64 / begun.elapsed().as_secs_f64(),
        first: measured.iter().map(|(first, _)| *first).collect(),
        whole: measured.iter().map(|(_, whole)| *whole).collect(),
    })
}
