//! Doors that were open, or that opened to what somebody wrote into an address.
use crate::incidents::{begin, deploy, draft};
use crate::people::{CHOSEN, grant, invited, machine, pool};
use crate::support::{PASSWORD, eventually};
use http::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;

/// What an address named as a container was connected to, by anybody (CVE-2018-12678).
#[tokio::test]
async fn portainer_2018_12678_a_name_leads_to_no_address() {
    let (server, mut admin) = begin().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = listener.local_addr().unwrap();
    let operator = invited(&server, &mut admin, "operator", &[grant("operator", None)]).await;
    for engine in [
        target.to_string(),
        format!("http:%2F%2F{target}"),
        format!("..%2F{target}"),
    ] {
        for kind in ["exec", "logs", "stats"] {
            let mut socket = operator.socket(&format!("/socket/{kind}?engine={engine}&name=x")).await;
            if kind == "exec" {
                socket.send(r#"{"run":{"command":["true"]}}"#).await;
            }
            let frame = socket.next().await;
            assert_eq!(frame["failed"]["why"]["code"], "not-found", "{kind} {engine}: {frame}");
        }
    }
    let quiet = tokio::time::timeout(Duration::from_millis(300), listener.accept()).await;
    assert!(quiet.is_err(), "somebody connected");
}

/// Folders of the host and capabilities were kept from people by the page alone (CVE-2020-24263, CVE-2020-24264).
#[tokio::test]
async fn portainer_2020_24263_24264_no_door_allows_what_the_page_hides() {
    let (server, mut admin) = begin().await;
    let mut deployer = invited(&server, &mut admin, "deployer", &[grant("deployer", None)]).await;
    let mut robot = machine(&server, &mut deployer, &[]).await;
    for more in [
        json!({ "volumes": [{ "source": "/", "target": "/host", "read_only": false }] }),
        json!({ "volumes": [{ "source": "/var/run/docker.sock", "target": "/s", "read_only": true }] }),
        json!({ "cap_add": ["SYS_ADMIN"] }),
        json!({ "privileged": true }),
        json!({ "network": "host" }),
    ] {
        let request = deploy(&more)["request"].clone();
        for answer in [
            deployer.call("deploy_plan", &json!({ "request": request })).await,
            robot.api(Method::POST, "/plans", &request).await,
        ] {
            assert_eq!(answer.status, 200, "{more}: {}", answer.text);
            assert!(answer.text.contains("policy.refused"), "{more}: {}", answer.text);
        }
        for answer in [
            deployer.call("deploy", &json!({ "request": request })).await,
            robot.api(Method::POST, "/deploys", &request).await,
        ] {
            assert_eq!(answer.code(), "policy.refused", "{more}: {}", answer.text);
        }
    }
}

/// Files of others were read by counting up an id (CVE-2026-44884).
#[tokio::test]
async fn portainer_2026_44884_anothers_things_are_not_there_by_their_id() {
    let (server, mut admin) = begin().await;
    let mut robot = machine(&server, &mut admin, &[]).await;
    let mut margot = invited(&server, &mut admin, "margot", &[grant("operator", None)]).await;
    let own = admin.call("own", &json!({})).await.json();
    let (token, session) = (own["tokens"][0]["id"].clone(), own["sessions"][0]["id"].clone());
    assert!(token.as_str().unwrap().len() >= 12 && session.as_str().unwrap().len() >= 32);
    for (call, id) in [("token_revoke", &token), ("session_end", &session)] {
        let theirs = margot.call(call, &json!({ "id": id })).await;
        let nobodys = "x".repeat(id.as_str().unwrap().len());
        let missing = margot.call(call, &json!({ "id": nobodys })).await;
        assert_eq!((theirs.status, missing.status), (404, 404), "{call}");
        assert_eq!(
            theirs.text.replace(id.as_str().unwrap(), &nobodys),
            missing.text,
            "{call}"
        );
    }
    assert_eq!(robot.get("/api/session").await.status, 200);
    assert_eq!(admin.get("/api/session").await.status, 200);
}

/// A label of a container was given to a shell (CVE-2026-23520). Nothing here starts a program, so there is nothing to give
/// it to.
#[test]
fn arcane_2026_23520_nothing_starts_a_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The command line runs on a person's own machine, and in nobody's name but theirs; the bench is no part of what is shipped.
    let others = ["cli/src", "bench/src"];
    let kept = |path: &Path| path.ends_with("src") && !others.iter().any(|other| path.ends_with(other));
    let crates = std::fs::read_dir(root.join("crates")).unwrap();
    let crates = crates
        .map(|entry| entry.unwrap().path().join("src"))
        .filter(|path| kept(path));
    let mut files = Vec::new();
    for folder in crates.chain([root.join("server/src"), root.join("app/src")]) {
        sources(&folder, &mut files);
    }
    assert!(files.len() > 200);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in ["process::Command", "Command::new", "libc::exec", "posix_spawn"] {
            assert!(!code.contains(word), "{}: {word}", file.display());
        }
    }
}

