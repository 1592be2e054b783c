//! Engines, against real daemons of the lab: added, edited, removed, found again after a restart; keys stay inside.
use crate::place::{PASSWORD, Place, actor, close, supplied};
use shipyard_model::engine::{EngineDraft, EngineRow, TlsCredentials};
use shipyard_model::live::{View, ViewData};
use shipyard_model::{Cpus, EngineHealth, EngineId, Problem, Secret};
use shipyard_store::{CredentialsChange, TlsMaterial};
use shipyard_yard::{Actor, Yard};
use std::path::PathBuf;
use std::time::Duration;

fn lab(file: &str) -> PathBuf {
    let lab = std::env::var_os("SHIPYARD_LAB");
    let Some(lab) = lab else {
        panic!("SHIPYARD_LAB must name the folder of the lab: start it with `./x lab up`, see `./x lab env`");
    };
    PathBuf::from(lab).join(file)
}

fn pem(file: &str) -> String {
    std::fs::read_to_string(lab("pki").join(file)).unwrap()
}

fn tls() -> TlsCredentials {
    TlsCredentials {
        certificate: pem("client-cert.pem"),
        key: Secret::new(pem("client-key.pem")),
        authority: pem("ca.pem"),
    }
}

fn address(node: u8) -> String {
    format!("https://10.210.0.1{node}:2376")
}

fn socket(node: u8) -> PathBuf {
    lab(&format!("node{node}/docker.sock"))
}

fn draft(name: &str, address: &str, tls: Option<TlsCredentials>) -> EngineDraft {
    EngineDraft {
        name: name.to_owned(),
        address: address.to_owned(),
        labels: "zone=a ssd".to_owned(),
        tls,
        ..EngineDraft::default()
    }
}

async fn yard(place: &Place) -> (Yard, Actor) {
    let (yard, _) = place.open(supplied()).await;
    let admin = actor(&yard, "admin", PASSWORD).await;
    (yard, admin)
}

fn rows(yard: &Yard, actor: &Actor) -> Vec<EngineRow> {
    match yard.view(actor, &View::Engines).unwrap() {
        ViewData::Engines(rows) => rows,
        _ => panic!("another view"),
    }
}

