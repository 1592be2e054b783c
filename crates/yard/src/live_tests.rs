//! Views that are followed: what comes at once, what comes together, and what is not sent twice.
use super::*;
use shipyard_access::{Area, Rights, Rules, Scope};
use shipyard_fleet::Fleet;
use shipyard_fleet::operations::{Wanted, new_id};
use shipyard_model::Grant;
use shipyard_model::live::Frame;
use shipyard_model::operation::{TargetState, What};
use shipyard_model::page::{Facet, FacetValues};
use shipyard_model::{ContainerVerb, Engine, EngineAddress, EngineId, EngineName, Labels, OperationId};
use tokio::time::timeout;

fn scoped(fleet: &Fleet) -> Scoped {
    let rights = Rights::of(&[Grant::everywhere("admin")], &Rules::default());
    let actor = Actor::of_test("ann", rights);
    Scoped::new(fleet.clone(), &actor, Scope::of(vec![Area::default()]))
}

fn engine(number: u8) -> Engine {
    Engine {
        id: EngineId::new(format!("e{number}")),
        name: EngineName::parse(&format!("node{number}")).unwrap(),
        address: EngineAddress::parse("unix:///nowhere/docker.sock").unwrap(),
        labels: Labels::default(),
        cpus_override: None,
        memory_override: None,
        daemon_id: String::new(),
        certificate_ends: None,
        added: Millis(0),
        drained: false,
    }
}

fn frame(feed: Option<Feed>) -> Frame {
    match feed {
        Some(Feed::Whole(ViewData::Frame(frame))) => frame,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_comes_at_once_and_the_next_with_a_change() {
    let fleet = Fleet::new();
    let mut feed = ViewFeed::new(scoped(&fleet), View::Frame);
    assert_eq!(frame(feed.next().await).engines, 0);
    assert!(
        timeout(Duration::from_millis(100), feed.next()).await.is_err(),
        "nothing changed"
    );
    fleet.put(engine(1), None);
    fleet.put(engine(2), None);
    assert_eq!(frame(feed.next().await).engines, 2, "together");
    fleet.forget(&EngineId::new("e1"));
    assert_eq!(frame(feed.next().await).engines, 1);
}

#[tokio::test]
async fn no_change_is_lost_when_waiting_is_given_up() {
    let fleet = Fleet::new();
    let mut feed = ViewFeed::new(scoped(&fleet), View::Frame);
    feed.next().await;
    fleet.put(engine(1), None);
    while timeout(Duration::from_millis(2), feed.next())
        .await
        .map(frame)
        .map(|f| f.engines)
        != Ok(1)
    {}
}

#[tokio::test]
async fn an_operation_is_followed_to_its_end() {
    let fleet = Fleet::new();
    let wanted = Wanted {
        name: "web".to_owned(),
        engine: engine(1).name,
        container: None,
    };
    let what = What::Containers {
        verb: ContainerVerb::Stop,
    };
    let running = fleet.operations().start(new_id(), what, "ann", vec![wanted]).unwrap();
    let mut feed = ViewFeed::new(
        scoped(&fleet),
        View::Operation {
            id: running.id().clone(),
        },
    );
    let state = |feed: Option<Feed>| match feed {
        Some(Feed::Whole(ViewData::Operation(Some(operation)))) => {
            (operation.targets[0].state.clone(), operation.finished.is_some())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(state(feed.next().await), (TargetState::Waiting, false));
    running.state(0, TargetState::Done);
    drop(running);
    assert_eq!(state(feed.next().await), (TargetState::Done, true));
    let mut none = ViewFeed::new(
        scoped(&fleet),
        View::Operation {
            id: OperationId::new("none"),
        },
    );
    assert_eq!(none.next().await, Some(Feed::Whole(ViewData::Operation(None))));
}

fn table(offset: u32, limit: u32) -> View {
    let query = ContainerQuery {
        offset,
        limit,
        ..ContainerQuery::default()
    };
    View::Containers { query }
}

#[tokio::test]
async fn a_window_that_moves_is_sent_at_once_and_needs_no_change() {
    let fleet = Fleet::new();
    let mut feed = ViewFeed::new(scoped(&fleet), table(0, 10));
    assert!(matches!(feed.next().await, Some(Feed::Whole(_))));
    let mover = feed.mover().unwrap();
    let View::Containers { query } = table(0, 10) else {
        panic!()
    };
    let other = ContainerQuery {
        text: "x".to_owned(),
        ..query
    };
    assert!(!mover.take(&View::Containers { query: other }), "another table");
    assert!(!mover.take(&View::Frame));
    assert!(mover.take(&table(20, 10)) && mover.take(&table(30, 10)));
    match feed.next().await {
        Some(Feed::Patch(patch)) => assert_eq!(patch.offset, Some(30), "the newest alone"),
        other => panic!("{other:?}"),
    }
    assert!(
        timeout(Duration::from_millis(100), feed.next()).await.is_err(),
        "nothing changed"
    );
    assert!(ViewFeed::new(scoped(&fleet), View::Frame).mover().is_none());
}

#[tokio::test]
async fn what_there_is_to_choose_from_is_followed() {
    let fleet = Fleet::new();
    fleet.put(engine(1), None);
    let view = View::Facet {
        of: Facet::Engines,
        query: ContainerQuery::default(),
        find: "2".to_owned(),
    };
    let mut feed = ViewFeed::new(scoped(&fleet), view);
    let one = FacetValues {
        all: 1,
        ..FacetValues::default()
    };
    assert_eq!(feed.next().await, Some(Feed::Whole(ViewData::Facet(one))));
    let second = Engine {
        id: EngineId::new("e2"),
        name: EngineName::parse("node2").unwrap(),
        ..engine(1)
    };
    fleet.put(second, None);
    let both = FacetValues {
        values: vec![("node2".to_owned(), 0)],
        more: 0,
        all: 2,
    };
    let next = timeout(Duration::from_secs(5), feed.next()).await;
    assert_eq!(next, Ok(Some(Feed::Whole(ViewData::Facet(both)))));
}
