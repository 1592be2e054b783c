//! The journal of operations: what is in work and would be left by a crash, and the operations that have ended. All of it is
//! sealed: what an engine says of a failure may hold anything.
//!
//! What the entries mean is their owner's business; here are only their places. `open/ID/begun`, `open/ID/target/NUMBER`,
//! `open/ID/unit/NUMBER`; `ended/ID`. An operation's id begins with its time, so the newest are the last.
use crate::error::StoreError;
use crate::open::{Inner, Store};
use crate::{record, seal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shipyard_model::OperationId;
use sled::Batch;
use zeroize::Zeroizing;

const KIND: &str = "operation";
/// Ended operations that are kept.
const ENDED: usize = 200;

/// The part of the store that operations have. A cheap clone.
#[derive(Clone)]
pub struct OperationShelf(Store);

/// What is known of an operation that did not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOperation<B, T, U> {
    /// How it began.
    pub begun: B,
    /// Its targets that came to their end.
    pub targets: Vec<(usize, T)>,
    /// Its units that were in work.
    pub units: Vec<(usize, U)>,
}

impl Store {
    /// The part that operations have.
    pub fn operations(&self) -> OperationShelf {
        OperationShelf(self.clone())
    }
}

fn begun_key(id: &OperationId) -> String {
    format!("open/{id}/begun")
}

fn target_key(id: &OperationId, number: usize) -> String {
    format!("open/{id}/target/{number:06}")
}

fn unit_key(id: &OperationId, number: usize) -> String {
    format!("open/{id}/unit/{number:06}")
}

pub(crate) fn write<T: Serialize>(inner: &Inner, kind: &str, key: &str, value: &T) -> Result<Vec<u8>, StoreError> {
    let written = Zeroizing::new(record::write(value)?);
    // Room for the tag that sealing appends, so that growing leaves no copy behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(written.len() + 64));
    plain.extend_from_slice(&written);
    seal::seal(&inner.key, kind, key, plain)
}

pub(crate) fn read<T: DeserializeOwned>(inner: &Inner, kind: &str, key: &[u8], sealed: &[u8]) -> Result<T, StoreError> {
    let key = String::from_utf8_lossy(key);
    record::read(kind, &seal::open(&inner.key, kind, &key, sealed)?)
}

fn numbered<T: DeserializeOwned>(inner: &Inner, prefix: &str) -> Result<Vec<(usize, T)>, StoreError> {
    let mut all = Vec::new();
    for entry in inner.operations.scan_prefix(prefix) {
        let (key, sealed) = entry?;
        let number = key
            .get(prefix.len()..)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let number = number.and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX);
        all.push((number, read(inner, KIND, &key, &sealed)?));
    }
    Ok(all)
}

impl OperationShelf {
    /// Keeps how an operation begins.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn begun<B: Serialize + Send + 'static>(&self, id: &OperationId, begun: B) -> Result<(), StoreError> {
        self.put(begun_key(id), begun).await
    }

    /// Keeps where a unit of an operation stands.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn unit<U: Serialize + Send + 'static>(
        &self,
        id: &OperationId,
        number: usize,
        unit: U,
    ) -> Result<(), StoreError> {
        self.put(unit_key(id, number), unit).await
    }

    async fn put<T: Serialize + Send + 'static>(&self, key: String, value: T) -> Result<(), StoreError> {
        self.0
            .write(move |inner| {
                let sealed = write(inner, KIND, &key, &value)?;
                inner.operations.insert(key, sealed)?;
                Ok(())
            })
            .await
    }

    /// Keeps what became of targets, and forgets the unit of the first: both are on the disk, or neither is.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn settled<T: Serialize + Send + 'static>(
        &self,
        id: &OperationId,
        targets: Vec<(usize, T)>,
    ) -> Result<(), StoreError> {
        let id = id.clone();
        self.0
            .write(move |inner| {
                if !inner.operations.contains_key(begun_key(&id))? {
                    return Ok(());
                }
                let mut batch = Batch::default();
                if let Some((first, _)) = targets.first() {
                    batch.remove(unit_key(&id, *first).as_bytes());
                }
                for (number, target) in &targets {
                    let key = target_key(&id, *number);
                    batch.insert(key.as_bytes(), write(inner, KIND, &key, target)?);
                }
                Ok(inner.operations.apply_batch(batch)?)
            })
            .await
    }

    /// Keeps an operation that ended, forgets what was open of it, and drops the oldest where there are many.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn ended<O: Serialize + Send + 'static>(&self, id: &OperationId, operation: O) -> Result<(), StoreError> {
        let id = id.clone();
        self.0
            .write(move |inner| {
                let key = format!("ended/{id}");
                let mut batch = Batch::default();
                for open in inner.operations.scan_prefix(format!("open/{id}/")).keys() {
                    batch.remove(open?);
                }
                let kept: Vec<_> = inner
                    .operations
                    .scan_prefix("ended/")
                    .keys()
                    .collect::<Result<_, _>>()?;
                for old in kept.iter().take((kept.len() + 1).saturating_sub(ENDED)) {
                    batch.remove(old);
                }
                batch.insert(key.as_bytes(), write(inner, KIND, &key, &operation)?);
                Ok(inner.operations.apply_batch(batch)?)
            })
            .await
    }

    /// The operations that did not end.
    ///
    /// # Errors
    /// When one cannot be read: what it left must not be guessed.
    pub async fn open<B, T, U>(&self) -> Result<Vec<OpenOperation<B, T, U>>, StoreError>
    where
        B: DeserializeOwned + Send + 'static,
        T: DeserializeOwned + Send + 'static,
        U: DeserializeOwned + Send + 'static,
    {
        self.0
            .read(|inner| {
                let mut all = Vec::new();
                for entry in inner.operations.scan_prefix("open/") {
                    let (key, sealed) = entry?;
                    let Some(place) = String::from_utf8_lossy(&key).strip_suffix("/begun").map(str::to_owned) else {
                        continue;
                    };
                    all.push(OpenOperation {
                        begun: read(inner, KIND, &key, &sealed)?,
                        targets: numbered(inner, &format!("{place}/target/"))?,
                        units: numbered(inner, &format!("{place}/unit/"))?,
                    });
                }
                Ok(all)
            })
            .await
    }

    /// The operations that ended, newest first. One that cannot be read is left out and named in the log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept<O: DeserializeOwned + Send + 'static>(&self) -> Result<Vec<O>, StoreError> {
        self.0
            .read(|inner| {
                let mut all = Vec::new();
                for entry in inner.operations.scan_prefix("ended/").rev() {
                    let (key, sealed) = entry?;
                    match read(inner, KIND, &key, &sealed) {
                        Ok(operation) => all.push(operation),
                        Err(error) => tracing::error!(%error, "an operation that ended is left out"),
                    }
                }
                Ok(all)
            })
            .await
    }
}
