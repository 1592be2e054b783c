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

/// The socket of a node's daemon.
pub(crate) fn docker_socket(node: u8) -> PathBuf {
    folder().join(format!("node{node}/docker.sock"))
}

/// Plain docker, over a node's socket; what it prints, or what it complains of.
fn try_docker(node: u8, arguments: &[&str]) -> Result<String, String> {
    let socket = format!("unix://{}", docker_socket(node).display());
    let output = std::process::Command::new("docker")
        .env_remove("DOCKER_TLS_VERIFY")
        .env_remove("DOCKER_CERT_PATH")
        .args(["-H", &socket])
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Plain docker, over a node's socket.
pub(crate) fn docker(node: u8, arguments: &[&str]) -> String {
    try_docker(node, arguments).unwrap_or_else(|why| panic!("docker {arguments:?}: {why}"))
}

/// An image in the lab's registry, gone from its engine when dropped. Its newest state has a label.
pub(crate) struct Published(pub(crate) &'static str);

impl Published {
    pub(crate) fn state(&self, label: &str) {
        let name = format!("{}-maker", self.0.rsplit('/').next().unwrap().replace(':', "-"));
        let _ = try_docker(1, &["rm", "-f", &name]);
        docker(1, &["create", "--name", &name, "busybox:lab"]);
        let label = format!("LABEL state={label}");
        let command = r#"CMD ["sleep", "1000"]"#;
        docker(1, &["commit", "-c", &label, "-c", command, &name, self.0]);
        docker(1, &["push", "-q", self.0]);
        docker(1, &["rm", &name]);
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        let repository = self.0.rsplit_once(':').map_or(self.0, |(name, _)| name);
        let ids = try_docker(1, &["images", "-q", repository]).unwrap_or_default();
        for id in ids.split_whitespace() {
            let _ = try_docker(1, &["rmi", "-f", id]);
        }
    }
}

/// A container made by plain docker, gone when dropped.
pub(crate) struct Running {
    node: u8,
    name: &'static str,
    pub(crate) id: String,
}

impl Running {
    /// Runs a script on a node, in a container of this name; one that an earlier run left behind goes first.
    pub(crate) fn new(node: u8, name: &'static str, script: &str) -> Self {
        Self::labelled(node, name, &[], script)
    }

    /// The same with labels.
    pub(crate) fn labelled(node: u8, name: &'static str, labels: &[&str], script: &str) -> Self {
        let options: Vec<_> = labels.iter().flat_map(|label| ["--label", label]).collect();
        Self::with(node, name, &options, script)
    }

    /// The same with options of `docker run`.
    pub(crate) fn with(node: u8, name: &'static str, options: &[&str], script: &str) -> Self {
        let _ = try_docker(node, &["rm", "-f", name]);
        let mut arguments = vec!["run", "-d", "--name", name];
        arguments.extend(options);
        arguments.extend(["busybox:lab", "sh", "-c", script]);
        let id = try_docker(node, &arguments).expect("docker runs it").trim().to_owned();
        Self { node, name, id }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = try_docker(self.node, &["rm", "-f", self.name]);
    }
}
