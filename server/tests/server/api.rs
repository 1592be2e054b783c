//! `/api/v1` as programs use it: a session without a browser, edits of two people, what is asked twice, what is told as it
//! happens.
use crate::lab::{Running, draft};
use crate::people::{grant, invited, machine};
use crate::support::{Client, PASSWORD, Server, Yard, eventually, signed_in};
use http::Method;
use serde_json::{Value, json};

const NOTHING: Value = Value::Null;

async fn sign_in(client: &mut Client, name: &str, password: &str) -> crate::support::Answer {
    let body = json!({ "name": name, "password": password });
    client.api(Method::POST, "/session", &body).await
}

/// A program that the administrator signed in, after the page changed the first password.
pub(crate) async fn program(server: &Server) -> Client {
    signed_in(server).await;
    let opened = sign_in(&mut server.client(), "admin", PASSWORD).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    server.client().bearer(opened.json()["session"].as_str().unwrap())
}

async fn with_engine(server: &Server) -> Client {
    let mut program = program(server).await;
    let added = program.api(Method::POST, "/engines", &draft(1, "node1")).await;
    assert_eq!(
        (added.status, added.location()),
        (201, "/api/v1/engines/node1"),
        "{}",
        added.text
    );
    program
        .events("/engines")
        .await
        .until("whole", |rows| rows[0]["health"] == "up")
        .await;
    program
}

#[tokio::test]
async fn a_program_signs_in_proves_and_signs_out() {
    let server = Yard::new().start();
    let mut client = server.client();
    let wrong = sign_in(&mut client, "admin", "wrong").await;
    assert_eq!((wrong.status, wrong.code()), (401, "sign-in.wrong".to_owned()));

    let first = sign_in(&mut client, "admin", "shipyard").await;
    assert_eq!(
        (first.status, &first.json()["must_change_password"]),
        (201, &json!(true))
    );
    assert!(first.header("set-cookie").is_empty(), "no browser is signed in by it");
    let mut program = server.client().bearer(first.json()["session"].as_str().unwrap());
    let early = program.api(Method::GET, "/engines", &NOTHING).await;
    assert_eq!((early.status, early.code()), (403, "must-change-password".to_owned()));

    let change = json!({ "current": "shipyard", "new": PASSWORD });
    let changed = program.api(Method::POST, "/session/password", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let void = program.api(Method::GET, "/session", &NOTHING).await;
    assert_eq!((void.status, void.code()), (401, "session.refused".to_owned()));
    let mut program = server.client().bearer(changed.json()["session"].as_str().unwrap());
    let shown = program.api(Method::GET, "/session", &NOTHING).await.json();
    assert_eq!((&shown["account"], &shown["via"]), (&json!("admin"), &json!("session")));
    assert!(shown["proved_until"].is_i64(), "{shown}");

    let refused = program
        .api(Method::POST, "/session/proof", &json!({ "proof": "no" }))
        .await;
    assert_eq!((refused.status, refused.code()), (422, "proof.wrong".to_owned()));
    let proved = program
        .api(Method::POST, "/session/proof", &json!({ "proof": PASSWORD }))
        .await;
    assert_eq!(proved.status, 200, "{}", proved.text);
    assert_eq!(
        program.api(Method::GET, "/session", &NOTHING).await.status,
        401,
        "the one before is void"
    );
    let mut program = server.client().bearer(proved.json()["session"].as_str().unwrap());

    let own = program.api(Method::GET, "/account", &NOTHING).await.json();
    assert_eq!(own["sessions"].as_array().map(Vec::len), Some(1), "{own}");
    assert_eq!(program.api(Method::DELETE, "/session", &NOTHING).await.status, 204);
    assert_eq!(program.api(Method::GET, "/session", &NOTHING).await.status, 401);
}

#[tokio::test]
async fn a_session_is_shown_in_one_way() {
    let server = Yard::new().start();
    let mut browser = signed_in(&server).await;
    let program = program_of(&server, "admin", PASSWORD).await;
    let text = program.headers[0].1.clone();
    let both = browser
        .send(
            Method::GET,
            "/api/v1/session",
            &[("authorization", &text)],
            String::new(),
        )
        .await;
    assert_eq!((both.status, both.code()), (400, "token.and-session".to_owned()));
    let origin = format!("http://{}", browser.address);
    let headers = [("origin", origin.as_str())];
    let by_cookie = browser
        .api_with(Method::POST, "/session/proof", &headers, &json!({ "proof": PASSWORD }))
        .await;
    assert_eq!((by_cookie.status, by_cookie.code()), (400, "session.cookie".to_owned()));
    for made_up in ["shs_", "shs_AAAAAAAAAAAAAAAAAAAAAA", "shs_%%", "shs"] {
        let answer = server
            .client()
            .bearer(made_up)
            .api(Method::GET, "/session", &NOTHING)
            .await;
        assert_eq!(answer.status, 401, "{made_up}");
    }
    let mut token = machine(&server, &mut browser, &[]).await;
    let shown = token.api(Method::GET, "/session", &NOTHING).await.json();
    assert_eq!(shown["via"], "token");
    for (method, path, body) in [
        (Method::POST, "/session/proof", json!({ "proof": PASSWORD })),
        (
            Method::POST,
            "/session/password",
            json!({ "current": PASSWORD, "new": "another one that is long" }),
        ),
        (Method::DELETE, "/session", NOTHING),
        (Method::GET, "/account", NOTHING),
        (Method::POST, "/engines", draft(1, "node1")),
    ] {
        assert_eq!(token.api(method, path, &body).await.status, 403, "{path}");
    }
}

async fn program_of(server: &Server, name: &str, password: &str) -> Client {
    let opened = sign_in(&mut server.client(), name, password).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    server.client().bearer(opened.json()["session"].as_str().unwrap())
}

#[tokio::test]
async fn who_read_an_older_state_is_told() {
    let server = Yard::new().start();
    let mut program = with_engine(&server).await;
    let read = program.api(Method::GET, "/engines/node1", &NOTHING).await;
    let tag = read.header("etag").to_owned();
    let mut change = draft(1, "node1");
    change["tls"] = NOTHING;
    change["labels"] = json!("zone=b");
    let headers = [("if-match", tag.as_str())];
    let first = program.api_with(Method::PUT, "/engines/node1", &headers, &change).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_ne!(first.header("etag"), tag);
    change["labels"] = json!("zone=c");
    let second = program.api_with(Method::PUT, "/engines/node1", &headers, &change).await;
    assert_eq!((second.status, second.code()), (412, "changed-meanwhile".to_owned()));
    let removal = program
        .api_with(Method::DELETE, "/engines/node1", &headers, &NOTHING)
        .await;
    assert_eq!(removal.status, 412);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        program
            .api(Method::DELETE, &format!("/engines/{id}"), &NOTHING)
            .await
            .status,
        204
    );
    assert_eq!(program.api(Method::GET, "/engines/node1", &NOTHING).await.status, 404);
}

