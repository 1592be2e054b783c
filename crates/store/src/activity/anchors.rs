//! The two ends of the chain, sealed under the key: the *head* says which record is the newest, the *tombstone* which was
//! the last that retention dropped. Without them, what was cut off at either end would not be missed.
use super::line::Link;
use crate::error::StoreError;
use crate::files::{at, sync_folder};
use crate::key::{MasterKey, hex, unhex};
use crate::seal;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::FileExt;
use std::path::Path;
use zeroize::Zeroizing;

pub(super) const HEAD: &str = "head";
pub(super) const TOMBSTONE: &str = "tombstone";
/// A tombstone that a kill left unfinished.
pub(super) const TOMBSTONE_ASIDE: &str = "tombstone.new";

/// What a sealed end says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The record.
    pub(super) link: Link,
    /// How many records were dropped in all; 0 in the head.
    pub(super) dropped: u64,
}

/// Why an end of the chain cannot be told.
pub(super) enum BadAnchor {
    Missing,
    Changed,
    Io(StoreError),
}

/// 48 bytes, so that the head is always as long and can be written over in place.
fn pack(anchor: &Anchor) -> Vec<u8> {
    let mut bytes = anchor.link.seq.to_be_bytes().to_vec();
    bytes.extend_from_slice(&anchor.link.hash);
    bytes.extend_from_slice(&anchor.dropped.to_be_bytes());
    bytes
}

fn unpack(bytes: &[u8]) -> Option<Anchor> {
    let (seq, rest) = bytes.split_first_chunk::<8>()?;
    let (hash, rest) = rest.split_first_chunk::<32>()?;
    Some(Anchor {
        link: Link {
            seq: u64::from_be_bytes(*seq),
            hash: *hash,
        },
        dropped: u64::from_be_bytes(rest.try_into().ok()?),
    })
}

fn text(key: &MasterKey, name: &str, anchor: &Anchor) -> Result<String, StoreError> {
    let sealed = seal::seal(key, "activity", name, Zeroizing::new(pack(anchor)))?;
    let mut text = hex(&sealed);
    text.push('\n');
    Ok(text)
}

pub(super) fn read(folder: &Path, name: &str, key: &MasterKey) -> Result<Anchor, BadAnchor> {
    let path = folder.join(name);
    let content = match std::fs::read(&path) {
        Ok(content) => content,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Err(BadAnchor::Missing),
        Err(cause) => return Err(BadAnchor::Io(at(&path, "read")(cause))),
    };
    let open = || {
        let digits = std::str::from_utf8(&content).ok()?.strip_suffix('\n')?;
        let sealed = unhex(digits).filter(|bytes| hex(bytes) == digits)?;
        unpack(&seal::open(key, "activity", name, &sealed).ok()?)
    };
    open().ok_or(BadAnchor::Changed)
}

/// The head's file, written over in place: less than a sector, in one write. It is not synced with each record: after a
/// power cut it may be older than the log, which is whole all the same, and never newer.
pub(super) struct Head(File);

impl Head {
    pub(super) fn open(folder: &Path) -> std::io::Result<Self> {
        let file = File::options().write(true).open(folder.join(HEAD))?;
        Ok(Self(file))
    }

    pub(super) fn set(&self, key: &MasterKey, link: Link) -> Result<(), StoreError> {
        let text = text(key, HEAD, &Anchor { link, dropped: 0 })?;
        self.0
            .write_all_at(text.as_bytes(), 0)
            .map_err(|e| StoreError::Disk(e.to_string()))
    }

    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.0.sync_all()
    }
}

/// Makes the head of a new log.
pub(super) fn create_head(folder: &Path, key: &MasterKey) -> Result<(), StoreError> {
    let start = Anchor {
        link: Link::START,
        dropped: 0,
    };
    put(folder, HEAD, "head.new", &text(key, HEAD, &start)?)
}

/// Says that everything up to a record was dropped.
pub(super) fn bury(folder: &Path, key: &MasterKey, anchor: &Anchor) -> Result<(), StoreError> {
    put(folder, TOMBSTONE, TOMBSTONE_ASIDE, &text(key, TOMBSTONE, anchor)?)
}

/// Written aside and put in place at once, so that a kill never leaves half of it.
fn put(folder: &Path, name: &str, aside: &str, text: &str) -> Result<(), StoreError> {
    let (file, aside) = (folder.join(name), folder.join(aside));
    let write = || -> std::io::Result<()> {
        let mut made = File::create(&aside)?;
        made.write_all(text.as_bytes())?;
        made.sync_all()?;
        std::fs::rename(&aside, &file)?;
        sync_folder(folder)
    };
    write().map_err(at(&file, "written"))
}
