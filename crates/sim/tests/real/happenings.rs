//! Events: which ones, in which order, with which attributes.
use crate::sides::{IMAGE, Sides, compare};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// An event without what differs from engine to engine: kind, action, keys of its attributes.
fn told(event: &Value) -> String {
    let keys: Vec<&str> = event["Actor"]["Attributes"]
        .as_object()
        .map(|all| all.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let fields: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    let value = |key: &str| {
        event["Actor"]["Attributes"][key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    format!(
        "{} {} [{}] signal={} code={} {}",
        event["Type"].as_str().unwrap(),
        event["Action"].as_str().unwrap(),
        keys.join(","),
        value("signal"),
        value("exitCode"),
        fields.join(",")
    )
}

/// What is told about a container, but for its health check's commands, which no simulated one runs.
fn about(events: &[Value], id: &str, volume: &str) -> Vec<String> {
    let is_about = |event: &&Value| {
        let of = &event["Actor"]["Attributes"]["container"];
        event["Actor"]["ID"] == id || *of == *id || event["Actor"]["ID"] == volume
    };
    let is_check = |event: &&Value| {
        let action = event["Action"].as_str().unwrap_or_default();
        action.starts_with("exec_") && !action.ends_with("marker")
    };
    events
        .iter()
        .filter(is_about)
        .filter(|e| !is_check(e))
        .map(told)
        .collect()
}

async fn all(engine: &crate::client::Engine, since: &str) -> Vec<Value> {
    let until = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    let reply = engine
        .get(&format!("/v1.41/events?since={since}&until={until:.9}"))
        .await;
    reply.lines()
}

#[tokio::test]
async fn a_life_is_told_in_the_same_words_and_order() {
    let sides = Sides::new().await;
    let name = sides.name.clone();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let since = format!("{:.9}", now.as_secs_f64() - 0.5);
    let volume = format!("{name}-data");
    let body = json!({
        "Image": IMAGE, "Cmd": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"], "Labels": {"a": "b"},
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 1_000_000_000},
        "HostConfig": {"Binds": [format!("{volume}:/data")]},
    });
    let (real, sim) = sides.create(&name, &body).await;
    let post = async |path: &str| {
        let path = format!("/v1.41/containers/{name}{path}");
        let (real, sim) = sides.ask(&Method::POST, &path, None).await;
        assert!(
            compare(&path, &real, &sim).is_empty(),
            "{:?}",
            compare(&path, &real, &sim)
        );
        // One thing after the other: dockerd tells of an end from another thread.
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    post("/start").await;
    sides.healthy(&name).await;
    post("/pause").await;
    post("/unpause").await;
    sides.healthy(&name).await;
    post(&format!("/rename?name={name}-2")).await;
    let back = format!("/v1.41/containers/{name}-2/rename?name={name}");
    sides.ask(&Method::POST, &back, None).await;
    sides
        .ask(&Method::GET, &format!("/v1.41/containers/{name}/top"), None)
        .await;
    let limits = json!({"Memory": 33_554_432, "MemorySwap": 67_108_864});
    let update = format!("/v1.41/containers/{name}/update");
    sides.ask(&Method::POST, &update, Some(&limits)).await;
    post("/kill?signal=SIGWINCH").await;
    post("/stop").await;
    post("/start").await;
    // Its shell has to have set the trap.
    sides.healthy(&name).await;
    post("/restart").await;
    post("/kill").await;
    post("/start").await;
    let path = format!("/v1.41/containers/{name}?force=1&v=1");
    sides.ask(&Method::DELETE, &path, None).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (of_real, of_sim) = tokio::join!(all(&sides.real, &since), all(&sides.sim, &since));
    sides.clean_up().await;
    // How often a check was content in between is a matter of time.
    let without_health =
        |all: Vec<String>| -> Vec<String> { all.into_iter().filter(|line| !line.contains("health_status")).collect() };
    let count = |all: &[String]| {
        all.iter()
            .filter(|line| line.contains("health_status: healthy"))
            .count()
    };
    let (real, sim) = (about(&of_real, &real, &volume), about(&of_sim, &sim, &volume));
    assert!(count(&real) >= 2 && count(&sim) >= 2);
    let health = |all: &[String]| all.iter().find(|line| line.contains("health_status")).cloned();
    assert_eq!(health(&real), health(&sim));
    let (real, sim) = (without_health(real), without_health(sim));
    assert!(real.len() > 20, "{real:#?}");
    assert_eq!(real.join("\n"), sim.join("\n"));
}

#[tokio::test]
async fn one_that_ends_by_itself_and_is_removed() {
    let sides = Sides::new().await;
    let name = sides.name.clone();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let since = format!("{:.9}", now.as_secs_f64() - 0.5);
    let body = json!({"Image": IMAGE, "Cmd": ["sh", "-c", "sleep 1; exit 3"], "HostConfig": {"AutoRemove": true}});
    let (real, sim) = sides.create(&name, &body).await;
    sides
        .ask(&Method::POST, &format!("/containers/{name}/start"), None)
        .await;
    for engine in [&sides.real, &sides.sim] {
        let mut tries = 0;
        while engine.get(&format!("/containers/{name}/json")).await.status == 200 {
            tries += 1;
            assert!(tries < 200, "it stays");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (of_real, of_sim) = tokio::join!(all(&sides.real, &since), all(&sides.sim, &since));
    sides.clean_up().await;
    let (real, sim) = (about(&of_real, &real, ""), about(&of_sim, &sim, ""));
    assert_eq!(real.join("\n"), sim.join("\n"));
    assert!(real.iter().any(|line| line.contains("code=3")), "{real:?}");
}
