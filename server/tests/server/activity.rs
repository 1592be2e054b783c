//! The record of activity on a real server: verified as a process, exported, closed after a kill, and a disk that takes
//! no more stops changes and nothing else.
use crate::lab::{Running, draft};
use crate::support::{Client, PASSWORD, Yard, signed_in};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// Runs `activity verify`: exit code, standard output, standard error.
fn verify(yard: &Yard, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = yard
        .command()
        .args(["activity", "verify"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The newest file of records.
fn log(yard: &Yard) -> PathBuf {
    let entries = std::fs::read_dir(yard.path("data/activity")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    files.sort();
    files.pop().unwrap()
}

async fn records(client: &mut Client, action: &str) -> Vec<Value> {
    let query = json!({
        "text": "", "account": "", "action": action, "engine": "", "from": null, "to": null,
        "refused": false, "before": null, "limit": 1000,
    });
    let answer = client.call("activity", &json!({ "query": query })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["records"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_record_verifies_while_the_server_runs_and_a_flipped_bit_is_named() {
    let yard = Yard::new();
    let server = yard.start();
    let mut client = signed_in(&server).await;
    client.form("/logout", &[]).await;
    let (code, said, _) = verify(&yard, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" records, chain intact, last "), "{said}");
    let hash = said.trim().rsplit(' ').next().unwrap().to_owned();
    server.kill();
    assert_eq!(verify(&yard, &["--holds", &hash]).0, Some(0));
    let (code, _, said) = verify(&yard, &["--holds", &"0".repeat(64)]);
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");

    let mut bytes = std::fs::read(log(&yard)).unwrap();
    let whole = bytes.clone();
    let second_line = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 10;
    bytes[second_line] ^= 1;
    std::fs::write(log(&yard), &bytes).unwrap();
    let (code, said, fault) = verify(&yard, &[]);
    assert_eq!((code, said.as_str()), (Some(1), ""), "{fault}");
    assert!(fault.contains("record 2: "), "{fault}");
    std::fs::write(log(&yard), &whole).unwrap();
    assert_eq!(verify(&yard, &[]).0, Some(0));

    // Folders may be named behind the command too; a key that is not there tells nothing.
    let elsewhere = yard.path("no-key");
    let bare = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_shipyard-server"));
        command
            .args(["activity", "verify", "--data-dir"])
            .arg(yard.path("data"));
        command.args(arguments).output().unwrap().status.code()
    };
    assert_eq!(
        bare(&["--key-file", yard.path("master.key").to_str().unwrap()]),
        Some(0)
    );
    assert_eq!(bare(&["--key-file", elsewhere.to_str().unwrap()]), Some(78));
    assert!(!elsewhere.exists(), "none was made");
}

#[tokio::test]
async fn who_came_and_went_is_there_and_can_be_taken_away_as_a_file() {
    let yard = Yard::new();
    let server = yard.start();
    let mut client = signed_in(&server).await;
    let mut other = server.client();
    other.sign_in("admin", PASSWORD).await;
    other.form("/logout", &[]).await;
    other.sign_in("admin", "wrong-of-course").await;

    let all = records(&mut client, "").await;
    let refused = all.iter().find(|r| r["phase"] == "refused").unwrap();
    assert_eq!(
        (&refused["action"], &refused["actor"]["account"]),
        (&json!("sign-in"), &json!("admin"))
    );
    assert_eq!(refused["actor"]["from"], "127.0.0.1");
    assert_eq!(refused["result"]["problem"]["code"], "sign-in.wrong");
    let out: Vec<_> = all.iter().filter(|r| r["action"] == "sign-out").collect();
    assert_eq!(out.len(), 2);
    assert_eq!(out[0]["phase"]["outcome"]["of"], out[1]["seq"]);
    assert!(all.iter().any(|r| r["action"] == "account.password"));
    let oldest: Vec<_> = all.iter().rev().take(3).map(|r| &r["action"]).collect();
    assert_eq!(oldest, ["account.first", "account.first", "server.start"]);

    let csv = client.get("/activity/export?format=csv&action=sign-out").await;
    assert_eq!(
        (csv.status, csv.header("content-type")),
        (200, "text/csv; charset=utf-8")
    );
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"shipyard-activity.csv\""
    );
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
    let lines = client.get("/activity/export?format=jsonl").await;
    assert_eq!(
        lines.header("content-disposition"),
        "attachment; filename=\"shipyard-activity.jsonl\""
    );
    let exported: Vec<Value> = lines
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(exported, all);
    assert_eq!(
        client.get("/activity/export?format=xlsx").await.code(),
        "activity.format"
    );
}

/// Waits until an engine is followed; its id.
async fn engine_up(client: &mut Client, name: &str) -> String {
    let answer = client.call("engine_add", &json!({ "draft": draft(1, name) })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    up(client).await;
    id
}

async fn up(client: &Client) {
    let mut socket = client.socket("/socket/live").await;
    socket.send(r#"{"subscribe":{"sub":1,"view":"engines"}}"#).await;
    socket
        .until(|frame| frame["whole"]["data"]["engines"][0]["health"] == "up")
        .await;
}

#[tokio::test]
async fn what_a_kill_cuts_off_is_called_unknown_by_the_next_start() {
    const NAME: &str = "srvact-slow";
    let yard = Yard::new();
    let mut server = yard.start();
    let mut client = signed_in(&server).await;
    // It does not end when it is asked to, and docker waits for it longer than all rounds take.
    let script = "trap '' TERM; while :; do sleep 1; done";
    let container = Running::with(1, NAME, &["--stop-timeout", "600"], script);
    let engine = engine_up(&mut client, "node1").await;
    for round in 1..=5 {
        let target = json!({ "engine": engine, "id": container.id });
        let answer = client
            .call("containers_act", &json!({ "verb": "stop", "targets": [target] }))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        server.kill();
        server = yard.start();
        client.address = server.address.clone();
        up(&client).await;
        let all = records(&mut client, "container.stop").await;
        assert_eq!(all.len(), 2 * round, "an intent and an outcome for each");
        let (outcome, intent) = (&all[0], &all[1]);
        assert_eq!(
            (&intent["phase"], &intent["result"]),
            (&json!("intent"), &json!("pending"))
        );
        assert_eq!(outcome["phase"]["outcome"]["of"], intent["seq"]);
        assert_eq!(outcome["result"], "unknown");
        assert_eq!(
            (&outcome["subject"]["name"], &outcome["subject"]["engine"]),
            (&json!(NAME), &json!("node1"))
        );
    }
    assert_eq!(verify(&yard, &[]).0, Some(0));
}

#[tokio::test]
async fn a_disk_that_takes_no_more_stops_changes_and_nothing_else() {
    let yard = Yard::new();
    let mut server = yard.start_limitable();
    let mut client = signed_in(&server).await;
    let engine = engine_up(&mut client, "node1").await;
    let retry = json!({ "id": engine });
    assert_eq!(client.call("engine_retry", &retry).await.status, 200);
    let before = records(&mut client, "engine.retry").await.len();

    server.limit_files("0");
    for _ in 0..3 {
        let answer = client.call("engine_retry", &retry).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "activity.unwritable"));
        let answer = client.call("engine_remove", &retry).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "activity.unwritable"));
    }
    assert_eq!(client.get("/engines").await.status, 200, "reading goes on");
    assert_eq!(records(&mut client, "engine.retry").await.len(), before);
    assert_eq!(client.get("/activity/export?format=csv").await.status, 200);

    // Room again: no restart is needed.
    server.limit_files("unlimited");
    assert_eq!(client.call("engine_retry", &retry).await.status, 200);
    assert_eq!(records(&mut client, "engine.retry").await.len(), before + 2);
    server.signal("TERM");
    assert_eq!(server.ended(Duration::from_secs(15)).code(), Some(0));
    assert_eq!(verify(&yard, &[]).0, Some(0));
}
