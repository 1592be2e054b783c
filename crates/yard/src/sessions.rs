//! Where the web server keeps its sessions: by a hash of their id, and never brought back once they ended.
use crate::Yard;
use crate::fault::store_problem;
use shipyard_model::{Millis, Problem};
use shipyard_store::{SessionKey, Store};

/// The sessions and nothing else of the store. A cheap clone. Ids are hashed here, bodies are the server's own.
#[derive(Clone)]
pub struct Sessions(Store);

impl Yard {
    /// Where to keep sessions.
    pub fn sessions(&self) -> Sessions {
        Sessions(self.inner.gate.store_for_authentication().clone())
    }
}

impl Sessions {
    /// Keeps a new session; `false` when the id is taken, then choose another.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn create(&self, id: &[u8], body: Vec<u8>, expires: Millis) -> Result<bool, Problem> {
        let done = self.0.create_session(SessionKey::of(id), body, expires).await;
        done.map_err(|e| store_problem(&e))
    }

    /// The body of a session; `None` when there is none, or it has expired.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(&self, id: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
        self.0.load_session(SessionKey::of(id)).map_err(|e| store_problem(&e))
    }

    /// Changes a session; `false` when it has ended, then it stays so.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn save(&self, id: &[u8], body: Vec<u8>, expires: Millis) -> Result<bool, Problem> {
        let done = self.0.save_session(SessionKey::of(id), body, expires).await;
        done.map_err(|e| store_problem(&e))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn delete(&self, id: &[u8]) -> Result<(), Problem> {
        let done = self.0.delete_session(SessionKey::of(id)).await;
        done.map_err(|e| store_problem(&e))
    }

    /// Forgets sessions that expired; how many. To be called now and then.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn purge(&self) -> Result<usize, Problem> {
        let done = self.0.purge_expired(Millis::now()).await;
        done.map_err(|e| store_problem(&e))
    }

    /// The name of a session for its owner to see: its key in the database, which opens nothing.
    pub fn name(id: &[u8]) -> String {
        SessionKey::of(id).name()
    }

    /// Names and bodies of all that have not expired.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn all(&self) -> Result<Vec<(String, Vec<u8>)>, Problem> {
        let all = self.0.all_sessions().await.map_err(|e| store_problem(&e))?;
        Ok(all.into_iter().map(|(key, body)| (key.name(), body)).collect())
    }

    /// Ends the session of a name.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn delete_named(&self, name: &str) -> Result<(), Problem> {
        let Some(key) = SessionKey::named(name) else {
            return Ok(());
        };
        self.0.delete_session(key).await.map_err(|e| store_problem(&e))
    }
}
