//! Rolls: a newer image for the containers that run it.
use crate::activity::{Intent, list};
use crate::actor::Actor;
use crate::policy;
use crate::scoped::Scoped;
use crate::{Inner, Yard, history};
use futures_util::{StreamExt, stream};
use shipyard_engine::{Inspected, Made};
use shipyard_fleet::grow::{Growing, Growth};
use shipyard_fleet::operations::{Wanted, new_id};
use shipyard_fleet::roll::Item;
use shipyard_fleet::{EngineState, Fleet, Running, roll, validate, while_up};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::image::{full_name, is_id, is_tag, tag, tag_fits, with_tag};
use shipyard_model::live::Look;
use shipyard_model::operation::{TargetState, What};
use shipyard_model::page::Happening;
use shipyard_model::roll::{PlannedRoll, RollPlan, RollRequest};
use shipyard_model::{Container, ContainerRef, ContainerState, EngineId, Millis, OperationId, Permission, Problem};
use std::sync::Arc;

/// Most containers of one roll.
const MOST: usize = 1000;
/// Containers that are asked about at once.
const AT_ONCE: usize = 16;

/// One container of a roll, with what it takes to make it anew.
struct Found {
    planned: PlannedRoll,
    item: Result<Item, Problem>,
}

impl Yard {
    /// What a roll would do now. What keeps a container from being made anew is said at it.
    ///
    /// # Errors
    /// 403; 404 for an engine that is not there; `roll.image`, `roll.tag`, `containers.too-many`.
    pub async fn roll_plan(&self, actor: &Actor, request: RollRequest) -> Result<RollPlan, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let found = self.found(actor, &fleet, &request).await?;
        let containers = found.into_iter().map(|found| found.planned).collect();
        Ok(RollPlan { containers })
    }

    /// Makes the containers anew that run an image, as one operation. One that cannot be is left as it is, and its target
    /// says why.
    ///
    /// # Errors
    /// As [`Yard::roll_plan`]; 404 `roll.none` when none runs it; what keeps the first container from being made anew, when
    /// none can be; `operations.too-many`.
    pub async fn roll(&self, actor: &Actor, request: RollRequest) -> Result<OperationId, Problem> {
        let _turn = self.inner.asking.plan(actor)?;
        Ok(self.roll_begun(actor, request).await?.0)
    }

    /// The same, with what to wait for.
    pub(crate) async fn roll_begun(
        &self,
        actor: &Actor,
        request: RollRequest,
    ) -> Result<(OperationId, tokio::task::JoinHandle<()>), Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let found = self.found(actor, &fleet, &request).await?;
        let image = request.image.trim().to_owned();
        let names = found
            .iter()
            .map(|one| format!("{} on {}", one.planned.name, one.planned.engine));
        let subject = ActivitySubject::new("image", &image);
        let mut intent = self.inner.activity.begin(actor, "roll", subject, &list(names)).await?;
        let id = new_id();
        // What they have stays theirs while the old ones and the new ones change places.
        let held: Vec<_> = found.iter().filter_map(|one| stays(&fleet, one)).collect();
        let growing = match Growing::take(fleet.whole(), &id, &held, &[]) {
            Ok(growing) => growing,
            Err(problems) => {
                let why = problems.into_iter().next().unwrap_or_else(Problem::internal);
                return intent.outcome(Err(why)).await;
            }
        };
        let started = match whole(&found) {
            Err(problem) => Err(problem),
            Ok(()) => {
                let targets = found.iter().map(|one| Wanted {
                    name: one.planned.name.clone(),
                    engine: one.planned.engine.clone(),
                    container: Some(one.planned.at.clone()),
                });
                let what = What::Roll { image: image.clone() };
                let operations = fleet.whole().operations();
                operations.start(id.clone(), what, actor.account(), targets.collect())
            }
        };
        let running = match started {
            Ok(running) => running,
            Err(problem) => return intent.outcome(Err(problem)).await,
        };
        intent.operation(&id);
        tracing::info!(account = actor.account(), operation = %id, %image, containers = found.len(), "roll");
        let before: Vec<_> = found.iter().map(|one| one.planned.at.clone()).collect();
        let items = found.into_iter().map(|one| one.item).collect();
        for found in &before {
            history::keep_found(self, found).await;
        }
        let work = carry_out(
            Arc::clone(&self.inner),
            running,
            growing,
            items,
            actor.account().to_owned(),
            intent,
        );
        Ok((id, tokio::spawn(work)))
    }

    async fn found(&self, actor: &Actor, fleet: &Scoped, request: &RollRequest) -> Result<Vec<Found>, Problem> {
        let wanted = Wants::read(request)?;
        let mut asked = Vec::new();
        for engine in engines(fleet, &request.engines)? {
            let runs = engine.containers.iter().filter(|it| wanted.may_be(it));
            asked.extend(runs.map(|container| (Arc::clone(&engine), Arc::clone(container))));
        }
        if asked.len() > MOST {
            return Err(Problem::new(
                422,
                "containers.too-many",
                format!("At most {MOST} containers are taken at once."),
            )
            .arg("most", MOST));
        }
        let wanted = &wanted;
        let found = stream::iter(asked).map(|(engine, container)| async move {
            let inspected = inspected(fleet.whole(), &engine.engine.id, &container).await;
            self.judged(actor, wanted, &engine, &container, inspected)
        });
        let mut found: Vec<_> = found
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await;
        found.sort_by(|a, b| (&a.planned.engine, &a.planned.name).cmp(&(&b.planned.engine, &b.planned.name)));
        Ok(found)
    }

    /// One container as it would be made anew; `None` when it is not of the wanted image.
    fn judged(
        &self,
        actor: &Actor,
        wanted: &Wants,
        engine: &EngineState,
        container: &Container,
        inspected: Result<Inspected, Problem>,
    ) -> Option<Found> {
        // What Docker lists is the image's id, once its name stands for a newer one; what it was asked for is in the container.
        let from = match &inspected {
            Ok(inspected) => inspected.image().to_owned(),
            Err(_) => container.image.clone(),
        };
        let to = wanted.image(&from)?;
        let mut planned = PlannedRoll {
            name: container.name.clone(),
            engine: engine.engine.name.clone(),
            at: ContainerRef {
                engine: engine.engine.id.clone(),
                id: container.id.clone(),
            },
            from,
            to,
            added: Vec::new(),
            problem: None,
        };
        let item = inspected
            .and_then(|inspected| inspected.whole().map_err(|beyond| beyond.problem(&container.name)))
            .and_then(|made| self.item(actor, engine, container, made, &mut planned));
        planned.problem = item.as_ref().err().cloned();
        Some(Found { planned, item })
    }

    /// Judges what takes a container's place by what holds for the actor where the container is.
    fn item(
        &self,
        actor: &Actor,
        engine: &EngineState,
        container: &Container,
        made: Made,
        planned: &mut PlannedRoll,
    ) -> Result<Item, Problem> {
        let mut spec = made.successor();
        spec.image.clone_from(&planned.to);
        let grounds = actor
            .rights()
            .grounds(&engine.engine.labels, |area| area.admits(container));
        let judged = policy::judge(&[grounds], &spec);
        policy::record(actor, &judged);
        planned.added = judged.added;
        let kept = policy::kept(&made, judged.profile, &container.name)?;
        if let Some(problem) = judged.refused.into_iter().chain(validate::spec(&judged.spec)).next() {
            return Err(problem);
        }
        Ok(Item {
            at: planned.at.clone(),
            name: container.name.clone(),
            image_id: made.image_id,
            spec: judged.spec,
            labels: made.kept_labels,
            kept,
        })
    }
}

