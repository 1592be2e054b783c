//! Custom roles and pools, by name.
use crate::error::StoreError;
use crate::open::Store;
use crate::record;
use shipyard_model::{Pool, Role};

fn key(kind: &str, name: &str) -> Vec<u8> {
    format!("{kind}/{name}").into_bytes()
}

impl Store {
    /// All custom roles, by name.
    ///
    /// # Errors
    /// When one cannot be read: what it allowed must not be guessed.
    pub async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        self.read(|inner| {
            let entries = inner.rules.scan_prefix("role/").values();
            entries.map(|bytes| record::read("role", &bytes?)).collect()
        })
        .await
    }

    /// All pools, by name.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn pools(&self) -> Result<Vec<Pool>, StoreError> {
        self.read(|inner| {
            let entries = inner.rules.scan_prefix("pool/").values();
            entries.map(|bytes| record::read("pool", &bytes?)).collect()
        })
        .await
    }

    /// Keeps a custom role, new or changed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_role(&self, role: &Role) -> Result<(), StoreError> {
        self.put_rule(key("role", &role.name), record::write(role)?).await
    }

    /// Keeps a pool, new or changed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_pool(&self, pool: &Pool) -> Result<(), StoreError> {
        self.put_rule(key("pool", &pool.name), record::write(pool)?).await
    }

    /// Removes a custom role; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_role(&self, name: &str) -> Result<bool, StoreError> {
        self.remove_rule(key("role", name)).await
    }

    /// Removes a pool; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_pool(&self, name: &str) -> Result<bool, StoreError> {
        self.remove_rule(key("pool", name)).await
    }

    async fn put_rule(&self, key: Vec<u8>, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |inner| {
            inner.rules.insert(key, bytes)?;
            Ok(())
        })
        .await
    }

    async fn remove_rule(&self, key: Vec<u8>) -> Result<bool, StoreError> {
        self.write(move |inner| Ok(inner.rules.remove(key)?.is_some())).await
    }
}
