//! What has no end of its own: measurements, logs, commands.
use crate::client::{Engine, Reply};
use crate::sides::{IMAGE, Sides, assert_alike, compare};
use http::Method;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A container that runs on both sides and writes to both of its outputs.
async fn running(tty: bool) -> (Sides, String) {
    let sides = Sides::new().await;
    let name = sides.name.clone();
    let script = "while :; do echo out; echo err >&2; sleep 0.2; done";
    sides
        .create(
            &name,
            &json!({"Image": IMAGE, "Cmd": ["sh", "-c", script], "Tty": tty, "HostConfig": {"Init": true}}),
        )
        .await;
    sides
        .ask(&Method::POST, &format!("/v1.41/containers/{name}/start"), None)
        .await;
    (sides, name)
}

#[tokio::test]
async fn measurements_are_alike() {
    let (sides, name) = running(false).await;
    let path = format!("/v1.41/containers/{name}/stats");
    let time = Duration::from_secs(6);
    let (real, sim) = tokio::join!(
        sides.real.read(&Method::GET, &path, None, time),
        sides.sim.read(&Method::GET, &path, None, time)
    );
    sides.clean_up().await;
    let mut problems = compare(&path, &real, &sim);
    // The lab's disks may count or not; where they do, as here.
    problems.retain(|problem| !problem.contains("io_service_bytes_recursive[]"));
    assert_alike(&problems);
    for reply in [&real, &sim] {
        let lines = reply.lines();
        assert!((2..=8).contains(&lines.len()), "{} in {time:?}", lines.len());
        assert_eq!(lines[0]["preread"], "0001-01-01T00:00:00Z");
        assert_eq!(lines[1]["preread"], lines[0]["read"]);
        let used = |n: usize| lines[n]["cpu_stats"]["cpu_usage"]["total_usage"].as_u64().unwrap();
        assert!(used(1) >= used(0));
        assert_eq!(lines[1]["precpu_stats"]["cpu_usage"]["total_usage"], used(0));
    }
}

/// Frames of a log: which output, and the text.
fn frames(reply: &Reply) -> Vec<(u8, String)> {
    let mut frames = Vec::new();
    let mut rest = reply.body.as_ref();
    while rest.len() >= 8 {
        let length = u32::from_be_bytes([rest[4], rest[5], rest[6], rest[7]]) as usize;
        assert_eq!(rest[1..4], [0, 0, 0], "a frame's head");
        if rest.len() < 8 + length {
            break;
        }
        frames.push((rest[0], String::from_utf8(rest[8..8 + length].to_vec()).unwrap()));
        rest = &rest[8 + length..];
    }
    frames
}

async fn logs(engine: &Engine, name: &str, query: &str, time: Duration) -> Reply {
    let path = format!("/v1.41/containers/{name}/logs?{query}");
    engine.read(&Method::GET, &path, None, time).await
}

#[tokio::test]
async fn logs_come_in_the_same_frames() {
    let (sides, name) = running(false).await;
    // Ten lines are there after that.
    tokio::time::sleep(Duration::from_secs(12)).await;
    for (query, time) in [
        ("stdout=1&stderr=1&timestamps=1&tail=10", 5000),
        ("stdout=1&tail=3", 5000),
        ("stdout=1&stderr=1&timestamps=1&follow=1&tail=2", 2500),
    ] {
        let time = Duration::from_millis(time);
        let (real, sim) = tokio::join!(
            logs(&sides.real, &name, query, time),
            logs(&sides.sim, &name, query, time)
        );
        let mut problems = compare(query, &real, &sim);
        // A log is no JSON.
        problems.retain(|problem| !problem.contains(": JSON:"));
        assert_alike(&problems);
        let (real, sim) = (frames(&real), frames(&sim));
        assert!(!real.is_empty() && !sim.is_empty(), "{query}");
        if !query.contains("follow") && query.contains("stderr") {
            assert_eq!((real.len(), sim.len()), (10, 10));
        }
        for (output, text) in real.iter().chain(&sim) {
            assert!(matches!(output, 1 | 2) && text.ends_with('\n'), "{text:?}");
            let stamp = text.split(' ').next().unwrap();
            assert_eq!(
                stamp.len() == 30 && stamp.ends_with('Z'),
                query.contains("timestamps"),
                "{text:?}"
            );
        }
    }
    sides.clean_up().await;
}

