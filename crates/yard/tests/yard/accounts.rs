//! Accounts: the first start, signing in, passwords, epochs.
use crate::place::{PASSWORD, Place, account, actor, close, secret, supplied};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use shipyard_model::{Millis, Permission};
use shipyard_yard::{FirstPassword, OpenError, SignInError, Who, Yard};
use std::net::IpAddr;
use std::time::Duration;

const NEW: &str = "a boat on the lake";

fn cheap_hash(password: &str) -> String {
    let params = Params::new(8 * 1024, 1, 1, None).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password(password.as_bytes()).unwrap().to_string()
}

async fn signs_in(yard: &Yard, name: &str, password: &str) -> bool {
    yard.sign_in(name, &secret(password), None).await.is_ok()
}

#[tokio::test]
async fn the_password_of_the_guide_opens_nothing_but_its_own_change() {
    let place = Place::new();
    let (yard, made) = place.open(FirstPassword::Guide).await;
    assert!(made.is_none());
    let first = yard.sign_in("admin", &secret("shipyard"), None).await.unwrap();
    assert!(first.account.must_change_password);
    assert!(matches!(
        yard.actor("admin", first.epoch, None, None),
        Who::MustChange(_)
    ));

    let code = async |current: &str, new: &str| {
        let refused = yard
            .change_password("admin", &secret(current), &secret(new), None)
            .await;
        refused.map(|_| ()).map_err(|p| (p.code, p.field))
    };
    let at = |code: &str, field: &str| Err((code.to_owned(), Some(field.to_owned())));
    assert_eq!(code("wrong", NEW).await, at("password.current-wrong", "current"));
    assert_eq!(code("shipyard", "shipyard").await, at("password.guide", "new"));
    assert_eq!(code("shipyard", "short").await, at("password.too-short", "new"));
    assert_eq!(code("shipyard", "adminadminadmin").await, at("password.is-name", "new"));
    assert_eq!(code("shipyard", "password12345").await, at("password.common", "new"));

    let second = yard
        .change_password("Admin", &secret("shipyard"), &secret(NEW), None)
        .await
        .unwrap();
    assert!(second.epoch > first.epoch && !second.account.must_change_password);
    assert!(matches!(yard.actor("admin", first.epoch, None, None), Who::Nobody));
    assert!(matches!(yard.actor("admin", second.epoch, None, None), Who::Actor(..)));
    assert!(!signs_in(&yard, "admin", "shipyard").await);
    assert!(signs_in(&yard, "admin", NEW).await);
    assert_eq!(code(NEW, NEW).await, at("password.same", "new"));
    close(yard).await;

    let (yard, _) = place.open(FirstPassword::Guide).await;
    assert!(matches!(yard.actor("admin", second.epoch, None, None), Who::Actor(..)));
    assert!(!signs_in(&yard, "admin", "shipyard").await);
}

#[tokio::test]
async fn a_random_password_is_told_once() {
    let place = Place::new();
    let (yard, made) = place.open(FirstPassword::Random).await;
    let made = made.unwrap();
    assert!(made.reveal().len() >= 20);
    let signed_in = yard.sign_in("admin", &made, None).await.unwrap();
    assert!(signed_in.account.must_change_password);
    close(yard).await;
    let (yard, again) = place.open(FirstPassword::Random).await;
    assert!(again.is_none());
    assert!(yard.sign_in("admin", &made, None).await.is_ok());
}

#[tokio::test]
async fn a_supplied_password_counts_on_the_first_start_only() {
    let place = Place::new();
    for weak in ["", "shipyard", "short", "administrator"] {
        let refused = place
            .try_open(FirstPassword::Supplied(secret(weak)))
            .await
            .err()
            .unwrap();
        assert!(matches!(refused, OpenError::Password(_)), "{weak}: {refused}");
    }
    let (yard, made) = place.open(supplied()).await;
    assert!(made.is_none());
    let session = yard.session(&actor(&yard, "ADMIN", PASSWORD).await);
    assert_eq!((session.account.as_str(), session.role.as_str()), ("admin", "admin"));
    assert_eq!(session.may, Permission::ALL);
    close(yard).await;
    let (yard, _) = place
        .open(FirstPassword::Supplied(secret("something else entirely")))
        .await;
    assert!(signs_in(&yard, "admin", PASSWORD).await);
    assert!(!signs_in(&yard, "admin", "something else entirely").await);
}

#[tokio::test]
async fn an_admin_that_was_renamed_or_deleted_does_not_come_back() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let before = yard.sign_in("admin", &secret(PASSWORD), None).await.unwrap();
    close(yard).await;
    place.store().rename_account("admin", "captain").await.unwrap();
    let (yard, made) = place.open(FirstPassword::Random).await;
    assert!(made.is_none());
    assert!(matches!(yard.actor("admin", before.epoch, None, None), Who::Nobody));
    assert!(!signs_in(&yard, "admin", PASSWORD).await);
    assert!(signs_in(&yard, "captain", PASSWORD).await);
    close(yard).await;
    place.store().remove_account("captain").await.unwrap();
    let (yard, made) = place.open(FirstPassword::Guide).await;
    assert!(made.is_none());
    for name in ["admin", "captain"] {
        assert!(!signs_in(&yard, name, PASSWORD).await && !signs_in(&yard, name, "shipyard").await);
    }
}

