//! Each call that Shipyard makes, and each way in which dockerd says no.
use crate::sides::{IMAGE, Sides, assert_alike, compare};
use http::Method;
use serde_json::{Value, json};

/// A container with one of everything.
fn everything(name: &str) -> Value {
    json!({
        "Image": IMAGE, "Cmd": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.2; done"], "Labels": {"a": "b"},
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 1_000_000_000},
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
        "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": ""}]}, "Binds": [format!("{name}-data:/data"), "/tmp:/host:ro"],
            "Memory": 33_554_432, "RestartPolicy": {"Name": "unless-stopped"}},
    })
}

struct Walk {
    sides: Sides,
    problems: Vec<String>,
}

impl Walk {
    async fn ask(&mut self, method: &Method, path: &str, body: Option<Value>) {
        let (real, sim) = self.sides.ask(method, path, body.as_ref()).await;
        self.problems.extend(compare(&format!("{method} {path}"), &real, &sim));
    }

    async fn get(&mut self, path: &str) {
        self.ask(&Method::GET, path, None).await;
    }

    async fn post(&mut self, path: &str) {
        self.ask(&Method::POST, path, None).await;
    }

    async fn send(&mut self, path: &str, body: Value) {
        self.ask(&Method::POST, path, Some(body)).await;
    }

    async fn delete(&mut self, path: &str) {
        self.ask(&Method::DELETE, path, None).await;
    }

    async fn end(self) {
        self.sides.clean_up().await;
        assert_alike(&self.problems);
    }
}

async fn walk() -> (Walk, String) {
    let sides = Sides::new().await;
    let name = sides.name.clone();
    let walk = Walk {
        sides,
        problems: Vec::new(),
    };
    (walk, name)
}

#[tokio::test]
async fn an_engine_says_the_same_of_itself() {
    let (mut walk, _) = walk().await;
    walk.get("/_ping").await;
    walk.ask(&Method::HEAD, "/_ping", None).await;
    walk.get("/version").await;
    walk.get("/v1.41/version").await;
    walk.get("/info").await;
    walk.get("/v1.41/images/json").await;
    walk.get(&format!("/v1.41/images/{IMAGE}/json")).await;
    walk.get("/v1.41/networks").await;
    walk.get("/v1.41/networks/bridge").await;
    walk.get("/v1.41/volumes").await;
    walk.get("/v1.41/system/df").await;
    walk.get("/v1.41/events?since=1&until=2").await;
    walk.end().await;
}

#[tokio::test]
async fn a_no_is_dockers_no() {
    let (mut walk, name) = walk().await;
    walk.get("/nothing").await;
    walk.ask(&Method::PUT, "/v1.41/containers/json", None).await;
    walk.get("/v1.99/info").await;
    walk.get("/v1.10/info").await;
    for path in ["services", "nodes", "swarm", "tasks", "secrets", "configs"] {
        walk.get(&format!("/v1.41/{path}")).await;
    }
    walk.get("/containers/none/json").await;
    walk.get("/containers/none/logs?stdout=1").await;
    walk.get("/containers/none/logs").await;
    walk.get("/containers/none/stats?stream=0").await;
    walk.get("/containers/none/top").await;
    for verb in [
        "start",
        "stop",
        "kill",
        "restart",
        "pause",
        "unpause",
        "rename?name=x1",
        "wait",
    ] {
        walk.post(&format!("/v1.41/containers/none/{verb}")).await;
    }
    walk.delete("/containers/none").await;
    walk.get("/images/none:x/json").await;
    walk.get("/images/none/json").await;
    walk.delete("/images/none:x").await;
    walk.get("/networks/none-of-this").await;
    walk.get("/volumes/none-of-this").await;
    walk.get(&format!("/exec/{}/json", "0".repeat(64))).await;
    walk.get("/containers/json?filters=x").await;
    walk.get("/containers/json?filters=%7B%22bogus%22%3A%5B%22x%22%5D%7D")
        .await;
    walk.get("/containers/json?filters=%7B%22status%22%3A%5B%22x%22%5D%7D")
        .await;
    walk.post("/images/create?fromImage=10.210.0.1:5000/missing&tag=lab")
        .await;
    walk.get("/distribution/10.210.0.1:5000/missing:lab/json").await;
    let create = format!("/v1.41/containers/create?name={name}");
    walk.send(&create, json!({"Image": "nonesuch"})).await;
    walk.send(&create, json!({"Image": "nonesuch:lab"})).await;
    walk.send("/containers/create?name=/bad%20name", json!({"Image": IMAGE}))
        .await;
    walk.send("/containers/create?name=x", json!({"Image": IMAGE})).await;
    walk.send(&create, json!({})).await;
    walk.end().await;
}

