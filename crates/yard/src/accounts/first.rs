//! The account of the very first start. Whether there was one is a setting of its own, so that an `admin` that was
//! deleted or renamed is never brought back.
use super::hash::Hasher;
use super::{next_epoch, rules};
use crate::activity::{Activity, machine};
use crate::fault::store_problem;
use crate::open::{FirstPassword, OpenError};
use shipyard_access::BuiltIn;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Account, Grant, Millis, Preferences, Problem, Secret};
use shipyard_store::{AccountRecord, Passkeys, Store};

const NAME: &str = "admin";
const INITIALISED: &str = "initialised";
/// The password of the guide.
pub(super) const GUIDE: &str = "shipyard";
/// Letters and digits that are not taken for one another.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Makes the first account, unless there ever was one; gives the password, if it was made up here.
pub(super) async fn ensure(store: &Store, hasher: &Hasher, first: &FirstPassword) -> Result<Option<Secret>, OpenError> {
    if store.setting(INITIALISED).await?.is_some() {
        return Ok(None);
    }
    let (password, made) = match first {
        FirstPassword::Guide => (Secret::new(GUIDE), None),
        FirstPassword::Random => {
            let password = random().map_err(|e| OpenError::Accounts(e.to_string()))?;
            (password.clone(), Some(password))
        }
        FirstPassword::Supplied(password) => {
            rules::check(NAME, password).map_err(OpenError::Password)?;
            (password.clone(), None)
        }
    };
    let hash = hasher
        .hash(&password)
        .await
        .map_err(|e| OpenError::Accounts(e.to_string()))?;
    let record = AccountRecord {
        account: Account {
            name: NAME.to_owned(),
            grants: vec![Grant::everywhere(BuiltIn::Admin.name())],
            created: Millis::now(),
            must_change_password: !matches!(first, FirstPassword::Supplied(_)),
            disabled: false,
            preferences: Preferences::default(),
        },
        password_hash: hash,
        epoch: next_epoch(0),
        second_factor: None,
        passkeys: Passkeys::default(),
    };
    let activity = Activity::new(store.activity().clone());
    let subject = ActivitySubject::new("account", NAME);
    let intent = activity.begin(machine(), "account.first", subject, BuiltIn::Admin.name());
    let refused = |problem: Problem| OpenError::Accounts(problem.to_string());
    let intent = intent.await.map_err(refused)?;
    // The account first: a kill in between makes it anew at the next start, rather than leave none.
    let kept = store.put_account(&record).await.map_err(|e| store_problem(&e));
    intent.outcome(kept).await.map_err(refused)?;
    store.put_setting(INITIALISED, "1").await?;
    Ok(made)
}

/// 24 letters in groups, more than 130 bits.
pub(super) fn random() -> Result<Secret, getrandom::Error> {
    let mut password = String::with_capacity(32);
    while password.len() < 29 {
        if password.len() % 6 == 5 {
            password.push('-');
        }
        let mut byte = [0u8; 1];
        getrandom::fill(&mut byte)?;
        // Taking only bytes that index the letters keeps each letter equally likely.
        if let Some(letter) = LETTERS.get(usize::from(byte[0] & 63)) {
            password.push(char::from(*letter));
        }
    }
    Ok(Secret::new(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_password_is_long_and_never_the_same() {
        let one = random().unwrap();
        assert_eq!(one.reveal().len(), 29);
        assert_eq!(one.reveal().matches('-').count(), 4, "{}", one.reveal());
        assert!(one.reveal() != random().unwrap().reveal());
        assert!(rules::check("admin", &one).is_ok());
    }
}
