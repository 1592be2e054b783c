//! Accounts of others: made by invitation, given grants, disabled, removed. Nobody gives or takes over more than they
//! have themselves, and the last one who can is never shut out.
use super::{links, next_epoch};
use crate::fault::store_problem;
use crate::happening;
use crate::{Actor, Yard, templates};
use shipyard_access::{Rights, Rules, check_grants, check_name};
use shipyard_model::access::{AccountRow, ShownOnce};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Account, Grant, Millis, Narrow, Permission, Preferences, Problem};
use shipyard_store::{AccountRecord, Passkeys};
use std::sync::Arc;

fn none(name: &str) -> Problem {
    Problem::not_found("account", name)
}

pub(super) fn changed_meanwhile() -> Problem {
    Problem::new(409, "account.changed-meanwhile", "The account was changed meanwhile.").hint("Look at it again.")
}

/// Whether somebody has everything that these grants give, everywhere.
fn covers(actor: &Actor, grants: &[Grant], rules: &Rules) -> bool {
    has_all(actor, &Rights::of(grants, rules).permissions())
}

/// Whether somebody has all of these everywhere. One's own account is everybody's.
pub(crate) fn has_all(actor: &Actor, permissions: &[Permission]) -> bool {
    let mut others = permissions.iter().filter(|one| **one != Permission::OwnAccount);
    others.all(|permission| actor.rights().scope(*permission).is_whole())
}

