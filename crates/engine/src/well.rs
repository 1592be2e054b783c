//! How a container fares after its start: whether it stays up, and whether its health check is content.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::wire::Limits;
use serde::Deserialize;
use shipyard_model::ContainerId;

/// How a container fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faring {
    /// It runs, and has no health check.
    Up,
    /// It runs, and its health check has not said yet.
    Checked,
    /// It runs, and its health check is content.
    Healthy,
    /// It runs, and its health check is not content.
    Unhealthy,
    /// It ended, and may have been started again since.
    Ended {
        /// How it ended the last time.
        exit_code: i64,
    },
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Inspect {
    state: State,
    restart_count: u64,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct State {
    running: bool,
    restarting: bool,
    exit_code: i64,
    health: Option<Health>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Health {
    status: String,
}

impl Connection {
    /// How a container fares that was started.
    ///
    /// # Errors
    /// [`CallError`]; 404 when it is gone.
    pub async fn fares(&self, id: &ContainerId) -> Result<Faring, CallError> {
        let path = format!("/containers/{}/json", path_id(id)?);
        let now: Inspect = self.wire().get_json(&path, Limits::INSPECT).await?;
        Ok(faring(&now))
    }
}

fn faring(now: &Inspect) -> Faring {
    let state = &now.state;
    if !state.running || state.restarting || now.restart_count > 0 {
        return Faring::Ended {
            exit_code: state.exit_code,
        };
    }
    match state.health.as_ref().map(|health| health.status.as_str()) {
        None | Some("" | "none") => Faring::Up,
        Some("healthy") => Faring::Healthy,
        Some("unhealthy") => Faring::Unhealthy,
        Some(_) => Faring::Checked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_says_of_a_container_is_how_it_fares() {
        for (text, want) in [
            (r#"{"State":{"Running":true}}"#, Faring::Up),
            (
                r#"{"State":{"Running":true,"Health":{"Status":"starting"}}}"#,
                Faring::Checked,
            ),
            (
                r#"{"State":{"Running":true,"Health":{"Status":"healthy"}}}"#,
                Faring::Healthy,
            ),
            (
                r#"{"State":{"Running":true,"Health":{"Status":"unhealthy"}}}"#,
                Faring::Unhealthy,
            ),
            (r#"{"State":{"Running":true,"Health":null}}"#, Faring::Up),
            (
                r#"{"State":{"Running":false,"ExitCode":3}}"#,
                Faring::Ended { exit_code: 3 },
            ),
            (
                r#"{"State":{"Running":true},"RestartCount":1}"#,
                Faring::Ended { exit_code: 0 },
            ),
            (
                r#"{"State":{"Running":true,"Restarting":true,"ExitCode":1}}"#,
                Faring::Ended { exit_code: 1 },
            ),
        ] {
            assert_eq!(faring(&serde_json::from_str(text).unwrap()), want, "{text}");
        }
    }
}
