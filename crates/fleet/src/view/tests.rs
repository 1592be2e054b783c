//! Views of small fleets, looked at from all sides.
use super::*;
use crate::snapshot::{Containers, EngineState};
use crate::stats::UsageMap;
use shipyard_model::container::{ContainerLabels, LABEL_COMPOSE_PROJECT};
use shipyard_model::engine::EngineProbe;
use shipyard_model::page::{Attention, ContainerQuery, Facet, FleetGroup, SortKey, StateGroup};
use shipyard_model::{
    Bytes, Capacity, Container, ContainerId, ContainerRef, ContainerState, Cpus, Engine, EngineAddress, EngineHealth,
    EngineId, EngineName, Health, Labels, Millis, Problem, Usage,
};
use std::sync::Arc;

pub(crate) const NOW: Millis = Millis(1_000_000_000_000);

pub(crate) fn container(name: &str, state: ContainerState) -> Container {
    let id: String = name
        .bytes()
        .map(|b| format!("{b:02x}"))
        .chain(["0".repeat(64)])
        .collect();
    Container {
        id: ContainerId::new(&id[..64]),
        name: name.to_owned(),
        image: "busybox:lab".to_owned(),
        command: "sleep 1".to_owned(),
        state,
        health: None,
        exit_code: None,
        created: NOW,
        ports: Vec::new(),
        labels: ContainerLabels::default(),
        networks: Vec::new(),
    }
}

pub(crate) fn engine(name: &str, labels: &str, containers: Vec<Container>) -> EngineState {
    let engine = Engine {
        id: EngineId::new(format!("id-{name}")),
        name: EngineName::parse(name).unwrap(),
        address: EngineAddress::parse(&format!("https://{name}.example:2376")).unwrap(),
        labels: Labels::parse(labels).unwrap(),
        cpus_override: None,
        memory_override: None,
        daemon_id: String::new(),
        certificate_ends: None,
        added: NOW,
        drained: false,
    };
    let mut state = EngineState::new(engine);
    state.health = EngineHealth::Up;
    state.last_seen = Some(NOW);
    state.probe = Some(Arc::new(probe()));
    state.containers = Containers::new(containers);
    state
}

fn probe() -> EngineProbe {
    EngineProbe {
        daemon_id: String::new(),
        hostname: String::new(),
        version: "20.10.24".to_owned(),
        api_version: "1.41".to_owned(),
        os: String::new(),
        architecture: String::new(),
        capacity: Capacity {
            cpus: Cpus::whole(4),
            memory: Bytes::mib(4096),
        },
        containers: 0,
        response_us: 900,
        certificate_ends: None,
        server_certificate_ends: None,
    }
}

fn down(state: &mut EngineState, since: Millis) {
    let why = Problem::new(503, "engine.timeout", "It timed out.");
    state.health = EngineHealth::Down {
        since,
        why,
        retry_at: NOW,
    };
}

pub(super) fn snapshot(engines: Vec<EngineState>) -> Snapshot {
    let engines = engines.into_iter().map(|e| (e.engine.id.clone(), Arc::new(e)));
    Snapshot {
        engines: engines.collect(),
        ..Snapshot::default()
    }
}

fn sample() -> Snapshot {
    use ContainerState::{Exited, Paused, Running};
    let mut sick = container("web-2", Running);
    sick.health = Some(Health::Unhealthy);
    sick.labels.insert(LABEL_COMPOSE_PROJECT.to_owned(), "shop".to_owned());
    let mut db = container("db", Paused);
    db.image = "postgres:17".to_owned();
    db.labels.insert("tier".to_owned(), "Data".to_owned());
    snapshot(vec![
        engine(
            "node1",
            "zone=a ssd",
            vec![container("web-10", Running), sick, container("old", Exited)],
        ),
        engine("node2", "zone=b", vec![container("web-1", Running), db]),
    ])
}

