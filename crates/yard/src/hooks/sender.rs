//! The sender of one hook: goes on from where the hook has come to, in order, each record until it is taken or given up.
use super::{Reports, WAITING, Watched, check, message, tries};
use crate::activity::event;
use crate::{Inner, Yard};
use shipyard_model::activity::ActivityRecord;
use shipyard_model::page::Happening;
use shipyard_model::{Millis, Permission};
use shipyard_store::{DeliveryRecord, StoreError};
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, sleep_until};

/// What happens within this time is looked at together.
const TOGETHER: Duration = Duration::from_millis(100);
/// How long to leave a store alone that refuses.
const STORE_REFUSED: Duration = Duration::from_secs(60);
/// How far the cursor may be ahead of its place on the disk where nothing was sent.
const AHEAD: u64 = 500;

/// Sends for as long as the hook is as it is. Ends when it turns itself off.
pub(super) async fn run(yard: Weak<Inner>, watched: Arc<Watched>, at_once: bool) {
    let sender = Sender {
        saved: watched.state.cursor.load(Ordering::Acquire),
        left_over: true,
        yard,
        watched,
        at_once,
    };
    sender.work().await;
}

struct Sender {
    yard: Weak<Inner>,
    watched: Arc<Watched>,
    /// The cursor as it is on the disk.
    saved: u64,
    /// Whether an earlier sender may have left a delivery in the middle.
    left_over: bool,
    /// Whether that one is tried at once.
    at_once: bool,
}

/// The yard is gone, or the hook is off.
struct Ended;

/// What one try came to.
enum Tried {
    Over,
    Again(Millis),
}

impl Sender {
    async fn work(mut self) {
        let Some((mut end, mut changes)) = self.follow() else {
            return;
        };
        // What is tried at once was just changed or turned on, and then the reports that wait are in memory.
        if !self.at_once && self.resume(&mut changes).await.is_err() {
            return;
        }
        loop {
            end.borrow_and_update();
            changes.borrow_and_update();
            match self.round(&mut changes).await {
                Err(Ended) => return,
                Ok(true) => continue,
                Ok(false) => {}
            }
            tokio::select! {
                changed = end.changed() => if changed.is_err() { return },
                changed = changes.changed() => if changed.is_err() { return },
            }
            sleep(TOGETHER).await;
        }
    }

    fn yard(&self) -> Result<Yard, Ended> {
        self.yard.upgrade().map(|inner| Yard { inner }).ok_or(Ended)
    }

    /// What tells that there is something new: of the log and of the fleet.
    fn follow(&self) -> Option<(watch::Receiver<u64>, watch::Receiver<u64>)> {
        let yard = self.yard.upgrade()?;
        Some((yard.activity.end(), yard.gate.fleet_changes()))
    }

    /// A report of Docker that a kill cut off is in memory no more, but with its delivery.
    async fn resume(&mut self, changes: &mut watch::Receiver<u64>) -> Result<(), Ended> {
        for row in self.deliveries().await?.into_iter().rev() {
            let known = |reports: &mut Reports| reports.waiting.iter().any(|(id, _)| *id == row.delivery.id);
            if row.record.seq == 0 && row.delivery.next_try.is_some() && !self.watched.state.reports(known) {
                let (id, record) = (row.delivery.id, row.record);
                self.deliver(id, record, None, changes).await?;
            }
        }
        Ok(())
    }

    async fn deliveries(&self) -> Result<Vec<DeliveryRecord>, Ended> {
        let shelf = self.yard()?.inner.hooks.shelf.clone();
        let rows = shelf.deliveries(&self.watched.hook().id).await;
        Ok(rows.unwrap_or_else(|error| {
            tracing::error!(%error, "deliveries of a hook cannot be read");
            Vec::new()
        }))
    }

