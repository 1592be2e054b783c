//! Engines in the clear, their credentials sealed in a tree of their own.
use crate::error::StoreError;
use crate::material::TlsMaterial;
use crate::open::Store;
use crate::{record, seal};
use shipyard_model::{Engine, EngineId};
use sled::Transactional;
use sled::transaction::TransactionError;

const KIND: &str = "engine-credentials";

/// What a write of an engine does to its credentials.
pub enum CredentialsChange<'m> {
    /// They stay as they are.
    Keep,
    /// There are none any more.
    Remove,
    /// These from now on.
    Set(&'m TlsMaterial),
}

enum Sealed {
    Keep,
    Remove,
    Set(Vec<u8>),
}

fn not_aborted(error: TransactionError<()>) -> StoreError {
    match error {
        TransactionError::Abort(()) => StoreError::Stopped,
        TransactionError::Storage(error) => error.into(),
    }
}

impl Store {
    /// All engines, in the order of their ids. One that cannot be read is left out and named in the log: it must not
    /// keep the others from being managed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn engines(&self) -> Result<Vec<Engine>, StoreError> {
        self.read(|inner| {
            let mut engines = Vec::new();
            for entry in &inner.engines {
                let (id, bytes) = entry?;
                let what = format!("engine {}", String::from_utf8_lossy(&id));
                match record::read(&what, &bytes) {
                    Ok(engine) => engines.push(engine),
                    Err(error) => tracing::error!(%error, "an engine is left out"),
                }
            }
            Ok(engines)
        })
        .await
    }

    /// The credentials of an engine, unsealed; `None` when it has none.
    ///
    /// # Errors
    /// [`StoreError::Unsealable`] when they were changed, or sealed for another engine.
    pub async fn engine_credentials(&self, id: &EngineId) -> Result<Option<TlsMaterial>, StoreError> {
        let id = id.clone();
        self.read(move |inner| {
            let Some(sealed) = inner.credentials.get(id.as_str())? else {
                return Ok(None);
            };
            let plain = seal::open(&inner.key, KIND, id.as_str(), &sealed)?;
            TlsMaterial::from_bytes(&plain).map(Some)
        })
        .await
    }

    /// Keeps an engine, new or changed, together with what happens to its credentials: both or neither.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_engine(&self, engine: &Engine, change: CredentialsChange<'_>) -> Result<(), StoreError> {
        let id = engine.id.clone();
        let bytes = record::write(engine)?;
        let change = match change {
            CredentialsChange::Keep => Sealed::Keep,
            CredentialsChange::Remove => Sealed::Remove,
            CredentialsChange::Set(material) => {
                Sealed::Set(seal::seal(&self.inner.key, KIND, id.as_str(), material.to_bytes())?)
            }
        };
        self.write(move |inner| {
            (&inner.engines, &inner.credentials)
                .transaction(|(engines, credentials)| {
                    engines.insert(id.as_str(), bytes.as_slice())?;
                    match &change {
                        Sealed::Keep => {}
                        Sealed::Remove => {
                            credentials.remove(id.as_str())?;
                        }
                        Sealed::Set(sealed) => {
                            credentials.insert(id.as_str(), sealed.as_slice())?;
                        }
                    }
                    Ok(())
                })
                .map_err(not_aborted)
        })
        .await
    }

    /// Removes an engine and its credentials; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_engine(&self, id: &EngineId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |inner| {
            (&inner.engines, &inner.credentials)
                .transaction(|(engines, credentials)| {
                    credentials.remove(id.as_str())?;
                    Ok(engines.remove(id.as_str())?.is_some())
                })
                .map_err(not_aborted)
        })
        .await
    }
}
