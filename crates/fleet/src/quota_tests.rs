//! A quota is kept exactly, and nobody escapes it by reserving nothing.
use super::*;
use proptest::prelude::*;
use shipyard_model::deploy::{ContainerSpec, Copies, PlannedCopy, PullPolicy, Strategy as Spread, Target};
use shipyard_model::{EngineHealth, EngineName, Labels};

fn candidate(number: usize, cpus: u32, containers: usize) -> Candidate {
    Candidate {
        id: EngineId::new(format!("e{number}")),
        name: EngineName::parse(&format!("node{number}")).unwrap(),
        labels: Labels::default(),
        capacity: Capacity::default(),
        reserved: Capacity {
            cpus: Cpus::whole(cpus),
            memory: Bytes::new(u64::from(cpus) << 20),
        },
        health: EngineHealth::Up,
        drained: false,
        containers: Vec::new(),
        names: (0..containers).map(|n| format!("c{n}")).collect(),
        ports: Vec::new(),
    }
}

fn request(cpus: u32) -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            cpus: Cpus::whole(cpus),
            memory: Bytes::new(u64::from(cpus) << 20),
            ..ContainerSpec::default()
        },
        copies: Copies::Total(1),
        target: Target::All,
        strategy: Spread::Spread,
        pull: PullPolicy::Missing,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

fn plan(on: &[usize]) -> Plan {
    let copies = on.iter().map(|number| PlannedCopy {
        name: "web".to_owned(),
        engine: EngineId::new(format!("e{number}")),
        engine_name: EngineName::parse(&format!("node{number}")).unwrap(),
    });
    Plan {
        copies: copies.collect(),
        engines: Vec::new(),
        problems: Vec::new(),
        profile: shipyard_model::Profile::default(),
        added: Vec::new(),
    }
}

proptest! {
    #[test]
    fn a_quota_is_kept_exactly(
        used in prop::collection::vec((0_u32..8, 0_usize..5), 4),
        on in prop::collection::vec(0_usize..4, 0..6),
        each in 1_u32..4,
        most in 0_u32..40,
        containers in 0_u32..24,
    ) {
        // The pool has the first two engines of four.
        let engines: Vec<_> = used.iter().enumerate().map(|(n, (cpus, count))| candidate(n, *cpus, *count)).collect();
        let quota = PoolQuota {
            pool: "web".to_owned(),
            engines: engines.iter().take(2).map(|e| e.id.clone()).collect(),
            quota: Quota {
                cpus: Some(Cpus::whole(most)),
                memory: Some(Bytes::new(u64::from(most) << 20)),
                containers: Some(containers),
            },
        };
        let problems = broken(&engines, &plan(&on), &request(each), &[quota]);
        let codes: Vec<_> = problems.iter().map(|p| p.code.as_str()).collect();
        let copies = on.iter().filter(|n| **n < 2).count() as u64;
        let after = used.iter().take(2).map(|(cpus, _)| u64::from(*cpus)).sum::<u64>() + copies * u64::from(each);
        let count = used.iter().take(2).map(|(_, count)| *count as u64).sum::<u64>() + copies;
        prop_assert_eq!(codes.contains(&"pool.quota-cpus"), copies > 0 && after > u64::from(most));
        prop_assert_eq!(codes.contains(&"pool.quota-memory"), copies > 0 && after > u64::from(most));
        prop_assert_eq!(codes.contains(&"pool.quota-containers"), copies > 0 && count > u64::from(containers));
    }
}

#[test]
fn who_reserves_nothing_would_escape_a_quota() {
    let engines = [candidate(0, 0, 0)];
    let quota = |quota| PoolQuota {
        pool: "web".to_owned(),
        engines: [engines[0].id.clone()].into(),
        quota,
    };
    let cpus = quota(Quota {
        cpus: Some(Cpus::whole(1)),
        ..Quota::default()
    });
    assert_eq!(
        broken(&engines, &plan(&[0]), &request(0), &[cpus])[0].code,
        "pool.reserve-cpus"
    );
    assert!(broken(&engines, &plan(&[0]), &request(0), &[quota(Quota::default())]).is_empty());
}
