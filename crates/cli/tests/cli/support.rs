//! A server with a data folder of its own, and the command with a home of its own.
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The password of the account admin.
pub(crate) const PASSWORD: &str = "quay-lantern-ninety-gulls";

/// The server's program, which cargo puts beside the command's when it builds all of the workspace.
fn server_program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_shipyard")).with_file_name("shipyard-server");
    assert!(program.exists(), "build it first: cargo build -p shipyard-server");
    program
}

/// The lab's folder.
pub(crate) fn lab() -> PathBuf {
    PathBuf::from(std::env::var_os("SHIPYARD_LAB").expect("SHIPYARD_LAB: start the lab with ./x lab up and set it"))
}

/// A process without the tester's own settings.
fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SHIPYARD_")) {
        command.env_remove(name);
    }
    command
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Its address, with the scheme.
    pub(crate) url: String,
    /// Its folders.
    pub(crate) dir: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| Vec::new())
    }

    /// One as `./x run` starts it: nobody has set a password.
    pub(crate) fn fresh() -> Self {
        Self::begin(|_| Vec::new(), None)
    }

    /// Starts one with arguments that are made in its folder.
    pub(crate) fn start_with(arguments: impl FnOnce(&Path) -> Vec<String>) -> Self {
        Self::begin(arguments, Some(PASSWORD))
    }

    fn begin(arguments: impl FnOnce(&Path) -> Vec<String>, password: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        site(&dir.path().join("site"));
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let mut command = clean(&server_program());
        for (flag, name) in [
            ("--data-dir", "data"),
            ("--key-file", "master.key"),
            ("--site-dir", "site"),
        ] {
            command.arg(flag).arg(dir.path().join(name));
        }
        command
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments(dir.path()))
            .envs(password.map(|password| ("SHIPYARD_ADMIN_PASSWORD", password)))
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            if let Some(url) = line.strip_prefix("Shipyard listens on ") {
                break url.to_owned();
            }
        };
        Self { child, url, dir }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A site of empty files, which no test here looks at.
fn site(folder: &Path) {
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    let names = "app.js app.wasm boot.js login.js main.css icons.svg chart.js en.json fr.json";
    let mut files = serde_json::Map::new();
    for name in names.split(' ') {
        let hashed = format!("assets/{}", name.replace('.', "-0123abcd."));
        std::fs::write(folder.join(&hashed), "").unwrap();
        files.insert(name.to_owned(), hashed.into());
    }
    let manifest = serde_json::json!({ "files": files, "build": "b1" });
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// Its output, given that all went well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// The table's titles.
    pub(crate) fn titles(&self) -> Vec<&str> {
        cells(self.out.lines().next().unwrap_or_default())
    }

    pub(crate) fn json(self) -> serde_json::Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// The cells of a line; an empty one is not seen.
pub(crate) fn cells(line: &str) -> Vec<&str> {
    line.split('\t').filter(|cell| !cell.is_empty()).collect()
}

/// A person with a home of their own.
pub(crate) struct Person {
    pub(crate) home: TempDir,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// One who is signed in as admin.
    pub(crate) fn admin(server: &Server) -> Self {
        let person = Self::new();
        person
            .with(
                &["login", &server.url, "-u", "admin", "--password-stdin"],
                &[],
                &format!("{PASSWORD}\n"),
            )
            .ok();
        person
    }

    /// One who is signed in as admin, on a server with two of the lab's engines.
    pub(crate) fn with_engines(server: &Server) -> Self {
        let person = Self::admin(server);
        for node in [1, 2] {
            person.add_engine(node).ok();
        }
        person.until(&["engines"], |done| done.out.matches("\tup\t").count() == 2);
        person
    }

    /// Adds the lab's engine `node1` or `node2`.
    pub(crate) fn add_engine(&self, node: u8) -> Done {
        let pki = |name: &str| lab().join("pki").join(name).display().to_string();
        let (name, address) = (format!("node{node}"), format!("https://10.210.0.{}:2376", 10 + node));
        let zone = format!("zone={}", if node == 1 { "a" } else { "b" });
        let (cert, key, ca) = (pki("client-cert.pem"), pki("client-key.pem"), pki("ca.pem"));
        self.run(&[
            "add-engine",
            "--id",
            &name,
            "--addr",
            &address,
            "--label",
            &zone,
            "--label",
            "lab",
            "--ssl-cert",
            &cert,
            "--ssl-key",
            &key,
            "--ca-cert",
            &ca,
        ])
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.with(arguments, &[], "")
    }

    pub(crate) fn with(&self, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Done {
        let mut child = self
            .at_home(Path::new(env!("CARGO_BIN_EXE_shipyard")))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that reads nothing may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A program that this person starts.
    pub(crate) fn at_home(&self, program: &Path) -> Command {
        let mut command = clean(program);
        command
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("XDG_STATE_HOME", self.home.path().join("state"));
        command
    }

    /// Repeats a command until something holds.
    pub(crate) fn until(&self, arguments: &[&str], holds: impl Fn(&Done) -> bool) -> Done {
        let began = std::time::Instant::now();
        loop {
            let done = self.run(arguments);
            if holds(&done) {
                return done;
            }
            assert!(began.elapsed().as_secs() < 20, "{arguments:?}: {done:?}");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
}

/// Containers that a test makes, gone when it ends however it ends.
pub(crate) struct Swept<'a>(pub(crate) &'a Person, pub(crate) &'static str);

impl Drop for Swept<'_> {
    fn drop(&mut self) {
        let filter = format!("name={}", self.1);
        let found = self.0.run(&["containers", "-f", &filter, "-o", "name"]).out;
        let mut arguments = vec!["destroy"];
        arguments.extend(found.lines());
        if arguments.len() > 1 {
            self.0.run(&arguments);
        }
    }
}
