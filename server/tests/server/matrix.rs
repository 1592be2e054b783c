//! Every route, call and socket × every role × in and out of scope, against the checked-in `docs/authorization-matrix.md`.
//! The lists come from the server itself: an endpoint that is not in the table below is named in
//! `docs/authorization-uncovered.txt`, which is empty and may only stay so.
mod api;
mod cast;
mod door;
mod v2;

use crate::lab::{Running, draft};
use crate::support::{Client, Yard, signed_in};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Calls with arguments that are well formed and change nothing even where they are allowed.
fn calls(at: &Value) -> Vec<(&'static str, Value)> {
    let none = "matrix-none";
    let spec = json!({ "image": "busybox:lab", "name": "matrix-x", "command": [], "env": [], "ports": [], "volumes": [],
        "network": "", "restart": "no", "cpus": 0, "memory": 0, "labels": [] });
    let request = |strategy: &str| {
        json!({ "spec": spec, "copies": { "total": 1 }, "target": { "named": [none] }, "strategy": strategy,
            "pull": "never", "undo_on_failure": false })
    };
    let role = json!({ "name": "admin", "meaning": "", "permissions": ["fleet-view"], "built_in": false });
    let pool = json!({ "name": "", "engines": [], "quota": { "cpus": null, "memory": null, "containers": null }, "profile": null });
    let token = json!({ "description": "", "grants": [], "days": 1 });
    let bad_draft = json!({ "name": "", "address": "", "labels": "", "cpus": "", "memory": "", "tls": null });
    let query = json!({ "text": "", "account": "", "action": "", "engine": "", "from": null, "to": null, "refused": false,
        "before": null, "limit": 1 });
    vec![
        ("engine_try", json!({ "draft": bad_draft, "id": null })),
        ("engine_add", json!({ "draft": bad_draft })),
        ("engine_edit", json!({ "id": none, "draft": bad_draft })),
        ("engine_remove", json!({ "id": none })),
        ("engine_retry", json!({ "id": at["engine"] })),
        ("local_socket", json!({})),
        ("drain_plan", json!({ "id": at["engine"], "options": {} })),
        ("drain", json!({ "id": none, "options": {} })),
        ("undrain", json!({ "id": at["engine"] })),
        ("containers_act", json!({ "verb": "unpause", "targets": [at] })),
        ("containers_picked", json!({ "query": { "limit": 1 }, "among": [] })),
        (
            "container_detail",
            json!({ "engine": "node1", "name": "matrix-here", "reveal": false }),
        ),
        ("deploy_plan", json!({ "request": request("spread") })),
        ("deploy", json!({ "request": request("fill") })),
        ("operation_cancel", json!({ "id": none })),
        ("scale_plan", json!({ "at": at, "count": 0 })),
        ("scale", json!({ "at": at, "count": 0 })),
        ("container_spec", json!({ "at": at, "reveal": false })),
        ("change_plan", json!({ "at": at, "request": {} })),
        ("change", json!({ "at": at, "request": { "at_once": 0 } })),
        ("history", json!({ "at": at })),
        ("history_diff", json!({ "at": at, "from": 0, "to": 0 })),
        ("operation_roll_back", json!({ "id": none })),
        ("text_read", json!({ "asked": { "text": "docker run busybox:lab" } })),
        (
            "text_write",
            json!({ "asked": { "form": "compose", "request": request("spread") } }),
        ),
        (
            "deploy_like",
            json!({ "engine": "node1", "name": "matrix-here", "reveal": false }),
        ),
        ("images", json!({})),
        ("templates", json!({})),
        ("template_fill", json!({ "name": none, "values": {} })),
        (
            "template_put",
            json!({ "template": { "name": "", "request": request("spread") } }),
        ),
        ("template_remove", json!({ "name": none })),
        ("access", json!({})),
        ("account_create", json!({ "name": "", "grants": [] })),
        ("account_link", json!({ "name": none })),
        ("account_disable", json!({ "name": none, "disabled": true })),
        ("account_sign_out", json!({ "name": none })),
        ("account_remove", json!({ "name": none })),
        ("account_grants", json!({ "name": none, "grants": [] })),
        ("role_put", json!({ "role": role })),
        ("role_remove", json!({ "name": none })),
        ("pool_put", json!({ "pool": pool })),
        ("pool_remove", json!({ "name": none })),
        ("own", json!({})),
        ("prove", json!({ "proof": "" })),
        ("session_end", json!({ "id": none })),
        (
            "preferences_put",
            json!({ "preferences": { "language": null, "theme": "auto" } }),
        ),
        ("two_factor_setup", json!({})),
        ("two_factor_confirm", json!({ "code": "" })),
        ("two_factor_off", json!({})),
        ("passkey_begin", json!({ "name": "" })),
        ("passkey_finish", json!({ "answer": "" })),
        ("passkey_remove", json!({ "id": none })),
        ("token_create", json!({ "new": token })),
        ("token_revoke", json!({ "id": none })),
        ("activity", json!({ "query": query })),
        ("node_prepare", json!({ "draft": { "name": "" } })),
        ("node_state", json!({ "secret": none })),
        ("node_withdraw", json!({ "secret": none })),
        ("node", json!({ "id": none })),
        ("node_renew", json!({ "id": none })),
        ("node_remove", json!({ "id": none })),
        ("doctor", json!({})),
        (
            "usage_history",
            json!({ "engine": "node1", "name": "matrix-here", "span": "hour" }),
        ),
    ]
}

