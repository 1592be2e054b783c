//! The log's life with the server: what the last run left open becomes unknown, each start and end is a record, counts
//! of refusals are written each minute, and old days are dropped each hour.
use super::{Activity, machine, outcome, problem_of, record, refusals};
use crate::Yard;
use shipyard_model::Millis;
use shipyard_model::activity::{ActivityResult, ActivitySubject};
use shipyard_store::{ActivityChain, ActivityFault, KeyError, MasterKey};
use std::net::IpAddr;
use std::path::Path;
use std::sync::PoisonError;
use std::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// The action of the record that every start writes: older intents were closed by the start before.
const STARTED: &str = "server.start";
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Minutes between two looks at what is old.
const RETAIN_EVERY: u32 = 60;

/// Looks after the log for as long as it is held.
pub(crate) struct Keeper {
    _task: AbortOnDropHandle<()>,
}

fn server() -> ActivitySubject {
    ActivitySubject::new("server", env!("CARGO_PKG_VERSION"))
}

impl Activity {
    /// Closes what the last run left open and records the start. A disk that refuses is no reason not to start: it is
    /// told at every change.
    pub(crate) async fn started(&self) {
        let log = &self.0.log;
        let mut records = Vec::new();
        if let Some(found) = log.found() {
            let mut damaged = record(machine(), "activity.damaged", server(), found);
            damaged.result = problem_of("activity.damaged", found);
            records.push(damaged);
        }
        match log.open_intents(STARTED).await {
            Ok(open) => {
                let unknown = |intent| outcome(intent, ActivityResult::Unknown, "");
                records.extend(open.into_iter().map(unknown));
            }
            Err(error) => tracing::error!(%error, "what the last run left open cannot be read"),
        }
        records.push(record(machine(), STARTED, server(), ""));
        for record in records {
            if let Err(error) = log.append(record).await {
                tracing::error!(%error, "the start cannot be recorded");
                return;
            }
        }
    }

    /// Looks after the log from now on: drops records older than so many days, and writes what was counted.
    pub(crate) fn keep(&self, days: u32) -> Keeper {
        let this = self.clone();
        let task = tokio::spawn(async move {
            let mut minute = tokio::time::interval(refusals::TOGETHER);
            for minutes in (0..RETAIN_EVERY).cycle() {
                minute.tick().await;
                this.write_counts(false);
                if minutes == 0 {
                    this.retain(days).await;
                }
            }
        });
        Keeper {
            _task: AbortOnDropHandle::new(task),
        }
    }

    fn write_counts(&self, all: bool) {
        let mut refusals = self.0.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        for record in refusals.due(Instant::now(), all) {
            self.0.log.append_later(record);
        }
    }

    async fn retain(&self, days: u32) {
        let before = Millis(Millis::now().0.saturating_sub(i64::from(days) * DAY_MS));
        match self.0.log.retain(before).await {
            Ok(0) => {}
            Ok(count) => {
                let detail = format!("{count} records older than {days} days");
                let _ = self
                    .0
                    .log
                    .append(record(machine(), "activity.drop", server(), &detail))
                    .await;
            }
            Err(error) => tracing::error!(%error, "old activity cannot be dropped"),
        }
    }

    /// Records the end of the server's life.
    pub(crate) fn stopping(&self) {
        self.write_counts(true);
        self.0.log.append_later(record(machine(), "server.stop", server(), ""));
    }
}

/// Why the log of a data folder does not verify.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The key file cannot be used, so nothing can be told.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is not what was written, or cannot be read.
    #[error(transparent)]
    Fault(#[from] ActivityFault),
}

/// Follows the chain of a data folder's log from end to end; writes nothing, and needs no yard that is closed.
///
/// `holds`: a hash that an earlier run gave as the last, and that must still be there.
///
/// # Errors
/// See [`VerifyError`].
pub fn verify_activity(data_dir: &Path, key_file: &Path, holds: Option<&str>) -> Result<ActivityChain, VerifyError> {
    let key = MasterKey::load(key_file)?;
    Ok(shipyard_store::verify_activity(data_dir, &key, holds)?)
}

impl Yard {
    /// Records that the session of an account was ended by its owner.
    pub async fn signed_out(&self, account: &str, from: Option<IpAddr>) {
        self.inner.activity.signed_out(account, from).await;
    }
}
