//! Keys of webhooks: of Docker Hub's kind only the hash of what opens them; what signatures are made with, sealed.
use crate::error::StoreError;
use crate::open::Store;
use crate::{record, seal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shipyard_model::webhook::WebhookKeyRow;
use zeroize::Zeroizing;

const KIND: &str = "webhook-key";

/// A webhook key with what it is checked by.
#[derive(Clone)]
pub struct WebhookRecord {
    /// What may be shown.
    pub row: WebhookKeyRow,
    /// What it is checked by.
    pub secret: WebhookSecret,
}

/// What a webhook key is checked by.
#[derive(Clone)]
pub enum WebhookSecret {
    /// SHA-256 of a secret that is shown. It has 256 random bits, so a slow hash would add nothing.
    Shown([u8; 32]),
    /// A secret that is signed with, which has to be there in clear to check a signature.
    Signs(Zeroizing<Vec<u8>>),
}

impl WebhookSecret {
    /// Of a secret that is shown.
    pub fn shown(secret: &[u8]) -> Self {
        Self::Shown(Sha256::digest(secret).into())
    }
}

/// As it lies on the disk.
#[derive(Serialize, Deserialize)]
struct Kept {
    row: WebhookKeyRow,
    hash: Option<[u8; 32]>,
    sealed: Option<Vec<u8>>,
}

impl Store {
    /// All webhook keys. One that cannot be read is left out and named in the log: it opens nothing then.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn webhooks(&self) -> Result<Vec<WebhookRecord>, StoreError> {
        self.read(|inner| {
            let mut all = Vec::new();
            for entry in &inner.webhooks {
                let (id, bytes) = entry?;
                let id = String::from_utf8_lossy(&id).into_owned();
                let read = record::read::<Kept>("webhook key", &bytes).and_then(|kept| {
                    let secret = match (kept.hash, kept.sealed) {
                        (Some(hash), None) => WebhookSecret::Shown(hash),
                        (None, Some(sealed)) => WebhookSecret::Signs(seal::open(&inner.key, KIND, &id, &sealed)?),
                        _ => return Err(StoreError::Unsealable(id.clone())),
                    };
                    Ok(WebhookRecord { row: kept.row, secret })
                });
                match read {
                    Ok(record) => all.push(record),
                    Err(error) => tracing::error!(webhook = id, %error, "a webhook key is left out"),
                }
            }
            Ok(all)
        })
        .await
    }

    /// Keeps a webhook key, new or used.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_webhook(&self, webhook: &WebhookRecord) -> Result<(), StoreError> {
        let id = webhook.row.id.clone();
        let (hash, sealed) = match &webhook.secret {
            WebhookSecret::Shown(hash) => (Some(*hash), None),
            WebhookSecret::Signs(secret) => {
                // Room for the tag that sealing appends, so that growing leaves no copy behind.
                let mut plain = Zeroizing::new(Vec::with_capacity(secret.len() + 64));
                plain.extend_from_slice(secret);
                (None, Some(seal::seal(&self.inner.key, KIND, &id, plain)?))
            }
        };
        let bytes = record::write(&Kept {
            row: webhook.row.clone(),
            hash,
            sealed,
        })?;
        self.write(move |inner| {
            inner.webhooks.insert(id, bytes)?;
            Ok(())
        })
        .await
    }

    /// Removes a webhook key; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_webhook(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |inner| Ok(inner.webhooks.remove(id)?.is_some())).await
    }
}
