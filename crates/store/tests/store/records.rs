//! Accounts, sessions, keys of webhooks and deploys that are looked after: names without regard to case, sessions that stay ended, secrets that lie sealed.
use crate::place::{Place, account};
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest};
use shipyard_model::webhook::{WebhookKeyRow, WebhookKind};
use shipyard_model::{EngineId, Grant, Millis};
use shipyard_store::{LastingRecord, PasskeyRecord, Passkeys, SessionKey, StoreError, WebhookRecord, WebhookSecret};

const LATER: Millis = Millis(i64::MAX);

#[tokio::test]
async fn accounts_have_one_name_in_any_case() {
    let place = Place::new();
    let store = place.open().unwrap();
    store.put_account(&account("Margot")).await.unwrap();
    store.put_account(&account("élodie")).await.unwrap();
    assert_eq!(store.account("MARGOT").await.unwrap().unwrap().account.name, "Margot");
    assert!(store.account("Élodie").await.unwrap().is_some());
    let taken = store.rename_account("margot", "Élodie").await;
    assert!(matches!(taken, Err(StoreError::Taken(_))));
    assert_eq!(store.accounts().await.unwrap().len(), 2);
    assert!(store.rename_account("margot", "Claire").await.unwrap());
    assert!(!store.rename_account("margot", "Other").await.unwrap());
    let renamed = store.account("claire").await.unwrap().unwrap();
    assert_eq!((renamed.account.name.as_str(), renamed.epoch), ("Claire", 2));
    assert!(store.rename_account("claire", "CLAIRE").await.unwrap());
    assert!(store.remove_account("Claire").await.unwrap());
    assert!(!store.remove_account("Claire").await.unwrap());
    assert_eq!(store.accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn passkeys_lie_sealed_and_follow_their_account_to_another_name() {
    let place = Place::new();
    let store = place.open().unwrap();
    let mut margot = account("margot");
    margot.passkeys = Passkeys {
        user: Some([7; 16]),
        keys: vec![PasskeyRecord {
            id: "an-id-of-a-device".to_owned(),
            name: "laptop".to_owned(),
            site: "yard.example".to_owned(),
            created: Millis(1),
            used: None,
            credential: "the-public-key-of-a-device".to_owned(),
        }],
    };
    store.put_account(&margot).await.unwrap();
    assert!(store.rename_account("margot", "claire").await.unwrap());
    store.close().await.unwrap();
    drop(store);
    for (file, content) in crate::place::files(&place.data()) {
        let shows = |text: &[u8]| content.windows(text.len()).any(|part| part == text);
        assert!(
            !shows(b"an-id-of-a-device") && !shows(b"the-public-key-of-a-device"),
            "{}",
            file.display()
        );
    }
    let claire = place.open().unwrap().account("claire").await.unwrap().unwrap();
    assert_eq!(claire.passkeys.user, Some([7; 16]));
    assert_eq!(claire.passkeys.keys[0].credential, "the-public-key-of-a-device");
}

#[tokio::test]
async fn a_taken_session_id_is_refused_and_an_ended_session_stays_ended() {
    let place = Place::new();
    let store = place.open().unwrap();
    let key = SessionKey::of(b"id");
    assert!(!store.save_session(key, b"never".to_vec(), LATER).await.unwrap());
    assert!(store.create_session(key, b"one".to_vec(), LATER).await.unwrap());
    assert!(!store.create_session(key, b"two".to_vec(), LATER).await.unwrap());
    assert_eq!(store.load_session(key).unwrap().unwrap(), b"one");
    assert!(store.save_session(key, b"three".to_vec(), LATER).await.unwrap());
    store.delete_session(key).await.unwrap();
    assert!(!store.save_session(key, b"four".to_vec(), LATER).await.unwrap());
    assert!(store.load_session(key).unwrap().is_none());
}

#[tokio::test]
async fn saves_that_race_with_the_end_of_a_session_never_bring_it_back() {
    let place = Place::new();
    let store = place.open().unwrap();
    for round in 0..20u8 {
        let key = SessionKey::of(&[round]);
        assert!(store.create_session(key, vec![0], LATER).await.unwrap());
        let saves: Vec<_> = (0..8u8)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move { store.save_session(key, vec![n], LATER).await.unwrap() })
            })
            .collect();
        store.delete_session(key).await.unwrap();
        for save in saves {
            save.await.unwrap();
        }
        assert!(store.load_session(key).unwrap().is_none());
    }
}

