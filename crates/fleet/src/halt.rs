//! Stops an operation between two steps, for a test to kill the server right there. There is none of this in a release.

/// Comes between any two steps of a unit of work; never returns at the one that the test named.
#[cfg(debug_assertions)]
pub(crate) async fn between_steps() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static STEPS: AtomicUsize = AtomicUsize::new(1);
    let at = std::env::var("SHIPYARD_TEST_STOP_AT_STEP").ok();
    let Some(at) = at.and_then(|at| at.parse::<usize>().ok()) else {
        return;
    };
    if STEPS.fetch_add(1, Ordering::SeqCst) == at {
        tracing::warn!(step = at, "stopped for a test");
        std::future::pending::<()>().await;
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(crate) async fn between_steps() {}
