//! Every call, on a real engine.
use crate::lab::{self, Sweep};
use crate::servers::{Manner, plain};
use crate::watch::by_name;
use futures_util::{StreamExt, TryStreamExt};
use shipyard_engine::{CallError, Connection};
use shipyard_model::deploy::{ContainerSpec, PortSpec, RestartPolicy, VolumeSpec};
use shipyard_model::{Bytes, ContainerId, ContainerState, ContainerVerb, Cpus, EngineAddress, Health, Millis};
use std::time::{Duration, Instant};

pub(crate) fn shell(script: &str) -> ContainerSpec {
    let command = ["sh", "-c", script].map(str::to_owned).to_vec();
    ContainerSpec {
        image: "busybox:lab".to_owned(),
        command,
        ..ContainerSpec::default()
    }
}

pub(crate) fn code(result: Result<impl Sized, CallError>) -> String {
    match result {
        Ok(_) => "it worked".to_owned(),
        Err(error) => error.problem().code,
    }
}

#[tokio::test]
async fn a_container_from_its_specification_to_its_removal() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = format!("{prefix}web");
    let spec = ContainerSpec {
        image: "web:lab".to_owned(),
        env: vec![("GREETING".to_owned(), "a=b c".to_owned())],
        ports: vec![
            PortSpec {
                container: 80,
                ..PortSpec::default()
            },
            PortSpec {
                host_ip: "127.0.0.1".to_owned(),
                container: 80,
                ..PortSpec::default()
            },
        ],
        volumes: vec![
            VolumeSpec {
                source: format!("{prefix}data"),
                target: "/data".to_owned(),
                read_only: false,
                ..VolumeSpec::default()
            },
            VolumeSpec {
                target: "/cache".to_owned(),
                ..VolumeSpec::default()
            },
        ],
        restart: RestartPolicy::UnlessStopped,
        cpus: Cpus::from_nanos(250_000_000),
        memory: Bytes::mib(32),
        labels: vec![("team".to_owned(), "blue".to_owned())],
        ..ContainerSpec::default()
    };
    let (id, _) = engine
        .create(&spec, &name, &[("shipyard.deploy".to_owned(), "o1".to_owned())])
        .await
        .unwrap();
    assert_eq!(code(engine.create(&spec, &name, &[]).await), "container.name-taken");
    let made = engine.some(std::slice::from_ref(&id)).await.unwrap().remove(0);
    assert_eq!(
        (made.name.as_str(), made.state, made.exit_code),
        (name.as_str(), ContainerState::Created, None)
    );
    assert_eq!(
        (
            made.labels.get("team").unwrap(),
            made.labels.get("shipyard.deploy").unwrap()
        ),
        ("blue", "o1")
    );

    engine.start(&id).await.unwrap();
    engine.start(&id).await.expect("starting again is done already");
    let runs = by_name(engine.list().await.unwrap(), &prefix).remove(&name).unwrap();
    assert_eq!(runs.state, ContainerState::Running);
    assert_eq!(runs.ports.len(), 2, "IPv4 and IPv6 are one port: {:?}", runs.ports);
    assert!(runs.ports.iter().any(|p| p.host_ip.is_empty()));
    assert!(runs.ports.iter().all(|p| p.host.is_some()));
    assert_eq!(runs.networks, ["bridge"]);
    assert!(Millis::now().since(runs.created) < 60_000);

    let inspected = engine.inspect(&id).await.unwrap();
    assert_eq!(inspected["Config"]["Env"][0], "GREETING=a=b c");
    assert_eq!(inspected["HostConfig"]["NanoCpus"], 250_000_000);
    assert_eq!(inspected["HostConfig"]["Memory"], 33_554_432);
    assert_eq!(inspected["Mounts"].as_array().unwrap().len(), 2);
    assert!(
        inspected.get("GraphDriver").is_some(),
        "fields that we do not know are kept"
    );

    let state = async |expected| {
        let now = engine.some(std::slice::from_ref(&id)).await.unwrap().remove(0);
        assert_eq!(now.state, expected);
        now
    };
    engine.act(&id, ContainerVerb::Pause).await.unwrap();
    engine.act(&id, ContainerVerb::Pause).await.expect("paused already");
    state(ContainerState::Paused).await;
    engine.act(&id, ContainerVerb::Unpause).await.unwrap();
    state(ContainerState::Running).await;
    assert_eq!(code(engine.remove(&id, false).await), "container.running");
    engine.act(&id, ContainerVerb::Kill).await.unwrap();
    let ended = state(ContainerState::Exited).await;
    assert_eq!((ended.exit_code, ended.ports.len()), (Some(137), 0));
    assert_eq!(
        code(engine.act(&id, ContainerVerb::Kill).await),
        "container.not-running"
    );
    engine.act(&id, ContainerVerb::Restart).await.unwrap();
    state(ContainerState::Running).await;
    engine.act(&id, ContainerVerb::Remove).await.unwrap();
    assert!(engine.some(std::slice::from_ref(&id)).await.unwrap().is_empty());
    assert_eq!(code(engine.start(&id).await), "container.not-found");
    lab::docker(1, &["volume", "rm", &format!("{prefix}data")]);
}

#[tokio::test]
async fn stopping_waits_for_the_grace_period() {
    let engine = lab::open(2).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(2, prefix.clone());
    let (id, _) = engine
        .create(
            &shell("trap '' TERM; while :; do sleep 1; done"),
            &format!("{prefix}deaf"),
            &[],
        )
        .await
        .unwrap();
    engine.start(&id).await.unwrap();
    let begun = Instant::now();
    engine.act(&id, ContainerVerb::Stop).await.unwrap();
    assert!(begun.elapsed() > Duration::from_secs(9), "{:?}", begun.elapsed());
    engine.act(&id, ContainerVerb::Stop).await.expect("stopped already");
}

