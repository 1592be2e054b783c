//! Reads what Docker's list says of a container in one English text only: health and exit code.
use shipyard_model::{ContainerState, Health};

/// The state, from Docker's word for it; an unknown word is judged by the status text, so that a newer Docker's list
/// can still be read.
pub(crate) fn state(word: &str, status: &str) -> ContainerState {
    use ContainerState as S;
    match word {
        "running" => S::Running,
        "paused" => S::Paused,
        "restarting" => S::Restarting,
        "created" | "configured" | "initialized" => S::Created,
        "removing" => S::Removing,
        "dead" => S::Dead,
        "exited" | "stopped" => S::Exited,
        _ if status.starts_with("Up") => S::Running,
        _ => S::Exited,
    }
}

/// Health from `Up 3 minutes (healthy)`, `(unhealthy)` or `(health: starting)`.
pub(crate) fn health(status: &str) -> Option<Health> {
    let inner = status.strip_prefix("Up ")?.strip_suffix(')')?.rsplit_once('(')?.1;
    health_word(inner.strip_prefix("health: ").unwrap_or(inner))
}

/// Health from Docker's word for it.
pub(crate) fn health_word(word: &str) -> Option<Health> {
    match word {
        "healthy" => Some(Health::Healthy),
        "unhealthy" => Some(Health::Unhealthy),
        "starting" => Some(Health::Starting),
        _ => None,
    }
}

/// Exit code from `Exited (137) 2 hours ago` or `Restarting (1) 5 seconds ago`.
pub(crate) fn exit_code(status: &str) -> Option<i64> {
    let rest = status
        .strip_prefix("Exited (")
        .or_else(|| status.strip_prefix("Restarting ("))?;
    rest.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_docker_are_understood() {
        assert_eq!(health("Up 3 minutes (healthy)"), Some(Health::Healthy));
        assert_eq!(health("Up 3 minutes (unhealthy)"), Some(Health::Unhealthy));
        assert_eq!(
            health("Up Less than a second (health: starting)"),
            Some(Health::Starting)
        );
        assert_eq!(health("Up 3 minutes (Paused)"), None);
        assert_eq!(health("Up 3 minutes"), None);
        assert_eq!(health("Exited (0) 1 second ago"), None);
        assert_eq!(exit_code("Exited (137) 2 hours ago"), Some(137));
        assert_eq!(exit_code("Exited (-1) 2 hours ago"), Some(-1));
        assert_eq!(exit_code("Restarting (1) 5 seconds ago"), Some(1));
        assert_eq!(exit_code("Up 3 minutes"), None);
        assert_eq!(exit_code("Exited (x"), None);
        assert_eq!(state("flying", "Up 1 second"), ContainerState::Running);
    }
}
