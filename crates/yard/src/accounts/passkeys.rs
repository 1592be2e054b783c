//! Passkeys (Web Authentication, W3C): a device proves that it holds a key, after it has made sure of its owner. So one
//! passkey is both factors at once. It is bound to the host name that it was made for, and no other site can ask for it.
//!
//! There is nothing to guess, so failures are not slowed down as those of passwords are.
use super::waiting::Waiting;
use super::{SignInError, SignedIn, secret};
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_model::access::{PasskeyQuestion, PasskeyRow};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Millis, Permission, Problem};
use shipyard_store::{AccountRecord, PasskeyRecord, Passkeys, StoreError};
use std::net::IpAddr;
use std::sync::Arc;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url,
    Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

/// Passkeys that one account may have.
const MOST: usize = 20;
/// Letters of a name.
const NAME: usize = 64;

/// What devices were asked and have not answered yet: keys to make, by account, and keys to show, by a random name.
#[derive(Default)]
pub(super) struct Asked {
    /// With the host and the owner's name for it.
    making: Waiting<(String, String, PasskeyRegistration)>,
    /// With the host.
    showing: Waiting<(String, DiscoverableAuthentication)>,
}

/// Ourselves, as browsers see us: `site` is the page's origin, which they compare with what the device signed.
fn relying_party(site: &str) -> Result<(Webauthn, String), Problem> {
    let nameless = || {
        Problem::new(
            422,
            "passkey.address",
            "A passkey belongs to a host name, and this page was opened by an IP address.",
        )
        .hint("Open Shipyard by a name: on this machine that is localhost.")
    };
    let origin = Url::parse(site).map_err(|_| nameless())?;
    let name = origin.domain().ok_or_else(nameless)?.to_owned();
    let built = WebauthnBuilder::new(&name, &origin).and_then(|builder| builder.rp_name("Shipyard").build());
    let built = built.map_err(|error| {
        tracing::warn!(%error, site, "passkeys cannot be used here");
        nameless()
    })?;
    Ok((built, name))
}

fn many() -> Problem {
    Problem::new(409, "passkey.many", format!("An account has at most {MOST} passkeys."))
        .arg("most", MOST)
        .hint("Remove one that is not used any more.")
}

fn refused(error: impl std::fmt::Display) -> Problem {
    tracing::info!(%error, "a passkey was refused");
    Problem::new(422, "passkey.refused", "The device's answer could not be accepted.")
        .hint("Try again; the question is good for a few minutes.")
}

fn internal(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a passkey cannot be used");
    Problem::internal()
}

/// What the account's page shows of them.
pub(crate) fn rows(passkeys: &Passkeys) -> Vec<PasskeyRow> {
    let row = |key: &PasskeyRecord| PasskeyRow {
        id: key.id.clone(),
        name: key.name.clone(),
        site: key.site.clone(),
        created: key.created,
        used: key.used,
    };
    passkeys.keys.iter().map(row).collect()
}

fn credential(key: &PasskeyRecord) -> Result<Passkey, Problem> {
    serde_json::from_str(&key.credential).map_err(internal)
}

