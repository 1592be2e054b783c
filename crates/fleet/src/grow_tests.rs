//! Changes and deploys at once never go beyond an engine or a quota together, whichever of them succeed.
use super::*;
use crate::operations::new_id;
use crate::pending::{Pending, Within};
use crate::view::tests::{container, engine};
use proptest::prelude::*;
use shipyard_model::access::Quota;
use shipyard_model::container::{LABEL_CPUS, LABEL_DEPLOY};
use shipyard_model::deploy::{ContainerSpec, DeployRequest, PlannedCopy};
use shipyard_model::{Container, ContainerState, Cpus};
use std::collections::BTreeMap;
use std::sync::Arc;

/// CPUs of the engine that the tests of views have.
const HAS: u32 = 4;

fn cpus(count: u32) -> Capacity {
    Capacity {
        cpus: Cpus::whole(count),
        ..Capacity::default()
    }
}

fn reserving(name: &str, count: u32) -> Container {
    let mut made = container(name, ContainerState::Running);
    let label = Cpus::whole(count).nanos().to_string();
    made.labels.insert(LABEL_CPUS.to_owned(), label);
    made
}

fn fleet(containers: Vec<Container>) -> Arc<Snapshot> {
    let engine = engine("node1", "", containers);
    Arc::new(Snapshot {
        engines: [(engine.engine.id.clone(), Arc::new(engine))].into_iter().collect(),
        ..Snapshot::default()
    })
}

fn growth(name: &str, before: u32, after: u32) -> Growth {
    Growth {
        engine: EngineId::new("id-node1".to_owned()),
        container: container(name, ContainerState::Running).id,
        name: name.to_owned(),
        before: cpus(before),
        after: cpus(after),
    }
}

fn grow(pending: &Pending, fleet: &Arc<Snapshot>, change: Growth, quotas: &[PoolQuota]) -> Result<OperationId, String> {
    let id = new_id();
    let problems = pending.grow(&|| Arc::clone(fleet), &[change], quotas, Some(&id));
    problems.into_iter().next().map_or(Ok(id), |problem| Err(problem.code))
}

fn deploy(pending: &Pending, fleet: &Arc<Snapshot>, name: &str, count: u32) -> Option<(OperationId, PlannedCopy)> {
    let within = Within {
        all: Box::new(|| Arc::clone(fleet)),
        engines: &|_| true,
        sees: &|_, _| true,
        quotas: &[],
        labels: &[],
        as_named: false,
    };
    let request = DeployRequest {
        spec: ContainerSpec {
            name: name.to_owned(),
            image: "web".to_owned(),
            cpus: Cpus::whole(count),
            ..ContainerSpec::default()
        },
        ..DeployRequest::default()
    };
    let id = new_id();
    let plan = pending.reserve(&within, &request, &id, id.as_str());
    let copy = plan.copies.into_iter().next()?;
    plan.problems.is_empty().then_some((id, copy))
}

#[test]
fn two_changes_at_once_do_not_take_the_same_room() {
    let (pending, fleet) = (Pending::default(), fleet(vec![reserving("a", 1), reserving("b", 1)]));
    let first = grow(&pending, &fleet, growth("a", 1, 2), &[]).unwrap();
    let second = growth("b", 1, 3);
    assert_eq!(
        grow(&pending, &fleet, second.clone(), &[]).unwrap_err(),
        "change.no-room"
    );
    assert!(deploy(&pending, &fleet, "web", 2).is_none(), "nor does a deploy");
    assert!(deploy(&pending, &fleet, "web", 1).is_some());
    pending.grown(&first, &|_| false);
    assert_eq!(grow(&pending, &fleet, growth("b", 1, 2), &[]).err(), None, "given back");
}

#[test]
fn a_change_leaves_what_a_deploy_has_taken() {
    let (pending, fleet) = (Pending::default(), fleet(vec![reserving("a", 1)]));
    assert!(deploy(&pending, &fleet, "web", 2).is_some());
    assert_eq!(
        grow(&pending, &fleet, growth("a", 1, 3), &[]).unwrap_err(),
        "change.no-room"
    );
    assert!(grow(&pending, &fleet, growth("a", 1, 2), &[]).is_ok());
}

#[test]
fn what_is_done_is_counted_once() {
    let (pending, before) = (Pending::default(), fleet(vec![reserving("a", 1)]));
    let id = grow(&pending, &before, growth("a", 1, 3), &[]).unwrap();
    pending.grown(&id, &|_| true);
    assert!(deploy(&pending, &before, "web", 2).is_none(), "not shown yet");
    let after = fleet(vec![reserving("a", 3)]);
    assert!(deploy(&pending, &after, "web", 1).is_some());
}