#[tokio::test]
async fn health_and_exit_codes_are_read_from_the_list() {
    let engine = lab::open(2).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(2, prefix.clone());
    let (well, ended) = (format!("{prefix}well"), format!("{prefix}ended"));
    lab::docker(
        2,
        &[
            "run",
            "-d",
            "--name",
            &well,
            "--health-cmd",
            "true",
            "--health-interval",
            "1s",
            "busybox:lab",
            "sleep",
            "99",
        ],
    );
    lab::docker(2, &["run", "-d", "--name", &ended, "busybox:lab", "sh", "-c", "exit 7"]);
    let begun = Instant::now();
    loop {
        let all = by_name(engine.list().await.unwrap(), &prefix);
        if all[&well].health == Some(Health::Healthy) && all[&ended].exit_code == Some(7) {
            break;
        }
        assert!(
            all[&well].health.is_some() && begun.elapsed() < Duration::from_secs(30),
            "{all:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn what_docker_refuses_has_a_name() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = |n: &str| format!("{prefix}{n}");
    let no_image = ContainerSpec {
        image: "nope:lab".to_owned(),
        ..shell("true")
    };
    assert_eq!(code(engine.create(&no_image, &name("a"), &[]).await), "image.not-found");
    let no_reference = ContainerSpec {
        image: "../x".to_owned(),
        ..shell("true")
    };
    assert_eq!(
        code(engine.create(&no_reference, &name("b"), &[]).await),
        "image.bad-reference"
    );
    let bad_mount = ContainerSpec {
        volumes: vec![VolumeSpec {
            source: "relative/path".to_owned(),
            target: "/x".to_owned(),
            read_only: false,
            ..VolumeSpec::default()
        }],
        ..shell("true")
    };
    assert_eq!(
        code(engine.create(&bad_mount, &name("c"), &[]).await),
        "container.bad-settings"
    );
    let no_network = ContainerSpec {
        network: "nope".to_owned(),
        ..shell("true")
    };
    let made = engine.create(&no_network, &name("d"), &[]).await.unwrap();
    assert_eq!(code(engine.start(&made.0).await), "container.network-missing");
    let no_command = ContainerSpec {
        command: vec!["/nope".to_owned()],
        ..shell("")
    };
    let made = engine.create(&no_command, &name("e"), &[]).await.unwrap();
    assert_eq!(code(engine.start(&made.0).await), "container.command");

    let first = ContainerSpec {
        ports: vec![PortSpec {
            container: 80,
            ..PortSpec::default()
        }],
        ..shell("sleep 99")
    };
    let (id, _) = engine.create(&first, &name("f"), &[]).await.unwrap();
    engine.start(&id).await.unwrap();
    let port = engine.some(&[id]).await.unwrap()[0].ports[0].host;
    let second = ContainerSpec {
        ports: vec![PortSpec {
            host: port,
            container: 80,
            ..PortSpec::default()
        }],
        ..first
    };
    let (id, _) = engine.create(&second, &name("g"), &[]).await.unwrap();
    assert_eq!(code(engine.start(&id).await), "container.port-taken");

    for id in ["f".repeat(64), "../../images/json?x=".to_owned(), String::new()] {
        assert_eq!(code(engine.inspect(&ContainerId::new(id)).await), "container.not-found");
    }
}

#[tokio::test]
async fn an_image_is_pulled_layer_by_layer() {
    const IMAGE: &str = "10.210.0.1:5000/layers:lab";
    let engine = lab::open(2).await;
    if engine.has_image(IMAGE).await.unwrap() {
        lab::docker(2, &["rmi", IMAGE]);
    }
    let layers: Vec<_> = engine.pull(IMAGE).try_collect().await.unwrap();
    assert!(
        layers
            .iter()
            .any(|l| l.status == "Downloading" && l.total.get() > 0 && l.current <= l.total),
        "{layers:?}"
    );
    let whole = layers.iter().filter(|l| l.status == "Pull complete").count();
    assert!(whole >= 5, "{whole} layers");
    assert!(engine.has_image(IMAGE).await.unwrap());
    lab::docker(2, &["rmi", IMAGE]);
    assert!(!engine.has_image(IMAGE).await.unwrap());

    let last = engine
        .pull("10.210.0.1:5000/nope")
        .collect::<Vec<_>>()
        .await
        .pop()
        .unwrap();
    assert_eq!(code(last), "image.not-found");
    let last = engine
        .pull("10.210.0.1:1/nope")
        .collect::<Vec<_>>()
        .await
        .pop()
        .unwrap();
    assert_eq!(code(last), "image.registry");
}

#[tokio::test]
async fn an_engine_that_sends_too_much_or_stalls_is_given_up() {
    for (floods, expected) in [(true, "engine.answer-too-large"), (false, "engine.slow")] {
        let port = plain(Manner::Engine { floods }).await;
        let address = EngineAddress::parse(&format!("http://127.0.0.1:{port}")).unwrap();
        let (engine, probe) = Connection::open(&address, None).await.unwrap();
        assert_eq!((probe.daemon_id.as_str(), probe.api_version.as_str()), ("evil", "1.41"));
        let begun = Instant::now();
        assert_eq!(code(engine.list().await), expected);
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    }
}
