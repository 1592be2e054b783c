//! Starting, stopping and killing the server.
use super::Client;
use shipyard_model::Millis;
use shipyard_store::{MasterKey, Store};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Folders of a server: its data, its key, a site, its output. They outlive the process.
#[derive(Clone)]
pub(crate) struct Yard {
    dir: Arc<TempDir>,
}

impl Yard {
    /// New folders, with a site of four empty files.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let assets = dir.path().join("site/assets");
        std::fs::create_dir_all(&assets).unwrap();
        let names = [
            "app.js",
            "app.wasm",
            "boot.js",
            "login.js",
            "main.css",
            "icons.svg",
            "chart.js",
            "en.json",
            "fr.json",
        ];
        let mut files = serde_json::Map::new();
        for name in names {
            let hashed = name.replace('.', "-0123abcd.");
            std::fs::write(assets.join(&hashed), format!("/* {name} */")).unwrap();
            files.insert(name.to_owned(), format!("assets/{hashed}").into());
        }
        let manifest = serde_json::json!({
            "files": files,
            "chunks": { "admin": ["assets/split_admin-0123abcd.wasm"] },
            "build": "b1",
        });
        std::fs::write(dir.path().join("site/manifest.json"), manifest.to_string()).unwrap();
        Self { dir: Arc::new(dir) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipyard-server"));
        // Nothing of the tester's own settings reaches the server.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SHIPYARD_")) {
            command.env_remove(name);
        }
        let argument = |name: &str| self.path(name).into_os_string();
        command
            .arg("--data-dir")
            .arg(argument("data"))
            .arg("--key-file")
            .arg(argument("master.key"));
        command.arg("--site-dir").arg(argument("site"));
        command
    }

    /// Starts a server on a free port of the loopback address.
    pub(crate) fn start(&self) -> Server {
        self.start_with(&["--listen", "127.0.0.1:0"], &[])
    }

    /// Starts a server that survives a limit on the size of files, which writes then run into as into a full disk.
    pub(crate) fn start_limitable(&self) -> Server {
        let plain = self.command();
        let mut command = Command::new("bash");
        for (name, _) in plain.get_envs() {
            command.env_remove(name);
        }
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(plain.get_program())
            .args(plain.get_args())
            .args(["--listen", "127.0.0.1:0"]);
        self.start_by(command)
    }

    pub(crate) fn start_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Server {
        let mut command = self.command();
        command.args(arguments).envs(environment.iter().copied());
        self.start_by(command)
    }

    fn start_by(&self, mut command: Command) -> Server {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .unwrap();
        command.stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = Vec::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                panic!(
                    "the server ended: {}",
                    std::fs::read_to_string(self.path("log")).unwrap()
                );
            };
            greeting.push(line.clone());
            if let Some(url) = line.strip_prefix("Shipyard listens on ") {
                break url
                    .trim_start_matches("http://")
                    .trim_start_matches("https://")
                    .to_owned();
            }
        };
        Server {
            child,
            address,
            greeting,
            _yard: self.clone(),
        }
    }

    /// Ends a token, by its public part, while no server runs: none is made that holds for less than a day.
    pub(crate) async fn end_token(&self, id: &str) {
        let key = MasterKey::load(&self.path("master.key")).unwrap();
        let store = Store::open(&self.path("data"), key).unwrap();
        let tokens = store.tokens().await.unwrap();
        let mut token = tokens.into_iter().find(|token| token.row.id == id).unwrap();
        token.row.expires = Millis::now();
        store.put_token(&token).await.unwrap();
        store.close().await.unwrap();
    }

    /// All that the servers of these folders logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// Every byte below a folder.
    pub(crate) fn bytes_below(&self, name: &str) -> Vec<u8> {
        fn collect(path: &Path, into: &mut Vec<u8>) {
            if path.is_dir() {
                std::fs::read_dir(path)
                    .unwrap()
                    .for_each(|entry| collect(&entry.unwrap().path(), into));
            } else {
                into.extend(std::fs::read(path).unwrap());
            }
        }
        let mut bytes = Vec::new();
        collect(&self.path(name), &mut bytes);
        bytes
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
    /// What it printed before it listened.
    pub(crate) greeting: Vec<String>,
    /// Its folders stay as long as it runs.
    _yard: Yard,
}

impl Server {
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sets how large its files may grow, in bytes; `unlimited` lifts it.
    pub(crate) fn limit_files(&self, most: &str) {
        let done = Command::new("prlimit")
            .args(["--pid", &self.child.id().to_string(), &format!("--fsize={most}:")])
            .status()
            .unwrap();
        assert!(done.success());
    }

    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self, most: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < most, "the server has not ended after {most:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
