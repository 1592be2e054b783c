//! The fleet's journal, kept in the store; and what a start does with what an earlier life left open.
use crate::Inner;
use shipyard_fleet::journal::{Begun, Entry, Journal, Mark, Written};
use shipyard_fleet::recover;
use shipyard_model::operation::{Operation, OperationTarget};
use shipyard_model::{OperationId, Problem};
use shipyard_store::{OpenOperation, OperationShelf, StoreError};
use std::sync::Arc;

/// The journal in the store.
pub(crate) struct Kept(pub(crate) OperationShelf);

fn unwritable(error: &StoreError) -> Problem {
    tracing::error!(%error, "a step of an operation cannot be written down");
    Problem::new(
        503,
        "operation.unwritable",
        "This step was not taken, because Shipyard cannot write down what it is about to do.",
    )
    .hint("See whether the disk of the data folder is full.")
}

impl Journal for Kept {
    fn begun(&self, begun: Begun) -> Written<'_> {
        Box::pin(async move {
            let id = begun.operation.id.clone();
            self.0.begun(&id, begun).await.map_err(|error| unwritable(&error))
        })
    }

    fn mark(&self, operation: &OperationId, target: usize, mark: &Mark) -> Written<'_> {
        let (operation, mark) = (operation.clone(), mark.clone());
        Box::pin(async move {
            let written = self.0.unit(&operation, target, mark).await;
            written.map_err(|error| unwritable(&error))
        })
    }

    fn settled(&self, operation: &OperationId, targets: Vec<(usize, OperationTarget)>) -> Written<'_> {
        let operation = operation.clone();
        Box::pin(async move {
            let written = self.0.settled(&operation, targets).await;
            written.map_err(|error| unwritable(&error))
        })
    }

    fn ended(&self, operation: &Operation) -> Written<'_> {
        let operation = operation.clone();
        Box::pin(async move {
            let id = operation.id.clone();
            self.0.ended(&id, operation).await.map_err(|error| unwritable(&error))
        })
    }
}

/// What an earlier life left: operations that ended are shown again; those that did not are brought to an end as soon as their
/// engines answer.
///
/// # Errors
/// When what was left cannot be read.
pub(crate) async fn take_up(inner: &Arc<Inner>) -> Result<(), StoreError> {
    let (store, fleet) = inner.gate.for_itself();
    let shelf = store.operations();
    fleet.operations().remember(shelf.kept::<Operation>().await?);
    for OpenOperation { begun, targets, units } in shelf.open::<Begun, OperationTarget, Mark>().await? {
        let entry = Entry {
            begun,
            settled: targets.into_iter().collect(),
            marks: units.into_iter().collect(),
        };
        let operation = entry.begun.operation.clone();
        let recovery = match recover::resume(fleet, entry) {
            Ok(recovery) => recovery,
            Err(why) => {
                tracing::error!(operation = %operation.id, %why, "an operation that was cut off is not taken up");
                continue;
            }
        };
        tracing::warn!(operation = %recovery.id(), "the server ended in the middle of this operation; it is brought to an end");
        let inner = Arc::downgrade(inner);
        tokio::spawn(async move {
            if !recovery.run().await {
                return;
            }
            let (Some(inner), Some(operation)) = (inner.upgrade(), recovery.running().now()) else {
                return;
            };
            crate::history::keep(&inner, &operation).await;
            inner.activity.recovered(&operation);
        });
    }
    Ok(())
}
