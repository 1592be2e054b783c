//! The files of the log, in their order. Each is named by the number of its first record, and a new one is begun each day
//! and before one grows large, so that retention drops whole files and reading needs few of them in memory.
use crate::error::StoreError;
use crate::files::at;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A file that is larger gets no more records.
pub(super) const LARGE: u64 = 4 << 20;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// One file of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Number of its first record.
    pub(super) first: u64,
    pub(super) path: PathBuf,
}

pub(super) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.log"))
}

/// The day of a moment, for names of days only.
pub(super) fn day(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

/// The files of a folder.
pub(super) struct Listing {
    /// The log's own, oldest first.
    pub(super) segments: Vec<Segment>,
    /// Names of others.
    pub(super) others: Vec<String>,
}

pub(super) fn list(folder: &Path) -> Result<Listing, StoreError> {
    let mut listing = Listing {
        segments: Vec::new(),
        others: Vec::new(),
    };
    for entry in std::fs::read_dir(folder).map_err(at(folder, "read"))? {
        let entry = entry.map_err(at(folder, "read"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name.strip_suffix(".log").filter(|digits| digits.len() == 20);
        match number.and_then(|digits| digits.parse().ok()) {
            Some(first) => listing.segments.push(Segment {
                first,
                path: entry.path(),
            }),
            None => listing.others.push(name),
        }
    }
    listing.segments.sort_by_key(|segment| segment.first);
    listing.others.sort();
    Ok(listing)
}

/// Its bytes; `None` when retention has dropped it meanwhile.
pub(super) fn read(segment: &Segment) -> Result<Option<Vec<u8>>, StoreError> {
    match std::fs::read(&segment.path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(at(&segment.path, "read")(cause)),
    }
}

/// The whole lines of a file, newest first. What stands behind the last line end is none.
pub(super) fn newest_first(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.rsplit(|byte| *byte == b'\n').skip(1)
}
