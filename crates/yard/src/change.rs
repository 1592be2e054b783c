//! Changes of containers that exist: what one would do, and doing it, in place where Docker can, else by a new container in the
//! old one's place.
pub(crate) mod diff;
mod prepare;
pub(crate) mod subject;

pub(crate) use prepare::{Prepared, Wish, other_state};

use crate::activity::{Intent, list};
use crate::actor::Actor;
use crate::history;
use crate::policy;
use crate::scoped::Scoped;
use crate::{Inner, Yard};
use shipyard_fleet::change::{Pace, Task, change};
use shipyard_fleet::deploy::check_image;
use shipyard_fleet::grow::Growing;
use shipyard_fleet::operations::new_id;
use shipyard_fleet::{Running, validate};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::change::{ChangePlan, ChangeRequest, ChangeTo, Editable, HIDDEN_VALUE};
use shipyard_model::deploy::{ContainerSpec, PullPolicy};
use shipyard_model::live::Look;
use shipyard_model::operation::{TargetState, What};
use shipyard_model::page::Happening;
use shipyard_model::{ContainerRef, EngineId, Millis, OperationId, Permission, Problem};
use std::sync::Arc;
use subject::Subject;

impl Yard {
    /// A container as a specification, to be changed. With `reveal` the values of its environment are told, which asks for a
    /// permission of its own.
    ///
    /// # Errors
    /// 403; 404; `container.beyond-spec`; `engine.down`.
    pub async fn container_spec(&self, actor: &Actor, at: &ContainerRef, reveal: bool) -> Result<Editable, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let subject = if reveal {
            let secrets = self.inner.gate.enter(actor, Permission::ContainerSecrets)?.fleet;
            let name = secrets.snapshot();
            let (engine, container) = name
                .container(at)
                .ok_or_else(|| Problem::not_found("container", at.id.short()))?;
            let subject = ActivitySubject::new("container", &container.name).on(engine.engine.name.as_str());
            let read = subject::one(&fleet, at);
            self.recorded(actor, "container.reveal", subject, "", read).await?
        } else {
            subject::one(&fleet, at).await?
        };
        let copies = subject::copies_of(&fleet, &subject);
        let mut spec = subject.made.spec;
        if !reveal {
            hide(&mut spec);
        }
        Ok(Editable {
            at: at.clone(),
            spec,
            hidden: !reveal,
            copies: u16::try_from(copies).unwrap_or(u16::MAX),
        })
    }

    /// What a change would do now. What keeps it from happening is in the plan.
    ///
    /// # Errors
    /// 403; 404; `container.beyond-spec`; `engine.down`.
    pub async fn change_plan(
        &self,
        actor: &Actor,
        at: &ContainerRef,
        request: ChangeRequest,
    ) -> Result<ChangePlan, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        Ok(self.asked(actor, &fleet, at, &request).await?.plan)
    }

    /// Changes a container, or it and its copies, as one operation.
    ///
    /// # Errors
    /// As [`Yard::change_plan`]; the first problem of the plan, and then nothing happens; `operations.too-many`. What goes wrong
    /// later is told by the operation, for each container.
    pub async fn change(
        &self,
        actor: &Actor,
        at: &ContainerRef,
        request: ChangeRequest,
    ) -> Result<OperationId, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let mut prepared = self.asked(actor, &fleet, at, &request).await?;
        if prepared.plan.problems.is_empty() {
            let known = known_image(&fleet, &prepared.plan, &request).await;
            prepared.plan.problems.extend(known.err());
        }
        let name = prepared.wanted.first().map(|one| one.name.clone()).unwrap_or_default();
        let what = match request.to {
            ChangeTo::Former(_) => What::RollBack { name },
            _ => What::Change { name },
        };
        self.begin_change(actor, &fleet, prepared, what, &request).await
    }

    async fn asked(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        at: &ContainerRef,
        request: &ChangeRequest,
    ) -> Result<Prepared, Problem> {
        let subject = subject::one(fleet, at).await?;
        let (wanted, image_id, problems) = self.wanted(&subject, &request.to).await?;
        let others = if request.copies {
            subject::copies(fleet, &subject).await?
        } else {
            Vec::new()
        };
        let made = subject.made.spec.clone();
        let home = subject.engine.engine.id.clone();
        let mut beyond = Vec::new();
        let mut wishes = vec![Wish {
            spec: wanted.clone(),
            image_id: image_id.clone(),
            subject,
        }];
        for other in others {
            let spec = diff::carried_over(&made, &wanted, &other.made.spec)?;
            if other.engine.engine.id != home {
                beyond.extend(beyond_on_another(&other, &spec));
            }
            wishes.push(Wish {
                spec,
                image_id: image_id.clone(),
                subject: other,
            });
        }
        let mut prepared = self.prepared(actor, fleet, wishes, request).await?;
        prepared.plan.problems.splice(..0, problems.into_iter().chain(beyond));
        Ok(prepared)
    }

    /// What a container shall be, with the image that is meant where that is one of earlier, and what is wrong with it.
    async fn wanted(
        &self,
        subject: &Subject,
        to: &ChangeTo,
    ) -> Result<(ContainerSpec, Option<String>, Vec<Problem>), Problem> {
        let made = &subject.made.spec;
        let mut spec = made.clone();
        let mut problems = Vec::new();
        if let ChangeTo::Spec(wanted) = to
            && let Some(too_long) = validate::lengths(wanted).into_iter().next()
        {
            return Err(too_long);
        }
        let image_id = match to {
            ChangeTo::Same => None,
            ChangeTo::Image(image) => {
                image.trim().clone_into(&mut spec.image);
                None
            }
            ChangeTo::Spec(wanted) => {
                spec = (**wanted).clone();
                if !spec.name.is_empty() && spec.name != made.name {
                    let keeps = Problem::new(422, "change.name", "A container keeps its name when it is changed.");
                    problems.push(
                        keeps
                            .hint("Deploy another one like it, under the new name.")
                            .field("name"),
                    );
                }
                problems.extend(uncovered(&mut spec, made));
                None
            }
            ChangeTo::Former(number) => {
                let all = self.history_of(subject).await?;
                let entry = all.into_iter().find(|entry| entry.number == *number);
                let entry = entry.ok_or_else(|| history::no_such_entry(*number))?;
                spec = entry.spec;
                Some(entry.image_id)
            }
        };
        spec.name.clone_from(&made.name);
        Ok((spec, image_id, problems))
    }

    pub(crate) async fn begin_change(
        &self,
        actor: &Actor,
        fleet: &Scoped,
        prepared: Prepared,
        what: What,
        request: &ChangeRequest,
    ) -> Result<OperationId, Problem> {
        let Prepared {
            plan,
            tasks,
            wanted,
            growth,
        } = prepared;
        let action = match what {
            What::RollBack { .. } => "roll-back",
            _ => "change",
        };
        let (name, engine) = match wanted.first() {
            Some(first) => (first.name.clone(), first.engine.to_string()),
            None => return Err(history::nothing_to_roll_back()),
        };
        let subject = ActivitySubject::new("container", name).on(engine.as_str());
        let names = wanted.iter().map(|one| format!("{} on {}", one.name, one.engine));
        let mut intent = self.inner.activity.begin(actor, action, subject, &list(names)).await?;
        if let Some(problem) = plan.problems.into_iter().next() {
            return intent.outcome(Err(problem)).await;
        }
        for found in &plan.containers {
            history::keep_found(self, &found.at).await;
        }
        // Others may have taken the room since it was looked at.
        let (fleet, id) = (fleet.whole(), new_id());
        let quotas = self.quotas(&fleet.snapshot());
        let growing = Growing::take(fleet, &id, &growth, &quotas);
        let growing = match growing.map_err(|problems| problems.into_iter().next()) {
            Ok(growing) => growing,
            Err(problem) => return intent.outcome(Err(problem.unwrap_or_else(Problem::internal))).await,
        };
        let running = match fleet.operations().start(id.clone(), what, actor.account(), wanted) {
            Ok(running) => running,
            Err(problem) => return intent.outcome(Err(problem)).await,
        };
        intent.operation(&id);
        tracing::info!(account = actor.account(), operation = %id, containers = tasks.len(), action);
        let pace = Pace {
            // Of several, one goes on at every moment.
            at_once: usize::from(request.at_once).min(tasks.len().saturating_sub(1)).max(1),
            roll_back: request.roll_back_on_failure,
        };
        let work = Work {
            running,
            growing,
            tasks,
            pace,
        };
        tokio::spawn(carry_out(Arc::clone(&self.inner), work, action, intent));
        Ok(id)
    }
}

