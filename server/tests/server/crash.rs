//! Operations that are cut off by a kill of the server, at each of their steps: after the restart they are finished or undone, and
//! say which; what ran runs, and nothing is left over.
use crate::lab::{docker, draft};
use crate::support::{Client, Server, Yard, signed_in};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::sleep;

/// They have the same containers.
static TURN: Mutex<()> = Mutex::const_new(());

const NAME: &str = "crash-web";
const SIDE: &str = "crash-web-side";
const CHANGE: &str = "/api/v1/containers/node2/crash-web/change";
/// More steps than any operation here has.
const MOST: usize = 40;

fn start(yard: &Yard, stop_at: Option<usize>) -> Server {
    let at = stop_at.map(|step| step.to_string()).unwrap_or_default();
    yard.start_with(&["--listen", "127.0.0.1:0"], &[("SHIPYARD_TEST_STOP_AT_STEP", &at)])
}

fn sweep() {
    let ids = docker(2, &["ps", "-aq", "--filter", "name=crash-web"]);
    let ids: Vec<_> = ids.split_whitespace().collect();
    if !ids.is_empty() {
        docker(2, &[&["rm", "-f"], &*ids].concat());
    }
}

async fn get(client: &mut Client, path: &str) -> Value {
    client.get(path).await.json()
}

