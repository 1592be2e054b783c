//! One engine that dies, hangs, is slow, is cut off without a word, or answers with nonsense, beside others that are well.
use crate::fleet::{Both, SOON, id};
use shipyard_model::ContainerState;
use shipyard_sim::{Act, Fault, Misanswer, Route};
use std::time::{Duration, Instant};

/// F01: refused connections, ended with a reset.
#[tokio::test]
async fn an_engine_that_dies_is_shown_so_with_what_was_known_and_asked_nothing() {
    let both = Both::new(3, 10).await;
    both.all_up(SOON).await;
    both.until_true(SOON).await;
    let engine = both.engine(0);
    engine.put(Fault::Refuse).await.unwrap();
    engine.put(Fault::Drop { reset: true }).await.unwrap();
    both.until(Duration::from_secs(5), "down", |both| both.why(0).is_some())
        .await;
    let known = both.known(0);
    assert_eq!(known.containers.len(), 10, "what was known stays");
    assert!(known.stale_since().is_some(), "and says how old it is");
    let begun = Instant::now();
    assert_eq!(both.fleet.connect(&id(0)).err().map(|why| why.status), Some(503));
    assert!(begun.elapsed() < Duration::from_millis(100));
    assert!(both.is_up(1) && both.is_up(2));
    engine.heal().await.unwrap();
    both.all_up(SOON).await;
    both.until_true(SOON).await;
}

/// F02: connections are taken, and nothing is ever said.
#[tokio::test]
async fn an_engine_that_hangs_is_found_out_and_holds_nobody_up() {
    let both = Both::new(2, 10).await;
    both.all_up(SOON).await;
    let connection = both.fleet.connect(&id(0)).unwrap();
    let container = both.known(0).containers.iter().next().unwrap().id.clone();
    both.engine(0).put(Fault::Hang).await.unwrap();
    // Fifty requests at once: each ends by its deadline.
    let asked = (0..50).map(|_| {
        let (connection, container) = (connection.clone(), container.clone());
        tokio::spawn(async move { connection.inspect(&container).await })
    });
    let asked: Vec<_> = asked.collect();
    both.until(Duration::from_secs(10), "down", |both| both.why(0).is_some())
        .await;
    for one in asked {
        let answer = tokio::time::timeout(Duration::from_secs(10), one)
            .await
            .expect("it ends")
            .unwrap();
        assert!(answer.is_err());
    }
    assert!(both.is_up(1));
    let change = both.engine(1).act_at(0, Act::Stop);
    assert!(change.is_some());
    both.until_change_of(1).await;
    both.engine(0).heal().await.unwrap();
    both.all_up(Duration::from_secs(40)).await;
    both.until_true(SOON).await;
}

/// F03: two seconds for each answer.
#[tokio::test]
async fn a_slow_engine_is_followed_and_not_asked_the_same_twice_at_once() {
    let both = Both::new(2, 10).await;
    both.all_up(SOON).await;
    let engine = both.engine(0);
    engine.put(Fault::Delay(Duration::from_millis(1500))).await.unwrap();
    let before = engine.count(Route::ListSome) + engine.count(Route::List);
    for _ in 0..20 {
        engine.act_at(0, Act::Create);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    both.until_true(SOON).await;
    let asked = engine.count(Route::ListSome) + engine.count(Route::List) - before;
    assert!(asked <= 6, "{asked} lists for 20 containers within two seconds");
    // Readers are answered from memory.
    let begun = Instant::now();
    assert_eq!(both.fleet.snapshot().engines.len(), 2);
    assert!(begun.elapsed() < Duration::from_millis(300));
}

/// F04: nothing flows on what is open, and nobody says so.
#[tokio::test]
async fn a_connection_that_died_without_a_word_is_found_and_made_anew() {
    let both = Both::new(1, 10).await;
    both.all_up(SOON).await;
    both.engine(0).put(Fault::HalfOpen).await.unwrap();
    let change = both.engine(0).act_at(1, Act::Kill);
    assert!(change.is_some(), "while it is cut off");
    both.until_true(Duration::from_secs(30)).await;
    // Only now the engine hears that the old stream was given up.
    both.engine(0).heal().await.unwrap();
    both.until(SOON, "one stream, not two", |both| both.engine(0).event_streams() == 1)
        .await;
}

/// F05: an answer that stops after its head, ends in its middle, has no end, or is nonsense.
#[tokio::test]
async fn half_an_answer_is_none() {
    let both = Both::new(1, 50).await;
    both.all_up(SOON).await;
    both.until_true(SOON).await;
    let engine = both.engine(0);
    for how in [
        Misanswer::Cut,
        Misanswer::NotJson,
        Misanswer::WrongTypes,
        Misanswer::Giant(64 << 20),
        Misanswer::Endless,
        Misanswer::Stall,
    ] {
        let route = Some(Route::List);
        engine.put(Fault::Answer { how, route }).await.unwrap();
        engine.put(Fault::Drop { reset: false }).await.unwrap();
        both.until(Duration::from_secs(30), &format!("{how:?}: down"), |both| {
            assert!(
                !both.is_up(0) || both.known(0).containers.len() == 50,
                "{how:?}: never a part of the list"
            );
            both.why(0).is_some()
        })
        .await;
        assert_eq!(both.known(0).containers.len(), 50, "{how:?}");
        engine.heal().await.unwrap();
        both.fleet.retry(&id(0));
        both.all_up(Duration::from_secs(60)).await;
    }
    engine.act_at(0, Act::Stop);
    both.until_true(SOON).await;
}

/// A daemon that says another's identity, and labels of a megabyte, are of no consequence to others.
#[tokio::test]
async fn identities_and_labels_of_one_engine_touch_no_other() {
    let both = Both::new(2, 10).await;
    both.all_up(SOON).await;
    let other = both.engine(1).daemon_id();
    both.engine(0).put(Fault::DaemonId(other)).await.unwrap();
    both.engine(0).put(Fault::Blob(1 << 20)).await.unwrap();
    both.engine(0).put(Fault::Clock(-5000)).await.unwrap();
    both.engine(0).put(Fault::Drop { reset: false }).await.unwrap();
    both.engine(0).act_at(0, Act::Stop);
    both.until_true(SOON).await;
    let stopped = both
        .known(0)
        .containers
        .iter()
        .filter(|c| c.state == ContainerState::Exited)
        .count();
    assert!(stopped >= 1);
}

impl Both {
    /// Waits until an engine's containers are known as they are.
    async fn until_change_of(&self, number: usize) {
        self.until(SOON, "its change is known", |both| both.differences(number).is_empty())
            .await;
    }
}
