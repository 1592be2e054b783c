//! Accounts, by name without regard to case.
use crate::error::StoreError;
use crate::key::MasterKey;
use crate::open::Store;
use crate::{record, seal};
use serde::{Deserialize, Serialize};
use shipyard_model::{Account, Millis};
use sled::transaction::{ConflictableTransactionError, TransactionError};
use zeroize::Zeroizing;

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
    /// What is asked for after the password.
    pub second_factor: Option<SecondFactor>,
    /// Keys of the person's devices, any of which opens the account.
    pub passkeys: Passkeys,
}

/// The passkeys of an account (Web Authentication). They lie sealed in the database: who could put one there without the
/// key file would be in.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Passkeys {
    /// What the devices know the account by: random, and the same for all of its passkeys. `None` before the first.
    pub user: Option<[u8; 16]>,
    /// One for each device or password manager.
    pub keys: Vec<PasskeyRecord>,
}

/// A passkey: its public half, and what its owner calls it.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasskeyRecord {
    /// The device's name for it, in URL-safe base 64.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// The host name that it was made for; it is good under no other.
    pub site: String,
    /// When it was made.
    pub created: Millis,
    /// When it last opened the account.
    pub used: Option<Millis>,
    /// Public key and counter, as the library that checks them writes it.
    pub credential: String,
}

/// The second factor of an account: a secret shared with an app (RFC 6238), and codes for the day the app is lost. It has
/// no `Debug`, and lies sealed in the database.
#[derive(Clone, Serialize, Deserialize)]
pub struct SecondFactor {
    /// The shared secret.
    pub secret: Zeroizing<Vec<u8>>,
    /// SHA-256 of each recovery code that was not used yet.
    pub recovery: Vec<[u8; 32]>,
    /// The newest time step whose code was used: no code is taken twice.
    pub last_step: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    account: Account,
    password_hash: String,
    epoch: u64,
    /// Sealed.
    #[serde(default)]
    second_factor: Option<Vec<u8>>,
    /// Sealed; `None` where there are none.
    #[serde(default)]
    passkeys: Option<Vec<u8>>,
}

const SECOND_FACTOR: &str = "second-factor";
const PASSKEYS: &str = "passkeys";

fn key(name: &str) -> Vec<u8> {
    name.to_lowercase().into_bytes()
}

fn encode(key: &MasterKey, record: &AccountRecord) -> Result<Vec<u8>, StoreError> {
    let seal = |kind, plain| seal::seal(key, kind, &record.account.name, Zeroizing::new(plain));
    let factor = record.second_factor.as_ref().map(record::write).transpose()?;
    let known = record.passkeys.user.is_some().then_some(&record.passkeys);
    let passkeys = known.map(record::write).transpose()?;
    record::write(&Stored {
        account: record.account.clone(),
        password_hash: record.password_hash.clone(),
        epoch: record.epoch,
        second_factor: factor.map(|plain| seal(SECOND_FACTOR, plain)).transpose()?,
        passkeys: passkeys.map(|plain| seal(PASSKEYS, plain)).transpose()?,
    })
}

fn decode(key: &MasterKey, bytes: &[u8]) -> Result<AccountRecord, StoreError> {
    let stored: Stored = record::read("account", bytes)?;
    let open = |kind, sealed| seal::open(key, kind, &stored.account.name, sealed);
    let factor = stored
        .second_factor
        .as_ref()
        .map(|s| open(SECOND_FACTOR, s))
        .transpose()?;
    let factor = factor.map(|plain| record::read("second factor", &plain)).transpose()?;
    let passkeys = stored.passkeys.as_ref().map(|s| open(PASSKEYS, s)).transpose()?;
    let passkeys = passkeys.map(|plain| record::read("passkeys", &plain)).transpose()?;
    Ok(AccountRecord {
        second_factor: factor,
        passkeys: passkeys.unwrap_or_default(),
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
        self.read(move |inner| {
            inner
                .accounts
                .get(key)?
                .map(|bytes| decode(&inner.key, &bytes))
                .transpose()
        })
        .await
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        self.read(|inner| {
            inner
                .accounts
                .iter()
                .values()
                .map(|bytes| decode(&inner.key, &bytes?))
                .collect()
        })
        .await
    }

    /// Keeps an account, new or changed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_account(&self, record: &AccountRecord) -> Result<(), StoreError> {
        let (key, bytes) = (key(&record.account.name), encode(&self.inner.key, record)?);
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
                let mut record = decode(&inner.key, &bytes).map_err(abort)?;
                record.account.name.clone_from(&name);
                record.epoch = record.epoch.saturating_add(1);
                let bytes = encode(&inner.key, &record).map_err(abort)?;
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
