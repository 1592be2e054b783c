//! Every use case that changes something leaves exactly one intent and one outcome, in this order; Docker's events stand
//! in the same time line.
use crate::help::{PASSWORD, Work, docker};
use crate::request;
use shipyard_model::activity::{ActivityPhase, ActivityQuery, ActivityRecord, ActivityResult};
use shipyard_model::engine::EngineDraft;
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::ContainerQuery;
use shipyard_model::{ContainerRef, ContainerState, ContainerVerb, Secret};
use std::collections::BTreeMap;
use std::time::Duration;

async fn time_line(work: &Work) -> Vec<ActivityRecord> {
    let query = ActivityQuery {
        limit: 1000,
        ..ActivityQuery::default()
    };
    work.yard.activity(&work.admin, query).await.unwrap().records
}

/// The containers of the test, once they are as wanted.
async fn containers(
    work: &Work,
    good: impl Fn(&[(ContainerRef, String, String, ContainerState)]) -> bool,
) -> Vec<(ContainerRef, String, String)> {
    let query = ContainerQuery {
        text: "yardact-".to_owned(),
        ..ContainerQuery::default()
    };
    for _ in 0..200 {
        let view = View::Containers { query: query.clone() };
        let ViewData::Containers(window) = work.yard.view(&work.admin, &view).unwrap() else {
            panic!("another view")
        };
        let all: Vec<_> = window
            .rows
            .iter()
            .map(|row| (row.at.clone(), row.engine.to_string(), row.name.clone(), row.state))
            .collect();
        if good(&all) {
            return all
                .into_iter()
                .map(|(at, engine, name, _)| (at, engine, name))
                .collect();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the containers never were as wanted")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_has_one_intent_and_one_outcome() {
    let work = Work::begin("yardact-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
    let mut did = |action: &str, times: usize| *wanted.entry(action.to_owned()).or_default() += times;
    did("account.first", 1);
    did("engine.add", 3);
    did("sign-in", 1);

    let id = yard
        .deploy(admin, request("yardact-web", &["zone=a", "zone=b"], 2))
        .await
        .unwrap();
    work.end(&id).await;
    did("deploy", 1);
    let refused = yard.deploy(admin, request("yardact-no", &["gpu"], 1)).await;
    assert!(refused.is_err());
    did("deploy", 1);

    let all = containers(&work, |all| {
        all.len() == 2 && all.iter().all(|one| one.3 == ContainerState::Running)
    })
    .await;
    let (engine, name) = (all[0].1.clone(), all[0].2.clone());
    let targets: Vec<_> = all.iter().map(|one| one.0.clone()).collect();
    yard.container_detail(admin, &engine, &name, true).await.unwrap();
    did("container.reveal", 1);
    yard.container_detail(admin, &engine, &name, false).await.unwrap();
    for verb in [
        ContainerVerb::Pause,
        ContainerVerb::Unpause,
        ContainerVerb::Kill,
        ContainerVerb::Start,
        ContainerVerb::Restart,
        ContainerVerb::Stop,
        ContainerVerb::Remove,
    ] {
        let id = yard.containers_act(admin, verb, targets.clone()).await.unwrap();
        yard.operation_cancel(admin, &id).await.unwrap();
        did("operation.cancel", 1);
        work.end(&id).await;
        did(&format!("container.{}", verb.word()), 1);
    }
    docker(1, &["run", "-d", "--name", "yardact-x", "busybox:lab", "sleep", "1000"]);

    let ViewData::Engines(engines) = yard.view(admin, &View::Engines).unwrap() else {
        panic!("another view")
    };
    let node3 = &engines
        .iter()
        .find(|row| row.engine.name.as_str() == "node3")
        .unwrap()
        .engine;
    let draft = EngineDraft {
        name: "node3b".to_owned(),
        address: node3.address.to_string(),
        labels: "zone=c".to_owned(),
        ..EngineDraft::default()
    };
    yard.engine_edit(admin, &node3.id, draft).await.unwrap();
    yard.engine_retry(admin, &node3.id).await.unwrap();
    yard.engine_remove(admin, &node3.id).await.unwrap();
    assert!(yard.engine_remove(admin, &node3.id).await.is_err());
    did("engine.edit", 1);
    did("engine.retry", 1);
    did("engine.remove", 2);
    let new = Secret::new("a boat on the quiet lake");
    yard.change_password("admin", &Secret::new(PASSWORD), &new, None)
        .await
        .unwrap();
    did("account.password", 1);
    yard.sign_in("admin", &new, None).await.unwrap();
    did("sign-in", 1);
    yard.signed_out("admin", None).await;
    did("sign-out", 1);

    containers(&work, |all| all.iter().any(|one| one.2 == "yardact-x")).await;
    let time_line = time_line(&work).await;
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for intent in time_line.iter().filter(|r| r.phase == ActivityPhase::Intent) {
        *found.entry(intent.action.clone()).or_default() += 1;
        let of = ActivityPhase::Outcome { of: intent.seq };
        let outcomes: Vec<_> = time_line.iter().filter(|r| r.phase == of).collect();
        let [outcome] = &outcomes[..] else {
            panic!("{intent:?} has {outcomes:?}")
        };
        assert!(outcome.seq > intent.seq);
        assert_eq!((&outcome.action, &outcome.actor), (&intent.action, &intent.actor));
        assert!(
            !matches!(outcome.result, ActivityResult::Pending | ActivityResult::Unknown),
            "{outcome:?}"
        );
        // The first account was made by the server itself.
        let by = if intent.action == "account.first" { "" } else { "admin" };
        assert_eq!(intent.actor.account, by);
    }
    assert_eq!(found, wanted);
    let outcomes = time_line
        .iter()
        .filter(|r| matches!(r.phase, ActivityPhase::Outcome { .. }))
        .count();
    assert_eq!(
        outcomes,
        wanted.values().sum::<usize>(),
        "no outcome without its intent"
    );

    let find = |action: &str| time_line.iter().find(|r| r.action == action).unwrap();
    let stopped = find("container.stop");
    assert!(
        stopped.subject.name.ends_with("and 1 more") && stopped.operation.is_some(),
        "{stopped:?}"
    );
    let event = time_line
        .iter()
        .find(|r| r.phase == ActivityPhase::Event && r.subject.name == "yardact-x")
        .unwrap();
    assert_eq!((event.action.as_str(), event.seq), ("container.start", 0));
    let text = serde_json::to_string(&time_line).unwrap();
    for secret in ["hunter2", PASSWORD, new.reveal(), "PRIVATE KEY"] {
        assert!(!text.contains(secret), "{secret}");
    }
    work.done().await;
}
