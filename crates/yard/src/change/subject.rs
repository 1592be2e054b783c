//! The containers of a change: the named one with its copies, and those that stand on them.
use crate::asking::Asking;
use crate::roll::inspected;
use crate::scoped::Scoped;
use futures_util::{StreamExt, stream};
use shipyard_engine::Made;
use shipyard_fleet::recreate::is_meant;
use shipyard_fleet::{EngineState, while_up};
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::{Container, ContainerRef, EngineId, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Containers that are asked about at once.
const AT_ONCE: usize = 16;
/// Most copies of one change.
const MOST: usize = 1000;

/// A container on its engine, with what it was made as.
pub(crate) struct Subject {
    pub(crate) engine: Arc<EngineState>,
    pub(crate) container: Arc<Container>,
    pub(crate) made: Made,
}

impl Subject {
    pub(crate) fn at(&self) -> ContainerRef {
        at(&self.engine, &self.container)
    }
}

fn at(engine: &EngineState, container: &Container) -> ContainerRef {
    ContainerRef {
        engine: engine.engine.id.clone(),
        id: container.id.clone(),
    }
}

/// A container that stands on another, and by which field.
pub(crate) struct Standing {
    pub(crate) subject: Subject,
    pub(crate) field: &'static str,
}

async fn made(fleet: &Scoped, engine: Arc<EngineState>, container: Arc<Container>) -> Result<Subject, Problem> {
    let inspected = inspected(fleet.whole(), &engine.engine.id, &container).await?;
    let made = inspected.whole().map_err(|beyond| beyond.problem(&container.name))?;
    Ok(Subject {
        engine,
        container,
        made,
    })
}

/// One container, if it is in scope.
pub(crate) async fn one(fleet: &Scoped, at: &ContainerRef) -> Result<Subject, Problem> {
    let snapshot = fleet.snapshot();
    let (engine, container) = snapshot
        .container(at)
        .ok_or_else(|| Problem::not_found("container", at.id.short()))?;
    made(fleet, Arc::clone(engine), Arc::clone(container)).await
}

/// How many are of one deploy with it, itself included.
pub(crate) fn copies_of(fleet: &Scoped, subject: &Subject) -> usize {
    others(fleet, subject).len() + 1
}

fn others(fleet: &Scoped, subject: &Subject) -> Vec<(Arc<EngineState>, Arc<Container>)> {
    let Some(deploy) = subject.container.labels.get(LABEL_DEPLOY) else {
        return Vec::new();
    };
    let snapshot = fleet.snapshot();
    let mut others = Vec::new();
    for engine in snapshot.engines.values() {
        let is_other =
            |it: &&Arc<Container>| it.labels.get(LABEL_DEPLOY) == Some(deploy) && at(engine, it) != subject.at();
        let found = engine.containers.iter().filter(is_other);
        others.extend(found.map(|it| (Arc::clone(engine), Arc::clone(it))));
    }
    others
}

/// The others of its deploy, by name.
///
/// # Errors
/// When one cannot be read, or has what cannot be made anew.
pub(crate) async fn copies(fleet: &Scoped, subject: &Subject) -> Result<Vec<Subject>, Problem> {
    let others = others(fleet, subject);
    if others.len() >= MOST {
        return Err(Problem::new(
            422,
            "containers.too-many",
            format!("At most {MOST} containers are taken at once."),
        )
        .arg("most", MOST));
    }
    let asked = others
        .into_iter()
        .map(|(engine, container)| made(fleet, engine, container));
    let found: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    let mut found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| a.container.name.cmp(&b.container.name));
    Ok(found)
}

/// A container that stands on another: by what, and on which, as it was written.
type Stood = (Arc<Container>, &'static str, String);

/// Which containers stand on which, of the engines that were asked.
#[derive(Default)]
pub(crate) struct Stands(BTreeMap<EngineId, Vec<Stood>>);

impl Stands {
    /// The containers that stand on this one, and on those, each after what it stands on. They need not be in scope to be found,
    /// but to be made anew.
    ///
    /// # Errors
    /// When one cannot be read, has what cannot be made anew, or is out of scope.
    pub(crate) async fn on(
        &mut self,
        asking: &Asking,
        fleet: &Scoped,
        subject: &Subject,
    ) -> Result<Vec<Standing>, Problem> {
        let id = subject.engine.engine.id.clone();
        if !self.0.contains_key(&id) {
            let all = modes(asking, fleet, &id).await?;
            self.0.insert(id.clone(), all);
        }
        let all = self.0.get(&id).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<(Arc<Container>, &'static str)> = Vec::new();
        let mut grounds = vec![Arc::clone(&subject.container)];
        while let Some(ground) = grounds.pop() {
            for (container, field, on) in all {
                let is_new = container.id != subject.container.id && !found.iter().any(|(it, _)| it.id == container.id);
                if is_new && is_meant(on, &ground.name, &ground.id) {
                    found.push((Arc::clone(container), *field));
                    grounds.push(Arc::clone(container));
                }
            }
        }
        let mut standing = Vec::with_capacity(found.len());
        for (container, field) in found {
            if fleet.snapshot().container(&at(&subject.engine, &container)).is_none() {
                return Err(Problem::new(
                    403,
                    "change.dependant-beyond-scope",
                    "A container that is not yours to change stands on this one.",
                )
                .hint("Ask somebody who may change it."));
            }
            let subject = made(fleet, Arc::clone(&subject.engine), container).await?;
            standing.push(Standing { subject, field });
        }
        Ok(standing)
    }
}

/// Every container of an engine that stands on another.
async fn modes(
    asking: &Asking,
    fleet: &Scoped,
    engine: &EngineId,
) -> Result<Vec<(Arc<Container>, &'static str, String)>, Problem> {
    let snapshot = fleet.whole().snapshot();
    asking.keep_engines(&snapshot.engines.keys().collect());
    let containers: Vec<_> = snapshot
        .engines
        .get(engine)
        .map(|it| it.containers.iter().cloned().collect())
        .unwrap_or_default();
    let asked = containers.into_iter().map(|container: Arc<Container>| async move {
        let id = &container.id;
        let stands = match asking.stands_on(engine, id) {
            Some(known) => Ok(known),
            None => while_up(fleet.whole(), engine, |on| async move { on.stands_on(id).await })
                .await
                .map(Arc::new),
        };
        (container, stands)
    });
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    let mut all = Vec::new();
    let mut known = Vec::new();
    for (container, stands) in answers {
        match stands {
            Ok(stands) => {
                known.push((container.id.clone(), Arc::clone(&stands)));
                let its = stands
                    .iter()
                    .map(|(field, on)| (Arc::clone(&container), *field, on.clone()));
                all.extend(its);
            }
            // It went away meanwhile.
            Err(why) if why.status == 404 => {}
            Err(why) => return Err(why),
        }
    }
    asking.stand_on(engine, known.into_iter());
    all.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    Ok(all)
}
