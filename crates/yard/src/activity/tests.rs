//! What needs no engine: refusals put together, harmless texts, formulas in CSV, events between records.
use super::*;
use proptest::prelude::*;
use shipyard_model::EngineName;
use shipyard_model::activity::ActivityPage;
use shipyard_model::live::Look;
use shipyard_model::operation::{OperationTarget, TargetState, What};
use shipyard_model::page::Happening;
use shipyard_store::ActivitySpan;
use std::time::Duration;

fn refusal(account: &str, from: &str) -> ActivityRecord {
    let from = from.parse().ok();
    let mut record = record(person(account, from), "sign-in", ActivitySubject::default(), "");
    record.phase = ActivityPhase::Refused;
    record
}

#[test]
fn the_first_refusal_is_written_and_the_rest_of_its_minute_is_one_line() {
    let (mut refusals, start) = (Refusals::default(), Instant::now());
    assert!(refusals.note(refusal("ann", "10.0.0.1"), start).is_some());
    for _ in 0..1000 {
        assert!(refusals.note(refusal("ann", "10.0.0.1"), start).is_none());
    }
    assert!(refusals.note(refusal("bob", "10.0.0.1"), start).is_some());
    assert!(refusals.due(start + Duration::from_secs(59), false).is_empty());
    let due = refusals.due(start + Duration::from_secs(60), false);
    assert_eq!(due.len(), 1, "bob was refused once, and that is written");
    assert_eq!(due[0].detail, "1000 more within a minute: sign-in 1000");
    // The minute after the one that was counted is counted too, from its first on.
    assert!(
        refusals
            .note(refusal("ann", "10.0.0.1"), start + Duration::from_secs(61))
            .is_none()
    );
    assert_eq!(refusals.due(start + Duration::from_secs(120), false).len(), 1);
    assert!(refusals.due(start + Duration::from_secs(180), false).is_empty());
    assert!(refusals.note(refusal("ann", "10.0.0.1"), start).is_some());
}

#[test]
fn an_attacker_with_many_addresses_fills_no_disk() {
    let (mut refusals, start) = (Refusals::default(), Instant::now());
    let networks = (0..10_000).map(|n| format!("2001:db8:{n:x}::1"));
    let one_network = (0..10_000).map(|n| format!("2001:db8::{n:x}"));
    let written = one_network
        .chain(networks)
        .filter(|from| refusals.note(refusal("", from), start).is_some())
        .count();
    assert!(written <= 65, "{written}");
    assert!(refusals.due(start + Duration::from_secs(60), false).len() <= 2);
}

