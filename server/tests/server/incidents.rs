//! Flaws of the original Shipyard, read in its source, each replayed under its own number. Those of its peers are in
//! `peers`; what needs a container or a policy is replayed where those are tested: `docs/security.md` has the list.
mod quiet;

use crate::people::{CHOSEN, grant, invited, machine};
use crate::support::{Client, PASSWORD, Server, Yard, signed_in};
use http::Method;
use serde_json::{Value, json};

pub(crate) async fn begin() -> (Server, Client) {
    let server = Yard::new().start();
    let admin = signed_in(&server).await;
    (server, admin)
}

pub(crate) fn draft(address: &str) -> Value {
    json!({ "name": "x", "address": address, "labels": "", "cpus": "", "memory": "", "tls": null })
}

pub(crate) fn deploy(spec: &Value) -> Value {
    let mut whole = json!({ "image": "busybox:lab", "name": "x", "command": [], "env": [], "ports": [], "volumes": [],
        "network": "", "restart": "no", "cpus": 0, "memory": 0, "labels": [] });
    for (key, value) in spec.as_object().unwrap() {
        whole[key] = value.clone();
    }
    json!({ "request": { "spec": whole, "copies": { "total": 1 }, "target": "all", "strategy": "spread", "pull": "never",
        "undo_on_failure": false } })
}

/// Shipyard 2 and 3 made the account admin with the password shipyard at every start.
#[tokio::test]
async fn sh01_the_known_password_opens_nothing() {
    let server = Yard::new().start();
    let mut client = server.client();
    assert_eq!(client.sign_in("admin", "shipyard").await.location(), "/welcome");
    assert_eq!(client.get("/").await.location(), "/welcome");
    for call in [
        "access",
        "engine_add",
        "own",
        "token_create",
        "two_factor_setup",
        "activity",
    ] {
        let answer = client.call(call, &json!({})).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "must-change-password"),
            "{call}"
        );
    }
    let origin = format!("http://{}", client.address);
    assert_eq!(
        client.socket_from("/socket/live", Some(&origin)).await.err().unwrap().0,
        403
    );
}

/// The key of all session cookies was the constant "shipyard"; Dokploy had a fallback of that kind (CVE-2026-45631).
#[tokio::test]
async fn sh02_two_installations_share_no_secret() {
    let ((_first, admin), (other, _)) = (begin().await, begin().await);
    let mut stranger = other.client();
    stranger.cookies = admin.cookies.clone();
    assert_eq!(stranger.get("/api/session").await.status, 401);
}

/// The access list looked at paths and not at methods: who could list engines could add and remove them.
#[tokio::test]
async fn sh04_who_may_look_may_not_change() {
    let (server, mut admin) = begin().await;
    let mut viewer = invited(&server, &mut admin, "viewer", &[grant("viewer", None)]).await;
    for (call, arguments) in [
        ("engine_add", json!({ "draft": draft("http://127.0.0.1:1") })),
        ("engine_remove", json!({ "id": "x" })),
        ("containers_act", json!({ "verb": "remove", "targets": [] })),
        ("deploy", deploy(&json!({}))),
    ] {
        let answer = viewer.call(call, &arguments).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{call}");
    }
}