/// Whether a request can be read at all.
pub(crate) fn check(request: &RollRequest) -> Result<(), Problem> {
    Wants::read(request).map(|_| ())
}

/// What a container keeps through a roll; `None` when it is not made anew.
fn stays(fleet: &Scoped, one: &Found) -> Option<Growth> {
    let item = one.item.as_ref().ok()?;
    let snapshot = fleet.snapshot();
    let (engine, container) = snapshot.container(&item.at)?;
    let now = engine.reserves(container);
    Some(Growth {
        engine: item.at.engine.clone(),
        container: item.at.id.clone(),
        name: item.name.clone(),
        before: now,
        after: now,
    })
}

/// Refuses a roll that would do nothing at all.
fn whole(found: &[Found]) -> Result<(), Problem> {
    if found.iter().any(|one| one.item.is_ok()) {
        return Ok(());
    }
    match found.first().and_then(|one| one.planned.problem.clone()) {
        Some(problem) => Err(problem),
        None => Err(
            Problem::new(404, "roll.none", "No container that you may roll runs this image.")
                .hint("Write the image without tag, as the containers' page shows it."),
        ),
    }
}

/// What a container was made as, in the words of its engine.
pub(crate) async fn inspected(fleet: &Fleet, engine: &EngineId, container: &Container) -> Result<Inspected, Problem> {
    let id = &container.id;
    while_up(
        fleet,
        engine,
        |connection| async move { connection.inspected(id).await },
    )
    .await
}

fn engines(fleet: &Scoped, named: &[String]) -> Result<Vec<Arc<EngineState>>, Problem> {
    let snapshot = fleet.snapshot();
    if named.is_empty() {
        return Ok(snapshot.engines.values().cloned().collect());
    }
    let find = |name: &String| crate::find::find_engine(&snapshot, name).cloned();
    let mut found = named.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| a.engine.id.cmp(&b.engine.id));
    found.dedup_by(|a, b| a.engine.id == b.engine.id);
    Ok(found)
}

/// What a request asks for, read.
struct Wants {
    name: String,
    tag: Option<String>,
    to: Option<String>,
}