/// Why what is carried over from a container of one engine is not made of a copy on another. What was there at first, one
/// engine alone says, and it may say something else each time: no other becomes more than baseline by that.
fn beyond_on_another(copy: &Subject, spec: &ContainerSpec) -> Option<Problem> {
    let has = policy::beyond_baseline(&copy.made.spec);
    let mut options = policy::beyond_baseline(spec);
    options.retain(|option| !has.contains(option));
    if options.is_empty() {
        return None;
    }
    let (name, engine, options) = (&copy.container.name, &copy.engine.engine.name, options.join(", "));
    let detail =
        format!("“{name}” on “{engine}” would go beyond the profile baseline by what is of another engine: {options}.");
    Some(
        Problem::new(422, "change.beyond-baseline", detail)
            .hint("Change that container by itself.")
            .arg("container", name)
            .arg("engine", engine)
            .arg("options", &options),
    )
}

/// Whether another image that is asked for is one. One that may not be pulled is missed by the engine that lacks it.
async fn known_image(fleet: &Scoped, plan: &ChangePlan, request: &ChangeRequest) -> Result<(), Problem> {
    let image = match &request.to {
        ChangeTo::Image(image) => image,
        ChangeTo::Spec(spec) => &spec.image,
        ChangeTo::Same | ChangeTo::Former(_) => return Ok(()),
    };
    if request.pull == PullPolicy::Never {
        return Ok(());
    }
    // What an engine has is good, also where a newer one is looked for: it may have come from no registry.
    let engines = plan.containers.iter().map(|one| one.at.engine.clone());
    check_image(fleet.whole(), image, PullPolicy::Missing, engines).await
}

