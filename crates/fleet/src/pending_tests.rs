//! Two deploys at once never take the same room, port, name or place.
use super::*;
use crate::operations::new_id;
use crate::view::tests::{container, engine};
use shipyard_model::Cpus;
use shipyard_model::deploy::{Affinity, Copies, PortSpec, PullPolicy, Selector, SkipReason, Strategy, Target};

fn request(cpus: u32, host: Option<u16>) -> DeployRequest {
    let spec = ContainerSpec {
        image: "web".to_owned(),
        cpus: Cpus::whole(cpus),
        ports: host
            .map(|_| PortSpec {
                host,
                container: 80,
                ..PortSpec::default()
            })
            .into_iter()
            .collect(),
        ..ContainerSpec::default()
    };
    DeployRequest {
        spec,
        copies: Copies::Total(1),
        target: Target::All,
        strategy: Strategy::Spread,
        pull: PullPolicy::Missing,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

fn one_engine(containers: Vec<shipyard_model::Container>) -> Snapshot {
    let engine = engine("node1", "", containers);
    Snapshot {
        engines: [(engine.engine.id.clone(), Arc::new(engine))].into_iter().collect(),
        ..Snapshot::default()
    }
}

fn all(snapshot: &Snapshot) -> Within<'_> {
    Within {
        all: Box::new(|| Arc::new(snapshot.clone())),
        engines: &|_| true,
        sees: &|_, _| true,
        quotas: &[],
        labels: &[],
        as_named: false,
    }
}

#[test]
fn two_deploys_at_once_do_not_take_the_same_room() {
    let (pending, fleet) = (Pending::default(), one_engine(Vec::new()));
    let (first, second) = (new_id(), new_id());
    let plan = pending.reserve(&all(&fleet), &request(3, None), &first, first.as_str());
    assert_eq!((plan.problems.len(), &*plan.copies[0].name), (0, "web"));
    assert_eq!(
        pending
            .reserve(&all(&fleet), &request(3, None), &second, second.as_str())
            .problems[0]
            .code,
        "deploy.no-room"
    );
    let small = pending.reserve(&all(&fleet), &request(1, None), &second, second.as_str());
    assert_eq!(small.copies[0].name, "web-1", "the name is taken too");
    pending.give_back(&first, &plan.copies[0]);
    assert_eq!(pending.plan(&all(&fleet), &request(3, None)).problems, []);
}

#[test]
fn a_port_is_held_until_the_model_shows_it() {
    let (pending, id) = (Pending::default(), new_id());
    pending.reserve(&all(&one_engine(Vec::new())), &request(3, Some(80)), &id, id.as_str());
    let mut made = container("web", ContainerState::Created);
    made.labels.insert(LABEL_DEPLOY.to_owned(), id.to_string());
    made.labels.insert(
        shipyard_model::container::LABEL_CPUS.to_owned(),
        Cpus::whole(3).nanos().to_string(),
    );
    let fleet = one_engine(vec![made.clone()]);
    assert_eq!(
        pending.plan(&all(&fleet), &request(1, None)).problems,
        [],
        "counted once"
    );
    assert_eq!(
        pending.plan(&all(&fleet), &request(1, Some(80))).problems[0].code,
        "deploy.port-taken"
    );
    made.state = ContainerState::Running;
    assert_eq!(
        pending
            .plan(&all(&one_engine(vec![made])), &request(1, Some(80)))
            .problems,
        [],
        "the model knows now"
    );
}

#[test]
fn two_deploys_at_once_do_not_break_a_quota_together() {
    let (pending, fleet) = (Pending::default(), one_engine(Vec::new()));
    let quota = PoolQuota {
        pool: "web".to_owned(),
        engines: fleet.engines.keys().cloned().collect(),
        quota: shipyard_model::access::Quota {
            cpus: Some(Cpus::whole(2)),
            ..Default::default()
        },
    };
    let within = Within {
        quotas: std::slice::from_ref(&quota),
        ..all(&fleet)
    };
    let id = new_id();
    assert_eq!(
        pending.reserve(&within, &request(2, None), &id, id.as_str()).problems,
        []
    );
    let second = pending.reserve(&within, &request(1, None), &new_id(), "x");
    assert_eq!(second.problems[0].code, "pool.quota-cpus");
    pending.ended(&id);
    let copies = pending.plan(&within, &request(0, None));
    assert_eq!(copies.problems[0].code, "pool.reserve-cpus");
}

#[test]
fn an_engine_out_of_bounds_is_not_in_the_plan() {
    let (pending, fleet) = (Pending::default(), one_engine(Vec::new()));
    let nowhere = Within {
        engines: &|_| false,
        ..all(&fleet)
    };
    let plan = pending.plan(&nowhere, &request(1, None));
    assert!(plan.engines.is_empty() && plan.copies.is_empty() && !plan.problems.is_empty());
}

fn away_from(containers: Selector) -> DeployRequest {
    DeployRequest {
        affinity: vec![Affinity {
            with: false,
            containers,
        }],
        ..request(0, None)
    }
}

#[test]
fn affinity_knows_of_what_is_on_its_way() {
    let (pending, fleet) = (Pending::default(), one_engine(Vec::new()));
    let labels = [("team".to_owned(), "shop".to_owned())];
    let within = || Within {
        labels: &labels,
        ..all(&fleet)
    };
    let shop = Selector::Label {
        key: "team".to_owned(),
        value: Some("shop".to_owned()),
    };
    let mut two = away_from(shop.clone());
    two.copies = Copies::Total(2);
    let plan = pending.plan(&within(), &two);
    assert_eq!(plan.copies.len(), 1, "what all of them bear keeps them apart");
    let id = new_id();
    pending.reserve(&within(), &request(1, None), &id, id.as_str());
    for selector in [
        shop,
        Selector::Name("web".to_owned()),
        Selector::Image("web".to_owned()),
    ] {
        let plan = pending.plan(&all(&fleet), &away_from(selector));
        let with = SkipReason::With { name: "web".to_owned() };
        assert_eq!(plan.engines[0].skipped, Some(with));
        assert_eq!(plan.problems[0].code, "deploy.kept-away");
    }
}

#[test]
fn what_one_may_not_see_is_not_there_for_affinity_but_for_room_and_ports() {
    let mut secret = container("secret", ContainerState::Running);
    let cpus = (
        shipyard_model::container::LABEL_CPUS.to_owned(),
        Cpus::whole(3).nanos().to_string(),
    );
    secret.labels.insert(cpus.0, cpus.1);
    let (pending, fleet) = (Pending::default(), one_engine(vec![secret]));
    let blind = || Within {
        sees: &|_, container| container.name != "secret",
        ..all(&fleet)
    };
    let mut request = away_from(Selector::Name("secret".to_owned()));
    assert_eq!(pending.plan(&blind(), &request).problems, []);
    assert!(!pending.plan(&all(&fleet), &request).problems.is_empty());
    request.affinity[0].with = true;
    let not_with = |within: &Within<'_>| {
        matches!(
            pending.plan(within, &request).engines[0].skipped,
            Some(SkipReason::NotWith { .. })
        )
    };
    assert!(not_with(&blind()) && !not_with(&all(&fleet)));
    request.affinity.clear();
    request.spec.cpus = Cpus::whole(2);
    assert_eq!(pending.plan(&blind(), &request).problems[0].code, "deploy.no-room");
}

