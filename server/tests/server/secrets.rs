//! Secrets stay where they belong, and what engines say is text.
use crate::lab::{draft, pem};
use crate::support::{PASSWORD, Yard, signed_in};
use serde_json::{Value, json};
use std::time::Duration;

/// A part of a PEM text that stands nowhere else.
fn needle(pem: &str) -> &str {
    pem.lines().nth(3).unwrap()
}

#[tokio::test]
async fn no_answer_log_line_or_file_shows_a_secret() {
    let yard = Yard::new();
    let server = yard.start_with(&["--listen", "127.0.0.1:0"], &[("SHIPYARD_LOG", "trace")]);
    let mut client = signed_in(&server).await;
    let mut answers = String::new();
    for (call, arguments) in [
        ("engine_try", json!({ "draft": draft(3, "node3"), "id": null })),
        ("engine_add", json!({ "draft": draft(3, "node3") })),
        ("engine_add", json!({ "draft": draft(3, "again") })),
        (
            "engine_try",
            json!({ "draft": { "name": 1, "tls": { "key": pem("client-key.pem") } }, "id": null }),
        ),
        ("local_socket", json!({})),
    ] {
        let answer = client.call(call, &arguments).await;
        answers += &format!("{:?}{}", answer.headers, answer.text);
    }
    assert!(answers.contains("\"node3\""), "{answers}");
    for page in [
        "/",
        "/engines",
        "/engines/node3",
        "/engines/node3/edit",
        "/settings",
        "/welcome",
        "/metrics",
    ] {
        answers += &client.get(page).await.text;
    }
    let mut socket = client.socket("/socket/live").await;
    socket.send(r#"{"subscribe":{"sub":1,"view":"engines"}}"#).await;
    answers += &socket
        .until(|frame| frame["whole"]["data"]["engines"][0]["health"] == "up")
        .await
        .to_string();
    answers += &server.client().sign_in("admin", "a-wrong-password-of-mine").await.text;
    let session = client.cookies["shipyard"].clone();
    drop(server);

    let (log, data) = (yard.log(), yard.bytes_below("data"));
    let (key, certificate) = (pem("client-key.pem"), pem("client-cert.pem"));
    for secret in [needle(&key), PASSWORD, "a-wrong-password-of-mine", session.as_str()] {
        assert!(!answers.contains(secret), "an answer holds {secret}");
        assert!(!log.contains(secret), "the log holds {secret}");
        assert!(
            !data.windows(secret.len()).any(|part| part == secret.as_bytes()),
            "the data folder holds {secret}"
        );
    }
    let certificate = needle(&certificate);
    assert!(!log.contains(certificate) && !answers.contains(certificate));
    let hash = b"$argon2id$";
    assert!(!answers.contains("$argon2id$") && !log.contains("$argon2id$"));
    assert!(
        data.windows(hash.len()).any(|part| part == hash),
        "the search finds what is there"
    );
}

#[tokio::test]
async fn what_an_engine_says_is_text_in_the_page() {
    const HOSTILE: &str = "</script><script>alert(1)</script><!--&\u{2028}";
    let server = Yard::new().start();
    let mut client = signed_in(&server).await;
    let answer = client.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut socket = client.socket("/socket/live").await;
    socket.send(r#"{"subscribe":{"sub":1,"view":"engines"}}"#).await;
    socket
        .until(|frame| frame["whole"]["data"]["engines"][0]["health"] == "up")
        .await;

    let name = format!("servertest-{}", std::process::id());
    let spec = json!({
        "image": "busybox:lab", "name": name, "command": ["sleep", "60"], "env": [], "ports": [], "volumes": [], "network": "",
        "restart": "no", "cpus": 0, "memory": 0, "labels": [["com.docker.compose.project", HOSTILE]],
    });
    let request = json!({ "spec": spec, "copies": { "total": 1 }, "target": "all", "strategy": "spread", "pull": "never", "undo_on_failure": true });
    let answer = client.call("deploy", &json!({ "request": request })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    socket
        .send(
            &json!({ "subscribe": { "sub": 2, "view": { "containers": { "query": { "text": name } } } } }).to_string(),
        )
        .await;
    let row = |frame: &Value| {
        frame["whole"]["data"]["containers"]["rows"]
            .as_array()
            .or(frame["patch"]["patch"]["rows"].as_array())
            .and_then(|rows| rows.first().cloned())
    };
    let frame = socket.until(|frame| row(frame).is_some()).await;
    let at = row(&frame).unwrap()["at"].clone();

    let page = client.get(&format!("/containers?q={name}")).await;
    let removed = client
        .call("containers_act", &json!({ "verb": "remove", "targets": [at] }))
        .await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    assert_eq!(
        page.boot()["first"]["data"]["containers"]["rows"][0]["stack"],
        HOSTILE,
        "it means the same"
    );
    assert!(
        !page.text.contains("<script>alert") && !page.text.contains("\u{2028}"),
        "it is not markup"
    );
    tokio::time::sleep(Duration::from_secs(1)).await;
}
