//! What happens of itself: the load, health checks, logs, and what the admin port says.
use crate::asking::{Events, Kept, LONG, fleet, get, json, one};
use http::Method;
use http_body_util::BodyExt;
use serde_json::Value;
use shipyard_sim::{Act, Load, State, admin};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[tokio::test]
async fn the_load_changes_much_and_keeps_the_number() {
    let sim = fleet(10, 20).await;
    let mut events = Events::open(&one(&sim)).await;
    let before: Vec<_> = sim.all().map(|e| e.containers()).collect();
    sim.set_load(Load {
        per_second: 5000.0,
        flapping: 0.0,
    });
    let mut actions = BTreeSet::new();
    let begun = Instant::now();
    let wanted = [
        "start", "die", "pause", "unpause", "rename", "create", "destroy", "kill", "stop",
    ];
    while !wanted.iter().all(|w| actions.contains(*w)) {
        let event = events.next().await.unwrap().unwrap();
        actions.insert(event["Action"].as_str().unwrap().to_owned());
        assert!(begun.elapsed() < LONG, "only {actions:?}");
    }
    assert!(actions.iter().any(|a| a.starts_with("health_status")), "{actions:?}");
    sim.set_load(Load::default());
    for engine in sim.all() {
        let count = engine.containers().len();
        assert!((15..=25).contains(&count), "{count}");
    }
    assert_ne!(before, sim.all().map(|e| e.containers()).collect::<Vec<_>>());
}

#[tokio::test]
async fn flapping_ends_connections() {
    let sim = fleet(5, 1).await;
    let mut events = Events::open(&one(&sim)).await;
    sim.set_load(Load {
        per_second: 0.0,
        flapping: 5.0,
    });
    assert!(!matches!(events.next().await, Ok(Some(_))));
}

#[tokio::test]
async fn the_list_is_the_truth_after_every_change() {
    let sim = fleet(1, 30).await;
    let engine = one(&sim);
    let mut kept = Kept::open(&engine).await;
    for round in 0..60 {
        let acts = [
            Act::Rename,
            Act::Stop,
            Act::Start,
            Act::Pause,
            Act::Unpause,
            Act::Kill,
            Act::Create,
            Act::Destroy,
        ];
        engine.act_at(round % 30, acts[round % acts.len()]);
        // Twice: the second may come from what was kept of the first.
        for _ in 0..2 {
            let list: Vec<Value> = serde_json::from_slice(&kept.get("/containers/json?all=1").await.unwrap()).unwrap();
            let mut listed: Vec<_> = list
                .iter()
                .map(|c| {
                    let text = |key: &str| c[key].as_str().unwrap().to_owned();
                    let name = c["Names"][0].as_str().unwrap().trim_start_matches('/').to_owned();
                    let healthy = text("Status").contains("(healthy)");
                    (text("Id"), name, text("State"), text("Image"), healthy)
                })
                .collect();
            listed.reverse();
            let truth = engine.containers().into_iter().map(|c| {
                let healthy = c.health == Some(shipyard_sim::Health::Healthy);
                (c.id, c.name, c.state.word().to_owned(), c.image, healthy)
            });
            let truth: Vec<_> = truth.collect();
            assert_eq!(listed, truth, "in round {round}");
        }
    }
}

#[tokio::test]
async fn the_hose_is_numbered_and_goes_on() {
    let sim = fleet(1, 20).await;
    let engine = one(&sim);
    sim.set_hose(u64::MAX);
    let runs = engine
        .containers()
        .into_iter()
        .find(|c| c.state == State::Running)
        .unwrap();
    let mut kept = Kept::open(&engine).await;
    let path = format!("/containers/{}/logs?stdout=1&stderr=1&follow=1&tail=0", runs.id);
    let mut body = kept.send(Method::GET, &path).await.unwrap().into_body();
    let mut all = Vec::new();
    while all.len() < 4 << 20 {
        let frame = tokio::time::timeout(LONG, body.frame())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        all.extend_from_slice(frame.data_ref().unwrap());
    }
    let (mut rest, mut last) = (all.as_slice(), None);
    while rest.len() > 8 {
        let length = u32::from_be_bytes([rest[4], rest[5], rest[6], rest[7]]) as usize;
        let Some(line) = rest.get(8..8 + length) else { break };
        let text = std::str::from_utf8(line).unwrap();
        let number: u64 = text
            .strip_prefix("line ")
            .unwrap()
            .split(':')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(last.is_none_or(|last| number == last + 1), "{last:?} then {number}");
        last = Some(number);
        rest = &rest[8 + length..];
    }
    assert!(last.is_some());
}

