//! Following the chain from end to end. The same walk serves `verify`, which follows all of it, and the opening of the
//! log, which follows what the head is about.
use super::anchors::{self, Anchor, BadAnchor};
use super::line::{self, Link};
use super::segments::{self, Segment};
use crate::error::StoreError;
use crate::key::{MasterKey, hex};
use std::path::{Path, PathBuf};

/// An unbroken chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityChain {
    /// How many records there are.
    pub records: u64,
    /// How many retention dropped before them.
    pub dropped: u64,
    /// Number of the newest record; 0 when there never was one.
    pub last: u64,
    /// Its hash in hexadecimal digits: whoever notes it elsewhere can tell later that nothing before it was changed.
    pub hash: String,
    /// Bytes of a write behind the last record that never ended, as a kill leaves them. The next start removes them.
    pub unfinished: u64,
}

/// Where a chain is broken, or why that cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ActivityFault {
    /// A record is not what was written.
    #[error("record {seq}: {why}")]
    Record {
        /// Number of the first such record.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Something besides the records is not what was written.
    #[error("{0}")]
    Log(String),
    /// It cannot be read at all.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn broken(seq: u64, why: impl ToString) -> ActivityFault {
    ActivityFault::Record {
        seq,
        why: why.to_string(),
    }
}

/// Where the walk ended.
pub(super) struct End {
    /// The newest record.
    pub(super) tail: Link,
    /// How many records were looked at.
    pub(super) walked: u64,
    /// What retention said.
    pub(super) tombstone: Option<Anchor>,
    /// The newest file, and how many of its bytes are whole records.
    pub(super) file: Option<(PathBuf, u64)>,
    /// Bytes behind them.
    pub(super) unfinished: u64,
    /// Files that retention dropped and a kill left there.
    pub(super) left_over: Vec<PathBuf>,
}

/// How much of the chain to follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it.
    Whole,
    /// From the file that the head is about.
    Head,
}

/// Follows the chain; `each` sees every record that holds.
pub(super) fn walk(
    folder: &Path,
    key: &MasterKey,
    reach: Reach,
    mut each: impl FnMut(&Link),
) -> Result<End, ActivityFault> {
    let head = read_head(folder, key)?;
    let tombstone = read_tombstone(folder, key)?;
    let listing = segments::list(folder)?;
    let known = [anchors::HEAD, anchors::TOMBSTONE, anchors::TOMBSTONE_ASIDE];
    if let Some(name) = listing.others.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(ActivityFault::Log(format!("the file {name} is not of this log")));
    }
    let buried = tombstone.map_or(Link::START, |anchor| anchor.link);
    if head.seq < buried.seq || (head.seq == buried.seq && head != buried) {
        return Err(broken(head.seq + 1, "the head is older than what retention dropped"));
    }
    let (left_over, files): (Vec<_>, Vec<_>) = listing.segments.into_iter().partition(|s| s.first <= buried.seq);
    let (files, mut tail) = match reach {
        Reach::Whole => (files.as_slice(), buried),
        Reach::Head => from_head(&files, head, buried)?,
    };
    let mut end = End {
        tail,
        walked: 0,
        tombstone,
        file: None,
        unfinished: 0,
        left_over: left_over.into_iter().map(|segment| segment.path).collect(),
    };
    for (index, segment) in files.iter().enumerate() {
        if segment.first != tail.seq + 1 {
            return Err(broken(tail.seq + 1, "it is missing"));
        }
        let bytes = segments::read(segment)?.ok_or_else(|| broken(tail.seq + 1, "it is missing"))?;
        let mut whole = 0_u64;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(text) = piece.strip_suffix(b"\n") else {
                end.unfinished = piece.len() as u64;
                break;
            };
            tail = line::check(key, &tail, text).map_err(|why| broken(tail.seq + 1, why))?;
            if tail.seq == head.seq && tail != head {
                return Err(broken(tail.seq, "the sealed head is about another record"));
            }
            each(&tail);
            end.walked += 1;
            whole += piece.len() as u64;
        }
        if end.unfinished > 0 && index + 1 < files.len() {
            return Err(broken(tail.seq + 1, line::BadLine::Unreadable));
        }
        end.file = Some((segment.path.clone(), whole));
    }
    if tail.seq < head.seq {
        let why = format!(
            "it is missing with all behind it: the sealed head says that there are {} records",
            head.seq
        );
        return Err(broken(tail.seq + 1, why));
    }
    end.tail = tail;
    Ok(end)
}

