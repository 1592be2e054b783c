//! The same over a real OpenSSH server, step by step as the command line does it for a node that cannot reach Shipyard; with
//! rules for SSH that nobody is locked out by, an iptables of old, and a host on which it does not work.
use super::{Node, changed, folder, node, post, reachable, up, with_secret, words};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A person with a key at a terminal, from an address of this machine.
struct Person<'n> {
    host: &'n Node,
    key: String,
}

impl<'n> Person<'n> {
    fn of(host: &'n Node) -> Self {
        let key = folder(host.name).join("person").display().to_string();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f", &key])
            .status()
            .unwrap();
        assert!(made.success());
        let served = node(&["sshd", host.name, &format!("{key}.pub")], "");
        assert!(served.status.success(), "{}", words(&served));
        Self { host, key }
    }

    fn ssh(&self, from: &str, command: &str, input: &str) -> Output {
        let mut child = Command::new("ssh")
            .args([
                "-F",
                "none",
                "-b",
                from,
                "-i",
                &self.key,
                "-o",
                "BatchMode=yes",
                "-o",
                "ConnectTimeout=10",
            ])
            .args([
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR",
            ])
            .arg(format!("root@{}", self.host.address))
            .arg(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A connection that was refused reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn good(&self, command: &str, input: &str) -> String {
        let done = self.ssh("10.213.0.1", command, input);
        assert!(done.status.success(), "{command}: {}", words(&done));
        String::from_utf8(done.stdout).unwrap()
    }

    fn comes_in(&self, from: &str) -> bool {
        self.ssh(from, "true", "").status.success()
    }
}

/// What differs, but for the files that are named, and for the kernel's own empty table that looking at its chains makes.
fn left(host: &Node, before: &str, but: &str) -> Vec<String> {
    let ours = |line: &String| !line.contains(but) && ![":FORWARD ACCEPT", "table ip6 filter"].contains(&line.as_str());
    changed(before, &host.trace()).into_iter().filter(ours).collect()
}

const PROGRAM: &str = "sh /etc/docker/shipyard/node.sh";

#[tokio::test(flavor = "multi_thread")]
async fn over_ssh_step_by_step_and_nobody_is_locked_out() {
    let host = Node::up("remote", 12);
    let (server, mut admin) = reachable().await;
    let person = Person::of(&host);
    let (before, container) = (host.trace(), host.container());
    let draft = json!({ "name": "remote", "address": host.address, "labels": "zone=b", "ssh_from": "10.213.0.1",
        "shipyard_url": "https://not-reached.example" });
    let prepared = post(&mut admin, "/nodes", &draft).await;
    let (script, secret) = (
        prepared["script"].as_str().unwrap(),
        prepared["secret"].as_str().unwrap(),
    );
    let line = prepared["command"].as_str().unwrap();
    assert!(
        line.starts_with("printf '") && line.contains("curl -fsS -H @- 'https://not-reached.example/api/v1/"),
        "{line}"
    );

    // The key is made there; the request comes here, and the certificate goes back.
    let restart = folder("remote").join("restart").display().to_string();
    let settings = |restart: &str, seconds: u32| {
        format!("SHIPYARD_DOCKER_RESTART={restart} SHIPYARD_FIREWALL=iptables SHIPYARD_CONFIRM_SECONDS={seconds}")
    };
    let request = person.good(&format!("{} sh -s request", settings(&restart, 60)), script);
    assert!(
        request.starts_with("-----BEGIN CERTIFICATE REQUEST-----") && !request.contains("PRIVATE"),
        "{request}"
    );
    let signed = with_secret(&server, "/api/v1/nodes/enrol", secret, &request).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    assert_eq!(signed.text.matches("BEGIN CERTIFICATE").count(), 2);
    let early = with_secret(&server, "/api/v1/nodes/enrol/finish", secret, "").await;
    assert_eq!(early.status, 502, "nothing listens there yet: {}", early.text);

    // Where Docker does not come up with certificates, all is as it was, and the same is tried again.
    let refusing = folder("remote").join("restart-refusing").display().to_string();
    let failed = person.ssh(
        "10.213.0.1",
        &format!("{} {PROGRAM} install", settings(&refusing, 60)),
        &signed.text,
    );
    assert!(
        !failed.status.success() && words(&failed).contains("taking everything back"),
        "{}",
        words(&failed)
    );
    assert_eq!(left(&host, &before, "docker/shipyard"), Vec::<String>::new());
    assert_eq!(host.container(), container);

    // The rules go away by themselves when nobody confirms them.
    let install = format!("{} {PROGRAM} install", settings(&restart, 40));
    person.good(&install, &signed.text);
    assert!(!person.comes_in("10.213.0.2") && !host.is_reached("10.213.0.2", 2376));
    let began = Instant::now();
    while !person.comes_in("10.213.0.2") {
        assert!(
            began.elapsed() < Duration::from_secs(90),
            "the rules stay though nobody confirmed them"
        );
        std::thread::sleep(Duration::from_millis(300));
    }
    // On a busy machine a connection was seen to time out here.
    while !person.comes_in("10.213.0.1") {
        assert!(began.elapsed() < Duration::from_secs(90), "{}", host.trace());
    }
    let late = person.ssh("10.213.0.1", &format!("{PROGRAM} confirm"), "");
    assert!(
        !late.status.success() && words(&late).contains("went away"),
        "{}",
        words(&late)
    );

    // Again, and confirmed by somebody who came in anew.
    person.good(&format!("{} {PROGRAM} install", settings(&restart, 240)), &signed.text);
    let added = with_secret(&server, "/api/v1/nodes/enrol/finish", secret, "").await;
    assert_eq!(added.status, 201, "{}", added.text);
    let again = with_secret(&server, "/api/v1/nodes/enrol/finish", secret, "").await;
    assert_eq!(
        (again.status, again.json()["id"].clone()),
        (201, added.json()["id"].clone())
    );
    person.good(&format!("{PROGRAM} confirm"), "");
    up(&mut admin, "remote").await;
    assert!(person.comes_in("10.213.0.1") && !person.comes_in("10.213.0.2"));
    assert_eq!(
        person.good(&format!("{PROGRAM} rules"), ""),
        "2376 10.213.0.1\n22 10.213.0.1 10.213.0.1\n"
    );
    assert_eq!(host.container(), container);

    // Somebody changes a setting meanwhile; it is theirs when all else goes.
    let settings: Value = serde_json::from_str(&person.good("cat /etc/docker/daemon.json", "")).unwrap();
    assert_eq!(settings["labels"], json!(["rack=7", "zone=b"]));
    person.good("sed -i 's/10m/20m/' /etc/docker/daemon.json", "");
    let removed = post(&mut admin, "/nodes/remote/remove", &json!(null)).await;
    let command = removed["command"].as_str().unwrap().trim_start_matches("sudo ");
    person.good(command, "");
    let settings: Value = serde_json::from_str(&person.good("cat /etc/docker/daemon.json", "")).unwrap();
    let mut as_before: Value =
        serde_json::from_str(&std::fs::read_to_string(folder("remote").join("daemon.json")).unwrap()).unwrap();
    as_before["log-opts"]["max-size"] = json!("20m");
    assert_eq!(settings, as_before);
    assert_eq!(left(&host, &before, "./docker/daemon.json"), Vec::<String>::new());
    assert_eq!(host.container(), container);
    assert!(person.comes_in("10.213.0.2") && host.is_reached("10.213.0.2", 2375));
}
