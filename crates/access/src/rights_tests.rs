//! Grants give what they say, where they say it, and no more; a token never goes beyond its owner.
use super::*;
use proptest::prelude::*;
use shipyard_model::access::{Quota, constraints};
use shipyard_model::{Container, ContainerId, ContainerState, Millis, Narrow};

fn pool(name: &str, engines: &str) -> Pool {
    Pool {
        name: name.to_owned(),
        engines: constraints(engines).unwrap(),
        quota: Quota::default(),
        profile: None,
        policy: String::new(),
    }
}

fn rules() -> Rules {
    let custom = Role {
        name: "restarter".to_owned(),
        meaning: String::new(),
        permissions: vec![Permission::FleetView, Permission::ContainerOperate],
        built_in: false,
    };
    Rules::new([custom], [pool("web", "zone=a"), pool("db", "zone=b ssd")])
}

fn grant(role: &str, pool: Option<&str>, narrow: Option<Narrow>) -> Grant {
    Grant {
        role: role.to_owned(),
        pool: pool.map(str::to_owned),
        narrow,
    }
}

fn labels(text: &str) -> Labels {
    Labels::parse(text).unwrap()
}

fn profile(rights: &Rights, engine: &str) -> Option<Profile> {
    rights
        .grounds(&labels(engine), |_| true)
        .first()
        .map(|ground| ground.profile)
}

fn container(key: &str, value: &str) -> Container {
    Container {
        id: ContainerId::new("c1"),
        name: "web".to_owned(),
        image: "busybox".to_owned(),
        command: String::new(),
        state: ContainerState::Running,
        health: None,
        exit_code: None,
        created: Millis(0),
        ports: Vec::new(),
        labels: [(key.to_owned(), value.to_owned())].into_iter().collect(),
        networks: Vec::new(),
    }
}

#[test]
fn a_grant_on_a_pool_holds_there_and_nowhere_else() {
    let rights = Rights::of(&[grant("operator", Some("web"), None)], &rules());
    let scope = rights.scope(Permission::ContainerOperate);
    assert!(scope.has_engine(&labels("zone=a")) && !scope.has_engine(&labels("zone=b")));
    assert!(!scope.is_whole() && scope.has_whole_engine(&labels("zone=a x")));
    assert!(rights.scope(Permission::EngineManage).is_empty());
    assert_eq!(profile(&rights, "zone=a"), Some(Profile::Baseline));
    assert_eq!(profile(&rights, "zone=b"), None);
}

#[test]
fn what_is_of_shipyard_itself_needs_the_whole_fleet() {
    let on_pool = Rights::of(&[grant("admin", Some("web"), None)], &rules());
    for permission in Permission::ALL.into_iter().filter(|p| p.is_global()) {
        assert!(on_pool.scope(permission).is_empty(), "{permission:?}");
    }
    let narrowed = Rights::of(
        &[grant("admin", None, Some(Narrow::Stack("shop".to_owned())))],
        &rules(),
    );
    assert!(narrowed.scope(Permission::GrantManage).is_empty());
    assert!(
        !Rights::of(&[Grant::everywhere("admin")], &rules())
            .scope(Permission::GrantManage)
            .is_empty()
    );
}

#[test]
fn a_narrowed_grant_sees_its_containers_only() {
    let narrow = Narrow::Label {
        key: "team".to_owned(),
        value: "blue".to_owned(),
    };
    let scope = Rights::of(&[grant("viewer", Some("web"), Some(narrow))], &rules()).scope(Permission::FleetView);
    assert!(scope.has_container(&labels("zone=a"), &container("team", "blue")));
    assert!(!scope.has_container(&labels("zone=a"), &container("team", "red")));
    assert!(!scope.has_container(&labels("zone=b ssd"), &container("team", "blue")));
    assert!(!scope.has_whole_engine(&labels("zone=a")));
    let stack = Rights::of(
        &[grant("viewer", None, Some(Narrow::Stack("shop".to_owned())))],
        &rules(),
    );
    let scope = stack.scope(Permission::FleetView);
    assert!(scope.has_container(&labels(""), &container("com.docker.compose.project", "shop")));
    assert!(!scope.has_container(&labels(""), &container("com.docker.compose.project", "shop2")));
}

#[test]
fn what_is_gone_gives_nothing() {
    for gone in [grant("gone", None, None), grant("admin", Some("gone"), None)] {
        assert_eq!(Rights::of(&[gone], &rules()), Rights::default());
    }
    assert!(Rights::default().permissions().is_empty());
}

#[test]
fn a_custom_role_takes_no_built_in_ones_place() {
    let fake = Role {
        name: "viewer".to_owned(),
        meaning: String::new(),
        permissions: Permission::ALL.to_vec(),
        built_in: false,
    };
    let rights = Rights::of(&[Grant::everywhere("viewer")], &Rules::new([fake], []));
    assert!(rights.scope(Permission::GrantManage).is_empty());
}

#[test]
fn a_pools_profile_opens_or_closes_it_for_all_but_administrators() {
    let mut open = pool("web", "zone=a");
    open.profile = Some(Profile::Restricted);
    let rules = Rules::new([], [open]);
    let of = |role: &str| profile(&Rights::of(&[grant(role, Some("web"), None)], &rules), "zone=a");
    assert_eq!(of("operator"), Some(Profile::Restricted));
    assert_eq!(of("admin"), Some(Profile::Privileged));
    assert_eq!(of("viewer"), None);
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let role = prop::sample::select(vec![
        "admin",
        "operator",
        "deployer",
        "viewer",
        "observer",
        "auditor",
        "restarter",
    ]);
    let pool = prop::sample::select(vec![None, Some("web"), Some("db")]);
    let narrow = prop::sample::select(vec![None, Some(Narrow::Stack("shop".to_owned()))]);
    (role, pool, narrow).prop_map(|(role, pool, narrow)| grant(role, pool, narrow))
}

proptest! {
    #[test]
    fn a_token_never_goes_beyond_its_owner(
        owner in prop::collection::vec(any_grant(), 0..4),
        token in prop::collection::vec(any_grant(), 0..4),
        engine in prop::sample::select(vec!["zone=a", "zone=b ssd", "zone=b", "ssd", "zone=a ssd"]),
        stack in prop::sample::select(vec!["shop", "other"]),
    ) {
        let rules = rules();
        let (owner, own) = (Rights::of(&owner, &rules), Rights::of(&token, &rules));
        let both = owner.and(&own).of_machine();
        let (engine, container) = (labels(engine), container("com.docker.compose.project", stack));
        for permission in Permission::ALL {
            let scope = both.scope(permission);
            for other in [&owner, &own] {
                let limit = other.scope(permission);
                prop_assert!(!scope.has_engine(&engine) || limit.has_engine(&engine));
                prop_assert!(!scope.has_whole_engine(&engine) || limit.has_whole_engine(&engine));
                prop_assert!(!scope.has_container(&engine, &container) || limit.has_container(&engine, &container));
                prop_assert!(!scope.is_whole() || limit.is_whole());
            }
            prop_assert!(!permission.needs_proof() || scope.is_empty());
        }
        let most = |rights: &Rights| rights.grounds(&engine, |_| true).first().map(|ground| ground.profile);
        prop_assert!(most(&both) <= most(&owner));
    }
}
