//! Rolls and scaling on real engines, through the lab's own registry.
use crate::help::{Work, docker};
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, PortSpec, PullPolicy, Strategy, Target};
use shipyard_model::live::{View, ViewData};
use shipyard_model::operation::{Operation, TargetState};
use shipyard_model::page::ContainerQuery;
use shipyard_model::roll::RollRequest;
use shipyard_model::{ContainerRow, ContainerState, EngineName};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// An image in the registry that this test alone uses; its newest state has a label and a command.
fn publish(image: &str, label: &str, command: &str) {
    let name = format!("{}-maker", image.rsplit('/').next().unwrap().replace(':', "-"));
    docker(1, &["create", "--name", &name, "busybox:lab"]);
    let (label, command) = (format!("LABEL state={label}"), format!("CMD {command}"));
    docker(1, &["commit", "-c", &label, "-c", &command, &name, image]);
    docker(1, &["push", "-q", image]);
    docker(1, &["rm", &name]);
}

fn unpublish(image: &str) {
    for node in 1..=3 {
        let ids = docker(node, &["images", "-q", image.split(":lab").next().unwrap()]);
        for id in ids.split_whitespace().collect::<BTreeSet<_>>() {
            // A layer that another test's container has stays.
            let socket = format!("{}/node{node}/docker.sock", std::env::var("SHIPYARD_LAB").unwrap());
            let _ = std::process::Command::new("docker")
                .args(["-H", &format!("unix://{socket}"), "rmi", "-f", id])
                .output();
        }
    }
}

pub(crate) fn request(image: &str, name: &str, on: &[&str]) -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            image: image.to_owned(),
            name: name.to_owned(),
            env: vec![("GREETING".to_owned(), "a=b".to_owned())],
            ..ContainerSpec::default()
        },
        copies: Copies::EachEngine,
        target: Target::Named(on.iter().map(|name| EngineName::parse(name).unwrap()).collect()),
        strategy: Strategy::Spread,
        pull: PullPolicy::Always,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

fn roll(image: &str) -> RollRequest {
    RollRequest {
        image: image.split(":lab").next().unwrap().to_owned(),
        ..RollRequest::default()
    }
}