/// Starts a command as clients do, writes to it, and yields all that comes.
async fn exec(engine: &Engine, name: &str, tty: bool, upgrade: bool) -> (String, Vec<u8>) {
    let words = ["sh", "-c", "echo hi; echo marker >&2; cat; exit 3"];
    let body = json!({"Cmd": words, "AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "Tty": tty});
    let made = engine
        .post(&format!("/v1.41/containers/{name}/exec"), Some(&body))
        .await;
    assert_eq!(made.status, 201);
    let id = made.json()["Id"].as_str().unwrap().to_owned();
    let start = json!({"Detach": false, "Tty": tty}).to_string();
    let mut socket = engine.connect().await;
    let upgrade = if upgrade {
        "Upgrade: tcp\r\nConnection: Upgrade\r\n"
    } else {
        ""
    };
    let head = format!(
        "POST /v1.41/exec/{id}/start HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n{upgrade}\
         Content-Length: {}\r\n\r\n{start}",
        start.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    let mut read = async |socket: &mut tokio::net::UnixStream, until: &[u8]| {
        let mut buffer = [0; 4096];
        while !all.windows(until.len()).any(|w| w == until) {
            let count = tokio::time::timeout(Duration::from_secs(20), socket.read(&mut buffer))
                .await
                .unwrap();
            match count.unwrap() {
                0 => break,
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
    };
    // Both outputs are there before more is written: two lines that wait in one pipe come as one frame.
    read(&mut socket, b"marker").await;
    read(&mut socket, if tty { b"hi\r\n" } else { b"hi\n" }).await;
    socket.write_all(b"abc\n").await.unwrap();
    read(&mut socket, if tty { b"abc\r\n" } else { b"abc\n" }).await;
    if tty {
        socket.write_all(&[4]).await.unwrap();
    } else {
        socket.shutdown().await.unwrap();
    }
    read(&mut socket, b"never").await;
    (id, all)
}

/// With what a command ended, once it has.
async fn ended(engine: &Engine, id: &str) -> i64 {
    let mut tries = 0;
    loop {
        let now = engine.get(&format!("/v1.41/exec/{id}/json")).await.json();
        if now["Running"] == false {
            return now["ExitCode"].as_i64().unwrap();
        }
        tries += 1;
        assert!(tries < 100, "it runs on");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_command_takes_the_connection_over() {
    let (sides, name) = running(false).await;
    let mut heads = Vec::new();
    for (engine, side) in [(&sides.real, "dockerd"), (&sides.sim, "simulator")] {
        let (id, all) = exec(engine, &name, false, true).await;
        let text = String::from_utf8_lossy(&all).into_owned();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let mut head: Vec<String> = head.lines().map(str::to_owned).collect();
        head.sort();
        heads.push(head);
        let start = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        let reply = Reply {
            status: 101,
            reason: String::new(),
            headers: Default::default(),
            body: all[start..].to_vec().into(),
        };
        let mut frames = frames(&reply);
        frames.sort();
        let wanted = [
            (1, "abc\n".to_owned()),
            (1, "hi\n".to_owned()),
            (2, "marker\n".to_owned()),
        ];
        assert_eq!(frames, wanted, "{side}");
        assert_eq!(ended(engine, &id).await, 3, "{side}");
    }
    assert_eq!(heads[0], heads[1]);
    let (one, two) = tokio::join!(async { exec(&sides.real, &name, false, true).await.0 }, async {
        exec(&sides.sim, &name, false, true).await.0
    });
    ended(&sides.real, &one).await;
    ended(&sides.sim, &two).await;
    let path = |id: &str, rest: &str| format!("/v1.41/exec/{id}/{rest}");
    let mut problems = compare(
        "exec",
        &sides.real.get(&path(&one, "json")).await,
        &sides.sim.get(&path(&two, "json")).await,
    );
    let resize = "resize?h=20&w=80";
    let ours = sides.sim.post(&path(&two, resize), None).await;
    let mut said = sides.real.post(&path(&one, resize), None).await;
    // For a moment after the end dockerd still tries (500); then containerd has forgotten the process before dockerd
    // has forgotten the command, and says so in its own words.
    for _ in 0..50 {
        if said.status != 500 && !String::from_utf8_lossy(&said.body).contains("process does not exist") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        said = sides.real.post(&path(&one, resize), None).await;
    }
    problems.extend(compare(resize, &said, &ours));
    sides.clean_up().await;
    assert_alike(&problems);
}

#[tokio::test]
async fn a_terminal_is_not_framed() {
    let (sides, name) = running(true).await;
    for engine in [&sides.real, &sides.sim] {
        let (_, all) = exec(engine, &name, true, true).await;
        let text = String::from_utf8_lossy(&all).into_owned();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(body.starts_with("hi\r\nmarker\r\n"), "{body:?}");
        assert!(body.contains("abc\r\n"), "{body:?}");
    }
    sides.clean_up().await;
}
