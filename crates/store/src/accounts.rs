//! Accounts, by name without regard to case.
use crate::error::StoreError;
use crate::open::Store;
use crate::record;
use serde::{Deserialize, Serialize};
use shipyard_model::Account;
use sled::transaction::{ConflictableTransactionError, TransactionError};

/// An account with its secrets. It has no `Debug` and no `Serialize`.
#[derive(Clone)]
pub struct AccountRecord {
    /// What may be shown.
    pub account: Account,
    /// Hash of the password with its salt and parameters, as a PHC string.
    pub password_hash: String,
    /// Sessions hold the epoch that they began in; a new one ends them all. An account that is made under a name that
    /// was used before must not begin with an epoch of the past.
    pub epoch: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    account: Account,
    password_hash: String,
    epoch: u64,
}

fn key(name: &str) -> Vec<u8> {
    name.to_lowercase().into_bytes()
}

fn encode(record: &AccountRecord) -> Result<Vec<u8>, StoreError> {
    record::write(&Stored {
        account: record.account.clone(),
        password_hash: record.password_hash.clone(),
        epoch: record.epoch,
    })
}

fn decode(bytes: &[u8]) -> Result<AccountRecord, StoreError> {
    let stored: Stored = record::read("account", bytes)?;
    Ok(AccountRecord {
        account: stored.account,
        password_hash: stored.password_hash,
        epoch: stored.epoch,
    })
}

impl Store {
    /// The account of that name, in any case.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn account(&self, name: &str) -> Result<Option<AccountRecord>, StoreError> {
        let key = key(name);
        self.read(move |inner| inner.accounts.get(key)?.map(|bytes| decode(&bytes)).transpose())
            .await
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        self.read(|inner| inner.accounts.iter().values().map(|bytes| decode(&bytes?)).collect())
            .await
    }

    /// Keeps an account, new or changed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_account(&self, record: &AccountRecord) -> Result<(), StoreError> {
        let (key, bytes) = (key(&record.account.name), encode(record)?);
        self.write(move |inner| {
            inner.accounts.insert(key, bytes)?;
            Ok(())
        })
        .await
    }

    /// Removes an account; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_account(&self, name: &str) -> Result<bool, StoreError> {
        let key = key(name);
        self.write(move |inner| Ok(inner.accounts.remove(key)?.is_some())).await
    }

    /// Gives an account another name, and ends its sessions; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when another account has the name; or the disk refuses.
    pub async fn rename_account(&self, from: &str, to: &str) -> Result<bool, StoreError> {
        let (old, new, name) = (key(from), key(to), to.to_owned());
        self.write(move |inner| {
            let renamed = inner.accounts.transaction(|tree| {
                let abort = ConflictableTransactionError::Abort;
                let Some(bytes) = tree.remove(old.as_slice())? else {
                    return Ok(false);
                };
                let mut record = decode(&bytes).map_err(abort)?;
                record.account.name.clone_from(&name);
                record.epoch = record.epoch.saturating_add(1);
                let bytes = encode(&record).map_err(abort)?;
                if tree.insert(new.as_slice(), bytes)?.is_some() {
                    return Err(abort(StoreError::Taken(name.clone())));
                }
                Ok(true)
            });
            renamed.map_err(|e| match e {
                TransactionError::Abort(error) => error,
                TransactionError::Storage(error) => error.into(),
            })
        })
        .await
    }
}
