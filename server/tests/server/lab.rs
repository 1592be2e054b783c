//! The lab's engines: three real ones over TLS. `SHIPYARD_LAB` names its folder; a test that needs it fails without it.
use serde_json::{Value, json};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("SHIPYARD_LAB").expect("SHIPYARD_LAB: start the lab with ./x lab up and set it"))
}

pub(crate) fn pem(name: &str) -> String {
    std::fs::read_to_string(folder().join("pki").join(name)).unwrap()
}

/// The form for adding node 1, 2 or 3.
pub(crate) fn draft(node: u8, name: &str) -> Value {
    json!({
        "name": name,
        "address": format!("https://10.210.0.{}:2376", 10 + node),
        "labels": "zone=a ssd",
        "cpus": "",
        "memory": "",
        "tls": { "certificate": pem("client-cert.pem"), "key": pem("client-key.pem"), "authority": pem("ca.pem") },
    })
}

/// Plain docker, over a node's socket; what it prints.
pub(crate) fn docker(node: u8, arguments: &[&str]) -> String {
    let socket = format!("unix://{}", folder().join(format!("node{node}/docker.sock")).display());
    let output = std::process::Command::new("docker")
        .env_remove("DOCKER_TLS_VERIFY")
        .env_remove("DOCKER_CERT_PATH")
        .args(["-H", &socket])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
