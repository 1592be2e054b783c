//! Who looks at what: each page holds a [`Look`] for as long as it is open, and says what of it is on the screen.
use shipyard_model::{ContainerRef, EngineId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Most containers of which it is remembered when they were looked at: those since longest go first.
const REMEMBERED: usize = 2_000;

/// What a look is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// One container, closely.
    Container(ContainerRef),
    /// Rows of a table.
    Rows(Vec<ContainerRef>),
    /// All that runs on an engine.
    Engine(EngineId),
    /// Sums over all containers, or their order by what they use.
    All,
}

/// The looks that there are, by number.
#[derive(Debug, Default)]
pub(crate) struct Book {
    looks: HashMap<u64, What>,
    next: u64,
    /// Changes with each look that comes, goes or turns.
    pub(crate) version: u64,
    looked: HashMap<ContainerRef, Instant>,
}

impl Book {
    pub(crate) fn looks(&self) -> impl Iterator<Item = &What> {
        self.looks.values()
    }

    /// Whether somebody wants sums over all containers.
    pub(crate) fn wants_all(&self) -> bool {
        self.looks().any(|what| *what == What::All)
    }

    /// Containers that were looked at, with when that was last.
    pub(crate) fn looked(&self) -> impl Iterator<Item = (&ContainerRef, Instant)> {
        self.looked.iter().map(|(at, when)| (at, *when))
    }

    /// Notes what is looked at now, and forgets what was looked at long ago and what is not there any more.
    pub(crate) fn note(&mut self, now: Instant, is_there: impl Fn(&ContainerRef) -> bool) {
        for what in self.looks.values() {
            note(&mut self.looked, what, now);
        }
        self.looked.retain(|at, _| is_there(at));
        if self.looked.len() > REMEMBERED {
            let mut times: Vec<_> = self.looked.values().copied().collect();
            let (_, limit, _) = times.select_nth_unstable_by(REMEMBERED, |a, b| b.cmp(a));
            let limit = *limit;
            self.looked.retain(|_, when| *when > limit);
        }
    }
}

fn note(looked: &mut HashMap<ContainerRef, Instant>, what: &What, now: Instant) {
    let all = match what {
        What::Container(at) => std::slice::from_ref(at),
        What::Rows(rows) => rows,
        What::Engine(_) | What::All => return,
    };
    for at in all {
        match looked.get_mut(at) {
            Some(when) => *when = now,
            None => {
                looked.insert(at.clone(), now);
            }
        }
    }
}

/// The book, shared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interest(Arc<Mutex<Book>>);

impl Interest {
    /// For memory only, never across an await.
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn look(&self, what: What) -> Look {
        let mut book = self.book();
        book.next += 1;
        book.version += 1;
        let number = book.next;
        book.looks.insert(number, what);
        Look {
            book: self.clone(),
            number,
        }
    }
}

/// Somebody looks, until this is dropped.
#[derive(Debug)]
pub struct Look {
    book: Interest,
    number: u64,
}

impl Look {
    /// Says which rows of a table are on the screen now.
    pub fn rows(&self, rows: Vec<ContainerRef>) {
        let mut guard = self.book.book();
        let book = &mut *guard;
        if let Some(what) = book.looks.get_mut(&self.number)
            && !matches!(what, What::Rows(before) if *before == rows)
        {
            note(&mut book.looked, what, Instant::now());
            *what = What::Rows(rows);
            book.version += 1;
        }
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        let mut guard = self.book.book();
        let book = &mut *guard;
        if let Some(what) = book.looks.remove(&self.number) {
            note(&mut book.looked, &what, Instant::now());
            book.version += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::ContainerId;
    use std::time::Duration;

    fn at(n: usize) -> ContainerRef {
        ContainerRef {
            engine: EngineId::new("e"),
            id: ContainerId::new(n.to_string()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_looked_at_is_remembered_within_a_bound() {
        let interest = Interest::default();
        let look = interest.look(What::Rows(Vec::new()));
        for n in 0..3 * REMEMBERED {
            look.rows(vec![at(n)]);
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        drop(look);
        let mut book = interest.book();
        assert_eq!(book.looks().count(), 0);
        book.note(Instant::now(), |_| true);
        let remembered: Vec<_> = book.looked().map(|(at, _)| at.clone()).collect();
        assert_eq!(remembered.len(), REMEMBERED);
        assert!(remembered.contains(&at(3 * REMEMBERED - 1)) && !remembered.contains(&at(0)));
        book.note(Instant::now(), |found| *found == at(3 * REMEMBERED - 1));
        assert_eq!(book.looked().count(), 1);
    }

    #[tokio::test]
    async fn a_look_counts_until_it_is_dropped() {
        let interest = Interest::default();
        let (a, b) = (interest.look(What::All), interest.look(What::All));
        drop(a);
        assert!(interest.book().wants_all());
        let version = interest.book().version;
        drop(b);
        assert!(!interest.book().wants_all());
        assert_ne!(interest.book().version, version);
    }
}
