//! Where copies go on real engines: spread, filled, over zones, apart from each other and from ports that are taken; and
//! fifty deploys at once never take more than there is.
use crate::help::{Lab, Use, credentials, docker, engine};
use shipyard_fleet::deploy;
use shipyard_model::deploy::{
    Affinity, ContainerSpec, Copies, DeployRequest, PortSpec, PullPolicy, Selector, SkipReason, Strategy, Target,
};
use shipyard_model::operation::Operation;
use shipyard_model::{Bytes, Constraint, Cpus};
use std::collections::BTreeMap;
use std::sync::Arc;

const TENTH: Cpus = Cpus::from_nanos(100_000_000);

fn request(name: &str, copies: u16) -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            image: "busybox:lab".to_owned(),
            name: name.to_owned(),
            command: vec!["sleep".to_owned(), "1000".to_owned()],
            ..ContainerSpec::default()
        },
        copies: Copies::Total(copies),
        pull: PullPolicy::Never,
        ..DeployRequest::default()
    }
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

async fn run(lab: &Lab, request: DeployRequest) -> Arc<Operation> {
    let prepared = deploy::prepare(&lab.fleet, request, &anywhere(), "test").unwrap();
    let id = prepared.id().clone();
    prepared.run().await;
    let operation = lab.end(&id).await;
    let (done, _, all) = operation.counts();
    assert_eq!(done, all, "{operation:?}");
    operation
}

/// How many copies each engine really has, by the engine's own word.
fn there(prefix: &str) -> [usize; 3] {
    [1, 2, 3].map(|node| {
        docker(node, &["ps", "-q", "--filter", &format!("name={prefix}")])
            .lines()
            .count()
    })
}

