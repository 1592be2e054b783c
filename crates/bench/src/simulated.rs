//! The simulated fleet, in a process of its own: the server cannot know that it is one, and calls are counted on its side.
use crate::http::Connection;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Engines, and their own door for whoever measures.
pub(crate) struct Simulated {
    _process: Child,
    folder: TempDir,
    admin: String,
    first_port: u16,
    pub(crate) engines: u16,
    pub(crate) containers: u32,
}

impl Simulated {
    /// Starts so many engines with so many containers each, over mutual TLS.
    pub(crate) async fn start(program: &Path, engines: u16, containers: u32, first_port: u16) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let admin = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut process = Command::new(program)
            .args([
                "--engines",
                &engines.to_string(),
                "--containers",
                &containers.to_string(),
            ])
            .args(["--first-port", &first_port.to_string(), "--admin", &admin])
            .arg("--tls-dir")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let output = process.stdout.take().context("the simulator's output")?;
        let mut lines = BufReader::new(output).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if line.contains(" engines: ") {
                    return Ok(());
                }
            }
            bail!("the simulator ended")
        };
        tokio::time::timeout(Duration::from_secs(60), ready)
            .await
            .context("the simulator does not come up")??;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            _process: process,
            folder,
            admin,
            first_port,
            engines,
            containers,
        })
    }

    /// Where an engine listens.
    pub(crate) fn address(&self, engine: u16) -> String {
        format!("127.0.0.1:{}", self.first_port + engine)
    }

    /// Containers of all engines.
    pub(crate) fn all(&self) -> u64 {
        u64::from(self.engines) * u64::from(self.containers)
    }

    /// Where it is asked and changed.
    pub(crate) fn door(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// A file of the certificates: `ca.pem`, `cert.pem` or `key.pem`.
    pub(crate) fn pem(&self, name: &str) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.path().join(name))?)
    }

    /// Reads something of it.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        Connection::open(&self.admin).await?.get(path).await?.json()
    }

    /// Changes something in it.
    pub(crate) async fn post(&self, path: &str) -> Result<Value> {
        let answer = Connection::open(&self.admin).await?.post(path, None).await?;
        if answer.body.is_empty() {
            Ok(Value::Null)
        } else {
            answer.json()
        }
    }

    /// Calls since the counts began anew, all or of one route.
    pub(crate) async fn calls(&self, routes: &[&str]) -> Result<f64> {
        let calls = self.get("/calls").await?;
        let all = calls
            .get("routes")
            .and_then(Value::as_object)
            .context("the simulator's counts")?;
        let counted = all
            .iter()
            .filter(|(route, _)| routes.is_empty() || routes.contains(&route.as_str()));
        Ok(counted.filter_map(|(_, count)| count.as_f64()).sum())
    }
}
