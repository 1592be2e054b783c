//! The activity log as the yard keeps it: sign-ins and refusals, what a killed run left open, who may read, the export.
use crate::place::{PASSWORD, Place, account, actor, close, secret, supplied};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use futures_util::TryStreamExt;
use shipyard_model::Millis;
use shipyard_model::activity::{
    ActivityActor, ActivityPhase, ActivityQuery, ActivityRecord, ActivityResult, ActivitySubject, ActivityVia,
};
use shipyard_model::engine::EngineDraft;
use shipyard_yard::{ExportFormat, Yard};

async fn records(yard: &Yard, query: ActivityQuery) -> Vec<ActivityRecord> {
    let admin = actor(yard, "admin", PASSWORD).await;
    yard.activity(&admin, query).await.unwrap().records
}

fn action(name: &str) -> ActivityQuery {
    ActivityQuery {
        action: name.to_owned(),
        ..ActivityQuery::default()
    }
}

#[tokio::test]
async fn sign_ins_good_and_bad_are_there_and_no_password_is() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let from = "10.0.0.7".parse().ok();
    for _ in 0..3 {
        let _ = yard.sign_in("admin", &secret("typed-wrongly-1"), from).await;
    }
    let _ = yard.sign_in("my-password-in-the-wrong-field", &secret("x"), from).await;
    let all = records(&yard, action("sign-in")).await;
    let refused: Vec<_> = all.iter().filter(|r| r.phase == ActivityPhase::Refused).collect();
    assert_eq!(
        refused.len(),
        2,
        "one for the account, one for the name that nobody has"
    );
    assert_eq!(
        (refused[0].actor.account.as_str(), refused[1].actor.account.as_str()),
        ("", "admin")
    );
    assert!(refused.iter().all(|r| r.actor.from.as_deref() == Some("10.0.0.7")));
    let outcome = all
        .iter()
        .find(|r| matches!(r.phase, ActivityPhase::Outcome { .. }))
        .unwrap();
    assert_eq!(
        (outcome.actor.account.as_str(), &outcome.result),
        ("admin", &ActivityResult::Ok)
    );
    yard.signed_out("admin", from).await;
    assert_eq!(records(&yard, action("sign-out")).await.len(), 2);
    let only = ActivityQuery {
        refused: true,
        ..ActivityQuery::default()
    };
    assert_eq!(records(&yard, only).await.len(), 2);
    close(yard).await;
    for (file, bytes) in place.files() {
        for text in ["typed-wrongly", "wrong-field", PASSWORD] {
            let found = bytes.windows(text.len()).any(|w| w == text.as_bytes());
            assert!(!found, "{text} in {}", file.display());
        }
    }
}

#[tokio::test]
async fn a_change_that_fails_has_an_intent_and_its_reason_and_no_secret() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    let draft = EngineDraft {
        name: "node1".to_owned(),
        address: "https://user:hunter2@127.0.0.1:1".to_owned(),
        ..EngineDraft::default()
    };
    let problem = yard.engine_add(&admin, draft).await.unwrap_err();
    let refused = yard
        .change_password("admin", &secret(PASSWORD), &secret("short"), None)
        .await
        .err()
        .unwrap();
    for (name, subject, code) in [
        ("engine.add", "node1", &problem.code),
        ("account.password", "admin", &refused.code),
    ] {
        let all = records(&yard, action(name)).await;
        let [outcome, intent] = &all[..] else { panic!("{all:?}") };
        assert_eq!(
            (intent.phase, &intent.result),
            (ActivityPhase::Intent, &ActivityResult::Pending)
        );
        assert_eq!(intent.subject.name, subject);
        assert_eq!(outcome.phase, ActivityPhase::Outcome { of: intent.seq });
        assert!(matches!(&outcome.result, ActivityResult::Problem { code: told, .. } if told == code));
        assert!(!serde_json::to_string(&all).unwrap().contains("hunter2"));
    }
}

#[tokio::test]
async fn what_a_killed_run_left_open_is_called_unknown_once() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    close(yard).await;
    let store = place.store();
    let intent = ActivityRecord {
        seq: 0,
        at: Millis::now(),
        operation: None,
        actor: ActivityActor {
            account: "ann".to_owned(),
            via: ActivityVia::Session,
            from: None,
        },
        action: "container.stop".to_owned(),
        subject: ActivitySubject::new("container", "web"),
        detail: String::new(),
        phase: ActivityPhase::Intent,
        result: ActivityResult::Pending,
    };
    let seq = store.activity().append(intent).await.unwrap();
    drop(store);
    for _ in 0..2 {
        let (yard, _) = place.open(supplied()).await;
        let all = records(&yard, action("container.stop")).await;
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].phase, ActivityPhase::Outcome { of: seq });
        assert_eq!(
            (&all[0].result, all[0].actor.account.as_str()),
            (&ActivityResult::Unknown, "ann")
        );
        close(yard).await;
    }
}

