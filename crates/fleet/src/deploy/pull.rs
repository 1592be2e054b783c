//! The image, once for each engine, with its layers shown at all copies that wait for it.
use super::{Halt, Work};
use crate::calls::{down, while_up};
use futures_util::StreamExt;
use shipyard_engine::Connection;
use shipyard_model::deploy::PullPolicy;
use shipyard_model::operation::{Layer, Step};
use shipyard_model::{EngineId, Problem};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Longest time that a pull may say nothing. A layer being extracted is silent for long.
const SILENCE: Duration = Duration::from_secs(300);
/// Layers are shown this often.
const SHOWN_EVERY: Duration = Duration::from_millis(150);
/// Most layers that are shown; Docker's own limit for an image is 127.
const MOST_LAYERS: usize = 128;

/// Sees to it that the engine has the image, as the request's policy says.
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
    let connection = work.deploy.fleet.connect(engine)?;
    copies
        .iter()
        .for_each(|copy| work.deploy.running.step(*copy, Step::Pull));
    tokio::select! {
        () = work.give_up.cancelled() => Err(Halt::Cancelled),
        pulled = pull(work, &connection, image, copies) => pulled,
        () = crate::calls::gone(&work.deploy.fleet, engine) => Err(down(&work.deploy.fleet, engine).into()),
    }
}

async fn pull(work: &Work<'_>, connection: &Connection, image: &str, copies: &[usize]) -> Result<(), Halt> {
    let mut stream = pin!(connection.pull(image));
    let mut layers: Vec<Layer> = Vec::new();
    let mut shown: Option<Instant> = None;
    let mut unshown = false;
    loop {
        let wait = if unshown { SHOWN_EVERY } else { SILENCE };
        let layer = match timeout(wait, stream.next()).await {
            // What came last is shown too, also when nothing follows it for long.
            Err(_) if unshown => {
                work.deploy.running.layers(copies, &layers);
                (shown, unshown) = (Some(Instant::now()), false);
                continue;
            }
            Err(_) => {
                let detail = format!(
                    "Nothing came of the pull of “{image}” for {} minutes.",
                    SILENCE.as_secs() / 60
                );
                return Err(Halt::Failed(
                    Problem::new(504, "deploy.pull-stalled", detail)
                        .hint("Look whether the engine reaches the registry.")
                        .arg("image", image)
                        .arg("minutes", SILENCE.as_secs() / 60),
                ));
            }
            Ok(None) => {
                work.deploy.running.layers(copies, &layers);
                return Ok(());
            }
            Ok(Some(layer)) => layer.map_err(|error| error.problem())?,
        };
        if let Some(known) = layers.iter_mut().find(|known| known.id == layer.id) {
            *known = layer;
        } else if layers.len() < MOST_LAYERS {
            layers.push(layer);
        }
        unshown = shown.is_some_and(|at| at.elapsed() < SHOWN_EVERY);
        if !unshown {
            work.deploy.running.layers(copies, &layers);
            shown = Some(Instant::now());
        }
    }
}
