//! Tokens of machines and one-time links: only hashes of what opens something.
use crate::error::StoreError;
use crate::open::Store;
use crate::record;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shipyard_model::Millis;
use shipyard_model::access::TokenRow;

/// A token with the SHA-256 of its secret. The secret has 256 random bits, so a slow hash would add nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenRecord {
    /// What may be shown.
    pub row: TokenRow,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
}

/// What a one-time link opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    /// The account whose password it sets.
    pub account: String,
    /// The account's epoch when it was made: whatever ends the sessions of the account ends the link too.
    pub epoch: u64,
    /// When it ends.
    pub expires: Millis,
}

/// What a link is kept under: the SHA-256 of its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkKey([u8; 32]);

impl LinkKey {
    /// The key for a link's secret.
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

impl TokenRecord {
    /// The hash of a token's secret.
    pub fn hash(secret: &[u8]) -> [u8; 32] {
        Sha256::digest(secret).into()
    }
}

impl Store {
    /// All tokens, by id.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.read(|inner| {
            let entries = inner.tokens.scan_prefix("token/").values();
            entries.map(|bytes| record::read("token", &bytes?)).collect()
        })
        .await
    }

    /// Keeps a token, new or used.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_token(&self, token: &TokenRecord) -> Result<(), StoreError> {
        let (key, bytes) = (format!("token/{}", token.row.id), record::write(token)?);
        self.write(move |inner| {
            inner.tokens.insert(key, bytes)?;
            Ok(())
        })
        .await
    }

    /// Removes a token; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_token(&self, id: &str) -> Result<bool, StoreError> {
        let key = format!("token/{id}");
        self.write(move |inner| Ok(inner.tokens.remove(key)?.is_some())).await
    }

    /// Keeps a one-time link.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_link(&self, key: LinkKey, link: &LinkRecord) -> Result<(), StoreError> {
        let bytes = record::write(link)?;
        self.write(move |inner| {
            inner.tokens.insert(link_key(key), bytes)?;
            Ok(())
        })
        .await
    }

    /// A link that has not ended, as it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn link(&self, key: LinkKey) -> Result<Option<LinkRecord>, StoreError> {
        self.read(move |inner| read_link(inner.tokens.get(link_key(key))?))
            .await
    }

    /// Takes a link: whoever takes it first has it, and nobody after.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn take_link(&self, key: LinkKey) -> Result<Option<LinkRecord>, StoreError> {
        self.write(move |inner| read_link(inner.tokens.remove(link_key(key))?))
            .await
    }

    /// Removes all links of an account.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_links(&self, account: &str) -> Result<(), StoreError> {
        let account = account.to_lowercase();
        self.write(move |inner| {
            for entry in inner.tokens.scan_prefix("link/") {
                let (key, bytes) = entry?;
                let link: LinkRecord = record::read("link", &bytes)?;
                if link.account.to_lowercase() == account || link.expires <= Millis::now() {
                    inner.tokens.remove(key)?;
                }
            }
            Ok(())
        })
        .await
    }
}

fn link_key(key: LinkKey) -> Vec<u8> {
    [b"link/".as_slice(), &key.0].concat()
}

fn read_link(bytes: Option<sled::IVec>) -> Result<Option<LinkRecord>, StoreError> {
    let link: Option<LinkRecord> = bytes.map(|bytes| record::read("link", &bytes)).transpose()?;
    Ok(link.filter(|link| link.expires > Millis::now()))
}
