//! What the writer makes of reports, without any engine.
use super::*;
use crate::view::tests::{container, engine};
use shipyard_model::ContainerState;

const T: Millis = Millis(1_000);

fn world() -> (World, EngineId) {
    let mut world = World::new();
    let state = engine("node1", "", Vec::new());
    let id = state.engine.id.clone();
    world.settings(state.engine);
    let list = vec![Arc::new(container("web", ContainerState::Running))];
    world.up(&id, state.probe.unwrap(), None, list, T);
    (world, id)
}

fn why() -> Problem {
    Problem::new(503, "engine.timeout", "It timed out.")
}

#[test]
fn another_time_of_the_next_try_changes_no_view_of_containers() {
    let (mut world, id) = world();
    world.down(&id, why(), Millis(9_000), Millis(2_000));
    let first = world.snapshot().unwrap();
    world.down(&id, why(), Millis(12_000), Millis(9_000));
    let second = world.snapshot().unwrap();
    assert!(second.version > first.version && second.settled == first.settled);
    world.down(
        &id,
        Problem::new(503, "engine.refused", "It refused."),
        Millis(15_000),
        Millis(12_000),
    );
    let third = world.snapshot().unwrap();
    assert_eq!(third.settled, third.version);
}

#[test]
fn an_engine_that_is_down_keeps_what_was_known() {
    let (mut world, id) = world();
    world.down(&id, why(), Millis(9_000), Millis(2_000));
    world.down(&id, why(), Millis(12_000), Millis(9_000));
    let snapshot = world.snapshot().unwrap();
    let state = snapshot.engines.get(&id).unwrap();
    assert_eq!(state.containers.len(), 1);
    assert_eq!(state.stale_since(), Some(T));
    let down = EngineHealth::Down {
        since: Millis(2_000),
        why: why(),
        retry_at: Millis(12_000),
    };
    assert_eq!(state.health, down, "down since the first time, tried at the newest");
    let words: Vec<_> = snapshot.recent.iter().map(|h| h.what.as_str()).collect();
    assert_eq!(words, ["engine-down"]);
}

#[test]
fn a_snapshot_is_not_touched_by_what_comes_after() {
    let (mut world, id) = world();
    let before = world.snapshot().unwrap();
    let web = container("web", ContainerState::Exited);
    world.report(
        &id,
        Update::Changes {
            put: vec![Arc::new(web.clone())],
            gone: Vec::new(),
            events: Vec::new(),
        },
        T,
    );
    let after = world.snapshot().unwrap();
    let state = |s: &Snapshot| s.engines.get(&id).unwrap().containers.get(&web.id).unwrap().state;
    assert_eq!(
        (state(&before), state(&after)),
        (ContainerState::Running, ContainerState::Exited)
    );
    world.report(
        &id,
        Update::Changes {
            put: Vec::new(),
            gone: vec![web.id.clone()],
            events: Vec::new(),
        },
        T,
    );
    assert!(
        world
            .snapshot()
            .unwrap()
            .engines
            .get(&id)
            .unwrap()
            .containers
            .is_empty()
    );
}

#[test]
fn response_times_leave_views_of_containers_right() {
    let (mut world, id) = world();
    let first = world.snapshot().unwrap();
    world.pong(&id, Duration::from_millis(3), Millis(5_000));
    assert_eq!(world.dirt(), Dirt::Times);
    let second = world.snapshot().unwrap();
    assert!(second.version > first.version);
    assert_eq!(second.settled, first.settled);
    assert_eq!(second.engines.get(&id).unwrap().response_us, Some(3_000));
    assert!(world.snapshot().is_none(), "nothing new");
}

#[test]
fn reports_of_an_engine_that_was_forgotten_are_thrown_away() {
    let (mut world, id) = world();
    world.forget(&id);
    world.snapshot();
    world.apply(
        &id,
        1,
        [Update::Pong {
            response: Duration::ZERO,
        }],
    );
    world.up(&id, engine("node1", "", Vec::new()).probe.unwrap(), None, Vec::new(), T);
    assert!(world.snapshot().unwrap().engines.is_empty());
}
