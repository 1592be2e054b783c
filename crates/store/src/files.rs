//! Files and folders that only their owner may enter, and that are on the disk when they are said to be.
use crate::error::StoreError;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Makes a folder and its parents for the owner alone. One that exists is left as it is.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes names in a folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether others than the owner may enter.
pub(crate) fn is_open_to_others(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

/// Turns a system error about a path into one of the store.
pub(crate) fn at<'p>(path: &'p Path, doing: &'static str) -> impl FnOnce(io::Error) -> StoreError + 'p {
    move |cause| StoreError::Io {
        path: path.to_owned(),
        doing,
        cause,
    }
}

/// Removes what a kill in the middle of a snapshot left: sled would take the unfinished file for the newest snapshot
/// and call the database corrupt (sled issues 1527 and 1533). Without it, sled replays its log from the one before.
pub(crate) fn remove_unfinished_snapshots(folder: &Path) -> Result<(), StoreError> {
    for entry in std::fs::read_dir(folder).map_err(at(folder, "read"))? {
        let path = entry.map_err(at(folder, "read"))?.path();
        let unfinished = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with("snap.") && name.ends_with(".generating"));
        if unfinished {
            tracing::warn!(file = %path.display(), "removing a snapshot that a kill left unfinished");
            std::fs::remove_file(&path).map_err(at(&path, "removed"))?;
        }
    }
    Ok(())
}
