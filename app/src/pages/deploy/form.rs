//! What is typed into the form, as it is typed.
use super::options::OPTIONS;
use crate::interop::address::Query;
use crate::lean::prelude::*;
use crate::pure::set::Set;
use leptos::reactive::owner::Owner;
use shipyard_model::deploy::{ContainerSpec, VolumeSpec};

/// Which engines the form asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// All.
    #[default]
    All,
    /// Those with labels.
    Labels,
    /// Chosen ones.
    Named,
}

/// A line of a list: its number, by which the page tells it from others, and its fields.
pub type Lines<T> = RwSignal<Vec<(u32, T)>>;

/// A name and a value.
#[derive(Clone, Copy)]
pub struct Pair {
    /// Name.
    pub name: RwSignal<String>,
    /// Value.
    pub value: RwSignal<String>,
}

/// A port to publish.
#[derive(Clone, Copy)]
pub struct PortLine {
    /// Address of the engine.
    pub host_ip: RwSignal<String>,
    /// Port of the engine.
    pub host: RwSignal<String>,
    /// Port of the container.
    pub container: RwSignal<String>,
    /// Protocol.
    pub protocol: RwSignal<String>,
}

/// Something to mount.
#[derive(Clone, Copy)]
pub struct VolumeLine {
    /// Volume or path on the engine.
    pub source: RwSignal<String>,
    /// Path in the container.
    pub target: RwSignal<String>,
    /// Read-only.
    pub read_only: RwSignal<bool>,
    /// What it is besides.
    pub rest: StoredValue<VolumeSpec>,
}

/// Containers that the copies go with or keep away from.
#[derive(Clone, Copy)]
pub struct AffinityLine {
    /// `with` or `without`.
    pub with: RwSignal<String>,
    /// `name`, `image` or `label`.
    pub kind: RwSignal<String>,
    /// Which of them.
    pub text: RwSignal<String>,
}

/// The whole form.
#[derive(Clone, Copy)]
pub struct Form {
    /// Image.
    pub image: RwSignal<String>,
    /// Name.
    pub name: RwSignal<String>,
    /// Command line.
    pub command: RwSignal<String>,
    /// User that it runs as.
    pub user: RwSignal<String>,
    /// CPUs for each copy.
    pub cpus: RwSignal<String>,
    /// Memory for each copy.
    pub memory: RwSignal<String>,
    /// Number of copies.
    pub copies: RwSignal<String>,
    /// One copy on each engine instead.
    pub each: RwSignal<bool>,
    /// And on each that is added later.
    pub daemon: RwSignal<bool>,
    /// Restart policy, as Docker writes it.
    pub restart: RwSignal<String>,
    /// Which engines.
    pub place: RwSignal<Place>,
    /// Constraints as written.
    pub constraints: RwSignal<Vec<String>>,
    /// Names of engines.
    pub engines: RwSignal<Set<String>>,
    /// `spread`, `over` or `fill`.
    pub strategy: RwSignal<String>,
    /// The label that copies are spread over.
    pub over: RwSignal<String>,
    /// Most copies on one engine.
    pub most: RwSignal<String>,
    /// Minutes without its engine after which it is made elsewhere; empty for never.
    pub reschedule: RwSignal<String>,
    /// Also when its volumes stay behind.
    pub leave_volumes: RwSignal<bool>,
    /// Containers that the copies go with or keep away from.
    pub affinity: Lines<AffinityLine>,
    /// `missing`, `always` or `never`.
    pub pull: RwSignal<String>,
    /// Undo what was made when a copy fails.
    pub undo: RwSignal<bool>,
    /// Network.
    pub network: RwSignal<String>,
    /// Ports.
    pub ports: Lines<PortLine>,
    /// Environment.
    pub env: Lines<Pair>,
    /// Volumes.
    pub volumes: Lines<VolumeLine>,
    /// Labels of the containers.
    pub labels: Lines<Pair>,
    /// The texts of the options that few need, as the table has them.
    pub more: StoredValue<Vec<RwSignal<String>>>,
    /// What the form was filled with: what it has no fields for stays.
    pub base: RwSignal<ContainerSpec>,
    /// Who owns its lines: they live as long as the form, whatever fills it.
    pub owner: StoredValue<Owner>,
}

impl Form {
    /// A form with what the address says: a deploy can be sent, and made again.
    pub fn from_address(query: Query) -> Self {
        Self::from_pairs(&query.pairs())
    }

    /// A form that says nothing yet.
    pub fn empty() -> Self {
        Self::from_pairs(&[])
    }

