//! Gaps in events, storms of them, and many engines that come, go and come back at once.
use crate::fleet::{Both, SOON};
use shipyard_sim::{Act, Config, Fault, Load, Route, Transport};
use std::time::Duration;

/// F10: the stream is cut, and more happens meanwhile than Docker remembers.
#[tokio::test]
async fn what_happened_while_nobody_listened_is_known_after() {
    let both = Both::new(1, 60).await;
    both.all_up(SOON).await;
    let engine = both.engine(0);
    engine.put(Fault::Refuse).await.unwrap();
    engine.put(Fault::Drop { reset: true }).await.unwrap();
    both.until(SOON, "down", |both| both.why(0).is_some()).await;
    for turn in 0..5000 {
        let act = [Act::Stop, Act::Start, Act::Rename, Act::Pause, Act::Unpause][turn % 5];
        engine.act_at(turn % 60, act);
        if turn % 10 == 0 {
            engine.act_at(0, Act::Create);
            engine.act_at(turn % 7, Act::Destroy);
        }
    }
    engine.heal().await.unwrap();
    both.fleet.retry(&crate::fleet::id(0));
    both.until_true(SOON).await;
}

/// F11: more changes than a debug build takes in as they come. Ten thousand a second are for the release build, in `./x bench`.
#[tokio::test]
async fn a_storm_leaves_the_truth_and_few_snapshots() {
    let both = Both::new(20, 100).await;
    both.all_up(SOON).await;
    let before = both.fleet.snapshot().version;
    let storm = Load {
        per_second: 3_000.0,
        flapping: 0.0,
    };
    both.sim.live(storm, Duration::from_secs(3)).await;
    let snapshots = both.fleet.snapshot().version - before;
    assert!(snapshots <= 700, "{snapshots} snapshots in three seconds");
    both.until_true(Duration::from_secs(90)).await;
    // What is known already may have reports under way that change nothing.
    both.until(SOON, "nothing waits", |both| both.fleet.reports_waiting() == 0)
        .await;
}

/// F19: a tenth of the engines falls in each second, and all that changes meanwhile is known in the end.
#[tokio::test]
async fn engines_that_come_and_go_are_dialled_with_measure_and_known_in_the_end() {
    let both = Both::with(Config {
        engines: 100,
        containers: 20,
        transport: Transport::Tls(None),
        ..Config::default()
    })
    .await;
    both.all_up(Duration::from_secs(60)).await;
    both.sim.reset();
    let load = Load {
        per_second: 300.0,
        flapping: 0.1,
    };
    both.sim.live(load, Duration::from_secs(8)).await;
    let connections = both.sim.connections();
    assert!(connections.handshakes_at_most <= 64, "{connections:?}");
    both.all_up(Duration::from_secs(60)).await;
    both.until_true(SOON).await;
    assert_eq!(
        both.sim.calls().get(Route::Inspect.name()).copied().unwrap_or(0),
        0,
        "nothing is inspected"
    );
}

/// F20: all engines at once, as after a restart of ours.
#[tokio::test]
async fn a_start_with_many_engines_reads_each_once() {
    let both = Both::with(Config {
        engines: 200,
        containers: 20,
        transport: Transport::Tls(None),
        ..Config::default()
    })
    .await;
    both.all_up(Duration::from_secs(60)).await;
    both.until_true(SOON).await;
    let count = |both: &Both, route: Route| both.sim.calls().get(route.name()).copied().unwrap_or(0);
    // Where this machine is so busy that an engine does not answer in time, it is connected to once more: it has its stream
    // before its list then.
    both.until(SOON, "a list for each stream", |both| {
        count(both, Route::List) == count(both, Route::Events) && both.sim.connections().event_streams == 200
    })
    .await;
    let calls = both.sim.calls();
    let count = |route: Route| calls.get(route.name()).copied().unwrap_or(0);
    assert_eq!(count(Route::Inspect), 0, "{calls:?}");
    assert!((200..250).contains(&count(Route::List)), "{calls:?}");
    let connections = both.sim.connections();
    assert!(connections.handshakes_at_most <= 64, "{connections:?}");
    // All of them are dropped at once and come back, one stream each.
    for engine in both.sim.all() {
        engine.put(Fault::Drop { reset: true }).await.unwrap();
    }
    both.until(Duration::from_secs(60), "all streams again", |both| {
        both.sim.connections().event_streams == 200
    })
    .await;
    both.all_up(Duration::from_secs(60)).await;
    both.until_true(SOON).await;
}
