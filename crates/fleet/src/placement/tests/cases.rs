//! What placement does, case by case.
use super::*;

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
fn a_port_that_is_taken_everywhere_is_named_beside_its_field() {
    let mut fleet: Vec<_> = (1..4).map(candidate).collect();
    fleet[2].labels = Labels::default();
    for engine in &mut fleet {
        engine.ports = vec![TakenPort {
            ip: "0.0.0.0".into(),
            port: 80,
            protocol: Protocol::Tcp,
            by: "proxy".into(),
        }];
    }
    let mut request = request(Copies::Total(2));
    request.spec.ports = vec![PortSpec {
        host: Some(80),
        container: 80,
        ..PortSpec::default()
    }];
    let refused = plan(&fleet, &request);
    let problem = &refused.problems[0];
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        ("deploy.port-taken", Some("ports"))
    );
    assert_eq!((&*problem.args["port"], &*problem.args["by"]), ("80", "proxy"));
    fleet[0].ports.clear();
    assert_eq!(
        plan(&fleet, &request).problems[0].code,
        "deploy.no-room",
        "one of them finds a place"
    );
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
            Some(SkipReason::Label {
                key: "zone".into(),
                has: None,
                wanted: vec!["zone=a".into()],
            }),
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

/// The reason for each engine, in words, in the order of their names.
fn reasons(plan: &Plan) -> Vec<String> {
    let mut engines: Vec<_> = plan.engines.iter().collect();
    engines.sort_by_key(|verdict| verdict.name.clone());
    let told = |verdict: &&EngineVerdict| verdict.skipped.as_ref().map(ToString::to_string).unwrap_or_default();
    engines.iter().map(told).collect()
}

fn affinity(with: bool, text: &str) -> Affinity {
    Affinity {
        with,
        containers: Selector::parse(text).unwrap(),
    }
}

#[test]
fn constraints_say_what_is_there_and_what_is_wanted() {
    let mut fleet: Vec<_> = (1..4).map(candidate).collect();
    fleet[0].labels = Labels::parse("zone=a engine=node9").unwrap();
    fleet[1].labels = Labels::parse("zone=b").unwrap();
    let plan_for = |words: &[&str]| {
        let mut request = request(Copies::EachEngine);
        request.target = Target::Labels(words.iter().map(|word| Constraint::parse(word).unwrap()).collect());
        reasons(&plan(&fleet, &request))
    };
    assert_eq!(plan_for(&["zone!=a"]), ["label: has zone=a, wanted zone!=a", "", ""]);
    assert_eq!(
        plan_for(&["zone in (b,c)"]),
        [
            "label: has zone=a, wanted zone in (b,c)",
            "",
            "label: has no zone, wanted zone in (b,c)"
        ]
    );
    assert_eq!(
        plan_for(&["engine=node1", "engine=node3"]),
        ["", "label: has engine=node2, wanted engine=node1 or engine=node3", ""],
        "an engine's name is its name, whatever its labels say"
    );
}

#[test]
fn copies_keep_with_and_away_from_containers() {
    let mut fleet: Vec<_> = (1..4).map(candidate).collect();
    hold(&mut fleet[0], known(0));
    hold(&mut fleet[1], known(3));
    let plan_for = |affinity: Vec<Affinity>, copies| {
        let request = DeployRequest {
            affinity,
            ..request(copies)
        };
        plan(&fleet, &request)
    };
    let with = plan_for(vec![affinity(true, "image=redis")], Copies::Total(2));
    assert_eq!(with.problems, []);
    let none = "has no container of image redis";
    assert_eq!(reasons(&with), ["", none, none]);
    let without = plan_for(
        vec![affinity(false, "label=app"), affinity(false, "proxy")],
        Copies::EachEngine,
    );
    let away = |name: &str| format!("has {name}, which the copies keep away from");
    assert_eq!(reasons(&without), [away("db"), away("proxy"), String::new()]);
    let nowhere = plan_for(vec![affinity(true, "db"), affinity(true, "proxy")], Copies::Total(1));
    assert_eq!(nowhere.problems[0].code, "deploy.kept-away");
    assert_eq!(nowhere.problems[0].field.as_deref(), Some("affinity"));
}

