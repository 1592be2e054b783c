//! What somebody chose in the table without having its rows: a range of it, or all that match; and what became of it since.
use super::containers;
use super::filter::Filter;
use crate::snapshot::Snapshot;
use crate::stats::UsageMap;
use shipyard_model::page::{ContainerQuery, Picked};
use shipyard_model::{ContainerRef, Millis};

/// The containers of a query's window, in its order; the window may be as long as what one operation takes.
pub fn picked(snapshot: &Snapshot, usage: &UsageMap, query: &ContainerQuery, now: Millis) -> Vec<Picked> {
    let end = query.offset.saturating_add(query.limit.min(Picked::MOST));
    let mut part = query.clone();
    let mut found = Vec::new();
    while part.offset < end {
        part.limit = (end - part.offset).min(ContainerQuery::MOST);
        let window = containers::containers(snapshot, usage, &part, now);
        found.extend(window.rows.iter().map(|row| Picked::from(&**row)));
        if window.rows.len() < usize::try_from(part.limit).unwrap_or(usize::MAX) {
            break;
        }
        part.offset += part.limit;
    }
    found
}

/// Those of the containers that are still there and that the query's filter lets through, as they are now.
pub fn still_picked(snapshot: &Snapshot, query: &ContainerQuery, chosen: &[ContainerRef]) -> Vec<Picked> {
    let filter = Filter::new(query);
    let known = |at: &ContainerRef| {
        let engine = snapshot.engines.get(&at.engine)?;
        let container = engine.containers.get(&at.id)?;
        (filter.fails(filter.engine(engine), engine, container) == 0).then(|| Picked {
            at: at.clone(),
            name: container.name.clone(),
            engine: engine.engine.name.clone(),
            state: container.state,
        })
    };
    chosen.iter().filter_map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{container, engine};
    use super::*;
    use shipyard_model::ContainerState;
    use shipyard_model::page::StateGroup;
    use std::sync::Arc;

    fn fleet() -> Snapshot {
        let mut snapshot = Snapshot::default();
        let names = |engine: usize| (0..600).map(move |n| format!("web-{}", n * 2 + engine));
        for number in 0..2 {
            let state = |n: usize| {
                if n.is_multiple_of(3) {
                    ContainerState::Exited
                } else {
                    ContainerState::Running
                }
            };
            let containers = names(number).enumerate().map(|(n, name)| container(&name, state(n)));
            let engine = engine(&format!("node{number}"), "", containers.collect());
            snapshot.engines.insert(engine.engine.id.clone(), Arc::new(engine));
        }
        snapshot
    }

    #[test]
    fn a_range_is_in_the_order_of_the_table_and_no_longer_than_an_operation() {
        let (snapshot, usage) = (fleet(), UsageMap::default());
        let of = |offset, limit| {
            let query = ContainerQuery {
                offset,
                limit,
                ..ContainerQuery::default()
            };
            picked(&snapshot, &usage, &query, Millis(0))
        };
        let names: Vec<_> = of(0, u32::MAX).into_iter().map(|one| one.name).collect();
        let expected: Vec<_> = (0..1000).map(|n| format!("web-{n}")).collect();
        assert_eq!(names, expected);
        assert_eq!(of(1190, 100).len(), 10);
        assert_eq!((of(499, 2)[1].name.as_str(), of(5000, 10).len()), ("web-500", 0));
    }

    #[test]
    fn what_went_or_matches_no_more_is_chosen_no_more() {
        let snapshot = fleet();
        let mut query = ContainerQuery {
            limit: 4,
            ..ContainerQuery::default()
        };
        let first = picked(&snapshot, &UsageMap::default(), &query, Millis(0));
        let mut chosen: Vec<_> = first.iter().map(|one| one.at.clone()).collect();
        assert_eq!(still_picked(&snapshot, &query, &chosen), first);
        query.states = vec![StateGroup::Running];
        let names = |chosen: &[ContainerRef]| -> Vec<String> {
            let still = still_picked(&snapshot, &query, chosen);
            still.into_iter().map(|one| one.name).collect()
        };
        assert_eq!(names(&chosen), ["web-2", "web-3"]);
        chosen[2].engine = shipyard_model::EngineId::new("gone");
        assert_eq!(names(&chosen), ["web-3"]);
    }
}