#[test]
fn what_is_made_anew_is_counted_once_with_what_takes_its_place() {
    let (pending, before) = (Pending::default(), fleet(vec![reserving("a", 1)]));
    let id = grow(&pending, &before, growth("a", 1, 2), &[]).unwrap();
    let new = reserving(&beside("a", "by", id.as_str()), 2);
    let during = fleet(vec![reserving("a", 1), new]);
    // Both are there, which is one more than either is held for.
    assert!(deploy(&pending, &during, "web", 2).is_none());
    assert!(deploy(&pending, &during, "web", 1).is_some());
}

#[test]
fn what_becomes_smaller_keeps_its_room_until_it_is() {
    let (pending, fleet) = (Pending::default(), fleet(vec![reserving("a", 3)]));
    let id = grow(&pending, &fleet, growth("a", 3, 1), &[]).unwrap();
    assert!(deploy(&pending, &fleet, "web", 2).is_none());
    pending.grown(&id, &|_| false);
    assert!(deploy(&pending, &fleet, "web", 2).is_none(), "it was put back");
}

#[test]
fn two_changes_at_once_do_not_break_a_quota_together() {
    let (pending, fleet) = (Pending::default(), fleet(vec![reserving("a", 1), reserving("b", 1)]));
    let quota = PoolQuota {
        pool: "web".to_owned(),
        engines: fleet.engines.keys().cloned().collect(),
        quota: Quota {
            cpus: Some(Cpus::whole(3)),
            ..Quota::default()
        },
    };
    let quotas = std::slice::from_ref(&quota);
    let first = grow(&pending, &fleet, growth("a", 1, 2), quotas).unwrap();
    let second = grow(&pending, &fleet, growth("b", 1, 2), quotas);
    assert_eq!(second.unwrap_err(), "pool.quota-cpus");
    assert_eq!(
        grow(&pending, &fleet, growth("b", 1, 1), quotas).err(),
        None,
        "no more than before"
    );
    pending.grown(&first, &|_| false);
    assert!(grow(&pending, &fleet, growth("b", 1, 2), quotas).is_ok());
}

/// What happens to the engine.
#[derive(Clone, Debug)]
enum Step {
    Change { which: usize, to: u32 },
    Deploy { cpus: u32 },
    End { which: usize, good: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        (0..8_usize, 0..=HAS).prop_map(|(which, to)| Step::Change { which, to }),
        (0..=HAS).prop_map(|cpus| Step::Deploy { cpus }),
        (0..8_usize, any::<bool>()).prop_map(|(which, good)| Step::End { which, good }),
    ];
    proptest::collection::vec(one, 1..40)
}

/// What is under way: by its operation what it makes of which container, or the copy that it makes.
enum Work {
    Change(OperationId, String, u32),
    Deploy(OperationId, PlannedCopy, u32),
}

proptest! {
    /// At every moment all that is there and all that may come, with the larger figure of each, have room.
    #[test]
    fn whatever_succeeds_there_is_room_for_it(steps in steps()) {
        let pending = Pending::default();
        let mut there: BTreeMap<String, (u32, Option<OperationId>)> = BTreeMap::new();
        let mut under_way: Vec<Work> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let shown = there.iter().map(|(name, (count, by))| {
                let mut made = reserving(name, *count);
                if let Some(by) = by {
                    made.labels.insert(LABEL_DEPLOY.to_owned(), by.to_string());
                }
                made
            });
            let fleet = fleet(shown.collect());
            match step {
                Step::Change { which, to } => {
                    let Some((name, (before, _))) = there.iter().nth(which) else { continue };
                    let busy = under_way.iter().any(|work| matches!(work, Work::Change(_, its, _) if its == name));
                    if let (false, Ok(id)) = (busy, grow(&pending, &fleet, growth(name, *before, to), &[])) {
                        under_way.push(Work::Change(id, name.clone(), to));
                    }
                }
                Step::Deploy { cpus } => {
                    if let Some((id, copy)) = deploy(&pending, &fleet, &format!("c{number}"), cpus) {
                        under_way.push(Work::Deploy(id, copy, cpus));
                    }
                }
                Step::End { which, good } if which < under_way.len() => match under_way.remove(which) {
                    Work::Change(id, name, to) => {
                        pending.grown(&id, &|_| good);
                        if let (true, Some((count, _))) = (good, there.get_mut(&name)) {
                            *count = to;
                        }
                    }
                    Work::Deploy(id, copy, cpus) => {
                        if good {
                            there.insert(copy.name, (cpus, Some(id.clone())));
                        } else {
                            pending.give_back(&id, &copy);
                        }
                        pending.ended(&id);
                    }
                },
                Step::End { .. } => {}
            }
            let mut most: BTreeMap<&str, u32> = there.iter().map(|(name, (count, _))| (name.as_str(), *count)).collect();
            for work in &under_way {
                let (name, count) = match work {
                    Work::Change(_, name, to) => (name.as_str(), *to),
                    Work::Deploy(_, copy, cpus) => (copy.name.as_str(), *cpus),
                };
                let entry = most.entry(name).or_default();
                *entry = count.max(*entry);
            }
            prop_assert!(most.values().sum::<u32>() <= HAS, "{most:?}");
        }
    }
}