#[tokio::test]
async fn expired_sessions_are_gone_and_purged() {
    let place = Place::new();
    let store = place.open().unwrap();
    let (old, new) = (SessionKey::of(b"old"), SessionKey::of(b"new"));
    assert!(
        store
            .create_session(old, vec![1], Millis(Millis::now().0 - 1))
            .await
            .unwrap()
    );
    assert!(store.create_session(new, vec![2], LATER).await.unwrap());
    assert!(store.load_session(old).unwrap().is_none());
    assert_eq!(store.purge_expired(Millis::now()).await.unwrap(), 1);
    assert_eq!(store.purge_expired(Millis::now()).await.unwrap(), 0);
    assert!(store.load_session(new).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_share_flushes_and_all_of_it_is_there_after_a_reopen() {
    let place = Place::new();
    let store = place.open().unwrap();
    let writers: Vec<_> = (0..200)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.put_setting(&format!("s{n}"), "x").await.unwrap() })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    drop(store);
    let store = place.open().unwrap();
    for n in 0..200 {
        assert!(store.setting(&format!("s{n}")).await.unwrap().is_some());
    }
}

/// What a data folder of schema 1 had: one role in place of grants.
#[tokio::test]
async fn an_account_of_an_older_shipyard_keeps_what_it_could_do() {
    let place = Place::new();
    let store = place.open().unwrap();
    store.put_account(&account("old")).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let db = sled::open(place.data().join("db")).unwrap();
    let accounts = db.open_tree("accounts").unwrap();
    let bytes = accounts.get("old").unwrap().unwrap();
    let text = String::from_utf8(bytes[2..].to_vec()).unwrap();
    let old = text.replace(
        r#""grants":[{"role":"admin","pool":null,"narrow":null}]"#,
        r#""role":"viewer""#,
    );
    assert_ne!(old, text);
    accounts.insert("old", [&bytes[..2], old.as_bytes()].concat()).unwrap();
    db.open_tree("meta")
        .unwrap()
        .insert("schema", &1_u16.to_be_bytes())
        .unwrap();
    db.flush().unwrap();
    drop((accounts, db));
    let record = place.open().unwrap().account("old").await.unwrap().unwrap();
    assert_eq!(record.account.grants, [shipyard_model::Grant::everywhere("viewer")]);
}

#[tokio::test]
async fn a_webhook_key_is_hashed_or_sealed_and_opens_after_a_start() {
    let place = Place::new();
    let store = place.open().unwrap();
    let row = |id: &str, kind| WebhookKeyRow {
        id: id.to_owned(),
        kind,
        image: "web".to_owned(),
        tag: None,
        account: "margot".to_owned(),
        created: Millis(1),
        used: None,
    };
    let signs = WebhookRecord {
        row: row("a", WebhookKind::Generic),
        secret: WebhookSecret::Signs(b"the-key-that-signs".to_vec().into()),
    };
    let shown = WebhookRecord {
        row: row("b", WebhookKind::DockerHub),
        secret: WebhookSecret::shown(b"the-key-that-is-shown"),
    };
    store.put_webhook(&signs).await.unwrap();
    store.put_webhook(&shown).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    for (file, content) in crate::place::files(&place.data()) {
        let shows = |text: &[u8]| content.windows(text.len()).any(|part| part == text);
        assert!(!shows(b"the-key-that"), "{}", file.display());
    }
    let store = place.open().unwrap();
    let all = store.webhooks().await.unwrap();
    assert_eq!(all.iter().map(|it| it.row.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(matches!(&all[0].secret, WebhookSecret::Signs(key) if **key == b"the-key-that-signs"));
    let hash = |secret: &WebhookSecret| match secret {
        WebhookSecret::Shown(hash) => *hash,
        WebhookSecret::Signs(_) => panic!("it signs"),
    };
    assert_eq!(hash(&all[1].secret), hash(&shown.secret));
    assert!(store.remove_webhook("a").await.unwrap() && !store.remove_webhook("a").await.unwrap());
}

#[tokio::test]
async fn deploys_that_are_looked_after_lie_sealed_and_stay() {
    let place = Place::new();
    let store = place.open().unwrap();
    let record = LastingRecord {
        id: "op-1".to_owned(),
        account: "margot".to_owned(),
        maker_since: Millis(1),
        token: Some(vec![Grant::everywhere("deployer")]),
        created: Millis(2),
        labels: Vec::new(),
        request: DeployRequest {
            spec: ContainerSpec {
                env: vec![("TOKEN".to_owned(), "hunter2-in-the-environment".to_owned())],
                ..ContainerSpec::default()
            },
            copies: Copies::Daemon,
            ..DeployRequest::default()
        },
        copies: Vec::new(),
        moved: Vec::new(),
        left_out: vec![EngineId::new("e1")],
        ended: false,
    };
    store.put_lasting(&record).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    for (file, content) in crate::place::files(&place.data()) {
        let shows = content.windows(7).any(|part| part == b"hunter2");
        assert!(!shows, "{}", file.display());
    }
    let store = place.open().unwrap();
    assert_eq!(store.lasting().await.unwrap(), [record]);
    assert!(store.remove_lasting("op-1").await.unwrap());
    assert!(!store.remove_lasting("op-1").await.unwrap());
    assert!(store.lasting().await.unwrap().is_empty());
}
