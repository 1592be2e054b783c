//! Lists of `/api/v1` while they change: told as a stream, read page by page; and what two programs, or one that asks twice, do
//! to what is in them.
use crate::api::program;
use crate::support::{Client, Yard};
use http::Method;
use serde_json::{Value, json};

const NOTHING: Value = Value::Null;

async fn done(program: &mut Client, method: Method, path: &str, body: &Value) -> Value {
    let answer = program.api(method.clone(), path, body).await;
    assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text);
    serde_json::from_str(&answer.text).unwrap_or_default()
}

fn role(name: &str) -> Value {
    json!({ "name": name, "meaning": "", "permissions": ["fleet-view"], "built_in": false })
}

fn pool(name: &str) -> Value {
    json!({ "name": name, "engines": [{ "key": "zone", "value": "a" }], "quota": { "cpus": null, "memory": null, "containers": null }, "profile": null })
}

#[tokio::test]
async fn every_list_tells_what_changes() {
    let server = Yard::new().start();
    let mut program = program(&server).await;
    let hook = json!({ "name": "chat", "url": "https://hooks.example/", "actions": ["deploy"] });
    for (list, method, path, body, shows) in [
        ("/accounts", Method::POST, "/accounts", json!({ "name": "ann" }), "ann"),
        ("/roles", Method::PUT, "/roles/starter", role("starter"), "starter"),
        ("/pools", Method::PUT, "/pools/web", pool("web"), "web"),
        (
            "/tokens",
            Method::POST,
            "/tokens",
            json!({ "description": "for ci", "grants": [], "days": 1 }),
            "for ci",
        ),
        (
            "/webhooks/keys",
            Method::POST,
            "/webhooks/keys",
            json!({ "image": "acme/web" }),
            "acme/web",
        ),
        ("/hooks", Method::POST, "/hooks", hook, "chat"),
    ] {
        let mut events = program.events(list).await;
        let before = events.until("whole", |_| true).await;
        assert!(
            before.is_array() && !before.to_string().contains(shows),
            "{list}: {before}"
        );
        done(&mut program, method, path, &body).await;
        events.until("whole", |rows| rows.to_string().contains(shows)).await;
    }
    // A list in a list, which is empty and says so.
    let hooks = done(&mut program, Method::GET, "/hooks", &NOTHING).await;
    let id = hooks["items"][0]["id"].as_str().unwrap();
    let mut events = program.events(&format!("/hooks/{id}/deliveries")).await;
    assert_eq!(events.until("whole", |_| true).await, json!([]));
}

#[tokio::test]
async fn a_page_goes_on_where_the_one_before_ended() {
    let server = Yard::new().start();
    let mut program = program(&server).await;
    for name in ["b", "d", "f", "h"] {
        done(&mut program, Method::PUT, &format!("/pools/{name}"), &pool(name)).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        // A pool's row has what is used of it too.
        let name = |row: &Value| {
            row["pool"]["name"]
                .as_str()
                .or(row["name"].as_str())
                .unwrap()
                .to_owned()
        };
        items.map(name).collect()
    };
    let first = done(&mut program, Method::GET, "/pools?limit=2", &NOTHING).await;
    let next = first["next"].as_str().unwrap().to_owned();
    assert_eq!(names(&first), ["b", "d"]);
    // One comes before, one goes, one comes behind.
    done(&mut program, Method::PUT, "/pools/a", &pool("a")).await;
    done(&mut program, Method::DELETE, "/pools/d", &NOTHING).await;
    done(&mut program, Method::PUT, "/pools/e", &pool("e")).await;
    let rest = done(&mut program, Method::GET, &format!("/pools?cursor={next}"), &NOTHING).await;
    assert_eq!(
        (names(&rest), &rest["next"]),
        (["e", "f", "h"].map(str::to_owned).to_vec(), &NOTHING)
    );
    // The roles of Shipyard stay first.
    done(&mut program, Method::PUT, "/roles/aaa", &role("aaa")).await;
    let roles = done(&mut program, Method::GET, "/roles", &NOTHING).await;
    assert_eq!(names(&roles).last().map(String::as_str), Some("aaa"));
    let bad = program.api(Method::GET, "/pools?cursor=n2", &NOTHING).await;
    assert_eq!((bad.status, bad.code().as_str()), (400, "request.query"));
}

#[tokio::test]
async fn what_was_changed_since_it_was_read_is_not_removed() {
    let server = Yard::new().start();
    let mut program = program(&server).await;
    done(&mut program, Method::POST, "/accounts", &json!({ "name": "ann" })).await;
    done(&mut program, Method::PUT, "/roles/starter", &role("starter")).await;
    done(&mut program, Method::PUT, "/pools/web", &pool("web")).await;
    let mut other_role = role("starter");
    other_role["meaning"] = json!("Starts");
    let mut other_pool = pool("web");
    other_pool["quota"]["containers"] = json!(3);
    for (path, change, body) in [
        ("/accounts/ann", "/accounts/ann/disabled", json!({ "disabled": true })),
        ("/roles/starter", "/roles/starter", other_role),
        ("/pools/web", "/pools/web", other_pool),
    ] {
        let tag = |answer: crate::support::Answer| answer.header("etag").to_owned();
        let read = tag(program.api(Method::GET, path, &NOTHING).await);
        done(&mut program, Method::PUT, change, &body).await;
        let removal = program
            .api_with(Method::DELETE, path, &[("if-match", &read)], &NOTHING)
            .await;
        assert_eq!(
            (removal.status, removal.code().as_str()),
            (412, "changed-meanwhile"),
            "{path}"
        );
        let read = tag(program.api(Method::GET, path, &NOTHING).await);
        let removal = program
            .api_with(Method::DELETE, path, &[("if-match", &read)], &NOTHING)
            .await;
        assert_eq!(removal.status, 204, "{path}: {}", removal.text);
    }
}

#[tokio::test]
async fn what_is_made_with_a_secret_is_made_once_and_shown_once() {
    let server = Yard::new().start();
    let mut program = program(&server).await;
    let key = [("idempotency-key", "made-1")];
    let hook = json!({ "name": "chat", "url": "https://hooks.example/", "actions": ["deploy"] });
    for (path, body, secret) in [
        (
            "/tokens",
            json!({ "description": "ci", "grants": [], "days": 1 }),
            "shp_",
        ),
        ("/accounts", json!({ "name": "ann" }), "/join#"),
        ("/hooks", hook, "whsec_"),
        ("/webhooks/keys", json!({ "image": "acme/web" }), "shw_"),
        ("/nodes", json!({ "name": "node9", "address": "127.0.0.1" }), "SECRET="),
    ] {
        let first = program.api_with(Method::POST, path, &key, &body).await;
        assert_eq!(first.status, 201, "{path}: {}", first.text);
        assert!(first.text.contains(secret), "{path}: {}", first.text);
        let again = program.api_with(Method::POST, path, &key, &body).await;
        assert_eq!(
            (again.status, again.code().as_str()),
            (409, "idempotency.shown-once"),
            "{path}"
        );
        assert!(!again.text.contains(secret), "{}", again.text);
        if path != "/nodes" {
            let list = done(&mut program, Method::GET, path, &NOTHING).await;
            let made = list["items"].as_array().unwrap().iter();
            let count = made.filter(|row| row["name"] != "admin").count();
            assert_eq!(count, 1, "{path}: {list}");
        }
    }
}
