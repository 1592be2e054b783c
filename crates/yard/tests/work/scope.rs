//! What lies outside of somebody's grants is not there: in no view, count, facet, stream, plan, answer or operation.
use crate::help::{Work, docker};
use crate::request;
use futures_util::StreamExt;
use shipyard_model::access::{Quota, constraints};
use shipyard_model::deploy::{Copies, Target};
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::{ContainerQuery, FleetGroup};
use shipyard_model::stream::{LogMessage, StatsMessage};
use shipyard_model::usage::{UsageHistory, UsageSpan};
use shipyard_model::{ContainerRef, ContainerVerb, Cpus, Grant, Narrow, Pool, Problem, Secret};
use shipyard_yard::{Actor, Feed, LogOptions, UsageOf, Who};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const PASSWORD: &str = "four boats on the lake";

pub(crate) fn code<T>(done: Result<T, Problem>) -> String {
    done.err().map(|problem| problem.code).unwrap_or_default()
}

pub(crate) async fn person(work: &Work, name: &str, grants: Vec<Grant>) -> Actor {
    let link = work.yard.account_create(&work.admin, name, grants).await.unwrap();
    let secret = Secret::new(link.text.split_once('#').unwrap().1);
    let done = work.yard.link_use(&secret, &Secret::new(PASSWORD), None).await.unwrap();
    let now = Some(shipyard_model::Millis::now());
    match work.yard.actor(&done.account.name, done.epoch, None, now) {
        Who::Actor(actor, _) => actor,
        _ => panic!("{name} may not work"),
    }
}

pub(crate) fn grant(role: &str, pool: &str, narrow: Option<Narrow>) -> Grant {
    Grant {
        role: role.to_owned(),
        pool: Some(pool.to_owned()),
        narrow,
    }
}

pub(crate) async fn pool(work: &Work, name: &str, engines: &str, quota: Quota) {
    let pool = Pool {
        name: name.to_owned(),
        engines: constraints(engines).unwrap(),
        quota,
        profile: None,
        policy: String::new(),
    };
    work.yard.pool_put(&work.admin, pool).await.unwrap();
}