#[tokio::test]
async fn a_log_is_the_same_each_time() {
    let sim = fleet(1, 20).await;
    let engine = one(&sim);
    let ended = engine
        .containers()
        .into_iter()
        .find(|c| c.state == State::Exited)
        .unwrap();
    let path = format!("/containers/{}/logs?stdout=1&stderr=1&timestamps=1&tail=50", ended.id);
    let (one, two) = (get(&engine, &path).await.unwrap(), get(&engine, &path).await.unwrap());
    assert!(one.len() > 2000 && one == two);
}

#[tokio::test]
async fn waiting_ends_with_the_container() {
    let sim = fleet(1, 20).await;
    let engine = one(&sim);
    let runs = engine
        .containers()
        .into_iter()
        .find(|c| c.state == State::Running)
        .unwrap();
    let mut kept = Kept::open(&engine).await;
    let path = format!("/containers/{}/wait", runs.id);
    let body = kept.send(Method::POST, &path).await.unwrap().into_body();
    engine.act(&runs.name, Act::Die(7)).unwrap();
    let end = tokio::time::timeout(LONG, body.collect())
        .await
        .unwrap()
        .unwrap()
        .to_bytes();
    assert_eq!(serde_json::from_slice::<Value>(&end).unwrap()["StatusCode"], 7);
}

#[tokio::test]
async fn another_program_drives_it() {
    let sim = Arc::new(fleet(3, 4).await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(admin::serve(Arc::clone(&sim), listener));
    let ask = async |method: Method, path: &str| {
        let socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let io = hyper_util::rt::TokioIo::new(socket);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::builder().method(method).uri(path).header("host", "x");
        let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let mut events = Events::open(&sim.engine(2).unwrap()).await;
    let (status, change) = ask(Method::POST, "/emit?engine=2&container=1").await;
    assert_eq!((status, change["action"].as_str()), (200, Some("rename")));
    assert_eq!(events.next().await.unwrap().unwrap()["timeNano"], change["timeNano"]);
    assert_eq!(ask(Method::GET, "/calls").await.1["routes"]["events"], 1);
    assert_eq!(ask(Method::GET, "/connections").await.1["event_streams"], 1);
    let truth = ask(Method::GET, "/truth?engines=0-1").await.1;
    assert_eq!(
        (
            truth.as_array().unwrap().len(),
            truth[0]["containers"].as_array().unwrap().len()
        ),
        (2, 4)
    );
    assert_eq!(
        ask(Method::POST, "/fault?engines=2&kind=not-json&route=list").await.0,
        200
    );
    assert!(
        get(&sim.engine(2).unwrap(), "/containers/json")
            .await
            .unwrap()
            .starts_with(b"<html>")
    );
    assert_eq!(ask(Method::POST, "/heal").await.0, 200);
    assert!(json(&sim.engine(2).unwrap(), "/containers/json").await.is_array());
    assert_eq!(ask(Method::POST, "/fault?kind=nonsense").await.0, 400);
    assert_eq!(ask(Method::POST, "/drop").await.1["engines"], 3);
    assert!(!matches!(events.next().await, Ok(Some(_))));
    assert_eq!(ask(Method::POST, "/rate?per_second=7").await.1["per_second"], 7.0);
    assert_eq!(ask(Method::POST, "/calls/reset").await.0, 200);
    assert_eq!(ask(Method::GET, "/nothing").await.0, 404);
    tokio::time::sleep(Duration::from_millis(1)).await;
}
