//! Carries a deploy out: pull once on each engine, make and start each copy, tell what became of each.
//!
//! Engines work beside each other and know nothing of each other, so a failure on one neither hides nor undoes what
//! worked elsewhere, unless the request asks for that.
use crate::act::{IN_ALL, PER_ENGINE};
use crate::calls::while_up;
use crate::fleet::Fleet;
use crate::halt::between_steps;
use crate::journal::{Mark, Part, Stage};
use crate::names;
use crate::operations::{Operations, Running, Wanted, new_id};
use crate::pending::Within;
use crate::pull::Halt;
use crate::quota::PoolQuota;
use crate::snapshot::EngineState;
use futures_util::{StreamExt, stream};
use shipyard_model::container::{LABEL_CPUS, LABEL_DEPLOY, LABEL_MEMORY};
use shipyard_model::deploy::{ContainerSpec, DeployRequest, Plan, PlannedCopy};
use shipyard_model::operation::{Step, TargetState, What};
use shipyard_model::{Container, ContainerId, ContainerRef, EngineId, OperationId, Problem};
use std::collections::BTreeMap;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

mod image;
mod pull;

pub use image::check_image;

/// Where a deploy may go, and how much it may take there.
pub struct Bounds<'b> {
    /// Whether it may go to an engine: all others are not there for it.
    pub engines: &'b (dyn Fn(&EngineId) -> bool + Sync),
    /// Whether its affinity may know of a container of an engine: all others are not there for it, so that nobody learns by
    /// where their copies may not go what they may not see.
    pub sees: &'b (dyn Fn(&EngineState, &Container) -> bool + Sync),
    /// Quotas of the pools that its engines are of.
    pub quotas: &'b [PoolQuota],
    /// Labels that its containers bear besides their own.
    pub labels: Vec<(String, String)>,
    /// Whether a single copy has the name that was asked for or is not made. Otherwise a taken name is numbered.
    pub as_named: bool,
    /// What it is a part of; `None` when it stands for itself.
    pub joins: Option<Joins>,
}

/// What a deploy is a part of that makes more copies of something.
#[derive(Clone, Debug)]
pub struct Joins {
    /// The deploy whose copies these are, as their label says; `None` when there was none.
    pub deploy: Option<String>,
    /// What is done.
    pub what: What,
}

impl Bounds<'_> {
    pub(crate) fn of<'f>(&'f self, fleet: &'f Fleet) -> Within<'f> {
        Within {
            all: Box::new(|| fleet.snapshot()),
            engines: self.engines,
            sees: self.sees,
            quotas: self.quotas,
            labels: &self.labels,
            as_named: self.as_named,
        }
    }
}

/// What a deploy would do now.
pub fn plan(fleet: &Fleet, request: &DeployRequest, bounds: &Bounds<'_>) -> Plan {
    fleet.pending().plan(&bounds.of(fleet), request)
}

/// Name of a deploy's copies, without number: its own, or one made of its image.
pub fn name(request: &DeployRequest) -> String {
    names::base(&request.spec.name, &request.spec.image)
}

/// A deploy that has its room reserved and can be carried out. Dropped, what it made counts by what the model shows.
pub struct Prepared {
    fleet: Fleet,
    request: DeployRequest,
    copies: Vec<PlannedCopy>,
    labels: Vec<(String, String)>,
    /// Value of the label that says which copies belong together.
    group: String,
    running: Running,
}

impl Drop for Prepared {
    fn drop(&mut self) {
        self.fleet.pending().ended(self.running.id());
    }
}

