//! What the server refuses: those it does not know, other sites, other names, what is too large or no call.
use crate::incidents::SOCKETS;
use crate::support::{Yard, signed_in};
use http::Method;
use serde_json::json;

/// Everything that is not there for strangers.
const PAGES: [&str; 13] = [
    "/",
    "/containers",
    "/containers/node1/web",
    "/containers/node1/web/logs",
    "/deploy",
    "/engines",
    "/engines/add",
    "/operations",
    "/operations/1",
    "/settings",
    "/activity",
    "/activity/export?format=csv",
    "/nowhere",
];

#[tokio::test]
async fn strangers_get_nothing() {
    let server = Yard::new().start();
    let mut stranger = server.client();
    let mut forger = server.client();
    forger
        .cookies
        .insert("shipyard".into(), "AAAAAAAAAAAAAAAAAAAAAA".into());
    for client in [&mut stranger, &mut forger] {
        for page in PAGES {
            let answer = client.get(page).await;
            assert_eq!(answer.status, 303, "{page}");
            assert!(answer.location().starts_with("/login"), "{page}");
            assert!(answer.text.is_empty(), "{page}");
        }
        let calls = shipyard_app::calls::register();
        assert!(!calls.is_empty());
        for path in calls {
            let name = path.strip_prefix("/api/fn/").unwrap();
            let answer = client.call(name, &json!({})).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "signed-out"), "{path}");
        }
        for path in [
            "/api/session",
            "/api/fn/nothing",
            "/api/nothing",
            "/socket/nothing",
            "/socket/live",
        ] {
            assert_eq!(client.get(path).await.status, 401, "{path}");
        }
        let origin = format!("http://{}", server.address);
        for path in SOCKETS {
            let (status, text) = client.socket_from(path, Some(&origin)).await.err().unwrap();
            assert_eq!(status, 401, "{path}");
            assert!(text.is_empty() || text.contains("signed-out"), "{text}");
        }
        assert_eq!(client.get("/healthz").await.status, 200);
        assert_eq!(client.get("/readyz").await.status, 200);
    }
}

/// The list of calls is the list of what is registered: a call that somebody adds must be named in `register`.
#[test]
fn every_server_function_is_listed_and_none_is_a_get() {
    let listed: std::collections::BTreeSet<_> = shipyard_app::calls::register().into_iter().collect();
    let registered: Vec<_> = server_fn::axum::server_fn_paths().collect();
    assert_eq!(listed, registered.iter().map(|(path, _)| *path).collect());
    assert!(registered.iter().all(|(_, method)| *method == Method::POST));
}

#[tokio::test]
async fn other_sites_can_neither_post_nor_open_sockets() {
    let server = Yard::new().start();
    let mut client = signed_in(&server).await;
    let strange = [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site"), ("origin", "http://other.localhost")],
    ];
    for headers in strange {
        for path in ["/login", "/logout", "/welcome", "/api/fn/local_socket"] {
            let mut all = headers.clone();
            all.push(("content-type", "application/json"));
            let answer = client.send(Method::POST, path, &all, "{}".into()).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "cross-origin"),
                "{path} {headers:?}"
            );
        }
    }
    for origin in [
        None,
        Some("null"),
        Some("https://evil.example"),
        Some("http://localhost"),
    ] {
        for path in SOCKETS {
            let (status, _) = client.socket_from(path, origin).await.err().unwrap();
            assert_eq!(status, 403, "{path} {origin:?}");
        }
    }
    assert_eq!(client.get("/").await.status, 200, "none of it signed anybody out");
}

#[tokio::test]
async fn calls_are_json_by_post_and_nothing_else() {
    let server = Yard::new().start();
    let mut client = signed_in(&server).await;
    let path = "/api/fn/local_socket";
    let json = ("content-type", "application/json");
    assert_eq!(client.send(Method::POST, path, &[json], "{}".into()).await.status, 200);
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ] {
        let answer = client
            .send(Method::POST, path, &[("content-type", media)], "{}".into())
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "call.not-json"),
            "{media}"
        );
    }
    let html = [json, ("accept", "text/html"), ("referer", "http://evil.example/")];
    let answer = client.send(Method::POST, path, &html, "{}".into()).await;
    assert_eq!((answer.status, answer.location()), (406, ""));
    assert_eq!(client.get(path).await.status, 405);
    assert_eq!(client.call("nothing", &json!({})).await.code(), "no-such-address");

    // What cannot be read is answered without quoting it.
    let answer = client
        .call("engine_remove", &json!({ "id": { "quoted": "back" } }))
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "call.malformed"));
    assert!(!answer.text.contains("quoted"));
    // A name that nobody knows is told, as the HTTP API does; what stands behind it is not.
    let unknown = crate::incidents::deploy(&json!({ "force": "hunter2" }));
    let answer = client.call("deploy_plan", &unknown).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "call.misnamed"));
    assert!(answer.text.contains("unknown field `force`"), "{}", answer.text);
    assert_eq!(answer.json()["field"], "force");
    assert!(!answer.text.contains("hunter2"));
    let answer = client.call("engine_remove", &json!({ "id": "none" })).await;
    assert_eq!(
        answer.status, 404,
        "a use case's problem has its own status: {}",
        answer.text
    );

    let large = "x".repeat(1024 * 1024 + 1);
    assert_eq!(client.send(Method::POST, path, &[json], large).await.status, 413);
}

#[tokio::test]
async fn a_name_that_is_not_ours_is_refused() {
    let server = Yard::new().start();
    let mut client = server.client();
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    let ask = |host: String| format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    for (host, status) in [
        (format!("evil.example:{port}"), "421"),
        (format!("localhost:{port}"), "200"),
        (server.address.clone(), "200"),
    ] {
        let answer = raw(&server.address, &ask(host.clone())).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {answer}");
    }
    assert_eq!(client.get("/healthz").await.text, "ok\n");
}

/// Listening for others too, names are refused that nobody gave: a rebound one would be as good as any.
#[tokio::test]
async fn nor_is_a_name_taken_beyond_loopback_that_nobody_gave() {
    let ask = |host: &str| format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    for (flags, evil, ours) in [
        (&[][..], "421", "421"),
        (&["--allowed-hosts", "yard.example,Other.example"], "421", "200"),
        (&["--public-url", "https://yard.example"], "421", "200"),
    ] {
        let yard = Yard::new();
        let _server = yard.start_with(&[&["--listen", "0.0.0.0:0"], flags].concat(), &[]);
        // What it greets with is the public URL where there is one, so its port is read from the log.
        let address = loop {
            let log = yard.log();
            if let Some((_, rest)) = log.split_once("address=0.0.0.0:") {
                let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break format!("127.0.0.1:{port}");
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        for (host, status) in [
            ("evil.example", evil),
            ("yard.example", ours),
            ("127.0.0.1", "200"),
            ("localhost", "200"),
        ] {
            let answer = raw(&address, &ask(host)).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{flags:?} {host}: {answer}"
            );
        }
        assert_eq!(
            yard.log().contains("--allowed-hosts"),
            flags.is_empty(),
            "{}",
            yard.log()
        );
    }
}

/// What a server answers to a request that is written by hand.
pub(crate) async fn raw(address: &str, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}
