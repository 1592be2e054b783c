//! P5: the list of one real engine with 200 containers, through us and from the engine itself.
use crate::http::Connection;
use crate::load::load;
use crate::server::{Server, Setup};
use crate::table::Row;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// Containers of that engine.
const CONTAINERS: usize = 200;
const TIME: Duration = Duration::from_secs(6);
const LABEL: &str = "shipyard-bench";

/// An engine of the lab.
struct Lab {
    socket: PathBuf,
}

impl Lab {
    fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        let socket = format!("unix://{}", self.socket.display());
        command.args(["--host", &socket]).args(arguments).stdout(Stdio::null());
        command
    }

    async fn run(&self, arguments: &[&str]) -> Result<()> {
        if !self.docker(arguments).status().await?.success() {
            bail!("docker {arguments:?} failed");
        }
        Ok(())
    }

    async fn fill(&self) -> Result<()> {
        for round in 0..CONTAINERS / 20 {
            let made = (0..20).map(|n| {
                let name = format!("{LABEL}-{}", round * 20 + n);
                async move {
                    self.run(&["create", "--label", LABEL, "--name", &name, "busybox:lab", "true"])
                        .await
                }
            });
            futures_util::future::try_join_all(made).await?;
        }
        Ok(())
    }

    async fn clear(&self) -> Result<()> {
        let mut list = self.docker(&["ps", "--all", "--quiet", "--filter", &format!("label={LABEL}")]);
        let listed = list.stdout(Stdio::piped()).output().await?;
        let ids = String::from_utf8(listed.stdout)?;
        let ids: Vec<_> = ids.split_whitespace().collect();
        for some in ids.chunks(50) {
            let mut arguments = vec!["rm", "--force"];
            arguments.extend(some);
            self.run(&arguments).await?;
        }
        Ok(())
    }
}

/// P5. The lab must be up.
pub(crate) async fn list(setup: &Setup, lab: &Path) -> Result<Vec<Row>> {
    let lab = Lab {
        socket: lab.join("node1/docker.sock"),
    };
    lab.clear().await?;
    let measured = match lab.fill().await {
        Ok(()) => measure(setup, &lab).await,
        Err(error) => Err(error),
    };
    lab.clear().await?;
    measured
}

async fn measure(setup: &Setup, lab: &Lab) -> Result<Vec<Row>> {
    let server = setup.start().await?;
    let session = server.sign_in().await?;
    add(&server, &session, lab).await?;
    let ours = ["/api/v1/containers?limit=500".to_owned()];
    let mut connection = server.connect(&session).await?;
    for _ in 0..200 {
        let page = connection.get(&ours[0]).await?.json()?;
        let there = page.get("items").and_then(|items| items.as_array()).map_or(0, Vec::len);
        if there >= CONTAINERS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let ours = load(many(|| server.connect(&session)).await?, &ours, TIME).await?;
    let socket = &lab.socket;
    let theirs = many(async || {
        let stream = tokio::net::UnixStream::connect(socket)
            .await
            .with_context(|| socket.display().to_string())?;
        Connection::over(stream, "docker").await
    });
    let theirs = load(theirs.await?, &["/containers/json?all=1".to_owned()], TIME).await?;
    server.end().await?;
    let ratio = ours.rate / theirs.rate;
    Ok(vec![
        Row::new(
            "P5",
            "list of one real engine, 200 containers, over 8 connections",
            format!("{:.0} a second ({ratio:.0} ×)", ours.rate),
        )
        .beside(format!("{:.0} a second: dockerd itself", theirs.rate))
        .must("≥ 23 ×", ratio >= 23.0)
        .aim("≥ 70 ×", ratio >= 70.0),
    ])
}

async fn many<F: Future<Output = Result<Connection>>>(open: impl Fn() -> F) -> Result<Vec<Connection>> {
    futures_util::future::try_join_all((0..8).map(|_| open())).await
}

async fn add(server: &Server, session: &str, lab: &Lab) -> Result<()> {
    let draft = json!({ "name": "node1", "address": format!("unix://{}", lab.socket.display()), "tls": null });
    let mut connection = server.connect(session).await?;
    connection.post("/api/v1/engines", Some(&draft)).await?;
    Ok(())
}