async fn with_roles(place: &Place) -> Yard {
    let (yard, _) = place.open(supplied()).await;
    close(yard).await;
    let params = Params::new(8 * 1024, 1, 1, None).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let store = place.store();
    for role in ["auditor", "operator", "viewer"] {
        store.put_account(&account(role, role, &hash)).await.unwrap();
    }
    drop(store);
    place.open(supplied()).await.0
}

#[tokio::test]
async fn the_auditor_reads_all_and_others_what_they_did_themselves() {
    let place = Place::new();
    let yard = with_roles(&place).await;
    let all = ActivityQuery::default;
    let auditor = actor(&yard, "auditor", PASSWORD).await;
    assert!(!yard.activity(&auditor, all()).await.unwrap().records.is_empty());
    for name in ["operator", "viewer"] {
        let _ = yard.sign_in(name, &secret("typed-wrongly-1"), None).await;
        let other = actor(&yard, name, PASSWORD).await;
        let own = yard.activity(&other, all()).await.unwrap().records;
        // The refusal, and the sign-in's intent and outcome.
        assert_eq!(own.len(), 3, "{own:?}");
        assert!(own.iter().all(|record| record.actor.account == name));
        for (asked, count) in [(name, 3), ("auditor", 0), ("admin", 0)] {
            let query = ActivityQuery {
                account: asked.to_uppercase(),
                ..all()
            };
            let page = yard.activity(&other, query.clone()).await.unwrap();
            assert_eq!(
                (page.records.len(), page.next),
                (count, None),
                "{name} asks for {asked}"
            );
            let export = yard.activity_export(&other, query, ExportFormat::JsonLines).await;
            let lines = export.unwrap().try_collect::<String>().await.unwrap();
            assert_eq!(lines.lines().count(), count);
        }
    }
    close(yard).await;

    // Whoever gets a name anew does not get what its last owner did.
    let store = place.store();
    let mut anew = store.account("viewer").await.unwrap().unwrap();
    anew.account.created = Millis::now();
    store.put_account(&anew).await.unwrap();
    drop(store);
    let (yard, _) = place.open(supplied()).await;
    let viewer = actor(&yard, "viewer", PASSWORD).await;
    let own = yard.activity(&viewer, all()).await.unwrap().records;
    assert_eq!(own.len(), 2, "{own:?}");
}

#[tokio::test]
async fn the_first_account_and_where_a_password_was_changed_from_are_on_record() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let first = records(&yard, action("account.first")).await;
    assert_eq!(first.len(), 2);
    assert!(
        first
            .iter()
            .all(|r| r.actor.via == ActivityVia::Machine && r.subject.name == "admin")
    );
    let (from, new) = ("10.0.0.7".parse().ok(), secret("another-long-lantern"));
    yard.change_password("admin", &secret(PASSWORD), &new, from)
        .await
        .unwrap();
    let admin = actor(&yard, "admin", "another-long-lantern").await;
    let changed = yard.activity(&admin, action("account.password")).await.unwrap();
    assert!(
        changed
            .records
            .iter()
            .all(|r| r.actor.from.as_deref() == Some("10.0.0.7"))
    );
}

#[tokio::test]
async fn trying_a_form_is_on_record_with_its_address() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    let draft = EngineDraft {
        name: "probe".to_owned(),
        address: "http://127.0.0.1:1".to_owned(),
        ..EngineDraft::default()
    };
    yard.engine_try(&admin, draft, None).await.unwrap_err();
    let tried = records(&yard, action("engine.try")).await;
    assert_eq!(tried.len(), 2);
    assert!(tried.iter().all(|r| r.subject.name == "probe"));
    assert_eq!(tried[1].detail, "http://127.0.0.1:1");
}

#[tokio::test]
async fn an_export_is_the_whole_time_line() {
    let place = Place::new();
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    for n in 0..1200 {
        yard.signed_out(&format!("=cmd{n}"), None).await;
    }
    let export = async |format| {
        let query = ActivityQuery {
            action: "sign-out".to_owned(),
            limit: 1,
            ..ActivityQuery::default()
        };
        let pieces = yard.activity_export(&admin, query, format).await.unwrap();
        pieces.try_collect::<String>().await.unwrap()
    };
    let lines = export(ExportFormat::JsonLines).await;
    let records: Vec<ActivityRecord> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 2400);
    assert!(records.windows(2).all(|pair| pair[0].seq == pair[1].seq + 1));
    let csv = export(ExportFormat::Csv).await;
    assert_eq!(csv.lines().count(), 2401);
    assert!(csv.starts_with("seq,time,account,") && csv.contains("\"'=cmd7\""));
    assert_eq!(ExportFormat::named("csv"), Some(ExportFormat::Csv));
    assert_eq!(ExportFormat::named("xlsx"), None);
}
