//! What every answer carries, and files.
use crate::support::{Yard, signed_in};

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let server = Yard::new().start();
    let mut client = signed_in(&server).await;
    for path in [
        "/",
        "/login",
        "/nowhere",
        "/api/session",
        "/api/nothing",
        "/healthz",
        "/assets/app-0123abcd.js",
        "/assets/none.js",
        "/socket/live",
    ] {
        let answer = client.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        let kept = path == "/assets/app-0123abcd.js";
        let cache = if kept {
            "public, max-age=31536000, immutable"
        } else {
            "no-store"
        };
        assert_eq!(answer.header("cache-control"), cache, "{path}");
    }
}

#[tokio::test]
async fn pages_have_nothing_inline() {
    let server = Yard::new().start();
    let mut client = signed_in(&server).await;
    for path in ["/", "/containers", "/welcome", "/nowhere"] {
        let text = client.get(path).await.text;
        assert!(
            !text.contains("style=") && !text.contains("onclick") && !text.contains("<style"),
            "{path}"
        );
        for (_, script) in text.match_indices("<script").map(|(at, _)| text.split_at(at)) {
            let tag = script.split('>').next().unwrap();
            assert!(
                tag.contains("src=\"/assets/") || tag.contains("type=\"application/json\""),
                "{tag}"
            );
        }
    }
}

#[tokio::test]
async fn an_address_that_no_page_has_is_a_404_with_the_shell() {
    let server = Yard::new().start();
    let mut client = signed_in(&server).await;
    for (path, status) in [
        ("/settings", 200),
        ("/engines/add", 200),
        ("/nowhere", 404),
        ("/containers/a", 404),
        ("/assets/none.js", 404),
    ] {
        assert_eq!(client.get(path).await.status, status, "{path}");
    }
    let shell = client.get("/nowhere").await;
    assert_eq!(shell.boot()["first"], serde_json::Value::Null);
    for part in [
        "id=\"shell\"",
        "class=\"side\"",
        "id=\"boot-error\"",
        "<noscript>",
        "rel=\"modulepreload\"",
        "aria-current=\"page\"",
    ] {
        assert!(client.get("/").await.text.contains(part), "{part}");
    }
    let chunk = "<link rel=\"preload\" href=\"/assets/split_admin-0123abcd.wasm\" as=\"fetch\" crossorigin>";
    assert!(client.get("/settings").await.text.contains(chunk));
    assert!(!client.get("/").await.text.contains(chunk));
}

#[tokio::test]
async fn files_are_served_compressed_and_never_from_outside() {
    let yard = Yard::new();
    std::fs::write(yard.path("site/assets/app-0123abcd.js.br"), "packed").unwrap();
    let server = yard.start();
    let mut client = server.client();
    client.headers.push(("accept-encoding", "br".into()));
    let answer = client.get("/assets/app-0123abcd.js").await;
    assert_eq!(
        (answer.header("content-encoding"), answer.text.as_str()),
        ("br", "packed")
    );
    assert_eq!(
        client.get("/assets/app-0123abcd.wasm").await.header("content-type"),
        "application/wasm"
    );
    for path in [
        "/assets/../manifest.json",
        "/assets/%2e%2e/manifest.json",
        "/assets/..%2f..%2fmaster.key",
        "/manifest.json",
    ] {
        assert_ne!(client.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_server_without_an_interface_says_what_to_do() {
    let yard = Yard::new();
    std::fs::remove_dir_all(yard.path("site")).unwrap();
    let server = yard.start();
    let mut client = signed_in(&server).await;
    let answer = client.get("/").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("./x build"), "{}", answer.text);
}
