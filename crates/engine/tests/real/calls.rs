//! Every call, on a real engine.
use crate::lab::{self, Sweep};
use crate::watch::by_name;
use futures_util::{StreamExt, TryStreamExt};
use shipyard_engine::{CallError, LogOptions};
use shipyard_model::deploy::{ContainerSpec, PortSpec, RestartPolicy, VolumeSpec};
use shipyard_model::stream::Output;
use shipyard_model::{Bytes, ContainerId, ContainerState, ContainerVerb, Cpus, Health, Millis};
use std::time::{Duration, Instant};

fn shell(script: &str) -> ContainerSpec {
    let command = ["sh", "-c", script].map(str::to_owned).to_vec();
    ContainerSpec {
        image: "busybox:lab".to_owned(),
        command,
        ..ContainerSpec::default()
    }
}

fn code(result: Result<impl Sized, CallError>) -> String {
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
        (made.labels["team"].as_str(), made.labels["shipyard.deploy"].as_str()),
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
            all[&well].health.is_some() && begun.elapsed() < Duration::from_secs(10),
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
async fn logs_come_in_order_and_follow() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let script =
        "for i in 1 2 3; do echo line $i; done; echo oops >&2; sleep 1; printf '\\033[31mred\\033[0m <b>\\n'; sleep 99";
    let (id, _) = engine
        .create(&shell(script), &format!("{prefix}log"), &[])
        .await
        .unwrap();
    engine.start(&id).await.unwrap();
    let follow = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let mut stream = engine.logs(&id, follow);
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.push(
            tokio::time::timeout(Duration::from_secs(5), stream.next())
                .await
                .unwrap()
                .unwrap()
                .unwrap(),
        );
    }
    let texts = |output| {
        lines
            .iter()
            .filter(|l| l.output == output)
            .map(|l| l.text.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(Output::Out), ["line 1", "line 2", "line 3"]);
    assert_eq!(texts(Output::Err), ["oops"]);
    assert!(
        lines
            .iter()
            .all(|l| l.at.is_some_and(|at| Millis::now().since(at) < 60_000))
    );

    tokio::time::sleep(Duration::from_millis(1200)).await;
    engine.act(&id, ContainerVerb::Kill).await.unwrap();
    let rest: Vec<_> = tokio::time::timeout(Duration::from_secs(5), stream.try_collect())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rest.len(), 1, "the log ends with the container");
    assert_eq!(rest[0].text, "\u{1b}[31mred\u{1b}[0m <b>");

    let two = LogOptions {
        tail: Some(2),
        ..LogOptions::default()
    };
    assert_eq!(engine.logs(&id, two).try_collect::<Vec<_>>().await.unwrap().len(), 2);
    let later = LogOptions {
        since: rest[0].at.map(|at| Millis(at.0 + 1)),
        ..LogOptions::default()
    };
    assert_eq!(engine.logs(&id, later).try_collect::<Vec<_>>().await.unwrap().len(), 0);
    let gone = ContainerId::new("e".repeat(64));
    assert_eq!(
        code(engine.logs(&gone, two).try_collect::<Vec<_>>().await),
        "container.not-found"
    );
}

#[tokio::test]
async fn a_terminals_log_and_a_line_without_end() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = format!("{prefix}tty");
    let script = "echo one; echo two; head -c 100000 /dev/zero | tr '\\0' x";
    lab::docker(1, &["run", "-t", "--name", &name, "busybox:lab", "sh", "-c", script]);
    let id = by_name(engine.list().await.unwrap(), &prefix).remove(&name).unwrap().id;
    let lines: Vec<_> = engine.logs(&id, LogOptions::default()).try_collect().await.unwrap();
    assert_eq!((lines[0].text.as_str(), lines[1].text.as_str()), ("one", "two"));
    assert!(lines[0].at.is_some());
    assert!(lines.len() > 6 && lines.iter().all(|l| l.text.len() <= 16 * 1024));
}

#[tokio::test]
async fn measurements_are_those_of_docker_stats() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = format!("{prefix}busy");
    let spec = ContainerSpec {
        cpus: Cpus::from_nanos(200_000_000),
        memory: Bytes::mib(16),
        ..shell("while :; do :; done")
    };
    let (id, _) = engine.create(&spec, &name, &[]).await.unwrap();
    assert_eq!(code(engine.sample(&id, None).await), "container.not-running");
    engine.start(&id).await.unwrap();
    let (first, before) = engine.sample(&id, None).await.unwrap();
    assert_eq!(
        (first.cpu_percent, first.memory_limit, first.pids),
        (0.0, Bytes::mib(16), 1)
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (second, _) = engine.sample(&id, Some(&before)).await.unwrap();
    assert!((8.0..40.0).contains(&second.cpu_percent), "{second:?}");
    assert!(second.memory.get() > 0 && second.memory < Bytes::mib(16));

    let mut stream = engine.stats(&id);
    for expected in 0..3 {
        let sample = tokio::time::timeout(Duration::from_secs(5), stream.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert!(expected == 0 || (5.0..60.0).contains(&sample.cpu_percent), "{sample:?}");
    }
    engine.act(&id, ContainerVerb::Kill).await.unwrap();
    let rest = tokio::time::timeout(Duration::from_secs(5), stream.count())
        .await
        .expect("it ends with the container");
    assert!(rest < 5);
}
