//! Logs over sockets and streams that are lost and opened again: each line once, and none missing.
use crate::api::program;
use crate::lab::{Running, docker, draft};
use crate::support::{Client, Server, Socket, Yard};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const WRITER: &str = "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo line $i; echo oops $i >&2; \
    [ $((i%5)) = 0 ] && sleep 0.1; done; echo done; exec sleep 1000";

/// A program of the administrator's, on a server that knows node 1.
async fn with_engine(server: &Server) -> Client {
    let mut program = program(server).await;
    let added = program.api(Method::POST, "/engines", &draft(1, "node1")).await;
    assert_eq!(added.status, 201, "{}", added.text);
    program
}

/// Waits until the server knows a container.
async fn known(program: &mut Client, name: &str) {
    for _ in 0..100 {
        let path = format!("/containers/node1/{name}");
        if program.api(Method::GET, &path, &Value::Null).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} is not seen");
}

async fn socket(program: &Client, path: &str) -> Socket {
    let opened = program.socket_from(path, None).await;
    opened.unwrap_or_else(|(status, text)| panic!("{status}: {text}"))
}

/// The lines of a message, by output, and the place after them.
fn gather(told: &Value, out: &mut Vec<String>, err: &mut Vec<String>) -> String {
    for line in told["lines"].as_array().unwrap() {
        let text = line["text"].as_str().unwrap().to_owned();
        if line["output"] == "out" { &mut *out } else { &mut *err }.push(text);
    }
    told["cursor"].as_str().expect("a place").to_owned()
}

/// Held against the engine's own: standard output ends with `done`, standard error has a line for each other.
fn whole(out: &[String], err: &[String], name: &str) {
    let count = out.len() - 1;
    assert_eq!(out.last().unwrap(), "done");
    let numbered = |word: &str| (1..=count).map(|n| format!("{word} {n}")).collect::<Vec<_>>();
    assert_eq!(out[..count], numbered("line"));
    assert_eq!(err, numbered("oops"));
    let told = docker(1, &["logs", name]);
    assert_eq!(told.lines().count(), out.len());
}

#[tokio::test]
async fn a_socket_that_is_lost_goes_on_by_its_cursor() {
    let name = "logs-again";
    let _running = Running::new(1, name, WRITER);
    let server = Yard::new().start();
    let mut client = with_engine(&server).await;
    known(&mut client, name).await;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let path = format!("/socket/logs?engine=node1&name={name}");
    let mut cursor = None::<String>;
    let mut round = 0;
    while out.last().is_none_or(|last| last != "done") {
        let from = cursor
            .as_ref()
            .map_or("&tail=10000".to_owned(), |at| format!("&after={at}"));
        let mut opened = socket(&client, &format!("{path}{from}")).await;
        // Lost after a few messages, or in the middle of nothing; the log goes on meanwhile.
        for _ in 0..=round % 4 {
            let frame = opened.next().await;
            cursor = Some(gather(&frame["lines"], &mut out, &mut err));
            if out.last().is_some_and(|last| last == "done") {
                break;
            }
        }
        drop(opened);
        round += 1;
        // Longer than a tail stays without a reader, once.
        let away = if round == 5 { 7000 } else { 150 };
        tokio::time::sleep(Duration::from_millis(away)).await;
        if round == 12 {
            docker(1, &["exec", name, "touch", "/stop"]);
        }
    }
    assert!(round > 12 && out.len() > 300, "{round} rounds, {} lines", out.len());
    while err.len() < out.len() - 1 {
        let mut opened = socket(&client, &format!("{path}&after={}", cursor.unwrap())).await;
        cursor = Some(gather(&opened.next().await["lines"], &mut out, &mut err));
    }
    whole(&out, &err, name);
}

#[tokio::test]
async fn a_server_that_is_started_again_goes_on_as_well_and_so_does_a_program() {
    let name = "logs-restart";
    let _running = Running::new(1, name, WRITER);
    let yard = Yard::new();
    let server = yard.start();
    let mut client = with_engine(&server).await;
    known(&mut client, name).await;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let path = format!("/containers/node1/{name}/logs?follow=true");
    let mut events = client.events(&path).await;
    let first = gather(&events.until("lines", |_| true).await, &mut out, &mut err);
    let mut cursor = first.clone();
    while out.len() < 300 {
        cursor = gather(&events.until("lines", |_| true).await, &mut out, &mut err);
    }
    drop(events);
    server.kill();
    docker(1, &["exec", name, "touch", "/stop"]);
    let server = yard.start();
    client.address.clone_from(&server.address);
    known(&mut client, name).await;
    // Where the place is known, `since` means nothing.
    let mut events = client
        .events(&format!("{path}&since=99999999999999&after={cursor}"))
        .await;
    while out.last().is_none_or(|last| last != "done") || err.len() + 1 < out.len() {
        gather(&events.until("lines", |_| true).await, &mut out, &mut err);
    }
    whole(&out, &err, name);
    // A place that is too far back for what is asked for is told apart from one that is there.
    let mut opened = socket(
        &client,
        &format!("/socket/logs?engine=node1&name={name}&tail=10&after={first}"),
    )
    .await;
    assert_eq!(opened.next().await, json!("gap"));
    let (mut newest, mut oops) = (Vec::new(), Vec::new());
    while newest.len() + oops.len() < 10 {
        gather(&opened.next().await["lines"], &mut newest, &mut oops);
    }
    assert!(out.ends_with(&newest) && err.ends_with(&oops));
    // What is no place.
    let mut opened = socket(
        &client,
        &format!("/socket/logs?engine=node1&name={name}&after=yesterday"),
    )
    .await;
    assert_eq!(opened.next().await["failed"]["why"]["code"], "logs.bad-cursor");
    let refused = client.get(&format!("/api/v1{path}&after=1-2")).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "logs.bad-cursor"));
}