fn deploy_of(name: &str) -> Value {
    json!({ "spec": { "image": "busybox:lab", "name": name, "command": ["sleep", "600"], "stop_timeout": 1 }, "copies": { "total": 1 },
        "target": { "named": ["node1"] }, "strategy": "spread", "pull": "never", "undo_on_failure": false })
}

#[tokio::test]
async fn a_deploy_is_planned_made_once_and_followed() {
    let server = Yard::new().start();
    let mut program = with_engine(&server).await;
    let plan = program.api(Method::POST, "/plans", &deploy_of("api-web")).await.json();
    assert_eq!(plan["copies"][0]["engine_name"], "node1", "{plan}");
    let key = [("idempotency-key", "deploy-1")];
    let first = program
        .api_with(Method::POST, "/deploys", &key, &deploy_of("api-web"))
        .await;
    let again = program
        .api_with(Method::POST, "/deploys", &key, &deploy_of("api-web"))
        .await;
    assert_eq!(
        (first.status, again.status),
        (202, 202),
        "{} {}",
        first.text,
        again.text
    );
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(first.location(), again.location());
    let other = program
        .api_with(Method::POST, "/deploys", &key, &deploy_of("api-other"))
        .await;
    assert_eq!((other.status, other.code()), (422, "idempotency.other".to_owned()));
    let mut events = program.events(first.location().strip_prefix("/api/v1").unwrap()).await;
    let done = events.until("whole", |operation| operation["finished"].is_i64()).await;
    assert_eq!(done["targets"][0]["state"], "done", "{done}");
    assert_eq!(events.next().await, ("closed".to_owned(), json!({ "code": "done" })));
    let removal = json!({ "verb": "remove", "targets": [{ "engine": "node1", "id": done["targets"][0]["name"] }] });
    let removal = program.api(Method::POST, "/containers/actions", &removal).await;
    assert_eq!(removal.status, 202, "{}", removal.text);
    let mut events = program
        .events(removal.location().strip_prefix("/api/v1").unwrap())
        .await;
    let done = events.until("whole", |operation| operation["finished"].is_i64()).await;
    assert_eq!(done["targets"][0]["state"], "done", "{done}");
}

