//! Who did what: an intent is on the disk before anything is changed or an engine is asked, an outcome after.
//!
//! A change that cannot be recorded is refused, and reading goes on. An intent whose use case ends without a word, or
//! whose server is killed, becomes `unknown`: nothing is ever left open. Refusals are put together, so that somebody who
//! knocks at the gate all day cannot fill the disk.
mod csv;
mod export;
mod life;
mod refusals;
mod summary;
#[cfg(test)]
mod tests;
mod timeline;
mod words;

pub(crate) use csv::iso;
pub use export::ExportFormat;
pub(crate) use life::Keeper;
pub use life::{VerifyError, verify_activity};
pub(crate) use summary::list;
pub(crate) use timeline::event;

use crate::Yard;
use crate::actor::{Actor, Via};
use refusals::Refusals;
use shipyard_model::activity::{
    ActivityActor, ActivityPhase, ActivityRecord, ActivityResult, ActivitySubject, ActivityVia,
};
use shipyard_model::operation::Operation;
use shipyard_model::{Millis, OperationId, Permission, Problem};
use shipyard_store::ActivityLog;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Where use cases say what they do. A cheap clone; the store behind it keeps nothing but activity.
#[derive(Clone)]
pub(crate) struct Activity(Arc<Shared>);

struct Shared {
    log: ActivityLog,
    refusals: Mutex<Refusals>,
}

impl From<&Actor> for ActivityActor {
    fn from(actor: &Actor) -> Self {
        let via = match actor.via() {
            Via::Session { .. } => ActivityVia::Session,
            Via::Token { id } => ActivityVia::Token(id.clone()),
        };
        ActivityActor {
            via,
            ..person(actor.account(), actor.from())
        }
    }
}

/// An account at a browser.
pub(crate) fn person(account: &str, from: Option<IpAddr>) -> ActivityActor {
    ActivityActor {
        account: account.to_owned(),
        via: ActivityVia::Session,
        from: from.map(|address| address.to_string()),
    }
}

/// The server itself.
pub(crate) fn machine() -> ActivityActor {
    ActivityActor {
        account: String::new(),
        via: ActivityVia::Machine,
        from: None,
    }
}

/// A record of now, its texts made harmless.
pub(crate) fn record(actor: ActivityActor, action: &str, subject: ActivitySubject, detail: &str) -> ActivityRecord {
    ActivityRecord {
        seq: 0,
        at: Millis::now(),
        operation: None,
        actor: ActivityActor {
            account: words::clean(&actor.account, words::NAME),
            ..actor
        },
        action: action.to_owned(),
        subject: words::subject(subject),
        detail: words::clean(detail, words::DETAIL),
        phase: ActivityPhase::Event,
        result: ActivityResult::Ok,
    }
}

/// What a result is in the log.
fn result_of<T>(result: &Result<T, Problem>) -> ActivityResult {
    match result {
        Ok(_) => ActivityResult::Ok,
        Err(problem) => match &problem.field {
            // It may repeat what was typed, and that may be a key in the wrong field. Policy names options and rules only.
            Some(field) if !problem.args.is_empty() && !problem.code.starts_with("policy.") => {
                problem_of(&problem.code, &format!("The field “{field}” was refused."))
            }
            _ => problem_of(&problem.code, &problem.detail),
        },
    }
}

fn problem_of(code: &str, sentence: &str) -> ActivityResult {
    ActivityResult::Problem {
        code: code.to_owned(),
        sentence: words::clean(sentence, words::SENTENCE),
    }
}

fn unwritable() -> Problem {
    Problem::new(
        503,
        "activity.unwritable",
        "Nothing was changed, because Shipyard cannot write down who changes what.",
    )
    .hint("See whether the disk of the data folder is full; reading works all the same.")
}

impl Activity {
    pub(crate) fn new(log: ActivityLog) -> Self {
        Self(Arc::new(Shared {
            log,
            refusals: Mutex::default(),
        }))
    }

    /// Says what is about to be done. It is on the disk when this returns; then, and not before, it may be done.
    ///
    /// # Errors
    /// `activity.unwritable`: it must not be done.
    pub(crate) async fn begin(
        &self,
        actor: impl Into<ActivityActor>,
        action: &str,
        subject: ActivitySubject,
        detail: &str,
    ) -> Result<Intent, Problem> {
        let mut record = record(actor.into(), action, subject, detail);
        (record.phase, record.result) = (ActivityPhase::Intent, ActivityResult::Pending);
        let log = self.0.log.clone();
        // In a task of its own: when nobody waits for it any more, the intent that comes back is dropped, not lost.
        let written = tokio::spawn(async move {
            let seq = log.append(record.clone()).await?;
            let record = ActivityRecord { seq, ..record };
            Ok::<_, shipyard_store::StoreError>(Intent {
                log,
                record: Some(record),
            })
        });
        match written.await {
            Ok(Ok(intent)) => Ok(intent),
            Ok(Err(error)) => {
                tracing::error!(%error, action, "a change was refused: it cannot be recorded");
                Err(unwritable())
            }
            Err(error) => {
                tracing::error!(%error, action, "a change was refused: it cannot be recorded");
                Err(unwritable())
            }
        }
    }

