//! Reading the log, newest first, from its files. What is read here was written by the one writer of this process or
//! checked when the log was opened; the whole chain is followed by `verify`.
use super::line;
use super::segments;
use crate::error::StoreError;
use shipyard_model::Millis;
use shipyard_model::activity::{ActivityPhase, ActivityQuery, ActivityRecord};
use std::collections::HashSet;
use std::path::Path;

/// Records of a page unless it is said how many.
const LIMIT: u32 = 100;
/// Most records of a page.
const MOST: u32 = 1000;
/// Most records that are looked at for one page.
const LOOK_AT: u32 = 100_000;
/// How far the clock may have gone back between two records, in milliseconds.
const SLACK_MS: i64 = 24 * 3600 * 1000;

/// A page of records, and the span of time that it covers, so that what is not in the log can be put between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivitySpan {
    /// Newest first.
    pub records: Vec<ActivityRecord>,
    /// What to ask for next as `before`; `None` when there is no more.
    pub next: Option<u64>,
    /// The page is about what is older than this; `None` for the first page.
    pub until: Option<Millis>,
    /// And not older than this; `None` for the last page.
    pub since: Option<Millis>,
}

/// Records in the order of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityRun {
    /// Oldest first.
    pub records: Vec<ActivityRecord>,
    /// Where to go on: the number of the newest record that was looked at.
    pub upto: u64,
}

/// The records behind `cursor` and up to `end`, at most a hundred. What retention has dropped is passed over.
pub(super) fn after(folder: &Path, end: u64, cursor: u64) -> Result<ActivityRun, StoreError> {
    let mut run = ActivityRun {
        records: Vec::new(),
        upto: cursor,
    };
    let segments = segments::list(folder)?.segments;
    // A file holds all numbers from its first to the one before the next file's.
    let next = segments.partition_point(|segment| segment.first <= cursor.saturating_add(1));
    for segment in segments.iter().skip(next.saturating_sub(1)) {
        let bytes = segments::read(segment)?.unwrap_or_default();
        let skip = usize::try_from(run.upto.saturating_add(1).saturating_sub(segment.first)).unwrap_or(usize::MAX);
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        for (number, line) in (segment.first..=end)
            .zip(lines.filter(|line| line.ends_with(b"\n")))
            .skip(skip)
        {
            if run.records.len() >= LIMIT as usize {
                return Ok(run);
            }
            run.upto = number;
            run.records.extend(line::record(line.trim_ascii_end()));
        }
    }
    Ok(run)
}

/// Hands out records, newest first, from `end` downwards, until `each` has enough.
fn scan(folder: &Path, end: u64, mut each: impl FnMut(ActivityRecord) -> bool) -> Result<(), StoreError> {
    for segment in segments::list(folder)?.segments.iter().rev() {
        if segment.first > end {
            continue;
        }
        let bytes = segments::read(segment)?.unwrap_or_default();
        let records = segments::newest_first(&bytes).filter_map(line::record);
        for record in records.filter(|record| record.seq <= end) {
            if !each(record) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A page of what the query asks for, out of the records up to `end`.
pub(super) fn page(folder: &Path, end: u64, query: &ActivityQuery) -> Result<ActivitySpan, StoreError> {
    let limit = match query.limit {
        0 => LIMIT,
        limit => limit.min(MOST),
    };
    let oldest = query.from.map_or(i64::MIN, |from| from.0.saturating_sub(SLACK_MS));
    let mut span = ActivitySpan::default();
    let mut looked_at = 0;
    let mut last = None;
    let before = query.before.unwrap_or(u64::MAX);
    scan(folder, end.min(before), |record| {
        if record.seq == before {
            span.until = Some(record.at);
            return true;
        }
        if record.at.0 < oldest {
            last = None;
            return false;
        }
        if looked_at >= LOOK_AT || span.records.len() >= limit as usize {
            // One more is there.
            (span.next, span.since) = (last.map(|(seq, _)| seq), last.map(|(_, at)| at));
            return false;
        }
        looked_at += 1;
        last = Some((record.seq, record.at));
        if query.asks_for(&record) {
            span.records.push(record);
        }
        true
    })?;
    Ok(span)
}

/// The intents since the server last started that have no outcome, oldest first. `started`: the action of the record
/// that every start writes.
pub(super) fn open_intents(folder: &Path, end: u64, started: &str) -> Result<Vec<ActivityRecord>, StoreError> {
    let (mut over, mut open) = (HashSet::new(), Vec::new());
    scan(folder, end, |record| {
        match record.phase {
            ActivityPhase::Outcome { of } => drop(over.insert(of)),
            ActivityPhase::Intent if !over.contains(&record.seq) => open.push(record.clone()),
            _ => {}
        }
        record.action != started
    })?;
    open.reverse();
    Ok(open)
}
