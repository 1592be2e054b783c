//! The rows as signals of their own: a change of one container repaints one row.
use crate::lean::prelude::*;
use crate::lean::{effect, memo};
use crate::live::Showing;
use crate::parts::sparkline::SAMPLES;
use shipyard_model::live::{ContainerWindow, ViewData};
use shipyard_model::page::Facets;
use shipyard_model::{ContainerRef, ContainerRow};
use std::time::Duration;

/// How often engines are measured while somebody looks.
const EVERY: Duration = Duration::from_secs(5);

/// One row.
#[derive(Clone)]
pub struct Entry {
    /// Which container.
    pub at: ContainerRef,
    /// What is known of it.
    pub row: ArcRwSignal<ContainerRow>,
    /// The last samples of its CPU use, oldest first.
    pub cpu: ArcRwSignal<Vec<f32>>,
}

impl Entry {
    fn new(row: &ContainerRow) -> Self {
        Self {
            at: row.at.clone(),
            row: ArcRwSignal::new(row.clone()),
            cpu: ArcRwSignal::new(row.usage.map(|usage| usage.cpu_percent).into_iter().collect()),
        }
    }

    fn take(&self, row: &ContainerRow) {
        if self.row.with_untracked(|old| old == row) {
            return;
        }
        let first = self.cpu.with_untracked(Vec::is_empty);
        self.row.set(row.clone());
        if first {
            self.sample();
        }
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

/// The rows of the window with its counts.
#[derive(Clone, Copy)]
pub struct Rows {
    /// The rows, in order.
    pub entries: RwSignal<Vec<Entry>>,
    /// How many the filter lets through.
    pub matching: Memo<u32>,
    /// Counts and choices for the filters.
    pub facets: Memo<Facets>,
}

impl Rows {
    /// The rows of a followed view.
    pub fn of(showing: ArcRwSignal<Showing>) -> Self {
        let entries = RwSignal::new(Vec::<Entry>::new());
        let (for_count, for_facets) = (showing.clone(), showing.clone());
        let matching = memo(move || for_count.with(|it| window(it).map_or(0, |window| window.matching)));
        let facets =
            memo(move || for_facets.with(|it| window(it).map(|window| window.facets.clone()).unwrap_or_default()));
        effect(move || showing.with(|it| window(it).into_iter().for_each(|window| put(entries, window))));
        let sample = move || entries.with_untracked(|all| all.iter().for_each(Entry::sample));
        if let Ok(timer) = set_interval_with_handle(sample, EVERY) {
            on_cleanup(move || timer.clear());
        }
        Self {
            entries,
            matching,
            facets,
        }
    }
}

fn window(showing: &Showing) -> Option<&ContainerWindow> {
    match showing {
        Showing::Data(ViewData::Containers(window)) => Some(window),
        _ => None,
    }
}

/// Brings the entries to what the window says: known ones take their new row, and only a change of the order is a
/// change of the list.
fn put(entries: RwSignal<Vec<Entry>>, window: &ContainerWindow) {
    let same = entries.with_untracked(|old| {
        old.iter()
            .map(|entry| &entry.at)
            .eq(window.rows.iter().map(|row| &row.at))
    });
    if same {
        entries.with_untracked(|old| old.iter().zip(&window.rows).for_each(|(entry, row)| entry.take(row)));
        return;
    }
    let known = entries.get_untracked();
    let mut after = 0;
    let next = window.rows.iter().map(|row| {
        // Most rows come in the order in which they were: each is sought from where the last one was.
        let places = (after..known.len()).chain(0..after);
        let mut entries = places.filter_map(|place| Some((place, known.get(place)?)));
        match entries.find(|(_, entry)| entry.at == row.at) {
            Some((place, entry)) => {
                after = place + 1;
                entry.take(row);
                entry.clone()
            }
            None => Entry::new(row),
        }
    });
    let next = next.collect();
    entries.set(next);
}

/// A container as a text: the key of its row.
pub fn key(at: &ContainerRef) -> String {
    format!("{}-{}", at.engine, at.id.short())
}