/// Plans a deploy, reserves its room and begins its operation, so that no other deploy takes the same room.
///
/// # Errors
/// The first problem of the plan, when it has any: nothing happens then. `operations.too-many`.
pub fn prepare(fleet: &Fleet, request: DeployRequest, bounds: &Bounds<'_>, actor: &str) -> Result<Prepared, Problem> {
    let id = new_id();
    let joined = bounds.joins.as_ref().and_then(|joins| joins.deploy.clone());
    let group = joined.unwrap_or_else(|| id.to_string());
    let plan = fleet.pending().reserve(&bounds.of(fleet), &request, &id, &group);
    if let Some(problem) = plan.problems.into_iter().next() {
        return Err(problem);
    }
    let what = match &bounds.joins {
        Some(joins) => joins.what.clone(),
        None => What::Deploy {
            image: request.spec.image.trim().to_owned(),
            name: name(&request),
        },
    };
    let targets = plan.copies.iter().map(|copy| Wanted {
        name: copy.name.clone(),
        engine: copy.engine_name.clone(),
        container: None,
    });
    let operations: &Operations = fleet.operations();
    match operations.start(id.clone(), what, actor, targets.collect()) {
        Ok(running) => Ok(Prepared {
            fleet: fleet.clone(),
            request,
            copies: plan.copies,
            labels: bounds.labels.clone(),
            group,
            running,
        }),
        Err(problem) => {
            for copy in &plan.copies {
                fleet.pending().give_back(&id, copy);
            }
            Err(problem)
        }
    }
}

impl Prepared {
    /// The operation.
    pub fn id(&self) -> &OperationId {
        self.running.id()
    }

    /// Carries it out, to the end.
    pub async fn run(self) {
        if let Err(why) = self.running.begin(self.request.undo_on_failure).await {
            return (0..self.copies.len()).for_each(|copy| self.running.failed(copy, why.clone()));
        }
        let mut engines: BTreeMap<EngineId, Vec<usize>> = BTreeMap::new();
        for (index, copy) in self.copies.iter().enumerate() {
            engines.entry(copy.engine.clone()).or_default().push(index);
        }
        let work = Work {
            deploy: &self,
            labels: self.labels(),
            give_up: self.running.cancel().child_token(),
            permits: Semaphore::new(IN_ALL),
        };
        let work = &work;
        let lanes = engines.iter().map(|(engine, copies)| work.on_engine(engine, copies));
        futures_util::future::join_all(lanes).await;
        if self.request.undo_on_failure && self.any_failed() {
            work.undo().await;
        }
    }

    fn labels(&self) -> Vec<(String, String)> {
        labels(&self.request.spec, &self.group, self.labels.clone())
    }

    fn any_failed(&self) -> bool {
        self.running.now().is_some_and(|operation| operation.counts().1 > 0)
    }
}

/// The labels of a copy besides its own: `more`, the deploy that it is of, and what it reserves.
pub fn labels(spec: &ContainerSpec, group: &str, more: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut labels = more;
    labels.push((LABEL_DEPLOY.to_owned(), group.to_owned()));
    if spec.cpus.nanos() > 0 {
        labels.push((LABEL_CPUS.to_owned(), spec.cpus.nanos().to_string()));
    }
    if spec.memory.get() > 0 {
        labels.push((LABEL_MEMORY.to_owned(), spec.memory.get().to_string()));
    }
    labels
}

/// What the lanes of all engines share.
struct Work<'d> {
    deploy: &'d Prepared,
    labels: Vec<(String, String)>,
    /// Cancelled by a person, or by the first failure when failures undo all.
    give_up: CancellationToken,
    permits: Semaphore,
}