/// Fails as often as it takes to be told to wait for more than three seconds; which answers came before any wait.
async fn fail(yard: &Yard, name: &str, from: Option<IpAddr>) -> Vec<String> {
    let (mut answers, mut waited) = (Vec::new(), false);
    for _ in 0..20 {
        let error = yard.sign_in(name, &secret("wrong"), from).await.err().unwrap();
        match error {
            SignInError::Slow { retry_after } if retry_after > Duration::from_secs(3) => return answers,
            SignInError::Slow { retry_after } => {
                waited = true;
                tokio::time::sleep(retry_after).await;
            }
            other if !waited => answers.push(other.problem().code),
            _ => {}
        }
    }
    panic!("{name} was never slowed");
}

#[tokio::test]
async fn failures_slow_down_and_do_not_tell_which_names_exist() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let there: Option<IpAddr> = Some("192.0.2.1".parse().unwrap());
    let (unknown, known) = tokio::join!(fail(&yard, "nobody", there), fail(&yard, "admin", there));
    // How many come before the first wait depends on how long a hash takes; what they say does not.
    for answers in [known, unknown] {
        assert!(
            answers.len() >= 6 && answers.iter().all(|code| code == "sign-in.wrong"),
            "{answers:?}"
        );
    }
    fail(&yard, "admin", there).await;
    // The right password waits as well, from there; elsewhere it does not.
    let SignInError::Slow { retry_after } = yard.sign_in("admin", &secret(PASSWORD), there).await.err().unwrap() else {
        panic!("not slowed");
    };
    let here: Option<IpAddr> = Some("127.0.0.1".parse().unwrap());
    assert!(yard.sign_in("admin", &secret(PASSWORD), here).await.is_ok());
    tokio::time::sleep(retry_after).await;
    assert!(yard.sign_in("admin", &secret(PASSWORD), there).await.is_ok());
}

#[tokio::test]
async fn old_parameters_are_raised_at_sign_in() {
    let place = Place::new();
    close(place.open(supplied()).await.0).await;
    let store = place.store();
    store
        .put_account(&account("Margot", "viewer", &cheap_hash(PASSWORD)))
        .await
        .unwrap();
    drop(store);
    let (yard, _) = place.open(supplied()).await;
    assert!(!signs_in(&yard, "margot", "wrong").await);
    let signed_in = yard.sign_in("margot", &secret(PASSWORD), None).await.unwrap();
    assert_eq!(signed_in.epoch, 7, "sessions stay");
    assert!(signs_in(&yard, "MARGOT", PASSWORD).await);
    close(yard).await;
    let kept = place.store().account("margot").await.unwrap().unwrap();
    assert!(kept.password_hash.contains("m=19456,t=2,p=1"), "{}", kept.password_hash);
}

#[tokio::test]
async fn an_account_may_do_what_its_role_allows_and_one_without_a_role_nothing() {
    let place = Place::new();
    close(place.open(supplied()).await.0).await;
    let store = place.store();
    store
        .put_account(&account("v", "viewer", &cheap_hash(PASSWORD)))
        .await
        .unwrap();
    store
        .put_account(&account("x", "pirate", &cheap_hash(PASSWORD)))
        .await
        .unwrap();
    drop(store);
    let (yard, _) = place.open(supplied()).await;
    let viewer = actor(&yard, "v", PASSWORD).await;
    assert!(!yard.session(&viewer).may.contains(&Permission::Deploy));
    let refused = yard.local_socket(&viewer).await.unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (403, "forbidden"));
    let Who::Actor(nothing, _) = yard.actor("x", 7, None, None) else {
        panic!("an account whose role is gone may sign in, to no use");
    };
    assert_eq!(yard.session(&nothing).may, [Permission::OwnAccount]);
    assert!(matches!(yard.actor("v", 8, None, None), Who::Nobody));
}

#[tokio::test]
async fn two_changes_of_one_password_at_once_leave_one() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let (current, one, two) = (
        secret(PASSWORD),
        secret("one boat on the lake"),
        secret("two boats on the lake"),
    );
    let both = tokio::join!(
        yard.change_password("admin", &current, &one, None),
        yard.change_password("admin", &current, &two, None),
    );
    assert_eq!([both.0.is_ok(), both.1.is_ok()].iter().filter(|done| **done).count(), 1);
}

#[tokio::test]
async fn sessions_are_kept_under_a_hash_of_their_id() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let sessions = yard.sessions();
    let id = b"session-id-that-nobody-guesses";
    let later = Millis(Millis::now().0 + 60_000);
    assert!(sessions.create(id, b"body".to_vec(), later).await.unwrap());
    assert!(!sessions.create(id, b"other".to_vec(), later).await.unwrap());
    assert_eq!(sessions.load(id).unwrap().unwrap(), b"body");
    assert!(sessions.save(id, b"new".to_vec(), Millis(0)).await.unwrap());
    assert!(sessions.load(id).unwrap().is_none());
    assert_eq!(sessions.purge().await.unwrap(), 1);
    assert!(!sessions.save(id, b"back".to_vec(), later).await.unwrap());
    drop(sessions);
    close(yard).await;
    for (file, content) in place.files() {
        assert!(!content.windows(id.len()).any(|w| w == id), "{}", file.display());
    }
}