#[tokio::test]
async fn a_life_from_creation_to_removal() {
    let (mut walk, name) = walk().await;
    let at = |rest: &str| format!("/v1.41/containers/{name}{rest}");
    walk.sides.create(&name, &everything(&name)).await;
    walk.send(&format!("/v1.41/containers/create?name={name}"), everything(&name))
        .await;
    let filters = format!("/v1.41/containers/json?all=1&filters=%7B%22name%22%3A%5B%22{name}%22%5D%7D");
    walk.get(&at("/json")).await;
    walk.get(&filters).await;
    walk.get(&at("/stats?stream=0&one-shot=1")).await;
    for path in ["/pause", "/unpause", "/kill", "/stop"] {
        walk.post(&at(path)).await;
    }
    walk.get(&at("/top")).await;
    walk.send(&at("/exec"), json!({"Cmd": ["true"]})).await;
    walk.post(&at("/start")).await;
    walk.post(&at("/start")).await;
    walk.sides.healthy(&name).await;
    walk.get(&at("/json")).await;
    walk.get(&filters).await;
    walk.get(&filters.replace("all=1", "size=1")).await;
    walk.get(&at("/top")).await;
    walk.get(&at("/stats?stream=0&one-shot=1")).await;
    walk.get(&at("/stats?stream=0")).await;
    walk.get("/v1.41/networks/bridge").await;
    walk.get(&format!("/v1.41/volumes/{name}-data")).await;
    walk.get("/v1.41/system/df").await;
    walk.send(&at("/exec"), json!({"Cmd": []})).await;
    walk.send(&at("/exec"), json!({"Cmd": ["true"], "AttachStdout": true}))
        .await;
    for path in ["/pause", "/pause", "/start", "/json", "/unpause", "/unpause"] {
        if path == "/json" {
            walk.get(&at(path)).await;
            walk.get(&filters).await;
        } else {
            walk.post(&at(path)).await;
        }
    }
    walk.delete(&at("")).await;
    walk.send(&at("/update"), json!({"Memory": 67_108_864, "MemorySwap": 134_217_728}))
        .await;
    walk.post(&at(&format!("/rename?name={name}"))).await;
    walk.post(&at("/rename?name=x")).await;
    walk.post(&at("/rename?name=")).await;
    walk.post(&at(&format!("/rename?name={name}-2"))).await;
    walk.post(&format!("/v1.41/containers/{name}-2/rename?name={name}"))
        .await;
    walk.post(&at("/kill?signal=BOGUS")).await;
    walk.post(&at("/kill?signal=SIGHUP")).await;
    walk.post(&at("/restart")).await;
    walk.post(&at("/stop")).await;
    walk.post(&at("/stop")).await;
    walk.post(&at("/wait")).await;
    walk.get(&at("/json")).await;
    walk.get(&filters).await;
    walk.post(&at("/start")).await;
    walk.post(&at("/pause")).await;
    walk.delete(&at("")).await;
    walk.delete(&at("?force=1&v=1")).await;
    walk.delete(&at("?force=1&v=1")).await;
    walk.end().await;
}