fn names(query: &ContainerQuery) -> Vec<String> {
    let window = containers(&sample(), &UsageMap::default(), query, NOW);
    window.rows.iter().map(|r| r.name.clone()).collect()
}

fn text(text: &str) -> ContainerQuery {
    ContainerQuery {
        text: text.to_owned(),
        ..ContainerQuery::default()
    }
}

#[test]
fn names_are_in_the_order_that_people_expect() {
    assert_eq!(names(&text("")), ["db", "old", "web-1", "web-2", "web-10"]);
    let query = ContainerQuery {
        descending: true,
        ..text("")
    };
    assert_eq!(names(&query), ["web-10", "web-2", "web-1", "old", "db"]);
    let query = ContainerQuery {
        sort: SortKey::State,
        ..text("")
    };
    assert_eq!(names(&query), ["web-2", "db", "web-1", "web-10", "old"]);
    let query = ContainerQuery {
        sort: SortKey::Engine,
        descending: true,
        ..text("")
    };
    assert_eq!(names(&query), ["db", "web-1", "old", "web-2", "web-10"]);
}

#[test]
fn all_words_must_occur_somewhere() {
    assert_eq!(names(&text("WEB node1")), ["web-2", "web-10"]);
    assert_eq!(names(&text("shop")), ["web-2"]);
    assert_eq!(names(&text("postgres")), ["db"]);
    assert_eq!(names(&text("tier=data")), ["db"]);
    assert_eq!(names(&text("6f6c64")), ["old"]);
    assert_eq!(names(&text("web nothing")), Vec::<String>::new());
}

#[test]
fn the_window_is_what_was_asked_for() {
    let window = |offset, limit| ContainerQuery {
        offset,
        limit,
        ..ContainerQuery::default()
    };
    assert_eq!(names(&window(1, 2)), ["old", "web-1"]);
    assert_eq!(names(&window(4, 2)), ["web-10"]);
    assert!(names(&window(9, 2)).is_empty());
    assert!(names(&window(u32::MAX, u32::MAX)).is_empty());
    assert_eq!(names(&window(0, u32::MAX)).len(), 5);
}

#[test]
fn a_mark_leads_on_whatever_came_or_went_before_it() {
    for (sort, descending) in [
        (SortKey::Name, false),
        (SortKey::State, true),
        (SortKey::Image, false),
        (SortKey::Engine, true),
        (SortKey::Stack, false),
        (SortKey::Cpu, false),
        (SortKey::Memory, true),
        (SortKey::Created, false),
    ] {
        let query = |limit| ContainerQuery {
            sort,
            descending,
            limit,
            ..ContainerQuery::default()
        };
        let all = names(&query(500));
        let page = |fleet: &Snapshot, after: Option<&ContainerMark>| {
            let Page { window, mark, .. } = containers_after(fleet, &UsageMap::default(), &query(2), after, NOW);
            assert_eq!(
                window.matching,
                count(fleet.engines.values().map(|e| e.containers.len()).sum())
            );
            let names: Vec<String> = window.rows.iter().map(|row| row.name.clone()).collect();
            (names, mark)
        };
        let (first, mark) = page(&sample(), None);
        let mark = mark.unwrap();
        assert_eq!(first, all[..2], "{sort:?}");
        assert!(mark.is_of(&query(2)));
        // It travels in an address.
        let text = serde_json::to_string(&mark).unwrap();
        let mark: ContainerMark = serde_json::from_str(&text).unwrap();
        // Both of the first page go, and others come before them: the second page is what it would have been.
        let mut changed = sample();
        let old: Vec<_> = changed.engines.values().map(|state| (**state).clone()).collect();
        for mut state in old {
            let kept = state.containers.iter().filter(|c| !first.contains(&c.name));
            let mut kept: Vec<Container> = kept.map(|c| (**c).clone()).collect();
            if sort == SortKey::Name {
                kept.push(container("aaa", ContainerState::Running));
            }
            state.containers = Containers::new(kept);
            changed
                .engines
                .insert(state.engine.id.clone(), std::sync::Arc::new(state));
        }
        let (second, mark) = page(&changed, Some(&mark));
        assert_eq!(second, all[2..4], "{sort:?}");
        let (last, mark) = page(&changed, Some(&mark.unwrap()));
        assert_eq!((last.as_slice(), mark), (&all[4..], None), "{sort:?}");
    }
}

