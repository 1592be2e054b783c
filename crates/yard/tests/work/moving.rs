//! Containers go to other engines: an engine is emptied, one dies, and one is added that daemons come to.
use crate::help::{Work, docker, lab_script};
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, PullPolicy, Reschedule, Target, VolumeSpec};
use shipyard_model::engine::EngineDraft;
use shipyard_model::label::Constraint;
use shipyard_model::live::{View, ViewData};
use shipyard_model::moving::DrainOptions;
use shipyard_model::operation::{Operation, TargetState, What};
use shipyard_model::page::ContainerQuery;
use shipyard_model::{ContainerRow, ContainerState, ContainerVerb, EngineId, EngineRow};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

fn request(name: &str, copies: Copies, labels: &[&str]) -> DeployRequest {
    let labels: Vec<_> = labels.iter().map(|it| Constraint::parse(it).unwrap()).collect();
    DeployRequest {
        spec: ContainerSpec {
            image: "busybox:lab".to_owned(),
            name: name.to_owned(),
            command: vec!["sleep".to_owned(), "1000".to_owned()],
            env: vec![("GREETING".to_owned(), "a=b".to_owned())],
            stop_timeout: Some(1),
            ..ContainerSpec::default()
        },
        copies,
        target: if labels.is_empty() {
            Target::All
        } else {
            Target::Labels(labels)
        },
        pull: PullPolicy::Never,
        ..DeployRequest::default()
    }
}

fn codes(operation: &Operation) -> Vec<(String, String)> {
    let code = |state: &TargetState| match state {
        TargetState::Done => "done".to_owned(),
        TargetState::Failed { why } => why.code.clone(),
        other => format!("{other:?}"),
    };
    let targets = operation.targets.iter();
    targets
        .map(|target| (target.name.clone(), code(&target.state)))
        .collect()
}

fn engine(work: &Work, name: &str) -> EngineRow {
    work.yard.engine_find(&work.admin, name).unwrap()
}

fn now(work: &Work, prefix: &str) -> Vec<ContainerRow> {
    let query = ContainerQuery {
        text: prefix.to_owned(),
        ..ContainerQuery::default()
    };
    let ViewData::Containers(window) = work.yard.view(&work.admin, &View::Containers { query }).unwrap() else {
        panic!("another view")
    };
    window.rows.into_iter().map(Arc::unwrap_or_clone).collect()
}

/// Waits until the containers of a prefix are as wanted.
async fn until(work: &Work, prefix: &str, what: &str, good: impl Fn(&[ContainerRow]) -> bool) -> Vec<ContainerRow> {
    for _ in 0..400 {
        let rows = now(work, prefix);
        if good(&rows) {
            return rows;
        }
        sleep(Duration::from_millis(100)).await;
    }
    let rows = now(work, prefix);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (&row.name, row.engine.as_str(), row.state))
        .collect();
    panic!("{what}: {seen:?}, {:?}", work.yard.deploys(&work.admin));
}

fn running_on(rows: &[ContainerRow]) -> Vec<&str> {
    let runs = rows
        .iter()
        .filter(|row| row.state == ContainerState::Running && row.stale_since.is_none());
    let mut engines: Vec<_> = runs.map(|row| row.engine.as_str()).collect();
    engines.sort_unstable();
    engines
}

