//! What can go wrong, with what to do about it: these sentences are read by whoever starts the server.
use std::path::PathBuf;

/// Why the master key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("the key file {file} cannot be {doing}: {cause}")]
    Io {
        /// The file.
        file: PathBuf,
        /// What was tried: `read`, `made`.
        doing: &'static str,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Its content is no key.
    #[error("the key file {0} holds no key: it must be 32 bytes, or 64 hexadecimal digits; put back the right file")]
    Malformed(PathBuf),
    /// Others than its owner can read it.
    #[error("the key file {file} can be read by others (mode {mode:o}); run: chmod 400 {file}")]
    Exposed {
        /// The file.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It lies in the folder that it protects.
    #[error(
        "the key file {0} lies inside the data folder, so a copy of that folder would hold the key to it; choose a place outside"
    )]
    InsideData(PathBuf),
    /// The data folder was sealed with a key, and the file is gone.
    #[error(
        "the key file {0} is missing, and this data folder was sealed with it; put the file back, it cannot be made again"
    )]
    Missing(PathBuf),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    NoRandom(getrandom::Error),
}

/// Why the store cannot do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data folder.
    #[error(
        "the data folder {0} is in use by another Shipyard server; stop that one, or give this one a folder of its own"
    )]
    InUse(PathBuf),
    /// The data folder was sealed with another key. Nothing in it was touched.
    #[error(
        "the data folder was sealed with another key (its key is {wanted}, the key file holds {given}); start with the key file that belongs to it"
    )]
    WrongKey {
        /// Name of the key that the folder was sealed with.
        wanted: String,
        /// Name of the key that was given.
        given: String,
    },
    /// The folder was used before, and its database is gone.
    #[error(
        "the data folder {0} was used before, but its database is missing; restore it from a backup, or use an empty folder to start anew"
    )]
    Gone(PathBuf),
    /// The database cannot be opened.
    #[error(
        "the database in {folder} cannot be opened: {cause}; copy the data folder away first, then restore it from a backup, or use an empty folder to start anew"
    )]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// It was written by a newer Shipyard.
    #[error(
        "the data folder was written by a newer Shipyard (schema {found}, this one knows {known}); start that version"
    )]
    TooNew {
        /// Its schema.
        found: u16,
        /// The newest schema that this build knows.
        known: u16,
    },
    /// A record cannot be read.
    #[error("the record {what} is damaged: {cause}")]
    Record {
        /// Which.
        what: String,
        /// What is wrong.
        cause: String,
    },
    /// A sealed record does not open: it was changed, or belongs to something else.
    #[error("the sealed record {0} was changed or belongs to another engine; give the credentials again")]
    Unsealable(String),
    /// The disk refuses. After such an error nothing more is written until a restart.
    #[error("the disk refused a write: {0}; see to the disk (is it full?) and restart Shipyard")]
    Disk(String),
    /// A file or folder cannot be used.
    #[error("{path} cannot be {doing}: {cause}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A name that is taken.
    #[error("the name “{0}” is taken")]
    Taken(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    NoRandom(getrandom::Error),
    /// The task that did the work was stopped.
    #[error("the store is shutting down")]
    Stopped,
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Corruption { .. } => Self::Record {
                what: "in the database".to_owned(),
                cause: error.to_string(),
            },
            _ => Self::Disk(error.to_string()),
        }
    }
}
