//! What placement promises, for fleets and requests of all kinds.
use super::*;
use proptest::prelude::{Just, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as Generator;
use shipyard_model::container::{ContainerLabels, LABEL_DEPLOY, Protocol};
use shipyard_model::deploy::{Affinity, ContainerSpec, PortSpec, PullPolicy, Selector, Strategy, Target};
use shipyard_model::label::{Constraint, Labels, Rules};
use shipyard_model::{
    Bytes, Capacity, Container, ContainerId, ContainerState, Cpus, EngineHealth, EngineId, EngineName, Millis,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod cases;

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
        drained: false,
        containers: Vec::new(),
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

/// A container that runs: `deployed` by Shipyard or not.
fn container(name: &str, image: &str, label: &str, deployed: bool) -> Arc<Container> {
    let mut labels = ContainerLabels::default();
    if let Some((key, value)) = label.split_once('=') {
        labels.insert(key.to_owned(), value.to_owned());
    }
    if deployed {
        labels.insert(LABEL_DEPLOY.to_owned(), "x".to_owned());
    }
    Arc::new(Container {
        id: ContainerId::new(name),
        name: name.to_owned(),
        image: image.to_owned(),
        command: String::new(),
        state: ContainerState::Running,
        health: None,
        exit_code: None,
        created: Millis(0),
        ports: Vec::new(),
        labels,
        networks: Vec::new(),
    })
}

/// What may be on an engine, by number.
fn known(number: usize) -> Arc<Container> {
    match number {
        0 => container("db", "redis:7", "app=shop", false),
        1 => container("web-7", "other", "", true),
        2 => container("web-8", "other", "app=web", false),
        _ => container("proxy", "web:2", "", false),
    }
}

/// Puts one on an engine.
fn hold(candidate: &mut Candidate, one: Arc<Container>) {
    candidate.names.insert(one.name.clone());
    candidate.containers.push(one);
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
        0_u8..8,
        any::<bool>(),
        prop::collection::btree_set(0_usize..4, 0..3),
    )
        .prop_map(
            move |(cpus, memory, used, used_memory, zone, taken, health, named, there)| Candidate {
                drained: health == 2,
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
                names: there
                    .iter()
                    .map(|one| known(*one).name.clone())
                    .chain(
                        ["web".to_owned(), format!("web-{number}")]
                            .into_iter()
                            .filter(|_| named),
                    )
                    .collect(),
                containers: there.into_iter().map(known).collect(),
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
    let labels = vec![
        "zone=a",
        "zone=b",
        "ssd",
        "zone!=a",
        "zone in (a,b)",
        "!ssd",
        "engine!=node1",
        "engine in (node0,node9)",
    ];
    let labels = prop::collection::vec(prop::sample::select(labels), 1..3);
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
    let copies = prop_oneof![
        4 => (1_u16..12).prop_map(Copies::Total),
        1 => Just(Copies::EachEngine),
        1 => Just(Copies::Daemon)
    ];
    let strategy = prop_oneof![
        Just(Strategy::Spread),
        Just(Strategy::Fill),
        Just(Strategy::SpreadOver("zone".to_owned()))
    ];
    let selector = prop::sample::select(vec![
        "web",
        "db",
        "image=redis",
        "image=web",
        "label=app",
        "label=app=web",
    ]);
    let affinity = (any::<bool>(), selector).prop_map(|(with, text)| Affinity {
        with,
        containers: Selector::parse(text).unwrap(),
    });
    let affinity = prop::collection::vec(affinity, 0..3);
    let most = prop::option::of(1_u16..4);
    let port = prop::option::of((0_u16..3, prop::sample::select(vec!["", "10.0.0.1", "10.0.0.2"])));
    (target, copies, strategy, 0_u64..4, 0_u64..24, port, affinity, most).prop_map(
        |(target, copies, strategy, halves, memory, port, affinity, most_per_engine)| DeployRequest {
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
            strategy,
            affinity,
            most_per_engine,
            ..request(copies)
        },
    )
}

/// Whether a container on an engine is meant, said as plainly as can be.
fn means(selector: &Selector, container: &Container) -> bool {
    match selector {
        Selector::Name(name) => {
            container.name == *name
                || *name == "web" && container.name.starts_with("web-") && container.labels.contains_key(LABEL_DEPLOY)
        }
        Selector::Image(image) => container.image == *image || container.image.starts_with(&format!("{image}:")),
        Selector::Label { key, value } => match (container.labels.get(key), value) {
            (Some(has), Some(value)) => has == value,
            (has, _) => has.is_some(),
        },
    }
}

/// Whether an engine has no room, or must not have more, after so many copies.
fn is_closed(candidate: &Candidate, request: &DeployRequest, copies: usize) -> bool {
    let wish = Wish::new(request);
    let mut site = Site::new(candidate, &wish);
    site.ask(&wish);
    (0..copies).for_each(|_| site.take(&wish));
    site.refusal(&wish).is_some()
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
            prop_assert!(engine.health.is_up() && !engine.drained);
            prop_assert!(request.spec.cpus == Cpus::ZERO || cpus <= engine.capacity.cpus.nanos());
            prop_assert!(request.spec.memory == Bytes::ZERO || memory <= engine.capacity.memory.get());
            match &request.target {
                Target::All => {}
                Target::Labels(constraints) => {
                    prop_assert!(Rules::new(constraints).unmet(|key| engine.value_of(key)).is_none());
                }
                Target::Named(named) => prop_assert!(named.contains(&engine.name)),
            }
            for affinity in &request.affinity {
                let there = engine.containers.iter().any(|one| means(&affinity.containers, one));
                prop_assert_eq!(there, affinity.with, "against an affinity");
                let own = matches!(affinity.containers.written().as_str(), "web" | "image=web");
                prop_assert!(affinity.with || !own || copies == 1, "copies that keep away from each other");
            }
            if let Some(most) = request.most_per_engine {
                let before = engine.containers.iter().filter(|one| one.name == "web-7").count() as u64;
                prop_assert!(before + copies <= u64::from(most), "more than so many on an engine");
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
            Copies::EachEngine | Copies::Daemon => {
                for verdict in &plan.engines {
                    let engine = fleet.iter().find(|e| e.id == verdict.engine).unwrap();
                    prop_assert_eq!(verdict.copies.len(), usize::from(!is_closed(engine, &request, 0)));
                }
            }
        }
    }

    #[test]
    fn the_same_fleet_and_request_give_the_same_plan(fleet in any_fleet(), request in any_request()) {
        let mut turned = fleet.clone();
        turned.reverse();
        prop_assert_eq!(plan(&fleet, &request), plan(&turned, &request));
    }

    #[test]
    fn engines_that_are_asked_only_when_needed_get_the_same_copies(fleet in any_fleet(), request in any_request()) {
        let all = planned(fleet.iter().collect(), &request, true);
        let some = planned(fleet.iter().collect(), &request, false);
        prop_assert_eq!((&all.copies, &all.problems), (&some.copies, &some.problems));
        for (all, some) in all.engines.iter().zip(&some.engines) {
            // Of one that was not asked, something else is told that is true as well.
            let affinity = matches!(all.skipped, Some(SkipReason::With { .. } | SkipReason::NotWith { .. }));
            let other = affinity && some.skipped.is_some() && some.copies.is_empty() && all.name == some.name;
            prop_assert!(all == some || other, "{all:?} {some:?}");
        }
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
    fn nobody_gets_two_more_than_one_who_takes_another(fleet in any_fleet(), request in any_request()) {
        let request = DeployRequest { strategy: Strategy::Spread, ..request };
        let plan = plan(&fleet, &request);
        let wish = Wish::new(&request);
        let of = |verdict: &EngineVerdict| fleet.iter().find(|e| e.id == verdict.engine).unwrap();
        let all = |verdict: &EngineVerdict| wish.here(of(verdict)) as usize + verdict.copies.len();
        let open: Vec<_> = plan.engines.iter().filter(|e| !is_closed(of(e), &request, e.copies.len())).collect();
        for verdict in plan.engines.iter().filter(|e| !e.copies.is_empty()) {
            prop_assert!(open.iter().all(|other| all(verdict) <= all(other) + 1));
        }
    }

    #[test]
    fn zones_get_equally_many_and_engines_in_them_too(sizes in prop::collection::vec(1_usize..5, 1..5), copies in 1_u16..40) {
        let mut fleet = Vec::new();
        for (zone, size) in sizes.iter().enumerate() {
            for _ in 0..*size {
                let labels = Labels::parse(&format!("zone=z{zone}")).unwrap();
                fleet.push(Candidate { labels, ..candidate(fleet.len()) });
            }
        }
        // One that is in no zone, and that nobody needs.
        fleet.push(candidate(fleet.len()));
        let mut request = request(Copies::Total(copies));
        request.strategy = Strategy::SpreadOver("zone".to_owned());
        let plan = plan(&fleet, &request);
        prop_assert_eq!(plan.copies.len(), usize::from(copies));
        let within_one = |counts: &[usize]| counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1;
        let counts = |zone: &str| -> Vec<usize> {
            let of = plan.engines.iter().filter(|e| e.labels.join("") == zone);
            of.map(|e| e.copies.len()).collect()
        };
        let zones: Vec<Vec<usize>> = (0..sizes.len()).map(|zone| counts(&format!("zone=z{zone}"))).collect();
        prop_assert!(zones.iter().all(|engines| within_one(engines)));
        prop_assert!(within_one(&zones.iter().map(|engines| engines.iter().sum()).collect::<Vec<_>>()));
        prop_assert_eq!(counts(""), [0]);
    }

    #[test]
    fn equal_engines_get_equally_many(engines in 1_usize..8, copies in 1_u16..40) {
        let fleet: Vec<_> = (0..engines).map(candidate).collect();
        let counts = counts(&plan(&fleet, &request(Copies::Total(copies))));
        prop_assert!(counts.values().max().unwrap() - counts.values().min().unwrap() <= 1);
    }
}
