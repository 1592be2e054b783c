//! Everything that must survive: accounts, roles, pools and tokens, engines with their sealed credentials, sessions,
//! hooks, templates, activity, operations, and what containers were.
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
mod history;
mod hooks;
mod journal;
mod key;
mod keycheck;
mod lasting;
mod material;
mod migrate;
mod nodes;
mod open;
mod record;
mod rules;
mod seal;
mod sessions;
mod settings;
mod templates;
mod tokens;
mod webhooks;

pub use accounts::{AccountRecord, PasskeyRecord, Passkeys, SecondFactor};
pub use activity::{ActivityChain, ActivityFault, ActivityLog, ActivityRun, ActivitySpan, verify_activity};
pub use engines::CredentialsChange;
pub use error::{KeyError, StoreError};
pub use history::HistoryRecord;
pub use hooks::{DeliveryRecord, HookRecord, HookSecret, HookShelf};
pub use journal::{OpenOperation, OperationShelf};
pub use key::MasterKey;
pub use lasting::{KnownCopy, LastingRecord, MovedCopy};
pub use material::TlsMaterial;
pub use nodes::{AuthorityMaterial, EnrolmentKey, EnrolmentRecord, NodeRecord};
pub use open::Store;
pub use sessions::SessionKey;
pub use tokens::{LinkKey, LinkRecord, TokenRecord};
pub use webhooks::{WebhookRecord, WebhookSecret};
