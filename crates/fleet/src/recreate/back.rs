//! The old containers in their places again, or gone: right after a failure, or after a restart in the middle of it all.
//!
//! Nothing is taken for granted here but what the journal says that was meant: each step looks first, so that it can be taken
//! twice. A new container is not removed when there is no old one to put in its place.
use crate::calls::while_up;
use crate::fleet::Fleet;
use crate::halt::between_steps;
use crate::journal::{Mark, Part};
use shipyard_engine::Whereabouts;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::{EngineId, Problem};
use std::time::Duration;
use tokio::time::timeout;

/// How long an engine that went away is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The old containers under their names, running where they ran, and nothing of the new ones. Each step is tried whatever became
/// of the one before: that an old one runs counts more than its name.
///
/// # Errors
/// The first problem.
pub(crate) async fn put_back(fleet: &Fleet, mark: &Mark) -> Result<(), Problem> {
    if let Some(part) = mark.parts.first() {
        let _ = timeout(PATIENCE, until_up(fleet, &part.engine)).await;
    }
    let mut all = Ok(());
    for part in mark.parts.iter().rev() {
        all = all.and(remove_new(fleet, part).await);
    }
    for part in &mark.parts {
        all = all.and(restore(fleet, part).await);
    }
    all
}

/// Removes what was replaced.
///
/// # Errors
/// The first problem.
pub(crate) async fn remove_old(fleet: &Fleet, mark: &Mark) -> Result<(), Problem> {
    let mut all = Ok(());
    for old in mark.parts.iter().rev().filter_map(|part| part.old.as_ref()) {
        let removed = match look(fleet, &old.at.engine, old.at.id.as_str()).await {
            Ok(Some(it)) => while_up(fleet, &old.at.engine, |on| async move { on.remove(&it.id, true).await }).await,
            Ok(None) => Ok(()),
            Err(why) => Err(why),
        };
        all = all.and(removed);
    }
    all
}

/// The new container of a part, if there is one.
///
/// # Errors
/// When its engine does not say.
pub(crate) async fn find_new(fleet: &Fleet, part: &Part) -> Result<Option<Whereabouts>, Problem> {
    if let Some(new) = &part.new {
        return look(fleet, &part.engine, new.as_str()).await;
    }
    let found = look(fleet, &part.engine, &part.made_as).await?;
    Ok(found.filter(|it| match &part.deploy {
        Some(deploy) => it.labels.get(LABEL_DEPLOY) == Some(deploy),
        // Made beside, its name has the operation in it.
        None => part.made_as != part.name,
    }))
}

/// Where a container is; asked before whatever is done to it.
///
/// # Errors
/// When its engine does not say.
pub(crate) async fn look(fleet: &Fleet, engine: &EngineId, container: &str) -> Result<Option<Whereabouts>, Problem> {
    between_steps().await;
    while_up(fleet, engine, |on| async move { on.whereabouts(container).await }).await
}

async fn remove_new(fleet: &Fleet, part: &Part) -> Result<(), Problem> {
    let Some(new) = find_new(fleet, part).await? else {
        return Ok(());
    };
    if let Some(old) = &part.old
        && look(fleet, &old.at.engine, old.at.id.as_str()).await?.is_none()
    {
        return Ok(());
    }
    while_up(fleet, &part.engine, |on| async move { on.remove(&new.id, true).await }).await
}

async fn restore(fleet: &Fleet, part: &Part) -> Result<(), Problem> {
    let Some(old) = &part.old else { return Ok(()) };
    let (there, engine) = match look(fleet, &old.at.engine, old.at.id.as_str()).await? {
        Some(there) => (there, &old.at.engine),
        // Somebody removed it: what was made for its place has to do.
        None => match find_new(fleet, part).await? {
            Some(new) => (new, &part.engine),
            None => return Err(Problem::not_found("container", &part.name)),
        },
    };
    let (id, name) = (&there.id, part.name.as_str());
    let renamed = if there.name == part.name {
        Ok(())
    } else {
        while_up(fleet, engine, |on| async move { on.rename(id, name).await }).await
    };
    let started = if old.ran && !there.runs {
        while_up(fleet, engine, |on| async move { on.start(id).await }).await
    } else {
        Ok(())
    };
    renamed.and(started)
}

/// Waits until an engine is up; never ends while it is not.
pub(crate) async fn until_up(fleet: &Fleet, engine: &EngineId) {
    let mut changes = fleet.changes();
    while fleet.connection(engine).is_none() {
        if changes.changed().await.is_err() {
            return;
        }
    }
}
