//! Measurements of real containers: how many streams an engine really sees, and what the past has of them.
use crate::help::{Lab, Use, dir, docker, engine};
use shipyard_fleet::stats::{Heard, Viewer};
use shipyard_model::usage::UsageSpan;
use shipyard_model::{ContainerRef, ContainerState, EngineId};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Long enough for anything that comes at all.
const SOON: Duration = Duration::from_secs(40);

/// Stands before an engine and counts the streams of measurements that are asked for.
#[derive(Clone)]
struct Counter {
    address: String,
    begun: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    cut: watch::Sender<u32>,
}

impl Counter {
    async fn before(node: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let counter = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            begun: Arc::default(),
            open: Arc::default(),
            cut: watch::channel(0).0,
        };
        let its = counter.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let its = its.clone();
                tokio::spawn(async move {
                    let mut cut = its.cut.subscribe();
                    let mut counted = false;
                    tokio::select! {
                        () = its.pass(client, node, &mut counted) => {}
                        _ = cut.changed() => {}
                    }
                    if counted {
                        its.open.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        counter
    }

    async fn pass(&self, client: TcpStream, node: u8, counted: &mut bool) {
        let socket = dir().join(format!("node{node}/docker.sock"));
        let server = UnixStream::connect(socket).await.unwrap();
        let ((mut from, mut to), (mut answers, mut asks)) = (client.into_split(), server.into_split());
        let there = async {
            let mut part = vec![0; 16 * 1024];
            while let Ok(length @ 1..) = from.read(&mut part).await {
                let text = String::from_utf8_lossy(&part[..length]);
                let is_stream = text.contains("/stats?") && text.contains("stream=true");
                // Another call may go over the same connection, a sign of life as likely as a stream: the one before has ended then.
                if std::mem::replace(counted, is_stream) {
                    self.open.fetch_sub(1, Ordering::SeqCst);
                }
                if is_stream {
                    self.begun.fetch_add(1, Ordering::SeqCst);
                    self.open.fetch_add(1, Ordering::SeqCst);
                }
                if asks.write_all(&part[..length]).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            () = there => {}
            _ = copy(&mut answers, &mut to) => {}
        }
    }

    fn counts(&self) -> (usize, usize) {
        (self.begun.load(Ordering::SeqCst), self.open.load(Ordering::SeqCst))
    }

    /// Ends all connections.
    fn cut(&self) {
        self.cut.send_modify(|times| *times += 1);
    }
}

async fn until(what: &str, good: impl AsyncFn() -> bool) {
    until_within(SOON, what, good).await;
}

async fn until_within(time: Duration, what: &str, good: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !good().await {
        assert!(began.elapsed() < time, "not seen: {what}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn sample(viewer: &mut Viewer) -> shipyard_model::stream::Sample {
    match timeout(SOON, viewer.next()).await.expect("something is heard") {
        Heard::Sample(sample) => sample,
        other => panic!("{other:?}"),
    }
}

/// The engine behind the counter, and a container of it.
async fn counted(lab: &Lab, name: &str) -> (Counter, ContainerRef) {
    lab.run(1, name, &["-m", "64m"]).await;
    let counter = Counter::before(1).await;
    lab.fleet.put(engine(9, &counter.address, ""), None);
    lab.until("the engine behind the counter", 15, |s| {
        s.container_named("node9", name)
            .is_some_and(|(_, c)| c.state == ContainerState::Running)
    })
    .await;
    let at = lab.find(9, name).unwrap().0;
    (counter, at)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_who_look_are_one_stream_to_the_engine() {
    let lab = Lab::enter("flstat-", Use::Shared).await;
    let (counter, at) = counted(&lab, "flstat-a").await;
    let stats = lab.fleet.stats();
    assert_eq!((counter.counts(), stats.open_streams()), ((0, 0), 0), "nobody looks");

    let mut viewers: Vec<_> = (0..20).map(|_| stats.view(&at)).collect();
    for viewer in &mut viewers {
        let first = sample(viewer).await;
        assert_eq!(first.memory_limit.get(), 64 * 1024 * 1024);
        assert!(first.memory.get() > 0 && first.cpu_percent < 50.0, "{first:?}");
    }
    let (one, other) = (sample(&mut viewers[0]).await, sample(&mut viewers[19]).await);
    assert!(other.at >= one.at || other == one);
    assert_eq!((counter.counts(), stats.open_streams()), ((1, 1), 1));

    // What is shown of it elsewhere comes of the same stream.
    let rows = stats.look_at_rows();
    rows.rows(vec![at.clone()]);
    until("a row with figures", async || {
        lab.fleet.usage().of(&at, shipyard_model::Millis::now()).is_some()
    })
    .await;
    until("a past", async || {
        !stats.of_container(&at, UsageSpan::Hour).memory.is_empty()
    })
    .await;
    assert_eq!(counter.counts(), (1, 1));

    // A connection that breaks is a gap, and nobody is told.
    counter.cut();
    until("the stream again", async || counter.counts() == (2, 1)).await;
    let mut again = stats.view(&at);
    sample(&mut again).await;
    sample(&mut again).await;
    sample(&mut viewers[7]).await;

    // The last one leaves: it ends soon after, and the past stays.
    drop((viewers, again, rows));
    until("the end of the stream", async || counter.counts() == (2, 0)).await;
    assert_eq!(stats.open_streams(), 0);
    let past = stats.of_container(&at, UsageSpan::Hour);
    assert!(past.memory.iter().flatten().all(|memory| *memory > 0.0));
    assert!(past.net_in.iter().flatten().next().is_some(), "{past:?}");
    assert!(stats.bytes() > 0);

    // It ends with the container, and the past with its removal.
    let mut last = stats.view(&at);
    sample(&mut last).await;
    docker(1, &["rm", "-f", "flstat-a"]);
    let ended = async { while !matches!(last.next().await, Heard::Ended) {} };
    timeout(SOON, ended).await.expect("its end is heard");
    until("no past", async || {
        stats.of_container(&at, UsageSpan::Hour).memory.is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_kept_though_nobody_looks() {
    let lab = Lab::enter("flkept-", Use::Shared).await;
    let (counter, at) = counted(&lab, "flkept-a").await;
    let stats = lab.fleet.stats();
    stats.keep(1_000);
    until("a past", async || {
        stats
            .of_container(&at, UsageSpan::Hour)
            .cpu_percent
            .iter()
            .flatten()
            .count()
            >= 2
    })
    .await;
    let (_, open) = counter.counts();
    assert!(open >= 1);
    let day = stats.of_container(&at, UsageSpan::Day);
    assert!(!day.memory.is_empty(), "the minute that goes on is among them");
    let snapshot = lab.fleet.snapshot();
    let state = snapshot.engines.get(&EngineId::new("id-9")).unwrap();
    let sum = stats.of_engines([&**state], UsageSpan::Hour);
    let (counted, running) = (
        sum.counted.last().unwrap().unwrap(),
        sum.running.last().unwrap().unwrap(),
    );
    assert!((1..=running).contains(&counted), "{counted} of {running}");
    assert_eq!(sum.capacity.unwrap(), state.capacity());
    let now = stats.sum_of_engines([&**state]);
    assert!(now.memory.is_some_and(|memory| memory > 0.0), "{now:?}");
    assert!(!stats.of_fleet(UsageSpan::Hour).memory.is_empty());
    stats.keep(0);
    // The connection of a stream that ended with its container is kept for half a minute, for another call.
    until_within(Duration::from_secs(60), "no stream", async || {
        stats.open_streams() == 0 && counter.counts().1 == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_over_all_need_no_stream() {
    let lab = Lab::enter("flsum-", Use::Shared).await;
    let (counter, at) = counted(&lab, "flsum-a").await;
    let stats = lab.fleet.stats();
    let look = stats.look_at_all();
    until("it is measured", async || {
        lab.fleet.usage().of(&at, shipyard_model::Millis::now()).is_some()
    })
    .await;
    let usage = lab.fleet.usage().of(&at, shipyard_model::Millis::now()).unwrap();
    assert_eq!(usage.memory_limit.get(), 64 * 1024 * 1024);
    until("a sum", async || stats.sum_of_fleet().counted > 0).await;
    assert_eq!((counter.counts(), stats.open_streams()), ((0, 0), 0));
    assert!(
        stats.of_container(&at, UsageSpan::Hour).memory.is_empty(),
        "it has no past of its own"
    );
    drop(look);
}
