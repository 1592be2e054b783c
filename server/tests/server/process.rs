//! The process: how it starts, refuses to start, and ends.
use crate::support::{Yard, eventually, signed_in};
use std::process::Output;
use std::time::Duration;

fn refused(yard: &Yard, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = yard.command().args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_bad_configuration_is_refused_in_one_sentence() {
    let yard = Yard::new();
    let (code, said) = refused(&yard, &["--no-such-flag"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = refused(&yard, &["--listen", "nowhere"]);
    assert_eq!(code, Some(2), "{said}");
    for arguments in [
        ["--public-url", "ftp://yard"],
        ["--config", "/no/such/file.toml"],
        ["--log", "=nonsense="],
        ["--admin-password-file", "/no/such/file"],
    ] {
        let (code, said) = refused(&yard, &arguments);
        assert_eq!(code, Some(78), "{arguments:?}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
    }
    assert!(!yard.path("data").exists(), "nothing was made");
}

#[test]
fn a_weak_first_password_is_refused_before_anything_listens() {
    let yard = Yard::new();
    std::fs::write(yard.path("password"), "short").unwrap();
    let file = yard.path("password");
    let (code, said) = refused(
        &yard,
        &[
            "--listen",
            "127.0.0.1:0",
            "--admin-password-file",
            file.to_str().unwrap(),
        ],
    );
    assert_eq!(code, Some(78), "{said}");
    assert!(!said.contains("short\n"));
}

#[tokio::test]
async fn a_data_folder_has_one_server_and_its_own_key() {
    let yard = Yard::new();
    let server = yard.start();
    let (code, said) = refused(&yard, &["--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(78), "{said}");
    let (code, said) = refused(&yard, &["--listen", &server.address]);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("cannot listen"), "{said}");
    drop(server);
    std::fs::remove_file(yard.path("master.key")).unwrap();
    let (code, said) = refused(&yard, &["--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("key"), "{said}");
}

#[tokio::test]
async fn sigterm_ends_in_order() {
    let yard = Yard::new();
    let mut server = yard.start();
    let client = signed_in(&server).await;
    let mut socket = client.socket("/socket/live").await;
    assert!(socket.next().await["hello"].is_object());
    server.signal("TERM");
    assert_eq!(socket.closed(Duration::from_secs(5)).await, 1001);
    let status = server.ended(Duration::from_secs(10));
    assert_eq!(status.code(), Some(0), "{}", yard.log());
    assert!(yard.log().contains("stopped"));
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let yard = Yard::new();
    let mut server = yard.start();
    // A request that never ends keeps the first signal waiting.
    let mut stuck = tokio::net::TcpStream::connect(&server.address).await.unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n",
        server.address
    );
    tokio::io::AsyncWriteExt::write_all(&mut stuck, head.as_bytes())
        .await
        .unwrap();
    let mut answer = [0; 21];
    tokio::io::AsyncReadExt::read_exact(&mut stuck, &mut answer)
        .await
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue");
    server.signal("TERM");
    eventually("it heard the first", async || yard.log().contains("stopping;")).await;
    server.signal("INT");
    assert_eq!(server.ended(Duration::from_secs(20)).code(), Some(130));
}

#[tokio::test]
async fn the_log_is_one_json_object_a_line() {
    let yard = Yard::new();
    let server = yard.start_with(
        &["--listen", "127.0.0.1:0"],
        &[("SHIPYARD_LOG_FORMAT", "json"), ("SHIPYARD_LOG", "trace")],
    );
    let mut client = signed_in(&server).await;
    client.get("/containers?q=not-for-the-log").await;
    drop(server);
    let log = yard.log();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = lines.iter().find(|line| line["route"] == "/containers").unwrap();
    assert_eq!(
        (request["status"].as_u64(), request["account"].as_str()),
        (Some(200), Some("admin"))
    );
    assert!(!log.contains("not-for-the-log"), "queries stay out of the log");
    let chatty = lines
        .iter()
        .find(|line| line["target"].as_str().unwrap().starts_with("hyper") && line["level"] != "INFO");
    assert_eq!(chatty, None);
}
