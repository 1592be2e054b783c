//! What placement promises, for fleets and requests of all kinds.
use super::*;
use proptest::prelude::{Just, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as Generator;
use shipyard_model::deploy::{ContainerSpec, PullPolicy};
use shipyard_model::label::Constraint;
use shipyard_model::{Bytes, Cpus, Millis};
use std::collections::BTreeMap;

fn candidate(number: usize) -> Candidate {
    Candidate {
        id: EngineId::new(format!("id-{number}")),
        name: EngineName::parse(&format!("node{number}")).unwrap(),
        labels: Labels::default(),
        capacity: Capacity {
            cpus: Cpus::whole(4),
            memory: Bytes::mib(4096),
        },
        reserved: Capacity::default(),
        health: EngineHealth::Up,
        names: BTreeSet::new(),
        ports: Vec::new(),
    }
}

fn request(copies: Copies) -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            image: "web".to_owned(),
            ..ContainerSpec::default()
        },
        copies,
        target: Target::All,
        strategy: Strategy::Spread,
        pull: PullPolicy::Missing,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

fn unreachable() -> EngineHealth {
    let why = Problem::new(503, "engine.timeout", "It timed out.");
    EngineHealth::Down {
        since: Millis(0),
        why,
        retry_at: Millis(0),
    }
}

fn counts(plan: &Plan) -> BTreeMap<String, usize> {
    plan.engines
        .iter()
        .map(|e| (e.name.to_string(), e.copies.len()))
        .collect()
}

fn any_candidate(number: usize) -> impl Generator<Value = Candidate> {
    let taken = prop::collection::vec((0_u16..3, prop::sample::select(vec!["", "0.0.0.0", "10.0.0.1"])), 0..2);
    let zone = prop::sample::select(vec!["", "zone=a", "zone=b", "zone=a ssd"]);
    (
        0_u32..6,
        0_u64..64,
        0_u64..8,
        0_u64..64,
        zone,
        taken,
        0_u8..6,
        any::<bool>(),
    )
        .prop_map(
            move |(cpus, memory, used, used_memory, zone, taken, health, named)| Candidate {
                labels: Labels::parse(zone).unwrap(),
                capacity: Capacity {
                    cpus: Cpus::whole(cpus),
                    memory: Bytes::mib(memory),
                },
                reserved: Capacity {
                    cpus: Cpus::from_nanos(used * 500_000_000),
                    memory: Bytes::mib(used_memory),
                },
                health: match health {
                    0 => unreachable(),
                    1 => EngineHealth::Connecting,
                    _ => EngineHealth::Up,
                },
                names: if named {
                    BTreeSet::from(["web".to_owned(), format!("web-{number}")])
                } else {
                    BTreeSet::new()
                },
                ports: taken
                    .into_iter()
                    .map(|(port, ip)| TakenPort {
                        ip: ip.to_owned(),
                        port: 8080 + port,
                        protocol: Protocol::Tcp,
                        by: "other".to_owned(),
                    })
                    .collect(),
                ..candidate(number)
            },
        )
}

fn any_fleet() -> impl Generator<Value = Vec<Candidate>> {
    (0_usize..7).prop_flat_map(|size| (0..size).map(any_candidate).collect::<Vec<_>>())
}

fn any_request() -> impl Generator<Value = DeployRequest> {
    let labels = prop::collection::vec(prop::sample::select(vec!["zone=a", "zone=b", "ssd"]), 1..3);
    let target = prop_oneof![
        Just(Target::All),
        labels.prop_map(|l| Target::Labels(l.iter().map(|l| Constraint::parse(l).unwrap()).collect())),
        prop::collection::vec(0_usize..7, 1..3).prop_map(|numbers| {
            Target::Named(
                numbers
                    .iter()
                    .map(|n| EngineName::parse(&format!("node{n}")).unwrap())
                    .collect(),
            )
        }),
    ];
    let copies = prop_oneof![(1_u16..12).prop_map(Copies::Total), Just(Copies::EachEngine)];
    let port = prop::option::of((0_u16..3, prop::sample::select(vec!["", "10.0.0.1", "10.0.0.2"])));
    (target, copies, any::<bool>(), 0_u64..4, 0_u64..24, port).prop_map(
        |(target, copies, fill, halves, memory, port)| DeployRequest {
            spec: ContainerSpec {
                image: "web".to_owned(),
                cpus: Cpus::from_nanos(halves * 500_000_000),
                memory: if memory < 6 { Bytes::ZERO } else { Bytes::mib(memory) },
                ports: port
                    .into_iter()
                    .map(|(port, ip)| PortSpec {
                        host_ip: ip.to_owned(),
                        host: Some(8080 + port),
                        container: 80,
                        protocol: Protocol::Tcp,
                    })
                    .collect(),
                ..ContainerSpec::default()
            },
            target,
            strategy: if fill { Strategy::Fill } else { Strategy::Spread },
            ..request(copies)
        },
    )
}

