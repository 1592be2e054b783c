//! tower-sessions on the store of Shipyard.
//!
//! Promises that the trait does not make by itself: `create` never takes an id that is in use, `save` never brings a session
//! back that was ended while a request was under way, and what goes on under another id goes at its moment, no other.
use async_trait::async_trait;
use serde_json::Value;
use shipyard_model::{Millis, Problem};
use shipyard_yard::Yard;
use std::collections::HashMap;
use std::fmt;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

/// The key of the moment at which a session goes by itself.
pub(super) const LET_GO: &str = "let-go";

/// Where sessions lie.
#[derive(Clone)]
pub(crate) struct Shelf(shipyard_yard::Sessions);

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

impl Shelf {
    pub(crate) fn new(yard: &Yard) -> Self {
        Self(yard.sessions())
    }

    /// Removes what has expired; how many.
    pub(crate) async fn purge(&self) -> Result<usize> {
        self.0.purge().await.map_err(backend)
    }
}

impl Shelf {
    /// The name under which a session lies, which opens nothing.
    pub(crate) fn name(&self, id: &Id) -> String {
        shipyard_yard::Sessions::name(&key(id))
    }

    /// All sessions that have not expired, by name.
    pub(crate) async fn all(&self) -> Result<Vec<(String, HashMap<String, Value>)>> {
        let all = self.0.all().await.map_err(backend)?;
        let read = |(name, body): (String, Vec<u8>)| Some((name, serde_json::from_slice(&body).ok()?));
        Ok(all.into_iter().filter_map(read).collect())
    }

    /// Lets what lies under an id go by itself at a moment, whatever is done with it until then.
    pub(crate) async fn let_go(&self, id: &Id, at: Millis) -> Result<()> {
        if let Some(mut record) = self.load(id).await?
            && !is_let_go(&record.data)
        {
            record.data.insert(LET_GO.to_owned(), at.0.into());
            self.0.save(&key(id), body(&record)?, at).await.map_err(backend)?;
        }
        Ok(())
    }

    async fn is_let_go(&self, id: &Id) -> Result<bool> {
        Ok(self.load(id).await?.is_some_and(|record| is_let_go(&record.data)))
    }

    /// Ends the session of a name.
    pub(crate) async fn end(&self, name: &str) -> Result<()> {
        self.0.delete_named(name).await.map_err(backend)
    }
}

/// Whether a session goes by itself, as it goes on under another id.
pub(super) fn is_let_go(data: &HashMap<String, Value>) -> bool {
    data.contains_key(LET_GO)
}

/// The yard keeps a hash of it.
fn key(id: &Id) -> [u8; 16] {
    id.0.to_le_bytes()
}

/// The record without its id, which must not lie in the database.
fn body(record: &Record) -> Result<Vec<u8>> {
    serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn expires(record: &Record) -> Millis {
    Millis::from_seconds(record.expiry_date.unix_timestamp())
}

fn backend(error: Problem) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Shelf {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !self
            .0
            .create(&key(&record.id), body(record)?, expires(record))
            .await
            .map_err(backend)?
        {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        if self.is_let_go(&record.id).await? {
            return Ok(());
        }
        // `false`: the session was ended meanwhile. It stays ended; the answer goes out without it.
        self.0
            .save(&key(&record.id), body(record)?, expires(record))
            .await
            .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(bytes) = self.0.load(&key(id)).map_err(backend)? else {
            return Ok(None);
        };
        let data = serde_json::from_slice(&bytes).map_err(|error| Error::Decode(error.to_string()))?;
        // The store lets nothing expired through; the date is set anew at each save.
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date: time::OffsetDateTime::now_utc(),
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        if self.is_let_go(id).await? {
            return Ok(());
        }
        self.0.delete(&key(id)).await.map_err(backend)
    }
}
