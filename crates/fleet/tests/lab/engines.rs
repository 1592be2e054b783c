//! Engines that come, change and go, and what their containers use.
use crate::help::{Lab, Use, credentials, engine};
use shipyard_fleet::view;
use shipyard_model::page::{ContainerQuery, FleetGroup};
use shipyard_model::{EngineId, EngineName, Millis};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_keeps_the_connection_and_a_new_address_is_followed_anew() {
    let lab = Lab::enter("flren-", Use::Shared).await;
    lab.run(1, "flren-a", &[]).await;
    let mut renamed = engine(1, "https://10.210.0.11:2376", "zone=z");
    renamed.name = EngineName::parse("first").unwrap();
    lab.fleet.update(renamed.clone());
    let snapshot = lab.fleet.snapshot();
    let state = snapshot.engine_named("first").unwrap();
    assert!(state.health.is_up());
    assert!(state.by_name("flren-a").is_some());

    renamed.address = engine(2, "https://10.210.0.12:2376", "").address;
    lab.fleet.put(renamed, Some(credentials()));
    lab.until("the other daemon", 20, |s| {
        s.engine_named("first")
            .is_some_and(|e| e.health.is_up() && e.by_name("flren-a").is_none())
    })
    .await;
    lab.fleet.forget(&EngineId::new("id-1"));
    assert!(lab.fleet.snapshot().engine_named("first").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn use_is_measured_while_somebody_looks() {
    let lab = Lab::enter("fluse-", Use::Shared).await;
    let at = lab.run(1, "fluse-a", &["-m", "64m"]).await;
    let mut changes = lab.fleet.usage_changes();
    assert!(lab.fleet.usage().is_empty());
    let guard = lab.fleet.stats().look_at_rows();
    guard.rows(vec![at.clone()]);
    let measured = async {
        while lab.fleet.usage().of(&at, Millis::now()).is_none() {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), measured)
        .await
        .expect("measured in time");
    let usage = lab.fleet.usage().of(&at, Millis::now()).unwrap();
    assert_eq!(usage.memory_limit.get(), 64 * 1024 * 1024);
    assert!(usage.memory.get() > 0 && usage.cpu_percent < 50.0, "{usage:?}");

    let snapshot = lab.fleet.snapshot();
    let query = ContainerQuery {
        text: "fluse-a".to_owned(),
        ..ContainerQuery::default()
    };
    let window = view::containers(&snapshot, &lab.fleet.usage(), &query, Millis::now());
    assert_eq!(window.rows[0].usage, Some(usage));
    let page = view::fleet(&snapshot, &lab.fleet.usage(), FleetGroup::Engine, Millis::now());
    assert!(page.figures.memory_used.is_some());
    drop(guard);
}
