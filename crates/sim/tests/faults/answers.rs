//! What can be wrong with answers.
use crate::asking::{Events, Kept, LONG, SHORT, fleet, get, json, one};
use http::Method;
use http_body_util::BodyExt;
use serde_json::Value;
use shipyard_sim::{EngineHandle, Fault, Misanswer, Route};
use std::time::{Duration, Instant};
use tokio::time::timeout;

const LIST: &str = "/containers/json?all=1";

async fn put(engine: &EngineHandle, how: Misanswer) {
    let route = Some(Route::List);
    engine.put(Fault::Answer { how, route }).await.unwrap();
}

#[tokio::test]
async fn garbage_is_garbage_and_only_where_it_shall_be() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    put(&engine, Misanswer::NotJson).await;
    assert!(get(&engine, LIST).await.unwrap().starts_with(b"<html>"));
    assert_eq!(get(&engine, "/_ping").await.unwrap(), "OK");
    put(&engine, Misanswer::WrongTypes).await;
    let twisted = json(&engine, LIST).await;
    assert!(twisted["0"]["Id"].is_number(), "{twisted}");
    put(&engine, Misanswer::Status(418)).await;
    let mut kept = Kept::open(&engine).await;
    assert_eq!(kept.send(Method::GET, LIST).await.unwrap().status(), 418);
    engine.heal().await.unwrap();
    assert_eq!(json(&engine, LIST).await.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_giant_list_can_be_read() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    put(&engine, Misanswer::Giant(4 << 20)).await;
    let bytes = get(&engine, LIST).await.unwrap();
    assert!(bytes.len() >= 4 << 20);
    let all: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    assert!(all.len() > 100);
}

#[tokio::test]
async fn an_endless_list_has_no_end() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    put(&engine, Misanswer::Endless).await;
    let mut kept = Kept::open(&engine).await;
    let mut body = kept.send(Method::GET, LIST).await.unwrap().into_body();
    let mut read = 0;
    while read < 64 << 20 {
        let frame = timeout(LONG, body.frame()).await.unwrap().unwrap().unwrap();
        read += frame.data_ref().unwrap().len();
    }
}

#[tokio::test]
async fn one_that_stalls_after_the_head_or_is_cut() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    put(&engine, Misanswer::Stall).await;
    let mut kept = Kept::open(&engine).await;
    let mut body = kept.send(Method::GET, LIST).await.unwrap().into_body();
    assert!(timeout(SHORT, body.frame()).await.is_err());
    put(&engine, Misanswer::Cut).await;
    assert!(get(&engine, LIST).await.is_err(), "a cut is no end");
}

#[tokio::test]
async fn a_list_that_drips_is_whole_at_last() {
    let sim = fleet(1, 1).await;
    let engine = one(&sim);
    let whole = get(&engine, LIST).await.unwrap();
    let rate = u64::try_from(whole.len()).unwrap() * 2;
    put(&engine, Misanswer::Drip(rate)).await;
    let begun = Instant::now();
    assert_eq!(get(&engine, LIST).await.unwrap().len(), whole.len());
    assert!(begun.elapsed() > Duration::from_millis(300), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_delay_delays() {
    let sim = fleet(1, 1).await;
    let engine = one(&sim);
    engine.put(Fault::Delay(Duration::from_millis(300))).await.unwrap();
    let begun = Instant::now();
    get(&engine, "/_ping").await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn identity_clock_and_labels_are_what_they_are_set_to() {
    let sim = fleet(2, 5).await;
    let engine = one(&sim);
    let other = sim.engine(1).unwrap();
    engine.put(Fault::DaemonId(other.daemon_id())).await.unwrap();
    assert_eq!(json(&engine, "/info").await["ID"], json(&other, "/info").await["ID"]);

    engine.put(Fault::Clock(-3_600_000)).await.unwrap();
    let (behind, now) = (json(&engine, "/info").await, json(&other, "/info").await);
    let hour = |info: &Value| info["SystemTime"].as_str().unwrap()[11..13].parse::<i32>().unwrap();
    assert_eq!((hour(&now) - hour(&behind)).rem_euclid(24), 1);
    let mut events = Events::open(&engine).await;
    let change = engine.act_at(0, shipyard_sim::Act::Rename).unwrap();
    assert_eq!(events.next().await.unwrap().unwrap()["timeNano"], change.nanos);

    engine.put(Fault::Blob(1 << 20)).await.unwrap();
    let list = json(&engine, LIST).await;
    let longest = list.as_array().unwrap().iter().map(|c| c.to_string().len()).max();
    assert!(longest.unwrap() > 1 << 20);
    engine.heal().await.unwrap();
    assert!(get(&engine, LIST).await.unwrap().len() < 20_000);
}
