//! Machines at the door, and what is taken away: it ends within a second, open sockets included.
use crate::lab::{Running, docker, draft};
use crate::people::{CHOSEN, grant, invited, machine, pool};
use crate::support::{Answer, Client, Events, Socket, Yard, signed_in};
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// What is revoked has to be gone by then; a second is promised, the rest is for the way and a busy machine.
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

/// Everything that stays open, with its first frame where it has one.
const SOCKETS: [(&str, Option<&str>); 5] = [
    ("/socket/live", Some(r#"{"subscribe":{"sub":1,"view":"engines"}}"#)),
    ("/socket/logs?engine=node1&name=revoke-talks", None),
    ("/socket/stats?engine=node1&name=revoke-talks", None),
    (
        "/socket/exec?engine=node1&name=revoke-talks",
        Some(r#"{"run":{"command":["sh","-c","while true; do echo on; sleep 0.2; done"]}}"#),
    ),
    (
        "/api/v1/exec?engine=node1&name=revoke-talks",
        Some(r#"{"run":{"command":["cat"],"stdin":true}}"#),
    ),
];
const STREAMS: [&str; 6] = [
    "/fleet",
    "/engines",
    "/containers",
    "/operations",
    "/containers/node1/revoke-talks/logs?follow=true",
    "/containers/node1/revoke-talks/stats",
];

/// All of it, opened by somebody.
struct Open {
    sockets: Vec<Socket>,
    streams: Vec<Events>,
    text: Events,
}

impl Open {
    async fn by(client: &Client) -> Self {
        let mut sockets = Vec::new();
        for (path, first) in SOCKETS {
            let mut socket = client
                .socket_from(path, None)
                .await
                .unwrap_or_else(|why| panic!("{path}: {why:?}"));
            if let Some(first) = first {
                socket.send(first).await;
            }
            sockets.push(socket);
        }
        let mut streams = Vec::new();
        for path in STREAMS {
            streams.push(client.events(path).await);
        }
        let path = "/api/v1/containers/node1/revoke-talks/logs?follow=true";
        let text = client.flow(path, "text/plain").await;
        // Each has begun to say something.
        tokio::time::sleep(Duration::from_millis(500)).await;
        Self { sockets, streams, text }
    }

    /// All of it ends in time, and says why.
    async fn ends(mut self, code: u16, word: &str) {
        let sockets = join_all(self.sockets.iter_mut().map(|socket| socket.closed(SOON)));
        let streams = join_all(self.streams.iter_mut().map(|stream| async {
            let closed = stream.until("closed", |_| true);
            tokio::time::timeout(SOON, closed)
                .await
                .expect("the stream ends in time")
        }));
        let (sockets, streams, _) = tokio::join!(sockets, streams, self.text.cut_off(SOON));
        assert_eq!(sockets, vec![code; SOCKETS.len()]);
        for (closed, path) in streams.iter().zip(STREAMS) {
            assert_eq!(closed["code"], word, "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_taken_away_ends_every_socket_and_every_stream() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    let added = admin.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    pool(&mut admin, "here", "zone", "a").await;
    let _talks = Running::new(1, "revoke-talks", "while true; do echo on; sleep 0.2; done");
    let mut robot = machine(&server, &mut admin, &[]).await;
    for _ in 0..100 {
        if robot
            .get("/api/v1/containers/node1/revoke-talks")
            .await
            .text
            .contains("running")
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut ann = invited(&server, &mut admin, "ann", &[grant("operator", Some("here"))]).await;
    let program = async |name: &str| {
        let named = json!({ "name": name, "password": CHOSEN });
        let opened = server.client().api(Method::POST, "/session", &named).await.json();
        server.client().bearer(opened["session"].as_str().unwrap())
    };

    // Other grants, a token that is revoked, a session that is ended, an account that is disabled: each by what it ends.
    let open = Open::by(&program("ann").await).await;
    let change = json!({ "name": "ann", "grants": [grant("viewer", Some("here")), grant("operator", Some("here"))] });
    assert_eq!(admin.call("account_grants", &change).await.status, 200);
    open.ends(4403, "changed").await;

    let open = Open::by(&machine(&server, &mut ann, &[]).await).await;
    let own = ann.call("own", &json!({})).await.json();
    let revoke = json!({ "id": own["tokens"][0]["id"] });
    assert_eq!(ann.call("token_revoke", &revoke).await.status, 200);
    open.ends(4401, "signed-out").await;

    let mut session = program("ann").await;
    let open = Open::by(&session).await;
    assert_eq!(session.api(Method::DELETE, "/session", &Value::Null).await.status, 204);
    open.ends(4401, "signed-out").await;

    let open = Open::by(&program("ann").await).await;
    let disable = json!({ "name": "ann", "disabled": true });
    assert_eq!(admin.call("account_disable", &disable).await.status, 200);
    open.ends(4401, "signed-out").await;
}

/// Who reads slowly would go on reading long after: what waits for them on the server is not sent any more.
#[tokio::test]
async fn a_slow_download_ends_with_its_session_too() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    let added = admin.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    let all = 5000 * 10_000;
    let script = "line=$(printf %010000d 7); i=0; while [ $i -lt 5000 ]; do echo $line; i=$((i+1)); done; touch /done; exec sleep 600";
    let _much = Running::new(1, "revoke-much", script);
    for _ in 0..600 {
        if docker(
            1,
            &["exec", "revoke-much", "sh", "-c", "test -e /done && echo yes || true"],
        )
        .contains("yes")
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    invited(&server, &mut admin, "ann", &[grant("viewer", None)]).await;
    for path in [
        "/api/containers/revoke-much/logs",
        "/api/v1/containers/node1/revoke-much/logs",
    ] {
        let named = json!({ "username": "ann", "password": CHOSEN }).to_string();
        let opened = server
            .client()
            .send(Method::POST, "/auth/login", &[], named)
            .await
            .json();
        let token = opened["auth_token"].as_str().unwrap();
        let mut ann = server.client().bearer(token);
        if !path.starts_with("/api/v1") {
            ann.headers = vec![("x-access-token", format!("ann:{token}"))];
        }
        let mut download = ann.flow(path, "text/plain").await;
        let out = json!({ "name": "ann" });
        assert_eq!(admin.call("account_sign_out", &out).await.status, 200);
        // The watch looks while nobody reads.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let came = download.cut_off(Duration::from_secs(20)).await;
        assert!(came < all, "{path}: {came} bytes");
    }
}

#[tokio::test]
async fn a_proof_gives_the_session_another_id_and_the_old_one_has_no_proof_and_is_dead_in_ten_seconds() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    let before = admin.clone();
    let wrong = admin.call("prove", &json!({ "proof": "not it, sorry" })).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (422, "proof.wrong"));
    assert_eq!(admin.cookies, before.cookies);
    let done = admin.call("prove", &json!({ "proof": crate::support::PASSWORD })).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_ne!(admin.cookies, before.cookies);
    // What the page asked already is answered, so that it does not believe that it is signed out.
    let (now, then) = (
        admin.get("/api/v1/session").await,
        before.clone().get("/api/v1/session").await,
    );
    assert_eq!((now.status, then.status), (200, 200), "{} {}", now.text, then.text);
    let proved = |answer: &Answer| answer.json()["proved_until"].as_i64().unwrap();
    assert!(proved(&now) > proved(&then), "{} {}", now.text, then.text);
    let own = admin.call("own", &json!({})).await.json();
    assert_eq!(own["sessions"].as_array().unwrap().len(), 1, "{own}");
    // Proved once more with it, as from another tab, what goes on is a session like any other: it can be ended.
    let mut other = before.clone();
    let again = other.call("prove", &json!({ "proof": crate::support::PASSWORD })).await;
    assert_eq!(again.status, 200, "{}", again.text);
    let kept = other.clone();
    assert_eq!(kept.clone().get("/api/session").await.status, 200);
    other.form("/logout", &[]).await;
    assert_eq!(kept.clone().get("/api/session").await.status, 401);
    // Whatever is done with it.
    before.clone().form("/logout", &[]).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(before.clone().get("/api/session").await.status, 401);
    assert_eq!(admin.get("/api/session").await.status, 200);
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
