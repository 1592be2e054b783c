//! Nodes without ssh, and the doctor. With ssh, the guide's test has them.
use crate::support::{Person, Server};

#[test]
fn a_nodes_script_is_printed() {
    let server = Server::start();
    let me = Person::admin(&server);
    let script = me
        .run(&[
            "node",
            "add",
            "printed1",
            "--addr",
            "10.213.0.77",
            "--allow-from",
            "10.213.0.254",
            "--label",
            "zone=a",
            "--print",
        ])
        .ok();
    assert!(script.starts_with("#!/bin/sh\n"), "{script}");
    assert!(
        script.contains("ENGINE='printed1'\n") && script.contains("10.213.0.254"),
        "{script}"
    );
    // It is no engine before it has run.
    assert_eq!(me.run(&["engines"]).ok(), "");
    let mut shell = std::process::Command::new("sh")
        .arg("-n")
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut shell.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success(), "it is no script");
    assert_eq!(me.run(&["node", "add", "nowhere"]).code, 2);
    assert_eq!(me.run(&["node", "renew", "printed1"]).code, 5);
    assert_eq!(me.run(&["node", "remove", "printed1", "--print"]).code, 5);
}

#[test]
fn the_doctor_says_what_is_weak_and_how_it_is_mended() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let found = me.run(&["doctor"]);
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(found.titles(), ["Severity", "Subject", "What", "Mend"]);
    let findings = me.run(&["doctor", "-o", "json"]).json();
    let findings = findings.as_array().unwrap();
    let second_factor = findings
        .iter()
        .find(|one| one["subject"].as_str().unwrap().contains("admin"));
    assert!(
        second_factor.is_some_and(|one| !one["mend"].as_str().unwrap().is_empty()),
        "{findings:?}"
    );

    // What is made worse is found.
    let data = server.dir.path().join("data");
    std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let worse = me.run(&["doctor"]).ok();
    assert!(worse.contains("chmod 700"), "{worse}");
}
