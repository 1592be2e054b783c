//! Everything that must survive: accounts, engines with their sealed credentials, sessions, settings, activity.
//!
//! The only crate that knows sled, so that another database could take its place. What it promises: a write that was
//! answered is on the disk itself (sled's own flush is not enough, see `commit`); secrets are sealed under a key that
//! is kept outside the data folder; a damaged or foreign data folder is refused with a sentence that says what to do,
//! and never taken for a new one.
#![forbid(unsafe_code)]

mod accounts;
mod activity;
mod commit;
mod engines;
mod error;
mod files;
mod key;
mod keycheck;
mod material;
mod migrate;
mod open;
mod record;
mod seal;
mod sessions;
mod settings;

pub use accounts::AccountRecord;
pub use activity::{ActivityChain, ActivityFault, ActivityLog, ActivitySpan, verify_activity};
pub use engines::CredentialsChange;
pub use error::{KeyError, StoreError};
pub use key::MasterKey;
pub use material::TlsMaterial;
pub use open::Store;
pub use sessions::SessionKey;
