//! Logs and measurements of real containers.
use crate::calls::{code, shell};
use crate::lab::{self, Sweep};
use crate::watch::by_name;
use futures_util::{StreamExt, TryStreamExt};
use shipyard_engine::LogOptions;
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::stream::Output;
use shipyard_model::{Bytes, ContainerId, ContainerVerb, Cpus, Millis};
use std::time::Duration;

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
            tokio::time::timeout(Duration::from_secs(20), stream.next())
                .await
                .unwrap()
                .unwrap()
                .unwrap()
                .line,
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

    let last = tokio::time::timeout(Duration::from_secs(20), stream.next());
    let last = last.await.unwrap().unwrap().unwrap();
    assert_eq!(last.line.text, "\u{1b}[31mred\u{1b}[0m <b>");
    engine.act(&id, ContainerVerb::Kill).await.unwrap();
    let rest: Vec<_> = tokio::time::timeout(Duration::from_secs(20), stream.try_collect())
        .await
        .unwrap()
        .unwrap();
    assert!(rest.is_empty(), "the log ends with the container");

    let two = LogOptions {
        tail: Some(2),
        ..LogOptions::default()
    };
    assert_eq!(engine.logs(&id, two).try_collect::<Vec<_>>().await.unwrap().len(), 2);
    let again = LogOptions {
        since: Some(last.nanos),
        ..LogOptions::default()
    };
    let same = engine.logs(&id, again).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(same, std::slice::from_ref(&last), "a moment includes its own lines");
    let later = LogOptions {
        since: Some(last.nanos + 1),
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
    assert_eq!(
        (lines[0].line.text.as_str(), lines[1].line.text.as_str()),
        ("one", "two")
    );
    assert!(lines[0].line.at.is_some());
    assert!(lines.len() > 6 && lines.iter().all(|l| l.line.text.len() <= 16 * 1024));
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
    assert_eq!((first.cpu_percent, first.memory_limit), (0.0, Bytes::mib(16)));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (second, _) = engine.sample(&id, Some(&before)).await.unwrap();
    assert!((8.0..40.0).contains(&second.cpu_percent), "{second:?}");
    // Not of the first: right after its start, what counts is the threads of the runtime that becomes the shell.
    assert_eq!(second.pids, 1);
    assert!(second.memory.get() > 0 && second.memory < Bytes::mib(16));

    let mut stream = engine.stats(&id);
    for expected in 0..3 {
        let sample = tokio::time::timeout(Duration::from_secs(20), stream.next())
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
