//! Tokens: what machines sign in with. Shown once, kept as a hash, never more than what their owner may do at the
//! moment they are used.
use super::secret;
use crate::actor::Via;
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_access::{Rights, check_grants};
use shipyard_model::access::{NewToken, ShownOnce, TokenRow};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::webhook::WebhookKeyRow;
use shipyard_model::{Grant, Millis, Permission, Problem, Secret};
use shipyard_store::TokenRecord;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq;

/// How every token begins, so that scanners of leaked secrets can know one.
const PREFIX: &str = "shp_";
/// Most tokens of one account.
const MOST: usize = 100;
/// Longest life in days.
const MOST_DAYS: u16 = 730;
/// A use is written down at most this often.
const NOTED_EVERY_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Tokens in memory, by id.
pub(super) struct Tokens(RwLock<HashMap<String, Arc<TokenRecord>>>);

impl Tokens {
    pub(super) fn new(records: Vec<TokenRecord>) -> Self {
        let by_id = records
            .into_iter()
            .map(|record| (record.row.id.clone(), Arc::new(record)));
        Self(RwLock::new(by_id.collect()))
    }

    fn get(&self, id: &str) -> Option<Arc<TokenRecord>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn put(&self, record: TokenRecord) {
        let mut tokens = self.0.write().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(record.row.id.clone(), Arc::new(record));
    }

    fn remove(&self, id: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Those of an account (of all with `None`), the newest first.
    pub(super) fn rows(&self, account: Option<&str>) -> Vec<TokenRow> {
        let tokens = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut rows: Vec<_> = tokens
            .values()
            .filter(|token| account.is_none_or(|account| token.row.account == account))
            .map(|token| token.row.clone())
            .collect();
        rows.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        rows
    }
}

impl super::Accounts {
    /// The grants that a token is bounded by; `None` for one that may do what its owner may. One that is gone bounds to
    /// nothing.
    pub(crate) fn bounds_of_token(&self, id: &str) -> Option<Vec<Grant>> {
        match self.tokens.get(id) {
            Some(token) if token.row.grants.is_empty() => None,
            Some(token) => Some(token.row.grants.clone()),
            None => Some(Vec::new()),
        }
    }

    /// An account as a machine, as a token of it would be: for what it has done in its absence. `since` is when the account
    /// was made, `id` names the machine, `narrow` says how far it may go of what the account may now. `None` when it is gone,
    /// another one, or may not sign in.
    pub(crate) fn machine_of(
        &self,
        account: &str,
        since: Millis,
        id: &str,
        narrow: impl FnOnce(Rights) -> Rights,
    ) -> Option<Actor> {
        let owner = self.find(account).filter(|owner| {
            owner.account.created == since && !owner.account.disabled && !owner.account.must_change_password
        })?;
        let rights = narrow(Rights::of(&owner.account.grants, &self.rules()).of_machine());
        let via = Via::Token { id: id.to_owned() };
        Some(Actor::new(&owner.account, rights, None, via))
    }

    /// Who a webhook key acts for: its maker, who may do no more by it than roll, and that only as far as they may at the
    /// moment. `None` when they may not sign in, or are not the one who made it.
    pub(crate) fn keyholder(&self, key: &WebhookKeyRow, from: Option<IpAddr>) -> Option<Actor> {
        let owner = self.find(&key.account).filter(|owner| {
            owner.account.created <= key.created && !owner.account.disabled && !owner.account.must_change_password
        })?;
        let rights = Rights::of(&owner.account.grants, &self.rules()).of_machine();
        let via = Via::Token {
            id: format!("webhook {}", key.id),
        };
        let rights = rights.only(&[Permission::Deploy]);
        Some(Actor::new(&owner.account, rights, from, via))
    }
}

/// The id and secret of `shp_<id>_<secret>`.
fn parts(text: &str) -> Option<(&str, &str)> {
    text.trim().strip_prefix(PREFIX)?.split_once('_')
}

impl Yard {
    /// Who a token acts for, from memory; to be asked at every request, and again now and then for a connection that
    /// stays open. `None` when it is wrong, ended or revoked, or its owner may not sign in; which one is not told.
    pub fn token_actor(&self, text: &Secret, from: Option<IpAddr>) -> Option<Actor> {
        let (id, secret) = parts(text.reveal())?;
        let accounts = &self.inner.accounts;
        let token = accounts.tokens.get(id)?;
        let same: bool = token.hash.ct_eq(&TokenRecord::hash(secret.as_bytes())).into();
        if !same || token.row.expires <= Millis::now() {
            return None;
        }
        let owner = accounts
            .find(&token.row.account)
            .filter(|owner| !owner.account.disabled && !owner.account.must_change_password)?;
        let rules = accounts.rules();
        let mut rights = Rights::of(&owner.account.grants, &rules);
        if !token.row.grants.is_empty() {
            rights = rights.and(&Rights::of(&token.row.grants, &rules));
        }
        self.note_use(&token);
        let via = Via::Token { id: id.to_owned() };
        Some(Actor::new(&owner.account, rights.of_machine(), from, via))
    }