    fn from_pairs(pairs: &[(String, String)]) -> Self {
        let all = |name: &str| -> Vec<String> {
            let named = pairs.iter().filter(|(one, _)| one == name);
            named.map(|(_, value)| value.clone()).collect()
        };
        let text = |name: &str, other: &str| {
            let first = all(name).into_iter().next();
            RwSignal::new(first.unwrap_or_else(|| other.to_owned()))
        };
        let (constraints, engines) = (all("label"), all("engine"));
        let place = match (constraints.is_empty(), engines.is_empty()) {
            (false, _) => Place::Labels,
            (true, false) => Place::Named,
            (true, true) => Place::All,
        };
        let strategy = all("strategy").into_iter().next().unwrap_or_default();
        let (strategy, over) = match strategy.split_once(':') {
            Some((_, label)) => ("over", label),
            None if strategy == "fill" => ("fill", ""),
            None => ("spread", ""),
        };
        let form = Self {
            image: text("image", ""),
            name: text("name", ""),
            command: text("command", ""),
            user: text("user", ""),
            cpus: text("cpus", ""),
            memory: text("memory", ""),
            copies: text("copies", "1"),
            each: RwSignal::new(
                all("copies")
                    .first()
                    .is_some_and(|copies| copies == "each" || copies == "daemon"),
            ),
            daemon: RwSignal::new(all("copies").first().is_some_and(|copies| copies == "daemon")),
            restart: text("restart", "unless-stopped"),
            place: RwSignal::new(place),
            constraints: RwSignal::new(constraints),
            engines: RwSignal::new(engines.into_iter().collect()),
            strategy: RwSignal::new(strategy.to_owned()),
            over: RwSignal::new(over.to_owned()),
            most: text("most", ""),
            reschedule: text("reschedule", ""),
            leave_volumes: RwSignal::new(false),
            affinity: RwSignal::default(),
            pull: text("pull", "missing"),
            undo: RwSignal::new(false),
            network: text("network", ""),
            ports: RwSignal::default(),
            env: RwSignal::default(),
            volumes: RwSignal::default(),
            labels: RwSignal::default(),
            more: StoredValue::new(OPTIONS.iter().map(|_| RwSignal::new(String::new())).collect()),
            base: RwSignal::new(ContainerSpec::default()),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        };
        for variable in all("env") {
            let (name, value) = variable.split_once('=').unwrap_or((&variable, ""));
            push(form.env, pair(name, value));
        }
        for with in ["with", "without"] {
            for containers in all(with) {
                push(form.affinity, AffinityLine::read(with, &containers));
            }
        }
        for port in all("port") {
            push(form.ports, PortLine::read(&port));
        }
        form
    }
}

impl AffinityLine {
    /// An empty line.
    pub fn new() -> Self {
        Self::read("without", "")
    }

    /// Reads `db`, `image=redis`, `label=app=web`.
    pub fn read(with: &str, text: &str) -> Self {
        let (kind, text) = text.split_once('=').unwrap_or(("name", text));
        let signal = |text: &str| RwSignal::new(text.to_owned());
        Self {
            with: signal(with),
            kind: signal(kind),
            text: signal(text),
        }
    }
}

impl Default for AffinityLine {
    fn default() -> Self {
        Self::new()
    }
}

impl PortLine {
    /// An empty line.
    pub fn new() -> Self {
        Self::read("")
    }

    /// Reads `8080:80/udp`, `80`.
    fn read(text: &str) -> Self {
        let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (host, container) = ports.rsplit_once(':').unwrap_or(("", ports));
        let signal = |text: &str| RwSignal::new(text.to_owned());
        Self {
            host_ip: signal(""),
            host: signal(host),
            container: signal(container),
            protocol: signal(protocol),
        }
    }
}

impl Default for PortLine {
    fn default() -> Self {
        Self::new()
    }
}

impl VolumeLine {
    /// An empty line.
    pub fn new() -> Self {
        Self {
            source: RwSignal::default(),
            target: RwSignal::default(),
            read_only: RwSignal::new(false),
            rest: StoredValue::new(VolumeSpec::default()),
        }
    }

    /// The line of a volume.
    pub fn of(volume: &VolumeSpec) -> Self {
        Self {
            source: RwSignal::new(volume.source.clone()),
            target: RwSignal::new(volume.target.clone()),
            read_only: RwSignal::new(volume.read_only),
            rest: StoredValue::new(volume.clone()),
        }
    }
}

impl Default for VolumeLine {
    fn default() -> Self {
        Self::new()
    }
}

/// A line with a name and a value.
pub fn pair(name: &str, value: &str) -> Pair {
    Pair {
        name: RwSignal::new(name.to_owned()),
        value: RwSignal::new(value.to_owned()),
    }
}

/// Adds a line to a list.
pub fn push<T: Send + Sync + 'static>(lines: Lines<T>, line: T) {
    lines.update(|lines| {
        let number = lines.last().map_or(0, |(number, _)| number + 1);
        lines.push((number, line));
    });
}
