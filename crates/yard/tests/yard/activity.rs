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
        .change_password("admin", &secret(PASSWORD), &secret("short"))
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
async fn the_auditor_reads_and_others_do_not() {
    let place = Place::new();
    let yard = with_roles(&place).await;
    let all = ActivityQuery::default;
    let auditor = actor(&yard, "auditor", PASSWORD).await;
    assert!(!yard.activity(&auditor, all()).await.unwrap().records.is_empty());
    for name in ["operator", "viewer"] {
        let other = actor(&yard, name, PASSWORD).await;
        assert_eq!(yard.activity(&other, all()).await.unwrap_err().status, 403);
        let export = yard.activity_export(&other, all(), ExportFormat::Csv).await;
        assert_eq!(export.err().unwrap().status, 403);
    }
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
