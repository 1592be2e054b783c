//! The lab as tests see it: its addresses, certificates, and the docker command as somebody else's hand.
use shipyard_engine::{Connection, Credentials};
use shipyard_model::EngineAddress;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The lab's folder.
pub(crate) fn dir() -> PathBuf {
    let dir = std::env::var_os("SHIPYARD_LAB").expect("SHIPYARD_LAB names the lab's folder; start one with ./x lab up");
    PathBuf::from(dir)
}

/// A PEM text of the lab.
pub(crate) fn pem(name: &str) -> String {
    let path = dir().join("pki").join(format!("{name}.pem"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Good credentials for all engines of the lab.
pub(crate) fn credentials() -> Arc<Credentials> {
    credentials_of("client-cert", "client-key", &pem("ca"))
        .unwrap_or_else(|p| panic!("{p}"))
        .into()
}

/// Credentials of the lab's files, and an authority.
pub(crate) fn credentials_of(
    certificate: &str,
    key: &str,
    authority: &str,
) -> Result<Credentials, shipyard_engine::ConnectError> {
    Credentials::new(&pem(certificate), &pem(key), authority)
}

/// The address of a node.
pub(crate) fn address(node: u8) -> EngineAddress {
    EngineAddress::parse(&format!("https://10.210.0.{}:2376", 10 + node)).unwrap()
}

/// The socket of a node.
pub(crate) fn socket(node: u8) -> PathBuf {
    dir().join(format!("node{node}/docker.sock"))
}

/// A connection to a node over TLS.
pub(crate) async fn open(node: u8) -> Connection {
    Connection::open(&address(node), Some(&credentials())).await.unwrap().0
}

/// Runs the docker command on a node and returns what it prints.
pub(crate) fn docker(node: u8, arguments: &[&str]) -> String {
    let host = format!("unix://{}", socket(node).display());
    let output = Command::new("docker")
        .args(["-H", &host])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The same without blocking the test's other tasks.
pub(crate) async fn docker_async(node: u8, arguments: &[&str]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    let run = move || docker(node, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// A prefix that no other test and no other person uses.
pub(crate) fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "engine-test-{}-{}-",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Removes, when dropped, all containers of a node whose name has a prefix.
pub(crate) struct Sweep(pub(crate) u8, pub(crate) String);

impl Drop for Sweep {
    fn drop(&mut self) {
        let host = format!("unix://{}", socket(self.0).display());
        let filter = format!("name={}", self.1);
        let list = Command::new("docker")
            .args(["-H", &host, "ps", "-aq", "--filter", &filter])
            .output();
        let list = list
            .map(|o| String::from_utf8_lossy(&o.stdout).into_owned())
            .unwrap_or_default();
        let ids: Vec<&str> = list.split_whitespace().collect();
        if !ids.is_empty() {
            let _ = Command::new("docker")
                .args(["-H", &host, "rm", "-fv"])
                .args(ids)
                .output();
        }
    }
}

/// Holds a node for this test alone, among all programs that ask so; wakes and starts its dockerd when dropped.
pub(crate) struct Alone {
    _lock: std::fs::File,
    node: u8,
}

impl Alone {
    /// Waits for the node.
    pub(crate) async fn with(node: u8) -> Self {
        let path = dir().join(format!("node{node}.lock"));
        let lock = tokio::task::spawn_blocking(move || {
            let file = std::fs::File::create(path).unwrap();
            file.lock().unwrap();
            file
        });
        Self {
            _lock: lock.await.unwrap(),
            node,
        }
    }

    /// Runs a command of the lab's script on the node.
    pub(crate) async fn lab(&self, command: &'static str) {
        let node = self.node;
        let ended = tokio::task::spawn_blocking(move || lab_script(command, node))
            .await
            .unwrap();
        assert!(
            ended.status.success(),
            "lab.sh {command}: {}",
            String::from_utf8_lossy(&ended.stderr)
        );
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // One of these fails whatever state it is in.
        lab_script("resume", self.node);
        lab_script("start", self.node);
    }
}

fn lab_script(command: &str, node: u8) -> std::process::Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/lab.sh");
    Command::new(script)
        .args([command, &format!("node{node}")])
        .output()
        .unwrap()
}
