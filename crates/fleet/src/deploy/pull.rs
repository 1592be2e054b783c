//! The image of a deploy, as its request's policy says.
use super::Work;
use crate::pull::{Halt, Pull};
use shipyard_model::EngineId;

/// Sees to it that the engine has the image.
pub(super) async fn ensure(work: &Work<'_>, engine: &EngineId, copies: &[usize]) -> Result<(), Halt> {
    let request = &work.deploy.request;
    let pull = Pull {
        fleet: &work.deploy.fleet,
        running: &work.deploy.running,
        give_up: &work.give_up,
        engine,
        image: request.spec.image.trim(),
        targets: copies,
    };
    pull.ensure(request.pull).await
}