/// Takes the values of the environment away.
fn hide(spec: &mut ContainerSpec) {
    for (_, value) in &mut spec.env {
        HIDDEN_VALUE.clone_into(value);
    }
}

/// Puts the values that there are where they are meant to stay; says where there are none.
fn uncovered(spec: &mut ContainerSpec, made: &ContainerSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (row, (key, value)) in spec.env.iter_mut().enumerate() {
        if value != HIDDEN_VALUE {
            continue;
        }
        match made.env.iter().find(|(known, _)| known == key) {
            Some((_, known)) => value.clone_from(known),
            None => problems.push(
                Problem::new(
                    422,
                    "change.hidden-value",
                    format!("“{key}” has no value yet that could stay."),
                )
                .field("env")
                .arg("row", row + 1)
                .arg("key", key),
            ),
        }
    }
    problems
}

/// A change that has begun.
struct Work {
    running: Running,
    growing: Growing,
    tasks: Vec<Task>,
    pace: Pace,
}

async fn carry_out(inner: Arc<Inner>, work: Work, action: &str, intent: Intent) {
    let (_, fleet) = inner.gate.for_itself();
    let Work { running, tasks, .. } = work;
    change(fleet, &running, &tasks, work.pace).await;
    let Some(operation) = running.now() else { return };
    let engine = |id: &EngineId| fleet.snapshot().engines.get(id).map(|it| it.engine.name.clone());
    work.growing.end(&|growth| {
        let mut targets = operation.targets.iter();
        let engine = engine(&growth.engine);
        let its = targets.find(|it| it.name == growth.name && Some(&it.engine) == engine.as_ref());
        its.is_some_and(|it| it.state == TargetState::Done)
    });
    history::keep(&inner, &operation).await;
    drop(running);
    intent.operation_ended(&operation).await;
    for target in &operation.targets {
        let look = match target.state {
            TargetState::Done => Look::Ok,
            TargetState::Failed { .. } => Look::Bad,
            _ => continue,
        };
        fleet.happened(Happening {
            at: Millis::now(),
            actor: Some(operation.actor.clone()),
            what: action.to_owned(),
            subject: target.name.clone(),
            id: None,
            engine: Some(target.engine.clone()),
            look,
            exit_code: None,
        });
    }
}
