//! Opening the data folder: lock, key, leftovers of a kill, database, schema. It never starts empty silently.
use crate::activity::ActivityLog;
use crate::commit::Commit;
use crate::error::StoreError;
use crate::files::{at, is_open_to_others, private_folder, remove_unfinished_snapshots, sync_folder};
use crate::key::MasterKey;
use crate::keycheck::KeyCheck;
use crate::{migrate, record};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::oneshot;

/// sled's page cache. The data is small; what is left goes to the page cache of the system.
const CACHE_BYTES: u64 = 8 << 20;

/// Setting that says that this data folder has an activity log, so that one that is gone is no new one.
const ACTIVITY_BEGAN: &str = "activity-began";

/// Everything that survives. A cheap clone; the data folder is free again when the last one is dropped.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

// The lock comes last: fields are dropped in order, and the folder may be taken only when the database is closed.
pub(crate) struct Inner {
    pub(crate) accounts: sled::Tree,
    pub(crate) engines: sled::Tree,
    pub(crate) credentials: sled::Tree,
    pub(crate) sessions: sled::Tree,
    pub(crate) settings: sled::Tree,
    pub(crate) rules: sled::Tree,
    pub(crate) tokens: sled::Tree,
    pub(crate) nodes: sled::Tree,
    pub(crate) hooks: sled::Tree,
    pub(crate) webhooks: sled::Tree,
    pub(crate) lasting: sled::Tree,
    pub(crate) operations: sled::Tree,
    pub(crate) history: sled::Tree,
    pub(crate) templates: sled::Tree,
    pub(crate) key: Arc<MasterKey>,
    activity: ActivityLog,
    commit: Arc<Commit>,
    _db: sled::Db,
    _lock: File,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Somebody may still hold the log; the folder is about to be free for another process.
        self.activity.stop();
    }
}

impl Store {
    /// Opens the data folder, or makes it (mode 0700). Blocks: it reads the whole log. Needs no runtime.
    ///
    /// # Errors
    /// When another process has it, the key is not its key (nothing is touched then), it is damaged, or was written by a
    /// newer Shipyard.
    pub fn open(dir: &Path, key: MasterKey) -> Result<Self, StoreError> {
        private_folder(dir).map_err(at(dir, "made"))?;
        if is_open_to_others(dir) {
            tracing::warn!(folder = %dir.display(), "other users can look into the data folder; run: chmod 700");
        }
        let lock = lock(dir)?;
        let check = KeyCheck::read(dir)?;
        let folder = dir.join("db");
        if let Some(check) = &check {
            check.verify(&key)?;
            if !folder.join("db").exists() {
                return Err(StoreError::Gone(dir.to_owned()));
            }
        }
        private_folder(&folder).map_err(at(&folder, "made"))?;
        remove_unfinished_snapshots(&folder)?;
        let db = open_sled(&folder)?;
        let meta = db.open_tree("meta")?;
        let commit = Arc::new(Commit::new(db.clone(), &folder).map_err(at(&folder, "read"))?);
        let mark = |schema: u16| -> Result<(), StoreError> {
            meta.insert("schema", &schema.to_be_bytes())?;
            commit.flush()
        };
        match (meta.get("schema")?, &check) {
            (Some(schema), _) => {
                let written = meta.get("key-check")?.unwrap_or_default();
                record::read::<KeyCheck>("key check", &written)?.verify(&key)?;
                let schema = <[u8; 2]>::try_from(schema.as_ref()).map(u16::from_be_bytes);
                migrate::run(&db, schema.unwrap_or(0), mark)?;
            }
            (None, Some(_)) => return Err(StoreError::Gone(dir.to_owned())),
            (None, None) => {
                if db.tree_names().len() > 2 {
                    return Err(StoreError::Damaged {
                        folder,
                        cause: "it has records but no schema".to_owned(),
                    });
                }
                meta.insert("key-check", record::write(&KeyCheck::of(&key)?)?)?;
                mark(migrate::newest())?;
            }
        }
        if check.is_none() {
            KeyCheck::of(&key)?.write(dir)?;
        }
        let settings = db.open_tree("settings")?;
        let key = Arc::new(key);
        let activity = ActivityLog::open(dir, &key, settings.contains_key(ACTIVITY_BEGAN)?)?;
        settings.insert(ACTIVITY_BEGAN, "1")?;
        commit.flush()?;
        let inner = Inner {
            accounts: db.open_tree("accounts")?,
            engines: db.open_tree("engines")?,
            credentials: db.open_tree("engine-credentials")?,
            sessions: db.open_tree("sessions")?,
            settings,
            rules: db.open_tree("rules")?,
            tokens: db.open_tree("tokens")?,
            nodes: db.open_tree("nodes")?,
            hooks: db.open_tree("hooks")?,
            webhooks: db.open_tree("webhook-keys")?,
            lasting: db.open_tree("lasting-deploys")?,
            operations: db.open_tree("operations")?,
            history: db.open_tree("history")?,
            templates: db.open_tree("templates")?,
            key,
            activity,
            commit,
            _db: db,
            _lock: lock,
        };
        sync_folder(dir).map_err(at(dir, "written"))?;
        if let Some(parent) = dir.parent() {
            // Best effort: the folder above may not be ours to open.
            let _ = sync_folder(parent);
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The activity log.
    pub fn activity(&self) -> &ActivityLog {
        &self.inner.activity
    }

    /// Brings everything to the disk, at the end of the server's life.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.activity.close().await;
        let commit = Arc::clone(&self.inner.commit);
        blocking(move || commit.flush()).await
    }

    /// Reads, off the asynchronous threads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || work(&inner)).await
    }

    /// Writes, and returns when the disk has it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.commit.check()?;
        let (done, number) = self
            .read(move |inner| {
                let done = work(inner)?;
                Ok((done, inner.commit.applied()))
            })
            .await?;
        self.inner.commit.durable(number).await?;
        Ok(done)
    }
}

/// Boxed, because tokio's code for a task is compiled anew for each type of work, and there is one for each use.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (tell, told) = oneshot::channel();
    let work: Box<dyn FnOnce() + Send> = Box::new(move || {
        let _ = tell.send(work());
    });
    tokio::task::spawn_blocking(work);
    told.await.map_err(|_| StoreError::Stopped)?
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(at(&path, "made"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(dir.to_owned())),
        Err(TryLockError::Error(cause)) => Err(at(&path, "locked")(cause)),
    }
}

/// In a thread of its own, because sled panics on some kinds of damage.
fn open_sled(folder: &Path) -> Result<sled::Db, StoreError> {
    let config = sled::Config::new()
        .path(folder)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(Some(1000));
    let damaged = |cause: String| StoreError::Damaged {
        folder: folder.to_owned(),
        cause,
    };
    std::thread::spawn(move || config.open())
        .join()
        .map_err(|_| damaged("sled found it in a state that it cannot read".to_owned()))?
        .map_err(|e| damaged(e.to_string()))
}
