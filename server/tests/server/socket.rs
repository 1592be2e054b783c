//! The live socket: frames, limits, and what is no frame.
use crate::support::{Yard, eventually, signed_in};
use serde_json::json;
use std::time::Duration;

fn subscribe(sub: u32, view: &serde_json::Value) -> String {
    json!({ "subscribe": { "sub": sub, "view": view } }).to_string()
}

#[tokio::test]
async fn a_page_follows_views_by_its_own_numbers() {
    let server = Yard::new().start();
    let client = signed_in(&server).await;
    let mut socket = client.socket("/socket/live").await;
    assert_eq!(socket.next().await, json!({ "hello": { "build": "b1" } }));
    socket.send(&subscribe(7, &json!("frame"))).await;
    let frame = socket.next().await;
    assert_eq!(frame["whole"]["sub"], 7);
    assert!(frame["whole"]["data"]["frame"].is_object(), "{frame}");
    // The number gets another view.
    socket.send(&subscribe(7, &json!("engines"))).await;
    let frame = socket.until(|frame| frame["whole"]["sub"] == 7).await;
    assert_eq!(frame["whole"]["data"], json!({ "engines": [] }));
    socket.send(&json!({ "unsubscribe": { "sub": 7 } }).to_string()).await;
    socket
        .send(&subscribe(8, &json!({ "containers": { "query": { "q": 1 } } })))
        .await;
    assert_eq!(
        socket.closed(Duration::from_secs(5)).await,
        1008,
        "what is no frame ends the talk"
    );
}

#[tokio::test]
async fn a_table_that_is_scrolled_is_sent_what_it_lacks() {
    let server = Yard::new().start();
    let client = signed_in(&server).await;
    let mut socket = client.socket("/socket/live").await;
    let table = |offset: u32, text: &str| json!({ "containers": { "query": { "text": text, "offset": offset, "limit": 300 } } });
    socket.send(&subscribe(3, &table(0, ""))).await;
    let frame = socket.until(|frame| frame["whole"]["sub"] == 3).await;
    assert_eq!(frame["whole"]["data"]["containers"]["offset"], 0);
    socket.send(&subscribe(3, &table(900, ""))).await;
    let frame = socket.until(|frame| frame["patch"]["sub"] == 3).await;
    assert_eq!(frame["patch"]["patch"]["offset"], 900, "{frame}");
    // Another filter is another table.
    socket.send(&subscribe(3, &table(0, "web"))).await;
    let frame = socket.until(|frame| frame["whole"]["sub"] == 3).await;
    assert_eq!(frame["whole"]["data"]["containers"]["offset"], 0);
}

#[tokio::test]
async fn a_page_follows_so_many_views_and_no_more() {
    let server = Yard::new().start();
    let client = signed_in(&server).await;
    let mut socket = client.socket("/socket/live").await;
    for sub in 0..65 {
        socket.send(&subscribe(sub, &json!("engines"))).await;
    }
    let frame = socket.until(|frame| frame["failed"].is_object()).await;
    let failed = &frame["failed"];
    assert_eq!(
        (failed["sub"].as_u64(), failed["why"]["code"].as_str()),
        (Some(64), Some("socket.subscriptions"))
    );
    // A number that is in use may still change its view, and a place that was given back is there again.
    socket.send(&json!({ "unsubscribe": { "sub": 3 } }).to_string()).await;
    socket.send(&subscribe(64, &json!("frame"))).await;
    socket.until(|frame| frame["whole"]["sub"] == 64).await;
}

#[tokio::test]
async fn a_message_has_a_limit() {
    let server = Yard::new().start();
    let client = signed_in(&server).await;
    let mut socket = client.socket("/socket/live").await;
    assert!(socket.next().await["hello"].is_object());
    let text = "x".repeat(64 * 1024 + 1);
    let query = json!({ "containers": { "query": { "text": text } } });
    socket.send(&subscribe(1, &query)).await;
    socket.cut_off(Duration::from_secs(5)).await;
    assert_eq!(server.client().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn an_account_has_so_many_sockets() {
    let server = Yard::new().start();
    let client = signed_in(&server).await;
    let origin = format!("http://{}", server.address);
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(client.socket("/socket/live").await);
    }
    let (status, text) = client.socket_from("/socket/live", Some(&origin)).await.err().unwrap();
    assert_eq!(status, 429, "{text}");
    open.pop();
    eventually("there is room again", async || {
        client.socket_from("/socket/live", Some(&origin)).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_nobody_up() {
    let server = Yard::new().start();
    let client = signed_in(&server).await;
    let mut lazy = client.socket("/socket/live").await;
    for sub in 0..64 {
        lazy.send(&subscribe(sub, &json!({ "fleet": { "group": "engine" } })))
            .await;
    }
    let mut keen = client.socket("/socket/live").await;
    keen.next().await;
    keen.send(&subscribe(1, &json!("frame"))).await;
    assert!(keen.next().await["whole"].is_object());
}

#[tokio::test]
async fn a_log_that_cannot_be_had_says_why() {
    let server = Yard::new().start();
    let client = signed_in(&server).await;
    for path in [
        "/socket/logs?engine=none&name=none",
        "/socket/stats?engine=none&name=none",
    ] {
        let mut socket = client.socket(path).await;
        let frame = socket.next().await;
        assert_eq!(frame["failed"]["why"]["code"], "not-found", "{frame}");
        assert_eq!(socket.closed(Duration::from_secs(2)).await, 1000);
    }
}
