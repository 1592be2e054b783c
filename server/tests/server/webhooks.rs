//! Webhooks in, as Docker Hub and others send them; and rolls and scaling as programs ask for them.
use crate::hooks::until;
use crate::lab::{Published, docker, draft};
use crate::people::{grant, invited, machine};
use crate::support::{Answer, Client, PASSWORD, Server, Yard, signed_in};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;

const NOTHING: Value = Value::Null;

/// A server with one engine, whose containers are known.
async fn with_engine(server: &Server) -> Client {
    let mut admin = signed_in(server).await;
    let added = admin.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    let body = json!({ "name": "admin", "password": PASSWORD });
    let opened = server.client().api(Method::POST, "/session", &body).await.json();
    let program = server.client().bearer(opened["session"].as_str().unwrap());
    let mut rows = program.events("/engines").await;
    rows.until("whole", |rows| rows[0]["health"] == "up").await;
    program
}

async fn make(client: &mut Client, new: &Value) -> Value {
    let origin = format!("http://{}", client.address);
    let made = client
        .api_with(Method::POST, "/webhooks/keys", &[("origin", &origin)], new)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

async fn hub(server: &Server, path: &str, image: &str, tag: &str) -> Answer {
    let body =
        json!({ "repository": { "repo_name": image, "star_count": 1 }, "push_data": { "tag": tag, "pusher": "x" } });
    let headers = [("content-type", "application/json")];
    server
        .client()
        .send(Method::POST, path, &headers, body.to_string())
        .await
}

fn sign(key: &Value, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key["key"].as_str().unwrap().as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={hex}")
}

async fn signed(server: &Server, key: &Value, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let path = key["path"].as_str().unwrap();
    let answer = server.client().send(Method::POST, path, headers, body.to_owned()).await;
    let code = if answer.status == 200 {
        String::new()
    } else {
        answer.code()
    };
    (answer.status, code)
}

async fn ended(program: &mut Client, id: &Value) -> Value {
    let mut events = program.events(&format!("/operations/{}", id.as_str().unwrap())).await;
    events
        .until("whole", |operation| !operation["finished"].is_null())
        .await
}

fn state_of(name: &str) -> String {
    docker(1, &["inspect", "-f", "{{.Config.Labels.state}}", name])
        .trim()
        .to_owned()
}

struct Gone(&'static str);

impl Drop for Gone {
    fn drop(&mut self) {
        docker(1, &["rm", "-f", self.0]);
    }
}

/// Runs the image, and waits until the server knows.
async fn running(program: &mut Client, image: &str, name: &'static str) -> Gone {
    let _ = std::panic::catch_unwind(|| docker(1, &["rm", "-f", name]));
    docker(1, &["run", "-d", "--stop-timeout", "1", "--name", name, image]);
    until(program, &format!("/containers?q={name}"), |list| {
        list["items"][0]["state"] == "running"
    })
    .await;
    Gone(name)
}

#[tokio::test]
async fn docker_hub_rolls_the_image_of_its_key_and_no_other() {
    let image = Published("10.210.0.1:5000/roll-hub:lab");
    let repository = "10.210.0.1:5000/roll-hub";
    image.state("one");
    let yard = Yard::new();
    let server = yard.start_with(&["--listen", "127.0.0.1:0"], &[("SHIPYARD_LOG", "trace")]);
    let mut program = with_engine(&server).await;
    let _gone = running(&mut program, image.0, "roll-hub").await;
    let key = make(
        &mut program,
        &json!({ "image": repository, "kind": "docker-hub", "tag": "la*" }),
    )
    .await;
    let (path, secret) = (key["path"].as_str().unwrap(), key["key"].as_str().unwrap());
    assert!(path.starts_with("/hub/webhook/shw_") && path.ends_with(secret));

    image.state("two");
    let taken = hub(&server, path, repository, "lab").await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    let operation = ended(&mut program, &taken.json()["operation"]).await;
    assert_eq!(operation["targets"][0]["state"], "done", "{operation}");
    assert_eq!(operation["what"]["roll"]["image"], repository);
    assert_eq!(state_of("roll-hub"), "two");

    for (path, image, tag, want) in [
        (path, "10.210.0.1:5000/roll-hu", "lab", (404, "webhook.unknown")),
        (path, "10.210.0.1:5000/x/roll-hub", "lab", (404, "webhook.unknown")),
        (path, "roll-hub", "lab", (404, "webhook.unknown")),
        ("/hub/webhook/shw_a_b", repository, "lab", (404, "webhook.unknown")),
        (&path[..path.len() - 1], repository, "lab", (404, "webhook.unknown")),
        (
            &path.replace("shw_", "shw"),
            repository,
            "lab",
            (404, "webhook.unknown"),
        ),
        (path, repository, "a b", (400, "webhook.unreadable")),
    ] {
        let answer = hub(&server, path, image, tag).await;
        assert_eq!((answer.status, answer.code().as_str()), want, "{image} {tag}");
    }
    let other_tag = hub(&server, path, repository, "1.0").await;
    assert_eq!((other_tag.status, &other_tag.json()["operation"]), (200, &Value::Null));
    let bad = server.client().send(Method::POST, path, &[], "{".to_owned()).await;
    assert_eq!((bad.status, bad.code().as_str()), (400, "webhook.unreadable"));
    let large = server.client().send(Method::POST, path, &[], "x".repeat(300_000)).await;
    assert_eq!(large.status, 413);
    assert_eq!(
        server.client().get(path).await.status,
        405,
        "nothing is changed by a GET"
    );
    let origin = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let page = server.client().send(Method::POST, path, &origin, "{}".to_owned()).await;
    assert_eq!(page.status, 403, "no page of another site sends one");

    let listed = program.api(Method::GET, "/webhooks/keys", &NOTHING).await;
    assert!(listed.json()["items"][0]["used"].is_i64(), "{}", listed.text);
    let activity = program.api(Method::GET, "/activity?action=roll", &NOTHING).await;
    let by = activity.json()["items"][0]["actor"]["via"]["token"].clone();
    assert_eq!(
        by,
        json!(format!("webhook {}", key["id"].as_str().unwrap())),
        "{}",
        activity.text
    );
    let id = key["id"].as_str().unwrap();
    let removed = program
        .api(Method::DELETE, &format!("/webhooks/keys/{id}"), &NOTHING)
        .await;
    assert_eq!(removed.status, 204);
    assert_eq!(hub(&server, path, repository, "lab").await.status, 404);
    drop(server);
    let hidden = secret.rsplit_once('_').unwrap().1;
    assert!(!listed.text.contains(hidden) && !activity.text.contains(hidden));
    let log = yard.log();
    let told = log.lines().find(|line| line.contains(hidden));
    assert_eq!(told, None, "the log holds the secret of the path");
    let data = yard.bytes_below("data");
    assert!(!data.windows(hidden.len()).any(|part| part == hidden.as_bytes()));
}

#[tokio::test]
async fn a_signed_webhook_is_taken_once_and_only_signed() {
    let yard = Yard::new();
    let server = yard.start();
    let mut program = with_engine(&server).await;
    let key = make(&mut program, &json!({ "image": "roll-none" })).await;
    let body = r#"{"image":"docker.io/library/roll-none:1","more":[]}"#;
    let good = sign(&key, body);
    let header = "x-hub-signature-256";
    assert_eq!(signed(&server, &key, &[(header, &good)], body).await.0, 200);
    let by_name = r#"{"repository":"roll-none","tag":"1"}"#;
    assert_eq!(
        signed(&server, &key, &[(header, &sign(&key, by_name))], by_name)
            .await
            .0,
        200
    );
    let refused = (401, "webhook.signature".to_owned());
    assert_eq!(signed(&server, &key, &[(header, &good)], by_name).await, refused);
    assert_eq!(signed(&server, &key, &[], body).await, refused);
    let other = r#"{"image":"team/roll-none"}"#;
    let unknown = (404, "webhook.unknown".to_owned());
    assert_eq!(
        signed(&server, &key, &[(header, &sign(&key, other))], other).await,
        unknown
    );

    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let named = async |time: u64, name: &str| {
        let time = time.to_string();
        let signature = sign(&key, &format!("{time}.{name}.{body}"));
        let headers = [
            (header, signature.as_str()),
            ("x-shipyard-delivery", name),
            ("x-shipyard-timestamp", &time),
        ];
        signed(&server, &key, &headers, body).await
    };
    assert_eq!(named(now, "first").await.0, 200);
    assert_eq!(named(now, "first").await, (409, "webhook.again".to_owned()));
    assert_eq!(named(now - 600, "second").await, (422, "webhook.time".to_owned()));
    assert_eq!(named(now + 600, "third").await, (422, "webhook.time".to_owned()));
    let half = [(header, good.as_str()), ("x-shipyard-delivery", "fourth")];
    assert_eq!(
        signed(&server, &key, &half, body).await,
        (400, "webhook.delivery".to_owned())
    );
    let stripped = sign(&key, &format!("{now}.first.{body}"));
    assert_eq!(
        signed(&server, &key, &[(header, &stripped)], body).await,
        refused,
        "its name cannot be taken away"
    );

    let hub_path = json!({ "path": format!("/hub/webhook/{}", key["key"].as_str().unwrap()) });
    assert_eq!(
        signed(&server, &hub_path, &[], body).await,
        unknown,
        "a key is of one kind"
    );
    for _ in 0..40 {
        signed(&server, &key, &[(header, &good)], body).await;
    }
    assert_eq!(signed(&server, &key, &[(header, &good)], body).await.0, 429);
    let secret = key["key"].as_str().unwrap().to_owned();
    drop(server);
    let data = yard.bytes_below("data");
    assert!(
        !data.windows(secret.len()).any(|part| part == secret.as_bytes()),
        "it lies sealed"
    );
    let server = yard.start();
    assert_eq!(
        signed(&server, &key, &[(header, &good)], body).await.0,
        200,
        "and opens after a start"
    );
}

#[tokio::test]
async fn a_key_ends_with_its_account_and_does_no_more_than_it() {
    let server = Yard::new().start();
    let mut program = with_engine(&server).await;
    let mut admin = server.client();
    admin.sign_in("admin", PASSWORD).await;
    let new = json!({ "image": "roll-none", "kind": "docker-hub" });
    let mut ann = invited(&server, &mut admin, "ann", &[grant("operator", None)]).await;
    let mut bob = invited(&server, &mut admin, "bob", &[grant("viewer", None)]).await;
    let key = make(&mut ann, &new).await;
    let path = key["path"].as_str().unwrap();
    let own_path = format!("/webhooks/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(hub(&server, path, "roll-none", "1").await.status, 200);

    let origin = format!("http://{}", bob.address);
    let origin = [("origin", origin.as_str())];
    assert_eq!(
        bob.api_with(Method::POST, "/webhooks/keys", &origin, &new).await.status,
        403
    );
    assert_eq!(bob.api(Method::GET, "/webhooks/keys", &NOTHING).await.status, 403);
    assert_eq!(
        bob.api_with(Method::DELETE, &own_path, &origin, &NOTHING).await.status,
        403
    );
    let mut token = machine(&server, &mut ann, &[]).await;
    assert_eq!(
        token.api(Method::POST, "/webhooks/keys", &new).await.status,
        403,
        "a token makes none"
    );
    let mut carl = invited(&server, &mut admin, "carl", &[grant("operator", None)]).await;
    let listed = carl.api(Method::GET, "/webhooks/keys", &NOTHING).await.json();
    assert_eq!(listed["items"], json!([]), "others' are not one's own");
    assert_eq!(
        carl.api_with(Method::DELETE, &own_path, &origin, &NOTHING).await.status,
        404
    );
    let listed = program.api(Method::GET, "/webhooks/keys", &NOTHING).await.json();
    assert_eq!(listed["items"][0]["account"], "ann");

    let grants = |roles: Value| json!({ "name": "ann", "grants": roles });
    admin
        .call("account_grants", &grants(json!([grant("viewer", None)])))
        .await;
    let answer = hub(&server, path, "roll-none", "1").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
    admin
        .call("account_grants", &grants(json!([grant("operator", None)])))
        .await;
    assert_eq!(hub(&server, path, "roll-none", "1").await.status, 200);
    let disabled = admin
        .call("account_disable", &json!({ "name": "ann", "disabled": true }))
        .await;
    assert_eq!(disabled.status, 200, "{}", disabled.text);
    assert_eq!(hub(&server, path, "roll-none", "1").await.status, 404);
    admin
        .call("account_disable", &json!({ "name": "ann", "disabled": false }))
        .await;
    assert_eq!(hub(&server, path, "roll-none", "1").await.status, 200);
    assert_eq!(
        admin.call("account_remove", &json!({ "name": "ann" })).await.status,
        200
    );
    invited(&server, &mut admin, "ann", &[grant("operator", None)]).await;
    assert_eq!(
        hub(&server, path, "roll-none", "1").await.status,
        404,
        "not for another of that name"
    );
    let listed = program.api(Method::GET, "/webhooks/keys", &NOTHING).await.json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_program_rolls_and_scales() {
    let image = Published("10.210.0.1:5000/roll-api:lab");
    image.state("one");
    let server = Yard::new().start();
    let mut program = with_engine(&server).await;
    let gone = running(&mut program, image.0, "roll-api").await;
    image.state("two");
    let request = json!({ "image": "10.210.0.1:5000/roll-api" });
    let plan = program.api(Method::POST, "/rolls/plan", &request).await.json();
    assert_eq!(plan["containers"][0]["name"], "roll-api", "{plan}");
    assert_eq!(plan["containers"][0]["problem"], Value::Null);
    let begun = program.api(Method::POST, "/rolls", &request).await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let done = ended(&mut program, &begun.json()["id"]).await;
    assert_eq!(
        (&done["targets"][0]["state"], state_of("roll-api")),
        (&json!("done"), "two".to_owned())
    );
    for (body, want) in [
        (json!({ "image": "roll-nobody" }), (404, "roll.none")),
        (json!({ "image": "a:b" }), (422, "roll.image")),
        (json!({ "image": "web", "to": "*" }), (422, "roll.tag")),
        (json!({ "image": "web", "engines": ["none"] }), (404, "not-found")),
    ] {
        let answer = program.api(Method::POST, "/rolls", &body).await;
        assert_eq!((answer.status, answer.code().as_str()), want);
    }

    let path = "/containers/node1/roll-api/scale";
    let plan = program
        .api(Method::POST, &format!("{path}/plan"), &json!({ "count": 2 }))
        .await
        .json();
    assert_eq!(
        (&plan["now"], plan["deploy"]["copies"].as_array().map(Vec::len)),
        (&json!(1), Some(1)),
        "{plan}"
    );
    let begun = program.api(Method::POST, path, &json!({ "count": 2 })).await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let copy = ended(&mut program, &begun.json()["id"]).await["targets"][0].clone();
    assert_eq!(copy["state"], "done");
    until(&mut program, "/containers?q=roll-api", |list| {
        list["items"][1].is_object()
    })
    .await;
    let begun = program.api(Method::POST, path, &json!({ "count": 1 })).await.json();
    assert_eq!(begun["what"]["scale"], json!({ "name": "roll-api", "copies": 1 }));
    let removed = ended(&mut program, &begun["id"]).await;
    assert_eq!(
        (&removed["targets"][0]["name"], &removed["targets"][0]["state"]),
        (&copy["name"], &json!("done"))
    );
    let none = program.api(Method::POST, path, &json!({ "count": 0 })).await;
    assert_eq!((none.status, none.code().as_str()), (422, "scale.none"));
    drop(gone);
}
