//! The one writer of the log, in a thread of its own: it chains what waits, writes it at once and syncs it once, so that
//! many who wait cost one sync. Nobody is answered before the disk has the record.
use super::anchors::{self, Anchor, Head};
use super::line::{self, Link};
use super::segments;
use crate::error::StoreError;
use crate::files::{at, sync_folder};
use crate::key::MasterKey;
use shipyard_model::Millis;
use shipyard_model::activity::ActivityRecord;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use tokio::sync::{oneshot, watch};

/// What the writer is asked to do.
pub(super) enum Job {
    /// Keep a record; the answer is its number. Nobody may be waiting for it.
    Append(Box<ActivityRecord>, Option<oneshot::Sender<Result<u64, StoreError>>>),
    /// Drop whole files of records older than this; the answer is how many records.
    Retain(Millis, oneshot::Sender<Result<u64, StoreError>>),
    /// Say when all that was asked before is done.
    Wait(oneshot::Sender<()>),
}

/// The file that records go to.
struct Open {
    file: File,
    /// Bytes of whole records.
    length: u64,
    /// The day of its first record.
    day: i64,
}

pub(super) struct Writer {
    pub(super) folder: PathBuf,
    pub(super) key: Arc<MasterKey>,
    /// The newest record on the disk.
    pub(super) tail: Link,
    /// What retention last said.
    pub(super) tombstone: Option<Anchor>,
    /// The newest file, with the length of its whole records, until it is opened.
    pub(super) newest: Option<(PathBuf, u64)>,
    /// The number of the newest record on the disk, for readers.
    pub(super) durable: watch::Sender<u64>,
    open: Option<Open>,
    head: Option<Head>,
    /// Why nothing can be written any more.
    broken: Option<String>,
}

