//! Whether a new container is well: its health check says so, or without one, it has run for the grace period.
use crate::calls::while_up;
use crate::fleet::Fleet;
use shipyard_engine::Faring;
use shipyard_model::{ContainerId, EngineId, Problem};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A new container without a health check is well when it ran so long.
const GRACE: Duration = Duration::from_secs(3);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Longest time that a health check may take to say something.
const LONGEST: Duration = Duration::from_secs(600);

/// Waits until it is.
///
/// # Errors
/// `roll.unhealthy`, `roll.ended`, `roll.no-health`, or what keeps it from being looked at.
pub(crate) async fn until_well(fleet: &Fleet, engine: &EngineId, id: &ContainerId) -> Result<(), Problem> {
    let began = Instant::now();
    loop {
        sleep(LOOK).await;
        let fares = while_up(fleet, engine, |it| async move { it.fares(id).await }).await?;
        match fares {
            Faring::Healthy => return Ok(()),
            Faring::Up if began.elapsed() >= GRACE => return Ok(()),
            Faring::Unhealthy => {
                return Err(Problem::new(
                    422,
                    "roll.unhealthy",
                    "The new container's health check fails.",
                ));
            }
            Faring::Ended { exit_code } => {
                let detail = format!("The new container ended by itself, with exit code {exit_code}.");
                return Err(Problem::new(422, "roll.ended", detail).arg("code", exit_code));
            }
            Faring::Up | Faring::Checked if began.elapsed() < LONGEST => {}
            Faring::Up | Faring::Checked => {
                let minutes = LONGEST.as_secs() / 60;
                let detail = format!("The new container's health check said nothing for {minutes} minutes.");
                return Err(Problem::new(504, "roll.no-health", detail).arg("minutes", minutes));
            }
        }
    }
}