#[tokio::test]
async fn containers_are_found_listed_and_read() {
    let server = Yard::new().start();
    let mut program = with_engine(&server).await;
    let mut events = program.events("/containers?q=api-read").await;
    events.until("whole", |window| window["matching"] == 0).await;
    let made = Running::new(1, "api-read", "echo to-out; echo to-err >&2; exec sleep 600");
    events.until("patch", |patch| patch["matching"] == 1).await;

    let list = program
        .api(Method::GET, "/containers?q=api-read&limit=1", &NOTHING)
        .await
        .json();
    assert_eq!(
        (&list["items"][0]["name"], &list["next"]),
        (&json!("api-read"), &NOTHING)
    );
    for wrong in ["limit=0", "state=asleep", "cursor=5", "sort=colour", "nonsense=1"] {
        let answer = program
            .api(Method::GET, &format!("/containers?{wrong}"), &NOTHING)
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "request.query".to_owned()),
            "{wrong}"
        );
    }
    for name in ["api-read", &made.id, made.id.get(..12).unwrap()] {
        let detail = program
            .api(Method::GET, &format!("/containers/node1/{name}"), &NOTHING)
            .await;
        assert_eq!(detail.json()["row"]["name"], "api-read", "{name}: {}", detail.text);
    }
    let inspected = program
        .api(Method::GET, "/containers/node1/api-read/inspect", &NOTHING)
        .await;
    assert_eq!(inspected.json()["Id"], json!(made.id));
    for none in [
        "/containers/node1/api-none",
        "/containers/none/api-read",
        "/containers/node1/abc",
    ] {
        assert_eq!(program.api(Method::GET, none, &NOTHING).await.status, 404, "{none}");
    }

    // That it runs is not yet that it has written.
    eventually("both lines", async || {
        let log = program
            .api(Method::GET, "/containers/node1/api-read/logs", &NOTHING)
            .await;
        let mut lines: Vec<_> = log.text.lines().collect();
        lines.sort_unstable();
        lines == ["to-err", "to-out"]
    })
    .await;
    let only = program
        .api(Method::GET, "/containers/node1/api-read/logs?stderr=false", &NOTHING)
        .await;
    assert_eq!(only.text, "to-out\n");
    let late = program
        .api(Method::GET, "/containers/node1/api-read/logs?until=1000", &NOTHING)
        .await;
    assert_eq!((late.status, late.text.as_str()), (200, ""));
    let mut log = program
        .events("/containers/node1/api-read/logs?follow=true&stdout=false")
        .await;
    let first = log.until("lines", |data| data["lines"][0].is_object()).await;
    assert_eq!(first["lines"][0]["text"], "to-err");
    let mut stats = program.events("/containers/node1/api-read/stats").await;
    stats
        .until("sample", |sample| sample["memory"].as_u64() > Some(0))
        .await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let server = Yard::new().start();
    let mut admin = signed_in(&server).await;
    invited(&server, &mut admin, "ann", &[grant("viewer", None)]).await;
    let ann = program_of(&server, "ann", crate::people::CHOSEN).await;
    let mut events = ann.events("/containers").await;
    events.until("whole", |_| true).await;
    let disabled = admin
        .call("account_disable", &json!({ "name": "ann", "disabled": true }))
        .await;
    assert_eq!(disabled.status, 200, "{}", disabled.text);
    let closed = events.until("closed", |_| true).await;
    assert_eq!(closed["code"], "signed-out");
}