impl Wants {
    fn read(request: &RollRequest) -> Result<Self, Problem> {
        let image = request.image.trim();
        let last = image.rsplit('/').next().unwrap_or(image);
        let name = full_name(image).filter(|_| !last.is_empty() && !last.contains([':', '@']));
        let name = name.ok_or_else(|| {
            Problem::new(422, "roll.image", format!("“{image}” is no image's name without tag."))
                .hint("Write it as team/web or registry.example/team/web; tags have a field of their own.")
                .arg("image", image)
                .field("image")
        })?;
        let bad_tag = |field: &str, text: &str| {
            Problem::new(422, "roll.tag", format!("“{text}” is no tag."))
                .hint("Tags have letters, digits, “_”, “.” and “-”.")
                .arg("tag", text)
                .field(field)
        };
        if let Some(to) = request.to.as_deref().filter(|to| !is_tag(to)) {
            return Err(bad_tag("to", to));
        }
        let is_pattern = |text: &str| is_tag(&text.replace(['*', '?'], "x"));
        if let Some(tag) = request.tag.as_deref().filter(|tag| !is_pattern(tag)) {
            return Err(bad_tag("tag", tag));
        }
        Ok(Self {
            name,
            tag: request.tag.clone(),
            to: request.to.clone(),
        })
    }

    /// Whether a container is one of these, or may be as far as the list of containers says.
    fn may_be(&self, container: &Container) -> bool {
        matches!(container.state, ContainerState::Running | ContainerState::Restarting)
            && (is_id(&container.image) || self.image(&container.image).is_some())
    }

    /// What a container of this image is made anew from; `None` when it is not meant.
    fn image(&self, from: &str) -> Option<String> {
        if full_name(from).as_ref() != Some(&self.name) {
            return None;
        }
        let fits = match &self.tag {
            Some(pattern) => tag(from).is_some_and(|tag| tag_fits(pattern, tag)),
            None => true,
        };
        match &self.to {
            _ if !fits => None,
            Some(to) => Some(with_tag(from, to)),
            // By its digest it is the same for ever.
            None => tag(from).map(|_| from.to_owned()),
        }
    }
}

async fn carry_out(
    inner: Arc<Inner>,
    running: Running,
    growing: Growing,
    items: Vec<Result<Item, Problem>>,
    account: String,
    intent: Intent,
) {
    let (_, fleet) = inner.gate.for_itself();
    roll::roll(fleet, &running, items).await;
    drop(growing);
    let Some(operation) = running.now() else { return };
    history::keep(&inner, &operation).await;
    intent.operation_ended(&operation).await;
    for target in &operation.targets {
        let look = match target.state {
            TargetState::Done => Look::Ok,
            TargetState::Failed { .. } => Look::Bad,
            _ => continue,
        };
        fleet.happened(Happening {
            at: Millis::now(),
            actor: Some(account.clone()),
            what: "roll".to_owned(),
            subject: target.name.clone(),
            id: None,
            engine: Some(target.engine.clone()),
            look,
            exit_code: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(image: &str, tag: Option<&str>, to: Option<&str>) -> Result<Wants, String> {
        let request = RollRequest {
            image: image.to_owned(),
            tag: tag.map(str::to_owned),
            to: to.map(str::to_owned),
            engines: Vec::new(),
        };
        Wants::read(&request).map_err(|problem| problem.code)
    }

    /// The original took `redis` for `myredis`, and no tag into account.
    #[test]
    fn an_image_is_meant_by_its_whole_name_and_its_tag() {
        for (image, tag, to, from, want) in [
            ("redis", None, None, "redis:7", Some("redis:7")),
            (
                "redis",
                None,
                None,
                "docker.io/library/redis",
                Some("docker.io/library/redis"),
            ),
            ("redis", None, None, "myredis:7", None),
            ("redis", None, None, "team/redis:7", None),
            ("redis", Some("7*"), None, "redis:7.2", Some("redis:7.2")),
            ("redis", Some("7*"), None, "redis:6", None),
            ("redis", Some("latest"), None, "redis", Some("redis")),
            ("redis", None, Some("8"), "redis:7", Some("redis:8")),
            ("redis", None, None, "redis@sha256:00", None),
            ("redis", None, Some("8"), "redis:7@sha256:00", Some("redis:8")),
            (
                "10.0.0.1:5000/web",
                None,
                None,
                "10.0.0.1:5000/web:1",
                Some("10.0.0.1:5000/web:1"),
            ),
        ] {
            let wants = wants(image, tag, to).unwrap();
            assert_eq!(wants.image(from).as_deref(), want, "{image} {tag:?} {to:?} {from}");
        }
    }

    #[test]
    fn what_is_no_name_or_tag_is_told() {
        for (image, tag, to, code) in [
            ("", None, None, "roll.image"),
            ("redis:7", None, None, "roll.image"),
            ("redis@sha256:00", None, None, "roll.image"),
            ("sha256:00", None, None, "roll.image"),
            ("team/", None, None, "roll.image"),
            ("redis", Some("a b"), None, "roll.tag"),
            ("redis", Some(""), None, "roll.tag"),
            ("redis", None, Some("*"), "roll.tag"),
        ] {
            assert_eq!(
                wants(image, tag, to).err().as_deref(),
                Some(code),
                "{image} {tag:?} {to:?}"
            );
        }
    }
}
