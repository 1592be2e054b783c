//! What containers were: the newest specifications of each, sealed, as the environment in them may hold secrets.
use crate::error::StoreError;
use crate::journal::{read, write};
use crate::open::Store;
use serde::{Deserialize, Serialize};
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::{Millis, OperationId};
use sled::Batch;

const KIND: &str = "history";
/// Entries that are kept of each container.
const MOST: usize = 10;
/// Containers that are kept; a further one is not.
const CONTAINERS: usize = 20_000;

/// What a container was at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// Its number among those of its container; 0 until it is kept.
    pub number: u64,
    /// Since when.
    pub at: Millis,
    /// Who made it so; empty for what was found.
    pub actor: String,
    /// By what.
    pub what: String,
    /// The operation.
    pub operation: Option<OperationId>,
    /// Docker's id of the image.
    pub image_id: String,
    /// What it was made from.
    pub spec: ContainerSpec,
}

fn prefix(of: &str) -> String {
    format!("{of}/")
}

impl Store {
    /// What a container was, newest first. `of` names it: what has no `/` at its end.
    ///
    /// # Errors
    /// When an entry cannot be read or was changed.
    pub async fn history(&self, of: &str) -> Result<Vec<HistoryRecord>, StoreError> {
        let prefix = prefix(of);
        self.read(move |inner| {
            let entries = inner.history.scan_prefix(&prefix).rev();
            entries
                .map(|entry| {
                    let (key, sealed) = entry?;
                    read(inner, KIND, &key, &sealed)
                })
                .collect()
        })
        .await
    }

    /// What names the containers that anything is kept of, each once.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn histories(&self) -> Result<Vec<String>, StoreError> {
        self.read(|inner| {
            let mut all: Vec<String> = Vec::new();
            for key in inner.history.iter().keys() {
                let key = key?;
                let text = String::from_utf8_lossy(&key);
                let Some((of, _)) = text.rsplit_once('/') else { continue };
                if all.last().is_none_or(|last| last != of) {
                    all.push(of.to_owned());
                }
            }
            Ok(all)
        })
        .await
    }

    /// Forgets what containers were.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_histories(&self, of: Vec<String>) -> Result<(), StoreError> {
        self.write(move |inner| {
            let mut batch = Batch::default();
            for of in &of {
                for key in inner.history.scan_prefix(prefix(of)).keys() {
                    batch.remove(key?);
                }
            }
            Ok(inner.history.apply_batch(batch)?)
        })
        .await
    }

    /// Keeps what a container is now, and drops the oldest of ten. What says the same as the newest is not kept.
    ///
    /// # Errors
    /// When the disk refuses, or what is there cannot be read.
    pub async fn put_history(&self, of: &str, mut record: HistoryRecord) -> Result<(), StoreError> {
        let prefix = prefix(of);
        self.write(move |inner| {
            let entries: Vec<_> = inner.history.scan_prefix(&prefix).collect::<Result<_, _>>()?;
            if let Some((key, sealed)) = entries.last() {
                let newest: HistoryRecord = read(inner, KIND, key, sealed)?;
                if (&newest.spec, &newest.image_id) == (&record.spec, &record.image_id) {
                    return Ok(());
                }
                record.number = newest.number;
            } else if inner.history.len() > CONTAINERS * MOST {
                tracing::warn!("the history of containers is full; a new one is not kept");
                return Ok(());
            }
            record.number = record.number.saturating_add(1);
            let key = format!("{prefix}{:020}", record.number);
            let mut batch = Batch::default();
            for (old, _) in entries.iter().take((entries.len() + 1).saturating_sub(MOST)) {
                batch.remove(old);
            }
            batch.insert(key.as_bytes(), write(inner, KIND, &key, &record)?);
            Ok(inner.history.apply_batch(batch)?)
        })
        .await
    }
}
