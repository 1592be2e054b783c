//! The rows that are held, as signals of their own: a change of one container repaints one row.
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{effect, memo};
use crate::live::Showing;
use crate::parts::sparkline::SAMPLES;
use crate::pure::window::Span;
use shipyard_model::live::{ContainerWindow, ViewData};
use shipyard_model::page::{Counts, Picked};
use shipyard_model::{ContainerRef, ContainerRow};
use std::time::Duration;

/// How often engines are measured while somebody looks.
const EVERY: Duration = Duration::from_secs(5);

/// One row.
#[derive(Clone)]
pub struct Entry {
    /// Which container.
    pub at: ContainerRef,
    /// Its place among all rows.
    pub place: ArcRwSignal<u32>,
    /// What is known of it.
    pub row: ArcRwSignal<ContainerRow>,
    /// The last samples of its CPU use, oldest first.
    pub cpu: ArcRwSignal<Vec<f32>>,
}

impl Entry {
    fn new(row: &ContainerRow, place: u32) -> Self {
        Self {
            at: row.at.clone(),
            place: ArcRwSignal::new(place),
            row: ArcRwSignal::new(row.clone()),
            cpu: ArcRwSignal::new(row.usage.map(|usage| usage.cpu_percent).into_iter().collect()),
        }
    }

    fn take(&self, row: &ContainerRow, place: u32) {
        if self.place.with_untracked(|old| *old != place) {
            self.place.set(place);
        }
        if self.row.with_untracked(|old| old == row) {
            return;
        }
        let first = self.cpu.with_untracked(Vec::is_empty);
        self.row.set(row.clone());
        if first {
            self.sample();
        }
    }

    /// Whether both are the same signals.
    pub fn is(&self, other: &Self) -> bool {
        self.row == other.row
    }

    /// As much of it as a verb must know.
    pub fn picked(&self) -> Picked {
        self.row.with_untracked(|row| Picked::from(row))
    }

    /// Takes the present CPU use into the history: also when it did not change, for then nothing is sent.
    fn sample(&self) {
        match self.row.with_untracked(|row| row.usage) {
            Some(usage) => self.cpu.update(|cpu| {
                cpu.push(usage.cpu_percent);
                if cpu.len() > SAMPLES {
                    cpu.remove(0);
                }
            }),
            None if self.cpu.with_untracked(|cpu| !cpu.is_empty()) => self.cpu.update(Vec::clear),
            None => {}
        }
    }
}

/// The rows of the window.
#[derive(Clone, Default)]
pub struct Held {
    /// The place of the first among all rows.
    pub from: u32,
    /// The rows, in order.
    pub entries: Vec<Entry>,
}

impl Held {
    /// Which rows they are.
    pub fn span(&self) -> Span {
        Span {
            from: self.from,
            to: self.from + u32::try_from(self.entries.len()).unwrap_or(0),
        }
    }

    /// Those of them that are among these.
    pub fn of(&self, span: Span) -> &[Entry] {
        let both = span.both(self.span());
        let index = |place: u32| place.saturating_sub(self.from) as usize;
        let cut = self.entries.get(index(both.from)..index(both.to));
        cut.filter(|_| !both.is_empty()).unwrap_or_default()
    }

    /// The row at a place.
    pub fn at(&self, place: u32) -> Option<&Entry> {
        self.entries.get(place.checked_sub(self.from)? as usize)
    }

    /// The row of a container.
    pub fn find(&self, at: &ContainerRef) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.at == *at)
    }
}

/// The rows of the window with the counts of all.
#[derive(Clone, Copy)]
pub struct Rows {
    /// The rows.
    pub held: RwSignal<Held>,
    /// How many the filter lets through.
    pub matching: Memo<u32>,
    /// Counts for the filters.
    pub counts: Memo<Counts>,
}

impl Rows {
    /// The rows of a followed view.
    pub fn of(showing: ArcRwSignal<Showing>) -> Self {
        let held = RwSignal::new(Held::default());
        let (for_count, for_counts) = (showing.clone(), showing.clone());
        let matching = memo(move || for_count.with(|it| window(it).map_or(0, |window| window.matching)));
        let counts = memo(move || for_counts.with(|it| window(it).map(|window| window.counts).unwrap_or_default()));
        effect(move || {
            showing.with(|it| {
                if let Some(window) = window(it) {
                    put(held, window);
                }
            });
        });
        let sample = move || {
            if !browser::hidden() {
                held.with_untracked(|held| held.entries.iter().for_each(Entry::sample));
            }
        };
        if let Ok(timer) = set_interval_with_handle(sample, EVERY) {
            on_cleanup(move || timer.clear());
        }
        Self { held, matching, counts }
    }
}

fn window(showing: &Showing) -> Option<&ContainerWindow> {
    match showing {
        Showing::Data(ViewData::Containers(window)) => Some(window),
        _ => None,
    }
}

/// Brings the rows to what the window says: known ones take what is new of them, and only a change of the order is a
/// change of the list.
fn put(held: RwSignal<Held>, window: &ContainerWindow) {
    let rows = || window.rows.iter().map(|row| &**row).zip(window.offset..);
    let same = held.with_untracked(|old| {
        let known = old.entries.iter().map(|entry| &entry.at);
        old.from == window.offset && known.eq(window.rows.iter().map(|row| &row.at))
    });
    if same {
        let each = |(entry, (row, place)): (&Entry, _)| entry.take(row, place);
        held.with_untracked(|old| old.entries.iter().zip(rows()).for_each(each));
        return;
    }
    let known = held.get_untracked().entries;
    let mut after = 0;
    let next = rows().map(|(row, place)| {
        // Most rows come in the order in which they were: each is sought from where the last one was.
        let places = (after..known.len()).chain(0..after);
        let mut entries = places.filter_map(|place| Some((place, known.get(place)?)));
        match entries.find(|(_, entry)| entry.at == row.at) {
            Some((found, entry)) => {
                after = found + 1;
                entry.take(row, place);
                entry.clone()
            }
            None => Entry::new(row, place),
        }
    });
    let entries = next.collect();
    let from = window.offset;
    held.set(Held { from, entries });
}

/// A container as a text: the key of its row.
pub fn key(at: &ContainerRef) -> String {
    format!("{}-{}", at.engine, at.id.short())
}
