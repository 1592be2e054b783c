//! What became of a container, asked by its id or by the name that it should have: for who comes back after a crash.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::wire::Limits;
use serde::Deserialize;
use shipyard_model::ContainerId;
use std::collections::BTreeMap;

/// A container as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// Docker's id.
    pub id: ContainerId,
    /// Its name.
    pub name: String,
    /// Whether it runs, frozen or not, or is about to again.
    pub runs: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Inspect {
    id: String,
    name: String,
    state: State,
    config: Config,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct State {
    running: bool,
    restarting: bool,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Config {
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Modes {
    host_config: HostModes,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct HostModes {
    network_mode: String,
    pid_mode: String,
    ipc_mode: String,
}

impl Connection {
    /// The containers that one stands on, each with the field of a specification that says so.
    ///
    /// # Errors
    /// [`CallError`]; 404 when it is gone.
    pub async fn stands_on(&self, id: &ContainerId) -> Result<Vec<(&'static str, String)>, CallError> {
        let path = format!("/containers/{}/json", path_id(id)?);
        let now: Modes = self.wire().get_json(&path, Limits::INSPECT).await?;
        let modes = now.host_config;
        let all = [
            ("network", modes.network_mode),
            ("pid_mode", modes.pid_mode),
            ("ipc_mode", modes.ipc_mode),
        ];
        let on = |(field, mode): (&'static str, String)| Some((field, mode.strip_prefix("container:")?.to_owned()));
        Ok(all.into_iter().filter_map(on).collect())
    }

    /// Where a container is that has this id or name; `None` when there is none.
    ///
    /// # Errors
    /// [`CallError`] when that cannot be found out.
    pub async fn whereabouts(&self, id_or_name: &str) -> Result<Option<Whereabouts>, CallError> {
        if !is_path(id_or_name) {
            return Ok(None);
        }
        let path = format!("/containers/{id_or_name}/json");
        match self.wire().get_json::<Inspect>(&path, Limits::INSPECT).await {
            Ok(found) => Ok(Some(Whereabouts {
                id: ContainerId::new(found.id),
                name: found.name.trim_start_matches('/').to_owned(),
                runs: found.state.running || found.state.restarting,
                labels: found.config.labels.unwrap_or_default(),
            })),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a text is one of Docker's names or ids, which have no way out of a path.
fn is_path(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_way_out_of_a_path() {
        assert!(is_path("web-1_a.b") && is_path("0123456789ab"));
        for bad in ["", ".", "../x", "a/b", "a?b", "a%2f", "-a"] {
            assert!(!is_path(bad), "{bad}");
        }
    }
}
