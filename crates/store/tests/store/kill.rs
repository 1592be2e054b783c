//! A write that was answered survives `kill -9`, fifty times in a row. The test starts itself as the process to kill.
use crate::place::{Place, account, engine, material, open};
use shipyard_model::{EngineId, Millis};
use shipyard_store::{CredentialsChange, SessionKey, Store};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const DATA: &str = "SHIPYARD_TEST_KILL_DATA";
const FIRST: &str = "SHIPYARD_TEST_KILL_FIRST";
const ROUNDS: usize = 50;

async fn write(store: &Store, number: usize) {
    let name = format!("n{number}");
    store.put_account(&account(&name)).await.unwrap();
    let change = material(&name);
    store
        .put_engine(&engine(&name), CredentialsChange::Set(&change))
        .await
        .unwrap();
    let key = SessionKey::of(name.as_bytes());
    assert!(
        store
            .create_session(key, name.clone().into_bytes(), Millis(i64::MAX))
            .await
            .unwrap()
    );
    store.put_setting(&name, &name).await.unwrap();
}

async fn check(store: &Store, number: usize) {
    let name = format!("n{number}");
    assert_eq!(store.account(&name).await.unwrap().unwrap().account.name, name);
    let kept = store
        .engine_credentials(&EngineId::new(name.as_str()))
        .await
        .unwrap()
        .unwrap();
    assert!(*kept.key == *material(&name).key, "{name}");
    let body = store.load_session(SessionKey::of(name.as_bytes())).unwrap();
    assert_eq!(body.unwrap(), name.as_bytes());
    assert_eq!(store.setting(&name).await.unwrap().as_deref(), Some(name.as_str()));
}

/// The process that is killed: it writes and says so, for ever. Does nothing in a plain run of the tests.
#[tokio::test]
async fn writer() {
    let Ok(data) = std::env::var(DATA) else { return };
    let first: usize = std::env::var(FIRST).unwrap().parse().unwrap();
    let data = Path::new(&data);
    let store = open(data, &data.with_file_name("key")).unwrap();
    for number in first.. {
        write(&store, number).await;
        let mut out = std::io::stdout();
        out.write_all(format!("wrote {number}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn what_was_answered_survives_kill_9() {
    let place = Place::new();
    let mut done = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::writer", "--nocapture"])
            .env(DATA, place.data())
            .env(FIRST, done.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut number_of = |line: String| Some(line.rsplit_once("wrote ")?.1.parse::<usize>().unwrap() + 1);
        let wanted = done + 1 + round % 3;
        while done < wanted {
            done = answers.next().unwrap().map(&mut number_of).unwrap().unwrap_or(done);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said between our look and its end counts too.
        for line in answers.map_while(Result::ok) {
            done = number_of(line).unwrap_or(done);
        }
        let store = place.open().unwrap();
        for number in 0..done {
            check(&store, number).await;
        }
        let engines = store.engines().await.unwrap().len();
        assert!(
            engines == done || engines == done + 1,
            "round {round}: {engines} engines, {done} answered"
        );
        // The one that was under way may be there in part; the next round writes it again.
        let name = format!("n{done}");
        store.delete_session(SessionKey::of(name.as_bytes())).await.unwrap();
    }
    assert!(done >= ROUNDS);
}
