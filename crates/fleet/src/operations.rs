//! Operations in memory: what goes on, how far it is, what became of each target.
use crate::journal::{Begun, Journal, Mark, NoJournal};
use shipyard_model::operation::{Layer, Operation, OperationTarget, Recovered, Step, TargetState, What};
use shipyard_model::{ContainerRef, EngineName, Millis, OperationId, Problem};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Most operations that are kept, and that may go on at once.
const MOST: usize = 200;

/// All operations that are remembered, the newest 200 of them.
#[derive(Clone)]
pub struct Operations {
    list: Arc<Mutex<VecDeque<Entry>>>,
    changes: watch::Sender<u64>,
    journal: Arc<dyn Journal>,
    ended: Option<mpsc::UnboundedSender<Arc<Operation>>>,
}

struct Entry {
    operation: Arc<Operation>,
    cancel: CancellationToken,
}

impl Default for Operations {
    fn default() -> Self {
        Self::new()
    }
}

impl Operations {
    /// None yet.
    pub fn new() -> Self {
        Self {
            list: Arc::default(),
            changes: watch::channel(0).0,
            journal: Arc::new(NoJournal),
            ended: None,
        }
    }

    /// None yet, and written down by a task on the tokio runtime as they end; it ends with the last handle.
    pub(crate) fn with_journal(journal: Arc<dyn Journal>) -> Self {
        let (ended, mut waiting) = mpsc::unbounded_channel::<Arc<Operation>>();
        // It does not keep the journal open: whoever drops the last handle may open the same one again at once.
        let writes = Arc::downgrade(&journal);
        tokio::spawn(async move {
            while let Some(operation) = waiting.recv().await {
                let Some(journal) = writes.upgrade() else { return };
                if let Err(why) = journal.ended(&operation).await {
                    tracing::error!(operation = %operation.id, %why, "the end of an operation cannot be kept");
                }
            }
        });
        Self {
            journal,
            ended: Some(ended),
            ..Self::new()
        }
    }

