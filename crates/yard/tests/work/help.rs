//! A yard with the lab's three engines in it, and ways to wait for what a page would show.
use shipyard_model::activity::ActivityQuery;
use shipyard_model::engine::{EngineDraft, TlsCredentials};
use shipyard_model::live::{ContainerWindow, Frame, View, ViewData};
use shipyard_model::operation::Operation;
use shipyard_model::{Grant, Millis, OperationId, Secret};
use shipyard_store::{MasterKey, Store};
use shipyard_yard::{Actor, Feed, FirstPassword, ViewFeed, Who, Yard, YardSettings};
use std::any::Any;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::sync::RwLock;
use tokio::time::timeout;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct Work {
    pub(crate) yard: Yard,
    pub(crate) admin: Actor,
    prefix: &'static str,
    _place: tempfile::TempDir,
    /// Whether node3 may be dead in the end.
    revive: bool,
    _lock: File,
    _turn: Box<dyn Any + Send + Sync>,
}

/// What happens on an engine is told to everybody, so a test that reads it must not have many others beside it.
static TURN: RwLock<()> = RwLock::const_new(());

fn lab(file: &str) -> PathBuf {
    let Some(dir) = std::env::var_os("SHIPYARD_LAB") else {
        panic!("SHIPYARD_LAB must name the folder of the lab: start it with `./x lab up`, see `./x lab env`");
    };
    PathBuf::from(dir).join(file)
}

fn pem(name: &str) -> String {
    std::fs::read_to_string(lab("pki").join(name)).unwrap()
}

/// An account for each role that deploys, named like it, with the administrator's password.
async fn staff(settings: &YardSettings) {
    let open = || {
        let key = MasterKey::load_or_create(&settings.key_file, &settings.data_dir).unwrap();
        Store::open(&settings.data_dir, key)
    };
    let mut opened = open();
    // The yard before may have a task that still lets go of the folder.
    for _ in 0..200 {
        if opened.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        opened = open();
    }
    let store = opened.unwrap();
    let admin = store.account("admin").await.unwrap().unwrap();
    for role in ["operator", "deployer"] {
        let mut record = admin.clone();
        (record.account.name, record.account.grants) = (role.to_owned(), vec![Grant::everywhere(role)]);
        store.put_account(&record).await.unwrap();
    }
}

async fn sign_in(yard: &Yard, name: &str) -> Actor {
    let signed_in = yard.sign_in(name, &Secret::new(PASSWORD), None).await.unwrap();
    match yard.actor(&signed_in.account.name, signed_in.epoch, None, Some(Millis::now())) {
        Who::Actor(actor, _) => actor,
        _ => panic!("{name} may not work"),
    }
}

impl Work {
    /// `prefix` begins the names of all containers of the test; what an earlier run left is removed.
    pub(crate) async fn begin(prefix: &'static str) -> Self {
        Self::on(prefix, Box::new(TURN.read().await)).await
    }

    /// The same, with no other test of these beside it.
    pub(crate) async fn alone(prefix: &'static str) -> Self {
        Self::on(prefix, Box::new(TURN.write().await)).await
    }

    /// The same, with node3 for itself among all programs that use the lab: its daemon may be killed.
    pub(crate) async fn with_node3_to_itself(prefix: &'static str) -> Self {
        let turn = TURN.write().await;
        let mut work = Self::locked(prefix, Box::new(turn), true).await;
        work.revive = true;
        work
    }

    async fn on(prefix: &'static str, turn: Box<dyn Any + Send + Sync>) -> Self {
        Self::locked(prefix, turn, false).await
    }

