//! What survives: a restart, and a kill in the worst moment.
use crate::lab::draft;
use crate::support::{Client, PASSWORD, Yard, signed_in};
use serde_json::json;
use std::time::Duration;

/// Names and ids of the engines that the page shows.
async fn engines(client: &mut Client) -> Vec<(String, String)> {
    let boot = client.get("/engines").await.boot();
    let rows = boot["first"]["data"]["engines"].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(&row["engine"]["name"]), text(&row["engine"]["id"])))
        .collect()
}

#[tokio::test]
async fn accounts_sessions_and_engines_survive_a_restart() {
    let yard = Yard::new();
    let mut server = yard.start();
    let mut client = signed_in(&server).await;
    let answer = client.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    server.signal("TERM");
    assert_eq!(server.ended(Duration::from_secs(15)).code(), Some(0));

    let server = yard.start();
    client.address = server.address.clone();
    assert_eq!(
        engines(&mut client).await.len(),
        1,
        "the session and the engine are there"
    );
    assert_eq!(server.client().sign_in("admin", PASSWORD).await.location(), "/");
    assert_eq!(server.client().sign_in("admin", "shipyard").await.status, 401);

    // It is followed again: a live page hears that it answers.
    let mut socket = client.socket("/socket/live").await;
    socket
        .send(&json!({ "subscribe": { "sub": 1, "view": "engines" } }).to_string())
        .await;
    socket
        .until(|frame| frame["whole"]["data"]["engines"][0]["health"] == "up")
        .await;
}

#[tokio::test]
async fn a_kill_right_after_the_answer_loses_nothing_fifty_times() {
    let yard = Yard::new();
    let mut server = yard.start();
    let mut client = signed_in(&server).await;
    for round in 0..50 {
        let name = format!("round-{round}");
        let answer = client.call("engine_add", &json!({ "draft": draft(2, &name) })).await;
        server.kill();
        assert_eq!(answer.status, 200, "{}", answer.text);

        server = yard.start();
        client.address = server.address.clone();
        let kept = engines(&mut client).await;
        assert_eq!(
            kept.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            [name.as_str()],
            "round {round}"
        );
        let answer = client.call("engine_remove", &json!({ "id": kept[0].1 })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}
