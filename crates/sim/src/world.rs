//! What all engines have in common, and what stands on each at the beginning: made up, but of the usual shape and size.
//!
//! A container that nobody asked for is known by its number alone, and its specification is made anew whenever it is
//! looked at. So a hundred thousand of them need little memory.
use crate::chance::{Chance, Id};
use crate::spec::{Mount, Port, Spec};
use serde_json::json;
use std::collections::BTreeMap;

/// Docker gives ports of its own choice from here on.
pub(crate) const EPHEMERAL: u16 = 32_768;

/// An image that engines have.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) id: String,
    /// Its names with tags; none for one that lost its name.
    pub(crate) tags: Vec<String>,
    pub(crate) digest: Option<String>,
    pub(crate) created: i64,
    pub(crate) size: i64,
    pub(crate) command: Vec<String>,
    pub(crate) entrypoint: Vec<String>,
    pub(crate) env: Vec<String>,
    pub(crate) exposes: Option<u16>,
}

/// Name, size in MB, port, entrypoint, command.
type Known = (&'static str, i64, u16, &'static [&'static str], &'static [&'static str]);

/// What is used most at the hub.
const IMAGES: [Known; 12] = [
    (
        "nginx:1.27",
        192,
        80,
        &["/docker-entrypoint.sh"],
        &["nginx", "-g", "daemon off;"],
    ),
    ("postgres:16.3", 432, 5432, &["docker-entrypoint.sh"], &["postgres"]),
    (
        "redis:7.2-alpine",
        41,
        6379,
        &["docker-entrypoint.sh"],
        &["redis-server"],
    ),
    ("traefik:v3.1", 168, 80, &["/entrypoint.sh"], &["traefik"]),
    ("grafana/grafana:11.1.0", 453, 3000, &["/run.sh"], &[]),
    (
        "prom/prometheus:v2.53.1",
        271,
        9090,
        &["/bin/prometheus"],
        &["--config.file=/etc/prometheus/prometheus.yml"],
    ),
    (
        "rabbitmq:3.13-management",
        252,
        5672,
        &["docker-entrypoint.sh"],
        &["rabbitmq-server"],
    ),
    (
        "registry.example:5000/shop/api:2024.11.3",
        118,
        8080,
        &["/app/api"],
        &["--listen", "0.0.0.0:8080"],
    ),
    (
        "registry.example:5000/shop/worker:2024.11.3",
        131,
        0,
        &["/app/worker"],
        &["--queue", "orders"],
    ),
    ("memcached:1.6", 84, 11211, &["docker-entrypoint.sh"], &["memcached"]),
    (
        "node:20-slim",
        219,
        3000,
        &["docker-entrypoint.sh"],
        &["node", "server.js"],
    ),
    (
        "busybox:1.36",
        4,
        0,
        &[],
        &["sh", "-c", "while :; do date; sleep 60; done"],
    ),
];

const PROJECTS: [&str; 8] = [
    "shop", "blog", "metrics", "crm", "billing", "search", "mail", "intranet",
];
const SERVICES: [&str; 12] = [
    "web",
    "db",
    "cache",
    "proxy",
    "grafana",
    "prometheus",
    "queue",
    "api",
    "worker",
    "sessions",
    "front",
    "cron",
];

/// What all engines have in common.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) images: Vec<Image>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let images = (0_u64..)
            .zip(IMAGES)
            .map(|(number, known)| Image::known(seed, number, &known));
        Self {
            seed,
            images: images.collect(),
        }
    }

    /// What the container of a number on an engine was made as.
    pub(crate) fn spec(&self, engine: usize, number: u32) -> Spec {
        let mut chance = self.chance(engine, number);
        let _ = chance.id();
        let kind = chance.below(self.images.len());
        let (Some(image), service) = (self.images.get(kind), SERVICES.get(kind).copied().unwrap_or("app")) else {
            return Spec::default();
        };
        let project = format!("{}{engine}", chance.one_of(&PROJECTS));
        let mut command = image.entrypoint.iter().chain(&image.command).cloned();
        let network = format!("{project}_default");
        let mut networks = vec![network.clone()];
        if chance.happens(0.1) {
            networks.push("edge".to_owned());
        }
        let mut ports = Vec::new();
        let published = chance.happens(0.35);
        if let Some(private) = image.exposes {
            let host = |ip: &str| Port {
                private,
                protocol: "tcp".to_owned(),
                host: Some((
                    ip.to_owned(),
                    EPHEMERAL.saturating_add(u16::try_from(number).unwrap_or(0)),
                )),
            };
            if published {
                ports.extend([host("0.0.0.0"), host("::")]);
            } else {
                ports.push(Port {
                    private,
                    protocol: "tcp".to_owned(),
                    host: None,
                });
            }
        }
        let labels = labels(&project, service, number, &mut chance);
        let mut mounts = Vec::new();
        if matches!(service, "db" | "grafana" | "prometheus" | "queue") {
            let name = format!("{project}_{service}-data");
            mounts.push(Mount {
                kind: "volume".to_owned(),
                source: format!("/var/lib/docker/volumes/{name}/_data"),
                name: Some(name),
                destination: "/var/lib/data".to_owned(),
                writable: true,
                of_bind: true,
            });
        }
        if chance.happens(0.15) {
            mounts.push(Mount {
                kind: "bind".to_owned(),
                name: None,
                source: format!("/srv/{project}/{service}/config"),
                destination: "/etc/app".to_owned(),
                writable: false,
                of_bind: true,
            });
        }
        let checked = chance.happens(1.0 / 3.0);
        Spec {
            image: image.tags.first().cloned().unwrap_or_default(),
            image_id: image.id.clone(),
            path: command.next().unwrap_or_default(),
            args: command.collect(),
            labels,
            ports,
            network_mode: network,
            networks,
            mounts,
            health_every: checked.then_some(5_000_000_000),
            ..Spec::default()
        }
    }

    /// The same with `Config` and `HostConfig`, which few ask for.
    pub(crate) fn full_spec(&self, engine: usize, number: u32) -> Spec {
        let mut spec = self.spec(engine, number);
        let Some(image) = self.images.iter().find(|image| image.id == spec.image_id) else {
            return spec;
        };
        let (config, host_config) = (&mut spec.config, &mut spec.host_config);
        config.insert("Env".to_owned(), json!(image.env));
        if !image.entrypoint.is_empty() {
            config.insert("Entrypoint".to_owned(), json!(image.entrypoint));
        }
        config.insert("Cmd".to_owned(), json!(image.command));
        if let Some(every) = spec.health_every {
            let test = json!({"Test": ["CMD-SHELL", "check || exit 1"], "Interval": every});
            config.insert("Healthcheck".to_owned(), test);
        }
        let policy = json!({"Name": "unless-stopped", "MaximumRetryCount": 0});
        host_config.insert("RestartPolicy".to_owned(), policy);
        if number.is_multiple_of(3) {
            host_config.insert("Memory".to_owned(), json!(268_435_456));
            host_config.insert("MemorySwap".to_owned(), json!(536_870_912));
        }
        spec
    }

    /// Its id and its name.
    pub(crate) fn identity(&self, engine: usize, number: u32) -> (Id, String) {
        let mut chance = self.chance(engine, number);
        let id = chance.id();
        let service = SERVICES.get(chance.below(self.images.len())).copied().unwrap_or("app");
        let project = chance.one_of(&PROJECTS);
        (id, format!("{project}{engine}-{service}-{number}"))
    }

    fn chance(&self, engine: usize, number: u32) -> Chance {
        Chance::of(self.seed, u64::try_from(engine).unwrap_or(0) + 1, u64::from(number))
    }

    /// A network's id, which is its own on each engine.
    pub(crate) fn network_id(&self, engine: usize, name: &str) -> Id {
        let mixed = name
            .bytes()
            .fold(11, |sum: u64, b| sum.wrapping_mul(31).wrapping_add(b.into()));
        Chance::of(self.seed, u64::try_from(engine).unwrap_or(0) + 1, mixed).id()
    }
}

fn labels(project: &str, service: &str, number: u32, chance: &mut Chance) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut put = |key: &str, value: String| labels.insert(key.to_owned(), value);
    put("com.docker.compose.project", project.to_owned());
    put("com.docker.compose.service", service.to_owned());
    put("com.docker.compose.container-number", number.to_string());
    put("com.docker.compose.oneoff", "False".to_owned());
    put("com.docker.compose.version", "2.29.1".to_owned());
    put("com.docker.compose.config-hash", chance.id().short());
    if chance.happens(0.2) {
        put(
            "org.opencontainers.image.source",
            format!("https://git.example/{project}/{service}"),
        );
    }
    if chance.happens(0.4) {
        put("team", chance.one_of(&["blue", "green", "platform"]).to_owned());
    }
    if chance.happens(0.3) {
        put(
            &format!("traefik.http.routers.{service}.rule"),
            format!("Host(`{service}.{project}.example`)"),
        );
    }
    labels
}

