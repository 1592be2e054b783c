//! Following an engine: its events arrive, and a gap in them is repaired to the exact state.
use crate::lab::{self, Sweep};
use crate::servers::Proxy;
use crate::watch::{Watch, by_name};
use shipyard_engine::Connection;
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::{ContainerId, ContainerState, ContainerVerb, EngineAddress, Health};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_event_of_each_kind_arrives() {
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let (name, renamed) = (format!("{prefix}a"), format!("{prefix}b"));
    let mut watch = Watch::of(lab::address(1));
    watch.until(SOON, "up", |w| w.up).await;
    let docker = async |arguments: &[&str]| lab::docker_async(1, arguments).await;

    docker(&[
        "create",
        "--name",
        &name,
        "-p",
        "80",
        "--health-cmd",
        "test ! -e /sick",
        "--health-interval",
        "1s",
        "--health-retries",
        "1",
        "busybox:lab",
        "sh",
        "-c",
        "trap 'exit 9' TERM; while :; do sleep 0.1; done",
    ])
    .await;
    watch
        .until(SOON, "created", |w| {
            w.get(&name).is_some_and(|c| c.state == ContainerState::Created)
        })
        .await;
    docker(&["start", &name]).await;
    watch
        .until(SOON, "starts, with its port", |w| {
            w.get(&name)
                .is_some_and(|c| c.state == ContainerState::Running && c.ports.iter().any(|p| p.host.is_some()))
        })
        .await;
    watch
        .until(SOON, "healthy", |w| {
            w.get(&name).is_some_and(|c| c.health == Some(Health::Healthy))
        })
        .await;
    docker(&["exec", &name, "touch", "/sick"]).await;
    watch
        .until(SOON, "unhealthy", |w| {
            w.get(&name).is_some_and(|c| c.health == Some(Health::Unhealthy))
        })
        .await;
    docker(&["pause", &name]).await;
    watch
        .until(SOON, "paused", |w| {
            w.get(&name).is_some_and(|c| c.state == ContainerState::Paused)
        })
        .await;
    docker(&["unpause", &name]).await;
    watch
        .until(SOON, "unpaused", |w| {
            w.get(&name).is_some_and(|c| c.state == ContainerState::Running)
        })
        .await;
    docker(&["rename", &name, &renamed]).await;
    watch
        .until(SOON, "renamed", |w| w.get(&renamed).is_some() && w.get(&name).is_none())
        .await;
    docker(&["stop", &renamed]).await;
    watch
        .until(SOON, "ended with its code", |w| {
            w.get(&renamed)
                .is_some_and(|c| c.state == ContainerState::Exited && c.exit_code == Some(9))
        })
        .await;
    docker(&["restart", &renamed]).await;
    watch
        .until(SOON, "runs again", |w| {
            w.get(&renamed)
                .is_some_and(|c| c.state == ContainerState::Running && c.exit_code.is_none())
        })
        .await;
    docker(&["kill", &renamed]).await;
    watch
        .until(SOON, "killed", |w| {
            w.get(&renamed).is_some_and(|c| c.exit_code == Some(137))
        })
        .await;
    docker(&["rm", &renamed]).await;
    watch.until(SOON, "gone", |w| w.get(&renamed).is_none()).await;
    let tag = format!("{prefix}image:1");
    docker(&["tag", "busybox:lab", &tag]).await;
    docker(&["rmi", &tag]).await;
    watch
        .until(SOON, "untagged", |w| {
            w.events.iter().any(|e| e.kind == "image" && e.action == "untag")
        })
        .await;

    for action in [
        "create",
        "start",
        "health_status: healthy",
        "health_status: unhealthy",
        "pause",
        "unpause",
        "rename",
        "kill",
        "die",
        "stop",
        "restart",
        "destroy",
    ] {
        assert!(watch.heard("container", action, &prefix), "{action}");
    }
    assert!(watch.heard("image", "tag", &prefix));
    let died = watch
        .events
        .iter()
        .find(|e| e.action == "die" && e.name == renamed)
        .unwrap();
    assert_eq!((died.exit_code, died.image.as_str()), (Some(9), "busybox:lab"));
    assert!(
        !watch.events.iter().any(|e| e.action.starts_with("exec_")),
        "health checks are no news"
    );
}

#[tokio::test]
async fn running_out_of_memory_is_reported() {
    let prefix = lab::prefix();
    let _sweep = Sweep(2, prefix.clone());
    let name = format!("{prefix}oom");
    let mut watch = Watch::of(lab::address(2));
    watch.until(SOON, "up", |w| w.up).await;
    let script = "x=a; while :; do x=$x$x; done";
    lab::docker_async(
        2,
        &[
            "run",
            "-d",
            "--name",
            &name,
            "-m",
            "8m",
            "busybox:lab",
            "sh",
            "-c",
            script,
        ],
    )
    .await;
    watch
        .until(Duration::from_secs(10), "oom", |w| w.heard("container", "oom", &prefix))
        .await;
    watch
        .until(SOON, "ended", |w| {
            w.get(&name).is_some_and(|c| c.exit_code == Some(137))
        })
        .await;
}