/// Routes that are read, with an address that they match; the calls and sockets have tables of their own.
const PAGES: [(&str, &str); 24] = [
    ("/", "/"),
    ("/access", "/access"),
    ("/access/{*rest}", "/access/pools"),
    ("/activity", "/activity"),
    ("/activity/export", "/activity/export?format=jsonl"),
    ("/api/session", "/api/session"),
    ("/assets/{*path}", "/assets/none.css"),
    ("/containers", "/containers"),
    ("/containers/{*rest}", "/containers/node1/matrix-here"),
    ("/deploy", "/deploy"),
    ("/doctor", "/doctor"),
    ("/engines", "/engines"),
    ("/engines/{*rest}", "/engines/node1"),
    ("/favicon.ico", "/favicon.ico"),
    ("/healthz", "/healthz"),
    ("/join", "/join"),
    ("/login", "/login"),
    ("/login/code", "/login/code"),
    ("/metrics", "/metrics"),
    ("/operations", "/operations"),
    ("/operations/{*rest}", "/operations/none"),
    ("/readyz", "/readyz"),
    ("/settings", "/settings"),
    ("/welcome", "/welcome"),
];
const SOCKETS: [(&str, &str); 4] = [
    ("/socket/exec", "/socket/exec?engine=node1&name=matrix-here"),
    ("/socket/live", "/socket/live"),
    ("/socket/logs", "/socket/logs?engine=node1&name=matrix-here"),
    ("/socket/stats", "/socket/stats?engine=node1&name=matrix-here"),
];

