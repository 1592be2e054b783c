//! Faults of our own as problems: the cause goes to the log, the person is told what to do.
use shipyard_model::Problem;
use shipyard_store::StoreError;

/// A failure of the store, told to a person.
pub(crate) fn store_problem(error: &StoreError) -> Problem {
    tracing::error!(%error, "the store failed");
    match error {
        StoreError::Disk(_) => Problem::new(
            507,
            "store.disk",
            "Shipyard's disk refused the write; nothing was kept.",
        )
        .hint("See whether the disk is full, then restart Shipyard."),
        StoreError::Stopped => {
            Problem::new(503, "stopping", "Shipyard is shutting down.").hint("Try again in a moment.")
        }
        _ => Problem::internal(),
    }
}
