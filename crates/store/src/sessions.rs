//! Sessions, by a hash of their id: who reads the database cannot take a session over.
use crate::error::StoreError;
use crate::open::Store;
use sha2::{Digest, Sha256};
use shipyard_model::Millis;

/// What a session is kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// The key for a session's id: its SHA-256.
    pub fn of(id: &[u8]) -> Self {
        Self(Sha256::digest(id).into())
    }
}

/// The end of the session, then its body.
fn encode(body: &[u8], expires: Millis) -> Vec<u8> {
    let mut bytes = expires.0.to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

/// The body of a session that has not ended.
fn decode(bytes: &[u8], now: Millis) -> Option<&[u8]> {
    let (expires, body) = bytes.split_first_chunk::<8>()?;
    (i64::from_be_bytes(*expires) > now.0).then_some(body)
}

impl Store {
    /// Keeps a new session; `false` when the id is taken.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn create_session(&self, key: SessionKey, body: Vec<u8>, expires: Millis) -> Result<bool, StoreError> {
        self.write(move |inner| {
            let swap = inner
                .sessions
                .compare_and_swap(key.0, None::<&[u8]>, Some(encode(&body, expires)))?;
            Ok(swap.is_ok())
        })
        .await
    }

    /// The body of a session; `None` when there is none, or it has expired.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn load_session(&self, key: SessionKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |inner| {
            let bytes = inner.sessions.get(key.0)?;
            Ok(bytes.and_then(|bytes| decode(&bytes, Millis::now()).map(<[u8]>::to_vec)))
        })
        .await
    }

    /// Changes a session that exists; `false` when there is none (any more): a request that was under way while the
    /// session was ended must not bring it back.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn save_session(&self, key: SessionKey, body: Vec<u8>, expires: Millis) -> Result<bool, StoreError> {
        self.write(move |inner| {
            let new = encode(&body, expires);
            loop {
                let Some(old) = inner.sessions.get(key.0)? else {
                    return Ok(false);
                };
                if inner
                    .sessions
                    .compare_and_swap(key.0, Some(old), Some(new.as_slice()))?
                    .is_ok()
                {
                    return Ok(true);
                }
            }
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn delete_session(&self, key: SessionKey) -> Result<(), StoreError> {
        self.write(move |inner| {
            inner.sessions.remove(key.0)?;
            Ok(())
        })
        .await
    }

    /// Removes the sessions that ended before `now`; how many.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn purge_expired(&self, now: Millis) -> Result<usize, StoreError> {
        self.write(move |inner| {
            let mut removed = 0;
            for entry in &inner.sessions {
                let (key, bytes) = entry?;
                // Only what was looked at is removed: the session may have been prolonged meanwhile.
                if decode(&bytes, now).is_none()
                    && inner
                        .sessions
                        .compare_and_swap(key, Some(bytes), None::<&[u8]>)?
                        .is_ok()
                {
                    removed += 1;
                }
            }
            Ok(removed)
        })
        .await
    }
}