/// Waits until the engine of that name is as wanted.
async fn until(yard: &Yard, actor: &Actor, name: &str, wanted: impl Fn(&EngineRow) -> bool) -> EngineRow {
    for _ in 0..100 {
        let found = rows(yard, actor)
            .into_iter()
            .find(|row| row.engine.name.as_str() == name);
        if let Some(row) = found.filter(&wanted) {
            return row;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} did not become what it should: {:?}", rows(yard, actor));
}

fn told<T>(result: Result<T, Problem>) -> (String, Option<String>) {
    let Err(problem) = result else { panic!("it worked") };
    (problem.code, problem.field)
}

fn at(code: &str, field: &str) -> (String, Option<String>) {
    (code.to_owned(), Some(field.to_owned()))
}

#[tokio::test]
async fn an_engine_is_added_followed_and_found_again_after_a_restart() {
    let place = Place::new();
    let (yard, admin) = yard(&place).await;
    let probe = yard
        .engine_try(&admin, draft("n1", &address(1), Some(tls())), None)
        .await
        .unwrap();
    assert!(probe.capacity.cpus > Cpus::ZERO && !probe.daemon_id.is_empty());
    assert!(rows(&yard, &admin).is_empty(), "a trial keeps nothing");
    let added = yard
        .engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    assert_eq!(
        (added.daemon_id.as_str(), added.labels.to_string().as_str()),
        (format!("{}@{}", probe.daemon_id, probe.hostname).as_str(), "ssd zone=a")
    );
    assert!(added.certificate_ends.is_some());
    until(&yard, &admin, "n1", |row| row.health.is_up()).await;
    yard.engine_retry(&admin, &added.id).await.unwrap();
    close(yard).await;
    drop(admin);
    let (yard, admin) = self::yard(&place).await;
    let row = until(&yard, &admin, "n1", |row| row.health.is_up()).await;
    assert_eq!(row.engine, added);
}

#[tokio::test]
async fn what_another_engine_has_is_refused_with_its_name() {
    let place = Place::new();
    let (yard, admin) = yard(&place).await;
    yard.engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    let add = |name: &str, address: &str, tls| yard.engine_add(&admin, draft(name, address, tls));
    let plain = format!("unix://{}", socket(1).display());
    assert_eq!(
        told(add("N1", &address(2), Some(tls())).await),
        at("engine.name-taken", "name")
    );
    assert_eq!(
        told(add("n2", &address(1), Some(tls())).await),
        at("engine.address-taken", "address")
    );
    let again = add("n2", &plain, None).await.unwrap_err();
    assert_eq!(
        (again.code.as_str(), again.args["name"].as_str()),
        ("engine.already-added", "n1")
    );
    assert_eq!(
        told(add("n2", &address(2), None).await),
        at("engine.certificate-missing", "certificate")
    );
    let other = TlsCredentials {
        authority: pem("other-ca.pem"),
        ..tls()
    };
    assert_eq!(
        told(add("n2", &address(2), Some(other)).await),
        at("engine.unknown-authority", "authority")
    );
    let mismatch = TlsCredentials {
        key: Secret::new(pem("other-client-key.pem")),
        ..tls()
    };
    assert_eq!(
        told(add("n2", &address(2), Some(mismatch)).await),
        at("engine.key-mismatch", "key")
    );
    assert_eq!(
        told(add("n2", "unix:///nowhere.sock", None).await).0,
        "engine.socket-missing"
    );
    assert_eq!(rows(&yard, &admin).len(), 1);
}

#[tokio::test]
async fn two_that_add_the_same_daemon_at_once_add_one() {
    let place = Place::new();
    let (yard, admin) = yard(&place).await;
    let both = tokio::join!(
        yard.engine_add(&admin, draft("a", &address(1), Some(tls()))),
        yard.engine_add(&admin, draft("b", &format!("unix://{}", socket(1).display()), None)),
    );
    let refused = both.0.and(both.1).unwrap_err();
    assert_eq!(refused.code, "engine.already-added");
    assert_eq!(rows(&yard, &admin).len(), 1);
}

#[tokio::test]
async fn an_edit_keeps_credentials_unless_it_brings_others_or_needs_none() {
    let place = Place::new();
    let (yard, admin) = yard(&place).await;
    let engine = yard
        .engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    let edit = |draft| yard.engine_edit(&admin, &engine.id, draft);
    until(&yard, &admin, "n1", |row| row.health.is_up()).await;

    let renamed = edit(EngineDraft {
        cpus: "1.5".to_owned(),
        ..draft("one", &address(1), None)
    })
    .await
    .unwrap();
    assert_eq!(
        (renamed.id.clone(), renamed.daemon_id.clone()),
        (engine.id.clone(), engine.daemon_id.clone())
    );
    let row = until(&yard, &admin, "one", |_| true).await;
    assert!(row.health.is_up(), "a new name keeps the connection: {:?}", row.health);
    assert_eq!(row.capacity.cpus, Cpus::from_nanos(1_500_000_000));

    // Another address with the stored credentials: tried, and another daemon from now on.
    yard.engine_try(&admin, draft("one", &address(2), None), Some(engine.id.clone()))
        .await
        .unwrap();
    let moved = edit(draft("one", &address(2), None)).await.unwrap();
    assert!(moved.daemon_id != engine.daemon_id);
    until(&yard, &admin, "one", |row| {
        row.health.is_up() && row.engine.address == moved.address
    })
    .await;

    // What does not answer is not kept.
    let bad = TlsCredentials {
        authority: pem("other-ca.pem"),
        ..tls()
    };
    assert_eq!(
        told(edit(draft("one", &address(2), Some(bad))).await).0,
        "engine.unknown-authority"
    );
    until(&yard, &admin, "one", |row| row.health.is_up()).await;

    // A socket needs no credentials, so none are kept.
    let local = edit(draft("one", &format!("unix://{}", socket(1).display()), None))
        .await
        .unwrap();
    assert!(local.certificate_ends.is_none());
    assert_eq!(
        told(edit(draft("one", &address(1), None)).await),
        at("engine.certificate-missing", "certificate")
    );
    edit(draft("one", &address(1), Some(tls()))).await.unwrap();
    until(&yard, &admin, "one", |row| row.health.is_up()).await;
    let nobody = EngineId::new("nobody");
    assert_eq!(
        told(yard.engine_edit(&admin, &nobody, draft("x", &address(3), None)).await).0,
        "not-found"
    );
}

#[tokio::test]
async fn a_removed_engine_is_gone_for_good_and_may_come_again() {
    let place = Place::new();
    let (yard, admin) = yard(&place).await;
    let engine = yard
        .engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    yard.engine_remove(&admin, &engine.id).await.unwrap();
    assert!(rows(&yard, &admin).is_empty());
    assert_eq!(told(yard.engine_remove(&admin, &engine.id).await).0, "not-found");
    assert_eq!(told(yard.engine_retry(&admin, &engine.id).await).0, "not-found");
    let again = yard
        .engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    assert!(again.id != engine.id);
    yard.engine_remove(&admin, &again.id).await.unwrap();
    close(yard).await;
    assert!(place.store().engine_credentials(&engine.id).await.unwrap().is_none());
}

#[tokio::test]
async fn the_daemon_of_this_machine_is_offered_until_it_is_added() {
    let mut place = Place::new();
    let (yard, admin) = yard(&place).await;
    assert_eq!(yard.local_socket(&admin).await.unwrap(), None, "there is no socket");
    close(yard).await;
    drop(admin);
    place.local_socket = socket(1);
    let (yard, admin) = self::yard(&place).await;
    let offered = yard.local_socket(&admin).await.unwrap();
    assert_eq!(offered.as_deref(), socket(1).to_str());
    yard.engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    assert_eq!(
        yard.local_socket(&admin).await.unwrap(),
        None,
        "it is an engine, under another address"
    );
}

#[tokio::test]
async fn credentials_that_are_damaged_do_not_keep_the_yard_from_opening() {
    let place = Place::new();
    let (yard, admin) = yard(&place).await;
    let engine = yard
        .engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    yard.engine_add(&admin, draft("n2", &address(2), Some(tls())))
        .await
        .unwrap();
    close(yard).await;
    drop(admin);
    let store = place.store();
    let garbage = TlsMaterial::new("no", "no", "no");
    store
        .put_engine(&engine, CredentialsChange::Set(&garbage))
        .await
        .unwrap();
    drop(store);
    let (yard, admin) = self::yard(&place).await;
    until(&yard, &admin, "n2", |row| row.health.is_up()).await;
    let down = until(&yard, &admin, "n1", |row| {
        matches!(row.health, EngineHealth::Down { .. })
    })
    .await;
    let EngineHealth::Down { why, .. } = down.health else {
        panic!()
    };
    assert_eq!(why.code, "engine.credentials-missing");
    yard.engine_edit(&admin, &engine.id, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    until(&yard, &admin, "n1", |row| row.health.is_up()).await;
}

#[tokio::test]
async fn no_answer_and_no_file_holds_a_key() {
    let place = Place::new();
    let (yard, admin) = yard(&place).await;
    let key = pem("client-key.pem");
    let lines: Vec<&str> = key.lines().filter(|line| line.len() > 20).collect();
    let mut answers = Vec::new();
    let broken = TlsCredentials {
        certificate: key.clone(),
        key: Secret::new(key.replace('A', "B")),
        authority: key.clone(),
    };
    let twisted = TlsCredentials {
        authority: key.clone(),
        ..tls()
    };
    for tls in [broken, twisted] {
        let problem = yard
            .engine_try(&admin, draft("n1", &address(1), Some(tls)), None)
            .await
            .unwrap_err();
        answers.push(format!("{problem:?}"));
    }
    let pasted = EngineDraft {
        labels: key.clone(),
        cpus: key.clone(),
        ..draft("n1", &address(1), Some(tls()))
    };
    let label = yard.engine_try(&admin, pasted.clone(), None).await.unwrap_err();
    assert_eq!(label.field.as_deref(), Some("labels"));
    yard.engine_add(&admin, pasted).await.unwrap_err();
    let named = draft(&key, &address(1), Some(tls()));
    yard.engine_add(&admin, named).await.unwrap_err();
    let engine = yard
        .engine_add(&admin, draft("n1", &address(1), Some(tls())))
        .await
        .unwrap();
    answers.push(format!("{engine:?} {:?}", rows(&yard, &admin)));
    for answer in &answers {
        assert!(!lines.iter().any(|line| answer.contains(line)), "{answer}");
    }
    close(yard).await;
    for (file, content) in place.files() {
        for line in &lines {
            assert!(
                !content.windows(line.len()).any(|w| w == line.as_bytes()),
                "{}",
                file.display()
            );
        }
    }
}
