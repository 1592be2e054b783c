//! Outages of any kind, and what is decided in them.
use super::*;
use proptest::prelude::*;
use shipyard_model::deploy::{DeployRequest, Reschedule};
use shipyard_model::{ContainerId, EngineName};

fn at(engine: u8, id: u32) -> ContainerRef {
    ContainerRef {
        engine: EngineId::new(format!("e{engine}")),
        id: ContainerId::new(format!("c{id}")),
    }
}

fn record(after_seconds: u32, copies: &[(u8, u32)]) -> LastingRecord {
    let copies = copies.iter().map(|(engine, id)| KnownCopy {
        at: at(*engine, *id),
        name: format!("web-{id}"),
        spec: None,
        own_volumes: false,
    });
    LastingRecord {
        id: "op-1".to_owned(),
        account: "ann".to_owned(),
        maker_since: Millis(0),
        token: None,
        created: Millis(0),
        labels: Vec::new(),
        request: DeployRequest {
            reschedule: Some(Reschedule {
                after_seconds,
                leave_volumes: false,
            }),
            ..DeployRequest::default()
        },
        copies: copies.collect(),
        moved: Vec::new(),
        left_out: Vec::new(),
        ended: false,
    }
}

fn reach_of(down: &BTreeMap<EngineId, Millis>, id: &EngineId) -> Reach {
    down.get(id).map_or(Reach::Up, |since| Reach::Down(*since))
}

#[test]
fn what_does_not_ask_for_it_is_never_moved() {
    let mut record = record(10, &[(1, 1)]);
    let away = |_: &EngineId| Reach::Down(Millis(0));
    let late = Millis(1_000_000);
    assert_eq!(overdue(&record, away, late).len(), 1);
    for reach in [Reach::Up, Reach::Unknown, Reach::Forgotten] {
        assert!(overdue(&record, |_| reach, late).is_empty(), "{reach:?}");
    }
    record.request.copies = Copies::Daemon;
    assert!(overdue(&record, away, late).is_empty());
    record.request.copies = Copies::Total(1);
    record.ended = true;
    assert!(overdue(&record, away, late).is_empty());
    record.ended = false;
    record.request.reschedule = None;
    assert!(overdue(&record, away, late).is_empty());
}

#[test]
fn an_old_one_is_removed_only_when_the_new_one_runs() {
    for (from, to, want) in [
        (Seen::Unknown, Seen::Runs, Tidy::Wait),
        (Seen::Gone, Seen::Unknown, Tidy::Keep),
        (Seen::Runs, Seen::Runs, Tidy::Remove),
        (Seen::Stands, Seen::Runs, Tidy::Remove),
        (Seen::Runs, Seen::Unknown, Tidy::Wait),
        (Seen::Runs, Seen::Gone, Tidy::Keep),
        (Seen::Stands, Seen::Stands, Tidy::Keep),
    ] {
        assert_eq!(tidy(false, from, to), want, "{from:?} {to:?}");
    }
    assert_eq!(tidy(true, Seen::Runs, Seen::Gone), Tidy::Remove, "nobody wants either");
    assert_eq!(tidy(true, Seen::Unknown, Seen::Gone), Tidy::Wait);
}

#[test]
fn what_failed_is_tried_later_and_later() {
    let (mut waits, engine) = (Waits::default(), EngineId::new("e1"));
    let mut now = Millis(0);
    let mut before = 0;
    for _ in 0..20 {
        assert!(waits.are_over("op-1", &engine, now));
        waits.failed("op-1", &engine, now);
        assert!(!waits.are_over("op-1", &engine, now));
        let began = now;
        while !waits.are_over("op-1", &engine, now) {
            now.0 += 1000;
        }
        let waited = now.since(began);
        assert!((before..=LONGEST_MS).contains(&waited), "{waited}");
        before = waited;
        assert!(waits.are_over("op-2", &engine, began), "each for itself");
    }
    waits.worked("op-1", &engine);
    assert!(waits.are_over("op-1", &engine, Millis(0)));
}

proptest! {
    /// Engines go and come back in any order, several at once; whatever is due is made elsewhere at once.
    #[test]
    fn a_copy_is_moved_once_for_each_outage_and_never_before_its_time(
        after in 1_u32..60,
        steps in prop::collection::vec((0_u8..4, 1_i64..30_000), 1..200),
    ) {
        let mut record = record(after, &[(0, 0), (1, 1), (1, 2), (2, 3)]);
        let mut down: BTreeMap<EngineId, Millis> = BTreeMap::new();
        let (mut now, mut next) = (Millis(0), 100);
        for (engine, passes) in steps {
            let id = EngineId::new(format!("e{engine}"));
            match down.remove(&id) {
                // Back: what is one too many there is removed.
                Some(_) => {
                    let new = |moved: &MovedCopy| {
                        let to = moved.to.as_ref().unwrap();
                        if down.contains_key(&to.engine) { Seen::Unknown } else { Seen::Runs }
                    };
                    record.moved.retain(|it| {
                        it.from.engine != id || tidy(false, Seen::Runs, new(it)) == Tidy::Wait
                    });
                }
                None => {
                    down.insert(id, now);
                }
            }
            now.0 += passes;
            let due = overdue(&record, |id| reach_of(&down, id), now);
            for (engine, copies) in due {
                let since = down.get(&engine).copied();
                prop_assert!(since.is_some_and(|since| now.since(since) >= i64::from(after) * 1000), "{engine} is not away for long");
                let Some(to) = (0..4_u8).map(|it| EngineId::new(format!("e{it}"))).find(|it| !down.contains_key(it)) else {
                    continue;
                };
                for copy in copies {
                    let new = ContainerRef { engine: to.clone(), id: ContainerId::new(format!("c{next}")) };
                    next += 1;
                    record.copies.retain(|it| it.at != copy.at);
                    record.copies.push(KnownCopy { at: new.clone(), ..copy.clone() });
                    record.moved.push(MovedCopy {
                        from: copy.at,
                        engine: EngineName::parse("node").unwrap(),
                        name: copy.name,
                        to: Some(new),
                    });
                }
            }
            prop_assert_eq!(record.copies.len(), 4, "never more copies, never fewer");
            let again = overdue(&record, |id| reach_of(&down, id), now);
            prop_assert!(again.is_empty() || down.len() == 4, "nothing is due twice: {:?}", again);
        }
    }
}
