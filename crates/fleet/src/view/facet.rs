//! What there is to choose from in the filters of the table: engines, stacks and labels of engines, each with how many containers
//! choosing it alone would find.
use super::count;
use super::filter::{ENGINE, Filter, LABEL, STACK};
use crate::digest::has;
use crate::order::{self, natural};
use crate::snapshot::{EngineState, Snapshot};
use shipyard_model::page::{ContainerQuery, Facet, FacetValues, Facets};
use std::collections::HashMap;

/// What one facet has to choose from: values in which the wanted letters occur.
pub fn facet(snapshot: &Snapshot, query: &ContainerQuery, of: Facet, find: &str) -> FacetValues {
    let chosen = of.chosen(query);
    let mut all = values(snapshot, query, of);
    // Chosen values that no container has now stay to be taken away again.
    let missing = chosen.iter().filter(|one| !all.iter().any(|(value, _)| value == *one));
    let missing: Vec<_> = missing.map(|one| (one.clone(), 0)).collect();
    all.extend(missing);
    let in_all = all.len();
    let find = find.trim().to_lowercase();
    let mut values: Vec<_> = all.into_iter().filter(|(value, _)| has(value, &find)).collect();
    if in_all > FacetValues::MOST {
        // They stay where they are seen, whatever comes before them.
        values.sort_by_key(|(value, _)| !chosen.contains(value));
    }
    let more = values.len().saturating_sub(FacetValues::MOST);
    values.truncate(FacetValues::MOST);
    FacetValues {
        values,
        more: count(more),
        all: count(in_all),
    }
}

/// All values of all facets.
pub fn facets(snapshot: &Snapshot, query: &ContainerQuery) -> Facets {
    Facets {
        engines: values(snapshot, query, Facet::Engines),
        stacks: values(snapshot, query, Facet::Stacks),
        labels: values(snapshot, query, Facet::Labels),
    }
}

/// The values of a facet in the order of their names. Stacks are only those with containers that the other filters let through.
fn values(snapshot: &Snapshot, query: &ContainerQuery, of: Facet) -> Vec<(String, u32)> {
    let filter = Filter::new(query);
    let engines = snapshot.engines.values().map(|engine| &**engine);
    match of {
        Facet::Engines => {
            let of_engine = |engine: &EngineState| (engine.engine.name.to_string(), found(&filter, engine, ENGINE));
            sorted(engines.map(of_engine))
        }
        Facet::Labels => {
            let mut labels: HashMap<String, u32> = HashMap::new();
            for engine in engines {
                let containers = found(&filter, engine, LABEL);
                for label in engine.engine.labels.written() {
                    *labels.entry(label).or_default() += containers;
                }
            }
            sorted(labels)
        }
        Facet::Stacks => {
            let mut stacks: HashMap<&str, u32> = HashMap::new();
            for engine in engines.filter(|engine| filter.engine(engine) == 0) {
                let names = engine.containers.digest().stacks();
                let mut counts = vec![0_u32; names.len()];
                filter.each(engine, |_, stack, fails| {
                    let stack = usize::from(stack).checked_sub(1).filter(|_| fails & !STACK == 0);
                    if let Some(count) = stack.and_then(|at| counts.get_mut(at)) {
                        *count += 1;
                    }
                });
                for (name, count) in names.iter().zip(counts).filter(|(_, count)| *count > 0) {
                    *stacks.entry(name).or_default() += count;
                }
            }
            sorted(stacks.into_iter().map(|(name, n)| (name.to_owned(), n)))
        }
    }
}

/// How many of an engine's containers pass all filters but one.
fn found(filter: &Filter<'_>, engine: &EngineState, but: u8) -> u32 {
    if filter.engine(engine) & !but != 0 {
        return 0;
    }
    if filter.leaves_all(engine) {
        return count(engine.containers.len());
    }
    let mut found = 0;
    filter.each(engine, |_, _, fails| found += u32::from(fails == 0));
    found
}

fn sorted(values: impl IntoIterator<Item = (String, u32)>) -> Vec<(String, u32)> {
    let mut values: Vec<_> = values.into_iter().collect();
    if values.iter().all(|(name, _)| name.is_ascii()) {
        values.sort_by_cached_key(|(name, _)| order::key(name));
    } else {
        values.sort_by(|(a, _), (b, _)| natural(a, b));
    }
    values
}
