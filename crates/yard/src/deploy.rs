//! Deploys: what one would do, doing it, and ending an operation early.
mod site;

pub(crate) use site::{Site, asks_for, hide_others};

use crate::activity::Intent;
use crate::actor::Actor;
use crate::{Inner, Yard, history, lasting, placing, policy};
use shipyard_fleet::{Fleet, deploy};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::deploy::{DeployRequest, Plan};
use shipyard_model::live::Look;
use shipyard_model::operation::{TargetState, What};
use shipyard_model::page::Happening;
use shipyard_model::{ContainerVerb, Millis, OperationId, Permission, Problem};
use std::sync::Arc;

impl Yard {
    /// What a deploy would do now. Problems that keep it from happening are in the plan.
    ///
    /// # Errors
    /// 403.
    pub async fn deploy_plan(&self, actor: &Actor, mut request: DeployRequest) -> Result<Plan, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let site = self.site(&fleet, actor, &request);
        let judged = policy::judge(&site.grounds, &request.spec);
        request.spec = judged.spec;
        room_known(fleet.whole(), &request).await;
        let mut bounds = site.bounds();
        bounds.as_named = true;
        let mut plan = deploy::plan(fleet.whole(), &request, &bounds);
        hide_others(&mut plan, &fleet);
        plan.problems.splice(..0, judged.refused);
        plan.profile = judged.profile;
        plan.added = judged.added;
        plan.added.extend(site.added());
        Ok(plan)
    }

    /// Makes a deploy: plans it with the fleet as it is now, reserves its room and begins.
    ///
    /// # Errors
    /// 403; `policy.refused`; the first problem of its plan, and then nothing happens; `operations.too-many`. What goes wrong later is
    /// told by the operation, for each copy.
    pub async fn deploy(&self, actor: &Actor, mut request: DeployRequest) -> Result<OperationId, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let site = self.site(&fleet, actor, &request);
        let asked = lasting::is_wanted(&request).then(|| request.clone());
        let judged = policy::judge(&site.grounds, &request.spec);
        policy::record(actor, &judged);
        request.spec = judged.spec;
        let image = request.spec.image.clone();
        let subject = ActivitySubject::new("deploy", deploy::name(&request));
        let mut intent = self.inner.activity.begin(actor, "deploy", subject, &image).await?;
        if let Some(refused) = judged.refused.into_iter().next() {
            return intent.outcome(Err(refused)).await;
        }
        let mut bounds = site.bounds();
        bounds.as_named = true;
        bounds.labels.extend(placing::label(&request));
        room_known(fleet.whole(), &request).await;
        let plan = deploy::plan(fleet.whole(), &request, &bounds);
        if plan.problems.is_empty() {
            let engines = plan.copies.into_iter().map(|copy| copy.engine);
            if let Err(problem) = deploy::check_image(fleet.whole(), &image, request.pull, engines).await {
                return intent.outcome(Err(problem)).await;
            }
        }
        let prepared = match deploy::prepare(fleet.whole(), request, &bounds, actor.account()) {
            Ok(prepared) => prepared,
            Err(problem) => return intent.outcome(Err(problem)).await,
        };
        let id = prepared.id().clone();
        intent.operation(&id);
        let turn = match asked {
            Some(asked) => self.lasting_remember(actor, &id, asked, site.labels().to_vec()).await,
            None => Ok(None),
        };
        let turn = match turn {
            Ok(turn) => turn,
            Err(problem) => return intent.outcome(Err(problem)).await,
        };
        tracing::info!(account = actor.account(), operation = %id, %image, "deploy");
        let (yard, begun) = (self.clone(), id.clone());
        tokio::spawn(async move {
            carry_out(Arc::clone(&yard.inner), prepared, intent).await;
            yard.lasting_made(turn, &begun).await;
        });
        Ok(id)
    }

    /// Asks an operation to end: what is done stays, what has not begun will not. An operation that has ended is left
    /// as it is.
    ///
    /// # Errors
    /// 403, when the actor could not have begun it either; 404.
    pub async fn operation_cancel(&self, actor: &Actor, id: &OperationId) -> Result<(), Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::FleetView)?.fleet;
        let operation = fleet.operation(id).ok_or_else(|| Problem::not_found("operation", id))?;
        let permission = match operation.what {
            What::Containers {
                verb: ContainerVerb::Remove,
            } => Permission::ContainerRemove,
            What::Containers { .. } => Permission::ContainerOperate,
            What::Drain { .. } => Permission::ContainerRemove,
            What::Deploy { .. }
            | What::Roll { .. }
            | What::Scale { .. }
            | What::Change { .. }
            | What::RollBack { .. }
            | What::Reschedule { .. } => Permission::Deploy,
        };
        let fleet = self.inner.gate.enter(actor, permission)?.fleet;
        // In part out of scope, it is not this actor's to end.
        let whole = fleet.whole().operations().get(id);
        let mine = fleet.operation(id);
        if mine.map(|o| o.targets.len()) != whole.map(|o| o.targets.len()) {
            return Err(Problem::new(
                403,
                "operation.beyond-scope",
                "This operation also works on what is not yours to change.",
            )
            .hint("Ask whoever began it, or an administrator."));
        }
        let subject = ActivitySubject::new("operation", id.to_string());
        let mut intent = self
            .inner
            .activity
            .begin(actor, "operation.cancel", subject, "")
            .await?;
        intent.operation(id);
        tracing::info!(account = actor.account(), operation = %id, "cancel");
        fleet.whole().operations().cancel(id);
        intent.outcome(Ok(())).await
    }
}

/// Where room is asked for, what was started elsewhere takes its own.
pub(crate) async fn room_known(fleet: &Fleet, request: &DeployRequest) {
    if request.spec.cpus.nanos() > 0 || request.spec.memory.get() > 0 {
        fleet.limits_known().await;
    }
}

pub(crate) async fn carry_out(inner: Arc<Inner>, prepared: deploy::Prepared, intent: Intent) {
    let (_, fleet) = inner.gate.for_itself();
    let id = prepared.id().clone();
    prepared.run().await;
    let Some(operation) = fleet.operations().get(&id) else {
        return;
    };
    history::keep(&inner, &operation).await;
    intent.operation_ended(&operation).await;
    let (word, name) = match &operation.what {
        What::Deploy { name, .. } => ("deploy", name),
        What::Scale { name, .. } => ("scale", name),
        What::Containers { .. }
        | What::Roll { .. }
        | What::Change { .. }
        | What::RollBack { .. }
        | What::Drain { .. }
        | What::Reschedule { .. } => return,
    };
    let (done, failed, _) = operation.counts();
    let undone = operation
        .targets
        .iter()
        .any(|target| target.state == TargetState::Undone);
    let look = match (done, failed) {
        _ if undone => Look::Bad,
        (0, 0) => Look::Idle,
        (_, 0) => Look::Ok,
        (0, _) => Look::Bad,
        _ => Look::Warn,
    };
    fleet.happened(Happening {
        at: Millis::now(),
        actor: Some(operation.actor.clone()),
        what: word.to_owned(),
        subject: name.clone(),
        id: None,
        engine: None,
        look,
        exit_code: None,
    });
}
