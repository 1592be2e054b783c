//! The activity log: who did what, hash-chained, append-only, in files of its own beside the database.
//!
//! What it promises: a record that was answered is on the disk; a record that was changed, removed, moved, put in or cut
//! off is noticed by whoever has the key; a log that does not hold when it is opened is put aside as it is, never mended,
//! and never written on to. Why it is not in the database: `docs/decisions/0005-activity-log.md`.
mod anchors;
mod check;
mod line;
mod read;
mod segments;
#[cfg(test)]
mod tests;
mod writer;

pub use check::{ActivityChain, ActivityFault};
pub use read::{ActivityRun, ActivitySpan};

use crate::error::StoreError;
use crate::files::{at, private_folder, sync_folder};
use crate::key::MasterKey;
use check::Reach;
use shipyard_model::Millis;
use shipyard_model::activity::{ActivityPhase, ActivityQuery, ActivityRecord};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Notify, oneshot, watch};
use writer::{Job, Writer};

/// Its folder in the data folder.
const FOLDER: &str = "activity";
/// How long closing waits for outcomes of what goes on.
const LAST_OUTCOMES: Duration = Duration::from_secs(5);

/// The activity log. A cheap clone.
#[derive(Clone)]
pub struct ActivityLog(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    /// The number of the newest record on the disk.
    durable: watch::Receiver<u64>,
    /// Gone when the log is closed.
    jobs: Mutex<Option<Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Intents of this process that have no outcome yet.
    open: AtomicUsize,
    settled: Notify,
    found: Option<String>,
}

/// Follows the whole chain of a data folder's log and writes nothing; the server may be running.
///
/// `holds`: the hash of a record that was noted earlier and must still be there.
///
/// # Errors
/// [`ActivityFault`] with the first record that is not what was written.
pub fn verify_activity(data_dir: &Path, key: &MasterKey, holds: Option<&str>) -> Result<ActivityChain, ActivityFault> {
    let chain = check::verify(&data_dir.join(FOLDER), key, holds)?;
    match put_aside(data_dir).map_err(at(data_dir, "read"))?.first() {
        None => Ok(chain),
        Some(name) => Err(ActivityFault::Log(format!(
            "the log of today is intact, but an earlier one was found damaged and put aside as {name}: keep it for whoever looks into it, then move it elsewhere"
        ))),
    }
}

