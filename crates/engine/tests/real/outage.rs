//! A dockerd that hangs, dies, and comes back. These tests have node3 to themselves, one at a time.
use crate::lab::{self, Alone, Sweep};
use crate::watch::{Watch, by_name};
use shipyard_model::ContainerState;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_hung_dockerd_is_down_within_seconds_and_comes_back() {
    let prefix = lab::prefix();
    // Dropped after the node, which is up again by then.
    let _sweep = Sweep(3, prefix.clone());
    let node = Alone::with(3).await;
    let name = format!("{prefix}a");
    let mut watch = Watch::of(lab::address(3));
    watch.until(SOON, "up", |w| w.up).await;
    lab::docker_async(3, &["run", "-d", "--name", &name, "busybox:lab", "sleep", "999"]).await;
    watch
        .until(SOON, "runs", |w| {
            w.get(&name).is_some_and(|c| c.state == ContainerState::Running)
        })
        .await;

    node.lab("pause").await;
    watch.until(SOON, "down", |w| !w.up).await;
    assert_eq!(watch.down.as_ref().unwrap().code, "engine.timeout");
    assert!(watch.get(&name).is_some(), "what is known stays known");
    watch.listen(Duration::from_secs(2)).await;
    assert!(!watch.up);

    node.lab("resume").await;
    watch.follower.retry_now();
    watch.until(SOON, "up again", |w| w.up).await;
    assert_eq!(watch.get(&name).unwrap().state, ContainerState::Running);
}

#[tokio::test]
async fn a_killed_dockerd_is_down_at_once_and_its_containers_are_told_right_when_it_is_back() {
    let prefix = lab::prefix();
    // Dropped after the node, which is up again by then.
    let _sweep = Sweep(3, prefix.clone());
    let node = Alone::with(3).await;
    let (always, once) = (format!("{prefix}always"), format!("{prefix}once"));
    let mut watch = Watch::of(lab::address(3));
    watch.until(SOON, "up", |w| w.up).await;
    lab::docker_async(
        3,
        &[
            "run",
            "-d",
            "--name",
            &always,
            "--restart",
            "always",
            "busybox:lab",
            "sleep",
            "999",
        ],
    )
    .await;
    lab::docker_async(3, &["run", "-d", "--name", &once, "busybox:lab", "sleep", "999"]).await;
    watch
        .until(SOON, "both run", |w| {
            let runs = |n: &str| w.get(n).is_some_and(|c| c.state == ContainerState::Running);
            runs(&always) && runs(&once)
        })
        .await;

    node.lab("kill").await;
    watch.until(SOON, "down", |w| !w.up).await;
    // The first try may still meet the dying daemon's last breath.
    watch
        .until(SOON, "refused", |w| {
            w.down.as_ref().is_some_and(|d| d.code == "engine.refused")
        })
        .await;

    node.lab("start").await;
    watch
        .until(Duration::from_secs(60), "up again by itself", |w| w.up)
        .await;
    let engine = lab::open(3).await;
    watch
        .until(SOON, "restarted", |w| {
            w.get(&always).is_some_and(|c| c.state == ContainerState::Running)
        })
        .await;
    watch.listen(Duration::from_secs(1)).await;
    assert_eq!(watch.named(&prefix), by_name(engine.list().await.unwrap(), &prefix));
}

#[tokio::test]
async fn a_restarted_dockerd_is_found_again() {
    let node = Alone::with(3).await;
    let mut watch = Watch::of(lab::address(3));
    watch.until(SOON, "up", |w| w.up).await;
    node.lab("stop").await;
    watch.until(SOON, "down", |w| !w.up).await;
    node.lab("start").await;
    watch.follower.retry_now();
    watch.until(SOON, "up", |w| w.up).await;
    assert_eq!(watch.ups, 2);
}
