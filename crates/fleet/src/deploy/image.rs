//! Whether there is an image at all, found out before anything begins: a name with a letter too many is told beside its field.
use crate::fleet::Fleet;
use crate::pull::missing;
use futures_util::{StreamExt, stream};
use shipyard_model::deploy::PullPolicy;
use shipyard_model::{EngineId, Problem};
use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// Longest time that engines and their registry are waited for. Who does not answer by then is not asked any more: the pull tells.
const PATIENCE: Duration = Duration::from_secs(5);
/// Engines asked at once.
const AT_ONCE: usize = 16;

/// Refuses an image that an engine lacks and cannot come by, as far as that can be found out in a few seconds.
///
/// # Errors
/// `deploy.image-unknown` with the registry's words; with [`PullPolicy::Never`] `deploy.image-missing`. Of engines and registries that
/// do not answer nothing is told.
pub async fn check_image(
    fleet: &Fleet,
    image: &str,
    pull: PullPolicy,
    engines: impl IntoIterator<Item = EngineId>,
) -> Result<(), Problem> {
    let image = image.trim();
    let engines: BTreeSet<EngineId> = engines.into_iter().collect();
    timeout(PATIENCE, find(fleet, image, pull, engines))
        .await
        .unwrap_or(Ok(()))
}

async fn find(fleet: &Fleet, image: &str, pull: PullPolicy, engines: BTreeSet<EngineId>) -> Result<(), Problem> {
    let lacking = stream::iter(engines)
        .map(|engine| async move {
            let connection = fleet.connection(&engine)?;
            let lacks = pull == PullPolicy::Always || !connection.has_image(image).await.ok()?;
            lacks.then_some((engine, connection))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready);
    // One of them asks for all: they ask the same registry.
    let Some((engine, connection)) = pin!(lacking).next().await else {
        return Ok(());
    };
    if pull == PullPolicy::Never {
        let mut refused = missing(fleet, &engine, image).field("image");
        refused.status = 422;
        return Err(refused);
    }
    match connection.registry_lacks(image).await {
        Ok(Some(reason)) => Err(unknown(image, &reason)),
        Ok(None) | Err(_) => Ok(()),
    }
}

fn unknown(image: &str, reason: &str) -> Problem {
    let detail = format!("Its registry has no image “{image}”: {reason}.");
    Problem::new(422, "deploy.image-unknown", detail)
        .hint("Look whether name and tag are right. What its registry gives only to those it knows must be on the engine already.")
        .field("image")
        .arg("image", image)
        .arg("reason", reason)
}
