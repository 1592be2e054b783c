//! A yard in a folder of its own, and somebody who may do everything in it.
use shipyard_model::{Account, Grant, Millis, Secret};
use shipyard_store::{AccountRecord, MasterKey, Passkeys, Store, StoreError};
use shipyard_yard::{Actor, FirstPassword, OpenError, Who, Yard, YardSettings};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A folder that is removed in the end, with the data and the key of a yard.
pub(crate) struct Place {
    root: tempfile::TempDir,
    pub(crate) local_socket: PathBuf,
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text)
}

pub(crate) fn supplied() -> FirstPassword {
    FirstPassword::Supplied(secret(PASSWORD))
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let local_socket = root.path().join("none.sock");
        Self { root, local_socket }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) async fn try_open(&self, first_password: FirstPassword) -> Result<(Yard, Option<Secret>), OpenError> {
        let settings = YardSettings {
            data_dir: self.data(),
            key_file: self.root.path().join("key"),
            first_password,
            local_socket: self.local_socket.clone(),
            activity_days: YardSettings::ACTIVITY_DAYS,
            stats_kept: 0,
            hooks: shipyard_yard::HookSettings::default(),
        };
        let mut opened = Yard::open(settings.clone()).await;
        // A yard of this process that was closed a moment ago may have a task that still lets go of the folder.
        for _ in 0..200 {
            match &opened {
                Err(OpenError::Store(StoreError::InUse(_))) => {}
                Err(OpenError::Store(error)) if format!("{error:?}").contains("WouldBlock") => {}
                _ => break,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            opened = Yard::open(settings.clone()).await;
        }
        opened
    }

    pub(crate) async fn open(&self, first_password: FirstPassword) -> (Yard, Option<Secret>) {
        self.try_open(first_password).await.unwrap()
    }

    /// The store of a yard that is closed.
    pub(crate) fn store(&self) -> Store {
        let open = || {
            let key = MasterKey::load_or_create(&self.root.path().join("key"), &self.data()).unwrap();
            Store::open(&self.data(), key)
        };
        // As above; and a program that a test beside this one starts holds the lock until it runs.
        for _ in 0..200 {
            match open() {
                Err(StoreError::InUse(_)) => std::thread::sleep(std::time::Duration::from_millis(50)),
                opened => return opened.unwrap(),
            }
        }
        open().unwrap()
    }

    /// Every file of the data folder with its content.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files(&self.data())
    }
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let content = std::fs::read(&path).unwrap();
            all.push((path, content));
        }
    }
    all
}

pub(crate) async fn close(yard: Yard) {
    yard.shutdown().await;
}

pub(crate) fn account(name: &str, role: &str, password_hash: &str) -> AccountRecord {
    AccountRecord {
        account: Account {
            name: name.to_owned(),
            grants: vec![Grant::everywhere(role)],
            created: Millis::now(),
            must_change_password: false,
            disabled: false,
            preferences: shipyard_model::Preferences::default(),
        },
        password_hash: password_hash.to_owned(),
        epoch: 7,
        second_factor: None,
        passkeys: Passkeys::default(),
    }
}

/// Who an account is after signing in.
pub(crate) async fn actor(yard: &Yard, name: &str, password: &str) -> Actor {
    let signed_in = yard.sign_in(name, &secret(password), None).await.unwrap();
    match yard.actor(&signed_in.account.name, signed_in.epoch, None, Some(Millis::now())) {
        Who::Actor(actor, _) => actor,
        _ => panic!("{name} may not work"),
    }
}