impl Image {
    fn known(seed: u64, number: u64, (name, megabytes, port, entrypoint, command): &Known) -> Self {
        let mut chance = Chance::of(seed, u64::MAX, number);
        let text = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        Self {
            id: format!("sha256:{}", chance.id()),
            tags: vec![(*name).to_owned()],
            digest: Some(format!("sha256:{}", chance.id())),
            created: 1_730_000_000_000_000_000 + i64::try_from(number % 300).unwrap_or(0) * 86_400_000_000_000,
            size: megabytes * 1_000_000 + 12_345,
            command: text(command),
            entrypoint: text(entrypoint),
            env: vec![path.to_owned(), "LANG=C.UTF-8".to_owned()],
            exposes: Some(*port).filter(|p| *p != 0),
        }
    }

    /// As it stands after a pull of a name.
    pub(crate) fn pulled(seed: u64, name: &str, now: i64) -> Self {
        let mixed = name
            .bytes()
            .fold(5, |sum: u64, b| sum.wrapping_mul(131).wrapping_add(b.into()));
        let mut image = Self::known(seed, mixed, &("", 24, 0, &[], &["sh"]));
        image.tags = vec![name.to_owned()];
        image.env.clear();
        image.created = now;
        image
    }

    /// Whether a reference means this image: one of its names, or its id as far as it is written.
    pub(crate) fn is(&self, reference: &str) -> bool {
        let bare = reference.strip_prefix("sha256:").unwrap_or(reference);
        let id = self.id.strip_prefix("sha256:").unwrap_or(&self.id);
        let is_id =
            (4..=64).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_hexdigit()) && id.starts_with(bare);
        let by_digest = || {
            let (name, digest) = reference.split_once('@')?;
            let same = self.digest.as_deref() == Some(digest);
            Some(same && self.tags.iter().any(|tag| repository(tag) == repository(name)))
        };
        is_id || self.tags.iter().any(|tag| *tag == tagged(reference)) || by_digest().unwrap_or(false)
    }
}