    /// Sends what there is. Whether there may be more.
    async fn round(&mut self, changes: &mut watch::Receiver<u64>) -> Result<bool, Ended> {
        let cursor = self.cursor();
        let read = {
            let yard = self.yard()?;
            let actor = self.maker(&yard).await?;
            let inside = yard
                .inner
                .gate
                .enter(&actor, Permission::ActivityRead)
                .map_err(|_| Ended)?;
            self.collect(&inside.fleet.snapshot().recent);
            let end = *yard.inner.activity.end().borrow();
            // The log was put aside because it did not hold, and another one began.
            let cursor = if cursor > end { 0 } else { cursor };
            match cursor < end {
                true => Some(inside.store.activity().after(cursor).await),
                false => None,
            }
        };
        let Some(run) = read else {
            self.reports_until(None, changes).await?;
            return Ok(false);
        };
        let run = match run {
            Ok(run) => run,
            Err(error) => {
                tracing::error!(%error, "a hook cannot read the activity log");
                sleep(STORE_REFUSED).await;
                return Ok(true);
            }
        };
        for record in run.records {
            self.reports_until(Some(record.at), changes).await?;
            let seq = record.seq;
            if self.watched.hook().asks_for(&record) {
                let id = message::id_of(&self.watched.hook().id, seq);
                self.deliver(id, record, Some(seq), changes).await?;
            }
            self.watched.state.cursor.store(seq, Ordering::Release);
        }
        self.watched.state.cursor.store(run.upto, Ordering::Release);
        if run.upto.saturating_sub(self.saved) > AHEAD {
            self.save(run.upto).await?;
        }
        Ok(true)
    }

    fn cursor(&self) -> u64 {
        self.watched.state.cursor.load(Ordering::Acquire)
    }

    async fn save(&mut self, cursor: u64) -> Result<(), Ended> {
        let shelf = self.yard()?.inner.hooks.shelf.clone();
        match shelf.set_cursor(&self.watched.hook().id, cursor).await {
            Ok(()) => self.saved = cursor,
            Err(error) => tracing::warn!(%error, "how far a hook has come cannot be written"),
        }
        Ok(())
    }

    /// Who answers for the hook, as of now; else it is turned off.
    async fn maker(&self, yard: &Yard) -> Result<crate::Actor, Ended> {
        match yard.inner.maker(&self.watched.record) {
            Ok(actor) => Ok(actor),
            Err(why) => {
                yard.hook_stopped(&self.watched, why).await;
                Err(Ended)
            }
        }
    }

    /// Takes what Docker reported since the last time.
    fn collect(&self, recent: &Arc<VecDeque<Arc<Happening>>>) {
        self.watched.state.reports(|reports| {
            let before = reports.seen.replace(Arc::clone(recent));
            let Some(before) = before.filter(|before| !Arc::ptr_eq(before, recent)) else {
                return;
            };
            let mark = |one: &Arc<Happening>| (one.at, one.what.clone(), one.subject.clone(), one.engine.clone());
            let known: HashSet<_> = before.iter().map(mark).collect();
            let new = recent.iter().rev().filter(|one| !known.contains(&mark(one)));
            for record in new
                .filter_map(|it| event(it))
                .filter(|record| self.watched.hook().asks_for(record))
            {
                let Ok(random) = crate::accounts::random_bytes::<10>() else {
                    return;
                };
                let hook = &self.watched.hook().id;
                let id = format!("msg_{hook}_{}", crate::accounts::base32(&random));
                if reports.waiting.len() >= WAITING {
                    tracing::warn!(hook, "a hook has too many reports waiting; the oldest is left out");
                    reports.waiting.pop_front();
                }
                reports.waiting.push_back((id, record));
            }
        });
    }

    /// Sends what Docker reported up to a moment.
    async fn reports_until(&mut self, at: Option<Millis>, changes: &mut watch::Receiver<u64>) -> Result<(), Ended> {
        loop {
            let next = self.watched.state.reports(|reports| reports.waiting.front().cloned());
            let Some((id, record)) = next.filter(|(_, record)| at.is_none_or(|at| record.at <= at)) else {
                return Ok(());
            };
            self.deliver(id.clone(), record, None, changes).await?;
            // Not before: when the hook is changed in the middle, it is still there. It may have given way meanwhile.
            self.watched
                .state
                .reports(|reports| reports.waiting.pop_front_if(|(first, _)| *first == id));
        }
    }

