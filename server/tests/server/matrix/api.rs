//! The HTTP API's part of the matrix: every operation that its own description names.
use crate::support::Client;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Operations with an address and a body that are well formed and change nothing even where they are allowed.
pub(super) fn operations() -> Vec<(&'static str, String, Value)> {
    let none = "matrix-none";
    let here = "/api/v1/containers/node1/matrix-here";
    let at = |path: &str| format!("/api/v1{path}");
    let draft = json!({ "name": "", "address": "", "labels": "", "cpus": "", "memory": "", "tls": null });
    let request = json!({ "spec": { "image": "busybox:lab", "name": "matrix-x" }, "copies": { "total": 1 },
        "target": { "named": [none] }, "strategy": "fill", "pull": "never", "undo_on_failure": false });
    let role = json!({ "name": "admin", "meaning": "", "permissions": ["fleet-view"], "built_in": false });
    let pool = json!({ "name": none, "engines": [], "quota": { "cpus": null, "memory": null, "containers": null }, "profile": null });
    let hook = json!({ "name": "", "url": "", "actions": [] });
    let mut open = request.clone();
    open["spec"]["image"] = json!("{{open}}");
    let template = json!({ "name": none, "request": open });
    let unpause = json!({ "verb": "unpause", "targets": [{ "engine": "node1", "id": "matrix-here" }] });
    vec![
        ("GET /fleet", at("/fleet"), json!(null)),
        ("GET /version", at("/version"), json!(null)),
        ("GET /engines", at("/engines"), json!(null)),
        ("POST /engines", at("/engines"), draft.clone()),
        ("POST /engines/probe", at("/engines/probe"), draft.clone()),
        ("GET /engines/{engine}", at("/engines/node1"), json!(null)),
        ("PUT /engines/{engine}", at("/engines/node1"), draft),
        ("DELETE /engines/{engine}", at("/engines/matrix-none"), json!(null)),
        ("POST /engines/{engine}/retry", at("/engines/node1/retry"), json!(null)),
        (
            "POST /engines/{engine}/drain/plan",
            at("/engines/node1/drain/plan"),
            json!({}),
        ),
        (
            "POST /engines/{engine}/drain",
            at("/engines/matrix-none/drain"),
            json!({}),
        ),
        (
            "POST /engines/{engine}/undrain",
            at("/engines/node1/undrain"),
            json!(null),
        ),
        ("GET /deploys", at("/deploys"), json!(null)),
        ("DELETE /deploys/{id}", at("/deploys/matrix-none"), json!(null)),
        ("POST /nodes", at("/nodes"), json!({ "name": "", "address": "" })),
        ("GET /nodes/enrolment", at("/nodes/enrolment"), json!(null)),
        ("DELETE /nodes/enrolment", at("/nodes/enrolment"), json!(null)),
        ("GET /engines/{engine}/node", at("/engines/node1/node"), json!(null)),
        ("POST /nodes/{engine}/renew", at("/nodes/node1/renew"), json!(null)),
        ("POST /nodes/{engine}/remove", at("/nodes/node1/remove"), json!(null)),
        ("GET /nodes/script", at("/nodes/script"), json!(null)),
        ("POST /nodes/enrol", at("/nodes/enrol"), json!(null)),
        ("POST /nodes/enrol/finish", at("/nodes/enrol/finish"), json!(null)),
        ("POST /nodes/renew", at("/nodes/renew"), json!(null)),
        ("GET /authority", at("/authority"), json!(null)),
        // A new authority where no node is: nothing depends on it.
        ("POST /authority/rotate", at("/authority/rotate"), json!(null)),
        ("GET /doctor", at("/doctor"), json!(null)),
        ("GET /local-socket", at("/local-socket"), json!(null)),
        ("GET /containers", at("/containers"), json!(null)),
        ("POST /containers/actions", at("/containers/actions"), unpause),
        ("GET /containers/{engine}/{container}", here.to_owned(), json!(null)),
        (
            "GET /containers/{engine}/{container}/inspect",
            format!("{here}/inspect?reveal=true"),
            json!(null),
        ),
        (
            "GET /containers/{engine}/{container}/logs",
            format!("{here}/logs"),
            json!(null),
        ),
        (
            "GET /containers/{engine}/{container}/stats",
            at("/containers/node1/matrix-none/stats"),
            json!(null),
        ),
        (
            "GET /containers/{engine}/{container}/usage",
            format!("{here}/usage"),
            json!(null),
        ),
        ("GET /engines/{engine}/usage", at("/engines/node1/usage"), json!(null)),
        ("GET /fleet/usage", at("/fleet/usage"), json!(null)),
        ("GET /exec", at("/exec?engine=node1&name=matrix-here"), json!(null)),
        ("POST /plans", at("/plans"), request.clone()),
        ("POST /deploys", at("/deploys"), request.clone()),
        (
            "POST /spec/read",
            at("/spec/read"),
            json!({ "text": "docker run busybox:lab" }),
        ),
        (
            "POST /spec/write",
            at("/spec/write"),
            json!({ "form": "compose", "request": request }),
        ),
        (
            "GET /containers/{engine}/{container}/deploy",
            format!("{here}/deploy"),
            json!(null),
        ),
        ("GET /templates", at("/templates"), json!(null)),
        ("GET /templates/{name}", at("/templates/matrix-none"), json!(null)),
        ("PUT /templates/{name}", at("/templates/matrix-none"), template),
        ("DELETE /templates/{name}", at("/templates/matrix-none"), json!(null)),
        (
            "POST /templates/{name}/fill",
            at("/templates/matrix-none/fill"),
            json!({}),
        ),
        ("POST /rolls/plan", at("/rolls/plan"), json!({ "image": "matrix-none" })),
        ("POST /rolls", at("/rolls"), json!({ "image": "matrix-none" })),
        (
            "POST /containers/{engine}/{container}/scale/plan",
            format!("{here}/scale/plan"),
            json!({ "count": 0 }),
        ),
        (
            "POST /containers/{engine}/{container}/scale",
            format!("{here}/scale"),
            json!({ "count": 0 }),
        ),
        (
            "GET /containers/{engine}/{container}/spec",
            format!("{here}/spec?reveal=true"),
            json!(null),
        ),
        (
            "POST /containers/{engine}/{container}/change/plan",
            format!("{here}/change/plan"),
            json!({}),
        ),
        (
            "POST /containers/{engine}/{container}/change",
            format!("{here}/change"),
            json!({ "at_once": 0 }),
        ),
        (
            "GET /containers/{engine}/{container}/history",
            format!("{here}/history"),
            json!(null),
        ),
        (
            "GET /containers/{engine}/{container}/history/diff",
            format!("{here}/history/diff?from=0&to=0"),
            json!(null),
        ),
        (
            "POST /operations/{id}/roll-back",
            at("/operations/matrix-none/roll-back"),
            json!(null),
        ),
        ("GET /operations", at("/operations"), json!(null)),
        ("GET /operations/{id}", at("/operations/matrix-none"), json!(null)),
        (
            "POST /operations/{id}/cancel",
            at("/operations/matrix-none/cancel"),
            json!(null),
        ),
        ("GET /accounts", at("/accounts"), json!(null)),
        ("POST /accounts", at("/accounts"), json!({ "name": "", "grants": [] })),
        ("GET /accounts/{name}", at("/accounts/admin"), json!(null)),
        ("DELETE /accounts/{name}", at("/accounts/matrix-none"), json!(null)),
        (
            "PUT /accounts/{name}/grants",
            at("/accounts/matrix-none/grants"),
            json!([]),
        ),
        (
            "PUT /accounts/{name}/disabled",
            at("/accounts/matrix-none/disabled"),
            json!({ "disabled": true }),
        ),
        (
            "POST /accounts/{name}/link",
            at("/accounts/matrix-none/link"),
            json!(null),
        ),
        (
            "DELETE /accounts/{name}/sessions",
            at("/accounts/matrix-none/sessions"),
            json!(null),
        ),
        ("GET /roles", at("/roles"), json!(null)),
        ("GET /roles/{name}", at("/roles/viewer"), json!(null)),
        ("PUT /roles/{name}", at("/roles/admin"), role),
        ("DELETE /roles/{name}", at("/roles/matrix-none"), json!(null)),
        ("GET /pools", at("/pools"), json!(null)),
        ("GET /pools/{name}", at("/pools/here"), json!(null)),
        ("PUT /pools/{name}", at("/pools/matrix-none"), pool),
        ("DELETE /pools/{name}", at("/pools/matrix-none"), json!(null)),
        ("GET /tokens", at("/tokens"), json!(null)),
        (
            "POST /tokens",
            at("/tokens"),
            json!({ "description": "", "grants": [], "days": 1 }),
        ),
        ("DELETE /tokens/{id}", at("/tokens/matrix-none"), json!(null)),
        ("GET /webhooks/keys", at("/webhooks/keys"), json!(null)),
        ("POST /webhooks/keys", at("/webhooks/keys"), json!({ "image": "" })),
        (
            "DELETE /webhooks/keys/{id}",
            at("/webhooks/keys/matrix-none"),
            json!(null),
        ),
        ("GET /account", at("/account"), json!(null)),
        (
            "PUT /account/preferences",
            at("/account/preferences"),
            json!({ "language": null, "theme": "auto" }),
        ),
        (
            "DELETE /account/sessions/{id}",
            at("/account/sessions/matrix-none"),
            json!(null),
        ),
        ("GET /activity", at("/activity"), json!(null)),
        ("GET /activity/export", at("/activity/export?format=jsonl"), json!(null)),
        ("GET /hooks", at("/hooks"), json!(null)),
        ("POST /hooks", at("/hooks"), hook.clone()),
        ("GET /hooks/{id}", at("/hooks/matrix-none"), json!(null)),
        ("PUT /hooks/{id}", at("/hooks/matrix-none"), hook),
        ("DELETE /hooks/{id}", at("/hooks/matrix-none"), json!(null)),
        ("POST /hooks/{id}/secret", at("/hooks/matrix-none/secret"), json!(null)),
        ("POST /hooks/{id}/test", at("/hooks/matrix-none/test"), json!(null)),
        (
            "GET /hooks/{id}/deliveries",
            at("/hooks/matrix-none/deliveries"),
            json!(null),
        ),
        (
            "POST /hooks/{id}/deliveries/{delivery}/again",
            at("/hooks/matrix-none/deliveries/none/again"),
            json!(null),
        ),
        ("GET /openapi.json", at("/openapi.json"), json!(null)),
        ("GET /docs", at("/docs"), json!(null)),
        ("GET /session", at("/session"), json!(null)),
        ("POST /session/proof", at("/session/proof"), json!({ "proof": "" })),
    ]
}

/// The status that an operation answers somebody with.
pub(super) async fn ask(person: &Client, operation: &str, path: &str, body: &Value) -> u16 {
    let method: Method = operation.split(' ').next().unwrap().parse().unwrap();
    let origin = format!("http://{}", person.address);
    let by_token = person.headers.iter().any(|(name, _)| *name == "authorization");
    let mut headers = Vec::new();
    if !by_token {
        headers.push(("origin", &*origin));
    }
    let body = if body.is_null() {
        String::new()
    } else {
        headers.push(("content-type", "application/json"));
        body.to_string()
    };
    // A clone, so that one answer's cookies are not the next one's.
    person.clone().send(method, path, &headers, body).await.status
}

/// Operations of the description that the table does not have.
pub(super) fn uncovered(description: &Value) -> BTreeSet<String> {
    let mut known: BTreeSet<_> = operations().into_iter().map(|(name, ..)| name.to_owned()).collect();
    known.extend(
        super::door::names()
            .into_iter()
            .map(|name| name.replace(" /api/v1", " ")),
    );
    let mut all = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path.strip_prefix("/api/v1").unwrap();
            all.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    assert!(all.len() > 40, "the description has the operations");
    all.difference(&known).cloned().collect()
}