/// What a socket says: the status that refuses it, or the code of the problem in its first frame, or that it is open.
async fn socket(client: &Client, path: &str) -> String {
    let origin = format!("http://{}", client.address);
    let by_token = client.headers.iter().any(|(name, _)| *name == "authorization");
    let mut socket = match client.socket_from(path, Some(&*origin).filter(|_| !by_token)).await {
        Ok(socket) => socket,
        Err((status, _)) => return status.to_string(),
    };
    if path == "/socket/live" {
        socket.send(r#"{"subscribe":{"sub":1,"view":"engines"}}"#).await;
        socket.next().await;
    }
    if path.starts_with("/socket/exec") {
        socket.send(r#"{"run":{"command":[]}}"#).await;
    }
    let frame = socket.next().await;
    match frame.pointer("/failed/why/status").and_then(Value::as_u64) {
        Some(status) => format!("open, {status}"),
        None => "open".to_owned(),
    }
}

/// Methods and patterns of the routes that a source has, as it writes them down.
fn routes(source: &'static str) -> impl Iterator<Item = String> {
    source.split(".route(").skip(1).flat_map(|part| {
        let pattern = part.split('"').nth(1).unwrap_or_default();
        // The last route is followed by layers, and by other code.
        let handlers = part.split("layer(").next().unwrap_or_default();
        let handlers = handlers.split(';').next().unwrap_or_default();
        let methods = ["get", "post", "put", "patch", "delete"]
            .into_iter()
            .filter(move |method| {
                let begins = |start: &str| handlers.contains(&format!("{start}{method}("));
                begins(" ") || begins(".")
            });
        methods.map(move |method| format!("{} {pattern}", method.to_uppercase()))
    })
}

fn uncovered(calls: &[(&str, Value)]) -> BTreeSet<String> {
    let read = PAGES
        .iter()
        .chain(&SOCKETS)
        .map(|(pattern, _)| format!("GET {pattern}"));
    let mut known: BTreeSet<_> = read.collect();
    known.extend(door::names().into_iter().map(str::to_owned));
    known.insert("POST /api/fn/{*name}".to_owned());
    let all: BTreeSet<_> = routes(include_str!("../../src/router.rs")).collect();
    assert!(all.len() > 35, "the source has the routes: {all:?}");
    let routes = all.into_iter().filter(|route| !known.contains(route));
    let registered = shipyard_app::calls::register()
        .into_iter()
        .map(|path| path.rsplit('/').next().unwrap());
    let calls = registered
        .filter(|name| !calls.iter().any(|(known, _)| known == name))
        .map(str::to_owned);
    routes.chain(calls).collect()
}

#[tokio::test]
async fn everybody_at_every_door() {
    let yard = Yard::new();
    let server = yard.start();
    let mut admin = signed_in(&server).await;
    let added = admin.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    let _here = Running::labelled(1, "matrix-here", &cast::LABELS, "echo here; exec sleep 600");
    let (_server, people) = cast::assemble(&yard, server, &mut admin).await;
    let at = place(&admin).await;

    let calls = calls(&at);
    let mut text = String::from(
        "# Who gets through which door\n\n\
         <!-- Rendered by server/tests/server/matrix.rs; `SHIPYARD_BLESS=1` writes it anew. -->\n\n\
         The status of every route, call, socket and operation of the HTTP API for everybody, asked of a running server with\n\
         a real engine. Arguments are well formed and harmless: 404, 409, 410 and 422 mean that somebody was let in and the\n\
         thing asked for is not there or no good; 401 and 403 that they were not. Operator, deployer, viewer, observer and the\n\
         custom role (sees the fleet, starts and stops) are on the pool of the engine, and “elsewhere” on a pool without it.\n\
         Those of a label or a stack are operators there, narrowed to the container that is asked for or to others. Doors that\n\
         judge what is sent with them get what is incomplete, or names nothing.\n\n| Door |",
    );
    for person in &people {
        let _ = write!(text, " {} |", person.name);
    }
    let _ = write!(text, "\n|---|{}", "---|".repeat(people.len()));
    for (pattern, path) in PAGES {
        let asked = people
            .iter()
            .map(async |person| person.client.clone().get(path).await.status);
        row(&mut text, &format!("GET `{pattern}`"), join_all(asked).await);
    }
    for (name, arguments) in &calls {
        // A clone, so that one answer's cookies are not the next one's.
        let asked = people
            .iter()
            .map(async |person| person.client.clone().call(name, arguments).await.status);
        row(&mut text, &format!("`{name}`"), join_all(asked).await);
    }
    for (pattern, path) in SOCKETS {
        let asked = people.iter().map(async |person| socket(&person.client, path).await);
        row(&mut text, &format!("socket `{pattern}`"), join_all(asked).await);
    }
    for (operation, path, body) in api::operations() {
        let (method, pattern) = operation.split_once(' ').unwrap();
        let asked = people
            .iter()
            .map(async |person| api::ask(&person.client, operation, &path, &body).await);
        row(
            &mut text,
            &format!("{method} `/api/v1{pattern}`"),
            join_all(asked).await,
        );
    }
    for (operation, path, body) in v2::operations() {
        let (method, pattern) = operation.split_once(' ').unwrap();
        let asked = people
            .iter()
            .map(async |person| v2::ask(&person.original, operation, path, &body).await);
        row(&mut text, &format!("v2 {method} `{pattern}`"), join_all(asked).await);
    }
    let description = admin.get("/api/v1/openapi.json").await.json();
    for (door, statuses) in door::rows(&people).await {
        let (method, pattern) = door.split_once(' ').unwrap();
        row(&mut text, &format!("{method} `{pattern}`"), statuses);
    }
    text.push('\n');
    compare("authorization-matrix.md", &text);
    let mut missing = uncovered(&calls);
    missing.extend(api::uncovered(&description));
    missing.extend(v2::uncovered());
    let uncovered: String = missing.into_iter().map(|name| name + "\n").collect();
    assert_eq!(
        uncovered, "",
        "doors that nobody was asked at: put them into the tables above"
    );
    compare("authorization-uncovered.txt", &uncovered);
}

/// One door of the table. All are asked at once: each refusal is on record, and on the disk, before it is answered.
fn row(text: &mut String, door: &str, answers: Vec<impl std::fmt::Display>) {
    let _ = write!(text, "\n| {door} |");
    for answer in answers {
        let _ = write!(text, " {answer} |");
    }
}

/// Where the container is, once the server knows that it runs.
async fn place(admin: &Client) -> Value {
    let mut socket = admin.socket("/socket/live").await;
    let view = json!({ "container": { "engine": "node1", "name": "matrix-here" } });
    socket
        .send(&json!({ "subscribe": { "sub": 1, "view": view } }).to_string())
        .await;
    let running = |frame: &Value| frame["whole"]["data"]["container"]["state"] == "running";
    socket.until(running).await["whole"]["data"]["container"]["at"].clone()
}

fn compare(file: &str, text: &str) {
    let path = format!("{}/../docs/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("SHIPYARD_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written, text,
        "{path} says otherwise; if the new is right, write it with SHIPYARD_BLESS=1"
    );
}