/// What is seen of the test's containers, once there are so many and all of them run.
pub(crate) async fn rows(work: &Work, prefix: &str, count: usize) -> Vec<ContainerRow> {
    let query = ContainerQuery {
        text: prefix.to_owned(),
        limit: 100,
        ..ContainerQuery::default()
    };
    for _ in 0..100 {
        let view = work
            .yard
            .view(&work.admin, &View::Containers { query: query.clone() })
            .unwrap();
        let ViewData::Containers(window) = view else { panic!() };
        let all_run = window.rows.iter().all(|row| row.state == ContainerState::Running);
        if window.rows.len() == count && all_run {
            return window.rows.into_iter().map(Arc::unwrap_or_clone).collect();
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("not {count} containers of {prefix}")
}

pub(crate) fn codes(operation: &Operation) -> Vec<String> {
    let code = |state: &TargetState| match state {
        TargetState::Done => "done".to_owned(),
        TargetState::Failed { why } => why.code.clone(),
        other => format!("{other:?}"),
    };
    operation.targets.iter().map(|target| code(&target.state)).collect()
}

fn state_of(node: u8, name: &str) -> String {
    docker(
        node,
        &[
            "inspect",
            "-f",
            "{{.Config.Labels.state}} {{.State.Running}} {{.Config.Env}}",
            name,
        ],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_image_takes_the_place_of_the_older_one_and_a_bad_one_does_not() {
    const IMAGE: &str = "10.210.0.1:5000/roll-web:lab";
    let work = Work::begin("roll-web").await;
    unpublish(IMAGE);
    publish(IMAGE, "one", r#"["sleep", "1000"]"#);
    let id = work
        .yard
        .deploy(&work.admin, request(IMAGE, "roll-web", &["node1", "node2"]))
        .await
        .unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done", "done"]);
    let before = rows(&work, "roll-web", 2).await;
    let other = ["run", "-d", "--name", "roll-web-other", "busybox:lab", "sleep", "1000"];
    docker(1, &other);

    publish(IMAGE, "two", r#"["sleep", "1000"]"#);
    let plan = work.yard.roll_plan(&work.admin, roll(IMAGE)).await.unwrap();
    let planned: Vec<_> = plan
        .containers
        .iter()
        .map(|it| (it.engine.as_str(), &*it.from, &*it.to, &it.problem))
        .collect();
    assert_eq!(
        planned,
        [("node1", IMAGE, IMAGE, &None), ("node2", IMAGE, IMAGE, &None)]
    );
    let id = work.yard.roll(&work.admin, roll(IMAGE)).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done", "done"]);
    let names: Vec<_> = before
        .iter()
        .map(|row| (row.engine.as_str(), row.name.as_str()))
        .collect();
    for (engine, name) in &names {
        let node = engine.trim_start_matches("node").parse().unwrap();
        let state = state_of(node, name);
        assert!(
            state.starts_with("two true") && state.contains("GREETING=a=b"),
            "{state}"
        );
    }
    let after = rows(&work, "roll-web", 3).await;
    assert!(
        before.iter().all(|row| after.iter().all(|new| new.at != row.at)),
        "nothing of the old ones is left"
    );
    let label = "{{index .Config.Labels \"shipyard.deploy\"}}";
    assert!(
        docker(1, &["inspect", "-f", label, names[0].1]).starts_with("op-"),
        "its labels stay"
    );

    // Nothing newer: nothing happens.
    let id = work.yard.roll(&work.admin, roll(IMAGE)).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done", "done"]);
    let same = rows(&work, "roll-web", 3).await;
    assert_eq!(
        same.iter().map(|row| &row.at).collect::<BTreeSet<_>>(),
        after.iter().map(|row| &row.at).collect()
    );

    publish(IMAGE, "bad", r#"["false"]"#);
    let id = work.yard.roll(&work.admin, roll(IMAGE)).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["roll.put-back", "roll.put-back"]);
    let TargetState::Failed { why } = &ended.targets[0].state else {
        panic!()
    };
    assert!(
        why.detail.contains("exit code 1") && why.detail.contains("runs again"),
        "{}",
        why.detail
    );
    let back = rows(&work, "roll-web", 3).await;
    assert_eq!(
        back.iter().map(|row| &row.at).collect::<BTreeSet<_>>(),
        after.iter().map(|row| &row.at).collect()
    );
    assert!(state_of(1, names[0].1).starts_with("two true"));

    // The name of the image stands for the bad one now: the old ones are known all the same.
    publish(IMAGE, "three", r#"["sleep", "1000"]"#);
    let tagged = RollRequest {
        tag: Some("la*".to_owned()),
        engines: vec!["node2".to_owned()],
        ..roll(IMAGE)
    };
    let id = work.yard.roll(&work.admin, tagged).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(
        (codes(&ended), ended.targets[0].engine.as_str()),
        (vec!["done".to_owned()], "node2")
    );
    let none = RollRequest {
        tag: Some("1.*".to_owned()),
        ..roll(IMAGE)
    };
    assert_eq!(work.yard.roll(&work.admin, none).await.unwrap_err().code, "roll.none");
    work.done().await;
    unpublish(IMAGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_policy_or_the_specification_does_not_bear_is_left_alone() {
    const IMAGE: &str = "10.210.0.1:5000/roll-bound:lab";
    let work = Work::begin("roll-bound").await;
    unpublish(IMAGE);
    publish(IMAGE, "one", r#"["sleep", "1000"]"#);
    let options: [&[&str]; 3] = [&[], &["--uts", "host"], &["--rm", "--cpu-shares", "512"]];
    for (number, more) in options.iter().enumerate() {
        let name = format!("roll-bound-{number}");
        docker(
            1,
            &[&["run", "-d", "--stop-timeout", "1", "--name", &name], *more, &[IMAGE]].concat(),
        );
    }
    rows(&work, "roll-bound", 3).await;
    publish(IMAGE, "two", r#"["sleep", "1000"]"#);
    let operator = work.actor("operator").await;
    let plan = work.yard.roll_plan(&operator, roll(IMAGE)).await.unwrap();
    let told: Vec<_> = plan
        .containers
        .iter()
        .map(|it| it.problem.as_ref().map_or("", |why| &why.code))
        .collect();
    assert_eq!(told, ["", "policy.refused", "container.beyond-spec"]);
    let beyond = plan.containers[2].problem.as_ref().unwrap();
    assert!(beyond.detail.contains("AutoRemove"), "{}", beyond.detail);

    let id = work.yard.roll(&operator, roll(IMAGE)).await.unwrap();
    assert_eq!(
        codes(&work.end(&id).await),
        ["done", "policy.refused", "container.beyond-spec"]
    );
    let states: Vec<_> = (0..3)
        .map(|n| state_of(1, &format!("roll-bound-{n}"))[..3].to_owned())
        .collect();
    assert_eq!(states, ["two", "one", "one"]);

    docker(1, &["rm", "-f", "roll-bound-0"]);
    docker(1, &["rm", "-f", "roll-bound-2"]);
    rows(&work, "roll-bound", 1).await;
    let refused = work.yard.roll(&operator, roll(IMAGE)).await.unwrap_err();
    assert_eq!((refused.status, &*refused.code), (403, "policy.refused"));
    let id = work.yard.roll(&work.admin, roll(IMAGE)).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done"], "an administrator may");
    let format = "{{.HostConfig.UTSMode}} {{.Config.Labels.state}}";
    assert_eq!(docker(1, &["inspect", "-f", format, "roll-bound-1"]).trim(), "host two");
    work.done().await;
    unpublish(IMAGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_scaled_up_and_down() {
    let work = Work::begin("roll-scale").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let publish = ["-p", "18441:80", "-e", "A=1"];
    docker(
        1,
        &[
            &["run", "-d", "--stop-timeout", "1", "--name", "roll-scale"],
            &publish[..],
            &["busybox:lab", "sleep", "1000"],
        ]
        .concat(),
    );
    docker(
        1,
        &[
            "run",
            "-d",
            "--stop-timeout",
            "1",
            "--name",
            "roll-scale-not",
            "busybox:lab",
            "sleep",
            "999",
        ],
    );
    let all = rows(&work, "roll-scale", 2).await;
    let named = all.iter().find(|row| row.name == "roll-scale").unwrap().at.clone();
    assert_eq!(yard.scale(admin, &named, 0).await.unwrap_err().code, "scale.none");

    let plan = yard.scale_plan(admin, &named, 3).await.unwrap();
    assert_eq!(
        (plan.now, plan.random_ports.len()),
        (1, 0),
        "there are engines where the port is free"
    );
    let id = yard.scale(admin, &named, 3).await.unwrap();
    let ended = work.end(&id).await;
    assert_eq!(codes(&ended), ["done", "done"]);
    let engines: BTreeSet<_> = ended.targets.iter().map(|target| target.engine.as_str()).collect();
    assert_eq!(engines, BTreeSet::from(["node2", "node3"]));
    rows(&work, "roll-scale", 4).await;

    let plan = yard.scale_plan(admin, &named, 5).await.unwrap();
    assert_eq!(
        (plan.now, plan.random_ports.as_slice()),
        (3, &[18441][..]),
        "no engine has it free any more"
    );
    let copy = ended.targets[0].container.clone().unwrap();
    let id = yard.scale(admin, &copy, 5).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done", "done"]);
    let rows_now = rows(&work, "roll-scale", 6).await;
    assert!(
        rows_now
            .iter()
            .filter(|row| row.ports.iter().any(|port| port.host == Some(18441)))
            .count()
            == 3
    );
    for count in [&copy, &named] {
        assert_eq!(
            yard.scale_plan(admin, count, 5).await.unwrap().now,
            5,
            "each of them knows the others"
        );
    }

    // Nobody but who may remove scales down; and the named one always stays.
    let plan = yard.scale_plan(admin, &copy, 1).await.unwrap();
    assert!(plan.remove.len() == 4 && plan.remove.iter().all(|one| one.at != copy));
    let id = yard.scale(admin, &named, 2).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done"; 3]);
    let left = rows(&work, "roll-scale", 3).await;
    assert!(left.iter().any(|row| row.at == named) && left.iter().any(|row| row.name == "roll-scale-not"));
    let id = yard.scale(admin, &named, 2).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), Vec::<String>::new(), "it is so already");
    work.done().await;
}

/// An engine that lies of a container, as being root on its machine, makes nobody root on another by it.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_beyond_baseline_is_made_on_its_own_engine_alone() {
    let work = Work::begin("roll-beyond").await;
    let run = [
        "run",
        "-d",
        "--pid",
        "host",
        "--stop-timeout",
        "1",
        "--name",
        "roll-beyond",
        "busybox:lab",
        "sleep",
        "1000",
    ];
    docker(1, &run);
    let named = rows(&work, "roll-beyond", 1).await.remove(0).at;
    let id = work.yard.scale(&work.admin, &named, 3).await.unwrap();
    let ended = work.end(&id).await;
    let made: Vec<_> = ended.targets.iter().map(|target| target.engine.as_str()).collect();
    assert_eq!((codes(&ended), made), (vec!["done".to_owned(); 2], vec!["node1"; 2]));
    work.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_deploy_belong_together() {
    let work = Work::begin("roll-group").await;
    let (yard, admin) = (&work.yard, &work.admin);
    let mut deploy = request("busybox:lab", "roll-group", &["node1", "node2"]);
    deploy.pull = PullPolicy::Never;
    deploy.spec.command = vec!["sleep".to_owned(), "1000".to_owned()];
    deploy.spec.ports = vec![PortSpec {
        container: 80,
        ..PortSpec::default()
    }];
    deploy.spec.stop_timeout = Some(1);
    let id = yard.deploy(admin, deploy).await.unwrap();
    work.end(&id).await;
    let first = rows(&work, "roll-group", 2).await.remove(0);
    let id = yard.scale(admin, &first.at, 4).await.unwrap();
    assert_eq!(codes(&work.end(&id).await), ["done", "done"]);
    let all = rows(&work, "roll-group", 4).await;
    let names: BTreeSet<_> = all.iter().map(|row| row.name.as_str()).collect();
    assert!(names.iter().all(|name| name.starts_with("roll-group-")), "{names:?}");
    assert_eq!(yard.scale_plan(admin, &all[3].at, 4).await.unwrap().now, 4);
    let operator = work.actor("deployer").await;
    let refused = yard.scale(&operator, &first.at, 5).await.unwrap_err();
    assert_eq!(refused.code, "policy.refused", "what it is judged by is the actor's");
    work.done().await;
}