impl Work<'_> {
    async fn on_engine(&self, engine: &EngineId, copies: &[usize]) {
        if let Err(why) = pull::ensure(self, engine, copies).await {
            for copy in copies {
                self.end(*copy, why.clone());
                self.deploy.running.settle(&[*copy]).await;
            }
            return;
        }
        let made = stream::iter(copies.to_vec()).map(|copy| async move {
            match self.copy(engine, copy).await {
                Ok(()) => self.deploy.running.state(copy, TargetState::Done),
                Err(halt) => self.end(copy, halt),
            }
            self.deploy.running.settle(&[copy]).await;
        });
        made.buffer_unordered(PER_ENGINE).collect::<()>().await;
    }

    /// Makes and starts one copy; what cannot be started is removed again.
    async fn copy(&self, engine: &EngineId, index: usize) -> Result<(), Halt> {
        let Prepared {
            fleet,
            request,
            running,
            copies,
            ..
        } = self.deploy;
        let name = copies.get(index).map(|copy| copy.name.clone()).unwrap_or_default();
        let _permit = self.permits.acquire().await.map_err(|_| Halt::Cancelled)?;
        self.go_on()?;
        running.step(index, Step::Create);
        let mut mark = self.mark(engine, index, &name);
        between_steps().await;
        running.mark(index, &mark).await?;
        between_steps().await;
        let (spec, labels) = (&request.spec, &self.labels);
        let name = name.as_str();
        let create =
            |connection: shipyard_engine::Connection| async move { connection.create(spec, name, labels).await };
        let (id, warnings) = while_up(fleet, engine, create).await?;
        between_steps().await;
        for warning in warnings {
            tracing::info!(operation = %running.id(), %engine, container = id.short(), %warning, "made with a warning");
        }
        running.container(
            index,
            ContainerRef {
                engine: engine.clone(),
                id: id.clone(),
            },
        );
        mark.stage = Stage::Swapping;
        mark.parts.iter_mut().for_each(|part| part.new = Some(id.clone()));
        let started = match running.mark(index, &mark).await {
            Ok(()) => {
                between_steps().await;
                self.start(engine, &id, index).await
            }
            Err(why) => Err(why.into()),
        };
        between_steps().await;
        if let Err(halt) = started {
            if let Err(why) = self.remove(engine, &id).await {
                tracing::warn!(operation = %running.id(), %engine, container = id.short(), %why, "cannot remove what did not start");
            }
            return Err(halt);
        }
        Ok(())
    }

    /// What the journal knows of a copy that is about to be made.
    fn mark(&self, engine: &EngineId, index: usize, name: &str) -> Mark {
        Mark {
            stage: Stage::Making,
            parts: vec![Part {
                target: index,
                engine: engine.clone(),
                name: name.to_owned(),
                made_as: name.to_owned(),
                new: None,
                deploy: Some(self.deploy.group.clone()),
                old: None,
            }],
        }
    }

    async fn start(&self, engine: &EngineId, id: &ContainerId, index: usize) -> Result<(), Halt> {
        self.go_on()?;
        self.deploy.running.step(index, Step::Start);
        while_up(&self.deploy.fleet, engine, |connection| async move {
            connection.start(id).await
        })
        .await?;
        Ok(())
    }

    async fn remove(&self, engine: &EngineId, id: &ContainerId) -> Result<(), Problem> {
        while_up(&self.deploy.fleet, engine, |connection| async move {
            connection.remove(id, true).await
        })
        .await
    }

    fn go_on(&self) -> Result<(), Halt> {
        if self.give_up.is_cancelled() {
            Err(Halt::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Records that a copy will not be, and gives back what it reserved.
    fn end(&self, index: usize, halt: Halt) {
        let Prepared {
            fleet,
            request,
            running,
            copies,
            ..
        } = self.deploy;
        match halt {
            Halt::Cancelled => running.state(index, TargetState::Cancelled),
            Halt::Failed(why) => {
                running.failed(index, why);
                if request.undo_on_failure {
                    self.give_up.cancel();
                }
            }
        }
        if let Some(copy) = copies.get(index) {
            fleet.pending().give_back(running.id(), copy);
        }
    }

    /// Removes what was made.
    async fn undo(&self) {
        let Some(operation) = self.deploy.running.now() else {
            return;
        };
        let mut made = Vec::new();
        for (index, target) in operation.targets.iter().enumerate() {
            if let (TargetState::Done, Some(container)) = (&target.state, &target.container) {
                made.push((index, container.clone()));
            }
        }
        let removals = stream::iter(made).map(|(index, ContainerRef { engine, id })| async move {
            self.deploy.running.step(index, Step::Undo);
            match self.remove(&engine, &id).await {
                Ok(()) => self.deploy.running.state(index, TargetState::Undone),
                Err(why) => self.deploy.running.failed(index, why),
            }
            self.deploy.running.settle(&[index]).await;
        });
        removals.buffer_unordered(IN_ALL).collect::<()>().await;
    }
}
