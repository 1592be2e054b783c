//! The way back in for whoever is root on Shipyard's own machine: a new password for an account, while no server runs.
use super::hash::Hasher;
use super::{first, next_epoch};
use crate::SignInError;
use crate::activity::{Activity, machine};
use crate::open::OpenError;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Problem, Secret};
use shipyard_store::{AccountRecord, MasterKey, Passkeys, Store, StoreError};
use std::path::Path;

/// Why a password is not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The key or the data folder cannot be used; the server runs, for one.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no such account.
    #[error("there is no account “{0}”")]
    NoAccount(String),
    /// It was not done.
    #[error("the password was not reset: {0}")]
    Refused(Problem),
}

impl From<StoreError> for ResetError {
    fn from(error: StoreError) -> Self {
        Self::Open(error.into())
    }
}

fn refused(error: &SignInError) -> ResetError {
    ResetError::Refused(error.problem())
}

/// Gives an account a random password, which opens nothing but its own change. The account may sign in again if it was
/// disabled, and has no second factor and no passkeys any more; its sessions and links end, its tokens and grants stay. It is on record.
///
/// # Errors
/// See [`ResetError`].
pub async fn reset_password(data_dir: &Path, key_file: &Path, name: &str) -> Result<Secret, ResetError> {
    let (dir, file) = (data_dir.to_owned(), key_file.to_owned());
    let store = tokio::task::spawn_blocking(move || -> Result<Store, OpenError> {
        Ok(Store::open(&dir, MasterKey::load(&file)?)?)
    })
    .await
    .map_err(|_| StoreError::Stopped)??;
    let old = store.account(name).await?;
    let old = old.ok_or_else(|| ResetError::NoAccount(name.to_owned()))?;
    let hasher = Hasher::new().map_err(OpenError::Accounts)?;
    let password = first::random().map_err(|error| OpenError::Accounts(error.to_string()))?;
    let mut new = AccountRecord {
        password_hash: hasher.hash(&password).await.map_err(|error| refused(&error))?,
        epoch: next_epoch(old.epoch),
        second_factor: None,
        passkeys: Passkeys::default(),
        ..old
    };
    new.account.must_change_password = true;
    new.account.disabled = false;
    let subject = ActivitySubject::new("account", new.account.name.clone());
    let activity = Activity::new(store.activity().clone());
    let intent = activity.begin(machine(), "account.reset", subject, "").await;
    let intent = intent.map_err(ResetError::Refused)?;
    let done = store
        .put_account(&new)
        .await
        .map_err(|e| crate::fault::store_problem(&e));
    intent.outcome(done).await.map_err(ResetError::Refused)?;
    store.remove_links(&new.account.name).await?;
    store.close().await?;
    Ok(password)
}
