//! A call to an engine that gives up when the engine does, not when the call's own time is over.
use crate::EngineState;
use crate::fleet::Fleet;
use shipyard_engine::{CallError, Connection};
use shipyard_model::{EngineHealth, EngineId, Problem};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Longest time for any call of an operation: a stop may take its container's whole grace period.
const DEADLINE: Duration = Duration::from_secs(150);
/// How long a call may still answer after its engine was found to be down.
const GRACE: Duration = Duration::from_secs(2);

/// Calls an engine. An engine that is down fails at once, one that goes down during the call soon after.
///
/// # Errors
/// `engine.down` before the call, `engine.lost` when it went down meanwhile (what became of the call is not known
/// then), `engine.too-slow`, or the problem of the call itself.
pub async fn while_up<T, F>(fleet: &Fleet, id: &EngineId, call: impl FnOnce(Connection) -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, CallError>>,
{
    let connection = fleet.connect(id)?;
    tokio::select! {
        answer = timeout(DEADLINE, call(connection)) => match answer {
            Ok(answer) => answer.map_err(|error| error.problem()),
            Err(_) => Err(Problem::new(504, "engine.too-slow", "The engine did not answer in time.")
                .hint("Look at the container before trying again: the engine may still do it.")),
        },
        () = gone(fleet, id) => Err(lost()),
    }
}

/// An engine went down in the middle of something.
pub(crate) fn lost() -> Problem {
    Problem::new(502, "engine.lost", "The connection to the engine was lost meanwhile.")
        .hint("Look at the container when the engine is back: it may have been done.")
}

/// Waits until the engine is not up, and a little longer.
pub(crate) async fn gone(fleet: &Fleet, id: &EngineId) {
    let mut changes = fleet.changes();
    loop {
        changes.borrow_and_update();
        if fleet.connection(id).is_none() {
            return sleep(GRACE).await;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Why an engine cannot be called.
pub(crate) fn down(fleet: &Fleet, id: &EngineId) -> Problem {
    match fleet.snapshot().engines.get(id) {
        Some(state) => does_not_answer(state),
        None => Problem::not_found("engine", id),
    }
}

/// Why an engine of the fleet cannot be called.
pub(crate) fn does_not_answer(state: &EngineState) -> Problem {
    let name = &state.engine.name;
    match &state.health {
        EngineHealth::Down { since, why, .. } => Problem::new(
            503,
            "engine.down",
            format!("The engine “{name}” does not answer: {}", why.detail),
        )
        .hint("It is tried again and again; do this when it is back.")
        .arg("engine", name)
        .arg("since", since.0)
        .arg("reason", &why.detail),
        _ => Problem::new(
            503,
            "engine.connecting",
            format!("The engine “{name}” is not connected yet."),
        )
        .hint("Try again in a moment.")
        .arg("engine", name),
    }
}
