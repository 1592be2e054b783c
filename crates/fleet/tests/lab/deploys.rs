//! Deploys on real engines: spread by label, pulls, failures on one engine, undoing, cancelling.
use crate::help::{Lab, Use, docker, why, words};
use shipyard_fleet::deploy;
use shipyard_model::container::{LABEL_CPUS, LABEL_DEPLOY, LABEL_MEMORY};
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, PortSpec, PullPolicy, Strategy, Target};
use shipyard_model::label::Constraint;
use shipyard_model::operation::{Operation, Step, TargetState};
use shipyard_model::{Bytes, ContainerState, Cpus, EngineName};
use std::sync::Arc;
use std::time::Duration;

fn request(name: &str, copies: Copies) -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            image: "busybox:lab".to_owned(),
            name: name.to_owned(),
            command: vec!["sleep".to_owned(), "1000".to_owned()],
            ..ContainerSpec::default()
        },
        copies,
        target: Target::All,
        strategy: Strategy::Spread,
        pull: PullPolicy::Never,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

fn on(names: &[&str]) -> Target {
    Target::Named(names.iter().map(|name| EngineName::parse(name).unwrap()).collect())
}

async fn run(lab: &Lab, request: DeployRequest) -> Arc<Operation> {
    let prepared = deploy::prepare(&lab.fleet, request, &anywhere(), "test").unwrap();
    let id = prepared.id().clone();
    prepared.run().await;
    lab.end(&id).await
}

fn by_engine(operation: &Operation) -> Vec<(&str, &str)> {
    let mut all: Vec<_> = operation
        .targets
        .iter()
        .map(|t| t.engine.as_str())
        .zip(words(operation))
        .collect();
    all.sort_unstable();
    all
}