#[tokio::test]
async fn a_container_that_restarts_for_ever_is_shown_so() {
    let prefix = lab::prefix();
    let _sweep = Sweep(2, prefix.clone());
    let name = format!("{prefix}loop");
    let mut watch = Watch::of(lab::address(2));
    watch.until(SOON, "up", |w| w.up).await;
    lab::docker_async(
        2,
        &[
            "run",
            "-d",
            "--name",
            &name,
            "--restart",
            "always",
            "busybox:lab",
            "sh",
            "-c",
            "sleep 0.3; exit 4",
        ],
    )
    .await;
    watch
        .until(Duration::from_secs(15), "waits for its restart", |w| {
            w.get(&name)
                .is_some_and(|c| c.state == ContainerState::Restarting && c.exit_code == Some(4))
        })
        .await;
    lab::docker_async(2, &["stop", &name]).await;
    watch
        .until(SOON, "stopped while waiting", |w| {
            w.get(&name).is_some_and(|c| c.state == ContainerState::Exited)
        })
        .await;
}

fn random(below: usize) -> usize {
    // Each std hasher has its own random keys; a test needs no better dice.
    use std::hash::{BuildHasher, Hasher};
    let dice = std::hash::RandomState::new().build_hasher().finish();
    usize::try_from(dice % 1_000_003).unwrap() % below
}

/// Does something to one of a few containers; what Docker refuses does not matter.
async fn stir(engine: &Connection, prefix: &str) {
    let name = format!("{prefix}{}", random(6));
    let all = by_name(engine.list().await.unwrap(), prefix);
    let any = all.values().nth(random(all.len().max(1))).map(|c| c.id.clone());
    let Some(id) = any.filter(|_| random(4) > 0) else {
        let command = ["sleep", "999"].map(str::to_owned).to_vec();
        let spec = ContainerSpec {
            image: "busybox:lab".to_owned(),
            command,
            ..ContainerSpec::default()
        };
        if let Ok((id, _)) = engine.create(&spec, &name, &[]).await {
            let _ = engine.start(&id).await;
        }
        return;
    };
    use ContainerVerb as V;
    let verb = [V::Start, V::Kill, V::Restart, V::Pause, V::Unpause, V::Remove][random(6)];
    // Restarting a sleeping shell takes its whole grace period.
    if verb == V::Restart {
        let _ = engine.act(&id, V::Kill).await;
        let _ = engine.start(&id).await;
    } else {
        let _ = engine.act(&id, verb).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_in_the_events_is_repaired_to_the_exact_state() {
    let prefix = lab::prefix();
    let _sweep = Sweep(2, prefix.clone());
    let proxy = Proxy::to(lab::socket(2)).await;
    let mut watch = Watch::of(proxy.address.clone());
    watch.until(SOON, "up", |w| w.up).await;
    let engine = lab::open(2).await;
    for round in 0..5 {
        // While all is well, then without a connection, then while it comes back.
        for _ in 0..3 {
            stir(&engine, &prefix).await;
        }
        proxy.cut();
        for _ in 0..6 {
            stir(&engine, &prefix).await;
        }
        watch.until(SOON, "cut off", |w| w.down.is_some()).await;
        proxy.mend();
        watch.follower.retry_now();
        for _ in 0..3 {
            stir(&engine, &prefix).await;
        }
        watch.until(SOON, "back", |w| w.up).await;
        // What the engine says now, once nothing is stirred any more. It is read anew each time: dockerd says that something
        // ended before its list does, and hears of a pause from containerd once more, later. Twice the same is no chance.
        let (begun, mut same) = (Instant::now(), 0);
        while same < 2 {
            watch.listen(Duration::from_millis(700)).await;
            let (truth, known) = (by_name(engine.list().await.unwrap(), &prefix), watch.named(&prefix));
            same = if known == truth { same + 1 } else { 0 };
            assert!(begun.elapsed() < SOON, "round {round}: {truth:#?}, known: {known:#?}");
        }
    }
    assert!(watch.ups >= 6);
}

#[tokio::test]
async fn a_break_of_the_stream_alone_is_mended_at_once() {
    let proxy = Proxy::to(lab::socket(1)).await;
    let mut watch = Watch::of(proxy.address.clone());
    watch.until(SOON, "up", |w| w.up).await;
    watch.until(SOON, "a sign of life", |w| w.pongs >= 1).await;
    proxy.cut();
    proxy.mend();
    watch.until(SOON, "up again", |w| w.ups == 2).await;
}

#[tokio::test]
async fn connections_are_kept_and_few() {
    let proxy = Proxy::to(lab::socket(1)).await;
    let engine = Connection::open(&proxy.address, None).await.unwrap().0;
    for _ in 0..20 {
        engine.ping().await.unwrap();
        engine.list().await.unwrap();
    }
    assert_eq!(proxy.connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn following_ends_with_its_follower() {
    let proxy = Proxy::to(lab::socket(1)).await;
    let mut watch = Watch::of(proxy.address.clone());
    watch.until(SOON, "up", |w| w.up).await;
    let connection = Connection::open(
        &EngineAddress::Unix {
            path: lab::socket(1).display().to_string(),
        },
        None,
    )
    .await
    .unwrap()
    .0;
    assert!(
        connection
            .some(&[ContainerId::new("0".repeat(64))])
            .await
            .unwrap()
            .is_empty()
    );
    drop(watch);
    let before = proxy.connections.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(
        proxy.connections.load(Ordering::Relaxed),
        before,
        "no ping, no reconnection"
    );
}
