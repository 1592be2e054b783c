//! Enrolments: what their secret opens, for how long, and for whom.
use crate::place::{PASSWORD, Place, actor, close, secret, supplied};
use shipyard_model::node::{NodeDraft, NodeState};
use shipyard_model::{Millis, Secret};
use shipyard_store::EnrolmentKey;
use std::net::IpAddr;
use std::process::Command;

const FROM: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)));

fn draft() -> NodeDraft {
    NodeDraft {
        name: "node1".to_owned(),
        address: "127.0.0.1:1".to_owned(),
        labels: "zone=a".to_owned(),
        ..NodeDraft::default()
    }
}

/// A signing request by a new key, as a node makes it.
fn request() -> String {
    let arguments = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=node";
    let output = Command::new("openssl").args(arguments.split(' ')).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_one_hour_one_account() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    let prepare = async || {
        yard.node_prepare(&admin, draft(), "https://yard.example")
            .await
            .unwrap()
    };
    let prepared = prepare().await;
    let key = secret(&prepared.secret);
    let script = yard.node_script(&key, FROM).await.unwrap();
    assert_eq!(script, prepared.script);

    // Of many keys at once, one; and that one again.
    let requests: Vec<String> = (0..20).map(|_| request()).collect();
    let all = requests.iter().map(|request| yard.node_enrol(&key, request, FROM));
    let answers = futures_util::future::join_all(all).await;
    let signed: Vec<_> = requests
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.is_ok())
        .collect();
    assert_eq!(signed.len(), 1);
    // Those that came too many at once are told to wait, the others that it is gone.
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    for problem in refused {
        assert!(["node.gone", "node.slow"].contains(&&*problem.code), "{}", problem.code);
    }
    assert!(yard.node_enrol(&key, signed[0].0, FROM).await.is_ok());
    assert_eq!(
        yard.node_enrol(&key, "no request", FROM).await.unwrap_err().code,
        "node.request"
    );

    // Nothing is added that does not answer, and nothing renewed that was not added.
    assert_eq!(yard.node_finish(&key, FROM).await.unwrap_err().code, "engine.refused");
    assert_eq!(
        yard.node_renewal(signed[0].0, FROM).await.unwrap_err().code,
        "node.unknown"
    );
    let unsigned = prepare().await;
    assert_eq!(
        yard.node_finish(&secret(&unsigned.secret), FROM)
            .await
            .unwrap_err()
            .code,
        "node.unsigned"
    );

    // Guesses are slowed where they come from, and nowhere else.
    let mut codes = Vec::new();
    for guess in 0..40 {
        codes.push(
            yard.node_script(&Secret::new(format!("guess{guess}")), FROM)
                .await
                .unwrap_err()
                .code,
        );
    }
    assert_eq!((&*codes[0], &*codes[39]), ("node.gone", "node.slow"));
    assert!(yard.node_script(&key, "10.0.0.2".parse().ok()).await.is_ok());

    // Neither the secret nor the authority's key lies open on the disk.
    for (path, content) in place.files() {
        for hidden in [prepared.secret.as_bytes(), b"PRIVATE KEY"] {
            assert!(
                !content.windows(hidden.len()).any(|part| part == hidden),
                "{}",
                path.display()
            );
        }
    }

    // It ends with its time, and with the sessions of whoever prepared it.
    close(yard).await;
    let store = place.store();
    let kept = EnrolmentKey::of(unsigned.secret.as_bytes());
    let mut record = store.enrolment(kept).await.unwrap().unwrap();
    assert!((Millis::now().0 + 3_500_000..Millis::now().0 + 3_600_000).contains(&record.expires.0));
    record.expires = Millis(Millis::now().0 + 5_000);
    store.put_enrolment(kept, &record).await.unwrap();
    drop(store);
    let (yard, _) = place.open(supplied()).await;
    assert!(yard.node_script(&secret(&unsigned.secret), None).await.is_ok());
    while Millis::now().0 <= record.expires.0 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(
        yard.node_script(&secret(&unsigned.secret), None)
            .await
            .unwrap_err()
            .code,
        "node.gone"
    );
    assert!(yard.node_script(&key, None).await.is_ok());
    let admin = actor(&yard, "admin", PASSWORD).await;
    yard.account_sign_out(&admin, "admin").await.unwrap();
    assert_eq!(yard.node_script(&key, None).await.unwrap_err().code, "node.gone");
    close(yard).await;
}

#[tokio::test]
async fn a_name_or_an_address_that_an_engine_could_not_have_is_refused() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    for (draft, field) in [
        (
            NodeDraft {
                name: "a b".to_owned(),
                ..draft()
            },
            "name",
        ),
        (
            NodeDraft {
                address: "http://x".to_owned(),
                ..draft()
            },
            "address",
        ),
        (
            NodeDraft {
                labels: "a b=\"c".to_owned(),
                ..draft()
            },
            "labels",
        ),
        (
            NodeDraft {
                allow_from: "everybody".to_owned(),
                ..draft()
            },
            "allow_from",
        ),
        (
            NodeDraft {
                shipyard_url: "https://a'b".to_owned(),
                ..draft()
            },
            "shipyard_url",
        ),
    ] {
        let refused = yard
            .node_prepare(&admin, draft, "https://yard.example")
            .await
            .err()
            .unwrap();
        assert_eq!((refused.status, refused.field.as_deref()), (422, Some(field)));
    }
    let authority = yard.authority(&admin).await.unwrap();
    assert_eq!(
        (authority.generation, authority.certificates.as_str()),
        (0, ""),
        "made at the first use"
    );
    close(yard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_prepared_a_node_sees_how_far_it_has_come_and_may_take_it_back() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    let prepared = yard
        .node_prepare(&admin, draft(), "https://yard.example")
        .await
        .unwrap();
    let key = secret(&prepared.secret);
    let state = async || yard.node_state(&admin, &key).await.unwrap();
    assert_eq!(state().await, NodeState::Waiting);
    yard.node_script(&key, FROM).await.unwrap();
    assert_eq!(state().await, NodeState::Fetched);
    yard.node_enrol(&key, "no request", FROM).await.unwrap_err();
    assert!(matches!(state().await, NodeState::Failed { signed: false, why } if why.code == "node.request"));
    yard.node_enrol(&key, &request(), FROM).await.unwrap();
    assert_eq!(state().await, NodeState::Signed);
    // Nothing listens there, so that it cannot be added.
    let why = yard.node_finish(&key, FROM).await.unwrap_err();
    assert_eq!(state().await, NodeState::Failed { signed: true, why });

    yard.node_withdraw(&admin, &key).await.unwrap();
    assert_eq!(yard.node_state(&admin, &key).await.unwrap_err().code, "node.gone");
    assert_eq!(yard.node_script(&key, FROM).await.unwrap_err().code, "node.gone");
    assert_eq!(yard.node_withdraw(&admin, &key).await.unwrap_err().code, "node.gone");
    close(yard).await;
}