#[test]
fn a_facet_counts_without_its_own_filter() {
    let query = ContainerQuery {
        states: vec![StateGroup::Running],
        labels: vec!["zone=a".to_owned()],
        ..ContainerQuery::default()
    };
    let window = containers(&sample(), &UsageMap::default(), &query, NOW);
    assert_eq!(window.matching, 2);
    let counts = window.counts;
    assert_eq!(
        (
            counts.all,
            counts.running,
            counts.stopped,
            counts.paused,
            counts.unhealthy
        ),
        (5, 2, 1, 0, 1)
    );
    assert_eq!((counts.engines, counts.stacks, counts.labels), (2, true, true));
    let facets = facets(&sample(), &query);
    assert_eq!(facets.engines, [("node1".to_owned(), 2), ("node2".to_owned(), 0)]);
    assert_eq!(
        facets.labels,
        [
            ("ssd".to_owned(), 2),
            ("zone=a".to_owned(), 2),
            ("zone=b".to_owned(), 1)
        ]
    );
    assert_eq!(facets.stacks, [("shop".to_owned(), 1)]);
    let nowhere = ContainerQuery {
        labels: vec!["a b".to_owned()],
        ..ContainerQuery::default()
    };
    assert_eq!(containers(&sample(), &UsageMap::default(), &nowhere, NOW).matching, 0);
}

#[test]
fn of_many_values_the_chosen_ones_come_first_and_the_rest_is_found_by_its_letters() {
    let engines = (0..100).map(|n| engine(&format!("node{n}"), "", vec![container("web", ContainerState::Running)]));
    let fleet = snapshot(engines.collect());
    let query = ContainerQuery {
        engines: vec!["node90".to_owned(), "gone".to_owned()],
        ..ContainerQuery::default()
    };
    let shown = facet(&fleet, &query, Facet::Engines, "");
    let first: Vec<_> = shown.values.iter().take(4).cloned().collect();
    let values = [("node90", 1), ("gone", 0), ("node0", 1), ("node1", 1)];
    assert_eq!(first, values.map(|(name, n)| (name.to_owned(), n)));
    assert_eq!((shown.values.len(), shown.more, shown.all), (40, 61, 101));
    let found = facet(&fleet, &query, Facet::Engines, " E99 ");
    let found: Vec<_> = found.values.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(found, ["node99"]);
    assert_eq!(facet(&fleet, &query, Facet::Engines, "9").values.len(), 19);
}

#[test]
fn use_sorts_and_grows_old() {
    let fleet = sample();
    let mut usage = UsageMap::default();
    let (engine, container) = fleet.container_named("node1", "web-10").unwrap();
    let at = ContainerRef {
        engine: engine.engine.id.clone(),
        id: container.id.clone(),
    };
    usage.put(
        at,
        Usage {
            cpu_percent: 50.0,
            memory: Bytes::mib(10),
            memory_limit: Bytes::mib(20),
        },
        NOW,
    );
    let query = ContainerQuery {
        sort: SortKey::Cpu,
        descending: true,
        ..ContainerQuery::default()
    };
    let window = containers(&fleet, &usage, &query, NOW);
    assert_eq!(window.rows[0].name, "web-10");
    assert!(window.rows[0].usage.is_some());
    let later = containers(&fleet, &usage, &query, Millis(NOW.0 + 30_001));
    assert!(later.rows.iter().all(|row| row.usage.is_none()));
}

