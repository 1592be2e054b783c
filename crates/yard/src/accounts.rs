//! Accounts: signing in, who a session belongs to, changing one's password.
//!
//! A session check costs a look into memory: the yard is the only writer of accounts, so what it holds is what the
//! store holds. Unknown names cost and answer the same as known ones.
pub(crate) mod actor;
mod common;
mod first;
mod given;
mod hash;
mod links;
mod manage;
mod passkeys;
mod password;
mod preferences;
mod reset;
mod rules;
mod second_factor;
pub(crate) mod secret;
pub(crate) mod throttle;
mod tokens;
mod waiting;

use crate::actor::Via;
use crate::fault::store_problem;
use crate::happening;
use crate::open::{FirstPassword, OpenError};
use crate::{Actor, Yard};
use hash::Hasher;
use shipyard_access::{Rights, Rules};
use shipyard_model::access::TokenRow;
use shipyard_model::{Account, Millis, Permission, Problem, Secret, Session};
use shipyard_store::{AccountRecord, Store};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use throttle::{Attempt, Throttle};

pub(crate) use manage::{beyond, has_all};
pub(crate) use passkeys::rows as passkey_rows;
pub use reset::{ResetError, reset_password};
pub(crate) use secret::{base32, bytes as random_bytes};

/// Who a session belongs to.
///
/// Only [`Who::Actor`] opens anything. For [`Who::MustChange`] the server shows the page that changes the password
/// (`/welcome`) and calls [`Yard::change_password`]; every other request of it is refused. [`Who::Nobody`] is signed out.
pub enum Who {
    /// An account that may work.
    Actor(Actor, Account),
    /// An account that must change its password before anything else.
    MustChange(Account),
    /// The account is gone, or its sessions were ended.
    Nobody,
}

/// An account that proved its password. The server puts `account.name` and `epoch` into a session whose id it renews.
pub struct SignedIn {
    /// The account; see [`Account::must_change_password`].
    pub account: Account,
    /// What [`Yard::actor`] wants to see again.
    pub epoch: u64,
    /// Whether a code is asked for before a session may begin: see [`Yard::sign_in_code`].
    pub second_factor: bool,
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Name or password is wrong; which one is not told.
    #[error("the name or the password is wrong")]
    Wrong,
    /// Too many failures; the same for names that exist and names that do not.
    #[error("too many failed attempts")]
    Slow {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too many people sign in at this moment.
    #[error("too many people sign in at this moment")]
    Busy,
    /// A fault of ours.
    #[error("internal")]
    Internal,
}

impl SignInError {
    /// The same for a person.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Wrong => Problem::new(401, "sign-in.wrong", "The name or the password is wrong."),
            Self::Slow { retry_after } => {
                let seconds = retry_after.as_secs().max(1);
                Problem::new(
                    429,
                    "sign-in.slow",
                    format!("Too many failed attempts. Try again in {seconds} s."),
                )
                .arg("seconds", seconds)
            }
            Self::Busy => Problem::new(503, "sign-in.busy", "Too many people sign in at this moment.")
                .hint("Try again in a few seconds."),
            Self::Internal => Problem::internal(),
        }
    }
}

/// The accounts in memory and what guards their passwords.
pub(crate) struct Accounts {
    /// By name in lower case.
    records: RwLock<HashMap<String, Arc<AccountRecord>>>,
    tokens: tokens::Tokens,
    /// Roles and pools.
    rules: RwLock<Arc<Rules>>,
    hasher: Hasher,
    throttle: Mutex<Throttle>,
    /// Second factors that wait for their first code.
    shown: second_factor::Shown,
    /// Passkeys that devices were asked to make or to show.
    asked: passkeys::Asked,
    /// Held while an account or token is changed, so that two changes do not undo each other.
    changing: tokio::sync::Mutex<()>,
    /// Held while a code or passkey is used.
    codes: tokio::sync::Mutex<()>,
    /// Held while roles and pools are changed, and who has them.
    ruling: tokio::sync::Mutex<()>,
}