/// The container once the model shows it.
async fn find(work: &Work, engine: &str, name: &str) -> ContainerRef {
    let view = View::Container {
        engine: engine.to_owned(),
        name: name.to_owned(),
    };
    for _ in 0..400 {
        if let Ok(ViewData::Container(Some(row))) = work.yard.view(&work.admin, &view) {
            return row.at;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{name} does not show on {engine}");
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_scope_is_not_there() {
    let work = Work::begin("yscope-").await;
    let yard = &work.yard;
    pool(&work, "a", "zone=a", Quota::default()).await;
    for (node, name, team) in [
        (1, "yscope-blue", "blue"),
        (1, "yscope-red", "red"),
        (2, "yscope-far", "blue"),
    ] {
        docker(
            node,
            &[
                "run",
                "-d",
                "--name",
                name,
                "--label",
                &format!("team={team}"),
                "busybox:lab",
                "sh",
                "-c",
                "echo from-$0; exec sleep 1000",
                name,
            ],
        );
    }
    let blue = find(&work, "node1", "yscope-blue").await;
    let red = find(&work, "node1", "yscope-red").await;
    let far = find(&work, "node2", "yscope-far").await;
    let label = Narrow::Label {
        key: "team".to_owned(),
        value: "blue".to_owned(),
    };
    let operator = person(&work, "operator-a", vec![grant("operator", "a", None)]).await;
    let narrow = person(&work, "narrow", vec![grant("operator", "a", Some(label))]).await;
    let viewer = person(&work, "viewer-a", vec![grant("viewer", "a", None)]).await;

    let follow = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let mut others = yard.logs(&work.admin, "node2", "yscope-far", follow).await.unwrap();
    let first = timeout(Duration::from_secs(10), others.next()).await.unwrap();
    assert!(matches!(first, Some(LogMessage::Lines { .. })), "{first:?}");
    for (actor, mine, not) in [
        (&operator, vec!["yscope-blue", "yscope-red"], vec!["yscope-far"]),
        (&viewer, vec!["yscope-blue", "yscope-red"], vec!["yscope-far"]),
        (&narrow, vec!["yscope-blue"], vec!["yscope-red", "yscope-far"]),
    ] {
        let query = ContainerQuery::default();
        let views = [
            View::Frame,
            View::Fleet {
                group: FleetGroup::Engine,
            },
            View::Fleet {
                group: FleetGroup::Stack,
            },
            View::Fleet {
                group: FleetGroup::Label,
            },
            View::Containers { query },
            View::Engines,
            View::Operations,
        ];
        for view in views {
            let shown = serde_json::to_string(&yard.view(actor, &view).unwrap()).unwrap();
            for other in ["node2", "node3", "zone=b", "zone=c", "10.210.0.12"].iter().chain(&not) {
                assert!(
                    !shown.contains(other),
                    "{} sees {other} in {view:?}: {shown}",
                    actor.account()
                );
            }
        }
        let ViewData::Frame(frame) = yard.view(actor, &View::Frame).unwrap() else {
            panic!("a frame");
        };
        assert_eq!(frame.engines, 1);
        let query = ContainerQuery {
            text: "yscope-".to_owned(),
            ..ContainerQuery::default()
        };
        let ViewData::Containers(window) = yard.view(actor, &View::Containers { query }).unwrap() else {
            panic!("a window");
        };
        let names: Vec<_> = window.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!((names, window.matching), (mine.clone(), mine.len() as u32));
        // By name and by id, and by names of what does not exist: the same answer.
        for (engine, name) in [
            ("node2", "yscope-far"),
            ("node1", "yscope-none"),
            ("node9", "yscope-far"),
        ] {
            let view = View::Container {
                engine: engine.to_owned(),
                name: name.to_owned(),
            };
            assert_eq!(yard.view(actor, &view).unwrap(), ViewData::Container(None));
            let detail = yard.container_detail(actor, engine, name, false).await;
            assert_eq!(code(detail), "not-found");
            assert_eq!(
                code(yard.logs(actor, engine, name, LogOptions::default()).await.map(|_| ())),
                "not-found"
            );
            // Somebody else follows one of them: that its stream is shared lets nobody in.
            assert_eq!(
                code(yard.logs(actor, engine, name, follow).await.map(|_| ())),
                "not-found"
            );
            assert_eq!(code(yard.stats(actor, engine, name).await.map(|_| ())), "not-found");
            let of = UsageOf::Container {
                engine: engine.to_owned(),
                name: name.to_owned(),
            };
            assert_eq!(code(yard.usage_history(actor, &of, UsageSpan::Hour)), "not-found");
        }
        let mut log = pin!(yard.logs(actor, "node1", mine[0], LogOptions::default()).await.unwrap());
        let first = timeout(Duration::from_secs(10), log.next()).await.unwrap();
        assert!(matches!(first, Some(LogMessage::Lines { .. })), "{first:?}");
    }
    what_engines_use_is_for_who_sees_them_whole(&work, [&operator, &viewer], &narrow).await;
    assert_eq!(
        code(yard.container_detail(&viewer, "node1", "yscope-blue", true).await),
        "forbidden"
    );
    assert_eq!(
        code(
            yard.containers_act(&viewer, ContainerVerb::Stop, vec![blue.clone()])
                .await
        ),
        "forbidden"
    );
    for (actor, target) in [(&operator, &far), (&narrow, &far), (&narrow, &red)] {
        let done = yard
            .containers_act(actor, ContainerVerb::Kill, vec![target.clone()])
            .await;
        assert_eq!(code(done), "containers.engine-gone");
    }
    // Of many at once only what is in scope is done.
    let id = yard
        .containers_act(&narrow, ContainerVerb::Pause, vec![blue, red, far.clone()])
        .await
        .unwrap();
    let operation = work.end(&id).await;
    let names: Vec<_> = operation.targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["yscope-blue"]);
    assert_eq!(
        docker(1, &["ps", "--filter", "status=paused", "--format", "{{.Names}}"]).trim(),
        "yscope-blue"
    );
    // Others' operations: only what of them is in scope, or nothing.
    let id = yard
        .containers_act(&work.admin, ContainerVerb::Restart, vec![far])
        .await
        .unwrap();
    work.end(&id).await;
    assert_eq!(
        yard.view(&operator, &View::Operation { id: id.clone() }).unwrap(),
        ViewData::Operation(None)
    );
    assert_eq!(code(yard.operation_cancel(&operator, &id).await), "not-found");
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_plain_docker_does_elsewhere_wakes_nobody() {
    let work = Work::alone("ywake-").await;
    pool(&work, "a", "zone=a", Quota::default()).await;
    let viewer = person(&work, "viewer-a", vec![grant("viewer", "a", None)]).await;
    let query = ContainerQuery {
        text: "ywake-".to_owned(),
        ..ContainerQuery::default()
    };
    let mut feed = work.yard.follow(&viewer, View::Containers { query }).unwrap();
    let Some(Feed::Whole(ViewData::Containers(mut window))) = feed.next().await else {
        panic!("whole at first")
    };
    docker(2, &["run", "-d", "--name", "ywake-far", "busybox:lab", "sleep", "1000"]);
    find(&work, "node2", "ywake-far").await;
    assert!(
        timeout(Duration::from_millis(500), feed.next()).await.is_err(),
        "a change out of scope was told"
    );
    docker(
        1,
        &["run", "-d", "--name", "ywake-near", "busybox:lab", "sleep", "1000"],
    );
    work.follow_until(&mut feed, &mut window, |w| {
        w.rows.iter().any(|r| r.name == "ywake-near")
    })
    .await;
    assert_eq!(window.rows.len(), 1);
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deploys_stay_in_scope_and_within_the_quota() {
    let work = Work::begin("yquota-").await;
    let yard = &work.yard;
    let quota = Quota {
        cpus: Some(Cpus::from_nanos(300_000_000)),
        ..Quota::default()
    };
    pool(&work, "a", "zone=a", quota).await;
    let deployer = person(&work, "deployer-a", vec![grant("deployer", "a", None)]).await;
    let mut wanted = request("yquota-web", &[], 1);
    wanted.target = Target::All;
    wanted.spec.cpus = Cpus::from_nanos(200_000_000);
    wanted.spec.memory = shipyard_model::Bytes::new(16 << 20);
    wanted.spec.user = "1000".to_owned();
    let plan = yard.deploy_plan(&deployer, wanted.clone()).await.unwrap();
    let engines: Vec<_> = plan.engines.iter().map(|e| e.name.to_string()).collect();
    assert_eq!(
        (engines, plan.problems.len()),
        (vec!["node1".to_owned()], 0),
        "{plan:?}"
    );
    let id = yard.deploy(&deployer, wanted.clone()).await.unwrap();
    assert!(work.end(&id).await.counts().0 == 1);
    wanted.spec.name = "yquota-more".to_owned();
    assert_eq!(code(yard.deploy(&deployer, wanted.clone()).await), "pool.quota-cpus");
    wanted.spec.cpus = Cpus::default();
    assert_eq!(code(yard.deploy(&deployer, wanted.clone()).await), "pool.reserve-cpus");
    // A narrowed grant makes nothing that lies outside of it.
    let narrow = Narrow::Stack("shop".to_owned());
    pool(&work, "b", "zone=b", Quota::default()).await;
    let shop = person(&work, "shop", vec![grant("deployer", "b", Some(narrow))]).await;
    wanted.spec.name = "yquota-shop".to_owned();
    wanted.copies = Copies::Total(1);
    let id = yard.deploy(&shop, wanted).await.unwrap();
    assert!(work.end(&id).await.counts().0 == 1);
    let label = docker(
        2,
        &[
            "inspect",
            "--format",
            "{{index .Config.Labels \"com.docker.compose.project\"}}",
            "yquota-shop",
        ],
    );
    assert_eq!(label.trim(), "shop");
    let view = View::Container {
        engine: "node2".to_owned(),
        name: "yquota-shop".to_owned(),
    };
    find(&work, "node2", "yquota-shop").await;
    assert!(matches!(yard.view(&shop, &view).unwrap(), ViewData::Container(Some(_))));
    work.done().await;
}

/// A sum tells of every container that is in it.
async fn what_engines_use_is_for_who_sees_them_whole(work: &Work, whole: [&Actor; 2], narrow: &Actor) {
    let yard = &work.yard;
    let engine = |name: &str| UsageOf::Engine { name: name.to_owned() };
    let history = |actor: &Actor, of: &UsageOf| yard.usage_history(actor, of, UsageSpan::Hour);
    let own = UsageOf::Container {
        engine: "node1".to_owned(),
        name: "yscope-blue".to_owned(),
    };
    let known = |history: &UsageHistory| history.memory.iter().flatten().count() > 0;
    let mut tries = 0;
    // All that run are kept, so there is a past though nobody has looked.
    while !(known(&history(narrow, &own).unwrap()) && known(&history(whole[0], &engine("node1")).unwrap())) {
        tries += 1;
        assert!(tries < 400, "no past of what runs");
        sleep(Duration::from_millis(100)).await;
    }
    for actor in whole {
        let (sum, all) = (
            history(actor, &engine("node1")).unwrap(),
            history(actor, &UsageOf::Fleet).unwrap(),
        );
        assert_eq!(sum.capacity, all.capacity, "their fleet is node1");
        assert_ne!(all.capacity, history(&work.admin, &UsageOf::Fleet).unwrap().capacity);
        assert_eq!(code(history(actor, &engine("node2"))), "not-found");
        let mut sums = pin!(yard.usage_follow(actor, None).unwrap());
        match timeout(Duration::from_secs(30), sums.next()).await.unwrap() {
            Some(StatsMessage::Sum { sum }) => assert_eq!(Some(sum.capacity), all.capacity),
            other => panic!("{other:?}"),
        }
        assert_eq!(code(yard.usage_follow(actor, Some("node2")).map(|_| ())), "not-found");
    }
    for of in [engine("node1"), UsageOf::Fleet] {
        assert_eq!(code(history(narrow, &of)), "usage.in-part");
    }
    for of in [Some("node1"), None] {
        assert_eq!(code(yard.usage_follow(narrow, of).map(|_| ())), "usage.in-part");
    }
    assert_eq!(code(history(narrow, &engine("node2"))), "not-found");
}