proptest! {
    #[test]
    fn nothing_is_promised_that_an_engine_cannot_keep(fleet in any_fleet(), request in any_request()) {
        let plan = plan(&fleet, &request);
        prop_assert_eq!(plan.engines.len(), fleet.len());
        let mut names = HashSet::new();
        for copy in &plan.copies {
            prop_assert!(names.insert(&copy.name), "one name twice");
            prop_assert!(fleet.iter().all(|e| !e.names.contains(&copy.name)), "a taken name");
        }
        for verdict in &plan.engines {
            let engine = fleet.iter().find(|e| e.id == verdict.engine).unwrap();
            let here: Vec<_> = plan.copies.iter().filter(|c| c.engine == engine.id).map(|c| &c.name).collect();
            prop_assert_eq!(&verdict.copies.iter().collect::<Vec<_>>(), &here);
            let copies = here.len() as u64;
            let cpus = engine.reserved.cpus.nanos() + copies * request.spec.cpus.nanos();
            let memory = engine.reserved.memory.get() + copies * request.spec.memory.get();
            prop_assert_eq!((verdict.reserved_after.cpus.nanos(), verdict.reserved_after.memory.get()), (cpus, memory));
            if copies == 0 {
                prop_assert!(verdict.skipped.is_some(), "no reason");
                continue;
            }
            prop_assert!(engine.health.is_up());
            prop_assert!(request.spec.cpus == Cpus::ZERO || cpus <= engine.capacity.cpus.nanos());
            prop_assert!(request.spec.memory == Bytes::ZERO || memory <= engine.capacity.memory.get());
            match &request.target {
                Target::All => {}
                Target::Labels(constraints) => prop_assert_eq!(first_unmet(constraints, &engine.labels), None),
                Target::Named(named) => prop_assert!(named.contains(&engine.name)),
            }
            for port in &request.spec.ports {
                prop_assert!(copies == 1, "two copies with one fixed port");
                prop_assert!(!engine.ports.iter().any(|taken| taken.clashes(port)));
            }
        }
        match request.copies {
            Copies::Total(copies) => {
                prop_assert!(plan.copies.len() <= usize::from(copies));
                prop_assert!(plan.problems.is_empty() <= (plan.copies.len() == usize::from(copies)));
            }
            Copies::EachEngine | Copies::Daemon => prop_assert!(plan.engines.iter().all(|e| e.copies.len() <= 1)),
        }
    }

    #[test]
    fn the_same_fleet_and_request_give_the_same_plan(fleet in any_fleet(), request in any_request()) {
        let mut turned = fleet.clone();
        turned.reverse();
        prop_assert_eq!(plan(&fleet, &request), plan(&turned, &request));
    }

    #[test]
    fn one_more_engine_makes_nothing_impossible(
        fleet in any_fleet(), more in any_candidate(9), request in any_request()
    ) {
        let before = plan(&fleet, &request);
        let mut bigger = fleet.clone();
        bigger.push(more);
        let after = plan(&bigger, &request);
        if before.problems.is_empty() {
            prop_assert_eq!(&after.problems, &[]);
        }
        prop_assert!(after.copies.len() >= before.copies.len());
    }

    #[test]
    fn equal_engines_get_equally_many(engines in 1_usize..8, copies in 1_u16..40) {
        let fleet: Vec<_> = (0..engines).map(candidate).collect();
        let counts = counts(&plan(&fleet, &request(Copies::Total(copies))));
        prop_assert!(counts.values().max().unwrap() - counts.values().min().unwrap() <= 1);
    }
}

