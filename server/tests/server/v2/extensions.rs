//! Extensions of the original: containers with labels, from their addition to their end.
use super::{NOTHING, admin, with_engine};
use crate::lab::Running;
use crate::support::Yard;
use http::Method;
use serde_json::json;

#[tokio::test]
async fn extensions_are_their_containers() {
    let server = Yard::new().start();
    let mut original = admin(&server).await;
    with_engine(&mut original, 1, "node1", &[]).await;
    with_engine(&mut original, 2, "node2", &[]).await;
    // What a run that failed has left is in the way.
    for (node, name) in [
        (1, "v2-router"),
        (1, "v2-router-1"),
        (2, "v2-router"),
        (2, "v2-router-2"),
    ] {
        drop(Running::new(node, name, "true"));
    }
    let extension = json!({ "name": "router", "image": "busybox:lab", "author": "somebody", "version": "0.1",
        "description": "leads the way", "url": "https://example.org/router", "config": {
            "container_name": "v2-router", "cpus": 0.1, "memory": 16, "environment": { "SECRET": "hush" },
            "args": ["sh", "-c", "trap exit TERM; while :; do sleep 0.1; done"],
            "ports": [{ "proto": "tcp", "host_ip": "", "port": 0, "container_port": 80 }],
            "deploy_per_engine": true, "prompt_env": ["SECRET"], "prompt_args": [] } });
    let added = original.send(Method::POST, "/api/extensions", &extension).await;
    assert_eq!((added.status, added.text.as_str()), (204, ""));
    let again = original.send(Method::POST, "/api/extensions", &extension).await;
    assert_eq!(again.status, 409, "{}", again.text);

    let all = original.get("/api/extensions").await;
    assert!(!all.text.contains("hush"), "a list tells no secret: {}", all.text);
    let list = all.json();
    let [router] = list.as_array().unwrap().as_slice() else {
        panic!("{list}")
    };
    for (field, value) in [
        ("id", "router"),
        ("name", "router"),
        ("image", "busybox:lab"),
        ("author", "somebody"),
        ("version", "0.1"),
        ("description", "leads the way"),
        ("url", "https://example.org/router"),
    ] {
        assert_eq!(router[field], value, "{field}");
    }
    let config = &router["config"];
    assert_eq!(
        (
            &config["container_name"],
            &config["deploy_per_engine"],
            &config["memory"],
            &config["ports"][0]["container_port"]
        ),
        (&json!("v2-router"), &json!(true), &json!(16.0), &json!(80))
    );
    assert_eq!(&original.get("/api/extensions/router").await.json(), router);
    assert_eq!(original.get("/api/extensions/none").await.status, 404);

    let containers = original.get("/api/containers").await.json();
    let mut on: Vec<_> = containers
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["image"]["name"] == "busybox:lab" && one["name"].as_str().unwrap().starts_with("/v2-router"))
        .map(|one| one["engine"]["id"].as_str().unwrap().to_owned())
        .collect();
    on.sort();
    assert_eq!(on, ["node1", "node2"], "one on each engine");

    let removed = original.send(Method::DELETE, "/api/extensions/router", &NOTHING).await;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));
    let again = original.send(Method::DELETE, "/api/extensions/router", &NOTHING).await;
    assert_eq!((again.status, again.text.as_str()), (404, "extension not found\n"));
}
