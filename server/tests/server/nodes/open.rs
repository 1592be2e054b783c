//! Hosts that are weak: one that serves whoever connects becomes no engine, and what is weak on an engine is found by the
//! doctor. Each weakness is a real one, of a real dockerd.
use super::{Node, folder, post, reachable, up, with_secret, words};
use crate::support::Client;
use http::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What the doctor says of engines, by what it calls them.
async fn weak(admin: &mut Client) -> Vec<(String, String)> {
    let found = admin.get("/api/v1/doctor").await.json();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let all = found.as_array().unwrap().iter();
    all.filter(|one| !text(one, "mend").is_empty())
        .map(|one| (text(one, "code"), text(one, "subject")))
        .filter(|(code, _)| code.starts_with("engine-"))
        .collect()
}

async fn until_weak(admin: &mut Client, wanted: &[(&str, &str)]) {
    let began = Instant::now();
    loop {
        let found = weak(admin).await;
        let found: Vec<(&str, &str)> = found.iter().map(|(code, of)| (code.as_str(), of.as_str())).collect();
        if found == wanted {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{found:?} is not {wanted:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

impl Node {
    /// Changes a word in Docker's settings and restarts it.
    fn set(&self, from: &str, to: &str) {
        self.good(&["sed", "-i", &format!("s/{from}/{to}/"), "/etc/docker/daemon.json"]);
        self.good(&[folder(self.name).join("restart").to_str().unwrap()]);
        let began = Instant::now();
        while !self.run(&["docker", "version"], "").status.success() {
            assert!(began.elapsed() < Duration::from_secs(30), "Docker does not come back");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

const VERIFIES: &str = "\"tlsverify\": true";
const TRUSTS_ALL: &str = "\"tlsverify\": false";

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_serves_strangers_is_no_engine_and_the_doctor_finds_what_is_weak() {
    let host = Node::up("weak", 14);
    let (server, mut admin) = reachable().await;

    // As it comes: in the clear.
    let clear = json!({ "name": "clear", "address": format!("http://{}:2375", host.address), "labels": "" });
    post(&mut admin, "/engines", &clear).await;
    until_weak(&mut admin, &[("engine-clear", "engine clear")]).await;
    let removed = admin.api(Method::DELETE, "/engines/clear", &json!(null)).await;
    assert_eq!(removed.status, 204, "{}", removed.text);

    // Between the script and Shipyard's look somebody lets everybody in: it is not added.
    let prepared = post(
        &mut admin,
        "/nodes",
        &json!({ "name": "weak", "address": host.address }),
    )
    .await;
    let secret = prepared["secret"].as_str().unwrap();
    let request = host.script(prepared["script"].as_str().unwrap(), &["request"], &[]);
    assert!(request.status.success(), "{}", words(&request));
    let request = String::from_utf8(request.stdout).unwrap();
    let signed = with_secret(&server, "/api/v1/nodes/enrol", secret, &request).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    let program = "/etc/docker/shipyard/node.sh";
    let restart = format!("SHIPYARD_DOCKER_RESTART={}", folder("weak").join("restart").display());
    let installed = host.run(&["env", &restart, "sh", program, "install"], &signed.text);
    assert!(installed.status.success(), "{}", words(&installed));
    host.set(VERIFIES, TRUSTS_ALL);
    assert!(!host.asked(&[]).is_empty(), "it serves whoever connects");
    let finish = || with_secret(&server, "/api/v1/nodes/enrol/finish", secret, "");
    let refused = finish().await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "node.open"));
    assert_eq!(admin.get("/api/v1/engines/weak").await.status, 404);
    let header = [("x-shipyard-enrol", secret)];
    let state = admin
        .send(Method::GET, "/api/v1/nodes/enrolment", &header, String::new())
        .await
        .json();
    assert_eq!(state["failed"]["why"]["code"], json!("node.open"), "{state}");

    // Mended, it is.
    host.set(TRUSTS_ALL, VERIFIES);
    let added = finish().await;
    assert_eq!(added.status, 201, "{}", added.text);
    host.good(&["sh", program, "confirm"]);
    up(&mut admin, "weak").await;
    until_weak(&mut admin, &[]).await;

    // Weak again: everybody is let in, the socket is forwarded in the clear, and at last it is down.
    host.set(VERIFIES, TRUSTS_ALL);
    up(&mut admin, "weak").await;
    until_weak(&mut admin, &[("engine-open", "engine weak")]).await;
    host.set(TRUSTS_ALL, VERIFIES);
    host.good(&[
        "sh",
        "-c",
        "setsid busybox nc -ll -p 2375 -e docker system dial-stdio >/dev/null 2>&1 </dev/null &",
    ]);
    until_weak(&mut admin, &[("engine-clear-port", "engine weak")]).await;
    host.good(&["sh", "-c", "kill $(pidof busybox) && kill $(cat /var/run/docker.pid)"]);
    until_weak(&mut admin, &[("engine-down", "engine weak")]).await;
}
