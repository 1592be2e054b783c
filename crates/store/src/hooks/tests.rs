//! Hooks survive a restart, sealed, and their deliveries do not grow without end.
use super::*;
use crate::MasterKey;
use shipyard_model::activity::{ActivityActor, ActivityPhase, ActivityResult, ActivitySubject, ActivityVia};

fn store(dir: &std::path::Path) -> Store {
    Store::open(dir, MasterKey::new(Zeroizing::new([7; 32]))).unwrap()
}

fn hook(id: &str) -> HookRecord {
    HookRecord {
        hook: Hook {
            id: id.into(),
            name: "chat".into(),
            url: "https://chat.example.org/services/needle-of-the-address".into(),
            actions: vec!["*".into()],
            refused_too: false,
            engines: Vec::new(),
            enabled: true,
            stopped: None,
            created: Millis(1),
            by: "ann".into(),
            secret_since: Millis(1),
        },
        maker_since: Millis(0),
        secret: HookSecret(Zeroizing::new(b"needle-of-the-secret".to_vec())),
        before: Some((HookSecret(Zeroizing::new(b"needle-of-the-old".to_vec())), Millis(5))),
    }
}

fn delivery(hook: &str, seq: u64) -> DeliveryRecord {
    DeliveryRecord {
        number: 0,
        delivery: Delivery {
            id: format!("{hook}-{seq}"),
            hook: hook.into(),
            seq,
            action: "deploy".into(),
            began: Millis(1),
            at: Millis(1),
            attempt: 1,
            delivered: true,
            status: Some(200),
            said: "needle-of-the-answer".into(),
            error: None,
            next_try: None,
        },
        record: ActivityRecord {
            seq,
            at: Millis(1),
            operation: None,
            actor: ActivityActor {
                account: "ann".into(),
                via: ActivityVia::Session,
                from: None,
            },
            action: "deploy".into(),
            subject: ActivitySubject::new("deploy", "web"),
            detail: String::new(),
            phase: ActivityPhase::Event,
            result: ActivityResult::Ok,
        },
    }
}

#[tokio::test]
async fn what_is_kept_survives_and_is_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let first = store(dir.path());
    let shelf = first.hooks();
    shelf.put(&hook("a"), Some(7)).await.unwrap();
    shelf.put_delivery(&delivery("a", 8), Some(8)).await.unwrap();
    drop((shelf, first));
    let second = store(dir.path());
    let all = second.hooks().all().await.unwrap();
    let [(kept, 8)] = all.as_slice() else {
        panic!("one hook, done with 8 records")
    };
    assert_eq!(kept.hook, hook("a").hook);
    assert_eq!(kept.secret.reveal(), b"needle-of-the-secret");
    assert!(kept.before.as_ref().is_some_and(|(_, until)| *until == Millis(5)));
    let rows = second.hooks().deliveries("a").await.unwrap();
    assert_eq!(rows[0].delivery, delivery("a", 8).delivery);
    drop(second);
    let mut files = vec![dir.path().to_owned()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            !bytes.windows(10).any(|part| part == b"needle-of-"),
            "{}",
            path.display()
        );
    }
}

#[tokio::test]
async fn only_the_newest_deliveries_of_each_hook_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let shelf = store.hooks();
    for id in ["a", "ab"] {
        shelf.put(&hook(id), None).await.unwrap();
    }
    let mut newest = delivery("a", 0);
    for seq in 1..=DELIVERIES as u64 + 5 {
        newest = delivery("a", seq);
        newest.number = shelf.put_delivery(&newest, Some(seq)).await.unwrap();
    }
    shelf.put_delivery(&delivery("ab", 1), None).await.unwrap();
    newest.delivery.attempt = 2;
    shelf.put_delivery(&newest, None).await.unwrap();
    let rows = shelf.deliveries("a").await.unwrap();
    assert_eq!((rows.len(), rows[0].delivery.seq), (DELIVERIES, DELIVERIES as u64 + 5));
    assert_eq!((rows[0].delivery.attempt, rows[DELIVERIES - 1].delivery.seq), (2, 6));
    assert_eq!(shelf.deliveries("ab").await.unwrap().len(), 1);

    assert!(shelf.remove("a").await.unwrap() && !shelf.remove("a").await.unwrap());
    assert!(shelf.deliveries("a").await.unwrap().is_empty());
    shelf.put_delivery(&delivery("a", 9), Some(9)).await.unwrap();
    assert!(
        shelf.deliveries("a").await.unwrap().is_empty(),
        "a late one of a hook that is gone"
    );
    assert_eq!(shelf.all().await.unwrap().len(), 1);
}