#[test]
fn fill_takes_the_fullest_that_has_room() {
    let mut fleet: Vec<_> = (1..4).map(candidate).collect();
    fleet[1].reserved.cpus = Cpus::whole(2);
    let mut request = request(Copies::Total(3));
    request.spec.cpus = Cpus::whole(1);
    request.strategy = Strategy::Fill;
    let counts = counts(&plan(&fleet, &request));
    assert_eq!(
        counts,
        BTreeMap::from([("node1".into(), 1), ("node2".into(), 2), ("node3".into(), 0)])
    );
}

#[test]
fn too_little_room_says_how_many_fit_and_why_no_more() {
    let fleet: Vec<_> = (1..3).map(candidate).collect();
    let mut request = request(Copies::Total(5));
    request.spec.cpus = Cpus::whole(2);
    let plan = plan(&fleet, &request);
    assert_eq!(plan.problems[0].code, "deploy.no-room");
    assert_eq!(
        (&*plan.problems[0].args["placed"], &*plan.problems[0].args["copies"]),
        ("4", "5")
    );
    let full = SkipReason::Cpus {
        free: Cpus::ZERO,
        of: Cpus::whole(4),
    };
    assert!(plan.engines.iter().all(|e| e.skipped == Some(full.clone())));
}

#[test]
fn each_skipped_engine_has_its_reason() {
    let mut fleet: Vec<_> = (1..7).map(candidate).collect();
    fleet
        .iter_mut()
        .for_each(|e| e.labels = Labels::parse("zone=a").unwrap());
    fleet[1].labels = Labels::default();
    fleet[2].health = unreachable();
    fleet[3].health = EngineHealth::Connecting;
    fleet[4].reserved.memory = Bytes::mib(4000);
    fleet[5].ports = vec![TakenPort {
        ip: "0.0.0.0".into(),
        port: 80,
        protocol: Protocol::Tcp,
        by: "proxy".into(),
    }];
    let mut request = request(Copies::EachEngine);
    request.target = Target::Labels(vec![Constraint::parse("zone=a").unwrap()]);
    request.spec.memory = Bytes::mib(100);
    request.spec.ports = vec![PortSpec {
        host: Some(80),
        container: 80,
        ..PortSpec::default()
    }];
    let plan = plan(&fleet, &request);
    assert_eq!(plan.problems, []);
    assert_eq!(plan.copies.len(), 1);
    let reasons: Vec<_> = plan.engines.into_iter().map(|e| e.skipped).collect();
    assert_eq!(
        reasons,
        [
            None,
            Some(SkipReason::Label { key: "zone".into() }),
            Some(SkipReason::Unreachable {
                detail: "It timed out.".into()
            }),
            Some(SkipReason::Connecting),
            Some(SkipReason::Memory {
                free: Bytes::mib(96),
                of: Bytes::mib(4096)
            }),
            Some(SkipReason::Port {
                port: 80,
                by: "proxy".into()
            }),
        ]
    );
}

#[test]
fn named_engines_must_be_there_and_answer() {
    let mut fleet: Vec<_> = (1..3).map(candidate).collect();
    fleet[1].health = unreachable();
    let mut request = request(Copies::Total(1));
    let name = |n: &str| EngineName::parse(n).unwrap();
    request.target = Target::Named(vec![name("node1"), name("node2"), name("nodeX")]);
    let codes: Vec<_> = plan(&fleet, &request).problems.into_iter().map(|p| p.code).collect();
    assert_eq!(codes, ["deploy.named-unreachable", "deploy.named-unknown"]);
}

#[test]
fn nowhere_to_go_says_why() {
    let code = |fleet: &[Candidate], target: Target| {
        let mut request = request(Copies::Total(1));
        request.target = target;
        plan(fleet, &request).problems[0].code.clone()
    };
    let mut node = candidate(1);
    let labels = Target::Labels(vec![Constraint::parse("gpu").unwrap()]);
    assert_eq!(code(&[], Target::All), "deploy.no-engines");
    assert_eq!(code(std::slice::from_ref(&node), labels), "deploy.no-engine-matches");
    node.health = unreachable();
    assert_eq!(code(&[node], Target::All), "deploy.none-reachable");
}
