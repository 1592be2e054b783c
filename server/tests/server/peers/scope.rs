//! What lies out of somebody's scope was reached past the list that hid it.
use crate::lab::{Running, draft};
use crate::people::{CHOSEN, grant, invited, machine, pool};
use crate::support::{Client, Server, Yard, signed_in};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn with_container(server: &Server, name: &str) -> Client {
    let mut admin = signed_in(server).await;
    let added = admin.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    pool(&mut admin, "here", "zone", "a").await;
    pool(&mut admin, "elsewhere", "zone", "z").await;
    let mut robot = machine(server, &mut admin, &[]).await;
    for _ in 0..200 {
        let found = robot.get(&format!("/api/v1/containers/node1/{name}")).await;
        if found.text.contains("\"running\"") {
            return admin;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{name} does not show");
}

/// Somebody as a client of each API.
async fn programs(server: &Server, account: &str) -> (Client, Client) {
    let named = json!({ "username": account, "password": CHOSEN }).to_string();
    let opened = server
        .client()
        .send(Method::POST, "/auth/login", &[], named)
        .await
        .json();
    let token = opened["auth_token"].as_str().unwrap();
    let mut original = server.client();
    original.headers.push(("x-access-token", format!("{account}:{token}")));
    (server.client().bearer(token), original)
}

/// What a socket says first.
async fn said(client: &Client, path: &str) -> String {
    let mut socket = client
        .socket_from(path, None)
        .await
        .unwrap_or_else(|why| panic!("{path}: {why:?}"));
    if path.contains("/exec") {
        socket.send(r#"{"run":{"command":["id"]}}"#).await;
    }
    socket.next().await.to_string()
}

/// Lists kept to somebody's labels, and a shell opened in any container by its id (GHSA-m855-r557-5rc5).
#[tokio::test]
async fn dozzle_m855_a_label_holds_by_id_too() {
    let server = Yard::new().start();
    let red = Running::labelled(1, "peers-red", &["team=red"], "exec sleep 600");
    let mut admin = with_container(&server, "peers-red").await;
    let narrow =
        json!({ "role": "operator", "pool": "here", "narrow": { "label": { "key": "team", "value": "blue" } } });
    invited(&server, &mut admin, "blue", &[narrow]).await;
    let (mut blue, mut original) = programs(&server, "blue").await;
    assert_eq!(
        blue.api(Method::GET, "/engines/node1", &Value::Null).await.status,
        200,
        "the engine is theirs"
    );
    for name in ["peers-red", red.id.as_str(), &red.id[..12], &red.id[..4]] {
        for part in ["", "/inspect", "/logs"] {
            let path = format!("/containers/node1/{name}{part}");
            assert_eq!(blue.api(Method::GET, &path, &Value::Null).await.status, 404, "{path}");
        }
        for part in ["", "/logs", "/stop", "/restart", "/scale?count=2"] {
            let path = format!("/api/containers/{name}{part}");
            assert_eq!(original.get(&path).await.status, 404, "{path}");
        }
        let kill = json!({ "verb": "kill", "targets": [{ "engine": "node1", "id": name }] });
        assert_eq!(
            blue.api(Method::POST, "/containers/actions", &kill).await.status,
            404,
            "{name}"
        );
        for kind in ["exec", "logs", "stats"] {
            let frame = said(&blue, &format!("/socket/{kind}?engine=node1&name={name}")).await;
            assert!(frame.contains("\"not-found\""), "{kind} {name}: {frame}");
        }
    }
}

/// The lowest role read secrets of the environment by inspecting (#924).
#[tokio::test]
async fn dockhand_924_no_form_of_it_shows_a_viewer_the_environment() {
    const SECRET: &str = "peersSecretE4tB";
    let server = Yard::new().start();
    let _box = Running::with(
        1,
        "peers-env",
        &["--env", &format!("HIDDEN={SECRET}")],
        "exec sleep 600",
    );
    let mut admin = with_container(&server, "peers-env").await;
    let mut person = invited(&server, &mut admin, "viewer", &[grant("viewer", None)]).await;
    let (mut viewer, mut original) = programs(&server, "viewer").await;
    let asked = |reveal: bool| json!({ "engine": "node1", "name": "peers-env", "reveal": reveal });
    assert!(
        admin.call("container_detail", &asked(true)).await.text.contains(SECRET),
        "it is there"
    );
    assert_eq!(person.call("container_detail", &asked(true)).await.status, 403);
    assert_eq!(
        viewer
            .get("/api/v1/containers/node1/peers-env/inspect?reveal=true")
            .await
            .status,
        403
    );
    let mut shown = person.call("container_detail", &asked(false)).await.text;
    for path in ["/containers/node1/peers-env", "/containers", "/metrics"] {
        shown += &person.get(path).await.text;
    }
    for path in [
        "/containers/node1/peers-env",
        "/containers/node1/peers-env/inspect",
        "/containers",
        "/fleet",
    ] {
        shown += &viewer.get(&format!("/api/v1{path}")).await.text;
    }
    for path in ["/api/containers/peers-env", "/api/containers"] {
        shown += &original.get(path).await.text;
    }
    assert!(shown.contains("peers-env") && !shown.contains(SECRET), "{shown}");
}

/// What is out of scope answers as what is not there: in each word, so that nobody learns of it by asking.
#[tokio::test]
async fn out_of_scope_and_missing_are_told_alike() {
    let server = Yard::new().start();
    let there = Running::labelled(1, "peers-there", &["team=red"], "exec sleep 600");
    let mut admin = with_container(&server, "peers-there").await;
    let narrow = json!({ "role": "operator", "pool": "here", "narrow": { "stack": "shop" } });
    invited(&server, &mut admin, "far", &[grant("operator", Some("elsewhere"))]).await;
    invited(&server, &mut admin, "near", &[narrow]).await;
    let none = "0123456789abcdef".repeat(4);
    for account in ["far", "near"] {
        let (mut program, mut original) = programs(&server, account).await;
        let mut alike = [("peers-there", "peers-nowhr"), (&there.id, &none)].to_vec();
        if account == "far" {
            alike.push(("node1", "node7"));
        }
        for (real, missing) in alike {
            let mut answers = Vec::new();
            for it in [real, missing] {
                let (engine, name) = if it.starts_with("node") {
                    (it, "peers-there")
                } else {
                    ("node1", it)
                };
                let mut all = Vec::new();
                let mut keep = |what: &str, status: u16, text: String| {
                    all.push(format!("{what} {status} {}", text.replace(it, "it")));
                };
                for part in ["", "/inspect", "/logs", "/stats", "/usage"] {
                    let answer = program.get(&format!("/api/v1/containers/{engine}/{name}{part}")).await;
                    keep(part, answer.status, answer.text);
                }
                for (part, body) in [("scale/plan", json!({ "count": 2 })), ("scale", json!({ "count": 2 }))] {
                    let path = format!("/containers/{engine}/{name}/{part}");
                    let answer = program.api(Method::POST, &path, &body).await;
                    keep(part, answer.status, answer.text);
                }
                let act = json!({ "verb": "stop", "targets": [{ "engine": engine, "id": name }] });
                let answer = program.api(Method::POST, "/containers/actions", &act).await;
                keep("act", answer.status, answer.text);
                for kind in ["exec", "logs", "stats"] {
                    let path = format!("/socket/{kind}?engine={engine}&name={name}");
                    keep(kind, 101, said(&program, &path).await);
                }
                if it.starts_with("node") {
                    for part in ["", "/usage"] {
                        let answer = program.get(&format!("/api/v1/engines/{engine}{part}")).await;
                        keep(&format!("engine{part}"), answer.status, answer.text);
                    }
                    keep(
                        "sum",
                        101,
                        said(&program, &format!("/socket/stats?engine={engine}")).await,
                    );
                    let answer = program
                        .api(Method::POST, &format!("/engines/{engine}/retry"), &Value::Null)
                        .await;
                    keep("retry", answer.status, answer.text);
                    let answer = original.get(&format!("/api/engines/{engine}")).await;
                    keep("v2 engine", answer.status, answer.text);
                } else {
                    for part in ["", "/logs", "/stop", "/restart", "/scale?count=2"] {
                        let answer = original.get(&format!("/api/containers/{name}{part}")).await;
                        keep(&format!("v2 {part}"), answer.status, answer.text);
                    }
                }
                answers.push(all);
            }
            assert_eq!(answers[0], answers[1], "{account}: {real} and {missing}");
            assert!(
                answers[0].iter().all(|answer| !answer.contains(" 200 ")),
                "{:?}",
                answers[0]
            );
        }
    }
}
