//! Deploys that are remembered because their copies are looked after: sealed, as the environment in them may be a secret.
use crate::error::StoreError;
use crate::open::Store;
use crate::{record, seal};
use serde::{Deserialize, Serialize};
use shipyard_model::deploy::{ContainerSpec, DeployRequest};
use shipyard_model::{ContainerRef, EngineId, EngineName, Grant, Millis};
use zeroize::Zeroizing;

const KIND: &str = "lasting-deploy";

/// A deploy that is looked after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastingRecord {
    /// Its identity: the label of its copies.
    pub id: String,
    /// The account that made it, in whose name it is looked after.
    pub account: String,
    /// When that account was made: another one of the same name is another.
    pub maker_since: Millis,
    /// The grants of the token that it was made with: no more is done in its name. `None` for a person.
    pub token: Option<Vec<Grant>>,
    /// When it was made.
    pub created: Millis,
    /// Labels that a narrowed grant gave to its copies.
    pub labels: Vec<(String, String)>,
    /// What was asked for.
    pub request: DeployRequest,
    /// Its copies, as they were when their engines were last heard of.
    #[serde(default)]
    pub copies: Vec<KnownCopy>,
    /// Copies that were made elsewhere while their old ones were out of reach.
    #[serde(default)]
    pub moved: Vec<MovedCopy>,
    /// Engines that get no copy any more, because somebody removed theirs.
    #[serde(default)]
    pub left_out: Vec<EngineId>,
    /// Nobody wants it any more; it is kept until what was moved is tidied up.
    #[serde(default)]
    pub ended: bool,
}

/// A copy, and how it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownCopy {
    /// The container.
    pub at: ContainerRef,
    /// Its name.
    pub name: String,
    /// What it was made from, as its engine says; `None` where that is not known.
    pub spec: Option<ContainerSpec>,
    /// Whether Docker made volumes for it alone.
    pub own_volumes: bool,
}

/// A copy that was made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedCopy {
    /// The old one.
    pub from: ContainerRef,
    /// Name of its engine.
    pub engine: EngineName,
    /// Its name, which the new one has too.
    pub name: String,
    /// The new one; `None` until it is made.
    pub to: Option<ContainerRef>,
}

impl Store {
    /// All deploys that are looked after. One that cannot be read is left out and named in the log: nothing is done for it
    /// then.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn lasting(&self) -> Result<Vec<LastingRecord>, StoreError> {
        self.read(|inner| {
            let mut all = Vec::new();
            for entry in &inner.lasting {
                let (id, sealed) = entry?;
                let id = String::from_utf8_lossy(&id).into_owned();
                let plain = seal::open(&inner.key, KIND, &id, &sealed);
                match plain.and_then(|plain| record::read("lasting deploy", &plain)) {
                    Ok(found) => all.push(found),
                    Err(error) => tracing::error!(deploy = id, %error, "a deploy is not looked after"),
                }
            }
            Ok(all)
        })
        .await
    }

    /// Keeps a deploy, new or changed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_lasting(&self, deploy: &LastingRecord) -> Result<(), StoreError> {
        let id = deploy.id.clone();
        let plain = Zeroizing::new(record::write(deploy)?);
        let sealed = seal::seal(&self.inner.key, KIND, &id, plain)?;
        self.write(move |inner| {
            inner.lasting.insert(id, sealed)?;
            Ok(())
        })
        .await
    }

    /// Forgets a deploy; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_lasting(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |inner| Ok(inner.lasting.remove(id)?.is_some())).await
    }
}
