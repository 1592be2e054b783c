//! What is done to a host over a real OpenSSH server beside the guide: an enrolment that does not come to its end leaves no
//! trace, a node's certificates are renewed, and its authority changes.
use crate::guide::{node, ssh_of};
use crate::support::{Person, Server};

const NAME: &str = "over1";
const SSH: &str = "root@10.213.0.41";

/// The host, gone when dropped.
struct Host;

impl Drop for Host {
    fn drop(&mut self) {
        let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../../end2end/node.sh");
        let _ = std::process::Command::new(tool).args(["down", NAME]).status();
    }
}

fn certificate() -> String {
    node(&[
        "in",
        NAME,
        "openssl",
        "x509",
        "-noout",
        "-serial",
        "-issuer",
        "-in",
        "/etc/docker/shipyard/server-cert.pem",
    ])
}

#[test]
fn what_fails_is_taken_back_and_what_works_is_renewed() {
    let server = Server::start();
    let me = Person::admin(&server);
    let (key, path) = ssh_of(me.home.path());
    let _host = Host;
    node(&["up", NAME, "41", "systemd"]);
    node(&["sshd", NAME, &format!("{key}.pub")]);
    let before = node(&["trace", NAME]);
    let run = |words: &[&str]| me.with(words, &[("PATH", &path)], "");

    // Where Shipyard does not reach it, it becomes no engine, and all is as it was.
    let failed = run(&["node", "add", NAME, "--ssh", SSH, "--addr", "10.213.0.99"]);
    assert_ne!(failed.code, 0, "{failed:?}");
    assert!(failed.err.contains("taking back what was done"), "{failed:?}");
    assert_eq!(node(&["trace", NAME]), before);
    assert_eq!(
        run(&["node", "remove", NAME, "--ssh", SSH]).code,
        5,
        "nothing is there, and it is no engine"
    );

    // One that was left half way is let go by its host, under its own name alone.
    let script = me.run(&["node", "add", NAME, "--addr", "10.213.0.41", "--print"]).ok();
    let file = format!("/tmp/shipyard-nodes/{NAME}/script");
    std::fs::write(&file, script).unwrap();
    let programs = format!("PATH=/tmp/shipyard-nodes/{NAME}/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    node(&["in", NAME, "env", &programs, "sh", &file, "request"]);
    assert_ne!(node(&["trace", NAME]), before);
    let other = run(&["node", "remove", "another", "--ssh", SSH]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.err.contains(NAME), "{other:?}");
    assert_eq!(run(&["node", "remove", NAME, "--ssh", SSH]).code, 0);
    assert_eq!(node(&["trace", NAME]), before);

    // An engine at last, whose certificates are renewed, also by another authority.
    run(&["node", "add", NAME, "--ssh", SSH]).ok();
    let up = || {
        me.until(&["engines"], |done| done.out.matches("\tup\t").count() == 1);
    };
    up();
    let first = certificate();
    run(&["node", "renew", NAME, "--ssh", SSH]).ok();
    let second = certificate();
    assert!(
        first != second && first.lines().nth(1) == second.lines().nth(1),
        "{first}{second}"
    );
    up();
    let rotated = me.run(&["authority", "rotate", "-o", "json"]).json();
    assert_eq!(
        (&rotated["generation"], &rotated["behind"]),
        (&2.into(), &serde_json::json!([NAME]))
    );
    assert_eq!(me.run(&["authority", "rotate"]).code, 1, "not before all have followed");
    run(&["node", "renew", NAME, "--ssh", SSH]).ok();
    assert_ne!(
        certificate().lines().nth(1),
        second.lines().nth(1),
        "by the new authority"
    );
    up();
    run(&["node", "renew", NAME, "--ssh", SSH]).ok();
    let shown = me.run(&["authority"]);
    assert_eq!(shown.titles(), ["Generation", "Ends", "Behind"]);
    assert_eq!(
        me.run(&["authority", "-o", "json"]).json()["behind"],
        serde_json::json!([])
    );
    let trusted = me.run(&["authority", "certificates"]).ok();
    assert_eq!(trusted.matches("BEGIN CERTIFICATE").count(), 2, "{trusted}");
    up();

    run(&["node", "remove", NAME, "--ssh", SSH]).ok();
    assert_eq!(me.run(&["engines", "-o", "name"]).ok(), "");
    assert_eq!(node(&["trace", NAME]), before);
}
