//! The table of containers, run through as it is, against the plain way: look at each container, then sort all.
use super::super::mark::order;
use super::super::tests::{NOW, container, engine};
use super::super::{facet, facets};
use super::*;
use proptest::prelude::*;
use proptest::sample::Index;
use shipyard_model::page::{Facet, StateGroup};
use shipyard_model::{Capacity, ContainerState, EngineAddress, EngineHealth, EngineName, Health};
use std::sync::Arc;

const STATES: [ContainerState; 4] = [
    ContainerState::Running,
    ContainerState::Exited,
    ContainerState::Paused,
    ContainerState::Restarting,
];

fn one() -> impl Strategy<Value = Container> {
    let name = "[a-cA-C0-2é-]{1,5}";
    (name, 0..4_usize, 0..3_usize, any::<bool>(), 0..50_i64, "[a-c]{0,3}").prop_map(
        |(name, state, stack, sick, created, label)| {
            let mut made = container(&name, ContainerState::Running);
            made.state = STATES[state];
            made.image = format!("image-{}", created % 3);
            made.health = (sick && state == 0).then_some(Health::Unhealthy);
            made.created = Millis(created);
            if stack > 0 {
                let key = "com.docker.compose.project".to_owned();
                made.labels.insert(key, format!("stack{stack}"));
            }
            made.labels.insert("team".to_owned(), label);
            made
        },
    )
}

fn fleet() -> impl Strategy<Value = Vec<Vec<Container>>> {
    prop::collection::vec(prop::collection::vec(one(), 0..12), 1..5)
}

fn snapshot(engines: Vec<Vec<Container>>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (number, mut containers) in engines.into_iter().enumerate() {
        for (place, one) in containers.iter_mut().enumerate() {
            one.id = shipyard_model::ContainerId::new(format!("{number:032x}{place:032x}"));
        }
        let labels = format!("zone={}", number % 2);
        let state = engine(&format!("node{number}"), &labels, containers);
        snapshot.engines.insert(state.engine.id.clone(), Arc::new(state));
    }
    snapshot
}

fn query() -> impl Strategy<Value = ContainerQuery> {
    let word = prop_oneof![
        3 => Just(String::new()),
        2 => "[a-c0-2é]{1,2}",
        1 => Just("team=a".to_owned()),
        1 => Just("image-1 stack1".to_owned()),
        1 => Just("0000".to_owned()),
        1 => Just("node1 a".to_owned()),
    ];
    let some = |all: &'static [&'static str]| prop::sample::subsequence(all, 0..2);
    let sort = prop::sample::select(vec![
        SortKey::Name,
        SortKey::State,
        SortKey::Image,
        SortKey::Engine,
        SortKey::Stack,
        SortKey::Created,
    ]);
    let states = prop::sample::subsequence(
        vec![StateGroup::Running, StateGroup::Stopped, StateGroup::Unhealthy],
        0..3,
    );
    let text = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect();
    (
        (
            word,
            states,
            some(&["node0", "node2"]),
            some(&["stack1", "none"]),
            some(&["zone=1", "zone"]),
        ),
        (sort, any::<bool>(), 0..40_u32, 1..20_u32),
    )
        .prop_map(
            move |((word, states, engines, stacks, labels), (sort, descending, offset, limit))| ContainerQuery {
                text: word,
                states,
                engines: text(engines),
                stacks: text(stacks),
                labels: text(labels),
                sort,
                descending,
                offset,
                limit,
            },
        )
}

/// Some engine, to be changed, with some container of it; `None` where it has none.
fn some_container(fleet: &mut Snapshot, engine: Index, place: Index) -> Option<(&mut EngineState, Arc<Container>)> {
    let ids: Vec<_> = fleet.engines.keys().cloned().collect();
    let state = Arc::make_mut(fleet.engines.get_mut(engine.get(&ids))?);
    let all = state.containers.as_slice();
    let container = (!all.is_empty()).then(|| Arc::clone(place.get(all)))?;
    Some((state, container))
}

/// All that pass, in order.
fn plainly<'s>(snapshot: &'s Snapshot, query: &ContainerQuery) -> Vec<Found<'s>> {
    let filter = Filter::new(query);
    let each = snapshot
        .engines
        .values()
        .flat_map(|engine| engine.containers.iter().map(move |container| (&**engine, container)));
    let passed = each.filter(|(engine, container)| filter.fails(filter.engine(engine), engine, container) == 0);
    let mut found: Vec<_> = passed
        .map(|(engine, container)| Found {
            engine,
            container,
            key: None,
            usage: None,
        })
        .collect();
    found.sort_by(|a, b| order(query, a, b));
    found
}

