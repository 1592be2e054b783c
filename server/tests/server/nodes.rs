//! A host with plain Docker becomes an engine by the script that the server gives, stays one, and is let go without a trace.
//! Real dockerd, real firewalls, in namespaces: `end2end/node.sh`.
mod load;
mod open;
mod ssh;
mod systemd;

use crate::support::{Client, PASSWORD, Server, Yard};
use http::Method;
use load::{GAP, Gaps, Load};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A host, gone when dropped.
struct Node {
    name: &'static str,
    address: String,
}

fn tool() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/node.sh"))
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from("/tmp/shipyard-nodes").join(name)
}

fn node(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(tool())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

impl Node {
    fn up(name: &'static str, last: u8) -> Self {
        let up = node(&["up", name, &last.to_string()], "");
        assert!(up.status.success(), "{}", words(&up));
        Self::at(name, last)
    }

    fn at(name: &'static str, last: u8) -> Self {
        Self {
            name,
            address: format!("10.213.0.{last}"),
        }
    }

    /// Runs a command in it.
    fn run(&self, command: &[&str], input: &str) -> Output {
        node(&[&["in", self.name], command].concat(), input)
    }

    /// Runs a command in it that must work; what it printed.
    fn good(&self, command: &[&str]) -> String {
        let done = self.run(command, "");
        assert!(done.status.success(), "{command:?}: {}", words(&done));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Runs a script in it from standard input, as `curl … | sh` does.
    fn script(&self, script: &str, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        let restart = format!(
            "SHIPYARD_DOCKER_RESTART={}",
            folder(self.name).join("restart").display()
        );
        let settings: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let settings = settings.iter().map(String::as_str);
        let command: Vec<&str> = ["env", &restart]
            .into_iter()
            .chain(settings)
            .chain(["sh", "-s"])
            .collect();
        self.run(&[&command, arguments].concat(), script)
    }

    fn trace(&self) -> String {
        let trace = node(&["trace", self.name], "");
        assert!(trace.status.success(), "{}", words(&trace));
        String::from_utf8(trace.stdout).unwrap()
    }

    /// The container that ran on it before.
    fn container(&self) -> String {
        let name = format!("here-{}", self.name);
        self.good(&[
            "docker",
            "inspect",
            "-f",
            "{{.State.Running}} {{.State.StartedAt}}",
            &name,
        ])
    }

    /// Whether a port of it takes a connection from an address of this machine.
    fn is_reached(&self, from: &str, port: u16) -> bool {
        let url = format!("telnet://{}:{port}", self.address);
        let done = Command::new("curl")
            .args([
                "-sv",
                "--interface",
                from,
                "--connect-timeout",
                "2",
                "--max-time",
                "2",
                &url,
            ])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        words(&done).contains("Connected to")
    }

    /// What Docker answers on its port over TLS, with what certificate.
    fn asked(&self, certificate: &[&str]) -> String {
        let url = format!("https://{}:2376/version", self.address);
        let done = Command::new("curl")
            .args(["-sk", "--max-time", "5", &url])
            .args(certificate)
            .output()
            .unwrap();
        String::from_utf8(done.stdout).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = node(&["down", self.name], "");
    }
}

/// A server that the nodes can reach, and its administrator.
async fn reachable() -> (Server, Client) {
    let yard = Yard::new();
    let file = yard.path("first");
    std::fs::write(&file, PASSWORD).unwrap();
    let file = file.to_str().unwrap();
    let server = yard.start_with(&["--listen", "10.213.0.1:0", "--admin-password-file", file], &[]);
    let mut admin = server.client();
    let answer = admin.sign_in("admin", PASSWORD).await;
    assert_eq!((answer.status, answer.location()), (303, "/"), "{}", answer.text);
    (server, admin)
}

async fn post(admin: &mut Client, path: &str, body: &Value) -> Value {
    let answer = admin.api(Method::POST, path, body).await;
    assert!(
        (200..300).contains(&answer.status),
        "{path}: {} {}",
        answer.status,
        answer.text
    );
    answer.json()
}

/// The engine's row once it is up.
async fn up(admin: &mut Client, name: &str) -> Value {
    let began = Instant::now();
    loop {
        let row = admin.get(&format!("/api/v1/engines/{name}")).await.json();
        if row["health"] == "up" {
            return row;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{row}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the node itself asks, by hand.
async fn with_secret(server: &Server, path: &str, secret: &str, body: &str) -> crate::support::Answer {
    let mut nobody = server.client();
    nobody
        .send(Method::POST, path, &[("x-shipyard-enrol", secret)], body.to_owned())
        .await
}

fn ends(row: &Value) -> i64 {
    row["engine"]["certificate_ends"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_host_becomes_an_engine_and_is_let_go_without_a_trace() {
    let host = Node::up("plain", 11);
    let (server, mut admin) = reachable().await;
    let (before, container) = (host.trace(), host.container());
    assert!(
        host.is_reached("10.213.0.2", 2375),
        "in the clear for everybody: that is what is to be mended"
    );

    let draft = json!({ "name": "plain", "address": host.address, "labels": "zone=a ssd" });
    let prepared = post(&mut admin, "/nodes", &draft).await;
    assert_eq!(
        prepared["allow_from"],
        json!(["10.213.0.1"]),
        "the address by which this machine reaches it"
    );
    assert_eq!(
        prepared["command"],
        Value::Null,
        "nothing is piped to a shell over plain http"
    );
    let script = prepared["script"].as_str().unwrap();
    let done = host.script(script, &[], &[]);
    assert!(done.status.success(), "{}", words(&done));
    assert!(words(&done).matches("==> ").count() > 8, "{}", words(&done));

    // It is an engine, and what was there before is still there.
    let row = up(&mut admin, "plain").await;
    assert_eq!(row["engine"]["labels"], json!({ "zone": "a", "ssd": "" }));
    assert_eq!(host.container(), container, "it went on running");
    let settings: Value = serde_json::from_str(&host.good(&["cat", "/etc/docker/daemon.json"])).unwrap();
    assert_eq!(settings["labels"], json!(["rack=7", "zone=a", "ssd="]));
    assert_eq!(settings["log-opts"], json!({ "max-size": "10m" }));
    assert_eq!(
        settings["hosts"],
        json!(["unix:///var/run/docker.sock", "tcp://0.0.0.0:2376"])
    );
    let modes = host.good(&[
        "sh",
        "-c",
        "cd /etc/docker/shipyard && stat -c '%a %U %n' . server-key.pem server-cert.pem ca.pem",
    ]);
    assert_eq!(
        modes,
        "700 root .\n400 root server-key.pem\n400 root server-cert.pem\n400 root ca.pem\n"
    );
    let secret = prepared["secret"].as_str().unwrap();
    let found = host.run(&["grep", "-r", secret, "/etc/docker"], "");
    assert!(
        !found.status.success() && found.stdout.is_empty(),
        "the secret stayed there: {}",
        words(&found)
    );

    // Who gets in: Shipyard, with its certificate, from its address.
    assert!(!host.is_reached("10.213.0.1", 2375));
    assert!(host.is_reached("10.213.0.1", 2376) && !host.is_reached("10.213.0.2", 2376));
    assert_eq!(host.asked(&[]), "");
    let (cert, key) = (folder("plain").join("cert"), folder("plain").join("key"));
    std::fs::write(&cert, host.good(&["cat", "/etc/docker/shipyard/server-cert.pem"])).unwrap();
    std::fs::write(&key, host.good(&["cat", "/etc/docker/shipyard/server-key.pem"])).unwrap();
    let own = ["--cert", cert.to_str().unwrap(), "--key", key.to_str().unwrap()];
    assert_eq!(host.asked(&own), "", "what lies on a node opens none");

    // The secret signs one key.
    let other = Node::request(&host);
    let answer = with_secret(&server, "/api/v1/nodes/enrol", secret, &other).await;
    assert_eq!((answer.status, answer.code().as_str()), (410, "node.gone"));
    let answer = with_secret(&server, "/api/v1/nodes/renew", "", &other).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "node.unknown"));
    assert_eq!(
        with_secret(&server, "/api/v1/nodes/enrol", "guessed", &other)
            .await
            .status,
        410
    );

    // Again: nothing changes. After a restart of Docker: it is there.
    let state = host.trace();
    let again = host.script(script, &[], &[]);
    assert!(again.status.success(), "{}", words(&again));
    // But for the certificate: the same key gets its answer again, made anew.
    let other: Vec<String> = changed(&state, &host.trace());
    assert!(other.iter().all(|line| line.ends_with("/server-cert.pem")), "{other:?}");
    host.good(&[folder("plain").join("restart").to_str().unwrap()]);
    up(&mut admin, "plain").await;
    assert_eq!(host.container(), container);
    assert!(!host.is_reached("10.213.0.2", 2376));

    renewals(&host, &server, &mut admin).await;
    assert_eq!(host.container(), container);

    let removed = post(&mut admin, "/nodes/plain/remove", &json!(null)).await;
    assert_eq!(admin.get("/api/v1/engines/plain").await.status, 404);
    let done = host.script(removed["script"].as_str().unwrap(), &[], &[]);
    assert!(done.status.success(), "{}", words(&done));
    assert_eq!(changed(&before, &host.trace()), Vec::<String>::new());
    assert_eq!(host.container(), container);
    // Its daemon has been started anew, and takes a moment.
    let as_it_was = (0..10).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(500));
        host.is_reached("10.213.0.2", 2375)
    });
    assert!(as_it_was);
    let again = host.script(removed["script"].as_str().unwrap(), &[], &[]);
    assert!(again.status.success(), "{}", words(&again));
    assert_eq!(changed(&before, &host.trace()), Vec::<String>::new());
}

/// Lines that only one of two texts has.
fn changed(before: &str, after: &str) -> Vec<String> {
    let lines = |text: &str| {
        text.lines()
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    lines(before).symmetric_difference(&lines(after)).cloned().collect()
}

/// Every certificate is renewed while requests go on to the engine.
async fn renewals(host: &Node, server: &Server, admin: &mut Client) {
    let before = up(admin, "plain").await;
    let load = Load::begin(admin, "/api/v1/containers/plain/here-plain/inspect");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let renewed = post(admin, "/nodes/plain/renew", &json!(null)).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let asked = load.end().await;
    assert!(asked > 20, "{asked} requests are no load");
    assert!(renewed["engine"]["certificate_ends"].as_i64().unwrap() > ends(&before));
    assert_eq!(up(admin, "plain").await["health"], "up");

    // The node fetches its own, once, as it was told to; then it is not time.
    let shown = || {
        host.good(&[
            "sh",
            "-c",
            "openssl s_client -connect 127.0.0.1:2376 </dev/null 2>/dev/null | openssl x509 -noout -serial -issuer",
        ])
    };
    let first = shown();
    let container = host.container();
    let load = Gaps::begin(admin, "/api/v1/containers/plain/here-plain/inspect");
    tokio::time::sleep(Duration::from_millis(500)).await;
    host.good(&["sh", "/etc/docker/shipyard/node.sh", "renew"]);
    let second = shown();
    up(admin, "plain").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (answered, gap) = load.end().await;
    // Docker reads its certificate at its start alone. Containers go on; Docker itself is away for as long as docs/nodes.md says.
    assert!(answered > 20, "{answered} answers are no load");
    assert!(gap < GAP, "nothing was answered for {gap:?}");
    assert_eq!(host.container(), container, "it went on running");
    assert!(
        first != second && first.lines().nth(1) == second.lines().nth(1),
        "{first} {second}"
    );
    let again = host.run(&["sh", "/etc/docker/shipyard/node.sh", "renew"], "");
    assert!(
        again.status.success() && words(&again).contains("not time"),
        "{}",
        words(&again)
    );
    up(admin, "plain").await;

    // A new authority: the engine stays, the node follows, then Shipyard's own certificate does.
    let rotated = post(admin, "/authority/rotate", &json!(null)).await;
    assert_eq!(
        (&rotated["generation"], &rotated["behind"]),
        (&json!(2), &json!(["plain"]))
    );
    up(admin, "plain").await;
    let early = admin.api(Method::POST, "/authority/rotate", &json!(null)).await;
    assert_eq!((early.status, early.code().as_str()), (409, "node.behind"));
    // The first answer is lost on its way: the host shows its old certificate, and gets another one when it asks again.
    let request = host.good(&["sh", "/etc/docker/shipyard/node.sh", "request"]);
    let lost = with_secret(server, "/api/v1/nodes/renew", "", &request).await;
    assert_eq!(lost.status, 200, "{}", lost.text);
    assert_eq!(shown(), second);
    host.good(&["sh", "/etc/docker/shipyard/node.sh", "renew"]);
    assert_ne!(shown().lines().nth(1), second.lines().nth(1), "by the new authority");
    up(admin, "plain").await;
    post(admin, "/nodes/plain/renew", &json!(null)).await;
    let followed = admin.get("/api/v1/authority").await.json();
    assert_eq!(followed["behind"], json!([]));
    assert_eq!(
        followed["certificates"]
            .as_str()
            .unwrap()
            .matches("BEGIN CERTIFICATE")
            .count(),
        2
    );
    up(admin, "plain").await;

    // The doctor finds nothing about it, but that passwords cross a network in the clear; this machine's disk may be full.
    let found = admin.get("/api/v1/doctor").await.json();
    let codes: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    let codes: Vec<&str> = codes.into_iter().filter(|code| *code != "server-disk").collect();
    assert_eq!(codes, ["server-clear", "account-one-factor"], "{found}");
    let nobody = server.client().get("/api/v1/doctor").await;
    assert_eq!(nobody.status, 401);
}

impl Node {
    /// A signing request by another key.
    fn request(&self) -> String {
        let make = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x 2>/dev/null";
        self.good(&["sh", "-c", make])
    }
}
