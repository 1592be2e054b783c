//! Orders of things one at a time, each for a reason of its own.
use super::*;

#[test]
fn a_list_that_does_not_know_the_end_yet_is_not_believed() {
    let mut engine = Engine::default();
    engine.happen(1, What::Create);
    engine.happen(1, What::Start);
    engine.write_down();
    let mut mirror = Mirror::default();
    mirror.whole(engine.list.values().cloned().collect(), 0);
    mirror.event(&id(1), Change::Died { exit_code: 3 }, 10, 10);
    mirror.whole(engine.list.values().cloned().collect(), 20);
    let all = mirror.all();
    assert_eq!((all[0].state, all[0].exit_code), (ContainerState::Exited, Some(3)));
    // What is asked for after a while is right, whatever the event said; what was asked for before is not, however late it comes.
    mirror.whole(engine.list.values().cloned().collect(), 20 + DISBELIEF);
    assert_eq!(mirror.all()[0].state, ContainerState::Exited);
    mirror.asking(20 + DISBELIEF);
    mirror.whole(engine.list.values().cloned().collect(), 20 + DISBELIEF);
    assert_eq!(mirror.all()[0].state, ContainerState::Running);
}

#[test]
fn a_pause_right_after_a_start_outlasts_the_list_that_is_read_for_the_start() {
    let mut engine = Engine::default();
    engine.happen(1, What::Create);
    engine.happen(1, What::Start);
    let lagging = engine.list.clone();
    let mut mirror = Mirror::default();
    mirror.whole(lagging.values().cloned().collect(), 0);
    mirror.event(&id(1), Change::Started, 10, 10);
    mirror.event(&id(1), Change::Paused, 20, 20);
    let due = mirror.take_due(10 + GATHER);
    assert_eq!(due, [id(1)], "read for the start");
    mirror.asking(10 + GATHER);
    mirror.some(&due, lagging.into_values().collect(), 40);
    assert_eq!(mirror.all()[0].state, ContainerState::Paused);
    assert!(mirror.due().is_some(), "and read again");
}

#[test]
fn a_change_that_needs_time_to_settle_is_read_after_it_too() {
    let mut mirror = Mirror::default();
    mirror.whole(vec![container(&id(1), 1)], 0);
    mirror.event(&id(1), Change::Started, 0, 0);
    let network = "net".to_owned();
    mirror.event(&id(1), Change::Connected { network }, 10, 10);
    assert_eq!(mirror.take_due(GATHER), [id(1)]);
    assert_eq!(mirror.due(), Some(10 + SETTLE));
    assert_eq!(mirror.take_due(10 + SETTLE), [id(1)]);
    assert_eq!(mirror.due(), None);
}

#[test]
fn what_a_container_has_been_seen_doing_costs_no_call() {
    let mut engine = Engine::default();
    let mut follower = Follower::default();
    for what in [What::Create, What::Connect(1), What::Start, What::Health(true)] {
        engine.happen(0, what);
    }
    follower.connect(&engine, 0);
    follower.answer(&engine);
    follower.arrive();
    follower.now = 60_000;
    engine.now = 60_000;
    for what in [
        What::Pause,
        What::Unpause,
        What::Health(false),
        What::Stop,
        What::Start,
        What::Rename(7),
    ] {
        engine.happen(0, what);
        follower.deliver(&engine, usize::MAX);
        assert_eq!(follower.mirror.due(), None, "{what:?}");
        assert_eq!(*follower.mirror.all()[0], engine.truth[&id(0)], "{what:?}");
    }
    // It ran for long: if Docker starts it again, it does so at once.
    follower.now += 60_000;
    engine.now = follower.now;
    for what in [What::Die(1), What::Start, What::Stop, What::Destroy] {
        engine.happen(0, what);
        follower.deliver(&engine, usize::MAX);
        assert_eq!(follower.mirror.due(), None, "{what:?}");
    }
    assert!(follower.mirror.all().is_empty());
}

