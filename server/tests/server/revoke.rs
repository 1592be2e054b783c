//! Machines at the door, and what is taken away: it ends within a second, open sockets included.
use crate::people::{CHOSEN, grant, invited, machine, pool};
use crate::support::{Yard, signed_in};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// What is revoked has to be gone by then; a second is promised, the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_token_is_taken_from_its_header_and_nowhere_else() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    let mut machine = machine(&server, &mut admin, &[]).await;
    assert_eq!(machine.get("/api/session").await.status, 200);
    assert_eq!(machine.call("access", &json!({})).await.status, 200);
    for name in ["token", "access_token", "api_key", "TOKEN"] {
        let answer = machine.get(&format!("/api/session?{name}=shp_a_b")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "token.in-address"),
            "{name}"
        );
    }
    let mut both = machine.clone();
    both.cookies = admin.cookies.clone();
    let answer = both.get("/api/session").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "token.and-session"));
    for wrong in ["Bearer shp_a_b", "Basic YWRtaW46c2hpcHlhcmQ=", "Bearer", "shp_a_b"] {
        let mut other = server.client();
        other.headers.push(("authorization", wrong.to_owned()));
        let answer = other.get("/api/session").await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "token.refused"),
            "{wrong}"
        );
    }
    // A page of another site can bring no token, so a socket with one needs no origin; with a wrong one it is refused.
    let (status, _) = machine
        .socket_from("/socket/live", Some("https://evil.example"))
        .await
        .err()
        .unwrap();
    assert_eq!(status, 403);
    assert!(machine.socket_from("/socket/live", None).await.is_ok());
}

#[tokio::test]
async fn what_is_taken_away_ends_open_sockets() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    pool(&mut admin, "here", "zone", "a").await;
    let mut margot = invited(&server, &mut admin, "margot", &[grant("viewer", Some("here"))]).await;
    let mut robot = machine(&server, &mut margot, &[]).await;

    // Other grants: the page is told to come again.
    let mut socket = margot.socket("/socket/live").await;
    let mut robots = robot.socket_from("/socket/live", None).await.unwrap();
    let change = json!({ "name": "margot", "grants": [grant("observer", Some("here"))] });
    assert_eq!(admin.call("account_grants", &change).await.status, 200);
    assert_eq!((socket.closed(SOON).await, robots.closed(SOON).await), (4403, 4403));

    // A token that is revoked.
    let mut robots = robot.socket_from("/socket/live", None).await.unwrap();
    let own = margot.call("own", &json!({})).await.json();
    let revoke = json!({ "id": own["tokens"][0]["id"] });
    assert_eq!(margot.call("token_revoke", &revoke).await.status, 200);
    assert_eq!(robots.closed(SOON).await, 4401);
    assert_eq!(robot.get("/api/session").await.status, 401);

    // One session of two, by its owner; then all, by disabling the account.
    let mut second = server.client();
    assert_eq!(second.sign_in("margot", CHOSEN).await.location(), "/");
    let mut socket = second.socket("/socket/live").await;
    let own = margot.call("own", &json!({})).await.json();
    let sessions = own["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|one| one["this"] == false).unwrap();
    assert_eq!(
        margot.call("session_end", &json!({ "id": other["id"] })).await.status,
        200
    );
    assert_eq!(socket.closed(SOON).await, 4401);
    assert_eq!(second.get("/api/session").await.status, 401);
    let mut socket = margot.socket("/socket/live").await;
    let disable = json!({ "name": "margot", "disabled": true });
    assert_eq!(admin.call("account_disable", &disable).await.status, 200);
    assert_eq!(socket.closed(SOON).await, 4401);
    assert_eq!(margot.get("/api/session").await.status, 401);
}

#[tokio::test]
async fn a_proof_gives_the_session_another_id_and_the_old_one_is_dead() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    let before = admin.clone();
    let wrong = admin.call("prove", &json!({ "proof": "not it, sorry" })).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (422, "proof.wrong"));
    assert_eq!(admin.cookies, before.cookies);
    let done = admin.call("prove", &json!({ "proof": crate::support::PASSWORD })).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_ne!(admin.cookies, before.cookies);
    assert_eq!(admin.get("/api/session").await.status, 200);
    assert_eq!(before.clone().get("/api/session").await.status, 401);
}

/// Keys in another case, twice, or unknown: Docker's own reader would take them, so none may pass.
#[tokio::test]
async fn what_docker_reads_otherwise_does_not_pass() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    let plain = json!({ "spec": { "image": "busybox:lab", "name": "x", "command": [], "env": [], "ports": [], "volumes": [],
        "network": "", "restart": "no", "cpus": 0, "memory": 0, "labels": [] }, "copies": { "total": 1 }, "target": "all",
        "strategy": "spread", "pull": "never", "undo_on_failure": false })
    .to_string();
    for spoilt in [
        plain.replacen("\"image\"", "\"Privileged\":true,\"image\"", 1),
        plain.replacen("\"image\"", "\"privileged\":false,\"privileged\":true,\"image\"", 1),
        plain.replacen("\"image\"", "\"HostConfig\":{\"Binds\":[\"/:/x\"]},\"image\"", 1),
        plain.replacen("\"network\":\"\"", "\"network\":\"\",\"Network\":\"host\"", 1),
        format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)),
    ] {
        let body = format!("{{\"request\":{spoilt}}}");
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let answer = admin.send(Method::POST, "/api/fn/deploy_plan", &headers, body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    let fine: Value = serde_json::from_str(&plain).unwrap();
    assert_eq!(admin.call("deploy_plan", &json!({ "request": fine })).await.status, 200);
}
