//! Reads what a person asks for: each field, or the problem that names it.
use shipyard_model::engine::EngineDraft;
use shipyard_model::node::NodeDraft;
use shipyard_model::{EngineAddress, EngineName, Labels, Problem};
use shipyard_pki::{Host, Network};
use std::net::{IpAddr, SocketAddr};

/// Longest list of addresses.
const MOST: usize = 64;

/// A draft that can be read.
pub(super) struct Read {
    pub(super) name: EngineName,
    pub(super) address: EngineAddress,
    pub(super) labels: Labels,
    pub(super) allow: Vec<Network>,
    pub(super) ssh: Vec<Network>,
    pub(super) url: String,
}

impl Read {
    /// The same as the form for an engine.
    pub(super) fn engine_draft(&self) -> EngineDraft {
        EngineDraft {
            name: self.name.to_string(),
            address: self.address.to_string(),
            labels: self.labels.to_string(),
            ..EngineDraft::default()
        }
    }
}

fn bad(code: &str, field: &str, detail: &str, hint: &str) -> Problem {
    Problem::new(422, code, detail).hint(hint).field(field)
}

pub(super) fn read(draft: &NodeDraft, reached: &str) -> Result<Read, Problem> {
    let name = EngineName::parse(draft.name.trim()).map_err(|_| {
        bad(
            "engine.bad-name",
            "name",
            "This is no name of an engine.",
            "Choose a name such as node1.",
        )
    })?;
    let labels = Labels::parse(&draft.labels).map_err(|error| {
        bad(
            "engine.bad-label",
            "labels",
            "This is no label.",
            "Write labels such as zone=a ssd.",
        )
        .arg("label", error.0)
    })?;
    Ok(Read {
        name,
        address: address(&draft.address)?,
        labels,
        allow: networks("allow_from", &draft.allow_from)?,
        ssh: networks("ssh_from", &draft.ssh_from)?,
        url: url(Some(draft.shipyard_url.trim())
            .filter(|url| !url.is_empty())
            .unwrap_or(reached))?,
    })
}

/// `10.0.0.1`, `node1:2377`, `[::1]`, `https://node1`: always TLS.
fn address(text: &str) -> Result<EngineAddress, Problem> {
    let text = text.trim();
    let refused = || {
        bad(
            "node.address",
            "address",
            "This is no address of a host.",
            "Give the host name or IP address by which Shipyard reaches the node.",
        )
    };
    let bare = text.strip_prefix("https://").unwrap_or(text);
    let bare = if bare.parse::<std::net::Ipv6Addr>().is_ok() {
        format!("[{bare}]")
    } else {
        bare.to_owned()
    };
    let address = EngineAddress::parse(&format!("https://{bare}")).map_err(|_| refused())?;
    match address.host().map(Host::parse) {
        Some(Ok(_)) => Ok(address),
        _ => Err(refused()),
    }
}

fn networks(field: &str, text: &str) -> Result<Vec<Network>, Problem> {
    let read = Network::parse_all(text).map_err(|word| {
        let detail = format!("“{word}” is no address and no network.");
        bad(
            "node.network",
            field,
            &detail,
            "Write addresses such as 10.0.0.1 or 10.0.0.0/24.",
        )
        .arg("network", word)
    })?;
    if read.len() > MOST {
        let detail = format!("More than {MOST} addresses are too many.");
        return Err(bad("node.networks", field, &detail, "Give networks such as 10.0.0.0/24.").arg("most", MOST));
    }
    Ok(read)
}

/// An origin: it stands in a script, so that nothing but what an origin needs may be in it.
fn url(text: &str) -> Result<String, Problem> {
    let text = text.trim().trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = |rest: &&str| {
        !rest.is_empty()
            && rest.len() <= 260
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
    };
    match rest.filter(fits) {
        Some(_) => Ok(text.to_owned()),
        None => Err(bad(
            "node.url",
            "shipyard_url",
            "This is no address of Shipyard.",
            "Write it as https://shipyard.example.org, without a path.",
        )),
    }
}

/// Who may reach the Docker port: what was given, or the address by which this machine reaches the node. For the latter no
/// packet is sent: the system says which of its addresses it would take.
pub(super) async fn allowed(read: &Read) -> Result<Vec<String>, Problem> {
    if !read.allow.is_empty() {
        return Ok(read.allow.iter().map(Network::to_string).collect());
    }
    let host = read.address.host().unwrap_or_default();
    let own = match tokio::net::lookup_host((host, super::port(&read.address))).await {
        Ok(mut found) => found.next().and_then(own_address),
        Err(_) => None,
    };
    let own = own.ok_or_else(|| {
        let detail = format!("Shipyard does not know by which address it would reach {host}.");
        bad(
            "node.no-way",
            "allow_from",
            &detail,
            "Check the address, or say from where Shipyard will come.",
        )
        .arg("host", host)
    })?;
    Ok(vec![Network::host(own).to_string()])
}

fn own_address(to: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if to.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0_u16; 8], 0).into()
    };
    let socket = std::net::UdpSocket::bind(any).ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|own| !own.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_problem() {
        let good = NodeDraft {
            name: "node1".to_owned(),
            address: "10.0.0.1".to_owned(),
            labels: "zone=a".to_owned(),
            ..NodeDraft::default()
        };
        let at_fault = |draft: NodeDraft| read(&draft, "https://a").err().and_then(|problem| problem.field);
        assert_eq!(at_fault(good.clone()), None);
        for (address, wanted) in [
            ("10.0.0.1", "https://10.0.0.1:2376"),
            ("node1:2377", "https://node1:2377"),
            ("::1", "https://[::1]:2376"),
            ("https://node1/", "https://node1:2376"),
        ] {
            assert_eq!(super::address(address).unwrap().to_string(), wanted);
        }
        for bad in ["", "http://node1", "unix:///a", "a b", "a'b", "1.2.3", "$(id)"] {
            let draft = NodeDraft {
                address: bad.to_owned(),
                ..good.clone()
            };
            assert_eq!(at_fault(draft).as_deref(), Some("address"), "{bad}");
        }
        for bad in [
            "ftp://a",
            "https://",
            "https://a/b",
            "https://a b",
            "https://a'",
            "https://u@a",
        ] {
            let draft = NodeDraft {
                shipyard_url: bad.to_owned(),
                ..good.clone()
            };
            assert_eq!(at_fault(draft).as_deref(), Some("shipyard_url"), "{bad}");
        }
        let draft = NodeDraft {
            ssh_from: "10.0.0.1 anywhere".to_owned(),
            ..good
        };
        assert_eq!(at_fault(draft).as_deref(), Some("ssh_from"));
    }

    #[tokio::test]
    async fn this_machines_own_address_is_taken_where_none_is_given() {
        let draft = NodeDraft {
            name: "node1".to_owned(),
            address: "127.0.0.1".to_owned(),
            ..NodeDraft::default()
        };
        let read = read(&draft, "https://a").unwrap();
        assert_eq!(allowed(&read).await.unwrap(), ["127.0.0.1"]);
    }
}
