//! The original's API in the matrix: the same people, known by its own headers.
use crate::people::CHOSEN;
use crate::support::{Client, PASSWORD, Server};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Operations with an address and a body that are well formed and change nothing even where they are allowed.
pub(super) fn operations() -> Vec<(&'static str, &'static str, Value)> {
    let image = json!({ "name": "busybox:lab", "type": "host", "labels": ["host:matrix-none"] });
    vec![
        ("GET /api/accounts", "/api/accounts", json!(null)),
        (
            "POST /api/accounts",
            "/api/accounts",
            json!({ "username": "", "password": "" }),
        ),
        (
            "DELETE /api/accounts",
            "/api/accounts",
            json!({ "username": "matrix-none" }),
        ),
        ("GET /api/roles", "/api/roles", json!(null)),
        ("GET /api/roles/{name}", "/api/roles/admin", json!(null)),
        ("POST /api/roles", "/api/roles", json!({ "name": "admin" })),
        ("DELETE /api/roles", "/api/roles", json!({ "id": "matrix-none" })),
        ("GET /api/cluster/info", "/api/cluster/info", json!(null)),
        ("GET /api/containers", "/api/containers", json!(null)),
        ("POST /api/containers", "/api/containers", image),
        ("GET /api/containers/{id}", "/api/containers/matrix-here", json!(null)),
        (
            "DELETE /api/containers/{id}",
            "/api/containers/matrix-none",
            json!(null),
        ),
        (
            "GET /api/containers/{id}/stop",
            "/api/containers/matrix-none/stop",
            json!(null),
        ),
        (
            "GET /api/containers/{id}/restart",
            "/api/containers/matrix-none/restart",
            json!(null),
        ),
        (
            "GET /api/containers/{id}/logs",
            "/api/containers/matrix-here/logs",
            json!(null),
        ),
        (
            "GET /api/containers/{id}/scale",
            "/api/containers/matrix-none/scale?count=1",
            json!(null),
        ),
        ("GET /api/webhookkeys", "/api/webhookkeys", json!(null)),
        ("POST /api/webhookkeys", "/api/webhookkeys", json!({ "image": "" })),
        ("GET /api/webhookkeys/{key}", "/api/webhookkeys/none", json!(null)),
        ("DELETE /api/webhookkeys/{key}", "/api/webhookkeys/none", json!(null)),
        ("GET /api/extensions", "/api/extensions", json!(null)),
        ("POST /api/extensions", "/api/extensions", json!({ "name": "" })),
        ("GET /api/extensions/{id}", "/api/extensions/none", json!(null)),
        ("DELETE /api/extensions/{id}", "/api/extensions/none", json!(null)),
        ("GET /api/events", "/api/events", json!(null)),
        ("DELETE /api/events", "/api/events", json!(null)),
        ("GET /api/engines", "/api/engines", json!(null)),
        (
            "POST /api/engines",
            "/api/engines",
            json!({ "engine": { "id": "", "addr": "" } }),
        ),
        ("GET /api/engines/{id}", "/api/engines/node1", json!(null)),
        ("DELETE /api/engines/{id}", "/api/engines/matrix-none", json!(null)),
        ("GET /api/servicekeys", "/api/servicekeys", json!(null)),
        (
            "POST /api/servicekeys",
            "/api/servicekeys",
            json!({ "description": "" }),
        ),
        (
            "DELETE /api/servicekeys",
            "/api/servicekeys",
            json!({ "key": "shp_none" }),
        ),
    ]
}

/// Its routes that the table does not have.
pub(super) fn uncovered() -> impl Iterator<Item = String> {
    let operations = operations().into_iter().map(|(name, ..)| name);
    let known: BTreeSet<_> = operations.chain(super::door::names()).collect();
    let all = super::routes(include_str!("../../../src/v2.rs"));
    let all: BTreeSet<_> = all.collect();
    assert!(all.len() > 30, "the source has the routes: {all:?}");
    all.into_iter().filter(move |route| !known.contains(route.as_str()))
}

/// Somebody as the original's client: a machine by its key, a person by a sign-in of their own.
pub(super) async fn as_original(server: &Server, person: &Client, account: Option<&str>) -> Client {
    let mut client = server.client();
    if let Some((_, bearer)) = person.headers.iter().find(|(name, _)| *name == "authorization") {
        let key = bearer.strip_prefix("Bearer ").unwrap().to_owned();
        client.headers.push(("x-service-key", key));
    } else if let Some(account) = account {
        let password = if account == "admin" { PASSWORD } else { CHOSEN };
        let body = json!({ "username": account, "password": password });
        let signed_in = client.send(Method::POST, "/auth/login", &[], body.to_string()).await;
        assert_eq!(signed_in.status, 200, "{account}: {}", signed_in.text);
        let token = signed_in.json()["auth_token"].as_str().unwrap().to_owned();
        client.headers.push(("x-access-token", format!("{account}:{token}")));
    }
    client
}

/// The status that an operation answers somebody with.
pub(super) async fn ask(person: &Client, operation: &str, path: &str, body: &Value) -> u16 {
    let method: Method = operation.split(' ').next().unwrap().parse().unwrap();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    person.clone().send(method, path, &[], body).await.status
}