#[test]
fn rows_of_an_engine_that_is_down_say_how_old_they_are() {
    let mut node = engine("node1", "", vec![container("web", ContainerState::Running)]);
    node.last_seen = Some(Millis(5));
    down(&mut node, Millis(9));
    let fleet = snapshot(vec![node]);
    let window = containers(&fleet, &UsageMap::default(), &ContainerQuery::default(), NOW);
    assert_eq!(window.rows[0].stale_since, Some(Millis(5)));
    assert_eq!(window.counts.engines_down, 1);
}

#[test]
fn bays_group_by_engine_stack_and_label() {
    let bays = |group| {
        let page = fleet(&sample(), &UsageMap::default(), group, NOW);
        let bays = page.bays.into_iter();
        bays.map(|b| {
            (
                b.title,
                b.boxes.into_iter().map(|b| b.name).collect::<Vec<_>>().join(" "),
            )
        })
        .collect::<Vec<_>>()
    };
    let want = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        bays(FleetGroup::Engine),
        want(&[("node1", "old web-2 web-10"), ("node2", "db web-1")])
    );
    assert_eq!(
        bays(FleetGroup::Stack),
        want(&[("shop", "web-2"), ("", "db old web-1 web-10")])
    );
    let labels = want(&[
        ("ssd", "old web-2 web-10"),
        ("zone=a", "old web-2 web-10"),
        ("zone=b", "db web-1"),
    ]);
    assert_eq!(bays(FleetGroup::Label), labels);
}

#[test]
fn figures_count_what_is_there() {
    let figures = fleet(&sample(), &UsageMap::default(), FleetGroup::Engine, NOW).figures;
    assert_eq!((figures.engines, figures.engines_up, figures.containers), (2, 2, 5));
    assert_eq!((figures.running, figures.stopped, figures.unhealthy), (4, 1, 1));
    assert_eq!((figures.cpus, figures.memory), (Cpus::whole(8), Bytes::mib(8192)));
    assert_eq!(figures.cpus_used, None);
}

#[test]
fn the_worst_comes_first() {
    let day = 24 * 3600 * 1000;
    let mut lost = engine("lost", "", vec![container("unknown", ContainerState::Restarting)]);
    down(&mut lost, Millis(9));
    let mut sick = container("sick", ContainerState::Running);
    sick.health = Some(Health::Unhealthy);
    let loops = container("loops", ContainerState::Restarting);
    let mut node = engine("node", "", vec![loops, sick, container("dead", ContainerState::Dead)]);
    Arc::make_mut(&mut node.engine).certificate_ends = Some(Millis(NOW.0 + 29 * day));
    let mut plain = engine("plain", "", Vec::new());
    Arc::make_mut(&mut plain.engine).address = EngineAddress::parse("http://plain:2375").unwrap();
    Arc::make_mut(&mut plain.engine).certificate_ends = Some(Millis(NOW.0 + 31 * day));
    let page = fleet(
        &snapshot(vec![plain, node, lost]),
        &UsageMap::default(),
        FleetGroup::Engine,
        NOW,
    );
    let words: Vec<_> = page
        .attention
        .iter()
        .map(|a| match a {
            Attention::EngineDown { .. } => "down",
            Attention::Dead { .. } => "dead",
            Attention::Unhealthy { .. } => "unhealthy",
            Attention::Restarting { .. } => "restarting",
            Attention::DeployStuck { .. } => "stuck",
            Attention::CertificateEnds { .. } => "certificate",
            Attention::PlainEngine { .. } => "plain",
        })
        .collect();
    assert_eq!(
        words,
        ["down", "dead", "unhealthy", "restarting", "certificate", "plain"]
    );
}

#[test]
fn the_frame_counts() {
    let frame = frame(&sample(), 3);
    assert_eq!(
        (frame.containers, frame.engines, frame.engines_up, frame.operations),
        (5, 2, 2, 3)
    );
}
