//! Nodes: Shipyard's own authorities with their keys sealed, enrolments under the hash of their secret, and what is known
//! of each host that was enrolled.
use crate::error::StoreError;
use crate::material::TlsMaterial;
use crate::open::Store;
use crate::{record, seal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shipyard_model::{EngineAddress, EngineId, EngineName, Labels, Millis};
use zeroize::Zeroizing;

const KIND: &str = "authority";

/// An authority with its key. It has no `Debug`, no `Display` and no `Serialize`; the key is overwritten when dropped.
pub struct AuthorityMaterial {
    /// Counted from 1; the highest signs.
    pub generation: u32,
    /// Its certificate, PEM.
    pub certificate: Zeroizing<String>,
    /// Its private key, PEM.
    pub key: Zeroizing<String>,
}

/// A host that somebody wants to make an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRecord {
    /// In whose name the engine is added.
    pub account: String,
    /// The account's epoch when it was made: whatever ends the sessions of the account ends the enrolment too.
    pub epoch: u64,
    /// When it ends.
    pub expires: Millis,
    /// The engine's name.
    pub name: EngineName,
    /// Where Shipyard will reach it.
    pub address: EngineAddress,
    /// Its labels.
    pub labels: Labels,
    /// Who may reach the Docker port.
    pub allow: Vec<String>,
    /// Who may reach SSH.
    pub ssh: Vec<String>,
    /// Where the node reaches Shipyard.
    pub url: String,
    /// The node's public key, once its certificate was signed; it is signed once.
    pub key: Option<Vec<u8>>,
    /// Which authority signed it.
    pub generation: u32,
    /// The engine, once it was added.
    pub engine: Option<EngineId>,
}

/// A host that was enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// The engine that it is.
    pub engine: EngineId,
    /// The public key of its server certificates, by which it is known when it asks for a new one.
    pub key: Vec<u8>,
    /// Names and addresses that its certificates are for.
    pub hosts: Vec<String>,
    /// Which authority signed the newest of them; the node trusts this one and the one before.
    pub generation: u32,
    /// Which authority signed the client certificate that Shipyard shows to it.
    pub client_generation: u32,
    /// End of the newest server certificate that was given.
    pub server_ends: Millis,
    /// Whether a new one is given at the next asking, whatever its end.
    pub wanted: bool,
}

/// What an enrolment is kept under: the SHA-256 of its secret, which has 256 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnrolmentKey([u8; 32]);

impl EnrolmentKey {
    /// The key for an enrolment's secret.
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    fn bytes(self) -> Vec<u8> {
        [b"enrol/".as_slice(), &self.0].concat()
    }
}

impl Store {
    /// The authorities that are kept, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Unsealable`] when one was changed.
    pub async fn authorities(&self) -> Result<Vec<AuthorityMaterial>, StoreError> {
        self.read(|inner| {
            let mut found = Vec::new();
            for entry in inner.nodes.scan_prefix("authority/").rev() {
                let (name, sealed) = entry?;
                let name = String::from_utf8_lossy(&name).into_owned();
                let generation = name.rsplit('/').next().and_then(|text| text.parse().ok());
                let generation = generation.ok_or_else(|| StoreError::Unsealable(name.clone()))?;
                let plain = seal::open(&inner.key, KIND, &name, &sealed)?;
                let read = TlsMaterial::from_bytes(&plain)?;
                found.push(AuthorityMaterial {
                    generation,
                    certificate: read.certificate,
                    key: read.key,
                });
            }
            Ok(found)
        })
        .await
    }

    /// Keeps a new authority; all but it and the one before are forgotten.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_authority(&self, authority: &AuthorityMaterial) -> Result<(), StoreError> {
        let name = authority_name(authority.generation);
        let oldest = authority_name(authority.generation.saturating_sub(1));
        let bytes = TlsMaterial::new(&authority.certificate, &authority.key, "").to_bytes();
        let sealed = seal::seal(&self.inner.key, KIND, &name, bytes)?;
        self.write(move |inner| {
            inner.nodes.insert(name, sealed)?;
            for entry in inner.nodes.scan_prefix("authority/").keys() {
                let name = entry?;
                if name.as_ref() < oldest.as_bytes() {
                    inner.nodes.remove(name)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// An enrolment that has not ended.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn enrolment(&self, key: EnrolmentKey) -> Result<Option<EnrolmentRecord>, StoreError> {
        self.read(move |inner| {
            let bytes = inner.nodes.get(key.bytes())?;
            let found: Option<EnrolmentRecord> = bytes.map(|bytes| record::read("enrolment", &bytes)).transpose()?;
            Ok(found.filter(|found| found.expires > Millis::now()))
        })
        .await
    }

    /// Keeps an enrolment, new or come further; those that ended are forgotten.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_enrolment(&self, key: EnrolmentKey, enrolment: &EnrolmentRecord) -> Result<(), StoreError> {
        let bytes = record::write(enrolment)?;
        self.write(move |inner| {
            inner.nodes.insert(key.bytes(), bytes)?;
            for entry in inner.nodes.scan_prefix("enrol/") {
                let (key, bytes) = entry?;
                let ended = record::read::<EnrolmentRecord>("enrolment", &bytes)
                    .map_or(true, |found| found.expires <= Millis::now());
                if ended {
                    inner.nodes.remove(key)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Forgets an enrolment: its secret opens nothing any more. Whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_enrolment(&self, key: EnrolmentKey) -> Result<bool, StoreError> {
        self.write(move |inner| Ok(inner.nodes.remove(key.bytes())?.is_some()))
            .await
    }

    /// All hosts that were enrolled.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        self.read(|inner| {
            let entries = inner.nodes.scan_prefix("node/").values();
            entries.map(|bytes| record::read("node", &bytes?)).collect()
        })
        .await
    }

    /// Keeps what is known of a host.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_node(&self, node: &NodeRecord) -> Result<(), StoreError> {
        let (key, bytes) = (node_name(&node.engine), record::write(node)?);
        self.write(move |inner| {
            inner.nodes.insert(key, bytes)?;
            Ok(())
        })
        .await
    }

    /// Forgets a host: it gets no certificate any more. Whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_node(&self, engine: &EngineId) -> Result<bool, StoreError> {
        let key = node_name(engine);
        self.write(move |inner| Ok(inner.nodes.remove(key)?.is_some())).await
    }
}

fn authority_name(generation: u32) -> String {
    format!("authority/{generation:010}")
}

fn node_name(engine: &EngineId) -> String {
    format!("node/{engine}")
}