/// Sources that are no tests.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            into.push(path);
        }
    }
}

/// Some reading routes asked for no account (CVE-2026-42461).
#[tokio::test]
async fn arcane_2026_42461_no_get_answers_strangers() {
    let (server, mut admin) = begin().await;
    let description = admin.get("/api/v1/openapi.json").await.json();
    let mut asked = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        // Those that the description says are open have another proof: a node's secret.
        let Some(get) = methods.get("get").filter(|get| get.get("security").is_none()) else {
            continue;
        };
        let filled = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part });
        let answer = server.client().get(&filled.collect::<Vec<_>>().join("/")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "signed-out"),
            "{path} {get}"
        );
        asked += 1;
    }
    assert!(asked > 25, "{asked}");
}

/// Somebody of one project changed what holds in all (CVE-2026-47125).
#[tokio::test]
async fn arcane_2026_47125_what_holds_everywhere_is_no_pools() {
    let (server, mut admin) = begin().await;
    pool(&mut admin, "here", "zone", "a").await;
    let mut local = invited(&server, &mut admin, "local", &[grant("admin", Some("here"))]).await;
    let role = json!({ "name": "mine", "meaning": "", "permissions": ["fleet-view"], "built_in": false });
    let wide = json!({ "name": "here", "engines": [{ "key": "zone", "value": "b" }], "profile": "privileged",
        "quota": { "cpus": null, "memory": null, "containers": null } });
    for (call, arguments) in [
        ("role_put", json!({ "role": role })),
        ("pool_put", json!({ "pool": wide })),
        ("pool_remove", json!({ "name": "here" })),
        (
            "account_create",
            json!({ "name": "friend", "grants": [grant("admin", Some("here"))] }),
        ),
        (
            "account_grants",
            json!({ "name": "local", "grants": [grant("admin", None)] }),
        ),
        ("engine_add", json!({ "draft": draft("http://127.0.0.1:1") })),
    ] {
        let answer = local.call(call, &arguments).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{call}");
    }
    let named = json!({ "name": "local", "password": CHOSEN });
    let opened = server.client().api(Method::POST, "/session", &named).await.json();
    let mut program = server.client().bearer(opened["session"].as_str().unwrap());
    for (path, body) in [
        ("/authority/rotate", Value::Null),
        (
            "/hooks",
            json!({ "name": "x", "url": "https://evil.example", "actions": [] }),
        ),
    ] {
        assert_eq!(program.api(Method::POST, path, &body).await.status, 403, "{path}");
    }
}

/// What kept people from addresses of the cloud missed some of their spellings (Dozzle #4887, #4674).
#[tokio::test]
async fn dozzle_4887_no_spelling_leads_to_the_clouds_metadata() {
    let (_server, mut admin) = begin().await;
    for host in [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "0.0.0.0",
        "100.100.100.200",
    ] {
        let arguments = json!({ "draft": draft(&format!("http://{host}:80")), "id": null });
        let answer = admin.call("engine_try", &arguments).await;
        assert_eq!(answer.code(), "engine.off-limits", "{host}: {}", answer.text);
    }
}

