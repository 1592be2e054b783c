//! Both sides: a real engine of the lab, and a simulated one that has the same image.
use crate::client::{Engine, Reply};
use crate::shape::Shape;
use http::Method;
use serde_json::{Value, json};
use shipyard_sim::{Config, Sim, Transport};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What the lab's engines have.
pub(crate) const IMAGE: &str = "busybox:lab";

/// A real engine and a simulated one.
pub(crate) struct Sides {
    pub(crate) real: Engine,
    pub(crate) sim: Engine,
    _fleet: Sim,
    _folder: tempfile::TempDir,
    /// Names that no other test and no other person uses.
    pub(crate) name: String,
}

impl Sides {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let lab =
            std::env::var_os("SHIPYARD_LAB").expect("SHIPYARD_LAB names the lab's folder; start one with ./x lab up");
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            containers: 0,
            transport: Transport::Unix(folder.path().to_owned()),
            ..Config::default()
        };
        let fleet = Sim::start(config).await.unwrap();
        let sim = Engine::new(&folder.path().join("engine0.sock"));
        let pulled = sim.post("/images/create?fromImage=busybox&tag=lab", None).await;
        assert_eq!(pulled.status, 200);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            real: Engine::new(&PathBuf::from(lab).join("node2/docker.sock")),
            sim,
            _fleet: fleet,
            _folder: folder,
            name: format!("sim-test-{}-{number}", std::process::id()),
        }
    }

    /// The same request to both.
    pub(crate) async fn ask(&self, method: &Method, path: &str, body: Option<&Value>) -> (Reply, Reply) {
        let time = Duration::from_secs(30);
        tokio::join!(
            self.real.read(method, path, body, time),
            self.sim.read(method, path, body, time)
        )
    }

    /// Makes the same container on both, which is removed when the test is over: its ids.
    pub(crate) async fn create(&self, name: &str, body: &Value) -> (String, String) {
        let path = format!("/v1.41/containers/create?name={name}");
        let (real, sim) = self.ask(&Method::POST, &path, Some(body)).await;
        let id = |reply: &Reply| reply.json()["Id"].as_str().unwrap_or_default().to_owned();
        assert!(
            compare("create", &real, &sim).is_empty(),
            "{:?}",
            compare("create", &real, &sim)
        );
        (id(&real), id(&sim))
    }

    /// Waits until a container is content on both.
    pub(crate) async fn healthy(&self, name: &str) {
        for engine in [&self.real, &self.sim] {
            let mut tries = 0;
            loop {
                let now = engine.get(&format!("/containers/{name}/json")).await.json();
                if now["State"]["Health"]["Status"] == "healthy" {
                    break;
                }
                tries += 1;
                assert!(tries < 200, "not healthy: {}", now["State"]);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    /// Removes what the test made on the real engine.
    pub(crate) async fn clean_up(&self) {
        let filters = json!({"name": [self.name]}).to_string();
        let filters: String = form_urlencoded::byte_serialize(filters.as_bytes()).collect();
        let all = self
            .real
            .get(&format!("/containers/json?all=1&filters={filters}"))
            .await
            .json();
        for container in all.as_array().into_iter().flatten() {
            let path = format!("/containers/{}?force=1&v=1", container["Id"].as_str().unwrap());
            self.real
                .read(&Method::DELETE, &path, None, Duration::from_secs(30))
                .await;
        }
        let path = format!("/volumes/{}-data", self.name);
        self.real
            .read(&Method::DELETE, &path, None, Duration::from_secs(30))
            .await;
    }
}

/// A text in which everything that differs from engine to engine is gone: ids and moments.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_id = bare.len() >= 12 && bare.bytes().all(|b| b.is_ascii_hexdigit());
        if is_id {
            out.push_str("ID");
            out.push_str(word.get(bare.len()..).unwrap_or_default());
        } else {
            out.push_str(word);
        }
    }
    out
}

/// How two answers to the same request differ.
pub(crate) fn compare(what: &str, real: &Reply, sim: &Reply) -> Vec<String> {
    let mut problems = Vec::new();
    let mut differ = |where_: &str, real: String, sim: String| {
        if real != sim {
            problems.push(format!("{what}: {where_}: dockerd {real}, simulator {sim}"));
        }
    };
    differ("status", real.status.to_string(), sim.status.to_string());
    differ("reason", real.reason.clone(), sim.reason.clone());
    let header_names = |reply: &Reply| {
        // Which of the two a body has is looked at below.
        let own = reply
            .headers
            .keys()
            .filter(|n| !matches!(n.as_str(), "content-length" | "transfer-encoding"));
        own.cloned().collect::<Vec<_>>().join(" ")
    };
    differ("headers", header_names(real), header_names(sim));
    for name in [
        "content-type",
        "api-version",
        "ostype",
        "docker-experimental",
        "cache-control",
        "pragma",
        "server",
    ] {
        let of = |reply: &Reply| format!("{:?}", reply.headers.get(name));
        differ(name, of(real), of(sim));
    }
    let sized = |reply: &Reply| match (reply.body.len(), reply.is_chunked()) {
        (0, false) => "nothing".to_owned(),
        (..=2048, false) => "small with a length".to_owned(),
        (2049.., true) => "large in chunks".to_owned(),
        (_, chunked) => format!("{} bytes, chunks: {chunked}", reply.body.len()),
    };
    let streams = |reply: &Reply| reply.is_chunked() && reply.body.len() <= 2048;
    if streams(real) || streams(sim) {
        differ("in chunks", real.is_chunked().to_string(), sim.is_chunked().to_string());
    } else if (real.body.len() <= 2048) == (sim.body.len() <= 2048) {
        differ("body", sized(real), sized(sim));
    }
    let message = |reply: &Reply| reply.json()["message"].as_str().map(plain);
    differ("message", format!("{:?}", message(real)), format!("{:?}", message(sim)));
    let (real_lines, sim_lines) = (real.lines(), sim.lines());
    differ(
        "JSON",
        (!real_lines.is_empty()).to_string(),
        (!sim_lines.is_empty()).to_string(),
    );
    let (real, sim) = (Shape::of_all(&real_lines), Shape::of_all(&sim_lines));
    problems.extend(
        sim.beyond(&real)
            .iter()
            .map(|place| format!("{what}: only the simulator has {place}")),
    );
    problems.extend(
        real.beyond(&sim)
            .iter()
            .map(|place| format!("{what}: only dockerd has {place}")),
    );
    problems.extend(
        real.conflicts(&sim)
            .iter()
            .map(|place| format!("{what}: types at {place}")),
    );
    problems
}

/// Fails with all that differs.
pub(crate) fn assert_alike(problems: &[String]) {
    assert!(problems.is_empty(), "not as dockerd:\n{}", problems.join("\n"));
}
