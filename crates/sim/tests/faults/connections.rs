//! What can be wrong with connections.
use crate::asking::{Events, Kept, LONG, SHORT, fleet, get, json, one, socket};
use shipyard_sim::{Act, Fault, Route, Version};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

#[tokio::test]
async fn one_that_hangs_takes_connections_and_says_nothing() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    let mut kept = Kept::open(&engine).await;
    assert_eq!(kept.get("/_ping").await.unwrap(), "OK");
    engine.put(Fault::Hang).await.unwrap();
    let waiting = tokio::spawn(async move { kept.get("/_ping").await });
    let mut new = Kept::open(&engine).await;
    assert!(timeout(SHORT, new.get("/_ping")).await.is_err());
    assert!(!waiting.is_finished());
    engine.heal().await.unwrap();
    assert_eq!(timeout(LONG, waiting).await.unwrap().unwrap().unwrap(), "OK");
    assert_eq!(get(&engine, "/_ping").await.unwrap(), "OK");
}

#[tokio::test]
async fn half_open_is_only_what_was_open() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    let mut events = Events::open(&engine).await;
    engine.put(Fault::HalfOpen).await.unwrap();
    engine.act_at(0, Act::Rename).unwrap();
    assert!(timeout(SHORT, events.next()).await.is_err(), "nothing flows");
    assert_eq!(get(&engine, "/_ping").await.unwrap(), "OK");
    engine.heal().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap()["Action"], "rename");
}

#[tokio::test]
async fn nobody_listens_and_then_somebody_does() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    let mut kept = Kept::open(&engine).await;
    assert_eq!(kept.get("/_ping").await.unwrap(), "OK", "it was taken");
    engine.put(Fault::Refuse).await.unwrap();
    let begun = Instant::now();
    while socket(&engine).await.is_ok() {
        assert!(begun.elapsed() < LONG, "still listening");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(kept.get("/_ping").await.unwrap(), "OK", "what is open stays");
    engine.heal().await.unwrap();
    assert_eq!(get(&engine, "/_ping").await.unwrap(), "OK");
}

#[tokio::test]
async fn connections_end_in_order_or_with_a_reset() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    for reset in [false, true] {
        let mut socket = socket(&engine).await.unwrap();
        let request = b"GET /events HTTP/1.1\r\nHost: docker\r\n\r\n";
        socket.write_all(request).await.unwrap();
        let mut buffer = [0; 4096];
        assert!(socket.read(&mut buffer).await.unwrap() > 0, "its head");
        engine.put(Fault::Drop { reset }).await.unwrap();
        let end = timeout(LONG, socket.read(&mut buffer)).await.unwrap();
        match end {
            Ok(0) => assert!(!reset),
            Ok(more) => panic!("{more} bytes more"),
            Err(error) => assert!(reset && error.kind() == std::io::ErrorKind::ConnectionReset, "{error}"),
        }
    }
    assert_eq!(get(&engine, "/_ping").await.unwrap(), "OK");
}

#[tokio::test]
async fn a_new_boot_remembers_containers_and_no_events() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    let mut events = Events::open(&engine).await;
    engine.act_at(0, Act::Rename).unwrap();
    assert!(events.next().await.unwrap().is_some());
    let before = engine.containers();
    let past = || {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        format!("/events?since=1&until={:.9}", now.as_secs_f64())
    };
    assert!(!get(&engine, &past()).await.unwrap().is_empty());
    let version = Version::parse("1.43");
    engine.put(Fault::Restart { version }).await.unwrap();
    assert!(!matches!(events.next().await, Ok(Some(_))), "the stream ends");
    assert_eq!(engine.containers(), before);
    let now = json(&engine, "/v1.43/version").await;
    assert_eq!(
        (now["ApiVersion"].as_str(), now["Version"].as_str()),
        (Some("1.43"), Some("24.0.9"))
    );
    assert!(get(&engine, &past()).await.unwrap().is_empty());
    assert_eq!(engine.event_streams(), 0);
}

#[tokio::test]
async fn one_that_does_not_take_its_events_loses_some_and_no_other() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    let mut good = Events::open(&engine).await;
    let request = b"GET /events HTTP/1.1\r\nHost: docker\r\n\r\n";
    let mut stalled = socket(&engine).await.unwrap();
    stalled.write_all(request).await.unwrap();
    while engine.event_streams() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut sent = 0;
    let begun = Instant::now();
    while sim.connections().events_dropped == 0 {
        for _ in 0..500 {
            engine.act_at(0, Act::Rename).unwrap();
            sent += 1;
            assert_eq!(good.next().await.unwrap().unwrap()["Action"], "rename");
        }
        assert!(begun.elapsed() < LONG, "nothing was dropped of {sent}");
    }
}

#[tokio::test]
async fn calls_and_connections_are_counted() {
    let sim = fleet(2, 5).await;
    let engine = one(&sim);
    get(&engine, "/containers/json?all=1").await.unwrap();
    get(
        &engine,
        "/containers/json?all=1&filters=%7B%22id%22%3A%5B%22aa%22%5D%7D",
    )
    .await
    .unwrap();
    let _events = Events::open(&engine).await;
    assert_eq!((engine.count(Route::List), engine.count(Route::ListSome)), (1, 1));
    assert_eq!((engine.event_streams(), sim.connections().event_streams), (1, 1));
    assert!(engine.connections() >= 1);
    assert_eq!(sim.calls().values().sum::<u64>(), 3);
    sim.reset();
    assert!(sim.calls().is_empty());
}

#[tokio::test]
async fn the_last_256_events_are_kept_and_can_be_asked_for() {
    let sim = fleet(1, 5).await;
    let engine = one(&sim);
    let mut times = Vec::new();
    for _ in 0..300 {
        times.push(engine.act_at(0, Act::Rename).unwrap().nanos);
    }
    assert!(times.is_sorted() && times.windows(2).all(|pair| pair[0] < pair[1]));
    let text = |nanos: i64| format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    let last = *times.last().unwrap();
    let ask = async |query: String| {
        let bytes = get(&engine, &format!("/events?until={}&{query}", text(last)))
            .await
            .unwrap();
        let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap())
            .collect::<Vec<_>>()
    };
    let all = ask("since=1".to_owned()).await;
    assert_eq!(all.len(), 256);
    assert_eq!(all[0]["timeNano"], times[300 - 256]);
    let some = ask(format!("since={}", text(times[290]))).await;
    assert_eq!((some.len(), &some[0]["timeNano"]), (10, &serde_json::json!(times[290])));
    let networks = ask("since=1&filters=%7B%22type%22%3A%5B%22network%22%5D%7D".to_owned()).await;
    assert!(networks.is_empty(), "{networks:?}");
}