proptest! {
    #[test]
    fn a_window_is_what_the_plain_way_finds(fleet in fleet(), query in query()) {
        let snapshot = snapshot(fleet);
        let all = plainly(&snapshot, &query);
        let ids = |found: &[Found<'_>]| found.iter().map(|one| one.container.id.clone()).collect::<Vec<_>>();
        let Page { window, mark, .. } = containers_after(&snapshot, &UsageMap::default(), &query, None, NOW);
        let start = (query.offset as usize).min(all.len());
        let end = (start + query.limit as usize).min(all.len());
        prop_assert_eq!(window.matching as usize, all.len());
        prop_assert_eq!(window.rows.iter().map(|row| row.at.id.clone()).collect::<Vec<_>>(), ids(&all[start..end]));
        prop_assert_eq!(mark.is_some(), end > start && end < all.len());
        // The page after the mark is what follows.
        if let Some(mark) = mark {
            let from_there = ContainerQuery { offset: 0, ..query.clone() };
            let next = containers_after(&snapshot, &UsageMap::default(), &from_there, Some(&mark), NOW).window;
            let then = (end + query.limit as usize).min(all.len());
            prop_assert_eq!(next.rows.iter().map(|row| row.at.id.clone()).collect::<Vec<_>>(), ids(&all[end..then]));
        }
    }

    #[test]
    fn a_facet_counts_what_choosing_it_alone_would_find(fleet in fleet(), query in query(), find in "[0-2]?") {
        let snapshot = snapshot(fleet);
        let window = containers_after(&snapshot, &UsageMap::default(), &query, None, NOW).window;
        let found = |change: &dyn Fn(&mut ContainerQuery)| {
            let mut query = query.clone();
            change(&mut query);
            plainly(&snapshot, &query).len()
        };
        prop_assert_eq!(window.counts.running as usize, found(&|it| it.states = vec![StateGroup::Running]));
        prop_assert_eq!(window.counts.unhealthy as usize, found(&|it| it.states = vec![StateGroup::Unhealthy]));
        let facets = facets(&snapshot, &query);
        prop_assert_eq!(facets.engines.len(), snapshot.engines.len());
        for (name, count) in &facets.engines {
            prop_assert_eq!(*count as usize, found(&|it| it.engines = vec![name.clone()]), "{}", name);
        }
        for (name, count) in &facets.stacks {
            prop_assert_eq!(*count as usize, found(&|it| it.stacks = vec![name.clone()]), "{}", name);
        }
        for (label, count) in &facets.labels {
            prop_assert_eq!(*count as usize, found(&|it| it.labels = vec![label.clone()]), "{}", label);
        }
        for (of, all) in [(Facet::Engines, &facets.engines), (Facet::Stacks, &facets.stacks), (Facet::Labels, &facets.labels)] {
            let shown = facet(&snapshot, &query, of, &find);
            let wanted = |(name, _): &&(String, u32)| name.contains(&find);
            for one in all.iter().filter(wanted) {
                prop_assert!(shown.values.contains(one));
            }
            for chosen in of.chosen(&query).iter().filter(|chosen| chosen.contains(&find)) {
                prop_assert!(shown.values.iter().any(|(name, _)| name == chosen));
            }
            prop_assert!(shown.values.iter().all(|(name, _)| name.contains(&find)));
        }
    }

    #[test]
    fn what_is_kept_of_a_view_is_brought_up_to_date(
        fleet in fleet(),
        query in query(),
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), one(), any::<bool>()), 1..6),
    ) {
        let mut seen = snapshot(fleet);
        for (engine, place, mut after, only_its_state) in changes {
            // Makes what is kept.
            containers_after(&seen, &UsageMap::default(), &query, None, NOW);
            let Some((state, before)) = some_container(&mut seen, engine, place) else { continue };
            after.id = before.id.clone();
            if only_its_state {
                after = Container { state: after.state, health: after.health, ..(*before).clone() };
            }
            state.containers.put(Arc::new(after));
        }
        let lists = seen.engines.values().map(|engine| engine.containers.iter().map(|one| (**one).clone()).collect());
        let anew = snapshot(lists.collect());
        let window = |of| containers(of, &UsageMap::default(), &query, NOW);
        prop_assert_eq!(window(&seen), window(&anew));
        let counts = |of| facets(of, &query);
        prop_assert_eq!(counts(&seen), counts(&anew));
    }

    #[test]
    fn rows_that_are_taken_over_are_as_if_made_anew(
        fleet in fleet(),
        query in query(),
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), one(), 0..6_u8), 1..8),
    ) {
        let (mut seen, mut usage) = (snapshot(fleet), UsageMap::default());
        let (mut shown, mut same_usage) = (Shown::default(), true);
        for (engine, place, mut after, what) in changes {
            shown = page(&seen, &usage, &query, None, Some(Before { shown: &shown, same_usage }), NOW).shown;
            same_usage = what != 4;
            let Some((state, before)) = some_container(&mut seen, engine, place) else { continue };
            after.id = before.id.clone();
            let at = ContainerRef { engine: state.engine.id.clone(), id: before.id.clone() };
            match what {
                0 => Arc::make_mut(&mut state.engine).name = EngineName::parse("another").unwrap(),
                1 => Arc::make_mut(&mut state.engine).address = EngineAddress::parse("https://elsewhere:2376").unwrap(),
                2 => state.health = EngineHealth::Connecting,
                3 => drop(state.amended.insert(at.id, Capacity { memory: Bytes::mib(1), ..Capacity::default() })),
                4 => usage.put(at, Usage { cpu_percent: 1.0, memory: Bytes::mib(1), memory_limit: Bytes::mib(2) }, NOW),
                _ => drop(state.containers.put(Arc::new(after))),
            }
        }
        let before = Some(Before { shown: &shown, same_usage });
        let again = page(&seen, &usage, &query, None, before, NOW).window;
        prop_assert_eq!(again, containers(&seen, &usage, &query, NOW));
        // Nor is a measurement shown that does not count any more.
        let later = Millis(NOW.0 + 30_001);
        let again = page(&seen, &usage, &query, None, before, later).window;
        prop_assert_eq!(again, containers(&seen, &usage, &query, later));
    }
}
