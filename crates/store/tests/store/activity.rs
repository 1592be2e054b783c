//! The activity log from outside: whatever is done to its files is noticed, and named by the first record that it is about;
//! what was answered survives a kill; a full disk refuses and loses nothing.
#![expect(clippy::indexing_slicing, reason = "a test fails where it stands")]
use crate::place::{Place, open};
use proptest::prelude::*;
use shipyard_model::Millis;
use shipyard_model::activity::{
    ActivityActor, ActivityPhase, ActivityQuery, ActivityRecord, ActivityResult, ActivitySubject, ActivityVia,
};
use shipyard_store::{ActivityFault, MasterKey, Store, verify_activity};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

const DAY: i64 = 24 * 3600 * 1000;
const DATA: &str = "SHIPYARD_TEST_ACTIVITY_DATA";
const FULL: &str = "SHIPYARD_TEST_ACTIVITY_FULL";

fn record(at: i64, name: &str) -> ActivityRecord {
    ActivityRecord {
        seq: 0,
        at: Millis(at),
        operation: None,
        actor: ActivityActor {
            account: "ann".to_owned(),
            via: ActivityVia::Session,
            from: Some("10.0.0.7".to_owned()),
        },
        action: "container.stop".to_owned(),
        subject: ActivitySubject::new("container", name).on("node1"),
        detail: String::new(),
        phase: ActivityPhase::Event,
        result: ActivityResult::Ok,
    }
}

fn key(place: &Place) -> MasterKey {
    MasterKey::load(&place.key_file()).unwrap()
}

/// The files of a log of thirty records in four files, the oldest ten dropped, with the key that they are sealed under.
struct Sample {
    place: Place,
    /// By name, in their order.
    files: Vec<(String, Vec<u8>)>,
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let place = Place::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = place.open().unwrap();
        for n in 0..40 {
            let at = n / 10 * DAY;
            store.activity().append(record(at, &format!("web-{n}"))).await.unwrap();
        }
        assert_eq!(store.activity().retain(Millis(DAY)).await.unwrap(), 10);
        store.close().await.unwrap();
    });
    let folder = place.data().join("activity");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    assert_eq!(files.len(), 5, "three of records, head and tombstone");
    Sample { place, files }
});

impl Sample {
    /// Number of the first record that a changed file is about; `None` for head and tombstone.
    fn first_touched(&self, file: usize, changed: &[u8]) -> Option<u64> {
        let (name, original) = &self.files[file];
        let first: u64 = name.strip_suffix(".log")?.parse().unwrap();
        let same = original.iter().zip(changed).take_while(|(a, b)| a == b).count();
        Some(first + original[..same].iter().filter(|byte| **byte == b'\n').count() as u64)
    }

    /// Writes the files out with one of them changed, or gone, and follows the chain.
    fn verify(&self, file: usize, changed: Option<&[u8]>) -> Result<u64, ActivityFault> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("activity");
        std::fs::create_dir(&folder).unwrap();
        for (at, (name, bytes)) in self.files.iter().enumerate() {
            match (at == file, changed) {
                (true, Some(changed)) => std::fs::write(folder.join(name), changed).unwrap(),
                (true, None) => {}
                (false, _) => std::fs::write(folder.join(name), bytes).unwrap(),
            }
        }
        verify_activity(root.path(), &key(&self.place), None).map(|chain| chain.unfinished)
    }
}

