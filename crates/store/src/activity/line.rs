//! One record as it lies in the log: a line with the record as JSON, the hash that chains it to the one before, and a
//! seal over that hash. The bytes that are hashed are the bytes of the file, so nothing has to be written again to check.
//!
//! The hash needs no key, so whoever has the line can follow the chain. The seal needs the key: without it a chain that
//! somebody wrote anew, or records put behind the newest, could not be told from ours.
use crate::error::StoreError;
use crate::key::{MasterKey, hex, unhex};
use crate::seal;
use sha2::{Digest, Sha256};
use shipyard_model::activity::ActivityRecord;
use zeroize::Zeroizing;

/// What a record's seal belongs to.
const KIND: &str = "activity-record";

/// The newest record of a chain: what the next one is chained to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Its number; 0 before the first record.
    pub(super) seq: u64,
    /// Its hash.
    pub(super) hash: [u8; 32],
}

impl Link {
    /// Before the first record.
    pub(super) const START: Self = Self { seq: 0, hash: [0; 32] };
}

/// Why a line is not the record that belongs in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadLine {
    #[error("it cannot be read")]
    Unreadable,
    #[error("it was changed, or the record before it is not the one that it followed")]
    Changed,
    #[error("record {0} stands in its place")]
    OutOfPlace(u64),
    #[error("it was not sealed with this key")]
    Unsealed,
}

fn chained(before: &Link, json: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"shipyard/v1|activity|");
    hash.update(before.hash);
    hash.update(json);
    hash.finalize().into()
}

/// Adds the line of a record, whose number becomes the next one.
pub(super) fn write(
    out: &mut Vec<u8>,
    key: &MasterKey,
    before: &Link,
    record: &mut ActivityRecord,
) -> Result<Link, StoreError> {
    record.seq = before.seq + 1;
    let json = serde_json::to_vec(record).map_err(|e| StoreError::Record {
        what: format!("{} of the activity log", record.seq),
        cause: e.to_string(),
    })?;
    let link = Link {
        seq: record.seq,
        hash: chained(before, &json),
    };
    let name = hex(&link.hash);
    let sealed = seal::seal(key, KIND, &name, Zeroizing::default())?;
    // JSON has no raw tabs and no raw line ends: whatever a name holds, a record is one line of three parts.
    out.extend_from_slice(&json);
    for part in [name.as_str(), &hex(&sealed)] {
        out.push(b'\t');
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'\n');
    Ok(link)
}

/// Record, hash and seal of a line, unchecked.
fn split(line: &[u8]) -> Option<(&[u8], &str, &str)> {
    let mut parts = line.rsplitn(3, |byte| *byte == b'\t');
    let seal = std::str::from_utf8(parts.next()?).ok()?;
    let hash = std::str::from_utf8(parts.next()?).ok()?;
    Some((parts.next()?, hash, seal))
}

/// The record of a line, unchecked.
pub(super) fn record(line: &[u8]) -> Option<ActivityRecord> {
    serde_json::from_slice(split(line)?.0).ok()
}

/// Number and hash that a line claims for itself, unchecked.
pub(super) fn claim(line: &[u8]) -> Option<Link> {
    let hash = unhex(split(line)?.1)?;
    Some(Link {
        seq: record(line)?.seq,
        hash: hash.as_slice().try_into().ok()?,
    })
}

/// Checks that a line is the record that follows `before`, written under the key.
pub(super) fn check(key: &MasterKey, before: &Link, line: &[u8]) -> Result<Link, BadLine> {
    let (json, hash, sealed) = split(line).ok_or(BadLine::Unreadable)?;
    let record: ActivityRecord = serde_json::from_slice(json).map_err(|_| BadLine::Unreadable)?;
    if record.seq != before.seq + 1 {
        return Err(BadLine::OutOfPlace(record.seq));
    }
    let link = Link {
        seq: record.seq,
        hash: chained(before, json),
    };
    // The digits themselves are compared, and written again those of the seal: another case of a letter is a change too.
    let name = hex(&link.hash);
    if hash != name {
        return Err(BadLine::Changed);
    }
    let bytes = unhex(sealed).ok_or(BadLine::Changed)?;
    if hex(&bytes) != sealed {
        return Err(BadLine::Changed);
    }
    match seal::open(key, KIND, &name, &bytes) {
        Ok(plain) if plain.is_empty() => Ok(link),
        _ => Err(BadLine::Unsealed),
    }
}
