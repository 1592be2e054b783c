//! A sealed value beside the database that opens only under the right key: a wrong key is told before the database is
//! even opened. The database holds a second one, for a start that was killed before the file was written.
use crate::error::StoreError;
use crate::files::{at, sync_folder};
use crate::key::{MasterKey, hex, unhex};
use crate::seal;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const KIND: &str = "key-check";

#[derive(Serialize, Deserialize)]
pub(crate) struct KeyCheck {
    /// Name of the key.
    key: String,
    /// The sealed value.
    sealed: String,
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("key-check")
}

/// Whether the folder was sealed.
pub(crate) fn exists(data_dir: &Path) -> bool {
    file(data_dir).exists()
}

impl KeyCheck {
    pub(crate) fn of(key: &MasterKey) -> Result<Self, StoreError> {
        let sealed = seal::seal(key, KIND, "", Zeroizing::new(b"shipyard".to_vec()))?;
        Ok(Self {
            key: key.id().to_owned(),
            sealed: hex(&sealed),
        })
    }

    pub(crate) fn verify(&self, key: &MasterKey) -> Result<(), StoreError> {
        let opens = unhex(&self.sealed).is_some_and(|sealed| seal::open(key, KIND, "", &sealed).is_ok());
        if opens {
            return Ok(());
        }
        Err(StoreError::WrongKey {
            wanted: self.key.clone(),
            given: key.id().to_owned(),
        })
    }

    pub(crate) fn read(data_dir: &Path) -> Result<Option<Self>, StoreError> {
        let file = file(data_dir);
        match std::fs::read(&file) {
            Ok(content) => serde_json::from_slice(&content)
                .map(Some)
                .map_err(|_| StoreError::Record {
                    what: file.display().to_string(),
                    cause: "it is no key check; restore the data folder from a backup".to_owned(),
                }),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(at(&file, "read")(cause)),
        }
    }

    /// Written aside and put in place at once, so that a kill never leaves half of it.
    pub(crate) fn write(&self, data_dir: &Path) -> Result<(), StoreError> {
        let (file, aside) = (file(data_dir), data_dir.join("key-check.new"));
        let content = serde_json::to_vec(self).map_err(|e| StoreError::Disk(e.to_string()))?;
        let write = || -> std::io::Result<()> {
            let mut made = std::fs::File::create(&aside)?;
            made.write_all(&content)?;
            made.sync_all()?;
            std::fs::rename(&aside, &file)?;
            sync_folder(data_dir)
        };
        write().map_err(at(&file, "written"))
    }
}
