//! One-time links: an invitation, or a way back in. Whoever opens one sets the account's password, so that no
//! administrator ever knows it.
use super::{next_epoch, rules, secret};
use crate::activity::person;
use crate::fault::store_problem;
use crate::{SignedIn, Yard};
use shipyard_model::access::ShownOnce;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Millis, Problem, Secret};
use shipyard_store::{AccountRecord, LinkKey, LinkRecord, Passkeys, Store};
use std::net::IpAddr;

/// How long a link holds.
const HOLDS_MS: i64 = 72 * 3600 * 1000;

/// Makes a link for an account; earlier ones of it end.
pub(super) async fn make(store: &Store, record: &AccountRecord) -> Result<ShownOnce, Problem> {
    let secret = secret::random()?;
    let expires = Millis(Millis::now().0.saturating_add(HOLDS_MS));
    let link = LinkRecord {
        account: record.account.name.clone(),
        epoch: record.epoch,
        expires,
    };
    let kept = async {
        store.remove_links(&link.account).await?;
        store.put_link(LinkKey::of(secret.as_bytes()), &link).await
    };
    kept.await.map_err(|e| store_problem(&e))?;
    // After the `#`: a browser sends that part to nobody, so it is in no log and no referrer.
    Ok(ShownOnce {
        text: format!("/join#{secret}"),
        expires,
    })
}

fn gone() -> Problem {
    Problem::new(410, "link.gone", "This link was used, has ended, or was replaced.")
        .hint("Ask an administrator for a new one.")
}

impl Yard {
    /// Whose password a link sets; the link stays.
    ///
    /// # Errors
    /// 410 `link.gone`.
    pub async fn link_account(&self, link: &Secret) -> Result<String, Problem> {
        let store = self.inner.gate.store_for_authentication();
        let found = store.link(LinkKey::of(link.reveal().as_bytes())).await;
        let found = found.map_err(|e| store_problem(&e))?;
        let holds = |link: &LinkRecord| {
            self.inner
                .accounts
                .find(&link.account)
                .is_some_and(|r| r.epoch == link.epoch && !r.account.disabled)
        };
        found.filter(holds).map(|link| link.account).ok_or_else(gone)
    }

    /// Sets the password of a link's account and uses the link up; of two who try at once one succeeds. Sessions of the
    /// account end, and so does its second factor when the link was made to get back in without it.
    ///
    /// # Errors
    /// 410 `link.gone`; a password that is no good, and then the link stays.
    pub async fn link_use(&self, link: &Secret, new: &Secret, from: Option<IpAddr>) -> Result<SignedIn, Problem> {
        let account = self.link_account(link).await?;
        rules::check(&account, new)?;
        let accounts = &self.inner.accounts;
        let store = self.inner.gate.store_for_authentication();
        let password_hash = accounts.hasher.hash(new).await.map_err(|e| e.problem())?;
        let taken = store.take_link(LinkKey::of(link.reveal().as_bytes())).await;
        let taken = taken.map_err(|e| store_problem(&e))?.ok_or_else(gone)?;
        let record = accounts
            .find(&taken.account)
            .filter(|record| record.epoch == taken.epoch && !record.account.disabled)
            .ok_or_else(gone)?;
        let subject = ActivitySubject::new("account", taken.account.clone());
        let intent = self
            .inner
            .activity
            .begin(person(&taken.account, from), "account.join", subject, "")
            .await?;
        let mut changed = AccountRecord {
            password_hash,
            epoch: next_epoch(record.epoch),
            ..(*record).clone()
        };
        changed.account.must_change_password = false;
        changed.second_factor = None;
        changed.passkeys = Passkeys::default();
        let done = accounts.replace(store, &record, changed).await;
        let done = intent.outcome(done.and_then(|done| done.ok_or_else(gone))).await?;
        tracing::info!(account = done.account.name, "password set by a link");
        Ok(SignedIn {
            account: done.account.clone(),
            epoch: done.epoch,
            second_factor: false,
        })
    }
}
