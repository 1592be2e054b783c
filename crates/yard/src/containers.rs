//! What is done with containers that exist: verbs on one or many, and all settings of one.
use crate::activity::{Intent, list};
use crate::actor::Actor;
use crate::scoped::Scoped;
use crate::{Yard, detail};
use shipyard_fleet::operations::{Wanted, new_id};
use shipyard_fleet::{Fleet, Running, act, view, while_up};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::detail::ContainerDetail;
use shipyard_model::live::Look;
use shipyard_model::operation::{TargetState, What};
use shipyard_model::page::{ContainerQuery, Happening, Picked};
use shipyard_model::{ContainerRef, ContainerVerb, Millis, OperationId, Permission, Problem};
use std::collections::BTreeSet;

/// Most containers of one verb.
const MOST: usize = Picked::MOST as usize;

impl Yard {
    /// Containers of the table by their places in it, in its order; or, where some are named, those of them that are still
    /// there and in the table.
    ///
    /// # Errors
    /// 403; `containers.too-many`.
    pub fn containers_picked(
        &self,
        actor: &Actor,
        query: &ContainerQuery,
        among: &[ContainerRef],
    ) -> Result<Vec<Picked>, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        if among.len() > MOST {
            return Err(too_many());
        }
        let snapshot = fleet.snapshot();
        if among.is_empty() {
            return Ok(view::picked(&snapshot, &fleet.whole().usage(), query, Millis::now()));
        }
        Ok(view::still_picked(&snapshot, query, among))
    }

    /// Carries a verb out on containers of any engines; the operation has a result for each.
    ///
    /// # Errors
    /// 403; `containers.none` and `containers.too-many`; 404 when none of their engines is in the fleet;
    /// `operations.too-many`. What goes wrong with a container is told by the operation.
    pub async fn containers_act(
        &self,
        actor: &Actor,
        verb: ContainerVerb,
        targets: Vec<ContainerRef>,
    ) -> Result<OperationId, Problem> {
        let permission = match verb {
            ContainerVerb::Remove => Permission::ContainerRemove,
            _ => Permission::ContainerOperate,
        };
        let fleet = self.inner.gate.enter(actor, permission)?.fleet;
        let targets: BTreeSet<_> = targets.into_iter().collect();
        if targets.is_empty() {
            return Err(Problem::new(422, "containers.none", "No container was named."));
        }
        if targets.len() > MOST {
            return Err(too_many());
        }
        let (targets, wanted) = known(&fleet, targets)?;
        let (subject, names) = subject(&wanted);
        let action = format!("container.{}", verb.word());
        let mut intent = self.inner.activity.begin(actor, &action, subject, &names).await?;
        let started = fleet
            .whole()
            .operations()
            .start(new_id(), What::Containers { verb }, actor.account(), wanted);
        let running = match started {
            Ok(running) => running,
            Err(problem) => return intent.outcome(Err(problem)).await,
        };
        let id = running.id().clone();
        intent.operation(&id);
        tracing::info!(account = actor.account(), operation = %id, verb = verb.word(), targets = targets.len(), "act");
        let removing = match verb {
            ContainerVerb::Remove => Some(self.lasting_removing(&targets).await),
            _ => None,
        };
        let account = actor.account().to_owned();
        let (yard, fleet, begun) = (self.clone(), fleet.whole().clone(), id.clone());
        tokio::spawn(async move {
            carry_out(fleet, running, verb, targets, account, intent).await;
            if let Some(removing) = removing {
                yard.lasting_removed(removing, &begun).await;
            }
        });
        Ok(id)
    }

    /// All settings of one container, by the names of its engine and its own. With `reveal` the values of its
    /// environment are told, which asks for a permission of its own.
    ///
    /// # Errors
    /// 403; 404; `engine.down` when its engine does not answer, and what the engine itself objects to.
    pub async fn container_detail(
        &self,
        actor: &Actor,
        engine: &str,
        name: &str,
        reveal: bool,
    ) -> Result<ContainerDetail, Problem> {
        let permission = if reveal {
            Permission::ContainerSecrets
        } else {
            Permission::ContainerInspect
        };
        let fleet = self.inner.gate.enter(actor, permission)?.fleet;
        let row = view::container(&fleet.snapshot(), &fleet.whole().usage(), engine, name, Millis::now())
            .ok_or_else(|| Problem::not_found("container", name))?;
        let id = &row.at.id;
        let inspect = while_up(fleet.whole(), &row.at.engine, |connection| async move {
            connection.inspect(id).await
        });
        let inspect = if reveal {
            let subject = ActivitySubject::new("container", name).on(engine);
            let intent = self
                .inner
                .activity
                .begin(actor, "container.reveal", subject, "")
                .await?;
            intent.outcome(inspect.await).await?
        } else {
            inspect.await?
        };
        Ok(detail::detail(row, inspect, reveal))
    }
}

