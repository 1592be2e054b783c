//! Images to choose from.
use crate::Yard;
use crate::actor::Actor;
use futures_util::{StreamExt, stream};
use shipyard_fleet::while_up;
use shipyard_model::image::{full_name, is_id};
use shipyard_model::{Permission, Problem};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;

/// Engines that are asked; of thousands, most have the same.
const ENGINES: usize = 20;
/// Engines that are asked at once, and how long each may take.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(2);
/// Most that are told.
const MOST: usize = 500;

impl Yard {
    /// Images that engines in scope have, and those that containers in scope were made from: the most used first. Engines of
    /// which only some containers are in scope are not asked, as their images are others' too.
    ///
    /// # Errors
    /// 403; 429 `plans.too-many`.
    pub async fn images(&self, actor: &Actor) -> Result<Vec<String>, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let snapshot = fleet.snapshot();
        let mut used: BTreeMap<String, usize> = BTreeMap::new();
        let containers = snapshot.engines.values().flat_map(|engine| engine.containers.iter());
        for container in containers {
            *used.entry(container.image.clone()).or_default() += 1;
        }
        let whole = snapshot.engines.values().filter(|engine| {
            let labels = &engine.engine.labels;
            engine.health.is_up() && fleet.scope().has_whole_engine(labels)
        });
        let asked = whole.take(ENGINES).map(|engine| {
            let (fleet, id) = (fleet.whole(), &engine.engine.id);
            timeout(PATIENCE, while_up(fleet, id, |on| async move { on.images().await }))
        });
        let mut answers = stream::iter(asked.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            // One that does not answer has nothing to choose from.
            for image in answer.into_iter().flatten().flatten() {
                used.entry(image).or_default();
            }
        }
        let mut all: Vec<_> = used
            .into_iter()
            .filter(|(image, _)| image.len() <= 256 && !is_id(image) && full_name(image).is_some())
            .collect();
        all.sort_by_key(|(_, count)| Reverse(*count));
        Ok(all.into_iter().take(MOST).map(|(image, _)| image).collect())
    }
}
