//! Every route of the original's API, as its own command-line client calls it: no Content-Type, `X-Access-Token` or
//! `X-Service-Key`, and answers by its names.
mod accounts;
mod extensions;

use crate::lab::{Running, draft, pem};
use crate::support::{Answer, Client, Server, Yard, signed_in};
use http::Method;
use serde_json::{Value, json};

const PASSWORD: &str = crate::support::PASSWORD;
const NOTHING: Value = Value::Null;

/// The original's client, for an account.
struct Original {
    client: Client,
    header: Option<(&'static str, String)>,
}

impl Original {
    fn new(server: &Server) -> Self {
        Self {
            client: server.client(),
            header: None,
        }
    }

    async fn send(&mut self, method: Method, path: &str, body: &Value) -> Answer {
        let mut headers = vec![("user-agent", "shipyard-cli")];
        if let Some((name, value)) = &self.header {
            headers.push((name, value));
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.client.send(method, path, &headers, body).await
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &NOTHING).await
    }

    async fn login(&mut self, name: &str, password: &str) -> Answer {
        let body = json!({ "username": name, "password": password });
        let answer = self.send(Method::POST, "/auth/login", &body).await;
        if answer.status == 200 {
            let token = answer.json()["auth_token"].as_str().unwrap().to_owned();
            self.header = Some(("x-access-token", format!("{name}:{token}")));
        }
        answer
    }
}

/// A container's output, once it holds `wanted`.
async fn written(original: &mut Original, path: &str, wanted: &str) -> String {
    for _ in 0..200 {
        let answer = original.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        if answer.text.contains(wanted) {
            return answer.text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{path} never said {wanted:?}");
}

async fn admin(server: &Server) -> Original {
    signed_in(server).await;
    let mut original = Original::new(server);
    let answer = original.login("admin", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["user_agent"], "shipyard-cli");
    original
}

fn engine(node: u8, name: &str, labels: &[&str]) -> Value {
    let address = draft(node, name)["address"].clone();
    json!({ "id": "", "ssl_cert": pem("client-cert.pem"), "ssl_key": pem("client-key.pem"), "ca_cert": pem("ca.pem"),
        "engine": { "id": name, "addr": address, "cpus": 2.0, "memory": 2048.0, "labels": labels } })
}

/// Adds an engine and waits until it answers.
async fn with_engine(original: &mut Original, node: u8, name: &str, labels: &[&str]) -> Value {
    let added = original
        .send(Method::POST, "/api/engines", &engine(node, name, labels))
        .await;
    assert_eq!((added.status, added.text.as_str()), (201, ""));
    for _ in 0..400 {
        let engines = original.get("/api/engines").await.json();
        let found = engines
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["engine"]["id"] == name);
        if let Some(up) = found.filter(|one| one["health"]["status"] == "up") {
            return up.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{name} does not answer");
}

#[tokio::test]
async fn signing_in_and_changing_the_password() {
    let server = Yard::new().start();
    let mut original = Original::new(&server);
    let wrong = original.login("admin", "wrong").await;
    assert_eq!(
        (wrong.status, wrong.text.as_str()),
        (403, "invalid username/password\n")
    );
    assert_eq!(original.login("admin", "shipyard").await.status, 200);
    let early = original.get("/api/containers").await;
    assert_eq!(early.status, 403, "{}", early.text);
    assert!(early.text.contains("shipyard change-password"), "{}", early.text);
    let weak = original
        .send(Method::POST, "/account/changepassword", &json!({ "password": "short" }))
        .await;
    assert_eq!(weak.status, 422, "{}", weak.text);
    let changed = original
        .send(
            Method::POST,
            "/account/changepassword",
            &json!({ "password": PASSWORD }),
        )
        .await;
    assert_eq!((changed.status, changed.text.as_str()), (200, ""));
    assert_eq!(
        original.get("/api/containers").await.json(),
        json!([]),
        "the token goes on, as in the original"
    );
    assert_eq!(Original::new(&server).login("admin", "shipyard").await.status, 403);
}

#[tokio::test]
async fn only_its_own_headers_open_anything() {
    let server = Yard::new().start();
    let mut browser = signed_in(&server).await;
    assert_eq!(browser.get("/containers").await.status, 200);
    for path in [
        "/api/containers",
        "/api/containers/abcd/stop",
        "/api/containers/abcd/restart",
        "/api/engines",
    ] {
        let answer = browser.get(path).await;
        let told = (answer.status, answer.text.as_str());
        assert_eq!(told, (401, "unauthorized\n"), "a cookie opens {path}");
    }
    let mut original = Original::new(&server);
    original.login("admin", PASSWORD).await;
    let token = original.header.clone().unwrap().1;
    for wrong in [
        token.replace("admin:", "bob:"),
        token.replace("admin:", ""),
        "admin:".to_owned(),
        format!("{token}x"),
    ] {
        original.header = Some(("x-access-token", wrong.clone()));
        assert_eq!(original.get("/api/containers").await.status, 401, "{wrong}");
    }
    original.header = Some((
        "authorization",
        format!("Bearer {}", token.trim_start_matches("admin:")),
    ));
    assert_eq!(
        original.get("/api/containers").await.status,
        401,
        "not by the header of /api/v1"
    );
}

#[tokio::test]
async fn engines_and_totals() {
    let server = Yard::new().start();
    let mut original = admin(&server).await;
    assert_eq!(original.get("/api/engines").await.json(), json!([]));
    let up = with_engine(&mut original, 1, "node1", &["ssd", "zone=a"]).await;
    assert_eq!(
        (&up["engine"]["cpus"], &up["engine"]["memory"]),
        (&json!(2.0), &json!(2048.0))
    );
    assert_eq!(up["engine"]["labels"], json!(["ssd", "zone=a"]));
    assert!(up["health"]["response_time"].as_u64() > Some(1000), "nanoseconds: {up}");
    assert!(
        up["docker_version"]
            .as_str()
            .is_some_and(|version| version.starts_with("20.10"))
    );
    for secret in ["ssl_cert", "ssl_key", "ca_cert"] {
        assert!(up.get(secret).is_none(), "{secret} is told");
    }
    let id = up["id"].as_str().unwrap().to_owned();
    assert_eq!(original.get(&format!("/api/engines/{id}")).await.json(), up);
    assert_eq!(original.get("/api/engines/none").await.status, 404);
    let again = original
        .send(Method::POST, "/api/engines", &engine(1, "node1", &[]))
        .await;
    assert_eq!(again.status, 409, "{}", again.text);

    let info = original.get("/api/cluster/info").await.json();
    assert_eq!(
        (&info["cpus"], &info["memory"], &info["engine_count"]),
        (&json!(2.0), &json!(2048.0), &json!(1))
    );
    for name in [
        "container_count",
        "image_count",
        "reserved_cpus",
        "reserved_memory",
        "version",
    ] {
        assert!(!info[name].is_null(), "{name}: {info}");
    }
    for status in [204, 404] {
        let path = format!("/api/engines/{id}");
        assert_eq!(original.send(Method::DELETE, &path, &NOTHING).await.status, status);
    }
}

#[tokio::test]
async fn containers_from_run_to_destroy() {
    let server = Yard::new().start();
    let mut original = admin(&server).await;
    with_engine(&mut original, 1, "node1", &["v2"]).await;
    drop(Running::new(1, "v2-web", "true"));
    let image = json!({ "name": "busybox:lab", "container_name": "v2-web", "cpus": 0.1, "memory": 64.0, "type": "service",
        "labels": ["v2"], "environment": { "GREETING": "a=b" }, "args": ["sh", "-c", "echo out; echo err >&2; trap exit TERM; while :; do sleep 0.1; done"],
        "bind_ports": [{ "proto": "tcp", "host_ip": "", "port": 0, "container_port": 80 }],
        "restart_policy": { "name": "on-failure", "maximum_retry": 5 }, "network_mode": "bridge",
        "hostname": "web", "domain": "example.org", "cpuset": "0", "publish": true });
    let made = original
        .send(Method::POST, "/api/containers?count=1&pull=false", &image)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let container = made.json()[0].clone();
    assert_eq!(
        (&container["name"], &container["state"]),
        (&json!("/v2-web"), &json!("running"))
    );
    assert_eq!(container["engine"]["id"], "node1");
    let id = container["id"].as_str().unwrap().to_owned();
    let short = id.get(..12).unwrap();

    let list = original.get("/api/containers").await.json();
    let listed = list
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == json!(id))
        .unwrap();
    assert_eq!(
        (&listed["image"]["cpus"], &listed["image"]["memory"]),
        (&json!(0.1), &json!(64.0))
    );
    let inspected = original.get(&format!("/api/containers/{short}")).await.json();
    let shown = &inspected["image"];
    let own = ["hostname", "domain", "cpuset"].map(|option| shown[option].as_str().unwrap());
    assert_eq!((own, &shown["publish"]), (["web", "example.org", "0"], &json!(true)));
    assert_eq!(shown["environment"], json!({ "GREETING": "a=b" }));
    let policy = json!({ "name": "on-failure", "maximum_retry": 5 });
    assert_eq!(shown["restart_policy"], policy);
    assert_eq!(inspected["ports"][0]["container_port"], 80);

    // Running is not yet having written.
    let both = format!("/api/containers/{short}/logs");
    for line in ["err\n", "out\n"] {
        written(&mut original, &both, line).await;
    }
    let out = original.get(&format!("{both}?stdout=1&stderr=0&tail=10")).await;
    assert_eq!((out.status, out.text.as_str()), (200, "out\n"));

    for (verb, state) in [("stop", "stopped"), ("restart", "running")] {
        let answer = original.get(&format!("/api/containers/{short}/{verb}")).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{verb}");
        let mut now = Value::Null;
        for _ in 0..400 {
            now = original.get(&format!("/api/containers/{short}")).await.json()["state"].clone();
            if now == state {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(now, state, "{verb}");
    }
    assert_eq!(
        original.get(&format!("/api/containers/{short}/scale")).await.status,
        400,
        "no count"
    );
    let scaled = original.get(&format!("/api/containers/{short}/scale?count=2")).await;
    assert_eq!((scaled.status, scaled.text.as_str()), (204, ""));
    let copies = |list: &Value| {
        let all = list.as_array().unwrap().iter();
        all.filter(|one| one["name"].as_str().unwrap().starts_with("/v2-web") && one["state"] == "running")
            .count()
    };
    for count in [2, 1] {
        let scaled = original
            .get(&format!("/api/containers/{short}/scale?count={count}"))
            .await;
        assert_eq!(scaled.status, 204, "{}", scaled.text);
        let mut now = 0;
        for _ in 0..400 {
            now = copies(&original.get("/api/containers").await.json());
            if now == count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(now, count);
    }
    let gone = original
        .send(Method::DELETE, &format!("/api/containers/{id}"), &NOTHING)
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    let none = original.get("/api/containers/0123456789ab").await;
    assert_eq!((none.status, none.text.as_str()), (404, "container not found\n"));

    for (change, status, says) in [
        (json!({ "type": "odd" }), 422, "no scheduler for type odd"),
        (json!({ "labels": ["gpu"] }), 409, "no eligible engines to run image"),
        (json!({ "cpus": 100.0 }), 409, ""),
        (json!({ "cpuset": "one" }), 422, "cpuset_cpus"),
        (json!({ "links": { "no such": "db" } }), 422, "links"),
    ] {
        let mut other = image.clone();
        other
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let answer = original.send(Method::POST, "/api/containers", &other).await;
        assert!(
            answer.status == status || (says.is_empty() && answer.status == 422),
            "{change}: {} {}",
            answer.status,
            answer.text
        );
        assert!(answer.text.contains(says), "{}", answer.text);
    }
}
