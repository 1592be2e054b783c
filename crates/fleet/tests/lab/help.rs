//! The lab, a fleet of its engines, and ways to wait and to look from outside.
use shipyard_engine::Credentials;
use shipyard_fleet::{Fleet, Snapshot};
use shipyard_model::operation::{Operation, TargetState};
use shipyard_model::{
    Container, ContainerRef, ContainerState, Engine, EngineAddress, EngineId, EngineName, Labels, Millis, OperationId,
};
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Whether a test leaves the engines as they are.
pub(crate) enum Use {
    Shared,
    Alone,
}

/// A fleet of the lab's three engines, all of which answer.
pub(crate) struct Lab {
    pub(crate) fleet: Fleet,
    prefix: &'static str,
    _lock: File,
}

pub(crate) fn dir() -> PathBuf {
    let dir = std::env::var_os("SHIPYARD_LAB").expect("SHIPYARD_LAB names a lab: run end2end/lab.sh up");
    PathBuf::from(dir)
}

pub(crate) fn engine(number: u8, address: &str, labels: &str) -> Engine {
    Engine {
        id: EngineId::new(format!("id-{number}")),
        name: EngineName::parse(&format!("node{number}")).unwrap(),
        address: EngineAddress::parse(address).unwrap(),
        labels: Labels::parse(labels).unwrap(),
        cpus_override: None,
        memory_override: None,
        daemon_id: String::new(),
        certificate_ends: None,
        added: Millis(0),
        drained: false,
    }
}

pub(crate) fn credentials() -> Arc<Credentials> {
    let pem = |name: &str| std::fs::read_to_string(dir().join("pki").join(name)).unwrap();
    let credentials = Credentials::new(&pem("client-cert.pem"), &pem("client-key.pem"), &pem("ca.pem"));
    Arc::new(credentials.map_err(|error| error.problem()).unwrap())
}

impl Lab {
    /// `prefix` begins the names of all containers of the test; what an earlier run left is removed.
    pub(crate) async fn enter(prefix: &'static str, how: Use) -> Self {
        let path = dir().join("node3.lock");
        let lock = tokio::task::spawn_blocking(move || {
            let file = File::options().create(true).append(true).open(path).unwrap();
            match how {
                Use::Shared => file.lock_shared().unwrap(),
                Use::Alone => file.lock().unwrap(),
            }
            file
        });
        let lab = Self {
            fleet: Fleet::new(),
            prefix,
            _lock: lock.await.unwrap(),
        };
        lab.sweep();
        for (number, labels) in [(1, "zone=a ssd"), (2, "zone=b"), (3, "zone=c ssd")] {
            let address = format!("https://10.210.0.{}:2376", 10 + number);
            lab.fleet.put(engine(number, &address, labels), Some(credentials()));
        }
        lab.until("three engines", 15, |s| {
            s.engines.values().filter(|e| e.health.is_up()).count() == 3
        })
        .await;
        lab
    }

    fn sweep(&self) {
        for node in 1..=3 {
            let ids = docker(node, &["ps", "-aq", "--filter", &format!("name={}", self.prefix)]);
            let ids: Vec<_> = ids.split_whitespace().collect();
            if !ids.is_empty() {
                docker(node, &[&["rm", "-fv"], &*ids].concat());
            }
        }
    }

    /// Waits until the model is as wanted.
    pub(crate) async fn until(&self, what: &str, seconds: u64, good: impl Fn(&Snapshot) -> bool) -> Duration {
        let (began, mut changes) = (Instant::now(), self.fleet.changes());
        while !good(&self.fleet.snapshot()) {
            let left = Duration::from_secs(seconds).checked_sub(began.elapsed());
            let left = left.unwrap_or_else(|| panic!("not seen in {seconds} s: {what}"));
            let _ = tokio::time::timeout(left, changes.changed()).await;
        }
        began.elapsed()
    }

    pub(crate) fn find(&self, node: u8, name: &str) -> Option<(ContainerRef, Arc<Container>)> {
        let snapshot = self.fleet.snapshot();
        let (engine, container) = snapshot.container_named(&format!("node{node}"), name)?;
        let at = ContainerRef {
            engine: engine.engine.id.clone(),
            id: container.id.clone(),
        };
        Some((at, Arc::clone(container)))
    }

    /// Runs a container with plain docker and waits until the model shows it.
    pub(crate) async fn run(&self, node: u8, name: &str, more: &[&str]) -> ContainerRef {
        let usual = ["run", "-d", "--stop-timeout", "1", "--name", name];
        docker(node, &[&usual, more, &["busybox:lab", "sleep", "1000"]].concat());
        self.state(node, name, ContainerState::Running).await;
        self.find(node, name).unwrap().0
    }

    pub(crate) async fn state(&self, node: u8, name: &str, state: ContainerState) -> Duration {
        let engine = format!("node{node}");
        let is = |s: &Snapshot| s.container_named(&engine, name).is_some_and(|(_, c)| c.state == state);
        self.until(&format!("{name} {state:?}"), 20, is).await
    }

    /// Waits for an operation's end.
    pub(crate) async fn end(&self, id: &OperationId) -> Arc<Operation> {
        for _ in 0..600 {
            let operation = self.fleet.operations().get(id).unwrap();
            if operation.finished.is_some() {
                return operation;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("not ended: {:?}", self.fleet.operations().get(id));
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.fleet.shutdown();
        self.sweep();
    }
}

/// Plain docker, over the engine's socket.
pub(crate) fn docker(node: u8, arguments: &[&str]) -> String {
    let socket = format!("unix://{}/node{node}/docker.sock", dir().display());
    let mut command = Command::new("docker");
    command
        .env_remove("DOCKER_TLS_VERIFY")
        .env_remove("DOCKER_CERT_PATH")
        .args(["-H", &socket])
        .args(arguments);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The lab's own command.
pub(crate) fn lab_command(arguments: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../end2end/lab.sh");
    assert!(
        Command::new(script).args(arguments).status().unwrap().success(),
        "lab.sh {arguments:?}"
    );
}

/// The word for what became of each target, in order.
pub(crate) fn words(operation: &Operation) -> Vec<&str> {
    let word = |state: &TargetState| match state {
        TargetState::Waiting => "waiting",
        TargetState::Working { .. } => "working",
        TargetState::Done => "done",
        TargetState::Failed { .. } => "failed",
        TargetState::Cancelled => "cancelled",
        TargetState::Undone => "undone",
    };
    operation.targets.iter().map(|target| word(&target.state)).collect()
}

/// Why a target failed.
pub(crate) fn why(operation: &Operation, target: usize) -> (&str, &str) {
    match &operation.targets[target].state {
        TargetState::Failed { why } => (&why.code, &why.detail),
        other => panic!("it has not failed: {other:?}"),
    }
}