#[test]
fn copies_that_keep_away_from_their_own_name_are_one_on_each_engine() {
    let mut fleet: Vec<_> = (1..5).map(candidate).collect();
    // One that was deployed under that name before, and one that has it by chance.
    hold(&mut fleet[0], known(1));
    hold(&mut fleet[1], known(2));
    let mut request = request(Copies::Total(3));
    request.affinity = vec![affinity(false, "web")];
    let fits = plan(&fleet, &request);
    assert_eq!(fits.problems, []);
    let want = [("node1", 0), ("node2", 1), ("node3", 1), ("node4", 1)];
    assert_eq!(counts(&fits), want.map(|(name, count)| (name.to_owned(), count)).into());
    request.copies = Copies::Total(4);
    let full = plan(&fleet, &request);
    assert_eq!(full.problems[0].args["placed"], "3");
    assert_eq!(reasons(&full)[2], "has web, which the copies keep away from");
}

#[test]
fn at_most_so_many_on_an_engine_counts_what_was_there() {
    let mut fleet: Vec<_> = (1..3).map(candidate).collect();
    hold(&mut fleet[0], known(1));
    let mut request = request(Copies::Total(4));
    request.most_per_engine = Some(2);
    let full = plan(&fleet, &request);
    assert_eq!(full.problems[0].args["placed"], "3");
    assert_eq!(reasons(&full), ["copies: 2 of at most 2 on one engine"; 2]);
    assert_eq!(
        counts(&full),
        BTreeMap::from([("node1".into(), 1), ("node2".into(), 2)])
    );
}

#[test]
fn zones_are_evened_out_and_engines_without_come_last() {
    let mut fleet: Vec<_> = (1..6).map(candidate).collect();
    for (engine, zone) in fleet.iter_mut().zip(["zone=a", "zone=a", "zone=a", "zone=b", ""]) {
        engine.labels = Labels::parse(zone).unwrap();
    }
    // Node 4 takes two copies, node 5 is in no zone.
    fleet[3].reserved.cpus = Cpus::whole(2);
    let mut request = request(Copies::Total(4));
    request.spec.cpus = Cpus::whole(1);
    request.strategy = Strategy::SpreadOver("zone".to_owned());
    let by_engine = |request: &DeployRequest| counts(&plan(&fleet, request)).into_values().collect::<Vec<_>>();
    assert_eq!(by_engine(&request), [1, 1, 0, 2, 0]);
    request.copies = Copies::Total(6);
    assert_eq!(by_engine(&request), [2, 1, 1, 2, 0], "what zone b cannot take");
    request.copies = Copies::Total(18);
    assert_eq!(by_engine(&request), [4, 4, 4, 2, 4], "and what no zone can");
    request.strategy = Strategy::SpreadOver("engine".to_owned());
    request.copies = Copies::Total(5);
    assert_eq!(by_engine(&request), [1; 5]);
}

#[test]
fn a_drained_engine_takes_nothing() {
    let mut fleet: Vec<_> = (1..3).map(candidate).collect();
    fleet[0].drained = true;
    let mut request = request(Copies::Daemon);
    assert_eq!(
        reasons(&plan(&fleet, &request)),
        ["is drained: it takes nothing new", ""]
    );
    request.target = Target::Named(vec![fleet[0].name.clone()]);
    assert_eq!(plan(&fleet, &request).problems[0].code, "deploy.named-drained");
    fleet[1].health = unreachable();
    request.target = Target::All;
    assert_eq!(plan(&fleet, &request).problems[0].code, "deploy.all-drained");
}

#[test]
fn one_on_each_of_very_many_is_more_than_a_deploy_makes() {
    let most = usize::from(validate::MOST_COPIES);
    let fleet: Vec<_> = (0..=most).map(candidate).collect();
    assert_eq!(plan(&fleet[..most], &request(Copies::EachEngine)).problems, []);
    let too_many = plan(&fleet, &request(Copies::EachEngine));
    assert_eq!(too_many.problems[0].code, "deploy.too-many-copies");
}