    /// Takes operations that ended in an earlier life, the newest first.
    pub fn remember(&self, operations: Vec<Operation>) {
        let mut list = self.lock();
        let room = MOST.saturating_sub(list.len());
        list.extend(operations.into_iter().take(room).map(|operation| Entry {
            operation: Arc::new(operation),
            cancel: CancellationToken::new(),
        }));
        drop(list);
        self.changed();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    /// Begins an operation on targets that all wait.
    ///
    /// # Errors
    /// `operations.too-many` when 200 operations go on.
    pub fn start(&self, id: OperationId, what: What, actor: &str, targets: Vec<Wanted>) -> Result<Running, Problem> {
        let targets = targets.into_iter().map(|wanted| OperationTarget {
            name: wanted.name,
            engine: wanted.engine,
            container: wanted.container,
            state: TargetState::Waiting,
            layers: Vec::new(),
            recovered: None,
        });
        let operation = Operation {
            id,
            what,
            actor: actor.to_owned(),
            started: Millis::now(),
            finished: None,
            cancelled: false,
            targets: targets.collect(),
        };
        self.take_in(operation)
    }

    /// Takes an operation in that begins, or goes on after an earlier life.
    ///
    /// # Errors
    /// `operations.too-many` when 200 operations go on.
    pub(crate) fn take_in(&self, operation: Operation) -> Result<Running, Problem> {
        let (id, cancel) = (operation.id.clone(), CancellationToken::new());
        let mut list = self.lock();
        if list.len() >= MOST {
            let Some(oldest) = list.iter().rposition(|e| e.operation.finished.is_some()) else {
                return Err(
                    Problem::new(429, "operations.too-many", "Too many operations are going on.")
                        .hint("Wait until some of them have ended."),
                );
            };
            list.remove(oldest);
        }
        list.push_front(Entry {
            operation: Arc::new(operation),
            cancel: cancel.clone(),
        });
        drop(list);
        self.changed();
        Ok(Running {
            operations: self.clone(),
            id,
            cancel,
        })
    }

    /// The newest ones, newest first.
    pub fn list(&self, most: usize) -> Vec<Arc<Operation>> {
        self.lock()
            .iter()
            .take(most)
            .map(|e| Arc::clone(&e.operation))
            .collect()
    }

    /// One.
    pub fn get(&self, id: &OperationId) -> Option<Arc<Operation>> {
        self.lock()
            .iter()
            .find(|e| e.operation.id == *id)
            .map(|e| Arc::clone(&e.operation))
    }

    /// How many go on.
    pub fn going_on(&self) -> u32 {
        let count = self.lock().iter().filter(|e| e.operation.finished.is_none()).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Changes whenever anything of any operation does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Asks an operation to end: what is done stays, what has not begun will not. Tells whether there is one to ask.
    pub fn cancel(&self, id: &OperationId) -> bool {
        let mut list = self.lock();
        let Some(entry) = list
            .iter_mut()
            .find(|e| e.operation.id == *id && e.operation.finished.is_none())
        else {
            return false;
        };
        entry.cancel.cancel();
        Arc::make_mut(&mut entry.operation).cancelled = true;
        drop(list);
        self.changed();
        true
    }

    /// Asks all to end.
    pub fn cancel_all(&self) {
        for entry in self.lock().iter_mut().filter(|e| e.operation.finished.is_none()) {
            entry.cancel.cancel();
            Arc::make_mut(&mut entry.operation).cancelled = true;
        }
        self.changed();
    }

    fn edit(&self, id: &OperationId, edit: impl FnOnce(&mut Operation)) {
        if let Some(entry) = self.lock().iter_mut().find(|e| e.operation.id == *id) {
            edit(Arc::make_mut(&mut entry.operation));
        }
        self.changed();
    }
}

/// An identity for the next operation. It is on the labels of containers, so it is never used again.
pub fn new_id() -> OperationId {
    let mut random = [0_u8; 6];
    if getrandom::fill(&mut random).is_err() {
        // The time alone keeps two operations apart; the random part is for two in one millisecond.
        tracing::warn!("no random bytes for an operation's id");
    }
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    OperationId::new(format!("op-{:x}-{random}", Millis::now().0))
}

/// What an operation shall work on.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Name of the container.
    pub name: String,
    /// Its engine's name.
    pub engine: EngineName,
    /// The container, if it exists already.
    pub container: Option<ContainerRef>,
}

/// An operation in work. Dropped, it is finished: targets without a result have failed then.
pub struct Running {
    operations: Operations,
    id: OperationId,
    cancel: CancellationToken,
}

impl Running {
    /// Its identity.
    pub fn id(&self) -> &OperationId {
        &self.id
    }

    /// Cancelled when somebody asked for its end.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Says where a target stands; whatever was being pulled for it is no more.
    pub fn state(&self, target: usize, state: TargetState) {
        self.operations.edit(&self.id, |operation| {
            if let Some(target) = operation.targets.get_mut(target) {
                target.layers.clear();
                target.state = state;
            }
        });
    }

    /// Says which step a target is at.
    pub fn step(&self, target: usize, step: Step) {
        self.state(target, TargetState::Working { step });
    }

    /// Says that a target failed.
    pub fn failed(&self, target: usize, why: Problem) {
        self.state(target, TargetState::Failed { why });
    }

    /// Says which container a target became.
    pub fn container(&self, target: usize, container: ContainerRef) {
        self.operations.edit(&self.id, |operation| {
            if let Some(target) = operation.targets.get_mut(target) {
                target.container = Some(container);
            }
        });
    }

    /// Shows the layers that are being pulled for some targets.
    pub fn layers(&self, targets: &[usize], layers: &[Layer]) {
        self.operations.edit(&self.id, |operation| {
            for target in targets {
                if let Some(target) = operation.targets.get_mut(*target) {
                    target.layers = layers.to_vec();
                }
            }
        });
    }

    /// Says what a restart did about a target.
    pub(crate) fn recovered(&self, target: usize, how: Recovered) {
        self.operations.edit(&self.id, |operation| {
            if let Some(target) = operation.targets.get_mut(target) {
                target.recovered = Some(how);
            }
        });
    }

