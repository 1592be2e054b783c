//! Views: what pages show, at once and then whenever it changes. Made from memory, never from an engine.
use crate::Yard;
use crate::actor::Actor;
use crate::looking::Looking;
use crate::scoped::Scoped;
use shipyard_fleet::view::ContainerMark;
use shipyard_fleet::{Snapshot, view};
use shipyard_model::live::{ContainerWindow, Patch, View, ViewData};
use shipyard_model::page::ContainerQuery;
use shipyard_model::{Millis, Permission, Problem};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// What changes within this time is sent together.
const TOGETHER: Duration = Duration::from_millis(25);
/// Most operations of a view.
const OPERATIONS: usize = 100;

/// What a follower of a view is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Feed {
    /// The whole, to replace what was.
    Whole(ViewData),
    /// What changed in a window of containers.
    Patch(Patch),
}

impl Yard {
    /// A view as it is now.
    ///
    /// # Errors
    /// 403.
    pub fn view(&self, actor: &Actor, view: &View) -> Result<ViewData, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        Ok(make(&fleet, &fleet.snapshot(), view))
    }

    /// A page of the table of containers: what comes after a mark, and the mark to go on from when there is more.
    ///
    /// # Errors
    /// 403.
    pub fn containers_after(
        &self,
        actor: &Actor,
        query: &ContainerQuery,
        after: Option<&ContainerMark>,
    ) -> Result<(ContainerWindow, Option<ContainerMark>), Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let (snapshot, usage) = (fleet.snapshot(), fleet.whole().usage());
        Ok(view::containers_after(&snapshot, &usage, query, after, Millis::now()))
    }

    /// Tells that something was recorded, and nothing of what: for who makes a list anew then.
    pub fn recorded_changes(&self) -> watch::Receiver<u64> {
        self.inner.gate.recorded_changes()
    }

    /// Follows a view: whole at first, then what changes.
    ///
    /// # Errors
    /// 403.
    pub fn follow(&self, actor: &Actor, view: View) -> Result<ViewFeed, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        Ok(ViewFeed::new(fleet, view))
    }
}

fn make(fleet: &Scoped, snapshot: &Snapshot, view: &View) -> ViewData {
    let now = Millis::now();
    match view {
        View::Frame => ViewData::Frame(view::frame(snapshot, fleet.operations_going_on())),
        View::Fleet { group } => ViewData::Fleet(Box::new(view::fleet(snapshot, &fleet.whole().usage(), *group, now))),
        View::Containers { query } => {
            ViewData::Containers(view::containers(snapshot, &fleet.whole().usage(), query, now))
        }
        View::Container { engine, name } => {
            ViewData::Container(view::container(snapshot, &fleet.whole().usage(), engine, name, now).map(Box::new))
        }
        View::Engines => ViewData::Engines(view::engines(snapshot)),
        View::Operations => {
            let list = fleet.operations(OPERATIONS);
            ViewData::Operations(list.iter().map(|operation| (**operation).clone()).collect())
        }
        View::Operation { id } => ViewData::Operation(fleet.operation(id).map(|operation| (*operation).clone())),
    }
}

/// What a view depends on.
#[derive(Clone, Copy)]
struct Depends {
    /// On engines and containers.
    facts: bool,
    /// On response times and when an engine was last heard of.
    times: bool,
    /// On what containers use.
    usage: bool,
    /// On operations.
    operations: bool,
}

fn depends(view: &View) -> Depends {
    let nothing = Depends {
        facts: false,
        times: false,
        usage: false,
        operations: false,
    };
    match view {
        View::Frame => Depends {
            facts: true,
            operations: true,
            ..nothing
        },
        View::Fleet { .. } => Depends {
            facts: true,
            times: true,
            usage: true,
            ..nothing
        },
        View::Containers { .. } | View::Container { .. } => Depends {
            facts: true,
            usage: true,
            ..nothing
        },
        View::Engines => Depends {
            facts: true,
            times: true,
            ..nothing
        },
        View::Operations | View::Operation { .. } => Depends {
            operations: true,
            ..nothing
        },
    }
}

/// Follows one view for one reader. A slow reader misses states in between, never the newest, and nothing waits for it.
pub struct ViewFeed {
    fleet: Scoped,
    view: View,
    depends: Depends,
    changes: watch::Receiver<u64>,
    usage: watch::Receiver<u64>,
    operations: watch::Receiver<u64>,
    /// What the reader has; `None` before the first time.
    last: Option<ViewData>,
    /// The fleet's state that it was made from.
    settled: u64,
    /// When it is made anew: set while a change waits for others.
    due: Option<Instant>,
    /// How long to wait for others: longer for views that take long to make.
    together: Duration,
    /// What is measured for it.
    looking: Looking,
}

impl ViewFeed {
    fn new(fleet: Scoped, view: View) -> Self {
        let depends = depends(&view);
        Self {
            changes: fleet.whole().changes(),
            usage: fleet.whole().usage_changes(),
            operations: fleet.whole().operations().changes(),
            last: None,
            settled: 0,
            due: None,
            together: TOGETHER,
            looking: Looking::at(&fleet, &view),
            depends,
            view,
            fleet,
        }
    }

    /// The next thing to show: the first at once, later ones when something that the view shows has changed. Can be
    /// dropped while it waits, and called again. `None` when the fleet has ended.
    pub async fn next(&mut self) -> Option<Feed> {
        loop {
            if self.last.is_some() {
                let due = match self.due {
                    Some(due) => due,
                    None => {
                        self.changed().await?;
                        *self.due.insert(Instant::now() + self.together)
                    }
                };
                sleep_until(due).await;
            }
            self.due = None;
            if let Some(feed) = self.make() {
                return Some(feed);
            }
        }
    }

    /// Waits for a change of anything that the view depends on. `None` when nothing will change any more.
    async fn changed(&mut self) -> Option<()> {
        loop {
            tokio::select! {
                changed = self.changes.changed(), if self.depends.facts => {
                    changed.ok()?;
                    if self.depends.times || self.fleet.snapshot().settled != self.settled {
                        return Some(());
                    }
                }
                changed = self.usage.changed(), if self.depends.usage => return changed.ok(),
                changed = self.operations.changed(), if self.depends.operations => return changed.ok(),
            }
        }
    }

    /// Makes the view anew; `None` when it is as the reader has it.
    fn make(&mut self) -> Option<Feed> {
        // Seen before it is made: what changes from here on is seen again.
        self.changes.borrow_and_update();
        self.usage.borrow_and_update();
        self.operations.borrow_and_update();
        let began = Instant::now();
        let snapshot = self.fleet.snapshot();
        let data = make(&self.fleet, &snapshot, &self.view);
        self.settled = snapshot.settled;
        self.looking.shows(&data);
        // A view of a very large fleet takes its time, and must not take all of it.
        self.together = TOGETHER.max(began.elapsed() * 3);
        if self.last.as_ref() == Some(&data) {
            return None;
        }
        let feed = match (&self.last, &data) {
            (Some(ViewData::Containers(old)), ViewData::Containers(new)) => Feed::Patch(Patch::between(old, new)?),
            _ => Feed::Whole(data.clone()),
        };
        self.last = Some(data);
        Some(feed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_access::{Area, Rights, Rules, Scope};
    use shipyard_fleet::Fleet;
    use shipyard_fleet::operations::{Wanted, new_id};
    use shipyard_model::Grant;
    use shipyard_model::live::Frame;
    use shipyard_model::operation::{TargetState, What};
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
}
