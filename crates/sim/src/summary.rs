//! A container as the list shows it. What does not change with time is kept as bytes, so a list costs hardly more than
//! copying it.
use crate::chance::Id;
use crate::container::Container;
use crate::spec::{Mount, Spec};
use crate::world::World;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;

/// An entry of the list without its status text: what is before it, and what after.
#[derive(Clone)]
pub(crate) struct Piece {
    head: Box<[u8]>,
    tail: Box<[u8]>,
}

impl Piece {
    pub(crate) fn write(&self, status: &str, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.head);
        // Numbers, letters and brackets only.
        to.extend_from_slice(status.as_bytes());
        to.extend_from_slice(&self.tail);
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Head<'a> {
    id: Id,
    names: [String; 1],
    image: &'a str,
    #[serde(rename = "ImageID")]
    image_id: &'a str,
    command: String,
    created: i64,
    ports: Vec<ShownPort<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_root_fs: Option<i64>,
    labels: &'a BTreeMap<String, String>,
    state: &'static str,
}

#[derive(Serialize)]
struct ShownPort<'a> {
    #[serde(rename = "IP", skip_serializing_if = "Option::is_none")]
    ip: Option<&'a str>,
    #[serde(rename = "PrivatePort")]
    private: u16,
    #[serde(rename = "PublicPort", skip_serializing_if = "Option::is_none")]
    public: Option<u16>,
    #[serde(rename = "Type")]
    protocol: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tail<'a> {
    host_config: HostConfig<'a>,
    network_settings: Networks<'a>,
    mounts: Vec<ShownMount<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HostConfig<'a> {
    network_mode: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Networks<'a> {
    networks: Endpoints<'a>,
}

/// A container's places in its networks.
pub(crate) struct Endpoints<'a> {
    pub(crate) world: &'a World,
    pub(crate) engine: usize,
    pub(crate) container: &'a Container,
    pub(crate) names: &'a [String],
}

impl Serialize for Endpoints<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.names.len()))?;
        for (place, name) in self.names.iter().enumerate() {
            map.serialize_entry(name, &Endpoint::of(self, place, name))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Endpoint {
    #[serde(rename = "IPAMConfig")]
    ipam_config: Option<()>,
    links: Option<()>,
    aliases: Option<Vec<String>>,
    #[serde(rename = "NetworkID")]
    network_id: String,
    #[serde(rename = "EndpointID")]
    pub(crate) endpoint_id: String,
    pub(crate) gateway: String,
    #[serde(rename = "IPAddress")]
    pub(crate) ip_address: String,
    #[serde(rename = "IPPrefixLen")]
    pub(crate) ip_prefix_len: u8,
    #[serde(rename = "IPv6Gateway")]
    ipv6_gateway: &'static str,
    #[serde(rename = "GlobalIPv6Address")]
    global_ipv6_address: &'static str,
    #[serde(rename = "GlobalIPv6PrefixLen")]
    global_ipv6_prefix_len: u8,
    pub(crate) mac_address: String,
    driver_opts: Option<()>,
}

impl Endpoint {
    pub(crate) fn of(all: &Endpoints<'_>, place: usize, name: &str) -> Self {
        let container = all.container;
        let number = container.id.number();
        let [.., c, d] = number.to_be_bytes();
        let subnet = 17 + place;
        let up = container.state.is_up() && !matches!(name, "host" | "none");
        let when = |text: String| if up { text } else { String::new() };
        // Docker gives aliases in the networks that people make.
        let own = !matches!(name, "bridge" | "host" | "none");
        Self {
            ipam_config: None,
            links: None,
            aliases: own.then(|| vec![container.id.short()]),
            network_id: if container.run > 0 {
                all.world.network_id(all.engine, name).to_string()
            } else {
                String::new()
            },
            endpoint_id: when(format!("{number:016x}{place:016x}{:032x}", container.run)),
            gateway: when(format!("172.{subnet}.0.1")),
            ip_address: when(format!("172.{subnet}.{c}.{d}")),
            ip_prefix_len: if up { 16 } else { 0 },
            ipv6_gateway: "",
            global_ipv6_address: "",
            global_ipv6_prefix_len: 0,
            mac_address: when(format!("02:42:ac:{subnet:02x}:{c:02x}:{d:02x}")),
            driver_opts: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ShownMount<'a> {
    #[serde(rename = "Type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    source: &'a str,
    destination: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<&'static str>,
    mode: &'static str,
    #[serde(rename = "RW")]
    rw: bool,
    propagation: &'static str,
}

impl<'a> ShownMount<'a> {
    pub(crate) fn of(mount: &'a Mount) -> Self {
        let volume = mount.kind == "volume";
        Self {
            kind: &mount.kind,
            name: mount.name.as_deref(),
            source: &mount.source,
            destination: &mount.destination,
            driver: volume.then_some("local"),
            mode: match (mount.of_bind, volume, mount.writable) {
                (true, true, true) | (false, true, _) => "z",
                (true, _, false) => "ro",
                _ => "",
            },
            rw: mount.writable,
            propagation: if mount.kind == "bind" { "rprivate" } else { "" },
        }
    }
}

/// Encodes an entry; with `size` what its image takes, as the list shows it only when asked.
pub(crate) fn piece(world: &World, engine: usize, container: &Container, spec: &Spec, size: Option<i64>) -> Piece {
    let up = container.state.is_up();
    let ports = spec.ports.iter().filter(|_| up).map(|port| ShownPort {
        ip: port.host.as_ref().map(|(ip, _)| ip.as_str()),
        private: port.private,
        public: port.host.as_ref().map(|(_, public)| *public),
        protocol: &port.protocol,
    });
    let head = Head {
        id: container.id,
        names: [format!("/{}", container.name)],
        image: &spec.image,
        image_id: &spec.image_id,
        command: spec.command(),
        created: container.created / crate::clock::SECOND,
        ports: ports.collect(),
        size_root_fs: size,
        labels: &spec.labels,
        state: container.state.word(),
    };
    let tail = Tail {
        host_config: HostConfig {
            network_mode: &spec.network_mode,
        },
        network_settings: Networks {
            networks: Endpoints {
                world,
                engine,
                container,
                names: &spec.networks,
            },
        },
        mounts: spec.mounts.iter().map(ShownMount::of).collect(),
    };
    let mut before = serde_json::to_vec(&head).unwrap_or_default();
    before.pop();
    before.extend_from_slice(br#","Status":""#);
    let mut after = br#"","#.to_vec();
    let rest = serde_json::to_vec(&tail).unwrap_or_default();
    after.extend_from_slice(rest.get(1..).unwrap_or_default());
    Piece {
        head: before.into(),
        tail: after.into(),
    }
}