/// A reference's name without its tag.
pub(crate) fn repository(reference: &str) -> &str {
    let bare = reference.split_once('@').map_or(reference, |(name, _)| name);
    match bare.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => bare,
    }
}

/// A reference with `latest` where it has neither tag nor digest, and without what means the hub.
pub(crate) fn tagged(reference: &str) -> String {
    let bare = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let bare = bare.strip_prefix("library/").unwrap_or(bare);
    if bare.contains('@') || repository(bare) != bare {
        bare.to_owned()
    } else {
        format!("{bare}:latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_fleet() {
        let (one, two, other) = (World::new(1), World::new(1), World::new(2));
        for number in 0..50 {
            let (a, b) = (one.spec(3, number), two.spec(3, number));
            assert_eq!((a.image, a.labels, a.path), (b.image, b.labels.clone(), b.path));
            assert!((6..=10).contains(&b.labels.len()), "{:?}", b.labels);
            let (id, name) = one.identity(3, number);
            assert_ne!(id, other.identity(3, number).0);
            let service = &b.labels["com.docker.compose.service"];
            assert!(name.starts_with(&format!("{}-{service}-", b.labels["com.docker.compose.project"])));
        }
    }

    #[test]
    fn references_mean_images() {
        let world = World::new(1);
        let image = world.images.iter().find(|i| i.tags == ["nginx:1.27"]).unwrap();
        assert!(image.is("nginx:1.27") && image.is(&image.id) && image.is(&image.id[7..19]));
        assert!(image.is("docker.io/library/nginx:1.27"));
        assert!(image.is(&format!("nginx@{}", image.digest.as_ref().unwrap())));
        assert!(!image.is("nginx") && !image.is("redis:1.27"));
        assert_eq!(tagged("reg:5000/a"), "reg:5000/a:latest");
        assert_eq!(repository("reg:5000/a:b"), "reg:5000/a");
    }
}