impl Accounts {
    /// Reads all accounts; makes the first one when there has never been any. Gives its password, if one was made up.
    pub(crate) async fn open(store: &Store, first: &FirstPassword) -> Result<(Self, Option<Secret>), OpenError> {
        let hasher = Hasher::new().map_err(OpenError::Accounts)?;
        let made = first::ensure(store, &hasher, first).await?;
        let records = store.accounts().await?;
        let records = records
            .into_iter()
            .map(|r| (r.account.name.to_lowercase(), Arc::new(r)));
        let accounts = Self {
            records: RwLock::new(records.collect()),
            tokens: tokens::Tokens::new(store.tokens().await?),
            rules: RwLock::new(Arc::new(crate::access::rules(store).await?)),
            hasher,
            throttle: Mutex::new(Throttle::default()),
            shown: second_factor::Shown::default(),
            asked: passkeys::Asked::default(),
            changing: tokio::sync::Mutex::new(()),
            codes: tokio::sync::Mutex::new(()),
            ruling: tokio::sync::Mutex::new(()),
        };
        Ok((accounts, made))
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<AccountRecord>> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.get(&name.to_lowercase()).cloned()
    }

    /// All accounts.
    pub(crate) fn all(&self) -> Vec<Arc<AccountRecord>> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.values().cloned().collect()
    }

    fn keep(&self, record: AccountRecord) -> Arc<AccountRecord> {
        let record = Arc::new(record);
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.insert(record.account.name.to_lowercase(), Arc::clone(&record));
        record
    }

    fn forget(&self, name: &str) {
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.remove(&name.to_lowercase());
    }

    /// Roles and pools as they are now.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Changes of roles, pools, and of who has them, take turns.
    pub(crate) async fn rules_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.ruling.lock().await
    }

    /// Passwords that are hashed or wait for it.
    pub(crate) fn sign_ins_waiting(&self) -> u32 {
        self.hasher.waiting()
    }

    /// Tokens of an account, or of all.
    pub(crate) fn tokens(&self, account: Option<&str>) -> Vec<TokenRow> {
        self.tokens.rows(account)
    }

    /// Changes a record that is still the one that was looked at; `None` when it is not.
    async fn replace(
        &self,
        store: &Store,
        old: &Arc<AccountRecord>,
        new: AccountRecord,
    ) -> Result<Option<Arc<AccountRecord>>, Problem> {
        let _turn = self.changing.lock().await;
        if !self.find(&old.account.name).is_some_and(|now| Arc::ptr_eq(&now, old)) {
            return Ok(None);
        }
        store.put_account(&new).await.map_err(|e| store_problem(&e))?;
        Ok(Some(self.keep(new)))
    }

    /// Counts an attempt as failed until it is known to be better.
    fn begin(&self, name: &str, from: Option<IpAddr>) -> Result<Attempt, SignInError> {
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle
            .begin(name, from, Instant::now())
            .map_err(|retry_after| SignInError::Slow { retry_after })
    }

    fn throttle(&self, then: impl FnOnce(&mut Throttle)) {
        then(&mut self.throttle.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Checks a password against the account's, at the same cost when there is no account.
    async fn prove(
        &self,
        name: &str,
        password: &Secret,
        from: Option<IpAddr>,
    ) -> Result<Arc<AccountRecord>, SignInError> {
        let attempt = self.begin(name, from)?;
        let usable = |record: &Arc<AccountRecord>| !record.account.disabled && !record.password_hash.is_empty();
        let record = self.find(name).filter(usable);
        let hash = record.as_ref().map(|r| r.password_hash.as_str());
        match self.hasher.verify(password, hash).await {
            Ok(good) => match record.filter(|_| good) {
                Some(record) => {
                    self.throttle(|t| t.succeeded(&attempt));
                    Ok(record)
                }
                None => Err(SignInError::Wrong),
            },
            Err(busy) => {
                self.throttle(|t| t.undo(&attempt));
                Err(busy)
            }
        }
    }
}

/// An epoch that was never used before, not even by an account of the same name that is gone.
fn next_epoch(old: u64) -> u64 {
    let now = u64::try_from(Millis::now().0).unwrap_or(0);
    now.saturating_mul(1000).max(old.saturating_add(1))
}

impl Yard {
    /// Signs an account in: names in any case. Slowed after failures for the account and for the address, and bounded in
    /// how much it computes at once.
    ///
    /// # Errors
    /// See [`SignInError`]; an unknown name and a wrong password are the same.
    pub async fn sign_in(&self, name: &str, password: &Secret, from: Option<IpAddr>) -> Result<SignedIn, SignInError> {
        let name = name.trim();
        let accounts = &self.inner.accounts;
        let mut record = accounts.prove(name, password, from).await.inspect_err(|error| {
            // A name that nobody has may be a password in the wrong field: it does not go to the log.
            let known = accounts.find(name).map(|r| r.account.name.clone());
            tracing::warn!(account = known, ?from, %error, "sign-in refused");
            self.inner
                .activity
                .sign_in_refused(known.as_deref(), from, &error.problem());
        })?;
        if accounts.hasher.is_outdated(&record.password_hash) {
            // The password is right and at hand: the only moment to hash it with the parameters of today.
            if let Ok(password_hash) = accounts.hasher.hash(password).await {
                let new = AccountRecord {
                    password_hash,
                    ..(*record).clone()
                };
                let store = self.inner.gate.store_for_authentication();
                if let Ok(Some(new)) = accounts.replace(store, &record, new).await {
                    record = new;
                }
            }
        }
        let second_factor = record.second_factor.is_some();
        if !second_factor {
            self.welcome(&record, from).await;
        }
        Ok(SignedIn {
            account: record.account.clone(),
            epoch: record.epoch,
            second_factor,
        })
    }

    /// Notes that somebody is in.
    async fn welcome(&self, record: &AccountRecord, from: Option<IpAddr>) {
        tracing::info!(account = record.account.name, ?from, "signed in");
        self.inner.activity.signed_in(&record.account.name, from).await;
        if let Who::Actor(actor, account) = self.actor(&record.account.name, record.epoch, from, Some(Millis::now()))
            && let Ok(inside) = self.inner.gate.enter(&actor, Permission::OwnAccount)
        {
            inside
                .fleet
                .whole()
                .happened(happening::of(&actor, "signed-in", &account.name));
        }
    }

    /// Proves anew who somebody is (step-up): by the password, or by a code when the account has a second factor. Put the
    /// moment into the session that asked, and renew its id.
    ///
    /// # Errors
    /// 422 `proof.wrong`; the problems of [`SignInError`] otherwise. Slowed after failures as sign-in is.
    pub async fn prove(&self, actor: &Actor, proof: &Secret) -> Result<(), Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let accounts = &self.inner.accounts;
        let record = self.own_record(actor)?;
        let code = proof.reveal().trim();
        let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let done = if record.second_factor.is_some() && is_code {
            self.use_code(&record, proof, actor.from()).await
        } else {
            accounts.prove(actor.account(), proof, actor.from()).await.map(|_| ())
        };
        done.map_err(|error| match error {
            SignInError::Wrong => Problem::new(422, "proof.wrong", "The password or code is wrong.").field("proof"),
            other => other.problem(),
        })
    }

    /// The actor's own account.
    pub(crate) fn own_record(&self, actor: &Actor) -> Result<Arc<AccountRecord>, Problem> {
        let record = self.inner.accounts.find(actor.account());
        record.ok_or_else(|| Problem::not_found("account", actor.account()))
    }

    /// Refuses who did not prove within the last ten minutes that it is them.
    pub(crate) fn fresh(&self, actor: &Actor) -> Result<(), Problem> {
        crate::gate::fresh(actor)
    }

    /// Who the session of an account is, from memory: to be asked at every request, and again now and then for a
    /// connection that stays open. `epoch` is the one of [`SignedIn`], `proved` the moment of the newest sign-in or
    /// [`Yard::prove`] of the session.
    pub fn actor(&self, account: &str, epoch: u64, from: Option<IpAddr>, proved: Option<Millis>) -> Who {
        let accounts = &self.inner.accounts;
        let Some(record) = accounts
            .find(account)
            .filter(|r| r.epoch == epoch && !r.account.disabled)
        else {
            return Who::Nobody;
        };
        let account = record.account.clone();
        if account.must_change_password {
            return Who::MustChange(account);
        }
        let rights = Rights::of(&account.grants, &accounts.rules());
        let via = Via::Session { proved };
        Who::Actor(Actor::new(&account, rights, from, via), account)
    }

    /// What a page may know of who is signed in.
    pub fn session(&self, actor: &Actor) -> Session {
        Session {
            account: actor.account().to_owned(),
            role: actor.rights().roles(),
            may: Permission::ALL.into_iter().filter(|p| actor.may(*p)).collect(),
        }
    }
}
