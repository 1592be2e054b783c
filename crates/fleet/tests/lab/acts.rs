//! Verbs on containers of several engines, and what others see of them.
use crate::help::{Lab, Use, docker, engine, lab_command, why, words};
use shipyard_fleet::act::act;
use shipyard_fleet::operations::{Wanted, new_id};
use shipyard_model::operation::{Operation, What};
use shipyard_model::{ContainerId, ContainerRef, ContainerState, ContainerVerb, EngineHealth, EngineId, EngineName};
use std::sync::Arc;
use std::time::{Duration, Instant};

async fn do_it(lab: &Lab, verb: ContainerVerb, targets: &[&ContainerRef]) -> Arc<Operation> {
    let engine = EngineName::parse("any").unwrap();
    let wanted = targets.iter().map(|target| Wanted {
        name: target.id.short().to_owned(),
        engine: engine.clone(),
        container: Some((*target).clone()),
    });
    let running = lab
        .fleet
        .operations()
        .start(new_id(), What::Containers { verb }, "test", wanted.collect())
        .unwrap();
    let id = running.id().clone();
    act(
        &lab.fleet,
        &running,
        verb,
        targets.iter().map(|target| (*target).clone()).collect(),
    )
    .await;
    drop(running);
    lab.end(&id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn verbs_work_on_many_engines_and_each_target_has_its_result() {
    let lab = Lab::enter("flact-", Use::Shared).await;
    let a = lab.run(1, "flact-a", &[]).await;
    let b = lab.run(2, "flact-b", &[]).await;
    let gone = ContainerRef {
        engine: a.engine.clone(),
        id: ContainerId::new("f".repeat(64)),
    };

    let operation = do_it(&lab, ContainerVerb::Stop, &[&a, &gone, &b]).await;
    assert_eq!(words(&operation), ["done", "failed", "done"]);
    assert!(
        why(&operation, 1).0.starts_with("container."),
        "{:?}",
        why(&operation, 1)
    );
    lab.state(1, "flact-a", ContainerState::Exited).await;
    lab.state(2, "flact-b", ContainerState::Exited).await;

    for (verb, state) in [
        (ContainerVerb::Start, ContainerState::Running),
        (ContainerVerb::Pause, ContainerState::Paused),
        (ContainerVerb::Unpause, ContainerState::Running),
        (ContainerVerb::Restart, ContainerState::Running),
        (ContainerVerb::Kill, ContainerState::Exited),
    ] {
        assert_eq!(
            words_of(do_it(&lab, verb, &[&a, &b]).await),
            ["done", "done"],
            "{verb:?}"
        );
        lab.state(1, "flact-a", state).await;
        lab.state(2, "flact-b", state).await;
    }
    assert_eq!(
        words_of(do_it(&lab, ContainerVerb::Remove, &[&a, &b]).await),
        ["done", "done"]
    );
    lab.until("removal", 3, |s| s.container_named("node1", "flact-a").is_none())
        .await;
    let snapshot = lab.fleet.snapshot();
    assert!(
        snapshot
            .recent
            .iter()
            .any(|h| h.what == "remove" && h.subject == "flact-a"),
        "{:?}",
        snapshot.recent
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_plain_docker_does_shows() {
    let lab = Lab::enter("flsee-", Use::Shared).await;
    lab.run(1, "flsee-a", &["-p", "18231:80"]).await;
    let (_, container) = lab.find(1, "flsee-a").unwrap();
    lab.until("its port", 20, |s| {
        s.container_named("node1", "flsee-a")
            .is_some_and(|(_, c)| c.ports.iter().any(|p| p.host == Some(18231)))
    })
    .await;
    assert_eq!(container.image, "busybox:lab");
    docker(1, &["rename", "flsee-a", "flsee-b"]);
    lab.until("its new name", 20, |s| s.container_named("node1", "flsee-b").is_some())
        .await;
    docker(1, &["kill", "flsee-b"]);
    lab.state(1, "flsee-b", ContainerState::Exited).await;
    docker(1, &["rm", "flsee-b"]);
    lab.until("its removal", 20, |s| s.container_named("node1", "flsee-b").is_none())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_engine_fails_its_own_targets_only_and_at_once() {
    let lab = Lab::enter("fldead-", Use::Shared).await;
    let a = lab.run(1, "fldead-a", &[]).await;
    lab.fleet.put(engine(9, "http://10.210.0.1:2375", ""), None);
    let dead = EngineId::new("id-9");
    lab.until("an engine down", 20, |s| {
        matches!(s.engines.get(&dead).unwrap().health, EngineHealth::Down { .. })
    })
    .await;
    let lost = ContainerRef {
        engine: dead,
        id: a.id.clone(),
    };
    let began = Instant::now();
    let operation = do_it(&lab, ContainerVerb::Kill, &[&lost, &a]).await;
    assert_eq!(words(&operation), ["failed", "done"]);
    assert_eq!(why(&operation, 0).0, "engine.down");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_hangs_slows_nobody_and_is_known_within_seconds() {
    let lab = Lab::enter("flhang-", Use::Alone).await;
    let a = lab.run(1, "flhang-a", &[]).await;
    let c = lab.run(3, "flhang-c", &[]).await;
    let _resume = Resume;
    lab_command(&["pause", "node3"]);
    let (near, far) = tokio::join!(
        async {
            let began = Instant::now();
            (words_of(do_it(&lab, ContainerVerb::Kill, &[&a]).await), began.elapsed())
        },
        async {
            let began = Instant::now();
            (words_of(do_it(&lab, ContainerVerb::Kill, &[&c]).await), began.elapsed())
        },
    );
    assert_eq!(near.0, ["done"]);
    assert!(near.1 < Duration::from_secs(10), "{:?}", near.1);
    assert_eq!(far.0, ["failed"]);
    assert!(far.1 < Duration::from_secs(30), "{:?}", far.1);
    let snapshot = lab.fleet.snapshot();
    let node3 = snapshot.engine_named("node3").unwrap();
    assert!(node3.stale_since().is_some());
    assert!(node3.by_name("flhang-c").is_some(), "what was known stays");
    lab_command(&["resume", "node3"]);
    lab.fleet.retry(&EngineId::new("id-3"));
    lab.until("node3 again", 15, |s| {
        s.engine_named("node3").is_some_and(|e| e.health.is_up())
    })
    .await;
}

fn words_of(operation: Arc<Operation>) -> Vec<String> {
    words(&operation).into_iter().map(str::to_owned).collect()
}

/// Leaves node3 running whatever the test came to.
struct Resume;

impl Drop for Resume {
    fn drop(&mut self) {
        lab_command(&["resume", "node3"]);
    }
}
