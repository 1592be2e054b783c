//! What the store's tests share: a data folder with its key beside it, and records to put there.
use shipyard_model::{Account, Engine, EngineAddress, EngineId, EngineName, Grant, Labels, Millis};
use shipyard_store::{AccountRecord, MasterKey, Passkeys, Store, StoreError, TlsMaterial};
use std::path::{Path, PathBuf};

/// A folder that is removed in the end, with `data` and `key` in it.
pub(crate) struct Place {
    pub(crate) root: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.root.path().join("key")
    }

    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        open(&self.data(), &self.key_file())
    }
}

/// Opens a store. Tests beside this one start programs, and until such a program runs it holds the lock that its parent
/// has just let go: so a folder in use is asked for again, and is still in use after three seconds where it really is.
pub(crate) fn open(data: &Path, key: &Path) -> Result<Store, StoreError> {
    let again = || Store::open(data, MasterKey::load_or_create(key, data).unwrap());
    for _ in 0..60 {
        match again() {
            Err(StoreError::InUse(_)) => std::thread::sleep(std::time::Duration::from_millis(50)),
            opened => return opened,
        }
    }
    again()
}

pub(crate) fn account(name: &str) -> AccountRecord {
    AccountRecord {
        account: Account {
            name: name.to_owned(),
            grants: vec![Grant::everywhere("admin")],
            created: Millis(1),
            must_change_password: false,
            disabled: false,
            preferences: shipyard_model::Preferences::default(),
        },
        password_hash: "$argon2id$…".to_owned(),
        epoch: 1,
        second_factor: None,
        passkeys: Passkeys::default(),
    }
}

pub(crate) fn engine(id: &str) -> Engine {
    Engine {
        id: EngineId::new(id),
        name: EngineName::parse(id).unwrap(),
        address: EngineAddress::parse(&format!("https://{id}")).unwrap(),
        labels: Labels::default(),
        cpus_override: None,
        memory_override: None,
        daemon_id: String::new(),
        certificate_ends: None,
        added: Millis(1),
        drained: false,
    }
}

pub(crate) fn material(id: &str) -> TlsMaterial {
    let key =
        format!("-----BEGIN PRIVATE KEY-----\nsecret-of-{id}-abcdefghijklmnopqrstuvwxyz\n-----END PRIVATE KEY-----\n");
    TlsMaterial::new(&format!("certificate-{id}"), &key, &format!("authority-{id}"))
}

/// Every file under a folder, with its content.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
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
    all.sort();
    all
}
