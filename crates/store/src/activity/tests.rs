//! What only the inside shows: a write that a kill left unfinished, a log that grew in many files, an old head.
use super::*;
use shipyard_model::activity::{ActivityActor, ActivityResult, ActivitySubject, ActivityVia};
use zeroize::Zeroizing;

fn key() -> Arc<MasterKey> {
    Arc::new(MasterKey::new(Zeroizing::new([7; 32])))
}

fn record(at: i64) -> ActivityRecord {
    ActivityRecord {
        seq: 0,
        at: Millis(at),
        operation: None,
        actor: ActivityActor {
            account: "ann".to_owned(),
            via: ActivityVia::Session,
            from: None,
        },
        action: "container.stop".to_owned(),
        subject: ActivitySubject::new("container", "web"),
        detail: String::new(),
        phase: ActivityPhase::Event,
        result: ActivityResult::Ok,
    }
}

async fn filled(dir: &Path, count: i64) -> ActivityLog {
    let log = ActivityLog::open(dir, &key(), false).unwrap();
    for at in 0..count {
        log.append(record(at)).await.unwrap();
    }
    log
}

fn newest(dir: &Path) -> PathBuf {
    let listing = segments::list(&dir.join(FOLDER)).unwrap();
    listing.segments.last().unwrap().path.clone()
}

#[tokio::test]
async fn half_a_record_behind_the_newest_is_removed_and_told_before() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 3).await.stop();
    let path = newest(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let mut torn = whole.clone();
    torn.extend_from_slice(b"{\"seq\":4,\"at\":");
    std::fs::write(&path, &torn).unwrap();
    assert_eq!(verify_activity(dir.path(), &key(), None).unwrap().unfinished, 14);
    let log = ActivityLog::open(dir.path(), &key(), true).unwrap();
    assert!(log.found().is_none());
    assert_eq!(log.append(record(9)).await.unwrap(), 4);
    log.stop();
    let chain = verify_activity(dir.path(), &key(), None).unwrap();
    assert_eq!((chain.records, chain.unfinished), (4, 0));
}

#[tokio::test]
async fn records_behind_an_old_head_hold_and_forged_ones_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let log = filled(dir.path(), 2).await;
    let head = std::fs::read(dir.path().join("activity/head")).unwrap();
    log.append(record(3)).await.unwrap();
    log.stop();
    // As a power cut leaves it: the head on the disk is older than the log.
    std::fs::write(dir.path().join("activity/head"), head).unwrap();
    assert_eq!(verify_activity(dir.path(), &key(), None).unwrap().last, 3);
    // A record with a right hash, by somebody who has no key.
    let path = newest(dir.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let last = segments::newest_first(&bytes).next().and_then(line::claim).unwrap();
    let other = MasterKey::new(Zeroizing::new([8; 32]));
    line::write(&mut bytes, &other, &last, &mut record(4)).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let fault = verify_activity(dir.path(), &key(), None).unwrap_err();
    assert!(matches!(fault, ActivityFault::Record { seq: 4, .. }), "{fault}");
}

#[tokio::test]
async fn a_log_put_back_is_noticed_by_whoever_noted_a_hash() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 2).await.stop();
    let before: Vec<_> = [newest(dir.path()), dir.path().join("activity/head")]
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .into();
    let log = ActivityLog::open(dir.path(), &key(), true).unwrap();
    log.append(record(3)).await.unwrap();
    log.stop();
    let noted = verify_activity(dir.path(), &key(), None).unwrap().hash;
    assert!(verify_activity(dir.path(), &key(), Some(&noted)).is_ok());
    for (path, bytes) in before {
        std::fs::write(path, bytes).unwrap();
    }
    assert!(verify_activity(dir.path(), &key(), None).is_ok());
    assert!(verify_activity(dir.path(), &key(), Some(&noted)).is_err());
}

