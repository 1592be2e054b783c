//! Changing one's own password.
use super::{SignInError, SignedIn, next_epoch, rules};
use crate::Yard;
use crate::activity::person;
use crate::actor::{is_fresh, step_up};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Millis, Problem, Secret};
use shipyard_store::AccountRecord;
use std::net::IpAddr;
use std::sync::Arc;

impl Yard {
    /// Changes the password of the account of an authenticated session, one that must change it included, and ends all
    /// its other sessions: put the new epoch into the session that asked, and renew its id.
    ///
    /// # Errors
    /// Problems with `field` = `current` or `new`; the current password's failures slow down as sign-in does.
    pub async fn change_password(
        &self,
        account: &str,
        current: &Secret,
        new: &Secret,
        from: Option<IpAddr>,
    ) -> Result<SignedIn, Problem> {
        let accounts = &self.inner.accounts;
        let record = match accounts.prove(account, current, from).await {
            Ok(record) => record,
            Err(error) => {
                let problem = match error {
                    SignInError::Wrong => {
                        Problem::new(422, "password.current-wrong", "The current password is wrong.").field("current")
                    }
                    error => error.problem(),
                };
                self.inner.activity.sign_in_refused(Some(account), from, &problem);
                return Err(problem);
            }
        };
        let (who, subject) = (
            person(&record.account.name, from),
            ActivitySubject::new("account", account),
        );
        let intent = self.inner.activity.begin(who, "account.password", subject, "").await?;
        intent
            .outcome(self.set_password(&record, Some(current), new).await)
            .await
    }

    /// The same for a session whose password or code was given within the last ten minutes, at `proved`, and is not asked
    /// for again: the original's API sends the new password alone.
    ///
    /// # Errors
    /// 403 `step-up`; 422 with `field` = `new`.
    pub async fn change_password_proved(
        &self,
        account: &str,
        epoch: u64,
        proved: Millis,
        new: &Secret,
        from: Option<IpAddr>,
    ) -> Result<SignedIn, Problem> {
        let record = self.inner.accounts.find(account);
        let record = record.filter(|record| record.epoch == epoch && !record.account.disabled);
        let record = record.ok_or_else(Problem::forbidden)?;
        if !is_fresh(proved, Millis::now()) {
            return Err(step_up());
        }
        let who = person(&record.account.name, from);
        let subject = ActivitySubject::new("account", account);
        let intent = self.inner.activity.begin(who, "account.password", subject, "").await?;
        intent.outcome(self.set_password(&record, None, new).await).await
    }

    async fn set_password(
        &self,
        record: &Arc<AccountRecord>,
        current: Option<&Secret>,
        new: &Secret,
    ) -> Result<SignedIn, Problem> {
        let accounts = &self.inner.accounts;
        rules::check(&record.account.name, new)?;
        if current.is_some_and(|current| current.reveal() == new.reveal()) {
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
            ..(**record).clone()
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
            second_factor: false,
        })
    }
}