/// Waits until the engine answers and the server shows a container.
async fn shown(client: &mut Client, name: &str) {
    for _ in 0..100 {
        let answer = client.get(&format!("/api/v1/containers/node2/{name}")).await;
        if answer.status == 200 {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} is not shown");
}

/// Begins an operation, once the engine is connected to.
async fn begin(client: &mut Client, path: &str, body: &Value) -> Value {
    let origin = format!("http://{}", client.address);
    let headers = [("origin", &*origin), ("content-type", "application/json")];
    let mut refused = String::new();
    for _ in 0..100 {
        let answer = client.send(http::Method::POST, path, &headers, body.to_string()).await;
        if answer.status == 202 {
            return answer.json();
        }
        let none_yet = answer.status == 409 && answer.json()["code"] == "deploy.none-reachable";
        assert!(
            none_yet || [422, 503].contains(&answer.status),
            "{} {}",
            answer.status,
            answer.text
        );
        refused = answer.text;
        sleep(Duration::from_millis(100)).await;
    }
    panic!("it does not begin: {refused}");
}

/// Waits until the operation ended, or stopped where it was told to; whether it ended.
async fn ended_or_stopped(yard: &Yard, client: &mut Client, id: &str, stops: usize) -> bool {
    for _ in 0..300 {
        if yard.log().matches("stopped for a test").count() > stops {
            return false;
        }
        if !get(client, &format!("/api/v1/operations/{id}")).await["finished"].is_null() {
            return true;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it neither ended nor stopped: {}", yard.log());
}

async fn ended(client: &mut Client, id: &str) -> Value {
    for _ in 0..300 {
        let operation = get(client, &format!("/api/v1/operations/{id}")).await;
        if !operation["finished"].is_null() {
            return operation;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("it did not end after the restart");
}

/// Kills the server at every step of what `begin` begins, one after the other; `good` looks at what is there after each
/// restart. Yields what each restart did.
async fn killed_at_each_step(
    yard: &Yard,
    path: &str,
    body: &Value,
    end: &str,
    prepare: impl Fn(),
    good: impl Fn(&Value, usize),
) -> Vec<String> {
    let mut did = Vec::new();
    let mut client = signed_in_and_added(yard).await;
    for step in 1..MOST {
        prepare();
        let stops = yard.log().matches("stopped for a test").count();
        let server = start(yard, Some(step));
        client.address.clone_from(&server.address);
        if path == CHANGE {
            shown(&mut client, NAME).await;
        }
        let operation = begin(&mut client, path, body).await;
        let id = operation["id"].as_str().unwrap().to_owned();
        let whole = ended_or_stopped(yard, &mut client, &id, stops).await;
        server.kill();
        let server = start(yard, None);
        client.address.clone_from(&server.address);
        let operation = ended(&mut client, &id).await;
        good(&operation, step);
        if whole {
            assert!(operation["targets"][0]["recovered"].is_null(), "{operation}");
            assert!(
                operation["targets"][0]["state"].to_string().contains(end),
                "{operation}"
            );
            sweep();
            return did;
        }
        did.push(
            operation["targets"][0]["recovered"]
                .as_str()
                .unwrap_or("nothing")
                .to_owned(),
        );
    }
    panic!("it has more than {MOST} steps");
}

async fn signed_in_and_added(yard: &Yard) -> Client {
    let server = yard.start();
    let mut client = signed_in(&server).await;
    let answer = client.call("engine_add", &json!({ "draft": draft(2, "node2") })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    client
}

fn lines(arguments: &[&str]) -> Vec<String> {
    let mut lines: Vec<_> = docker(2, arguments).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_recreate_is_finished_or_undone_after_a_kill_at_each_of_its_steps() {
    let _turn = TURN.lock().await;
    let yard = Yard::new();
    let prepare = || {
        sweep();
        let usual = ["run", "-d", "--stop-timeout", "1", "--name"];
        docker(2, &[&usual[..], &[NAME, "busybox:lab", "sleep", "1000"]].concat());
        docker(
            2,
            &[
                &usual[..],
                &[SIDE, "--network", "container:crash-web", "busybox:lab", "sleep", "1000"],
            ]
            .concat(),
        );
    };
    let good = |operation: &Value, step: usize| {
        let names = [
            "ps",
            "-a",
            "--filter",
            "name=crash-web",
            "--format",
            "{{.Names}} {{.State}}",
        ];
        assert_eq!(
            lines(&names),
            [format!("{NAME} running"), format!("{SIDE} running")],
            "killed before step {step}: {operation}"
        );
        let id = docker(2, &["inspect", "-f", "{{.Id}}", NAME]);
        let on = docker(2, &["inspect", "-f", "{{.HostConfig.NetworkMode}}", SIDE]);
        assert_eq!(
            on.trim(),
            format!("container:{}", id.trim()),
            "they go together: step {step}"
        );
    };
    let did = killed_at_each_step(&yard, CHANGE, &json!({ "recreate": true }), "done", prepare, good).await;
    assert!(did.len() > 10, "{did:?}");
    let first_finished = did.iter().position(|it| it == "finished").unwrap();
    assert!(
        did[..first_finished]
            .iter()
            .all(|it| it == "put-back" || it == "not-begun"),
        "{did:?}"
    );
    assert!(did[first_finished..].iter().all(|it| it == "finished"), "{did:?}");
}

#[tokio::test]
async fn one_that_is_being_put_back_is_put_back_after_a_kill_at_each_of_its_steps() {
    let _turn = TURN.lock().await;
    let yard = Yard::new();
    let prepare = || {
        sweep();
        docker(
            2,
            &[
                "run",
                "-d",
                "--stop-timeout",
                "1",
                "--name",
                NAME,
                "busybox:lab",
                "sleep",
                "1000",
            ],
        );
    };
    let good = |operation: &Value, step: usize| {
        let names = [
            "ps",
            "-a",
            "--filter",
            "name=crash-web",
            "--format",
            "{{.Names}} {{.State}} {{.Command}}",
        ];
        assert_eq!(
            lines(&names),
            [format!("{NAME} running \"sleep 1000\"")],
            "killed before step {step}: {operation}"
        );
    };
    let bad = json!({ "to": { "spec": { "image": "busybox:lab", "command": ["false"], "stop_timeout": 1 } } });
    let did = killed_at_each_step(&yard, CHANGE, &bad, "roll.put-back", prepare, good).await;
    assert!(
        did.len() > 10 && did.iter().all(|it| it == "put-back" || it == "not-begun"),
        "{did:?}"
    );
}

#[tokio::test]
async fn a_deploy_that_is_cut_off_has_whole_copies_or_none() {
    let _turn = TURN.lock().await;
    let yard = Yard::new();
    let good = |operation: &Value, step: usize| {
        let there = lines(&[
            "ps",
            "-a",
            "--filter",
            "name=crash-web",
            "--format",
            "{{.Names}} {{.State}}",
        ]);
        let targets = operation["targets"].as_array().unwrap().iter();
        let made = targets
            .filter(|target| target["state"] == "done")
            .map(|target| format!("{} running", target["name"].as_str().unwrap()));
        let mut made: Vec<_> = made.collect();
        made.sort();
        assert_eq!(there, made, "killed before step {step}: {operation}");
    };
    let deploy = json!({
        "spec": { "image": "busybox:lab", "name": NAME, "command": ["sleep", "1000"], "stop_timeout": 1 },
        "copies": { "total": 2 }, "target": "all", "strategy": "spread", "pull": "never", "undo_on_failure": false,
    });
    let did = killed_at_each_step(&yard, "/api/v1/deploys", &deploy, "done", sweep, good).await;
    assert!(did.len() > 4, "{did:?}");
}