/// Gives the engines other labels and, if said so, one CPU each.
async fn change(lab: &Lab, labels: [&str; 3], cpus: Option<Cpus>) {
    for (number, labels) in (1..).zip(labels) {
        let address = format!("https://10.210.0.{}:2376", 10 + number);
        let mut engine = engine(number, &address, labels);
        engine.cpus_override = cpus;
        lab.fleet.put(engine, Some(credentials()));
    }
    lab.until("three engines with their new settings", 15, |snapshot| {
        let mut all = snapshot.engines.values().zip(labels);
        snapshot.engines.len() == 3
            && all.all(|(state, labels)| state.health.is_up() && state.engine.labels.to_string() == labels)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_spread_filled_and_evened_out_over_zones() {
    let lab = Lab::enter("flplace-", Use::Alone).await;
    run(&lab, request("flplace-even", 6)).await;
    assert_eq!(there("flplace-even"), [2, 2, 2]);

    // One engine is fuller than the others, so it is filled first.
    let mut first = request("flplace-first", 1);
    first.spec.cpus = TENTH;
    first.target = Target::Labels(vec![Constraint::parse("engine=node2").unwrap()]);
    run(&lab, first).await;
    let mut fill = request("flplace-fill", 3);
    fill.spec.cpus = TENTH;
    fill.strategy = Strategy::Fill;
    run(&lab, fill).await;
    assert_eq!(there("flplace-fill"), [0, 3, 0]);

    change(&lab, ["zone=a", "zone=b", "zone=b"], None).await;
    let mut zones = request("flplace-zone", 4);
    zones.strategy = Strategy::SpreadOver("zone".to_owned());
    run(&lab, zones.clone()).await;
    assert_eq!(there("flplace-zone"), [2, 1, 1]);
    // What is there counts: two more keep it even.
    zones.copies = Copies::Total(2);
    run(&lab, zones).await;
    let [a, b, c] = there("flplace-zone");
    assert_eq!((a, b + c), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_keep_away_from_a_port_and_from_each_other() {
    let lab = Lab::enter("flapart-", Use::Shared).await;
    let mut fixed = request("flapart-port", 3);
    fixed.spec.ports = vec![PortSpec {
        host: Some(18241),
        container: 80,
        ..PortSpec::default()
    }];
    run(&lab, fixed.clone()).await;
    assert_eq!(there("flapart-port"), [1, 1, 1]);
    lab.until("the ports", 20, |snapshot| {
        let mut engines = snapshot.engines.values();
        engines.all(|engine| {
            engine
                .containers
                .iter()
                .any(|c| c.ports.iter().any(|port| port.host == Some(18241)))
        })
    })
    .await;
    fixed.copies = Copies::Total(1);
    let full = deploy::prepare(&lab.fleet, fixed.clone(), &anywhere(), "test")
        .err()
        .unwrap();
    assert_eq!(full.code, "deploy.port-taken");
    let plan = deploy::plan(&lab.fleet, &fixed, &anywhere());
    for verdict in &plan.engines {
        let told = verdict.skipped.as_ref().unwrap().to_string();
        assert!(told.starts_with("port 18241 is taken by flapart-port-"), "{told}");
    }

    let away = |text: &str| Affinity {
        with: false,
        containers: Selector::parse(text).unwrap(),
    };
    let mut alone = request("flapart-alone", 2);
    alone.affinity = vec![away("flapart-alone")];
    run(&lab, alone.clone()).await;
    run(
        &lab,
        DeployRequest {
            copies: Copies::Total(1),
            ..alone.clone()
        },
    )
    .await;
    assert_eq!(there("flapart-alone"), [1, 1, 1]);
    let plan = deploy::plan(&lab.fleet, &alone, &anywhere());
    assert_eq!(plan.problems[0].code, "deploy.kept-away");
    let with =
        |verdict: &shipyard_model::deploy::EngineVerdict| matches!(verdict.skipped, Some(SkipReason::With { .. }));
    assert!(plan.engines.iter().all(with));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_started_elsewhere_counts_with_its_limits() {
    let lab = Lab::enter("flforeign-", Use::Shared).await;
    lab.fleet.limits_known().await;
    let takes = async |name: &'static str, cpus: &str, memory: u64| {
        let wanted = (Cpus::parse(cpus).unwrap(), Bytes::mib(memory));
        lab.until("its limits", 10, |snapshot| {
            let mut engines = snapshot.engines.values();
            engines.any(|engine| {
                let found = engine.by_name(name).map(|container| engine.reserves(container));
                found.is_some_and(|takes| (takes.cpus, takes.memory) == wanted)
            })
        })
        .await;
    };
    let run = |name: &str, options: &[&str]| {
        let ours = [
            &["run", "-d", "--name", name],
            options,
            &["busybox:lab", "sleep", "1000"],
        ];
        docker(1, &ours.concat())
    };
    run("flforeign-limits", &["--cpus", "0.5", "--memory", "64m"]);
    takes("flforeign-limits", "0.5", 64).await;
    docker(
        1,
        &["update", "--memory", "96m", "--memory-swap", "192m", "flforeign-limits"],
    );
    takes("flforeign-limits", "0.5", 96).await;
    run("flforeign-quota", &["--cpu-period", "50000", "--cpu-quota", "12500"]);
    takes("flforeign-quota", "0.25", 0).await;
    let least = Bytes::mib(96);
    let reserved = lab
        .fleet
        .snapshot()
        .engines
        .values()
        .map(|engine| engine.reserved().memory)
        .max();
    assert!(reserved >= Some(least), "{reserved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_deploys_at_once_never_take_more_than_there_is() {
    const DEPLOYS: usize = 50;
    let lab = Lab::enter("flrace-", Use::Alone).await;
    change(&lab, ["zone=a", "zone=b", "zone=c"], Some(Cpus::whole(1))).await;
    let free = |lab: &Lab| -> BTreeMap<String, u64> {
        let snapshot = lab.fleet.snapshot();
        let engines = snapshot.engines.values();
        let slots = |nanos: u64| nanos / TENTH.nanos();
        engines
            .map(|e| {
                (
                    e.engine.name.to_string(),
                    slots(e.capacity().cpus.saturating_sub(e.reserved().cpus).nanos()),
                )
            })
            .collect()
    };
    let room = usize::try_from(free(&lab).values().sum::<u64>()).unwrap();
    assert!((10..DEPLOYS).contains(&room), "{room}");
    let deploys = (0..DEPLOYS).map(|number| {
        let fleet = lab.fleet.clone();
        // Half of them find their name taken by another, and are numbered.
        let mut request = request(&format!("flrace-{}", number % 25), 1);
        request.spec.cpus = TENTH;
        request.spec.memory = Bytes::mib(8);
        tokio::spawn(async move {
            let prepared = deploy::prepare(&fleet, request, &anywhere(), "test").map_err(|problem| problem.code)?;
            let id = prepared.id().clone();
            prepared.run().await;
            Ok::<_, String>(id)
        })
    });
    let (mut made, mut refused) = (0, Vec::new());
    for deploy in deploys.collect::<Vec<_>>() {
        match deploy.await.unwrap() {
            Ok(id) => {
                let operation = lab.end(&id).await;
                assert_eq!(operation.counts(), (1, 0, 1), "{operation:?}");
                made += 1;
            }
            Err(code) => refused.push(code),
        }
    }
    assert_eq!((made, refused.len()), (room, DEPLOYS - room));
    assert!(refused.iter().all(|code| code == "deploy.no-room"), "{refused:?}");
    assert_eq!(there("flrace-").iter().sum::<usize>(), room);
    lab.until("all of them", 10, |snapshot| {
        let containers = snapshot.engines.values().flat_map(|engine| engine.containers.iter());
        containers
            .filter(|c| c.name.starts_with("flrace-") && c.state.is_alive())
            .count()
            == room
    })
    .await;
    assert!(free(&lab).values().all(|left| *left == 0), "{:?}", free(&lab));
    let snapshot = lab.fleet.snapshot();
    assert!(
        snapshot
            .engines
            .values()
            .all(|e| e.reserved().cpus <= e.capacity().cpus),
        "never more than there is"
    );
}