    /// Writes the use of a token down, beside the request and at most once a minute.
    fn note_use(&self, token: &Arc<TokenRecord>) {
        let now = Millis::now();
        if token.row.used.is_some_and(|used| now.since(used) < NOTED_EVERY_MS) {
            return;
        }
        let mut noted = (**token).clone();
        noted.row.used = Some(now);
        self.inner.accounts.tokens.put(noted.clone());
        let yard = self.clone();
        tokio::spawn(async move {
            let _turn = yard.inner.accounts.changing.lock().await;
            // Revoked meanwhile: then it stays so.
            if yard.inner.accounts.tokens.get(&noted.row.id).is_some() {
                let store = yard.inner.gate.store_for_authentication();
                if let Err(error) = store.put_token(&noted).await {
                    tracing::warn!(%error, "the use of a token could not be noted");
                }
            }
        });
    }

    /// Makes a token of one's own account. Its text is in the answer and nowhere else.
    ///
    /// # Errors
    /// 403, for tokens themselves too; 422: no description, days out of range, grants that do not exist; 409 when there
    /// are too many.
    pub async fn token_create(&self, actor: &Actor, new: NewToken) -> Result<ShownOnce, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let subject = ActivitySubject::new("token", new.description.clone());
        let work = async {
            self.fresh(actor)?;
            let description = new.description.trim();
            if description.is_empty() || description.chars().count() > 200 {
                return Err(Problem::new(
                    422,
                    "token.description",
                    "Say what the token is for, in at most 200 letters.",
                )
                .field("description"));
            }
            if new.days == 0 || new.days > MOST_DAYS {
                return Err(
                    Problem::new(422, "token.days", format!("A token ends after 1 to {MOST_DAYS} days."))
                        .arg("most", MOST_DAYS)
                        .field("days"),
                );
            }
            let accounts = &self.inner.accounts;
            check_grants(&new.grants, &accounts.rules())?;
            let _turn = accounts.changing.lock().await;
            if accounts.tokens.rows(Some(actor.account())).len() >= MOST {
                return Err(Problem::new(409, "token.too-many", format!("You have {MOST} tokens."))
                    .hint("Revoke those that are not needed.")
                    .arg("most", MOST));
            }
            let id: String = secret::random()?.chars().take(12).collect();
            let secret = secret::random()?;
            let created = Millis::now();
            let expires = Millis(created.0.saturating_add(i64::from(new.days) * DAY_MS));
            let record = TokenRecord {
                hash: TokenRecord::hash(secret.as_bytes()),
                row: TokenRow {
                    id: id.clone(),
                    account: actor.account().to_owned(),
                    description: description.to_owned(),
                    grants: new.grants,
                    created,
                    expires,
                    used: None,
                },
            };
            inside.store.put_token(&record).await.map_err(|e| store_problem(&e))?;
            accounts.tokens.put(record);
            tracing::info!(account = actor.account(), token = id, "token made");
            Ok(ShownOnce {
                text: format!("{PREFIX}{id}_{secret}"),
                expires,
            })
        };
        self.recorded(actor, "token.create", subject, "", work).await
    }

    /// Revokes a token: one's own, or anybody's with the permission to manage accounts. What it has open ends within a
    /// second.
    ///
    /// # Errors
    /// 403; 404, also for a token of somebody else.
    pub async fn token_revoke(&self, actor: &Actor, id: &str) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let subject = ActivitySubject::new("token", id);
        // What it was for, told to whoever may see it.
        let token = self.inner.accounts.tokens.get(id);
        let sees = |row: &TokenRow| row.account == actor.account() || actor.may(Permission::AccountManage);
        let told = token.map(|token| token.row.clone()).filter(sees);
        let told = told.map(|row| row.description).unwrap_or_default();
        let work = async {
            let accounts = &self.inner.accounts;
            let _turn = accounts.changing.lock().await;
            let none = || Problem::not_found("token", id);
            let token = accounts.tokens.get(id).ok_or_else(none)?;
            if token.row.account != actor.account() {
                if !actor.may(Permission::AccountManage) {
                    return Err(none());
                }
                self.inner.gate.enter(actor, Permission::AccountManage)?;
            }
            accounts.tokens.remove(id);
            inside.store.remove_token(id).await.map_err(|e| store_problem(&e))?;
            tracing::info!(account = actor.account(), token = id, "token revoked");
            Ok(())
        };
        self.recorded(actor, "token.revoke", subject, &told, work).await
    }

    /// Removes all tokens of an account that is removed. The caller holds the turn.
    pub(super) async fn remove_tokens(&self, account: &str) -> Result<(), Problem> {
        let store = self.inner.gate.store_for_authentication();
        for row in self.inner.accounts.tokens.rows(Some(account)) {
            self.inner.accounts.tokens.remove(&row.id);
            store.remove_token(&row.id).await.map_err(|e| store_problem(&e))?;
        }
        Ok(())
    }
}