/// A service key passed the access list whole, and left no trace.
#[tokio::test]
async fn sh05_a_token_passes_the_same_gate_and_is_on_record() {
    let (server, mut admin) = begin().await;
    let mut robot = machine(&server, &mut admin, &[grant("observer", None)]).await;
    assert_eq!(robot.call("deploy", &deploy(&json!({}))).await.status, 403);
    assert_eq!(robot.call("access", &json!({})).await.status, 403);
    let query = json!({ "text": "", "account": "admin", "action": "permission", "engine": "", "from": null, "to": null,
        "refused": true, "before": null, "limit": 10 });
    let mut told = String::new();
    for _ in 0..50 {
        told = admin.call("activity", &json!({ "query": query })).await.text;
        if told.contains("\"token\"") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no refusal of a token on record: {told}");
}

/// The list of accounts held their password hashes, the list of engines their keys (sh03).
#[tokio::test]
async fn sh06_lists_hold_no_secret() {
    let (server, mut admin) = begin().await;
    invited(&server, &mut admin, "margot", &[]).await;
    let robot = machine(&server, &mut admin, &[]).await;
    let token = &robot.headers.first().unwrap().1;
    for call in ["access", "own", "activity"] {
        let query = json!({ "text": "", "account": "", "action": "", "engine": "", "from": null, "to": null,
            "refused": false, "before": null, "limit": 100 });
        let text = admin.call(call, &json!({ "query": query })).await.text;
        let secret = token.rsplit('_').next().unwrap();
        assert!(
            !text.contains("argon2") && !text.contains(secret) && !text.contains(CHOSEN),
            "{call}"
        );
    }
}

/// Reading included attaching and exporting; Portainer passed /plugins on to Docker (CVE-2026-44848). There is no way
/// through to an engine's own API.
#[tokio::test]
async fn sh07_no_path_leads_to_dockers_own_api() {
    let (_server, mut admin) = begin().await;
    for path in [
        "/plugins/privileges?remote=x",
        "/v1.41/containers/json",
        "/containers/node1/x/attach/ws/y",
        "/containers/node1/x/export/y/z",
        "/info",
        "/images/json",
        "/exec",
        "/api/endpoints/1/docker/plugins/pull",
        "/api/v1.41/containers/json",
        "/socket/attach",
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = admin
                .send(
                    method.clone(),
                    path,
                    &[("sec-fetch-site", "same-origin")],
                    String::new(),
                )
                .await;
            assert!(
                [404, 405].contains(&answer.status),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

/// Every socket that there is: `matrix` fails for one that is not known.
pub(crate) const SOCKETS: [&str; 5] = [
    "/socket/exec?engine=a&name=b",
    "/socket/live",
    "/socket/logs?engine=a&name=b",
    "/socket/stats?engine=a&name=b",
    "/api/v1/exec?engine=a&name=b",
];

/// The exec socket lay outside of the guard, looked at no origin, and took its token from the address; Portainer's asked
/// for no session at all (CVE-2018-12678).
#[tokio::test]
async fn sh08_sockets_ask_who_it_is_and_from_where() {
    let (server, admin) = begin().await;
    let stranger = server.client();
    for path in SOCKETS {
        let ours = format!("http://{}", server.address);
        assert_eq!(
            stranger.socket_from(path, Some(&ours)).await.err().unwrap().0,
            401,
            "{path}"
        );
        for origin in [
            None,
            Some("null"),
            Some("https://evil.example"),
            Some("http://127.0.0.1:1"),
        ] {
            assert_eq!(
                admin.socket_from(path, origin).await.err().unwrap().0,
                403,
                "{path} {origin:?}"
            );
        }
    }
    let (status, _) = admin.socket_from("/socket/live?token=x", None).await.err().unwrap();
    assert_eq!(status, 400);
}

/// Stopping, restarting and scaling were GETs.
#[tokio::test]
async fn sh09_no_get_changes_anything() {
    let (_server, mut admin) = begin().await;
    for path in shipyard_app::calls::register().into_iter().chain(["/logout"]) {
        let status = admin.get(path).await.status;
        assert!([404, 405].contains(&status), "{path}: {status}");
    }
    assert_eq!(admin.get("/api/session").await.status, 200, "still signed in");
}

/// `DELETE /api/events` emptied the record.
#[tokio::test]
async fn sh10_the_record_cannot_be_emptied() {
    let (_server, mut admin) = begin().await;
    // The original's `DELETE /api/events` is refused to everybody: `v2::accounts_roles_keys_and_events`.
    for path in ["/activity", "/activity/export", "/api/fn/activity", "/api/v1/activity"] {
        for method in [Method::DELETE, Method::PUT, Method::PATCH] {
            let answer = admin
                .send(
                    method.clone(),
                    path,
                    &[("sec-fetch-site", "same-origin")],
                    String::new(),
                )
                .await;
            assert!(
                [404, 405].contains(&answer.status),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

/// A new password needed no old one, by any token of the account at any time. The original's client still sends the new one
/// alone: right after it signed in with the old one, once, from where that came from, and by that sign-in only.
#[tokio::test]
async fn sh11_a_new_password_asks_for_the_old_one() {
    let (server, mut admin) = begin().await;
    let fields = [("current", "not it, sorry"), ("new", CHOSEN), ("repeat", CHOSEN)];
    assert_eq!(admin.form("/welcome", &fields).await.status, 422);
    assert_eq!(admin.get("/api/session").await.status, 200);

    let change = |session: String, from: &'static str| {
        let mut client = server.client();
        client.from = Some(from);
        client.headers.push(("x-access-token", format!("admin:{session}")));
        async move {
            let body = json!({ "password": CHOSEN }).to_string();
            client.send(Method::POST, "/account/changepassword", &[], body).await
        }
    };
    // A session of another door, however fresh, never gave its password to this one.
    let named = json!({ "name": "admin", "password": PASSWORD });
    let opened = server.client().api(Method::POST, "/session", &named).await.json();
    let mut program = server.client().bearer(opened["session"].as_str().unwrap());
    let wrong = json!({ "current": "not it, sorry", "new": CHOSEN });
    assert_eq!(program.api(Method::POST, "/session/password", &wrong).await.status, 422);
    let refused = change(opened["session"].as_str().unwrap().to_owned(), "127.0.0.1").await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let cookie = admin.cookies.values().next().unwrap().clone();
    assert_eq!(change(format!("shs_{cookie}"), "127.0.0.1").await.status, 403);

    let login = json!({ "username": "admin", "password": PASSWORD }).to_string();
    let login = server
        .client()
        .send(Method::POST, "/auth/login", &[], login)
        .await
        .json();
    let token = login["auth_token"].as_str().unwrap().to_owned();
    assert_eq!(change(token.clone(), "127.0.0.2").await.status, 403, "from elsewhere");
    assert_eq!(change(token.clone(), "127.0.0.1").await.status, 200);
    assert_eq!(change(token, "127.0.0.1").await.status, 403, "once");
    // Everything else of the account ended with it.
    assert_eq!(admin.get("/api/session").await.status, 401);
    assert_eq!(program.api(Method::GET, "/session", &json!(null)).await.status, 401);
}

/// One switch let every site in.
#[tokio::test]
async fn sh14_no_other_site_may_read() {
    let (_server, mut admin) = begin().await;
    for path in ["/api/session", "/", "/assets/none.js", "/nowhere"] {
        let answer = admin
            .send(Method::GET, path, &[("origin", "https://evil.example")], String::new())
            .await;
        assert!(
            answer
                .headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-")),
            "{path}"
        );
    }
}

/// Counts had no limit.
#[tokio::test]
async fn sh16_what_is_asked_for_has_limits() {
    let (_server, mut admin) = begin().await;
    let target = |n: usize| json!({ "engine": "x", "id": format!("{n:064x}") });
    let targets: Vec<_> = (0..1001).map(target).collect();
    let answer = admin
        .call("containers_act", &json!({ "verb": "stop", "targets": targets }))
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "containers.too-many"));
}
