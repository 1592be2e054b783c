//! The list of containers, from Docker's summaries to the model.
//!
//! Own types instead of the Docker client's: the fleet is read this way at each connection, so only the few fields in
//! use are decoded, and a word that a newer Docker adds to an enumeration does not make the list unreadable.
use crate::call_error::CallError;
use crate::connection::{Connection, is_id};
use crate::status;
use crate::wire::Limits;
use serde::Deserialize;
use serde::de::IgnoredAny;
use shipyard_model::{Container, ContainerId, Millis, Port, Protocol};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Lists held in memory at once over the whole fleet: each may be 32 MiB.
static LISTS: Semaphore = Semaphore::const_new(64);

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Summary {
    id: String,
    names: Option<Vec<String>>,
    image: Option<String>,
    command: Option<String>,
    created: i64,
    state: Option<String>,
    status: Option<String>,
    ports: Option<Vec<SummaryPort>>,
    labels: Option<BTreeMap<String, String>>,
    network_settings: Option<SummaryNetworks>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SummaryPort {
    #[serde(rename = "IP")]
    ip: Option<String>,
    #[serde(rename = "PrivatePort")]
    private: u16,
    #[serde(rename = "PublicPort")]
    public: Option<u16>,
    #[serde(rename = "Type")]
    protocol: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct SummaryNetworks {
    networks: Option<BTreeMap<String, IgnoredAny>>,
}

/// A container with links is also listed as `/other/alias`: its own name has one slash.
fn own_name(names: Vec<String>) -> String {
    let mut bare = names.iter().map(|n| n.strip_prefix('/').unwrap_or(n));
    let own = bare.clone().find(|n| !n.contains('/')).or_else(|| bare.next());
    own.unwrap_or_default().to_owned()
}

/// Docker gives ports of its own choice from here on.
const EPHEMERAL: u16 = 32768;

/// Docker lists a port that is bound on all addresses once for IPv4 and once for IPv6: one is enough. The two have
/// the same number, unless Docker chose them.
fn ports(listed: Vec<SummaryPort>) -> Vec<Port> {
    let mut ports = Vec::new();
    let mut twins: Vec<Port> = Vec::new();
    for port in listed {
        let ip = port.ip.unwrap_or_default();
        let all = matches!(ip.as_str(), "0.0.0.0" | "::");
        let made = Port {
            host_ip: if all { String::new() } else { ip.clone() },
            host: port.public.filter(|p| *p != 0),
            container: port.private,
            protocol: match port.protocol.as_deref() {
                Some("udp") => Protocol::Udp,
                Some("sctp") => Protocol::Sctp,
                _ => Protocol::Tcp,
            },
        };
        if ip == "::" { twins.push(made) } else { ports.push(made) }
    }
    let chosen = |p: &Port| p.host_ip.is_empty() && p.host.is_some_and(|host| host >= EPHEMERAL);
    let twin_of = |a: &Port, b: &Port| (a.container, a.protocol) == (b.container, b.protocol) && chosen(a) && chosen(b);
    let mut single: Vec<Port> = ports.iter().filter(|p| !twins.contains(p)).cloned().collect();
    twins.retain(|twin| {
        if ports.contains(twin) {
            return false;
        }
        match single.iter().position(|p| twin_of(p, twin)) {
            Some(at) => {
                single.swap_remove(at);
                false
            }
            None => true,
        }
    });
    ports.append(&mut twins);
    let order = |p: &Port| (p.container, p.protocol, p.host, p.host_ip.clone());
    ports.sort_by_cached_key(order);
    ports.dedup();
    // Kept for long: what a list leaves beside them is as much again.
    ports.shrink_to_fit();
    ports
}

/// Texts that occur in a list, each held once: nearly all containers of an engine have the same labels' keys, and many the same
/// values.
#[derive(Default)]
struct Shared(HashSet<Arc<str>>);

impl Shared {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new = Arc::<str>::from(text);
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// A summary as a container; `None` when its id is none, so that no path is ever made of it.
fn container(summary: Summary, shared: &mut Shared) -> Option<Container> {
    if !is_id(&summary.id) {
        return None;
    }
    let status = summary.status.unwrap_or_default();
    let networks = summary.network_settings.and_then(|n| n.networks).unwrap_or_default();
    let mut networks: Vec<String> = networks.into_keys().collect();
    networks.shrink_to_fit();
    Some(Container {
        id: ContainerId::new(summary.id),
        name: own_name(summary.names.unwrap_or_default()),
        image: summary.image.unwrap_or_default(),
        command: summary.command.unwrap_or_default(),
        state: status::state(&summary.state.unwrap_or_default(), &status),
        health: status::health(&status),
        exit_code: status::exit_code(&status),
        created: Millis::from_seconds(summary.created),
        ports: ports(summary.ports.unwrap_or_default()),
        labels: (summary.labels.unwrap_or_default().iter())
            .map(|(key, value)| (shared.text(key), shared.text(value)))
            .collect(),
        networks,
    })
}

fn id_filter(ids: &[ContainerId]) -> String {
    let mut filter = String::from("%7B%22id%22%3A%5B");
    for (index, id) in ids.iter().filter(|id| is_id(id.as_str())).enumerate() {
        let comma = if index == 0 { "" } else { "%2C" };
        // Writing to a String does not fail.
        let _ = write!(filter, "{comma}%22{id}%22");
    }
    filter.push_str("%5D%7D");
    filter
}

impl Connection {
    /// All containers, those that do not run included, in one call. At most 32 MiB, 10 s.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list(&self) -> Result<Vec<Container>, CallError> {
        self.containers("/containers/json?all=1").await
    }

    /// Those of the given containers that exist.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn some(&self, ids: &[ContainerId]) -> Result<Vec<Container>, CallError> {
        if !ids.iter().any(|id| is_id(id.as_str())) {
            return Ok(Vec::new());
        }
        self.containers(&format!("/containers/json?all=1&filters={}", id_filter(ids)))
            .await
    }

    async fn containers(&self, path: &str) -> Result<Vec<Container>, CallError> {
        // Closing the semaphore never happens; were it so, lists would merely be unbounded in number.
        let _turn = LISTS.acquire().await.ok();
        let summaries: Vec<Summary> = self.wire().get_json(path, Limits::LIST).await?;
        let mut shared = Shared::default();
        let containers = summaries.into_iter();
        Ok(containers
            .filter_map(|summary| container(summary, &mut shared))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_docker_becomes_a_container() {
        let id = "a".repeat(64);
        let text = format!(
            r#"{{"Id":"{id}","Names":["/web/db","/db"],"Image":"postgres:16","ImageID":"sha256:1","Command":"postgres",
            "Created":1700000000,"Ports":[{{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}},
            {{"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}},{{"PrivatePort":53,"Type":"udp"}}],
            "Labels":null,"State":"running","Status":"Up 3 minutes (healthy)","Newer":{{"x":1}},
            "NetworkSettings":{{"Networks":{{"bridge":{{"IPAMConfig":null}}}}}},"Mounts":[]}}"#
        );
        let made = container(serde_json::from_str(&text).unwrap(), &mut Shared::default()).unwrap();
        assert_eq!(made.name, "db");
        assert_eq!(made.health, Some(shipyard_model::Health::Healthy));
        assert_eq!(made.ports.len(), 2);
        assert_eq!(made.ports[1].host, Some(8080));
        assert_eq!(made.ports[1].host_ip, "");
        assert_eq!(made.networks, ["bridge"]);
        assert_eq!(made.created, Millis(1_700_000_000_000));
    }

    #[test]
    fn both_families_of_a_port_are_one() {
        let port = |ip: &str, public: u16| SummaryPort {
            ip: Some(ip.to_owned()),
            private: 80,
            public: Some(public),
            protocol: None,
        };
        let hosts = |listed| ports(listed).into_iter().filter_map(|p| p.host).collect::<Vec<_>>();
        assert_eq!(hosts(vec![port("::", 8080), port("0.0.0.0", 8080)]), [8080]);
        // Chosen by Docker, each family has its own.
        assert_eq!(hosts(vec![port("0.0.0.0", 32768), port("::", 32769)]), [32768]);
        assert_eq!(hosts(vec![port("0.0.0.0", 80), port("::", 81)]), [80, 81]);
        assert_eq!(hosts(vec![port("::", 32769), port("10.0.0.1", 32768)]), [32768, 32769]);
    }

    #[test]
    fn an_id_that_is_none_is_left_out() {
        let summary = |id: &str| Summary {
            id: id.to_owned(),
            ..Summary::default()
        };
        assert!(container(summary("../../images"), &mut Shared::default()).is_none());
        assert!(container(summary(""), &mut Shared::default()).is_none());
    }
}