async fn deployed(work: &Work, request: DeployRequest) -> Operation {
    let id = work.yard.deploy(&work.admin, request).await.unwrap();
    work.end(&id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_is_emptied_of_what_can_go() {
    let work = Work::alone("yarddrain-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    deployed(&work, request("yarddrain-web", Copies::Total(3), &[])).await;
    let mut tied = request("yarddrain-tied", Copies::Total(1), &["zone=a"]);
    tied.spec.volumes = vec![VolumeSpec {
        source: "yarddrain-data".to_owned(),
        target: "/data".to_owned(),
        ..VolumeSpec::default()
    }];
    deployed(&work, tied).await;
    deployed(&work, request("yarddrain-bound", Copies::Total(1), &["zone=a"])).await;
    let each = request("yarddrain-each", Copies::EachEngine, &["zone=a", "zone=b"]);
    deployed(&work, each).await;
    docker(
        1,
        &[
            "run",
            "-d",
            "--stop-timeout",
            "1",
            "--name",
            "yarddrain-foreign",
            "busybox:lab",
            "sleep",
            "999",
        ],
    );
    until(&work, "yarddrain-", "all run", |rows| running_on(rows).len() == 8).await;
    let node1 = engine(&work, "node1").engine.id;

    let plan = yard.drain_plan(admin, &node1, DrainOptions::default()).await.unwrap();
    assert!(!plan.drained && plan.moves.len() == 1, "{plan:?}");
    let goes = &plan.moves[0];
    assert!(goes.name.starts_with("yarddrain-web-") && goes.new_name == goes.name && goes.to.as_str() != "node1");
    assert_eq!(goes.engines.len(), 2, "each of the others says why or why not");
    // What the other tests left is not ours to count.
    let stays: Vec<_> = plan
        .stays
        .iter()
        .filter(|it| it.name.starts_with("yarddrain-"))
        .map(|it| (it.name.as_str(), it.why.code.as_str(), it.wanted))
        .collect();
    assert_eq!(
        stays,
        [
            ("yarddrain-bound", "deploy.no-engine-matches", true),
            ("yarddrain-each-1", "drain.one-on-each", true),
            ("yarddrain-foreign", "drain.foreign", false),
            ("yarddrain-tied", "move.tied", true),
        ]
    );
    let tied = plan.stays.iter().find(|it| it.name == "yarddrain-tied").unwrap();
    assert!(tied.why.detail.contains("the volume yarddrain-data"), "{}", tied.why);
    assert!(!engine(&work, "node1").engine.drained, "a plan does nothing");

    let deployer = work.actor("deployer").await;
    assert_eq!(
        yard.drain(&deployer, &node1, DrainOptions::default())
            .await
            .unwrap_err()
            .status,
        403
    );
    let id = yard.drain(admin, &node1, DrainOptions::default()).await.unwrap();
    let ended = work.end(&id).await;
    assert!(matches!(&ended.what, What::Drain { engine } if engine.as_str() == "node1"));
    let of = |name: &str| {
        let all = codes(&ended);
        all.into_iter().find(|(it, _)| it.starts_with(name)).unwrap().1
    };
    assert_eq!(of("yarddrain-web"), "done");
    assert_eq!(of("yarddrain-tied"), "move.tied");
    assert_eq!(ended.targets.len(), 4, "what is foreign is none of its matter");
    let rows = until(&work, "yarddrain-web", "moved", |rows| {
        running_on(rows).len() == 3 && rows.len() == 3
    })
    .await;
    assert!(!running_on(&rows).contains(&"node1"));
    let there: u8 = goes.to.as_str().trim_start_matches("node").parse().unwrap();
    let format = "{{index .Config.Labels \"shipyard.deploy\"}} {{.Config.Env}}";
    let moved = docker(there, &["inspect", "-f", format, &goes.name]);
    assert!(moved.starts_with("op-") && moved.contains("GREETING=a=b"), "{moved}");
    let left = until(&work, "yarddrain-", "the rest stays", |rows| {
        running_on(rows).len() == 8
    })
    .await;
    assert_eq!(running_on(&left).iter().filter(|it| **it == "node1").count(), 4);

    // Nothing new comes to it until it is taken back.
    assert!(engine(&work, "node1").engine.drained);
    let plan = yard
        .deploy_plan(admin, request("yarddrain-new", Copies::Total(6), &[]))
        .await
        .unwrap();
    assert!(plan.copies.len() == 6 && plan.copies.iter().all(|copy| copy.engine != node1));
    assert!(!yard.undrain(admin, &node1).await.unwrap().drained);
    let plan = yard
        .deploy_plan(admin, request("yarddrain-new", Copies::Total(6), &[]))
        .await
        .unwrap();
    assert!(plan.copies.iter().any(|copy| copy.engine == node1));
    work.done().await;
    docker(1, &["volume", "rm", "-f", "yarddrain-data"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_come_up_elsewhere_stays_where_it_is() {
    let work = Work::alone("yardstays-").await;
    let mut bad = request("yardstays-web", Copies::Total(1), &[]);
    // It runs where its volume has something in it, and nowhere else.
    bad.spec.volumes = vec![VolumeSpec {
        source: "yardstays-data".to_owned(),
        target: "/data".to_owned(),
        ..VolumeSpec::default()
    }];
    bad.spec.command = ["sh", "-c", "test -e /data/here || exit 3; exec sleep 1000"]
        .map(str::to_owned)
        .to_vec();
    let seed = [
        "run",
        "--rm",
        "-v",
        "yardstays-data:/data",
        "busybox:lab",
        "touch",
        "/data/here",
    ];
    docker(2, &seed);
    bad.target = Target::Labels(vec![
        Constraint::parse("zone=b").unwrap(),
        Constraint::parse("zone=c").unwrap(),
    ]);
    docker(3, &seed);
    deployed(&work, bad).await;
    let rows = until(&work, "yardstays-web", "runs", |rows| running_on(rows).len() == 1).await;
    let from = rows[0].engine.to_string();
    let other: u8 = if from == "node2" { 3 } else { 2 };
    docker(other, &["volume", "rm", "-f", "yardstays-data"]);
    let id = engine(&work, &from).engine.id;
    let options = DrainOptions { leave_volumes: true };
    let operation = work.yard.drain(&work.admin, &id, options).await.unwrap();
    let ended = work.end(&operation).await;
    assert_eq!(codes(&ended), [("yardstays-web".to_owned(), "move.stays".to_owned())]);
    let TargetState::Failed { why } = &ended.targets[0].state else {
        panic!()
    };
    assert!(
        why.detail.contains("exit code 3") && why.detail.contains("still runs"),
        "{why}"
    );
    let after = until(&work, "yardstays-web", "one is left", |rows| rows.len() == 1).await;
    assert_eq!(after[0].at, rows[0].at, "the old one");
    work.done().await;
    for node in [2, 3] {
        docker(node, &["volume", "rm", "-f", "yardstays-data"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_dead_engine_are_made_elsewhere_and_the_old_ones_removed_when_it_is_back() {
    let work = Work::with_node3_to_itself("yardaway-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let mut wish = request("yardaway-web", Copies::Total(3), &[]);
    wish.reschedule = Some(Reschedule {
        after_seconds: 3,
        leave_volumes: false,
    });
    deployed(&work, wish).await;
    let mut tied = request("yardaway-tied", Copies::Total(1), &["zone=c"]);
    tied.target = Target::Labels(vec![Constraint::parse("zone=c").unwrap()]);
    tied.reschedule = Some(Reschedule {
        after_seconds: 3,
        leave_volumes: false,
    });
    tied.spec.volumes = vec![VolumeSpec {
        source: "yardaway-data".to_owned(),
        target: "/data".to_owned(),
        ..VolumeSpec::default()
    }];
    deployed(&work, tied).await;
    let before = until(&work, "yardaway-web", "spread", |rows| running_on(rows).len() == 3).await;
    assert_eq!(running_on(&before), ["node1", "node2", "node3"]);
    let gone = before
        .iter()
        .find(|row| row.engine.as_str() == "node3")
        .unwrap()
        .clone();
    // The keeper writes down what there is once it has settled.
    sleep(Duration::from_secs(12)).await;

    lab_script("kill", 3);
    let moved = until(&work, "yardaway-web", "made elsewhere", |rows| {
        // Until it is missed, its own copy is among them.
        running_on(rows).len() == 3 && !running_on(rows).contains(&"node3")
    })
    .await;
    let new = moved
        .iter()
        .find(|row| row.name == gone.name && row.engine.as_str() != "node3")
        .unwrap();
    assert_ne!(new.at, gone.at);
    for _ in 0..100 {
        if yard.deploys(admin).unwrap().iter().any(|it| it.problem.is_some()) {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    let deploys = yard.deploys(admin).unwrap();
    let tied = deploys.iter().find(|it| it.name == "yardaway-tied").unwrap();
    assert_eq!(tied.problem.as_ref().map(|why| why.code.as_str()), Some("move.tied"));
    let web = deploys.iter().find(|it| it.name == "yardaway-web").unwrap();
    assert_eq!(web.moved.len(), 1, "{web:?}");
    // Once for the outage.
    sleep(Duration::from_secs(6)).await;
    assert_eq!(running_on(&now(&work, "yardaway-web")).len(), 3);

    lab_script("start", 3);
    yard.engine_retry(admin, &gone.at.engine).await.unwrap();
    let after = until(&work, "yardaway-web", "the old one is removed", |rows| {
        rows.len() == 3 && rows.iter().all(|row| row.at != gone.at && row.stale_since.is_none())
    })
    .await;
    assert!(after.iter().any(|row| row.at == new.at));
    let left = docker(3, &["ps", "-aq", "--filter", "name=yardaway-web"]);
    assert_eq!(left.trim(), "", "nothing of it on node3");
    let told = work.told(["deploy.reschedule", "deploy.tidy"]).await;
    assert!(told.iter().all(|count| *count > 0), "{told:?}");

    // With its last copy, the deploy is over.
    let targets = after.iter().map(|row| row.at.clone()).collect();
    let id = yard
        .containers_act(admin, ContainerVerb::Remove, targets)
        .await
        .unwrap();
    work.end(&id).await;
    for _ in 0..50 {
        if yard.deploys(admin).unwrap().len() == 1 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(yard.deploys(admin).unwrap().len(), 1, "the one with the volume");
    work.done().await;
    docker(3, &["volume", "rm", "-f", "yardaway-data"]);
}

async fn label(work: &Work, engine_name: &str, labels: &str) -> EngineId {
    let row = engine(work, engine_name);
    let draft = EngineDraft {
        name: engine_name.to_owned(),
        address: row.engine.address.to_string(),
        labels: labels.to_owned(),
        ..EngineDraft::default()
    };
    work.yard.engine_edit(&work.admin, &row.engine.id, draft).await.unwrap();
    row.engine.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_comes_to_each_engine_and_stays_away_where_it_was_removed() {
    let work = Work::begin("yarddaemon-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    for name in ["node1", "node2"] {
        label(&work, name, "agent").await;
    }
    let id = deployed(&work, request("yarddaemon-a", Copies::Daemon, &["agent"]))
        .await
        .id;
    until(&work, "yarddaemon-a", "two", |rows| {
        running_on(rows) == ["node1", "node2"]
    })
    .await;

    label(&work, "node3", "agent").await;
    let rows = until(&work, "yarddaemon-a", "three", |rows| {
        running_on(rows) == ["node1", "node2", "node3"]
    })
    .await;
    let lasting = yard.deploys(admin).unwrap();
    assert!(lasting.len() == 1 && lasting[0].daemon && lasting[0].id == id.to_string() && lasting[0].copies.len() == 3);

    // What plain docker removes comes back; what is removed here does not.
    let mine = rows.iter().find(|row| row.engine.as_str() == "node1").unwrap();
    let removed = yard
        .containers_act(admin, ContainerVerb::Remove, vec![mine.at.clone()])
        .await
        .unwrap();
    work.end(&removed).await;
    let other = rows.iter().find(|row| row.engine.as_str() == "node2").unwrap();
    docker(2, &["rm", "-f", &other.name]);
    until(&work, "yarddaemon-a", "it is back", |rows| {
        running_on(rows) == ["node2", "node3"] && rows.iter().all(|row| row.at != other.at)
    })
    .await;
    sleep(Duration::from_secs(6)).await;
    let rows = now(&work, "yarddaemon-a");
    assert_eq!(running_on(&rows), ["node2", "node3"]);
    let lasting = yard.deploys(admin).unwrap();
    assert_eq!(
        lasting[0].left_out.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        ["node1"]
    );

    // Forgotten, it is left alone.
    let deployer = work.actor("deployer").await;
    assert_eq!(
        yard.deploys(&deployer).unwrap().len(),
        1,
        "who may deploy anywhere sees all"
    );
    yard.deploy_forget(admin, &lasting[0].id).await.unwrap();
    assert_eq!(yard.deploy_forget(admin, &lasting[0].id).await.unwrap_err().status, 404);
    let name = rows
        .iter()
        .find(|row| row.engine.as_str() == "node2")
        .unwrap()
        .name
        .clone();
    docker(2, &["rm", "-f", &name]);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(running_on(&now(&work, "yarddaemon-a")), ["node3"]);
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_in_the_name_of_who_may_not_any_more() {
    let work = Work::begin("yardname-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let operator = work.actor("operator").await;
    label(&work, "node1", "named").await;
    let id = yard
        .deploy(&operator, request("yardname-a", Copies::Daemon, &["named"]))
        .await
        .unwrap();
    work.end(&id).await;
    until(&work, "yardname-a", "one", |rows| running_on(rows) == ["node1"]).await;
    yard.account_disable(admin, "operator", true).await.unwrap();
    label(&work, "node2", "named").await;
    let mut told = None;
    for _ in 0..100 {
        told = yard.deploys(admin).unwrap()[0].problem.clone();
        if told.is_some() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(told.map(|why| why.code), Some("lasting.account".to_owned()));
    assert_eq!(running_on(&now(&work, "yardname-a")), ["node1"]);
    work.done().await;
}