    /// Tries until it is taken. `cursor`: the hook is done with the log up to there then.
    async fn deliver(
        &mut self,
        id: String,
        record: ActivityRecord,
        cursor: Option<u64>,
        changes: &mut watch::Receiver<u64>,
    ) -> Result<(), Ended> {
        let mut row = None;
        if self.left_over {
            let rows = self.deliveries().await?;
            row = rows.into_iter().find(|row| row.delivery.id == id);
            // Of the log there is one at most, the first.
            self.left_over = cursor.is_none();
        }
        let mut row = row.unwrap_or_else(|| tries::new(&self.watched, id, record));
        if std::mem::take(&mut self.at_once) {
            row.delivery.began = Millis::now();
        } else if let Some(at) = row.delivery.next_try {
            self.wait(at, changes).await?;
        }
        loop {
            match self.attempt(&mut row, cursor).await? {
                Tried::Over => return Ok(()),
                Tried::Again(at) => self.wait(at, changes).await?,
            }
            // Somebody may have sent it again meanwhile.
            let rows = self.deliveries().await?;
            if let Some(now) = rows.into_iter().find(|now| now.number == row.number) {
                row = now;
            }
        }
    }

    async fn attempt(&mut self, row: &mut DeliveryRecord, cursor: Option<u64>) -> Result<Tried, Ended> {
        let yard = self.yard()?;
        let hooks = &yard.inner.hooks;
        let turn = self.watched.state.turn.lock().await;
        if let Err(why) = yard.inner.maker(&self.watched.record) {
            // Whoever changes a hook waits for its turn.
            drop(turn);
            yard.hook_stopped(&self.watched, why).await;
            return Err(Ended);
        }
        let asked = match row.delivery.delivered {
            true => None,
            false => hooks.try_once(&self.watched.record, row).await,
        };
        let is_gone = row.delivery.status == Some(410);
        row.delivery.next_try = match row.delivery.delivered || is_gone {
            true => None,
            false => tries::next_try(&row.delivery, asked),
        };
        let cursor = cursor.filter(|_| row.delivery.next_try.is_none());
        match hooks.shelf.put_delivery(row, cursor).await {
            Ok(number) => {
                row.number = number;
                self.saved = cursor.unwrap_or(self.saved);
            }
            Err(StoreError::Stopped) => return Err(Ended),
            // It goes on all the same; a restart would send this one again.
            Err(error) => tracing::error!(%error, "what became of a delivery cannot be written"),
        }
        drop(turn);
        match row.delivery.next_try {
            Some(at) => Ok(Tried::Again(at)),
            None if row.delivery.delivered => Ok(Tried::Over),
            None => {
                let why = if is_gone { check::gone() } else { check::gave_up() };
                yard.hook_stopped(&self.watched, why).await;
                Err(Ended)
            }
        }
    }

    /// Waits for the next try, and meanwhile takes what Docker reports.
    async fn wait(&self, at: Millis, changes: &mut watch::Receiver<u64>) -> Result<(), Ended> {
        let ms = u64::try_from(at.since(Millis::now())).unwrap_or(0);
        let until = tokio::time::Instant::now() + Duration::from_millis(ms);
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                () = self.watched.state.again.notified() => return Ok(()),
                changed = changes.changed() => if changed.is_err() { return Err(Ended) },
            }
            {
                let yard = self.yard()?;
                let actor = self.maker(&yard).await?;
                let inside = yard
                    .inner
                    .gate
                    .enter(&actor, Permission::ActivityRead)
                    .map_err(|_| Ended)?;
                self.collect(&inside.fleet.snapshot().recent);
            }
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                () = sleep(TOGETHER) => {}
            }
        }
    }
}
