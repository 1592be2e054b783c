//! One stream for all readers of a log: counted at the engine's door, and held against what plain docker has of it.
use crate::help::{Lab, Use, dir, docker, engine, lab_command};
use crate::proxy::Proxy;
use shipyard_fleet::tail::{LogReader, LogWish};
use shipyard_model::stream::{LogLine, LogMessage, Output};
use shipyard_model::{ContainerRef, ContainerState, EngineId};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(60);

fn socket(node: u8) -> PathBuf {
    dir().join(format!("node{node}/docker.sock"))
}

/// Node 1 once more, by a way that can be cut.
async fn beside(lab: &Lab) -> Proxy {
    let proxy = Proxy::to(socket(1)).await;
    let mut other = engine(9, &proxy.address, "");
    other.id = EngineId::new("id-9");
    lab.fleet.put(other, None);
    lab.until("the proxied engine", 15, |s| {
        s.engine_named("node9").is_some_and(|e| e.health.is_up())
    })
    .await;
    proxy
}

/// Runs a script that begins once it is told to, and waits until the model shows it.
async fn runs(lab: &Lab, node: u8, as_node: u8, name: &str, more: &[&str], script: &str) -> ContainerRef {
    let script = format!("echo ready; while [ ! -e /go ]; do sleep 0.1; done; {script}");
    let usual = ["run", "-d", "--stop-timeout", "1", "--name", name];
    docker(node, &[&usual, more, &["busybox:lab", "sh", "-c", &script]].concat());
    lab.state(as_node, name, ContainerState::Running).await;
    lab.find(as_node, name).unwrap().0
}

async fn next(reader: &mut LogReader) -> LogMessage {
    let message = timeout(LONG, reader.next()).await.expect("something in a minute");
    message.expect("a last word")
}

/// What a reader was told.
#[derive(Default)]
struct Told {
    lines: Vec<LogLine>,
    missed: u64,
    gaps: u64,
    cursor: Option<String>,
}

impl Told {
    /// Reads until something is as wanted, or the log ends; tells whether it ended.
    async fn until(&mut self, reader: &mut LogReader, good: impl Fn(&Self) -> bool) -> bool {
        while !good(self) {
            match next(reader).await {
                LogMessage::Lines { lines, cursor } => {
                    assert!(!lines.is_empty() && lines.len() <= 200);
                    self.cursor = Some(cursor.expect("a followed log has places"));
                    self.lines.extend(lines);
                }
                LogMessage::Skipped { lines } => self.missed += lines,
                LogMessage::Gap => self.gaps += 1,
                LogMessage::End => return true,
                LogMessage::Failed { why } => panic!("{why}"),
            }
        }
        false
    }

    fn has(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.text == text)
    }

    /// All that came over an output, without the ends of lines: pieces of a long one are one again.
    fn text(&self, output: Output) -> String {
        let of_it = self.lines.iter().filter(|line| line.output == output);
        of_it.map(|line| line.text.as_str()).collect()
    }

    /// That it is, line for line, what docker has.
    fn is(&self, truth: &(String, String), who: &str) {
        assert_eq!((self.missed, self.gaps), (0, 0), "{who}");
        for (output, text) in [(Output::Out, &truth.0), (Output::Err, &truth.1)] {
            let (told, text) = (self.text(output), text.replace('\n', ""));
            let same = told.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
            assert!(
                told == text,
                "{who}, {output:?}: {} bytes of {}, alike up to {same}: …{}",
                told.len(),
                text.len(),
                told.get(same.saturating_sub(20)..)
                    .unwrap_or_default()
                    .get(..60)
                    .unwrap_or_default()
            );
        }
    }
}