/// What is done to a file's bytes.
#[derive(Clone, Debug)]
enum Harm {
    Flip(usize, u8),
    Cut(usize, usize),
    PutIn(usize, Vec<u8>),
    Truncate(usize),
    DropLine(usize),
    DoubleLine(usize, usize),
    SwapLines(usize, usize),
    Double(usize, usize, usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let n = any::<usize>;
    prop_oneof![
        (n(), 0u8..8).prop_map(|(at, bit)| Harm::Flip(at, bit)),
        (n(), 1usize..300).prop_map(|(at, len)| Harm::Cut(at, len)),
        (n(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Harm::PutIn(at, bytes)),
        n().prop_map(Harm::Truncate),
        n().prop_map(Harm::DropLine),
        (n(), n()).prop_map(|(line, to)| Harm::DoubleLine(line, to)),
        (n(), n()).prop_map(|(a, b)| Harm::SwapLines(a, b)),
        (n(), 1usize..600, n()).prop_map(|(from, len, to)| Harm::Double(from, len, to)),
    ]
}

fn apply(harm: &Harm, bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut lines: Vec<_> = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let (length, count) = (bytes.len(), lines.len());
    match harm {
        Harm::Flip(at, bit) => out[at % length] ^= 1 << bit,
        Harm::Cut(at, len) => drop(out.drain(at % length..(at % length + len).min(length))),
        Harm::PutIn(at, new) => drop(out.splice(at % (length + 1)..at % (length + 1), new.iter().copied())),
        Harm::Truncate(at) => out.truncate(at % length),
        Harm::Double(from, len, to) => {
            let part = bytes[from % length..(from % length + len).min(length)].to_vec();
            drop(out.splice(to % (length + 1)..to % (length + 1), part));
        }
        Harm::DropLine(line) => {
            lines.remove(line % count);
            out = lines.concat();
        }
        Harm::DoubleLine(line, to) => {
            let copy = lines[line % count].clone();
            lines.insert(to % (count + 1), copy);
            out = lines.concat();
        }
        Harm::SwapLines(a, b) => {
            lines.swap(a % count, b % count);
            out = lines.concat();
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_done_to_the_files_is_noticed_at_its_first_record(file in 0usize..5, harm in harm()) {
        let sample = &*SAMPLE;
        let original = &sample.files[file].1;
        let changed = apply(&harm, original);
        prop_assume!(changed != *original);
        match (sample.verify(file, Some(&changed)), sample.first_touched(file, &changed)) {
            (Err(ActivityFault::Record { seq, .. }), Some(first)) => prop_assert_eq!(seq, first),
            (Err(ActivityFault::Log(_)), None) => {}
            // What stands behind the last record and never ended a line is told, and is no record.
            (Ok(unfinished), Some(41)) => prop_assert!(unfinished > 0),
            (other, first) => prop_assert!(false, "{:?} {:?}", other, first),
        }
    }
}

#[test]
fn a_file_that_is_gone_or_does_not_belong_is_noticed() {
    let sample = &*SAMPLE;
    assert_eq!(sample.verify(9, None).unwrap(), 0, "untouched, it holds");
    for file in 0..sample.files.len() {
        assert!(sample.verify(file, None).is_err(), "{}", sample.files[file].0);
        for other in 0..sample.files.len() {
            let taken = sample.files[other].1.clone();
            assert!(other == file || sample.verify(file, Some(&taken)).is_err());
        }
    }
    let stray = sample.place.data().join("activity/notes.txt");
    std::fs::write(&stray, "x").unwrap();
    assert!(verify_activity(&sample.place.data(), &key(&sample.place), None).is_err());
    std::fs::remove_file(stray).unwrap();
    let other = tempfile::tempdir().unwrap();
    std::fs::create_dir(other.path().join("data")).unwrap();
    let other_key = MasterKey::load_or_create(&other.path().join("key"), &other.path().join("data")).unwrap();
    assert!(
        verify_activity(&sample.place.data(), &other_key, None).is_err(),
        "another key"
    );
}

async fn all(store: &Store) -> Vec<ActivityRecord> {
    let query = ActivityQuery {
        limit: 1000,
        ..ActivityQuery::default()
    };
    store.activity().page(query).await.unwrap().records
}

#[tokio::test]
async fn a_damaged_log_is_put_aside_and_never_written_on() {
    let place = Place::new();
    let store = place.open().unwrap();
    for n in 0..5 {
        store.activity().append(record(n, "web")).await.unwrap();
    }
    store.close().await.unwrap();
    drop(store);
    let file = place.data().join("activity/00000000000000000001.log");
    let whole = std::fs::read(&file).unwrap();
    let lines: Vec<_> = whole.split_inclusive(|b| *b == b'\n').collect();
    std::fs::write(&file, lines[..3].concat()).unwrap();

    let store = place.open().unwrap();
    let found = store.activity().found().unwrap().to_owned();
    assert!(found.contains("record 4"), "{found}");
    assert_eq!(store.activity().append(record(9, "new")).await.unwrap(), 1);
    store.close().await.unwrap();
    drop(store);
    let fault = verify_activity(&place.data(), &key(&place), None).unwrap_err();
    assert!(fault.to_string().contains("activity.damaged-"), "{fault}");
    let aside: Vec<PathBuf> = std::fs::read_dir(place.data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("activity.damaged-"))
        .collect();
    let kept = std::fs::read(aside[0].join("00000000000000000001.log")).unwrap();
    assert_eq!(kept, lines[..3].concat());

    std::fs::remove_dir_all(place.data().join("activity")).unwrap();
    let store = place.open().unwrap();
    assert!(store.activity().found().unwrap().contains("gone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_get_one_chain_and_names_cannot_break_a_line() {
    let place = Place::new();
    let store = place.open().unwrap();
    let evil = "a\nb\r\u{1b}[2Jc\td\u{202e}\u{0}";
    let writers: Vec<_> = (0..200)
        .map(|n| {
            let log = store.activity().clone();
            tokio::spawn(async move { log.append(record(n, evil)).await.unwrap() })
        })
        .collect();
    let mut numbers = Vec::new();
    for writer in writers {
        numbers.push(writer.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    let records = all(&store).await;
    assert_eq!(records.len(), 200);
    assert!(records.iter().all(|r| r.subject.name == evil));
    let lines = std::fs::read_to_string(place.data().join("activity/00000000000000000001.log")).unwrap();
    assert_eq!(lines.lines().count(), 200);
    // Somebody who still has the log cannot write to a folder that may be another's.
    let log = store.activity().clone();
    drop(store);
    assert!(log.append(record(0, "late")).await.is_err());
    assert_eq!(verify_activity(&place.data(), &key(&place), None).unwrap().records, 200);
}

/// The process that is killed, or that runs into a full disk. Does nothing in a plain run of the tests.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let (Ok(data), full) = (std::env::var(DATA), std::env::var_os(FULL).is_some()) else {
        return;
    };
    let data = Path::new(&data);
    let store = open(data, &data.with_file_name("key")).unwrap();
    let say = |text: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).unwrap();
    };
    if full {
        let mut large = record(1, "web");
        large.detail = "x".repeat(200 * 1024);
        let mut written = 0;
        while store.activity().append(large.clone()).await.is_ok() {
            written += 1;
        }
        // A small one has room again: half of the large one does not stand in its way.
        let small = store.activity().append(record(2, "small")).await.is_ok();
        say(format!("\nwrote {written} small {small}\n"));
        std::process::exit(0);
    }
    loop {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let log = store.activity().clone();
                tokio::spawn(async move { log.append(record(1, "web")).await.unwrap() })
            })
            .collect();
        for writer in writers {
            say(format!("\nwrote {}\n", writer.await.unwrap()));
        }
    }
}

#[tokio::test]
async fn what_was_answered_survives_kill_9_and_the_chain_holds() {
    let place = Place::new();
    drop(place.open().unwrap());
    for round in 0..30 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "activity::child", "--nocapture"])
            .env(DATA, place.data())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut numbers = answers
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("wrote ")?.parse::<u64>().ok());
        let mut most = numbers.by_ref().take(5 + round * 3).max().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        most = numbers.max().unwrap_or(0).max(most);
        let chain = verify_activity(&place.data(), &key(&place), None).unwrap();
        assert!(
            chain.last >= most,
            "round {round}: {most} was answered, {} is there",
            chain.last
        );
        let store = place.open().unwrap();
        assert!(store.activity().found().is_none());
    }
}

#[tokio::test]
async fn a_full_disk_refuses_records_and_spoils_none() {
    let place = Place::new();
    drop(place.open().unwrap());
    let limited = "trap '' XFSZ; ulimit -f 3072; exec \"$0\" --exact activity::child --nocapture";
    let output = Command::new("timeout")
        .args(["60", "bash", "-c", limited])
        .arg(std::env::current_exe().unwrap())
        .env(DATA, place.data())
        .env(FULL, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("wrote 15 small true"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(verify_activity(&place.data(), &key(&place), None).unwrap().records, 16);
    let store = place.open().unwrap();
    assert!(store.activity().found().is_none());
    assert_eq!(store.activity().append(record(3, "after")).await.unwrap(), 17);
}