/// A name was a part of a command (CVE-2026-45628, CVE-2026-27130, CVE-2026-45662).
#[tokio::test]
async fn dokploy_2026_45628_a_name_is_no_command() {
    let (_server, mut admin) = begin().await;
    for text in ["$(reboot)", "a;reboot", "`reboot`", "a\nreboot", "a'b", "--flag"] {
        let whole = json!({ "name": text, "address": "10.0.0.9", "labels": "", "allow_from": "", "ssh_from": "",
            "shipyard_url": "" });
        let mut address = whole.clone();
        address["name"] = json!("node9");
        address["address"] = json!(text);
        for draft in [whole, address] {
            let answer = admin.call("node_prepare", &json!({ "draft": draft })).await;
            assert_eq!(answer.status, 422, "{draft}: {}", answer.text);
        }
    }
}

/// Who might read containers could read their files, and those of the host behind them (#182).
#[tokio::test]
async fn docker_socket_proxy_182_reading_reads_no_files() {
    let (server, mut admin) = begin().await;
    let mut robot = machine(&server, &mut admin, &[]).await;
    for part in [
        "archive?path=/etc",
        "export",
        "attach",
        "attach/ws",
        "json",
        "top",
        "changes",
        "files",
    ] {
        for path in [
            format!("/api/v1/containers/node1/x/{part}"),
            format!("/api/containers/x/{part}"),
        ] {
            let status = robot.get(&path).await.status;
            assert_eq!(status, 404, "{path}");
        }
    }
}

/// A name that an attacker led to this machine opened what only this machine should reach (CVE-2025-64443).
#[tokio::test]
async fn mcp_gateway_2025_64443_a_rebound_name_opens_nothing() {
    let (server, _admin) = begin().await;
    for path in [
        "/",
        "/login",
        "/api/session",
        "/api/v1/session",
        "/api/engines",
        "/metrics",
        "/socket/live",
        "/hub/webhook/x",
    ] {
        for method in ["GET", "POST"] {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let answer = crate::refusals::raw(&server.address, &head).await;
            assert!(answer.starts_with("HTTP/1.1 421"), "{method} {path}: {answer}");
        }
    }
}

/// Anybody who was signed in could open streams until the machine had no more (GHSA-jg62-j5h6-8mpq).
#[tokio::test]
async fn nezha_jg62_streams_have_a_number() {
    let (server, mut admin) = begin().await;
    let mut robot = machine(&server, &mut admin, &[]).await;
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(robot.events("/operations").await);
    }
    let headers = [("accept", "text/event-stream")];
    let refused = robot
        .send(Method::GET, "/api/v1/operations", &headers, String::new())
        .await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "socket.too-many"));
    for path in [
        "/socket/exec?engine=a&name=b",
        "/socket/live",
        "/api/v1/exec?engine=a&name=b",
    ] {
        assert_eq!(robot.socket_from(path, None).await.err().unwrap().0, 429, "{path}");
    }
    let export = robot.get("/api/v1/activity/export?format=csv").await;
    assert_eq!(export.status, 429);
    drop(open);
    eventually("there is room again", async || {
        robot.get("/api/v1/activity/export?format=csv").await.status == 200
    })
    .await;
}

/// Strangers who asked a question and never answered kept the one place for it (CVE-2026-5807).
#[tokio::test]
async fn vault_2026_5807_strangers_who_begin_lock_nobody_out() {
    let (server, _admin) = begin().await;
    // Passkeys are bound to names, not to addresses.
    let host = server.address.replace("127.0.0.1", "localhost");
    let ask = format!(
        "POST /login/passkey/question HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    for _ in 0..300 {
        let answer = crate::refusals::raw(&server.address, &ask).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(server.client().sign_in("admin", PASSWORD).await.location(), "/");
}
