//! Accounts: signing in, who a session belongs to, changing one's password.
//!
//! A session check costs a look into memory: the yard is the only writer of accounts, so what it holds is what the
//! store holds. Unknown names cost and answer the same as known ones.
mod common;
mod first;
mod hash;
mod rules;
mod throttle;

use crate::activity::person;
use crate::fault::store_problem;
use crate::happening;
use crate::open::{FirstPassword, OpenError};
use crate::{Actor, Yard};
use hash::Hasher;
use shipyard_access::Role;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Account, Millis, Permission, Problem, Secret, Session};
use shipyard_store::{AccountRecord, Store};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use throttle::{Attempt, Throttle};

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
    hasher: Hasher,
    throttle: Mutex<Throttle>,
    /// Held while an account is changed, so that two changes do not undo each other.
    changing: tokio::sync::Mutex<()>,
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
            hasher,
            throttle: Mutex::new(Throttle::default()),
            changing: tokio::sync::Mutex::new(()),
        };
        Ok((accounts, made))
    }

    fn find(&self, name: &str) -> Option<Arc<AccountRecord>> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.get(&name.to_lowercase()).cloned()
    }

    /// Changes a record that is still the one that was looked at; `None` when it is not.
    async fn replace(
        &self,
        store: &Store,
        old: &AccountRecord,
        new: AccountRecord,
    ) -> Result<Option<Arc<AccountRecord>>, Problem> {
        let _turn = self.changing.lock().await;
        let same = |now: &AccountRecord| now.epoch == old.epoch && now.password_hash == old.password_hash;
        if !self.find(&old.account.name).is_some_and(|now| same(&now)) {
            return Ok(None);
        }
        store.put_account(&new).await.map_err(|e| store_problem(&e))?;
        let new = Arc::new(new);
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.insert(new.account.name.to_lowercase(), Arc::clone(&new));
        Ok(Some(new))
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
        let record = self.find(name);
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
        tracing::info!(account = record.account.name, ?from, "signed in");
        self.inner.activity.signed_in(&record.account.name, from).await;
        if let Who::Actor(actor, account) = self.actor(&record.account.name, record.epoch, from)
            && let Ok(inside) = self.inner.gate.enter(&actor, Permission::OwnAccount)
        {
            inside.fleet.happened(happening::of(&actor, "signed-in", &account.name));
        }
        Ok(SignedIn {
            account: record.account.clone(),
            epoch: record.epoch,
        })
    }

    /// Who the session of an account is, from memory: to be asked at every request, and again now and then for a
    /// connection that stays open. `epoch` is the one of [`SignedIn`].
    pub fn actor(&self, account: &str, epoch: u64, from: Option<IpAddr>) -> Who {
        let Some(record) = self.inner.accounts.find(account).filter(|r| r.epoch == epoch) else {
            return Who::Nobody;
        };
        let account = record.account.clone();
        if account.must_change_password {
            return Who::MustChange(account);
        }
        match account.role.parse::<Role>() {
            Ok(role) => Who::Actor(Actor::new(account.name.clone(), role, from), account),
            Err(error) => {
                tracing::error!(account = account.name, %error, "an account with a role that does not exist");
                Who::Nobody
            }
        }
    }

    /// Changes the password of the account of an authenticated session, one that must change it included, and ends all
    /// its other sessions: put the new epoch into the session that asked, and renew its id.
    ///
    /// # Errors
    /// Problems with `field` = `current` or `new`; the current password's failures slow down as sign-in does.
    pub async fn change_password(&self, account: &str, current: &Secret, new: &Secret) -> Result<SignedIn, Problem> {
        let accounts = &self.inner.accounts;
        let record = match accounts.prove(account, current, None).await {
            Ok(record) => record,
            Err(error) => {
                let problem = match error {
                    SignInError::Wrong => {
                        Problem::new(422, "password.current-wrong", "The current password is wrong.").field("current")
                    }
                    error => error.problem(),
                };
                self.inner.activity.sign_in_refused(Some(account), None, &problem);
                return Err(problem);
            }
        };
        let (who, subject) = (
            person(&record.account.name, None),
            ActivitySubject::new("account", account),
        );
        let intent = self.inner.activity.begin(who, "account.password", subject, "").await?;
        intent.outcome(self.set_password(&record, current, new).await).await
    }

    async fn set_password(&self, record: &AccountRecord, current: &Secret, new: &Secret) -> Result<SignedIn, Problem> {
        let accounts = &self.inner.accounts;
        rules::check(&record.account.name, new)?;
        if current.reveal() == new.reveal() {
            return Err(
                Problem::new(422, "password.same", "The new password is the current one.")
                    .hint("Choose another.")
                    .field("new"),
            );
        }
        let password_hash = accounts.hasher.hash(new).await.map_err(|e| e.problem())?;
        let mut changed = AccountRecord {
            password_hash,
            epoch: next_epoch(record.epoch),
            account: record.account.clone(),
        };
        changed.account.must_change_password = false;
        let store = self.inner.gate.store_for_authentication();
        let Some(done) = accounts.replace(store, record, changed).await? else {
            return Err(
                Problem::new(409, "password.changed-meanwhile", "The password was changed meanwhile.")
                    .hint("Sign in with the new one."),
            );
        };
        tracing::info!(
            account = done.account.name,
            "password changed; its other sessions ended"
        );
        Ok(SignedIn {
            account: done.account.clone(),
            epoch: done.epoch,
        })
    }

    /// What a page may know of who is signed in.
    pub fn session(&self, actor: &Actor) -> Session {
        Session {
            account: actor.account().to_owned(),
            role: actor.role().name().to_owned(),
            may: shipyard_access::permissions(actor.role()),
        }
    }
}
