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

    /// The key in hexadecimal digits. Nobody gets into a session by it.
    pub fn name(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key of a name.
    pub fn named(name: &str) -> Option<Self> {
        let digits: Vec<u8> = name
            .chars()
            .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits
            .chunks(2)
            .filter_map(|pair| Some(pair.first()? << 4 | pair.get(1)?))
            .collect();
        <[u8; 32]>::try_from(bytes).ok().filter(|_| name.len() == 64).map(Self)
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

    /// The body of a session; `None` when there is none, or it has expired. Read at once, as each request asks for one: sessions
    /// are small and used ones are in sled's cache, and the way to another thread takes many times as long.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load_session(&self, key: SessionKey) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.inner.sessions.get(key.0)?;
        Ok(bytes.and_then(|bytes| decode(&bytes, Millis::now()).map(<[u8]>::to_vec)))
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

    /// All sessions that have not expired, with their bodies.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn all_sessions(&self) -> Result<Vec<(SessionKey, Vec<u8>)>, StoreError> {
        self.read(|inner| {
            let now = Millis::now();
            let mut all = Vec::new();
            for entry in &inner.sessions {
                let (key, bytes) = entry?;
                if let (Ok(key), Some(body)) = (<[u8; 32]>::try_from(key.as_ref()), decode(&bytes, now)) {
                    all.push((SessionKey(key), body.to_vec()));
                }
            }
            Ok(all)
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