    /// Records that somebody may not; the gate's to call. At most one record a minute for each account and address.
    pub(crate) fn refused(&self, actor: &Actor, permission: Permission) {
        let name = serde_json::to_value(permission).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default();
        let mut record = record(
            actor.into(),
            "permission.use",
            ActivitySubject::new("permission", name),
            "",
        );
        record.result = problem_of("forbidden", "The role does not allow this.");
        self.refuse(record);
    }

    /// Records that a password was not taken. `account`: the one that there is, if there is one; what else was typed may
    /// be a password in the wrong field.
    pub(crate) fn sign_in_refused(&self, account: Option<&str>, from: Option<IpAddr>, why: &Problem) {
        let name = account.unwrap_or_default();
        let mut record = record(person(name, from), "sign-in", ActivitySubject::new("account", name), "");
        record.result = problem_of(&why.code, &why.detail);
        self.refuse(record);
    }

    /// The number of the newest record, now and whenever there is a newer one.
    pub(crate) fn end(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.log.end()
    }

    /// Records what Shipyard did by itself, and why.
    pub(crate) fn by_itself(&self, action: &str, subject: ActivitySubject, why: &Problem) {
        let mut record = record(machine(), action, subject, "");
        record.result = problem_of(&why.code, &why.detail);
        self.0.log.append_later(record);
    }

    /// Records how an operation ended that the server's end had cut off.
    pub(crate) fn recovered(&self, operation: &Operation) {
        let (result, detail) = summary::of(operation);
        let subject = ActivitySubject::new("operation", operation.id.to_string());
        let mut record = record(machine(), "operation.recover", subject, &detail);
        (record.result, record.operation) = (result, Some(operation.id.clone()));
        self.0.log.append_later(record);
    }

    fn refuse(&self, mut record: ActivityRecord) {
        record.phase = ActivityPhase::Refused;
        let mut refusals = self.0.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(record) = refusals.note(record, Instant::now()) {
            self.0.log.append_later(record);
        }
    }

    /// Records a sign-in. It is not refused when that cannot be done: somebody has to see to the disk.
    pub(crate) async fn signed_in(&self, account: &str, from: Option<IpAddr>) {
        let subject = ActivitySubject::new("account", account);
        if let Ok(intent) = self.begin(person(account, from), "sign-in", subject, "").await {
            let _ = intent.outcome(Ok(())).await;
        }
    }

    /// Records the end of a session.
    pub(crate) async fn signed_out(&self, account: &str, from: Option<IpAddr>) {
        let subject = ActivitySubject::new("account", account);
        if let Ok(intent) = self.begin(person(account, from), "sign-out", subject, "").await {
            let _ = intent.outcome(Ok(())).await;
        }
    }
}

impl Yard {
    /// Does work of an actor between its intent and its outcome.
    ///
    /// # Errors
    /// Those of the work; `activity.unwritable`, and then nothing was done.
    pub(crate) async fn recorded<T>(
        &self,
        actor: &Actor,
        action: &str,
        subject: ActivitySubject,
        detail: &str,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let intent = self.inner.activity.begin(actor, action, subject, detail).await?;
        intent.outcome(work.await).await
    }
}

/// What is being done, and is on the disk as such. It has exactly one outcome: dropped without one, `unknown`.
#[must_use = "dropped without an outcome, it is recorded as unknown"]
pub(crate) struct Intent {
    log: ActivityLog,
    /// Gone once there is an outcome.
    record: Option<ActivityRecord>,
}

impl Intent {
    /// Names the operation that carries it out.
    pub(crate) fn operation(&mut self, id: &OperationId) {
        if let Some(record) = &mut self.record {
            record.operation = Some(id.clone());
        }
    }

    /// Says how it ended, and hands the result on.
    ///
    /// # Errors
    /// The ones of the result.
    pub(crate) async fn outcome<T>(mut self, result: Result<T, Problem>) -> Result<T, Problem> {
        self.end(result_of(&result), String::new()).await;
        result
    }

    /// Says how its operation ended: all targets in one record.
    pub(crate) async fn operation_ended(mut self, operation: &Operation) {
        self.operation(&operation.id);
        let (result, detail) = summary::of(operation);
        self.end(result, detail).await;
    }

    async fn end(&mut self, result: ActivityResult, detail: String) {
        let Some(record) = self.closing(result, &detail) else {
            return;
        };
        if let Err(error) = self.log.append(record).await {
            // It was done; the next start will call it unknown.
            tracing::error!(%error, "the outcome of a change cannot be recorded");
        }
    }

    /// The record of the outcome; there is one only once.
    fn closing(&mut self, result: ActivityResult, detail: &str) -> Option<ActivityRecord> {
        self.record.take().map(|intent| outcome(intent, result, detail))
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        if let Some(record) = self.closing(ActivityResult::Unknown, "") {
            self.log.append_later(record);
        }
    }
}

/// The outcome of an intent; without a detail of its own it has the intent's.
fn outcome(intent: ActivityRecord, result: ActivityResult, detail: &str) -> ActivityRecord {
    ActivityRecord {
        at: Millis::now(),
        phase: ActivityPhase::Outcome { of: intent.seq },
        result,
        detail: if detail.is_empty() {
            intent.detail
        } else {
            words::clean(detail, words::DETAIL)
        },
        ..intent
    }
}