#[tokio::test]
async fn a_large_file_is_followed_by_a_new_one_and_all_is_read_across() {
    let dir = tempfile::tempdir().unwrap();
    let log = ActivityLog::open(dir.path(), &key(), false).unwrap();
    let mut large = record(1);
    large.detail = "x".repeat(600 * 1024);
    for _ in 0..10 {
        log.append(large.clone()).await.unwrap();
    }
    let files = segments::list(&dir.path().join(FOLDER)).unwrap().segments;
    assert_eq!(files.iter().map(|f| f.first).collect::<Vec<_>>(), [1, 8]);
    let all = log.page(ActivityQuery::default()).await.unwrap();
    let numbers: Vec<_> = all.records.iter().map(|r| r.seq).collect();
    assert_eq!(numbers, (1..=10).rev().collect::<Vec<_>>());
    log.stop();
    let log = ActivityLog::open(dir.path(), &key(), true).unwrap();
    assert_eq!(log.append(record(2)).await.unwrap(), 11);
    log.stop();
    assert_eq!(verify_activity(dir.path(), &key(), None).unwrap().records, 11);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_and_cover_all_time() {
    let dir = tempfile::tempdir().unwrap();
    let log = filled(dir.path(), 25).await;
    let (mut seen, mut query, mut until) = (Vec::new(), ActivityQuery::default(), None);
    query.limit = 10;
    loop {
        let page = log.page(query.clone()).await.unwrap();
        assert_eq!(page.until, until, "the span begins where the one before ended");
        seen.extend(page.records.iter().map(|r| r.seq));
        (query.before, until) = (page.next, page.since);
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_kill_left_of_retention_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let day = 24 * 3600 * 1000;
    let log = ActivityLog::open(dir.path(), &key(), false).unwrap();
    for at in 0..6 {
        log.append(record(at / 2 * day)).await.unwrap();
    }
    let oldest = segments::list(&dir.path().join(FOLDER)).unwrap().segments.remove(0);
    let bytes = std::fs::read(&oldest.path).unwrap();
    assert_eq!(log.retain(Millis(day)).await.unwrap(), 2);
    log.stop();
    std::fs::write(&oldest.path, bytes).unwrap();
    assert_eq!(verify_activity(dir.path(), &key(), None).unwrap().records, 4);
    let log = ActivityLog::open(dir.path(), &key(), true).unwrap();
    assert!(log.found().is_none() && !oldest.path.exists());
    assert_eq!(log.retain(Millis(10 * day)).await.unwrap(), 4);
    assert_eq!(log.append(record(11 * day)).await.unwrap(), 7);
    log.stop();
    let chain = verify_activity(dir.path(), &key(), None).unwrap();
    assert_eq!((chain.records, chain.dropped, chain.last), (1, 6, 7));
    std::fs::remove_file(dir.path().join("activity/tombstone")).unwrap();
    assert!(verify_activity(dir.path(), &key(), None).is_err());
}

#[tokio::test]
async fn who_goes_on_behind_a_record_reads_all_that_follow_once() {
    let dir = tempfile::tempdir().unwrap();
    let log = filled(dir.path(), 130).await;
    // A day later: another file.
    for at in 0..130 {
        log.append(record(25 * 3600 * 1000 + at)).await.unwrap();
    }
    assert_eq!(segments::list(&dir.path().join(FOLDER)).unwrap().segments.len(), 2);
    assert_eq!(*log.end().borrow(), 260);
    for start in [0, 1, 99, 129, 130, 131, 259] {
        let (mut cursor, mut seen) = (start, Vec::new());
        loop {
            let run = log.after(cursor).await.unwrap();
            if run.upto == cursor {
                assert!(run.records.is_empty());
                break;
            }
            seen.extend(run.records.iter().map(|record| record.seq));
            cursor = run.upto;
        }
        assert_eq!(seen, (start + 1..=260).collect::<Vec<_>>(), "from {start}");
    }
    // Retention drops the first file; who was still in it goes on with what is left.
    log.retain(Millis(3600 * 1000)).await.unwrap();
    let run = log.after(5).await.unwrap();
    assert_eq!((run.records[0].seq, run.upto), (131, 230));
    let mut end = log.end();
    end.mark_unchanged();
    log.append(record(1)).await.unwrap();
    assert!(end.has_changed().unwrap());
}