impl Writer {
    pub(super) fn new(folder: PathBuf, key: Arc<MasterKey>, tail: Link, durable: watch::Sender<u64>) -> Self {
        durable.send_replace(tail.seq);
        Self {
            folder,
            key,
            tail,
            tombstone: None,
            newest: None,
            durable,
            open: None,
            head: None,
            broken: None,
        }
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut batch = Vec::new();
            for job in std::iter::once(first).chain(jobs.try_iter()) {
                match job {
                    Job::Append(record, answer) => batch.push((record, answer)),
                    Job::Retain(before, answer) => {
                        self.keep(std::mem::take(&mut batch));
                        let _ = answer.send(self.retain(before));
                    }
                    Job::Wait(answer) => {
                        self.keep(std::mem::take(&mut batch));
                        let _ = answer.send(());
                    }
                }
            }
            self.keep(batch);
        }
        if let Some(head) = &self.head {
            let _ = head.sync();
        }
    }

    #[expect(clippy::type_complexity, reason = "the two halves of a job")]
    fn keep(&mut self, mut batch: Vec<(Box<ActivityRecord>, Option<oneshot::Sender<Result<u64, StoreError>>>)>) {
        if batch.is_empty() {
            return;
        }
        let done = self.write(&mut batch.iter_mut().map(|(record, _)| &mut **record));
        if let Err(error) = &done {
            tracing::error!(%error, "the activity log takes no records");
        }
        for (record, answer) in batch {
            let Some(answer) = answer else { continue };
            let _ = answer.send(match &done {
                Ok(()) => Ok(record.seq),
                Err(error) => Err(StoreError::Disk(error.to_string())),
            });
        }
    }

    fn write(&mut self, records: &mut dyn Iterator<Item = &mut ActivityRecord>) -> Result<(), StoreError> {
        if let Some(cause) = &self.broken {
            return Err(StoreError::Disk(cause.clone()));
        }
        let (mut bytes, mut tail, mut day) = (Vec::new(), self.tail, None);
        for record in records {
            day = day.or(Some(segments::day(record.at.0)));
            tail = line::write(&mut bytes, &self.key, &tail, record)?;
        }
        self.append(&bytes, day.unwrap_or_default())?;
        self.tail = tail;
        self.durable.send_replace(tail.seq);
        // The records are safe without it; the next one tries again.
        if let Err(error) = self.set_head() {
            tracing::error!(%error, "the head of the activity log is behind");
        }
        Ok(())
    }

    fn set_head(&mut self) -> Result<(), StoreError> {
        if self.head.is_none() {
            self.head = Some(Head::open(&self.folder).map_err(at(&self.folder.join(anchors::HEAD), "opened"))?);
        }
        match &self.head {
            Some(head) => head.set(&self.key, self.tail),
            None => Ok(()),
        }
    }

    /// Brings whole records to the disk, or leaves the file as it was.
    fn append(&mut self, bytes: &[u8], today: i64) -> Result<(), StoreError> {
        let mut open = self.file(today)?;
        let disk = |e: std::io::Error| StoreError::Disk(e.to_string());
        if let Err(error) = open.file.write_all(bytes) {
            // Half a record must not stay: the next one would stand on its line. Then a disk that has room again is
            // written to again.
            match open.file.set_len(open.length) {
                Ok(()) => self.open = Some(open),
                Err(cause) => self.broken = Some(cause.to_string()),
            }
            return Err(disk(error));
        }
        if let Err(error) = open.file.sync_data() {
            // The kernel may have dropped what it could not write, and says so once: nothing is promised any more.
            self.broken = Some(error.to_string());
            return Err(disk(error));
        }
        open.length += bytes.len() as u64;
        self.open = Some(open);
        Ok(())
    }

    /// The file for records of today.
    fn file(&mut self, today: i64) -> Result<Open, StoreError> {
        let fits = |open: &Open| open.day == today && open.length < segments::LARGE;
        if let Some(open) = self.open.take().filter(fits) {
            return Ok(open);
        }
        if let Some((path, length)) = self.newest.take() {
            let file = File::options().append(true).open(&path).map_err(at(&path, "opened"))?;
            let day = first_day(&path).unwrap_or(today);
            let open = Open { file, length, day };
            if fits(&open) {
                return Ok(open);
            }
        }
        let path = segments::path(&self.folder, self.tail.seq + 1);
        // It may be there, empty, when the first write to it failed.
        let file = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(at(&path, "made"))?;
        sync_folder(&self.folder).map_err(at(&self.folder, "written"))?;
        Ok(Open {
            file,
            length: 0,
            day: today,
        })
    }

    /// Drops the files whose records are all older than `before`, and says so under seal first.
    fn retain(&mut self, before: Millis) -> Result<u64, StoreError> {
        if let Some(cause) = &self.broken {
            return Err(StoreError::Disk(cause.clone()));
        }
        let segments = segments::list(&self.folder)?.segments;
        let mut last = None;
        let mut gone = Vec::new();
        for segment in segments {
            let bytes = segments::read(&segment)?.unwrap_or_default();
            let newest = segments::newest_first(&bytes).next();
            let (Some(link), Some(record)) = (newest.and_then(line::claim), newest.and_then(line::record)) else {
                break;
            };
            if record.at >= before {
                break;
            }
            last = Some(link);
            gone.push(segment.path);
        }
        let Some(link) = last else { return Ok(0) };
        let earlier = self.tombstone.map_or(Link::START.seq, |anchor| anchor.link.seq);
        let count = link.seq.saturating_sub(earlier);
        let anchor = Anchor {
            link,
            dropped: self.tombstone.map_or(0, |anchor| anchor.dropped) + count,
        };
        // The head must not be found older than the tombstone, not even after a power cut.
        self.set_head()?;
        if let Some(head) = &self.head {
            head.sync().map_err(at(&self.folder.join(anchors::HEAD), "written"))?;
        }
        anchors::bury(&self.folder, &self.key, &anchor)?;
        self.tombstone = Some(anchor);
        if link.seq == self.tail.seq {
            (self.open, self.newest) = (None, None);
        }
        for path in gone {
            std::fs::remove_file(&path).map_err(at(&path, "removed"))?;
        }
        sync_folder(&self.folder).map_err(at(&self.folder, "written"))?;
        Ok(count)
    }
}

fn first_day(path: &std::path::Path) -> Option<i64> {
    let bytes = std::fs::read(path).ok()?;
    let first = bytes.split(|byte| *byte == b'\n').next()?;
    Some(segments::day(line::record(first)?.at.0))
}
