//! Group commit: a write is answered when it is on the disk, and one flush serves all writers that wait for one.
//!
//! sled's `flush` ends in `sync_file_range`, which neither empties the disk's cache nor writes the file's metadata, and
//! its blob files are never synced at all. So the files and folders are synced here, after each flush. After an error
//! the kernel may have dropped what it could not write, so nothing is promised any more until a restart.
use crate::error::StoreError;
use crate::files::sync_folder;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) struct Commit {
    db: sled::Db,
    files: Files,
    /// Writes that sled has.
    applied: AtomicU64,
    /// Writes that the disk has; held by the one that flushes, so that the others wait in order.
    durable: tokio::sync::Mutex<u64>,
    /// Why nothing can be written any more.
    broken: Mutex<Option<String>>,
}

/// What has to be synced after a flush.
struct Files {
    folder: PathBuf,
    log: File,
    /// Number of the newest blob file that is on the disk: sled numbers them upwards.
    newest_blob: Mutex<i128>,
}

impl Commit {
    pub(crate) fn new(db: sled::Db, folder: &Path) -> std::io::Result<Self> {
        let files = Files {
            folder: folder.to_owned(),
            log: File::open(folder.join("db"))?,
            newest_blob: Mutex::new(-1),
        };
        Ok(Self {
            db,
            files,
            applied: AtomicU64::new(0),
            durable: tokio::sync::Mutex::new(0),
            broken: Mutex::new(None),
        })
    }

    /// Fails when an earlier write failed.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match &*self.broken.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(cause) => Err(StoreError::Disk(cause.clone())),
            None => Ok(()),
        }
    }

    /// To be called right after sled took a write; gives the number to wait for.
    pub(crate) fn applied(&self) -> u64 {
        self.applied.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Waits until the write of that number is on the disk.
    pub(crate) async fn durable(self: &Arc<Self>, number: u64) -> Result<(), StoreError> {
        let mut durable = self.durable.lock().await;
        if *durable >= number {
            return Ok(());
        }
        self.check()?;
        // All that was applied before the flush begins is served by it.
        let all = self.applied.load(Ordering::SeqCst);
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || this.flush())
            .await
            .map_err(|_| StoreError::Stopped)??;
        *durable = all;
        Ok(())
    }

    /// Brings everything to the disk.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        self.check()?;
        let done = self.db.flush().map_err(StoreError::from).and_then(|_| {
            self.files
                .sync()
                .map_err(|e| StoreError::Disk(format!("{}: {e}", self.files.folder.display())))
        });
        if let Err(error) = &done {
            tracing::error!(%error, "the store takes no more writes");
            *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
        done
    }
}

impl Files {
    fn sync(&self) -> std::io::Result<()> {
        let blobs = self.folder.join("blobs");
        let mut newest = self.newest_blob.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = *newest;
        for entry in std::fs::read_dir(&blobs)? {
            let entry = entry?;
            let number: Option<i128> = entry.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(number) = number.filter(|number| *number > *newest) else {
                continue;
            };
            match File::open(entry.path()) {
                Ok(blob) => blob.sync_all()?,
                // sled removes blobs that nothing refers to any more.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
            new = new.max(number);
        }
        if new > *newest {
            sync_folder(&blobs)?;
            *newest = new;
        }
        self.log.sync_all()?;
        sync_folder(&self.folder)
    }
}