    /// Writes down that it begins. What it makes is removed again after a crash when it is `all_or_none`.
    ///
    /// # Errors
    /// When that cannot be written: nothing may be done then.
    pub async fn begin(&self, all_or_none: bool) -> Result<(), Problem> {
        let Some(operation) = self.now() else { return Ok(()) };
        let operation = (*operation).clone();
        self.operations.journal.begun(Begun { operation, all_or_none }).await
    }

    /// Writes down the stage of a unit of work that is about to begin; `target` is the first of the unit's.
    ///
    /// # Errors
    /// When that cannot be written: it may not begin then.
    pub async fn mark(&self, target: usize, mark: &Mark) -> Result<(), Problem> {
        self.operations.journal.mark(&self.id, target, mark).await
    }

    /// Writes down that targets came to their end; the first of them is the one that their unit is known by. A failure is logged:
    /// the next start looks at them once more.
    pub async fn settle(&self, targets: &[usize]) {
        let Some(operation) = self.now() else { return };
        let settled = targets.iter().filter_map(|index| {
            let mut target = operation.targets.get(*index)?.clone();
            target.layers.clear();
            Some((*index, target))
        });
        if let Err(why) = self.operations.journal.settled(&self.id, settled.collect()).await {
            tracing::error!(operation = %self.id, %why, "the end of a step cannot be kept");
        }
    }

    /// As it is now.
    pub fn now(&self) -> Option<Arc<Operation>> {
        self.operations.get(&self.id)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Cut off in the middle, it stays open in the journal, for the next start to end.
        let whole = self
            .now()
            .is_some_and(|it| it.targets.iter().all(|target| target.state.is_final()));
        self.operations.edit(&self.id, |operation| {
            for target in operation.targets.iter_mut().filter(|t| !t.state.is_final()) {
                target.state = TargetState::Failed {
                    why: Problem::internal(),
                };
                target.layers.clear();
            }
            operation.finished = Some(Millis::now());
        });
        if let (true, Some(ended), Some(operation)) = (whole, &self.operations.ended, self.now()) {
            // Nobody listens only at the very end of the server's life; the next one finds it as it was left.
            let _ = ended.send(operation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::ContainerVerb;

    fn what() -> What {
        What::Containers {
            verb: ContainerVerb::Stop,
        }
    }

    fn wanted(names: &[&str]) -> Vec<Wanted> {
        let engine = EngineName::parse("node1").unwrap();
        names
            .iter()
            .map(|n| Wanted {
                name: (*n).to_owned(),
                engine: engine.clone(),
                container: None,
            })
            .collect()
    }

    #[test]
    fn an_operation_that_ends_early_has_a_result_for_each_target() {
        let operations = Operations::new();
        let running = operations.start(new_id(), what(), "ann", wanted(&["a", "b"])).unwrap();
        let id = running.id().clone();
        running.state(0, TargetState::Done);
        drop(running);
        let operation = operations.get(&id).unwrap();
        assert!(operation.finished.is_some());
        assert_eq!(operation.counts(), (1, 1, 2));
    }

    #[test]
    fn the_newest_two_hundred_are_kept_and_none_that_goes_on_is_lost() {
        let operations = Operations::new();
        let first = operations.start(new_id(), what(), "ann", wanted(&["a"])).unwrap();
        for _ in 0..300 {
            drop(operations.start(new_id(), what(), "ann", wanted(&["b"])).unwrap());
        }
        assert_eq!(operations.list(1000).len(), MOST);
        assert!(operations.get(first.id()).is_some());
        let _many: Vec<_> = (1..MOST)
            .map(|_| operations.start(new_id(), what(), "ann", wanted(&["c"])).unwrap())
            .collect();
        let refused = operations.start(new_id(), what(), "ann", wanted(&["d"])).err().unwrap();
        assert_eq!(refused.code, "operations.too-many");
    }

    #[test]
    fn cancelling_tells_the_one_who_works() {
        let operations = Operations::new();
        let running = operations.start(new_id(), what(), "ann", wanted(&["a"])).unwrap();
        assert!(operations.cancel(running.id()));
        assert!(running.cancel().is_cancelled());
        assert!(operations.get(running.id()).unwrap().cancelled);
        let id = running.id().clone();
        drop(running);
        assert!(!operations.cancel(&id));
    }
}
