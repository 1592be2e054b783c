//! First passwords that an administrator gives, for scripts of the original's API: they open nothing but the page that
//! changes them, so that nobody goes on with a password that somebody else knows.
use super::{next_epoch, rules};
use crate::fault::store_problem;
use crate::happening;
use crate::{Actor, Yard};
use shipyard_access::check_name;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Account, Grant, Millis, Permission, Preferences, Problem, Secret};
use shipyard_store::{AccountRecord, Passkeys};

impl Yard {
    /// Makes an account with a first password, or gives an account that is there a new one; its grants are left then. What
    /// it has open ends, and the password must be changed before anything else.
    ///
    /// # Errors
    /// 403, also for an account that may do more than the actor; 422: the name, the password, or grants that do not exist.
    pub async fn account_give_password(
        &self,
        actor: &Actor,
        name: &str,
        password: &Secret,
        grants: Vec<Grant>,
    ) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccountManage)?;
        let name = name.trim();
        let is_there = self.inner.accounts.find(name).is_some();
        let (action, happened) = if is_there {
            ("account.reset", "account-link")
        } else {
            ("account.create", "account-created")
        };
        let subject = ActivitySubject::new("account", name);
        let work = async {
            check_name(name, "name")?;
            rules::check(name, password)?;
            let accounts = &self.inner.accounts;
            let password_hash = accounts.hasher.hash(password).await.map_err(|e| e.problem())?;
            if is_there {
                let record = self.manageable(actor, name)?;
                let mut new = AccountRecord {
                    password_hash,
                    epoch: next_epoch(record.epoch),
                    ..(*record).clone()
                };
                new.account.must_change_password = true;
                self.put(inside.store, &record, new).await?;
            } else {
                self.may_give(actor, &grants)?;
                let _turn = accounts.changing.lock().await;
                if accounts.find(name).is_some() {
                    return Err(super::manage::changed_meanwhile());
                }
                let record = AccountRecord {
                    account: Account {
                        name: name.to_owned(),
                        grants,
                        created: Millis::now(),
                        must_change_password: true,
                        disabled: false,
                        preferences: Preferences::default(),
                    },
                    password_hash,
                    epoch: next_epoch(0),
                    second_factor: None,
                    passkeys: Passkeys::default(),
                };
                inside.store.put_account(&record).await.map_err(|e| store_problem(&e))?;
                accounts.keep(record);
            }
            inside.fleet.whole().happened(happening::of(actor, happened, name));
            Ok(())
        };
        self.recorded(actor, action, subject, "first password", work).await
    }
}