    async fn locked(prefix: &'static str, turn: Box<dyn Any + Send + Sync>, alone: bool) -> Self {
        let lock = tokio::task::spawn_blocking(move || {
            let file = File::options()
                .create(true)
                .append(true)
                .open(lab("node3.lock"))
                .unwrap();
            if alone {
                file.lock().unwrap();
            } else {
                file.lock_shared().unwrap();
            }
            file
        });
        let lock = lock.await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let settings = YardSettings {
            data_dir: place.path().join("data"),
            key_file: place.path().join("key"),
            first_password: FirstPassword::Supplied(Secret::new(PASSWORD)),
            local_socket: place.path().join("none.sock"),
            activity_days: YardSettings::ACTIVITY_DAYS,
            stats_kept: YardSettings::STATS_KEPT,
            hooks: shipyard_yard::HookSettings::default(),
        };
        Yard::open(settings.clone()).await.unwrap().0.shutdown().await;
        staff(&settings).await;
        let mut opened = Yard::open(settings.clone()).await;
        // The yards before may have a task that still lets go of the folder.
        for _ in 0..200 {
            if opened.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            opened = Yard::open(settings.clone()).await;
        }
        let (yard, _) = opened.unwrap();
        let admin = sign_in(&yard, "admin").await;
        sweep(prefix);
        for (number, zone) in [(1, "zone=a"), (2, "zone=b"), (3, "zone=c")] {
            let draft = EngineDraft {
                name: format!("node{number}"),
                address: format!("https://10.210.0.1{number}:2376"),
                labels: zone.to_owned(),
                tls: Some(TlsCredentials {
                    certificate: pem("client-cert.pem"),
                    key: Secret::new(pem("client-key.pem")),
                    authority: pem("ca.pem"),
                }),
                ..EngineDraft::default()
            };
            yard.engine_add(&admin, draft).await.unwrap();
        }
        let mut frames = yard.follow(&admin, View::Frame).unwrap();
        loop {
            let feed = timeout(Duration::from_secs(15), frames.next()).await.unwrap();
            if matches!(feed, Some(Feed::Whole(ViewData::Frame(Frame { engines_up: 3, .. })))) {
                break;
            }
        }
        Self {
            yard,
            admin,
            prefix,
            _place: place,
            revive: false,
            _lock: lock,
            _turn: turn,
        }
    }

    /// How often each of these was recorded.
    pub(crate) async fn told<const N: usize>(&self, actions: [&str; N]) -> [usize; N] {
        let mut counts = [0; N];
        for (action, count) in actions.iter().zip(&mut counts) {
            let query = ActivityQuery {
                action: (*action).to_owned(),
                limit: 100,
                ..ActivityQuery::default()
            };
            *count = self.yard.activity(&self.admin, query).await.unwrap().records.len();
        }
        counts
    }

    /// Somebody of another role.
    pub(crate) async fn actor(&self, role: &str) -> Actor {
        sign_in(&self.yard, role).await
    }

    /// Applies what comes, as a page does, until it shows what is wanted; then the whole must say the same.
    pub(crate) async fn follow_until(
        &self,
        feed: &mut ViewFeed,
        window: &mut ContainerWindow,
        good: impl Fn(&ContainerWindow) -> bool,
    ) {
        while !good(window) {
            let next = timeout(Duration::from_secs(15), feed.next()).await;
            match next.unwrap_or_else(|_| panic!("nothing more came: {window:?}")) {
                Some(Feed::Whole(ViewData::Containers(whole))) => *window = whole,
                Some(Feed::Patch(patch)) => patch.apply(window),
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn end(&self, id: &OperationId) -> Operation {
        let mut feed = self
            .yard
            .follow(&self.admin, View::Operation { id: id.clone() })
            .unwrap();
        loop {
            match timeout(Duration::from_secs(30), feed.next()).await.unwrap() {
                Some(Feed::Whole(ViewData::Operation(Some(operation)))) if operation.finished.is_some() => {
                    return operation;
                }
                Some(Feed::Whole(ViewData::Operation(Some(_)))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn done(self) {
        self.yard.shutdown().await;
        sweep(self.prefix);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.revive {
            // It fails where it runs already.
            run_lab("start", 3);
        }
    }
}

fn run_lab(command: &str, node: u8) -> std::process::Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/lab.sh");
    Command::new(script)
        .args([command, &format!("node{node}")])
        .output()
        .unwrap()
}

/// Does something to the daemon of a node.
pub(crate) fn lab_script(command: &str, node: u8) {
    let ended = run_lab(command, node);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "lab.sh {command} node{node}: {told}");
}

fn sweep(prefix: &str) {
    for node in 1..=3 {
        let ids = docker(node, &["ps", "-aq", "--filter", &format!("name={prefix}")]);
        let ids: Vec<_> = ids.split_whitespace().collect();
        if !ids.is_empty() {
            docker(node, &[&["rm", "-fv"], &*ids].concat());
        }
    }
}

/// Plain docker, over the engine's socket.
pub(crate) fn docker(node: u8, arguments: &[&str]) -> String {
    let socket = format!("unix://{}", lab(&format!("node{node}/docker.sock")).display());
    let mut command = Command::new("docker");
    command
        .env_remove("DOCKER_TLS_VERIFY")
        .env_remove("DOCKER_CERT_PATH")
        .args(["-H", &socket])
        .args(arguments);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
