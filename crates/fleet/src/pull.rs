//! An image, once for each engine, with its layers shown at all targets that wait for it.
use crate::calls::{down, gone, while_up};
use crate::fleet::Fleet;
use crate::operations::Running;
use futures_util::StreamExt;
use shipyard_engine::Connection;
use shipyard_model::deploy::PullPolicy;
use shipyard_model::operation::{Layer, Step};
use shipyard_model::{EngineId, Problem};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// Longest time that a pull may say nothing. A layer being extracted is silent for long.
const SILENCE: Duration = Duration::from_secs(300);
/// Layers are shown this often.
const SHOWN_EVERY: Duration = Duration::from_millis(150);
/// Most layers that are shown; Docker's own limit for an image is 127.
const MOST_LAYERS: usize = 128;

/// Why work on a target does not come to its end.
#[derive(Clone)]
pub(crate) enum Halt {
    /// Somebody asked for it.
    Cancelled,
    /// It cannot be done.
    Failed(Problem),
}

impl From<Problem> for Halt {
    fn from(why: Problem) -> Self {
        Self::Failed(why)
    }
}

/// A pull, for some targets of an operation.
pub(crate) struct Pull<'p> {
    pub(crate) fleet: &'p Fleet,
    pub(crate) running: &'p Running,
    pub(crate) give_up: &'p CancellationToken,
    pub(crate) engine: &'p EngineId,
    pub(crate) image: &'p str,
    pub(crate) targets: &'p [usize],
}

impl Pull<'_> {
    /// Sees to it that the engine has the image, as the policy says.
    pub(crate) async fn ensure(&self, policy: PullPolicy) -> Result<(), Halt> {
        let image = self.image;
        if self.give_up.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        if policy != PullPolicy::Always {
            let has = |connection: Connection| async move { connection.has_image(image).await };
            if while_up(self.fleet, self.engine, has).await? {
                return Ok(());
            }
            if policy == PullPolicy::Never {
                return Err(missing(self.fleet, self.engine, image).into());
            }
        }
        self.run().await
    }

    /// Pulls, until it is done, given up, or the engine is gone.
    pub(crate) async fn run(&self) -> Result<(), Halt> {
        let connection = self.fleet.connect(self.engine)?;
        self.targets
            .iter()
            .for_each(|target| self.running.step(*target, Step::Pull));
        tokio::select! {
            () = self.give_up.cancelled() => Err(Halt::Cancelled),
            pulled = self.layers(&connection) => pulled,
            () = gone(self.fleet, self.engine) => Err(down(self.fleet, self.engine).into()),
        }
    }

    async fn layers(&self, connection: &Connection) -> Result<(), Halt> {
        let mut stream = pin!(connection.pull(self.image));
        let mut layers: Vec<Layer> = Vec::new();
        let mut shown: Option<Instant> = None;
        let mut unshown = false;
        loop {
            let wait = if unshown { SHOWN_EVERY } else { SILENCE };
            let layer = match timeout(wait, stream.next()).await {
                // What came last is shown too, also when nothing follows it for long.
                Err(_) if unshown => {
                    self.running.layers(self.targets, &layers);
                    (shown, unshown) = (Some(Instant::now()), false);
                    continue;
                }
                Err(_) => return Err(stalled(self.image).into()),
                Ok(None) => {
                    self.running.layers(self.targets, &layers);
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
                self.running.layers(self.targets, &layers);
                shown = Some(Instant::now());
            }
        }
    }
}

/// An engine lacks an image, and may not pull it.
pub(crate) fn missing(fleet: &Fleet, engine: &EngineId, image: &str) -> Problem {
    let snapshot = fleet.snapshot();
    let name = snapshot.engines.get(engine).map(|state| state.engine.name.to_string());
    let name = name.unwrap_or_else(|| engine.to_string());
    let detail = format!("The engine “{name}” does not have the image “{image}”.");
    Problem::new(404, "deploy.image-missing", detail)
        .hint("Allow the deploy to pull it, or bring it there yourself.")
        .arg("engine", name)
        .arg("image", image)
}

fn stalled(image: &str) -> Problem {
    let minutes = SILENCE.as_secs() / 60;
    let detail = format!("Nothing came of the pull of “{image}” for {minutes} minutes.");
    Problem::new(504, "deploy.pull-stalled", detail)
        .hint("Look whether the engine reaches the registry.")
        .arg("image", image)
        .arg("minutes", minutes)
}