/// Logs that did not hold when they were opened.
fn put_aside(data_dir: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(data_dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("activity.damaged-") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

impl ActivityLog {
    /// Opens the log of a data folder, or begins it. `had_one`: this folder had a log before, so that one that is gone
    /// is noticed.
    pub(crate) fn open(data_dir: &Path, key: &Arc<MasterKey>, had_one: bool) -> Result<Self, StoreError> {
        let folder = data_dir.join(FOLDER);
        let is_new = !folder.join(anchors::HEAD).exists() && is_empty(&folder);
        let mut found = None;
        if is_new {
            begin(&folder, key)?;
            found = had_one.then(|| "the activity log was gone, and a new one was begun".to_owned());
        }
        let end = match check::walk(&folder, key, Reach::Head, |_| {}) {
            Err(ActivityFault::Store(error)) => return Err(error),
            Ok(end) => end,
            Err(fault) => {
                let aside = data_dir.join(format!("activity.damaged-{}", Millis::now().0));
                let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
                tracing::error!(%fault, folder = name, "the activity log does not hold; it is put aside, and a new one begins");
                std::fs::rename(&folder, &aside).map_err(at(&folder, "put aside"))?;
                begin(&folder, key)?;
                found = Some(format!(
                    "the activity log did not hold and was put aside as {name}: {fault}"
                ));
                check::walk(&folder, key, Reach::Head, |_| {}).map_err(|fault| match fault {
                    ActivityFault::Store(error) => error,
                    other => StoreError::Disk(other.to_string()),
                })?
            }
        };
        for path in &end.left_over {
            std::fs::remove_file(path).map_err(at(path, "removed"))?;
        }
        if let (Some((path, length)), true) = (&end.file, end.unfinished > 0) {
            tracing::warn!(file = %path.display(), bytes = end.unfinished, "removing a write that a kill left unfinished");
            let file = std::fs::File::options()
                .write(true)
                .open(path)
                .map_err(at(path, "opened"))?;
            file.set_len(*length)
                .and_then(|()| file.sync_all())
                .map_err(at(path, "written"))?;
        }
        let (sender, durable) = watch::channel(0);
        let mut writer = Writer::new(folder.clone(), Arc::clone(key), end.tail, sender);
        writer.tombstone = end.tombstone;
        writer.newest = end.file;
        let (jobs, waiting) = channel();
        let thread = std::thread::Builder::new()
            .name("activity".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(at(&folder, "written: no thread"))?;
        Ok(Self(Arc::new(Inner {
            folder,
            durable,
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
            open: AtomicUsize::new(0),
            settled: Notify::new(),
            found,
        })))
    }

    /// What was wrong with the log when it was opened, in a sentence; to be recorded as the first thing.
    pub fn found(&self) -> Option<&str> {
        self.0.found.as_deref()
    }

    /// Keeps a record and answers its number when it is on the disk. `seq` is chosen here.
    ///
    /// # Errors
    /// When the disk refuses; the log goes on when it has room again.
    pub async fn append(&self, record: ActivityRecord) -> Result<u64, StoreError> {
        let phase = record.phase;
        let (answer, answered) = oneshot::channel();
        // An intent is open from here on: who closes the log waits for it also while its answer is on its way.
        if phase == ActivityPhase::Intent {
            self.count(phase);
        }
        let asked = self.ask(Job::Append(Box::new(record), Some(answer)));
        let done = match asked {
            Ok(()) => answered.await.map_err(|_| StoreError::Stopped).flatten(),
            Err(stopped) => Err(stopped),
        };
        match (phase, done.is_ok()) {
            (ActivityPhase::Intent, false) => self.less(),
            (ActivityPhase::Intent, true) | (_, false) => {}
            (_, true) => self.count(phase),
        }
        done
    }

    /// Has a record kept without waiting for it: for what must be said where nobody can wait.
    pub fn append_later(&self, record: ActivityRecord) {
        let phase = record.phase;
        if self.ask(Job::Append(Box::new(record), None)).is_ok() {
            self.count(phase);
        }
    }

    /// Drops whole days of records older than `before`, leaving a sealed tombstone; how many records.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn retain(&self, before: Millis) -> Result<u64, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::Retain(before, answer))?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    /// A page of what the query asks for, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn page(&self, query: ActivityQuery) -> Result<ActivitySpan, StoreError> {
        self.read(move |folder, end| read::page(folder, end, &query)).await
    }

    /// The intents since the record with action `started` that have no outcome, oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open_intents(&self, started: &'static str) -> Result<Vec<ActivityRecord>, StoreError> {
        self.read(move |folder, end| read::open_intents(folder, end, started))
            .await
    }

    /// The number of the newest record on the disk, now and whenever there is a newer one.
    pub fn end(&self) -> watch::Receiver<u64> {
        self.0.durable.clone()
    }

    /// Records behind `cursor`, oldest first and not very many at once.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn after(&self, cursor: u64) -> Result<ActivityRun, StoreError> {
        self.read(move |folder, end| read::after(folder, end, cursor)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path, u64) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // Who reads sees what was said before, also what nobody waited for.
        let (answer, answered) = oneshot::channel();
        if self.ask(Job::Wait(answer)).is_ok() {
            let _ = answered.await;
        }
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&inner.folder, *inner.durable.borrow()))
            .await
            .map_err(|_| StoreError::Stopped)?
    }

    fn ask(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = jobs.as_ref().and_then(|jobs| jobs.send(job).ok());
        sent.ok_or(StoreError::Stopped)
    }

    fn count(&self, phase: ActivityPhase) {
        match phase {
            ActivityPhase::Intent => drop(self.0.open.fetch_add(1, Ordering::SeqCst)),
            ActivityPhase::Outcome { .. } => self.less(),
            ActivityPhase::Refused | ActivityPhase::Event => {}
        }
    }

    fn less(&self) {
        let less = |n: usize| Some(n.saturating_sub(1));
        let _ = self.0.open.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        self.0.settled.notify_waiters();
    }

    /// Waits a little for the outcomes of what goes on, then writes no more.
    pub(crate) async fn close(&self) {
        let settled = async {
            loop {
                let next = self.0.settled.notified();
                if self.0.open.load(Ordering::SeqCst) == 0 {
                    return;
                }
                next.await;
            }
        };
        // What is still open then is called unknown by the next start.
        let _ = tokio::time::timeout(LAST_OUTCOMES, settled).await;
        let inner = Arc::clone(&self.0);
        let _ = tokio::task::spawn_blocking(move || inner.stop()).await;
    }

    /// Writes no more, at once: whoever holds the log must not write to it when the data folder is another's.
    pub(crate) fn stop(&self) {
        self.0.stop();
    }
}

impl Inner {
    fn stop(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |entries| {
        // What a kill leaves that came before the first head.
        !entries.flatten().any(|entry| entry.file_name() != "head.new")
    })
}

fn begin(folder: &Path, key: &MasterKey) -> Result<(), StoreError> {
    private_folder(folder).map_err(at(folder, "made"))?;
    anchors::create_head(folder, key)?;
    sync_folder(folder.parent().unwrap_or(folder)).map_err(at(folder, "made"))
}