/// What plain docker has of a log: both outputs.
fn truth(node: u8, name: &str) -> (String, String) {
    let host = format!("unix://{}", socket(node).display());
    let output = Command::new("docker")
        .args(["-H", &host, "logs", name])
        .output()
        .unwrap();
    assert!(output.status.success());
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

const ALL: LogWish = LogWish {
    tail: None,
    since: None,
    after: None,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_readers_are_one_stream_and_stalled_ones_cost_nobody_anything() {
    let lab = Lab::enter("fllog-", Use::Shared).await;
    let proxy = beside(&lab).await;
    // Two megabytes, twice of what is kept, at a pace that a busy machine can keep up with.
    let script = "x=$(head -c 1000 /dev/zero | tr '\\0' x); i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo \"$i $x\"; \
        [ $((i%10)) = 0 ] && sleep 0.05; done; echo end; exec sleep 1000";
    let at = runs(&lab, 1, 9, "fllog-a", &[], script).await;
    let mut readers = Vec::new();
    for number in 0..100 {
        let mut reader = lab.fleet.follow_log(&at, ALL).unwrap();
        let mut told = Told::default();
        told.until(&mut reader, |told| told.has("ready")).await;
        readers.push((number, reader, told));
    }
    assert_eq!(lab.fleet.logs_followed(), (1, 100));
    docker(1, &["exec", "fllog-a", "touch", "/go"]);
    let stalled = readers.split_off(90);
    let read = readers.into_iter().map(|(number, mut reader, mut told)| {
        tokio::spawn(async move {
            told.until(&mut reader, |told| told.has("end")).await;
            (number, reader, told)
        })
    });
    let mut kept = Vec::new();
    for task in read.collect::<Vec<_>>() {
        let (number, reader, told) = task.await.unwrap();
        told.is(&truth(1, "fllog-a"), &format!("reader {number}"));
        kept.push(reader);
    }
    for (number, mut reader, mut told) in stalled {
        let first = next(&mut reader).await;
        let LogMessage::Skipped { lines: missed } = first else {
            panic!("reader {number}: {first:?}");
        };
        told.until(&mut reader, |told| told.has("end")).await;
        // Its marker, then the newest: together all 2002 lines.
        assert_eq!(missed + told.lines.len() as u64, 2002, "reader {number}");
        assert!(
            told.lines.len() > 500 && told.lines.len() < 1200,
            "{}",
            told.lines.len()
        );
        let numbers: Vec<u64> = told.lines[1..]
            .iter()
            .filter_map(|line| line.text.split_once(' ')?.0.parse().ok())
            .collect();
        let newest: Vec<u64> = (missed + 1..=2000).collect();
        assert_eq!(numbers, newest, "reader {number}");
        kept.push(reader);
    }
    assert_eq!((proxy.asked(), proxy.following()), (1, 1), "one stream for all");
    drop(kept);
    for _ in 0..300 {
        if proxy.following() == 0 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        (proxy.following(), lab.fleet.logs_followed()),
        (0, (0, 0)),
        "nobody reads"
    );
}

/// Lines of both outputs, and long ones that come in pieces.
const MIXED: &str = "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo line $i; [ $((i%3)) = 0 ] && echo oops $i >&2; \
    if [ $((i%40)) = 0 ]; then echo $i $(head -c 50000 /dev/zero | tr '\\0' x); fi; [ $((i%10)) = 0 ] && sleep 0.05; done; echo done";

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_costs_no_line() {
    let lab = Lab::enter("flcut-", Use::Shared).await;
    let proxy = beside(&lab).await;
    let at = runs(&lab, 1, 9, "flcut-a", &[], MIXED).await;
    let whole = |wish: LogWish| {
        let mut reader = lab.fleet.follow_log(&at, wish).unwrap();
        tokio::spawn(async move {
            let mut told = Told::default();
            assert!(told.until(&mut reader, |_| false).await);
            told
        })
    };
    let mut readers = vec![whole(ALL), whole(ALL)];
    // One that leaves and comes back by its cursor, again and again.
    let mut restless = Told::default();
    let mut reader = lab.fleet.follow_log(&at, ALL).unwrap();
    restless.until(&mut reader, |told| told.has("ready")).await;
    drop(reader);
    docker(1, &["exec", "flcut-a", "touch", "/go"]);
    for round in 0..4 {
        sleep(Duration::from_millis(700)).await;
        let after = restless.cursor.as_deref().map(|text| text.parse().unwrap());
        let mut reader = lab.fleet.follow_log(&at, LogWish { after, ..ALL }).unwrap();
        let some = restless.lines.len() + 50;
        restless.until(&mut reader, |told| told.lines.len() > some).await;
        drop(reader);
        proxy.cut();
        sleep(Duration::from_millis(500)).await;
        proxy.mend();
        lab.fleet.retry(&at.engine);
        lab.until("up again", 40, |s| s.engines.get(&at.engine).unwrap().health.is_up())
            .await;
        // One that begins in the middle, with what was before.
        if round == 1 {
            readers.push(whole(ALL));
        }
    }
    sleep(Duration::from_secs(1)).await;
    docker(1, &["exec", "flcut-a", "touch", "/stop"]);
    let after = restless.cursor.as_deref().map(|text| text.parse().unwrap());
    let mut reader = lab.fleet.follow_log(&at, LogWish { after, ..ALL }).unwrap();
    assert!(restless.until(&mut reader, |_| false).await);
    let truth = truth(1, "flcut-a");
    assert!(truth.0.ends_with("done\n") && proxy.asked() > 4);
    restless.is(&truth, "the restless one");
    for (number, reader) in readers.into_iter().enumerate() {
        let told = timeout(LONG, reader).await.unwrap().unwrap();
        told.is(&truth, &format!("reader {number}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_the_newest_lines_gets_just_those() {
    let lab = Lab::enter("fltail-", Use::Shared).await;
    let script = "i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i; done; sleep 1; echo later; exec sleep 1000";
    let at = runs(&lab, 1, 1, "fltail-a", &[], script).await;
    docker(1, &["exec", "fltail-a", "touch", "/go"]);
    let mut first = lab.fleet.follow_log(&at, ALL).unwrap();
    let mut all = Told::default();
    all.until(&mut first, |told| told.has("later")).await;
    assert_eq!(all.lines.len(), 32);
    // From a tail that just began, and from one that stands with all of it.
    let texts = |told: &Told| told.lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    for fresh in [true, false] {
        if fresh {
            drop(std::mem::replace(&mut first, lab.fleet.follow_log(&at, ALL).unwrap()));
        }
        let tail = |lines| LogWish {
            tail: Some(lines),
            ..ALL
        };
        let mut three = Told::default();
        let mut reader = lab.fleet.follow_log(&at, tail(3)).unwrap();
        three.until(&mut reader, |told| told.has("later")).await;
        assert_eq!(texts(&three), ["line 29", "line 30", "later"]);
        let mut none = lab.fleet.follow_log(&at, tail(0)).unwrap();
        assert!(
            timeout(Duration::from_millis(500), none.next()).await.is_err(),
            "nothing is new"
        );
        let mut many = Told::default();
        let mut reader = lab.fleet.follow_log(&at, tail(1000)).unwrap();
        many.until(&mut reader, |told| told.has("later")).await;
        assert_eq!(texts(&many), texts(&all));
    }
    // After its end, it is another log that is followed.
    docker(1, &["kill", "fltail-a"]);
    let mut again = Told::default();
    assert!(again.until(&mut first, |_| false).await);
    assert_eq!(texts(&again), texts(&all));
    assert!(
        timeout(LONG, first.next()).await.unwrap().is_none(),
        "nothing after the end"
    );
    let mut dead = Told::default();
    let mut reader = lab.fleet.follow_log(&at, ALL).unwrap();
    assert!(dead.until(&mut reader, |_| false).await);
    assert_eq!(texts(&dead), texts(&all));
    docker(1, &["rm", "fltail-a"]);
    lab.until("gone", 10, |s| s.container(&at).is_none()).await;
    let mut gone = lab.fleet.follow_log(&at, ALL).unwrap();
    assert!(matches!(next(&mut gone).await, LogMessage::Failed { why } if why.code == "container.not-found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dockerd_that_dies_and_comes_back_costs_no_line() {
    let lab = Lab::enter("fldie-", Use::Alone).await;
    let at = runs(&lab, 3, 3, "fldie-a", &["--restart", "always"], MIXED).await;
    let mut reader = lab.fleet.follow_log(&at, ALL).unwrap();
    let mut told = Told::default();
    told.until(&mut reader, |told| told.has("ready")).await;
    docker(3, &["exec", "fldie-a", "touch", "/go"]);
    told.until(&mut reader, |told| told.has("line 30")).await;
    lab_command(&["kill", "node3"]);
    lab.until("down", 20, |s| !s.engines.get(&at.engine).unwrap().health.is_up())
        .await;
    lab_command(&["start", "node3"]);
    lab.fleet.retry(&at.engine);
    lab.until("up", 40, |s| s.engines.get(&at.engine).unwrap().health.is_up())
        .await;
    lab.state(3, "fldie-a", ContainerState::Running).await;
    // It ran once more, over the same stream as far as its reader knows.
    let runs = |told: &Told| told.lines.iter().filter(|line| line.text == "line 30").count();
    let ended = told.until(&mut reader, |told| runs(told) == 2).await;
    assert!(!ended);
    docker(3, &["update", "--restart", "no", "fldie-a"]);
    docker(3, &["exec", "fldie-a", "touch", "/stop"]);
    assert!(told.until(&mut reader, |_| false).await);
    told.is(&truth(3, "fldie-a"), "the reader");
}