#[test]
fn no_name_makes_a_second_line_or_acts_on_a_terminal() {
    let evil = "web\r\n{\"seq\":1}\u{1b}[2J\u{202e}\u{2028}\0";
    let record = record(
        person(evil, None),
        "deploy",
        ActivitySubject::new("deploy", evil).on(evil),
        &evil.repeat(1000),
    );
    let texts = [&record.actor.account, &record.subject.name, &record.detail];
    for text in texts.into_iter().chain(&record.subject.engine) {
        assert!(
            !text.chars().any(char::is_control) && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
    assert_eq!(record.detail.chars().count(), words::DETAIL + 1);
    assert_eq!(record.subject.name.chars().filter(|c| *c == '\u{fffd}').count(), 6);
}

#[test]
fn no_field_of_csv_is_a_formula_or_ends_its_line() {
    let corpus = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u{a0}=cmd|' /C calc'!A0",
        "＝1",
        "|calc",
        "%0A=1",
        "=HYPERLINK(\"http://evil\")",
    ];
    for text in corpus {
        let mut out = String::new();
        csv::field(&mut out, text);
        assert!(out.starts_with("\"'") && out.ends_with('"'), "{text:?} became {out:?}");
        assert!(!out.contains(['\r', '\n', '\t']), "{out:?}");
    }
    let mut out = String::new();
    csv::field(&mut out, "say \"hi\", twice");
    assert_eq!(out, "\"say \"\"hi\"\", twice\"");
}

proptest! {
    #[test]
    fn csv_reads_back_and_is_one_line_a_record(texts in prop::collection::vec(any::<String>(), 1..5)) {
        let mut record = refusal("ann", "10.0.0.1");
        record.subject.name.clone_from(&texts[0]);
        record.detail = texts.concat();
        let mut line = String::new();
        csv::line(&mut line, &record);
        prop_assert_eq!(line.matches("\r\n").count(), 1);
        prop_assert_eq!(line.matches('\n').count(), 1);
        // Outside of quotes there is nothing but the commas between fields.
        let between: String = line.trim_end().split('"').step_by(2).collect();
        let commas = csv::HEADER.matches(',').count();
        prop_assert_eq!(between, ",".repeat(commas));
    }
}

#[test]
fn a_moment_is_written_for_machines() {
    assert_eq!(csv::iso(Millis(0)), "1970-01-01T00:00:00.000Z");
    assert_eq!(csv::iso(Millis(1_795_443_849_007)), "2026-11-23T14:24:09.007Z");
    assert_eq!(csv::iso(Millis(i64::MAX)), "");
}

fn happening(at: i64, actor: Option<&str>, what: &str) -> Happening {
    Happening {
        at: Millis(at),
        actor: actor.map(str::to_owned),
        what: what.to_owned(),
        subject: "web".to_owned(),
        id: None,
        engine: EngineName::parse("node1").ok(),
        look: Look::Bad,
        exit_code: Some(137),
    }
}

#[test]
fn dockers_events_stand_between_records_and_on_one_page_only() {
    let at = |seq, ms| ActivityRecord {
        seq,
        at: Millis(ms),
        ..refusal("ann", "10.0.0.1")
    };
    let events = || {
        [5, 15, 20, 25, 35]
            .into_iter()
            .filter_map(|ms| timeline::event(&happening(ms, None, "die")))
    };
    let first = ActivitySpan {
        records: vec![at(3, 30), at(2, 20)],
        next: Some(2),
        until: None,
        since: Some(Millis(20)),
    };
    let second = ActivitySpan {
        records: vec![at(1, 10)],
        next: None,
        until: Some(Millis(20)),
        since: None,
    };
    let times = |page: ActivityPage| page.records.iter().map(|r| (r.at.0, r.seq)).collect::<Vec<_>>();
    assert_eq!(
        times(timeline::merge(first, events())),
        [(35, 0), (30, 3), (25, 0), (20, 2), (20, 0)]
    );
    assert_eq!(times(timeline::merge(second, events())), [(15, 0), (10, 1), (5, 0)]);
    assert!(
        timeline::event(&happening(1, Some("ann"), "stop")).is_none(),
        "it is in the log"
    );
    let event = timeline::event(&happening(1, None, "die")).unwrap();
    assert_eq!(
        (event.action.as_str(), event.detail.as_str()),
        ("container.die", "exit code 137")
    );
    assert_eq!(event.phase, ActivityPhase::Event);
}

#[test]
fn an_operation_is_told_in_one_record() {
    let target = |name: &str, state| OperationTarget {
        name: name.to_owned(),
        engine: EngineName::parse("node1").unwrap(),
        container: None,
        state,
        layers: Vec::new(),
        recovered: None,
    };
    let mut operation = Operation {
        id: OperationId::new("op-1"),
        what: What::Deploy {
            image: String::new(),
            name: String::new(),
        },
        actor: String::new(),
        started: Millis(0),
        finished: None,
        cancelled: false,
        targets: vec![target("a", TargetState::Done), target("b", TargetState::Done)],
    };
    let (result, detail) = summary::of(&operation);
    assert_eq!(
        (result, detail.as_str()),
        (ActivityResult::Ok, "2 of 2 done; done: a on node1, b on node1")
    );
    let why = Problem::new(503, "engine.down", "It does not answer.");
    operation.targets[1].state = TargetState::Failed { why };
    let (result, detail) = summary::of(&operation);
    assert_eq!(result, problem_of("engine.down", "It does not answer."));
    assert_eq!(detail, "1 of 2 done; done: a on node1; failed: b on node1");
    operation.targets[1].state = TargetState::Cancelled;
    assert!(matches!(summary::of(&operation).0, ActivityResult::Problem { code, .. } if code == "operation.cancelled"));
    operation.targets = vec![target("c", TargetState::Done); 250];
    assert!(summary::of(&operation).1.ends_with(" and 150 more"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_intent_ends_however_its_use_case_does() {
    use shipyard_model::activity::ActivityQuery;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let key = || shipyard_store::MasterKey::load_or_create(&dir.path().join("key"), &data).unwrap();
    let store = shipyard_store::Store::open(&data, key()).unwrap();
    let activity = Activity::new(store.activity().clone());
    let actor = Actor::of_test("ann", shipyard_access::Rights::default());
    let subject = || ActivitySubject::new("engine", "node1");

    let done = activity.begin(&actor, "engine.add", subject(), "").await.unwrap();
    assert_eq!(done.outcome(Ok(7)).await, Ok(7));
    let failed = activity.begin(&actor, "engine.add", subject(), "").await.unwrap();
    let why = Problem::not_found("engine", "node1");
    assert_eq!(failed.outcome::<()>(Err(why.clone())).await, Err(why));
    drop(activity.begin(&actor, "engine.add", subject(), "").await.unwrap());
    // Nobody waits for it any more: it is recorded all the same, and ends.
    let abandoned = activity.begin(&actor, "engine.remove", subject(), "");
    let _ = tokio::time::timeout(Duration::ZERO, abandoned).await;
    // Four intents and four outcomes.
    while store
        .activity()
        .page(ActivityQuery::default())
        .await
        .unwrap()
        .records
        .len()
        < 8
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..3 {
        activity.refused(&actor, Permission::EngineManage);
    }
    activity.stopping();
    drop(activity);
    // Closing waits for what is on its way.
    store.close().await.unwrap();
    drop(store);

    let store = shipyard_store::Store::open(&data, key()).unwrap();
    let all = store.activity().page(ActivityQuery::default()).await.unwrap().records;
    let outcomes = |intent: &ActivityRecord| {
        let of = ActivityPhase::Outcome { of: intent.seq };
        all.iter()
            .filter(|r| r.phase == of)
            .map(|r| r.result.clone())
            .collect::<Vec<_>>()
    };
    let intents: Vec<_> = all.iter().rev().filter(|r| r.phase == ActivityPhase::Intent).collect();
    assert_eq!(outcomes(intents[0]), [ActivityResult::Ok]);
    assert!(matches!(&outcomes(intents[1])[..], [ActivityResult::Problem { code, .. }] if code == "not-found"));
    assert!(
        intents[2..]
            .iter()
            .all(|intent| outcomes(intent) == [ActivityResult::Unknown])
    );
    let refused: Vec<_> = all.iter().filter(|r| r.phase == ActivityPhase::Refused).collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[1].subject.name, "engine-manage");
    assert_eq!(refused[0].detail, "2 more within a minute: permission.use 2");
}
