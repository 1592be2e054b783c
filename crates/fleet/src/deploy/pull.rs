//! The image of a deploy, as its request's policy says.
use super::Work;
use crate::calls::while_up;
use crate::pull::{Halt, Pull};
use shipyard_engine::Connection;
use shipyard_model::deploy::PullPolicy;
use shipyard_model::{EngineId, Problem};

/// Sees to it that the engine has the image.
pub(super) async fn ensure(work: &Work<'_>, engine: &EngineId, copies: &[usize]) -> Result<(), Halt> {
    let request = &work.deploy.request;
    let image = request.spec.image.trim();
    work.go_on()?;
    if request.pull != PullPolicy::Always {
        let has = |connection: Connection| async move { connection.has_image(image).await };
        if while_up(&work.deploy.fleet, engine, has).await? {
            return Ok(());
        }
        if request.pull == PullPolicy::Never {
            let detail = format!("The engine does not have the image “{image}”.");
            return Err(Halt::Failed(
                Problem::new(404, "deploy.image-missing", detail)
                    .hint("Allow the deploy to pull it, or bring it there yourself.")
                    .arg("image", image),
            ));
        }
    }
    let pull = Pull {
        fleet: &work.deploy.fleet,
        running: &work.deploy.running,
        give_up: &work.give_up,
        engine,
        image,
        targets: copies,
    };
    pull.run().await
}
