//! The yard's daily work against real Docker engines (`SHIPYARD_LAB`): engines are added, a page follows the containers,
//! somebody deploys, looks, reads the log and removes; and who may not is refused.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it stands"
)]
mod activity;
mod affinity;
mod change;
mod help;
mod images;
mod moving;
mod names;
mod policy;
mod roll;
mod scope;
mod specs;

use futures_util::StreamExt;
use help::{Work, docker};
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, PullPolicy, Strategy, Target};
use shipyard_model::label::Constraint;
use shipyard_model::live::{View, ViewData};
use shipyard_model::page::{ContainerQuery, FleetGroup};
use shipyard_model::stream::{LogMessage, StatsMessage};
use shipyard_model::{ContainerState, ContainerVerb};
use shipyard_yard::{Feed, LogOptions};
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

fn request(name: &str, labels: &[&str], copies: u16) -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            image: "busybox:lab".to_owned(),
            name: name.to_owned(),
            command: ["sh", "-c", "echo hello; echo oops >&2; exec sleep 1000"]
                .map(str::to_owned)
                .to_vec(),
            env: vec![("TOKEN".to_owned(), "hunter2-in-the-environment".to_owned())],
            ..ContainerSpec::default()
        },
        copies: Copies::Total(copies),
        target: Target::Labels(labels.iter().map(|l| Constraint::parse(l).unwrap()).collect()),
        strategy: Strategy::Spread,
        pull: PullPolicy::Never,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_in_the_yard() {
    let work = Work::alone("yardday-").await;
    let (yard, admin) = (&work.yard, &work.admin);

    // A page follows the table; what plain docker does comes by itself.
    let query = ContainerQuery {
        text: "yardday-".to_owned(),
        ..ContainerQuery::default()
    };
    let mut feed = yard.follow(admin, View::Containers { query }).unwrap();
    let Some(Feed::Whole(ViewData::Containers(mut window))) = feed.next().await else {
        panic!("whole at first")
    };
    assert_eq!((window.rows.len(), window.counts.engines_down), (0, 0));
    docker(1, &["run", "-d", "--name", "yardday-x", "busybox:lab", "sleep", "1000"]);
    work.follow_until(&mut feed, &mut window, |w| {
        w.rows.iter().any(|r| r.state == ContainerState::Running)
    })
    .await;
    docker(1, &["rm", "-f", "yardday-x"]);
    work.follow_until(&mut feed, &mut window, |w| w.rows.is_empty()).await;

    // A deploy of three copies by label: the plan first, then what became of it, on the same table.
    let plan = yard
        .deploy_plan(admin, request("yardday-web", &["zone=a", "zone=b"], 3))
        .await
        .unwrap();
    assert_eq!((plan.problems.len(), plan.copies.len()), (0, 3));
    let id = yard
        .deploy(admin, request("yardday-web", &["zone=a", "zone=b"], 3))
        .await
        .unwrap();
    let operation = work.end(&id).await;
    assert_eq!(operation.counts(), (3, 0, 3), "{operation:?}");
    work.follow_until(&mut feed, &mut window, |w| {
        w.rows.iter().filter(|r| r.state == ContainerState::Running).count() == 3
    })
    .await;
    assert!(window.rows.iter().all(|row| row.engine.as_str() != "node3"));
    let measured = |w: &shipyard_model::live::ContainerWindow| w.rows.iter().all(|r| r.usage.is_some());
    work.follow_until(&mut feed, &mut window, measured).await;

    // One of them, closely.
    let (engine, name) = (window.rows[0].engine.to_string(), window.rows[0].name.clone());
    let hidden = yard.container_detail(admin, &engine, &name, false).await.unwrap();
    assert!(
        !serde_json::to_string(&hidden).unwrap().contains("hunter2"),
        "not before it is asked for"
    );
    let shown = yard.container_detail(admin, &engine, &name, true).await.unwrap();
    let token = shown.env.iter().find(|(key, _)| key == "TOKEN").unwrap();
    assert_eq!(token.1.as_deref(), Some("hunter2-in-the-environment"));
    let options = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let mut log = pin!(yard.logs(admin, &engine, &name, options).await.unwrap());
    let mut lines = Vec::new();
    while lines.len() < 2 {
        match timeout(SOON, log.next()).await.unwrap().unwrap() {
            LogMessage::Lines { lines: more, .. } => lines.extend(more.into_iter().map(|line| line.text)),
            other => panic!("{other:?}"),
        }
    }
    lines.sort();
    assert_eq!(lines, ["hello", "oops"]);
    let mut stats = pin!(yard.stats(admin, &engine, &name).await.unwrap());
    assert!(matches!(
        timeout(SOON, stats.next()).await.unwrap(),
        Some(StatsMessage::Sample { .. })
    ));

    // The end of all three, and of what followed them.
    let targets = window.rows.iter().map(|row| row.at.clone()).collect();
    let id = yard
        .containers_act(admin, ContainerVerb::Remove, targets)
        .await
        .unwrap();
    assert_eq!(work.end(&id).await.counts(), (3, 0, 3));
    work.follow_until(&mut feed, &mut window, |w| w.rows.is_empty()).await;
    assert_eq!(timeout(SOON, log.next()).await.unwrap(), Some(LogMessage::End));
    while !matches!(
        timeout(SOON, stats.next()).await.unwrap(),
        Some(StatsMessage::End) | None
    ) {}
    let ViewData::Fleet(page) = yard
        .view(
            admin,
            &View::Fleet {
                group: FleetGroup::Engine,
            },
        )
        .unwrap()
    else {
        panic!("another view")
    };
    let deployed = page.recent.iter().find(|h| h.what == "deploy").unwrap();
    assert_eq!(
        (deployed.actor.as_deref(), &*deployed.subject),
        (Some("admin"), "yardday-web")
    );
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_told() {
    let work = Work::begin("yardnone-").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let code = |problem: shipyard_model::Problem| (problem.status, problem.code);
    let missing = (404, "not-found".to_owned());
    assert_eq!(
        code(
            yard.container_detail(admin, "node1", "yardnone-x", false)
                .await
                .unwrap_err()
        ),
        missing
    );
    assert_eq!(
        code(yard.container_detail(admin, "nowhere", "x", false).await.unwrap_err()),
        missing
    );
    assert_eq!(
        code(
            yard.logs(admin, "node1", "yardnone-x", LogOptions::default())
                .await
                .err()
                .unwrap()
        ),
        missing
    );
    let none = yard
        .containers_act(admin, ContainerVerb::Stop, Vec::new())
        .await
        .unwrap_err();
    assert_eq!(none.code, "containers.none");
    let refused = yard
        .deploy(admin, request("yardnone-web", &["gpu"], 1))
        .await
        .unwrap_err();
    assert_eq!(refused.code, "deploy.no-engine-matches");
    let unknown = shipyard_model::OperationId::new("op-none");
    assert_eq!(code(yard.operation_cancel(admin, &unknown).await.unwrap_err()), missing);
    work.done().await;
}
