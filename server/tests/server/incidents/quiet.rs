//! What the original gave away without being asked: keys, tokens, telemetry, open daemons, redeploys.
use super::begin;
use crate::lab::{docker_socket, draft, pem};
use crate::people::{grant, invited, machine};
use crate::support::{PASSWORD, Yard, signed_in};
use http::Method;
use serde_json::{Value, json};
use std::collections::HashSet;
use tokio::net::{TcpListener, UnixStream};

/// Who could list engines got the keys of all of them.
#[tokio::test]
async fn sh03_no_list_of_engines_holds_a_key() {
    let (server, mut admin) = begin().await;
    let added = admin.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    let viewer = invited(&server, &mut admin, "viewer", &[grant("viewer", None)]).await;
    let robot = machine(&server, &mut admin, &[]).await;
    let mut original = server.client();
    let service_key = robot.headers.first().unwrap().1.replace("Bearer ", "");
    original.headers.push(("x-service-key", service_key));
    let key = pem("client-key.pem");
    let secret: Vec<_> = key.lines().filter(|line| line.len() == 64).collect();
    assert!(!secret.is_empty());
    for (mut client, path) in [
        (admin.clone(), "/engines"),
        (viewer.clone(), "/engines"),
        (robot.clone(), "/api/v1/engines"),
        (robot, "/api/v1/engines/node1"),
        (original.clone(), "/api/engines"),
        (original, "/api/engines/node1"),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text.contains("node1"), "{path}: {}", answer.text);
        assert!(!answer.text.contains("PRIVATE KEY"), "{path}");
        assert!(secret.iter().all(|line| !answer.text.contains(line)), "{path}");
    }
}

/// Tokens lay in clear in the database and never ended.
#[tokio::test]
async fn sh12_a_token_is_kept_as_a_hash_and_ends() {
    let yard = Yard::new();
    let server = yard.start();
    let mut admin = signed_in(&server).await;
    let mut robot = machine(&server, &mut admin, &[]).await;
    assert_eq!(robot.get("/api/session").await.status, 200);
    let text = robot.headers.first().unwrap().1.clone();
    let (id, secret) = text.strip_prefix("Bearer shp_").unwrap().split_once('_').unwrap();
    server.kill();
    let data = yard.bytes_below("data");
    let holds = |needle: &str| data.windows(needle.len()).any(|part| part == needle.as_bytes());
    assert!(holds(id) && !holds(secret));
    yard.end_token(id).await;
    let server = yard.start();
    robot.address.clone_from(&server.address);
    assert_eq!(robot.get("/api/session").await.status, 401);
    assert_eq!(robot.call("access", &json!({})).await.status, 401);
}

/// A webhook was taken when its repository's name was a part of the image's.
#[tokio::test]
async fn sh13_a_webhook_is_for_its_image_and_for_no_part_of_its_name() {
    let (server, admin) = begin().await;
    let named = json!({ "name": "admin", "password": PASSWORD });
    let opened = server.client().api(Method::POST, "/session", &named).await.json();
    let mut program = server.client().bearer(opened["session"].as_str().unwrap());
    let new = json!({ "image": "team/web", "kind": "docker-hub" });
    let made = program.api(Method::POST, "/webhooks/keys", &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = made.json()["path"].as_str().unwrap().to_owned();
    for (image, status) in [
        ("team/web", 200),
        ("team/we", 404),
        ("web", 404),
        ("team/web2", 404),
        ("evil/team/web", 404),
        ("evil.example/team/web", 404),
        ("", 404),
    ] {
        let body = json!({ "repository": { "repo_name": image }, "push_data": { "tag": "latest" } }).to_string();
        let headers = [("content-type", "application/json")];
        let answer = server.client().send(Method::POST, &path, &headers, body).await;
        let refused = [status, 400].contains(&answer.status) && status != 200;
        assert!(answer.status == status || refused, "“{image}”: {}", answer.text);
    }
    drop(admin);
}

/// The machine's MAC address went to its makers over plain HTTP, at every start, unless one found the switch.
#[tokio::test]
async fn sh15_nobody_is_called_who_was_not_named() {
    let (server, mut admin) = begin().await;
    let port = server.address.rsplit(':').next().unwrap().parse().unwrap();
    for _ in 0..20 {
        for path in ["/", "/engines", "/settings", "/doctor", "/api/v1/version"] {
            assert_eq!(admin.get(path).await.status, 200, "{path}");
        }
        assert_eq!(outward(server.pid(), port), Vec::<String>::new());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    // The look finds what is there: an engine that was named.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut other = admin.clone();
    let trying = tokio::spawn(async move {
        let arguments = json!({ "draft": super::draft(&address), "id": null });
        other.call("engine_try", &arguments).await
    });
    let _accepted = listener.accept().await.unwrap();
    assert_eq!(outward(server.pid(), port).len(), 1);
    trying.abort();
}

/// Connections of a process that it did not accept on its own port, and all that it says over UDP.
fn outward(pid: u32, port: u16) -> Vec<String> {
    let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = fds.filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok());
    let inodes: HashSet<String> = links
        .filter_map(|link| {
            let text = link.to_string_lossy().into_owned();
            Some(text.strip_prefix("socket:[")?.trim_end_matches(']').to_owned())
        })
        .collect();
    let mut found = Vec::new();
    for kind in ["tcp", "tcp6", "udp", "udp6"] {
        let table = std::fs::read_to_string(format!("/proc/{pid}/net/{kind}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let local = fields[1].rsplit(':').next().unwrap();
            let own = u16::from_str_radix(local, 16).unwrap() == port;
            if inodes.contains(fields[9]) && !(kind.starts_with("tcp") && own) {
                found.push(line.to_owned());
            }
        }
    }
    found
}

/// The original's own script opened the daemon on 2375 to everybody, and people's machines dug coins.
#[tokio::test]
async fn sh17_a_daemon_in_the_clear_is_called_what_it_is() {
    let (_server, mut admin) = begin().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let relay = tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = UnixStream::connect(docker_socket(1)).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    let mut clear = super::draft(&address);
    clear["name"] = json!("clear");
    let added = admin.call("engine_add", &json!({ "draft": clear })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    let found = admin.call("doctor", &json!({})).await.json();
    let of_it = |finding: &&Value| finding["code"] == "engine-clear" && finding["subject"] == "engine clear";
    let finding = found.as_array().unwrap().iter().find(of_it);
    assert!(finding.is_some_and(|finding| finding["severity"] == "bad"), "{found}");
    relay.abort();
}
