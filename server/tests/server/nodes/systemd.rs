//! The same as Debian starts Docker: by systemd, with a socket that it hands over. What acts as systemd is a stand-in
//! (`end2end/node.sh`), for a namespace has none; units, drop-in and socket are as they are.
use super::{Node, changed, folder, node, post, reachable, up, words};
use serde_json::{Value, json};
use std::process::Output;

fn script(host: &Node, script: &str) -> Output {
    let path = format!(
        "PATH={}:/usr/sbin:/usr/bin:/sbin:/bin",
        folder(host.name).join("bin").display()
    );
    host.run(&["env", &path, "sh", "-s"], script)
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_keeps_it_over_restarts() {
    let started = node(&["up", "unit", "13", "systemd"], "");
    assert!(started.status.success(), "{}", words(&started));
    let host = Node::at("unit", 13);
    let (_server, mut admin) = reachable().await;
    let (before, container) = (host.trace(), host.container());
    let prepared = post(
        &mut admin,
        "/nodes",
        &json!({ "name": "unit", "address": host.address }),
    )
    .await;
    let done = script(&host, prepared["script"].as_str().unwrap());
    assert!(done.status.success(), "{}", words(&done));
    up(&mut admin, "unit").await;
    assert_eq!(host.container(), container);

    // One place says where Docker listens, and the socket is still systemd's.
    let settings: Value = serde_json::from_str(&host.good(&["cat", "/etc/docker/daemon.json"])).unwrap();
    assert_eq!(settings["hosts"], json!(["fd://", "tcp://0.0.0.0:2376"]));
    let dropin = host.good(&["cat", "/etc/systemd/system/docker.service.d/shipyard.conf"]);
    let lines: Vec<&str> = dropin.lines().collect();
    assert_eq!(lines[..2], ["[Service]", "ExecStart="]);
    assert!(lines[2].ends_with("/dockerd $DOCKER_OPTS"), "{dropin}");
    let firewall = host.good(&["cat", "/etc/systemd/system/shipyard-firewall.service"]);
    assert!(
        firewall.contains("ExecStart=/bin/sh /etc/docker/shipyard/node.sh firewall"),
        "{firewall}"
    );
    let told = std::fs::read_to_string(folder("unit").join("systemctl.log")).unwrap();
    for wanted in [
        "enable --quiet shipyard-firewall.service",
        "enable --quiet --now shipyard-renew.timer",
    ] {
        assert!(told.contains(wanted), "{told}");
    }

    // What the unit runs at boot, on a machine whose rules are gone.
    host.good(&["nft", "delete", "table", "inet", "shipyard"]);
    assert!(host.is_reached("10.213.0.2", 2376));
    host.good(&["sh", "/etc/docker/shipyard/node.sh", "firewall"]);
    assert!(!host.is_reached("10.213.0.2", 2376) && host.is_reached("10.213.0.1", 2376));
    let systemctl = folder("unit").join("bin/systemctl");
    host.good(&[systemctl.to_str().unwrap(), "restart", "docker.service"]);
    up(&mut admin, "unit").await;

    // Once more, over what is there: the drop-in is not read as what was there before.
    let again = script(&host, prepared["script"].as_str().unwrap());
    assert!(again.status.success(), "{}", words(&again));
    assert_eq!(
        host.good(&["cat", "/etc/systemd/system/docker.service.d/shipyard.conf"]),
        dropin
    );

    let removed = post(&mut admin, "/nodes/unit/remove", &json!(null)).await;
    let done = script(&host, removed["script"].as_str().unwrap());
    assert!(done.status.success(), "{}", words(&done));
    assert_eq!(changed(&before, &host.trace()), Vec::<String>::new());
    assert_eq!(host.container(), container);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_at_the_end_is_taken_back() {
    let started = node(&["up", "half", "15", "systemd"], "");
    assert!(started.status.success(), "{}", words(&started));
    let host = Node::at("half", 15);
    let (_server, mut admin) = reachable().await;
    let (before, container) = (host.trace(), host.container());
    // Everything works on the host, and Shipyard looks for it elsewhere.
    let draft = json!({ "name": "half", "address": "10.213.0.98", "allow_from": "10.213.0.1" });
    let prepared = post(&mut admin, "/nodes", &draft).await;
    let failed = script(&host, prepared["script"].as_str().unwrap());
    let told = words(&failed);
    assert!(!failed.status.success(), "{told}");
    assert!(
        told.contains("Shipyard tries this engine") && told.contains("taking everything back"),
        "{told}"
    );
    assert_eq!(admin.get("/api/v1/engines/half").await.status, 404);

    // No TLS, no drop-in, no timer, no rule; what lies in its folder is for the next run.
    let ours =
        |line: &String| !line.contains("docker/shipyard") && line != "table ip6 filter" && line != ":FORWARD ACCEPT";
    let left: Vec<String> = changed(&before, &host.trace()).into_iter().filter(ours).collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(host.container(), container);
    let told = std::fs::read_to_string(folder("half").join("systemctl.log")).unwrap();
    assert!(told.contains("disable --quiet --now shipyard-renew.timer"), "{told}");

    // By what lies there even that goes.
    host.good(&[
        "env",
        &format!(
            "PATH={}:/usr/sbin:/usr/bin:/sbin:/bin",
            folder("half").join("bin").display()
        ),
        "sh",
        "/etc/docker/shipyard/node.sh",
        "remove",
    ]);
    let ours = |line: &String| line != "table ip6 filter" && line != ":FORWARD ACCEPT";
    let left: Vec<String> = changed(&before, &host.trace()).into_iter().filter(ours).collect();
    assert_eq!(left, Vec::<String>::new());
}