#[tokio::test]
async fn access_is_managed_by_programs_too() {
    let server = Yard::new().start();
    let mut program = program(&server).await;
    let role = json!({ "name": "starter", "meaning": "Starts", "permissions": ["fleet-view"], "built_in": false });
    assert_eq!(program.api(Method::PUT, "/roles/starter", &role).await.status, 204);
    assert_eq!(
        program.api(Method::PUT, "/roles/other", &role).await.code(),
        "request.other-name"
    );
    let read = program.api(Method::GET, "/roles/starter", &NOTHING).await;
    assert_eq!(read.json()["permissions"], json!(["fleet-view"]));
    let stale = [("if-match", "\"0000000000000000\"")];
    assert_eq!(
        program
            .api_with(Method::PUT, "/roles/starter", &stale, &role)
            .await
            .status,
        412
    );

    let grants = json!([{ "role": "starter", "pool": null, "narrow": null }]);
    let made = program
        .api(Method::POST, "/accounts", &json!({ "name": "cara", "grants": grants }))
        .await;
    assert_eq!(
        (made.status, made.location()),
        (201, "/api/v1/accounts/cara"),
        "{}",
        made.text
    );
    assert!(
        made.json()["text"].as_str().unwrap().starts_with("/join#"),
        "{}",
        made.text
    );
    let row = program.api(Method::GET, "/accounts/cara", &NOTHING).await;
    assert_eq!((&row.json()["grants"], &row.json()["ready"]), (&grants, &json!(false)));
    let tag = row.header("etag").to_owned();
    let headers = [("if-match", tag.as_str())];
    let taken = program
        .api_with(Method::PUT, "/accounts/cara/grants", &headers, &json!([]))
        .await;
    assert_eq!(taken.status, 204, "{}", taken.text);
    let again = program
        .api_with(Method::PUT, "/accounts/cara/grants", &headers, &grants)
        .await;
    assert_eq!(again.status, 412);
    assert_eq!(
        program.api(Method::DELETE, "/accounts/cara", &NOTHING).await.status,
        204
    );
    assert_eq!(program.api(Method::GET, "/accounts/cara", &NOTHING).await.status, 404);

    let new = json!({ "description": "ci", "grants": [], "days": 1 });
    let token = program.api(Method::POST, "/tokens", &new).await;
    assert_eq!(token.status, 201, "{}", token.text);
    let rows = program.api(Method::GET, "/tokens", &NOTHING).await.json();
    let id = rows["items"][0]["id"].as_str().unwrap().to_owned();
    let mut ci = server.client().bearer(token.json()["text"].as_str().unwrap());
    assert_eq!(ci.api(Method::GET, "/containers", &NOTHING).await.status, 200);
    assert_eq!(
        program
            .api(Method::DELETE, &format!("/tokens/{id}"), &NOTHING)
            .await
            .status,
        204
    );
    assert_eq!(ci.api(Method::GET, "/containers", &NOTHING).await.status, 401);

    let page = program
        .api(Method::GET, "/activity?action=token&limit=2", &NOTHING)
        .await
        .json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2), "{page}");
    let next = page["next"].as_str().unwrap();
    let more = program
        .api(Method::GET, &format!("/activity?action=token&cursor={next}"), &NOTHING)
        .await
        .json();
    assert_ne!(more["items"][0], page["items"][0]);
    let mut events = program.events("/activity?action=role").await;
    assert_eq!(program.api(Method::PUT, "/roles/starter", &role).await.status, 204);
    events
        .until("record", |record| record["actor"]["account"] == "admin")
        .await;
}

#[tokio::test]
async fn what_is_no_request_of_ours_is_refused_clearly() {
    let server = Yard::new().start();
    let mut program = program(&server).await;
    let body = |text: &str| text.to_owned();
    let json_type = ("content-type", "application/json");
    for (headers, text, status, code) in [
        (vec![], body("{}"), 415, "request.not-json"),
        (
            vec![("content-type", "text/plain")],
            body("{}"),
            415,
            "request.not-json",
        ),
        (vec![json_type], body("{"), 400, "request.malformed"),
        (vec![json_type], body("{\"Spec\": 1}"), 422, "request.malformed"),
        (
            vec![json_type, ("idempotency-key", "")],
            body("{}"),
            400,
            "idempotency.key",
        ),
    ] {
        let answer = program.send(Method::POST, "/api/v1/deploys", &headers, text).await;
        assert_eq!((answer.status, answer.code()), (status, code.to_owned()));
    }
    let method = program.send(Method::PATCH, "/api/v1/engines", &[], String::new()).await;
    assert_eq!((method.status, method.code()), (405, "no-such-method".to_owned()));
    assert_eq!(method.header("allow"), "GET,HEAD,POST");
    assert_eq!(program.api(Method::GET, "/none", &NOTHING).await.status, 404);
    let large = "x".repeat(2 * 1024 * 1024);
    let answer = program.send(Method::POST, "/api/v1/plans", &[json_type], large).await;
    assert_eq!(answer.status, 413, "{}", answer.text);
}

#[tokio::test]
async fn the_description_names_every_type_that_it_refers_to() {
    let server = Yard::new().start();
    let mut program = program(&server).await;
    let text = program.api(Method::GET, "/openapi.json", &NOTHING).await.text;
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["openapi"], "3.1.0");
    let references = text
        .split("\"$ref\":\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(all.pointer(pointer).is_some(), "{reference} is not there");
    }
    let docs = program.api(Method::GET, "/docs", &NOTHING).await;
    assert!(docs.header("content-type").starts_with("text/html"));
    assert!(docs.text.contains("/api/v1/containers/{engine}/{container}/logs"));
    assert_eq!(
        server.client().api(Method::GET, "/openapi.json", &NOTHING).await.status,
        401
    );
}
