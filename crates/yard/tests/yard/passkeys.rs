//! Passkeys as far as no device is needed; the way with one is in `end2end/tests/passkeys.spec.ts`.
use crate::place::{PASSWORD, Place, actor, close, secret, supplied};
use shipyard_yard::{SignInError, Who};

const HERE: &str = "http://localhost:8080";

#[tokio::test]
async fn a_device_is_asked_at_a_name_after_a_fresh_proof_and_its_answer_is_checked() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    let code = |done: Result<String, shipyard_model::Problem>| done.unwrap_err().code;
    let signed_in = yard.sign_in("admin", &secret(PASSWORD), None).await.unwrap();
    let Who::Actor(stale, _) = yard.actor("admin", signed_in.epoch, None, None) else {
        panic!("signed in");
    };
    assert_eq!(code(yard.passkey_begin(&stale, HERE, "laptop").await), "step-up");
    for address in ["http://127.0.0.1:8080", "http://[::1]:8080", "null", ""] {
        assert_eq!(
            code(yard.passkey_begin(&admin, address, "laptop").await),
            "passkey.address",
            "{address}"
        );
        assert!(yard.passkey_ask(address).is_err(), "{address}");
    }
    let asked: serde_json::Value =
        serde_json::from_str(&yard.passkey_begin(&admin, HERE, "laptop").await.unwrap()).unwrap();
    assert_eq!(
        (&asked["rp"]["id"], &asked["user"]["name"]),
        (&"localhost".into(), &"admin".into())
    );
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
    let refused = yard.passkey_finish(&admin, HERE, "{}").await.unwrap_err();
    assert_eq!(refused.code, "passkey.refused");
    for name in ["", "  ", "two\nlines", &"x".repeat(65)] {
        let refused = yard.passkey_begin(&admin, HERE, name).await.unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.field.as_deref()),
            ("passkey.name", Some("name"))
        );
    }
    assert!(yard.own(&admin).unwrap().passkeys.is_empty());
    assert_eq!(yard.passkey_remove(&admin, "none").await.unwrap_err().status, 404);
    close(yard).await;
}

#[tokio::test]
async fn no_answer_to_no_question_opens_anything() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let one = yard.passkey_ask(HERE).unwrap();
    let other = yard.passkey_ask(HERE).unwrap();
    assert!(one.id != other.id && one.options != other.options);
    let forged = format!(
        r#"{{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{{"authenticatorData":"AAAA",
        "clientDataJSON":"AAAA","signature":"AAAA","userHandle":"{}"}}}}"#,
        "A".repeat(22)
    );
    for (site, id, answer) in [
        (HERE, one.id.as_str(), "{}"),
        (HERE, &one.id, &forged),
        ("http://other.example", &other.id, &forged),
        (HERE, "none", &forged),
        (HERE, "", ""),
    ] {
        let done = yard.sign_in_passkey(site, id, answer, None).await;
        assert!(matches!(done, Err(SignInError::Wrong)), "{site} {id}");
    }
    close(yard).await;
}