fn read_head(folder: &Path, key: &MasterKey) -> Result<Link, ActivityFault> {
    match anchors::read(folder, anchors::HEAD, key) {
        Ok(anchor) => Ok(anchor.link),
        Err(BadAnchor::Missing) => Err(ActivityFault::Log("the sealed head is missing".to_owned())),
        Err(BadAnchor::Changed) => Err(ActivityFault::Log(
            "the sealed head was changed, or the key file is not the one it was sealed with".to_owned(),
        )),
        Err(BadAnchor::Io(error)) => Err(error.into()),
    }
}

fn read_tombstone(folder: &Path, key: &MasterKey) -> Result<Option<Anchor>, ActivityFault> {
    match anchors::read(folder, anchors::TOMBSTONE, key) {
        Ok(anchor) => Ok(Some(anchor)),
        Err(BadAnchor::Missing) => Ok(None),
        Err(BadAnchor::Changed) => Err(ActivityFault::Log(
            "the tombstone of dropped records was changed".to_owned(),
        )),
        Err(BadAnchor::Io(error)) => Err(error.into()),
    }
}

/// The files from the one that holds the head's record, and the record before them.
fn from_head(files: &[Segment], head: Link, buried: Link) -> Result<(&[Segment], Link), ActivityFault> {
    let Some(at) = files.iter().rposition(|segment| segment.first <= head.seq) else {
        return Ok((files, buried));
    };
    let rest = files.get(at..).unwrap_or_default();
    let Some(before) = at.checked_sub(1).and_then(|at| files.get(at)) else {
        return Ok((rest, buried));
    };
    let bytes = segments::read(before)?.unwrap_or_default();
    let claim = segments::newest_first(&bytes).next().and_then(line::claim);
    let link = claim.ok_or_else(|| broken(before.first, line::BadLine::Unreadable))?;
    Ok((rest, link))
}

/// Follows the whole chain of a log's folder and writes nothing. A server may be writing meanwhile.
///
/// `holds`: the hash of a record that was noted earlier and must still be there, unless retention dropped it.
pub(super) fn verify(folder: &Path, key: &MasterKey, holds: Option<&str>) -> Result<ActivityChain, ActivityFault> {
    if !folder.is_dir() {
        return Err(ActivityFault::Log(format!(
            "there is no activity log in {}",
            folder.parent().unwrap_or(folder).display()
        )));
    }
    let mut found = holds.is_none();
    let mut follow = || {
        walk(folder, key, Reach::Whole, |link| {
            found = found || holds.is_some_and(|wanted| hex(&link.hash).eq_ignore_ascii_case(wanted));
        })
    };
    let before = read_tombstone(folder, key).ok();
    let end = match follow() {
        // Retention dropped files while they were being read: once more, with the new tombstone.
        Err(_) if read_tombstone(folder, key).ok() != before => follow()?,
        end => end?,
    };
    let buried = end.tombstone.map(|anchor| hex(&anchor.link.hash));
    if !found && buried.as_deref() != holds {
        return Err(ActivityFault::Log(
            "no record has the hash that it must hold: the log was put back to an older state, or written anew"
                .to_owned(),
        ));
    }
    Ok(ActivityChain {
        records: end.walked,
        dropped: end.tombstone.map_or(0, |anchor| anchor.dropped),
        last: end.tail.seq,
        hash: hex(&end.tail.hash),
        unfinished: end.unfinished,
    })
}