fn anywhere() -> deploy::Bounds<'static> {
    deploy::Bounds {
        engines: &|_| true,
        sees: &|_, _| true,
        quotas: &[],
        labels: Vec::new(),
        as_named: false,
        joins: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_spread_over_the_engines_with_the_labels() {
    let lab = Lab::enter("fldep-", Use::Shared).await;
    let mut request = request("fldep-web", Copies::Total(3));
    request.target = Target::Labels(["zone=a", "zone=b"].map(|l| Constraint::parse(l).unwrap()).to_vec());
    request.spec.cpus = Cpus::from_nanos(100_000_000);
    request.spec.memory = Bytes::mib(16);
    let plan = deploy::plan(&lab.fleet, &request, &anywhere());
    assert_eq!(plan.problems, []);
    let operation = run(&lab, request.clone()).await;
    assert_eq!(
        by_engine(&operation),
        [("node1", "done"), ("node1", "done"), ("node2", "done")]
    );
    let planned: Vec<_> = plan.copies.iter().map(|c| (&c.name, &c.engine_name)).collect();
    let made: Vec<_> = operation.targets.iter().map(|t| (&t.name, &t.engine)).collect();
    assert_eq!(planned, made, "what was shown is what was done");

    lab.state(1, "fldep-web-1", ContainerState::Running).await;
    let (_, container) = lab.find(1, "fldep-web-1").unwrap();
    assert_eq!(container.labels.get(LABEL_DEPLOY), Some(operation.id.as_str()));
    assert_eq!(container.labels.get(LABEL_CPUS), Some("100000000"));
    assert_eq!(
        container.labels.get(LABEL_MEMORY),
        Some((16 * 1024 * 1024).to_string().as_str())
    );
    let limits = docker(
        1,
        &[
            "inspect",
            "-f",
            "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}",
            "fldep-web-1",
        ],
    );
    assert_eq!(limits.trim(), "100000000 16777216");
    let again = deploy::plan(&lab.fleet, &request, &anywhere());
    assert_eq!(again.copies[0].name, "fldep-web-4", "names go on");
    let node2 = again.engines.iter().find(|e| e.name.as_str() == "node2").unwrap();
    assert!(node2.reserved_before.cpus >= Cpus::from_nanos(100_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_taken_by_a_stranger_fails_that_copy_only_and_leaves_nothing_behind() {
    let lab = Lab::enter("flport-", Use::Shared).await;
    // In the engine's own network and no published port: the model cannot know it.
    let listen = "run -d --network host --name flport-x busybox:lab httpd -f -p 18232";
    docker(2, &listen.split(' ').collect::<Vec<_>>());
    docker(
        2,
        &[
            "exec",
            "flport-x",
            "sh",
            "-c",
            "for i in $(seq 50); do nc -w 1 127.0.0.1 18232 </dev/null && exit; sleep 0.1; done; exit 1",
        ],
    );
    let mut request = request("flport-web", Copies::EachEngine);
    request.spec.ports = vec![PortSpec {
        host: Some(18232),
        container: 80,
        ..PortSpec::default()
    }];
    let operation = run(&lab, request.clone()).await;
    assert_eq!(
        by_engine(&operation),
        [("node1", "done"), ("node2", "failed"), ("node3", "done")]
    );
    let failed = operation
        .targets
        .iter()
        .position(|t| t.engine.as_str() == "node2")
        .unwrap();
    assert!(
        why(&operation, failed).1.contains("18232"),
        "{:?}",
        why(&operation, failed)
    );
    assert_eq!(docker(2, &["ps", "-aq", "--filter", "name=flport-web"]), "");
    assert_ne!(docker(1, &["ps", "-q", "--filter", "name=flport-web"]), "");

    // The port is taken on two engines now, and the third fails: nothing of this one shall stay.
    for node in [1, 3] {
        docker(
            node,
            &[
                "rm",
                "-f",
                &operation
                    .targets
                    .iter()
                    .find(|t| t.engine.as_str() == format!("node{node}"))
                    .unwrap()
                    .name,
            ],
        );
    }
    lab.until("the ports free", 20, |s| {
        !s.engines
            .values()
            .any(|e| e.containers.iter().any(|c| c.name.starts_with("flport-web")))
    })
    .await;
    request.undo_on_failure = true;
    let operation = run(&lab, request).await;
    let words = words(&operation);
    assert!(!words.contains(&"done") && words.contains(&"failed"), "{words:?}");
    for node in 1..=3 {
        assert_eq!(
            docker(node, &["ps", "-aq", "--filter", "name=flport-web"]),
            "",
            "node{node}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_taken_meanwhile_is_told_by_its_engine() {
    let lab = Lab::enter("flname-", Use::Shared).await;
    let mut request = request("flname-web", Copies::Total(2));
    request.target = on(&["node1", "node2"]);
    let prepared = deploy::prepare(&lab.fleet, request, &anywhere(), "test").unwrap();
    docker(1, &["create", "--name", "flname-web-1", "busybox:lab"]);
    let id = prepared.id().clone();
    prepared.run().await;
    let operation = lab.end(&id).await;
    assert_eq!(by_engine(&operation), [("node1", "failed"), ("node2", "done")]);
    assert!(
        why(&operation, 0).1.contains("flname-web-1"),
        "{:?}",
        why(&operation, 0)
    );
    assert_eq!(
        docker(1, &["ps", "-aq", "--filter", "name=flname-web-1"])
            .split_whitespace()
            .count(),
        1,
        "not ours"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_pulled_once_and_its_layers_are_shown() {
    const IMAGE: &str = "10.210.0.1:5000/layers:lab";
    let lab = Lab::enter("flpull-", Use::Alone).await;
    let _ = std::panic::catch_unwind(|| docker(3, &["rmi", "-f", IMAGE]));
    let mut request = request("flpull-web", Copies::Total(2));
    request.spec.image = IMAGE.to_owned();
    request.target = on(&["node3"]);
    let operation = run(&lab, request.clone()).await;
    assert_eq!(why(&operation, 0).0, "deploy.image-missing");

    request.pull = PullPolicy::Missing;
    let prepared = deploy::prepare(&lab.fleet, request, &anywhere(), "test").unwrap();
    let id = prepared.id().clone();
    let mut changes = lab.fleet.operations().changes();
    let work = tokio::spawn(prepared.run());
    let (mut seen, mut pulling) = (0, 0);
    while !work.is_finished() {
        let _ = tokio::time::timeout(Duration::from_millis(50), changes.changed()).await;
        let operation = lab.fleet.operations().get(&id).unwrap();
        seen = seen.max(operation.targets[1].layers.len());
        let pull = TargetState::Working { step: Step::Pull };
        pulling = pulling.max(operation.targets.iter().filter(|t| t.state == pull).count());
    }
    let operation = lab.end(&id).await;
    docker(3, &["rm", "-f", "flpull-web-1", "flpull-web-2"]);
    docker(3, &["rmi", "-f", IMAGE]);
    assert_eq!(words(&operation), ["done", "done"]);
    assert!(seen >= 2, "layers seen: {seen}");
    assert_eq!(pulling, 2, "both copies wait for the one pull");
    assert!(operation.targets.iter().all(|target| target.layers.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_nobody_has_fails_with_the_registrys_words() {
    let lab = Lab::enter("flnone-", Use::Shared).await;
    let mut request = request("flnone-web", Copies::Total(1));
    request.spec.image = "10.210.0.1:5000/nothing:lab".to_owned();
    request.pull = PullPolicy::Missing;
    request.target = on(&["node1"]);
    let operation = run(&lab, request).await;
    let (code, detail) = why(&operation, 0);
    assert!(code.starts_with("image."), "{code} {detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_deploy_begins_nothing_more() {
    let lab = Lab::enter("flcan-", Use::Shared).await;
    let prepared = deploy::prepare(&lab.fleet, request("flcan-web", Copies::Total(6)), &anywhere(), "test").unwrap();
    let id = prepared.id().clone();
    assert!(lab.fleet.operations().cancel(&id));
    prepared.run().await;
    let operation = lab.end(&id).await;
    assert_eq!(words(&operation), ["cancelled"; 6]);
    assert_eq!(docker(1, &["ps", "-aq", "--filter", "name=flcan-"]), "");
    assert_eq!(
        deploy::plan(&lab.fleet, &request("flcan-web", Copies::Total(1)), &anywhere()).copies[0].name,
        "flcan-web"
    );
}