fn identity(passkey: &Passkey) -> Result<String, Problem> {
    let text = serde_json::to_value(passkey.cred_id()).map_err(internal)?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

impl Yard {
    /// Begins a passkey under its owner's name for it: what the browser is to ask the device, as JSON for
    /// `navigator.credentials.create`. All that can be wrong is said before the device makes anything.
    ///
    /// # Errors
    /// 403 `step-up` without a fresh proof; 422 for a bad name, and where the page was opened by an IP address; 409 with
    /// too many.
    pub async fn passkey_begin(&self, actor: &Actor, site: &str, name: &str) -> Result<String, Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        self.fresh(actor)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return Err(Problem::new(
                422,
                "passkey.name",
                format!("A passkey's name has 1 to {NAME} letters."),
            )
            .arg("most", NAME)
            .field("name"));
        }
        let (party, host) = relying_party(site)?;
        let record = self.own_record(actor)?;
        if record.passkeys.keys.len() >= MOST {
            return Err(many());
        }
        let user = match record.passkeys.user {
            Some(user) => user,
            None => self.name_for_devices(actor.account()).await?,
        };
        let here = record.passkeys.keys.iter().filter(|key| key.site == host);
        let known: Result<Vec<_>, Problem> = here.map(|key| Ok(credential(key)?.cred_id().clone())).collect();
        let account = &record.account.name;
        let (mut question, state) = party
            .start_passkey_registration(Uuid::from_bytes(user), account, account, Some(known?))
            .map_err(internal)?;
        // So that the device finds it without being told a name: who signs in types none.
        if let Some(wanted) = &mut question.public_key.authenticator_selection {
            wanted.require_resident_key = true;
            wanted.resident_key = Some(ResidentKeyRequirement::Required);
        }
        let making = &self.inner.accounts.asked.making;
        making.put(account, (host, name.to_owned(), state));
        serde_json::to_string(&question.public_key).map_err(internal)
    }

    /// The name by which devices know an account. It stays, whatever becomes of the first passkey: a device keeps one
    /// passkey for each name, so what a failed attempt left there is replaced by the next.
    async fn name_for_devices(&self, account: &str) -> Result<[u8; 16], Problem> {
        let fresh = secret::bytes::<16>()?;
        self.change_passkeys(account, |passkeys| Ok(*passkeys.user.get_or_insert(fresh)))
            .await
    }

    /// Keeps the passkey that a device made.
    ///
    /// # Errors
    /// 422 `passkey.refused`; 403 `step-up`.
    pub async fn passkey_finish(&self, actor: &Actor, site: &str, answer: &str) -> Result<(), Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let subject = ActivitySubject::new("account", actor.account());
        let work = async {
            self.fresh(actor)?;
            let (party, host) = relying_party(site)?;
            let asked = self.inner.accounts.asked.making.take(actor.account());
            let (asked_at, name, state) = asked.ok_or_else(|| refused("nothing was asked"))?;
            if asked_at != host {
                return Err(refused("asked at another site"));
            }
            let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(refused)?;
            let made = party.finish_passkey_registration(&answer, &state).map_err(refused)?;
            let key = PasskeyRecord {
                id: identity(&made)?,
                name,
                site: host,
                created: Millis::now(),
                used: None,
                credential: serde_json::to_string(&made).map_err(internal)?,
            };
            self.change_passkeys(actor.account(), |passkeys| {
                if passkeys.keys.iter().any(|known| known.id == key.id) {
                    return Err(refused("it is there already"));
                }
                if passkeys.keys.len() >= MOST {
                    return Err(many());
                }
                passkeys.keys.push(key);
                Ok(())
            })
            .await
        };
        self.recorded(actor, "account.passkey-add", subject, "", work).await
    }

    /// Removes a passkey: the device's half opens nothing any more.
    ///
    /// # Errors
    /// 404; 403 `step-up`.
    pub async fn passkey_remove(&self, actor: &Actor, id: &str) -> Result<(), Problem> {
        self.inner.gate.enter(actor, Permission::OwnAccount)?;
        let subject = ActivitySubject::new("account", actor.account());
        let work = async {
            self.fresh(actor)?;
            self.change_passkeys(actor.account(), |passkeys| {
                let before = passkeys.keys.len();
                passkeys.keys.retain(|key| key.id != id);
                let found = passkeys.keys.len() < before;
                found.then_some(()).ok_or_else(|| Problem::not_found("passkey", id))
            })
            .await
        };
        self.recorded(actor, "account.passkey-remove", subject, "", work).await
    }

    /// Asks for a passkey, whoever's it is: what goes to `navigator.credentials.get`, and a name to answer under.
    ///
    /// # Errors
    /// 422 where the page was opened by an IP address.
    pub fn passkey_ask(&self, site: &str) -> Result<PasskeyQuestion, Problem> {
        let (party, name) = relying_party(site)?;
        let (question, state) = party.start_discoverable_authentication().map_err(internal)?;
        let id = secret::random()?;
        self.inner.accounts.asked.showing.put(&id, (name, state));
        Ok(PasskeyQuestion {
            id,
            options: serde_json::to_string(&question.public_key).map_err(internal)?,
        })
    }

    /// Signs in by a passkey. No code is asked for after it.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] for whatever is wrong with the answer; it is on record.
    pub async fn sign_in_passkey(
        &self,
        site: &str,
        id: &str,
        answer: &str,
        from: Option<IpAddr>,
    ) -> Result<SignedIn, SignInError> {
        let (known, done) = match self.shown(site, id, answer) {
            Ok((record, host, key, credential)) => {
                let account = record.account.name.clone();
                (Some(account), self.used(&record, &host, &key, &credential).await)
            }
            Err(problem) => (None, Err(problem)),
        };
        match done {
            Ok(record) => {
                self.welcome(&record, from).await;
                Ok(SignedIn {
                    account: record.account.clone(),
                    epoch: record.epoch,
                    second_factor: false,
                })
            }
            Err(problem) => {
                tracing::warn!(account = known, ?from, code = problem.code, "sign-in refused");
                let activity = &self.inner.activity;
                activity.sign_in_refused(known.as_deref(), from, &SignInError::Wrong.problem());
                Err(SignInError::Wrong)
            }
        }
    }

    /// Whose passkey an answer shows, and the passkey as it is after it.
    fn shown(
        &self,
        site: &str,
        id: &str,
        answer: &str,
    ) -> Result<(Arc<AccountRecord>, String, String, Passkey), Problem> {
        let accounts = &self.inner.accounts;
        let (party, host) = relying_party(site)?;
        // Taken whatever comes of it: an answer that was overheard is good for nothing.
        let (asked_at, state) = accounts
            .asked
            .showing
            .take(id)
            .ok_or_else(|| refused("nothing was asked"))?;
        if asked_at != host {
            return Err(refused("asked at another site"));
        }
        let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(refused)?;
        let (user, id) = party.identify_discoverable_authentication(&answer).map_err(refused)?;
        let user = Some(user.into_bytes());
        let record = accounts.all().into_iter().find(|r| r.passkeys.user == user);
        let record = record
            .filter(|r| !r.account.disabled)
            .ok_or_else(|| refused("nobody's"))?;
        let here = record.passkeys.keys.iter().filter(|key| key.site == host);
        let known: Result<Vec<_>, Problem> = here.map(|key| Ok((key.id.clone(), credential(key)?))).collect();
        let shown = known?.into_iter().find(|(_, known)| known.cred_id().as_slice() == id);
        let (key, mut credential) = shown.ok_or_else(|| refused("not one of the account's"))?;
        let result = party
            .finish_discoverable_authentication_v2(&answer, state, &credential)
            .map_err(refused)?;
        if !result.user_verified() {
            return Err(refused("the device did not make sure of its owner"));
        }
        credential.update_credential(&result);
        Ok((record, host, key, credential))
    }

    async fn used(
        &self,
        record: &AccountRecord,
        host: &str,
        id: &str,
        credential: &Passkey,
    ) -> Result<Arc<AccountRecord>, Problem> {
        let text = serde_json::to_string(credential).map_err(internal)?;
        self.change_passkeys(&record.account.name, |passkeys| {
            let key = passkeys.keys.iter_mut().find(|key| key.id == id && key.site == host);
            let key = key.ok_or_else(|| refused("removed meanwhile"))?;
            (key.used, key.credential) = (Some(Millis::now()), text);
            Ok(())
        })
        .await?;
        let now = self.inner.accounts.find(&record.account.name);
        now.filter(|now| now.epoch == record.epoch && !now.account.disabled)
            .ok_or_else(|| refused("changed meanwhile"))
    }

    async fn change_passkeys<T>(
        &self,
        account: &str,
        change: impl FnOnce(&mut Passkeys) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let accounts = &self.inner.accounts;
        let _turn = accounts.codes.lock().await;
        let record = accounts
            .find(account)
            .ok_or_else(|| Problem::not_found("account", account))?;
        let mut new = (*record).clone();
        let changed = change(&mut new.passkeys)?;
        let store = self.inner.gate.store_for_authentication();
        match accounts.replace(store, &record, new).await? {
            Some(_) => Ok(changed),
            None => Err(store_problem(&StoreError::Stopped)),
        }
    }
}