/// Grants in words, for the record of activity.
fn told(grants: &[Grant]) -> String {
    let one = |grant: &Grant| {
        let pool = grant
            .pool
            .as_ref()
            .map(|pool| format!(" on {pool}"))
            .unwrap_or_default();
        let narrow = match &grant.narrow {
            None => String::new(),
            Some(Narrow::Stack(stack)) => format!(" · stack {stack}"),
            Some(Narrow::Label { key, value }) => format!(" · {key}={value}"),
        };
        format!("{}{pool}{narrow}", grant.role)
    };
    grants.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(crate) fn beyond() -> Problem {
    Problem::new(
        403,
        "access.beyond-own",
        "This account or grant allows more than you may do yourself.",
    )
    .hint("Ask an administrator.")
}

impl Yard {
    /// Makes an account with no password and gives the path of its invitation, which is shown once.
    ///
    /// # Errors
    /// 403; 409 `account.taken`; 422: the name, or grants that do not exist.
    pub async fn account_create(&self, actor: &Actor, name: &str, grants: Vec<Grant>) -> Result<ShownOnce, Problem> {
        let told = told(&grants);
        let inside = self.inner.gate.enter(actor, Permission::AccountManage)?;
        let subject = ActivitySubject::new("account", name);
        let work = async {
            let name = name.trim();
            check_name(name, "name")?;
            self.may_give(actor, &grants)?;
            let accounts = &self.inner.accounts;
            let _turn = accounts.changing.lock().await;
            if accounts.find(name).is_some() {
                return Err(
                    Problem::new(409, "account.taken", format!("There is an account “{name}” already."))
                        .hint("Choose another name.")
                        .arg("name", name)
                        .field("name"),
                );
            }
            let record = AccountRecord {
                account: Account {
                    name: name.to_owned(),
                    grants,
                    created: Millis::now(),
                    must_change_password: false,
                    disabled: false,
                    preferences: Preferences::default(),
                },
                password_hash: String::new(),
                epoch: next_epoch(0),
                second_factor: None,
                passkeys: Passkeys::default(),
            };
            let link = links::make(inside.store, &record).await?;
            inside.store.put_account(&record).await.map_err(|e| store_problem(&e))?;
            accounts.keep(record);
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "account-created", name));
            Ok(link)
        };
        self.recorded(actor, "account.create", subject, &told, work).await
    }

    /// Makes a link by which an account sets a new password, and then has no second factor any more. Its password and
    /// sessions hold until the link is used.
    ///
    /// # Errors
    /// 403, also for an account that may do more than the actor; 404.
    pub async fn account_link(&self, actor: &Actor, name: &str) -> Result<ShownOnce, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccountManage)?;
        let subject = ActivitySubject::new("account", name);
        let work = async {
            let record = self.manageable(actor, name)?;
            let link = links::make(inside.store, &record).await?;
            let name = &record.account.name;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "account-link", name));
            Ok(link)
        };
        self.recorded(actor, "account.link", subject, "", work).await
    }

    /// Lets an account sign in or not. Disabled, its sessions, tokens and streams end within a second.
    ///
    /// # Errors
    /// 403; 404; 409 `account.last` when nobody would be left who manages accounts and grants.
    pub async fn account_disable(&self, actor: &Actor, name: &str, disabled: bool) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccountManage)?;
        let subject = ActivitySubject::new("account", name);
        let work = async {
            let _turn = self.inner.accounts.rules_turn().await;
            let record = self.manageable(actor, name)?;
            // Said again, it changes nothing, and ends no session.
            if record.account.disabled == disabled {
                return Ok(());
            }
            let mut new = AccountRecord {
                epoch: next_epoch(record.epoch),
                ..(*record).clone()
            };
            new.account.disabled = disabled;
            self.still_managed(&record, Some(&new))?;
            self.put(inside.store, &record, new).await?;
            let what = if disabled {
                "account-disabled"
            } else {
                "account-enabled"
            };
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, what, &record.account.name));
            Ok(())
        };
        self.recorded(
            actor,
            "account.disable",
            subject,
            if disabled { "disabled" } else { "enabled" },
            work,
        )
        .await
    }

    /// Ends all sessions of an account; its tokens stay.
    ///
    /// # Errors
    /// 403; 404.
    pub async fn account_sign_out(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccountManage)?;
        let subject = ActivitySubject::new("account", name);
        let work = async {
            let record = self.manageable(actor, name)?;
            let new = AccountRecord {
                epoch: next_epoch(record.epoch),
                ..(*record).clone()
            };
            self.put(inside.store, &record, new).await?;
            let name = &record.account.name;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "account-signed-out", name));
            Ok(())
        };
        self.recorded(actor, "account.sign-out", subject, "", work).await
    }

    /// Removes an account with its tokens, links and sessions.
    ///
    /// # Errors
    /// 403; 404; 409 `account.last`.
    pub async fn account_remove(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccountManage)?;
        let subject = ActivitySubject::new("account", name);
        let work = async {
            let _rules = self.inner.accounts.rules_turn().await;
            let record = self.manageable(actor, name)?;
            let accounts = &self.inner.accounts;
            let _turn = accounts.changing.lock().await;
            self.still_managed(&record, None)?;
            let name = &record.account.name;
            accounts.forget(name);
            inside.store.remove_account(name).await.map_err(|e| store_problem(&e))?;
            inside.store.remove_links(name).await.map_err(|e| store_problem(&e))?;
            self.remove_tokens(name).await?;
            self.webhooks_remove_of(name).await?;
            templates::remove_of(inside.store, name).await?;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "account-removed", name));
            Ok(())
        };
        self.recorded(actor, "account.remove", subject, "", work).await
    }

    /// Gives an account these grants in place of those that it has.
    ///
    /// # Errors
    /// 403, also when they are more than the actor has; 404; 409 `account.last`; 422 grants that do not exist.
    pub async fn account_grants(&self, actor: &Actor, name: &str, grants: Vec<Grant>) -> Result<(), Problem> {
        let told = told(&grants);
        let inside = self.inner.gate.enter(actor, Permission::GrantManage)?;
        let subject = ActivitySubject::new("account", name);
        let work = async {
            let _turn = self.inner.accounts.rules_turn().await;
            self.may_give(actor, &grants)?;
            let record = self.manageable(actor, name)?;
            let mut new = (*record).clone();
            new.account.grants = grants;
            self.still_managed(&record, Some(&new))?;
            self.put(inside.store, &record, new).await?;
            let name = &record.account.name;
            inside
                .fleet
                .whole()
                .happened(happening::of(actor, "account-grants", name));
            Ok(())
        };
        self.recorded(actor, "account.grants", subject, &told, work).await
    }

    /// Accounts as a list shows them.
    pub(crate) fn account_rows(&self) -> Vec<AccountRow> {
        let accounts = &self.inner.accounts;
        let tokens = accounts.tokens.rows(None);
        let mut rows: Vec<_> = accounts
            .all()
            .iter()
            .map(|record| AccountRow {
                name: record.account.name.clone(),
                grants: record.account.grants.clone(),
                created: record.account.created,
                disabled: record.account.disabled,
                ready: !record.password_hash.is_empty(),
                two_factor: record.second_factor.is_some(),
                tokens: u32::try_from(tokens.iter().filter(|t| t.account == record.account.name).count()).unwrap_or(0),
            })
            .collect();
        rows.sort_by_key(|row| row.name.to_lowercase());
        rows
    }

    pub(super) fn may_give(&self, actor: &Actor, grants: &[Grant]) -> Result<(), Problem> {
        let rules = self.inner.accounts.rules();
        check_grants(grants, &rules)?;
        if grants.is_empty() {
            return Ok(());
        }
        self.inner.gate.enter(actor, Permission::GrantManage)?;
        if covers(actor, grants, &rules) {
            Ok(())
        } else {
            Err(beyond())
        }
    }

    /// The account of that name, if the actor may do all that it may.
    pub(super) fn manageable(&self, actor: &Actor, name: &str) -> Result<Arc<AccountRecord>, Problem> {
        let accounts = &self.inner.accounts;
        let record = accounts.find(name).ok_or_else(|| none(name))?;
        if covers(actor, &record.account.grants, &accounts.rules()) {
            Ok(record)
        } else {
            Err(beyond())
        }
    }

    pub(super) async fn put(
        &self,
        store: &shipyard_store::Store,
        old: &Arc<AccountRecord>,
        new: AccountRecord,
    ) -> Result<(), Problem> {
        let done = self.inner.accounts.replace(store, old, new).await?;
        done.map(|_| ()).ok_or_else(changed_meanwhile)
    }

    /// Refuses a change of an account after which nobody could manage accounts and grants. The caller holds the turn of
    /// such changes: two administrators who disable each other at once would both find the other.
    fn still_managed(&self, old: &AccountRecord, new: Option<&AccountRecord>) -> Result<(), Problem> {
        let rules = self.inner.accounts.rules();
        let all = self.inner.accounts.all();
        let others = all.iter().filter(|record| record.account.name != old.account.name);
        let left = others
            .map(|record| &**record)
            .chain(new)
            .any(|record| manages(record, &rules));
        if left || !manages(old, &rules) {
            Ok(())
        } else {
            Err(last())
        }
    }

    /// Refuses roles with which nobody could manage accounts and grants. The caller holds the turn.
    pub(crate) fn still_managed_by(&self, rules: &Rules) -> Result<(), Problem> {
        let all = self.inner.accounts.all();
        if all.iter().any(|record| manages(record, rules)) {
            Ok(())
        } else {
            Err(last())
        }
    }
}

/// Whether an account can give others theirs.
fn manages(record: &AccountRecord, rules: &Rules) -> bool {
    let rights = Rights::of(&record.account.grants, rules);
    let can = |permission| !rights.scope(permission).is_empty();
    !record.account.disabled
        && !record.password_hash.is_empty()
        && can(Permission::AccountManage)
        && can(Permission::GrantManage)
}

fn last() -> Problem {
    let what = "Nobody else could manage accounts and grants then.";
    Problem::new(409, "account.last", what).hint("Give another account the role admin first.")
}
