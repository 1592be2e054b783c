//! The server that is measured: the release build in a process of its own, on folders of its own.
use crate::http::Connection;
use anyhow::{Context, Result, bail};
use http::Method;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

pub(crate) const PASSWORD: &str = "measured-and-weighed-4711";
/// How long a server may take to listen.
const START: Duration = Duration::from_secs(30);
/// Of Linux on all machines that Shipyard is built for: `getconf CLK_TCK`.
const TICKS_A_SECOND: f64 = 100.0;

/// What a server is started from, and what outlives it.
pub(crate) struct Setup {
    pub(crate) program: PathBuf,
    pub(crate) site: PathBuf,
    folder: TempDir,
    address: String,
}

/// A running server. Dropped, it is killed.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
    /// When the process was started.
    pub(crate) begun: Instant,
}

impl Setup {
    /// New folders for a server on a port that is free now.
    pub(crate) fn new(program: &Path, site: &Path) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self {
            program: program.to_owned(),
            site: site.to_owned(),
            folder: tempfile::tempdir()?,
            address: format!("127.0.0.1:{port}"),
        })
    }

    /// Starts it, on what an earlier one left.
    pub(crate) async fn start(&self) -> Result<Server> {
        let place = |name: &str| self.folder.path().join(name);
        let log = std::fs::File::create(place("log"))?;
        let process = Command::new(&self.program)
            .env("SHIPYARD_LISTEN", &self.address)
            .env("SHIPYARD_DATA_DIR", place("data"))
            .env("SHIPYARD_KEY_FILE", place("master.key"))
            .env("SHIPYARD_SITE_DIR", &self.site)
            .env("SHIPYARD_ADMIN_PASSWORD", PASSWORD)
            .env("SHIPYARD_LOG", "warn")
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", self.program.display()))?;
        let server = Server {
            process,
            address: self.address.clone(),
            begun: Instant::now(),
        };
        while server.begun.elapsed() < START {
            if let Ok(mut connection) = Connection::open(&server.address).await
                && connection.get("/healthz").await.is_ok()
            {
                return Ok(server);
            }
            sleep(Duration::from_millis(5)).await;
        }
        bail!("the server does not listen: {}", std::fs::read_to_string(place("log"))?)
    }
}

impl Server {
    /// Signs in; the session outlives the server.
    pub(crate) async fn sign_in(&self) -> Result<String> {
        let mut connection = Connection::open(&self.address).await?;
        sign_in(&mut connection).await
    }

    /// A kept connection of somebody who signed in as a program does.
    pub(crate) async fn connect(&self, session: &str) -> Result<Connection> {
        Ok(Connection::open(&self.address)
            .await?
            .with("authorization", format!("Bearer {session}")))
    }

    /// A kept connection of somebody who signed in by the page, for pages.
    pub(crate) async fn browse(&self) -> Result<Connection> {
        let body = format!("name=admin&password={PASSWORD}&next=%2F");
        let answer = self.form("/login", &body).await?;
        let cookies: Vec<_> = answer
            .lines()
            .filter_map(|line| {
                line.split_once(':')
                    .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            })
            .filter_map(|(_, cookie)| cookie.trim().split(';').next())
            .collect();
        if cookies.is_empty() {
            bail!("signing in: {answer}");
        }
        Ok(Connection::open(&self.address)
            .await?
            .with("cookie", cookies.join("; ")))
    }

    /// Sends a form as a page of the server does; the whole answer.
    async fn form(&self, path: &str, body: &str) -> Result<String> {
        let mut stream = tokio::net::TcpStream::connect(&self.address).await?;
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {1}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        );
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await?;
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await?;
        Ok(answer)
    }

    /// Another account, which sees everything, and its session: one account may open so many sockets only.
    pub(crate) async fn another(&self, name: &str) -> Result<String> {
        let session = self.sign_in().await?;
        let grants = [serde_json::json!({ "role": "viewer", "pool": null, "narrow": null })];
        let new = serde_json::json!({ "name": name, "grants": grants });
        let invited = self
            .connect(&session)
            .await?
            .post("/api/v1/accounts", Some(&new))
            .await?;
        let invited = invited.json()?;
        let link = invited.get("text").and_then(|text| text.as_str()?.split_once('#'));
        let (_, link) = link.with_context(|| format!("inviting: {invited}"))?;
        self.form("/join", &format!("link={link}&new={PASSWORD}&repeat={PASSWORD}"))
            .await?;
        sign_in_as(name, &mut Connection::open(&self.address).await?).await
    }

    fn proc(&self, file: &str) -> Result<String> {
        let id = self.process.id().context("the server has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{id}/{file}"))?)
    }

    /// Memory in use (`VmRSS`) or at most since the last [`Server::forget_peak`] (`VmHWM`), in MiB.
    pub(crate) fn memory(&self, field: &str) -> Result<f64> {
        let status = self.proc("status")?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let kib = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .context("memory of the server")?;
        Ok(kib.parse::<f64>()? / 1024.0)
    }

    /// The peak of memory begins anew.
    pub(crate) fn forget_peak(&self) -> Result<()> {
        let id = self.process.id().context("the server has ended")?;
        Ok(std::fs::write(format!("/proc/{id}/clear_refs"), "5")?)
    }

    /// Seconds of processor time that it has used.
    pub(crate) fn processor(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // After the program's name in brackets, which may hold anything: the 14th and 15th field of all.
        let (_, rest) = stat.rsplit_once(')').context("the server's times")?;
        let ticks: f64 = rest
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|n| n.parse::<f64>().ok())
            .sum();
        Ok(ticks / TICKS_A_SECOND)
    }

    /// Ends it as an operator does, and waits.
    pub(crate) async fn end(mut self) -> Result<()> {
        let id = self.process.id().context("the server has ended")?;
        Command::new("kill").arg(id.to_string()).status().await?;
        self.process.wait().await?;
        Ok(())
    }
}

/// Signs in over a connection.
pub(crate) async fn sign_in(connection: &mut Connection) -> Result<String> {
    sign_in_as("admin", connection).await
}

async fn sign_in_as(name: &str, connection: &mut Connection) -> Result<String> {
    let body = serde_json::json!({ "name": name, "password": PASSWORD });
    let answer = connection.send(Method::POST, "/api/v1/session", Some(&body)).await?;
    let opened = answer.json()?;
    let session = opened.get("session").and_then(|text| text.as_str());
    Ok(session.with_context(|| format!("signing in: {opened}"))?.to_owned())
}