#[test]
fn a_name_that_was_asked_for_is_not_numbered() {
    let (pending, fleet) = (
        Pending::default(),
        one_engine(vec![container("web", ContainerState::Exited)]),
    );
    let within = Within {
        as_named: true,
        ..all(&fleet)
    };
    let mut wanted = request(0, None);
    assert_eq!(pending.plan(&within, &wanted).copies[0].name, "web-1", "of the image");
    wanted.spec.name = " web ".to_owned();
    let told = pending.plan(&within, &wanted).problems;
    assert_eq!(
        (told[0].code.as_str(), told[0].field.as_deref()),
        ("deploy.name-taken", Some("name"))
    );
    wanted.copies = Copies::Total(2);
    let names: Vec<_> = pending
        .plan(&within, &wanted)
        .copies
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["web-1", "web-2"]);
    wanted.copies = Copies::Total(1);
    assert_eq!(
        pending.plan(&all(&fleet), &wanted).copies[0].name,
        "web-1",
        "one more of several"
    );
}

#[test]
fn a_name_may_be_on_another_engine_too() {
    let mut fleet = one_engine(vec![container("web", ContainerState::Running)]);
    let second = engine("node2", "", Vec::new());
    let name = second.engine.name.clone();
    fleet.engines.insert(second.engine.id.clone(), Arc::new(second));
    let pending = Pending::default();
    let within = Within {
        as_named: true,
        ..all(&fleet)
    };
    let mut wanted = request(0, None);
    wanted.spec.name = "web".to_owned();
    wanted.target = Target::Named(vec![name]);
    let plan = pending.reserve(&within, &wanted, &new_id(), "x");
    assert_eq!((plan.problems.len(), &*plan.copies[0].name), (0, "web"));
    assert_eq!(plan.engines[0].copies, ["web"]);
    let again = pending.plan(&within, &wanted);
    assert_eq!(
        again.problems[0].code, "deploy.name-taken",
        "as one is on its way there"
    );
}