#[test]
fn who_ends_soon_after_the_start_is_asked_about() {
    let mut engine = Engine::default();
    let mut follower = Follower::default();
    for what in [What::Create, What::Start] {
        engine.happen(0, what);
    }
    follower.connect(&engine, 0);
    follower.answer(&engine);
    follower.arrive();
    engine.now = 60_000;
    follower.now = 60_000;
    for what in [What::Stop, What::Start, What::DieToRestart] {
        engine.happen(0, what);
    }
    engine.write_down();
    follower.deliver(&engine, usize::MAX);
    assert_eq!(
        follower.mirror.due(),
        Some(60_000 + SETTLE),
        "it may wait to be started again"
    );
    follower.now += SETTLE;
    follower.go_on();
    follower.answer(&engine);
    follower.arrive();
    assert_eq!(follower.mirror.all()[0].state, ContainerState::Restarting);
}

/// Found by `./x bench schedules`.
#[test]
fn what_crosses_a_list_that_lags_is_remembered_as_it_ran() {
    let mut engine = Engine::default();
    let mut follower = Follower::default();
    follower.connect(&engine, 0);
    engine.happen(0, What::Create);
    follower.answer(&engine);
    follower.arrive();
    engine.happen(0, What::Start);
    engine.happen(0, What::Pause);
    follower.deliver(&engine, 3);
    engine.happen(0, What::Unpause);
    engine.happen(0, What::Die(0));
    follower.ask(None);
    follower.answer(&engine);
    follower.deliver(&engine, 2);
    follower.arrive();
    assert_eq!(follower.mirror.all()[0].state, ContainerState::Exited);
    engine.happen(0, What::Start);
    follower.deliver(&engine, 1);
    assert_eq!(
        *follower.mirror.all()[0],
        engine.truth[&id(0)],
        "with its ports and health"
    );
}

/// Found by `./x bench schedules`.
#[test]
fn a_pause_that_comes_after_a_list_that_knows_the_end_teaches_nothing() {
    let mut engine = Engine::default();
    let mut follower = Follower::default();
    engine.happen(3, What::Create);
    engine.happen(3, What::Start);
    follower.connect(&engine, 0);
    follower.answer(&engine);
    follower.arrive();
    engine.happen(3, What::Pause);
    follower.ask(None);
    engine.happen(3, What::Stop);
    follower.answer(&engine);
    follower.deliver(&engine, 1);
    follower.arrive();
    engine.happen(3, What::Start);
    follower.deliver(&engine, usize::MAX);
    assert!(follower.mirror.due().is_some(), "its ports are asked for");
}

/// Found by `./x bench schedules`.
#[test]
fn the_health_of_one_that_was_paused_at_first_is_not_taken_for_none() {
    let mut engine = Engine::default();
    let mut follower = Follower::default();
    for what in [What::Create, What::Start, What::Pause] {
        engine.happen(0, what);
    }
    engine.write_down();
    follower.connect(&engine, 0);
    follower.answer(&engine);
    follower.arrive();
    for what in [What::Unpause, What::Die(0)] {
        engine.happen(0, what);
    }
    follower.deliver(&engine, usize::MAX);
    engine.write_down();
    while follower.mirror.due().is_some() {
        follower.now += 400;
        follower.go_on();
        follower.answer(&engine);
        follower.arrive();
    }
    engine.happen(0, What::Start);
    follower.deliver(&engine, usize::MAX);
    assert!(follower.mirror.due().is_some(), "its health is asked for");
}

/// Found by `./x bench schedules`.
#[test]
fn a_network_that_came_after_an_end_is_not_let_go_by_it() {
    let mut engine = Engine::default();
    let mut follower = Follower::default();
    for what in [What::Create, What::Start, What::Stop, What::Connect(2)] {
        engine.happen(1, what);
    }
    engine.write_down();
    // With events of before the list, which has the network already.
    follower.connect(&engine, 8);
    follower.answer(&engine);
    follower.arrive();
    follower.deliver(&engine, usize::MAX);
    follower.now += 400;
    follower.go_on();
    follower.answer(&engine);
    follower.arrive();
    engine.happen(1, What::Disconnect(2));
    follower.deliver(&engine, usize::MAX);
    assert!(follower.mirror.due().is_some(), "it is asked about");
}