fn too_many() -> Problem {
    let detail = format!("At most {MOST} containers are taken at once.");
    Problem::new(422, "containers.too-many", detail).arg("most", MOST)
}

/// The targets that are in scope, with their names. A container that is not known (any more) is tried all the same where
/// the whole engine is in scope: its engine has the last word. Elsewhere it could be anybody's.
fn known(fleet: &Scoped, targets: BTreeSet<ContainerRef>) -> Result<(Vec<ContainerRef>, Vec<Wanted>), Problem> {
    let snapshot = fleet.snapshot();
    let mut found = (Vec::with_capacity(targets.len()), Vec::with_capacity(targets.len()));
    for target in targets {
        let Some(engine) = snapshot.engines.get(&target.engine) else {
            continue;
        };
        if engine.containers.get(&target.id).is_none() && !fleet.scope().has_whole_engine(&engine.engine.labels) {
            continue;
        }
        let name = engine
            .containers
            .get(&target.id)
            .map_or_else(|| target.id.short().to_owned(), |c| c.name.clone());
        found.1.push(Wanted {
            name,
            engine: engine.engine.name.clone(),
            container: Some(target.clone()),
        });
        found.0.push(target);
    }
    if found.0.is_empty() {
        return Err(Problem::new(
            404,
            "containers.engine-gone",
            "The engines of these containers are not in the fleet.",
        ));
    }
    Ok(found)
}

/// The containers for the record of activity, and where there are many, their names.
fn subject(wanted: &[Wanted]) -> (ActivitySubject, String) {
    let (first, rest) = match wanted {
        [first, rest @ ..] => (first, rest),
        [] => return Default::default(),
    };
    let name = match rest.len() {
        0 => first.name.clone(),
        more => format!("{} and {more} more", first.name),
    };
    let mut subject = ActivitySubject::new("container", name);
    if rest.iter().all(|other| other.engine == first.engine) {
        subject = subject.on(first.engine.as_str());
    }
    let names = wanted.iter().map(|one| format!("{} on {}", one.name, one.engine));
    (subject, if rest.is_empty() { String::new() } else { list(names) })
}

pub(crate) async fn carry_out(
    fleet: Fleet,
    running: Running,
    verb: ContainerVerb,
    targets: Vec<ContainerRef>,
    account: String,
    intent: Intent,
) {
    act::act(&fleet, &running, verb, targets).await;
    let Some(operation) = running.now() else { return };
    intent.operation_ended(&operation).await;
    let look = match verb {
        ContainerVerb::Start | ContainerVerb::Restart | ContainerVerb::Unpause => Look::Ok,
        ContainerVerb::Pause => Look::Warn,
        ContainerVerb::Stop | ContainerVerb::Kill | ContainerVerb::Remove => Look::Idle,
    };
    for target in operation
        .targets
        .iter()
        .filter(|target| target.state == TargetState::Done)
    {
        fleet.happened(Happening {
            at: Millis::now(),
            actor: Some(account.clone()),
            what: verb.word().to_owned(),
            subject: target.name.clone(),
            id: None,
            engine: Some(target.engine.clone()),
            look,
            exit_code: None,
        });
    }
}
