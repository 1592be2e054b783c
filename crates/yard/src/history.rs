//! History: what containers were at their last changes, and back to that.
mod tidy;

pub(crate) use tidy::keep as keep_tidy;

use crate::actor::Actor;
use crate::change::diff::diff;
use crate::change::subject::{self, Subject};
use crate::change::{Prepared, Wish};
use crate::{Inner, Yard};
use futures_util::{StreamExt, stream};
use shipyard_engine::Made;
use shipyard_fleet::{Fleet, while_up};
use shipyard_model::change::{ChangeRequest, FieldChange, HistoryRow};
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::operation::{Operation, TargetState, What};
use shipyard_model::{ContainerRef, EngineId, Millis, OperationId, Permission, Problem};
use shipyard_store::HistoryRecord;
use std::sync::Arc;

/// Containers that are asked about at once.
const AT_ONCE: usize = 8;

impl Yard {
    /// What a container was at its last ten changes, newest first. Values of its environment are not told.
    ///
    /// # Errors
    /// 403; 404; `engine.down`.
    pub async fn history(&self, actor: &Actor, at: &ContainerRef) -> Result<Vec<HistoryRow>, Problem> {
        let all = self.entries(actor, at).await?;
        let rows = all.iter().enumerate().map(|(index, entry)| {
            let before = all.get(index + 1);
            let mut changes = before.map_or_else(Vec::new, |it| diff(&it.spec, &entry.spec));
            if let Some(before) = before.filter(|it| it.spec.image == entry.spec.image && it.image_id != entry.image_id)
            {
                changes.push(crate::change::other_state(
                    &entry.spec.image,
                    &before.image_id,
                    &entry.image_id,
                ));
            }
            HistoryRow {
                number: entry.number,
                at: entry.at,
                actor: entry.actor.clone(),
                what: entry.what.clone(),
                operation: entry.operation.clone(),
                image: entry.spec.image.clone(),
                changes,
            }
        });
        Ok(rows.collect())
    }

    /// What differs between two entries of a container's history. Values of its environment are not told.
    ///
    /// # Errors
    /// 403; 404.
    pub async fn history_diff(
        &self,
        actor: &Actor,
        at: &ContainerRef,
        from: u64,
        to: u64,
    ) -> Result<Vec<FieldChange>, Problem> {
        let all = self.entries(actor, at).await?;
        let entry = |number| {
            let found = all.iter().find(|entry| entry.number == number);
            found.ok_or_else(|| no_such_entry(number))
        };
        Ok(diff(&entry(from)?.spec, &entry(to)?.spec))
    }

    /// Makes all that an operation changed what it was before, as another operation. What was changed again since stays.
    ///
    /// # Errors
    /// 403; 404; `change.nothing-to-roll-back`; the first problem of the plan.
    pub async fn operation_roll_back(&self, actor: &Actor, id: &OperationId) -> Result<OperationId, Problem> {
        let fleet = self.inner.gate.enter(actor, Permission::Deploy)?.fleet;
        let _turn = self.inner.asking.plan(actor)?;
        let operation = fleet.operation(id).ok_or_else(|| Problem::not_found("operation", id))?;
        let mut wishes = Vec::new();
        for target in operation.targets.iter().filter(|it| it.state == TargetState::Done) {
            let Some(at) = &target.container else { continue };
            if fleet.snapshot().container(at).is_none() {
                continue;
            }
            let subject = subject::one(&fleet, at).await?;
            let entries = self.history_of(&subject).await?;
            let before = match entries.as_slice() {
                [newest, before, ..] if newest.operation.as_ref() == Some(id) => before.clone(),
                _ => continue,
            };
            let mut spec = before.spec;
            spec.name.clone_from(&subject.made.spec.name);
            wishes.push(Wish {
                spec,
                image_id: Some(before.image_id),
                subject,
            });
        }
        if wishes.is_empty() {
            return Err(nothing_to_roll_back());
        }
        let request = ChangeRequest::default();
        let prepared: Prepared = self.prepared(actor, &fleet, wishes, &request).await?;
        let name = prepared.wanted.first().map(|one| one.name.clone()).unwrap_or_default();
        self.begin_change(actor, &fleet, prepared, What::RollBack { name }, &request)
            .await
    }

    async fn entries(&self, actor: &Actor, at: &ContainerRef) -> Result<Vec<HistoryRecord>, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::ContainerInspect)?;
        let snapshot = inside.fleet.snapshot();
        let (engine, container) = snapshot
            .container(at)
            .ok_or_else(|| Problem::not_found("container", at.id.short()))?;
        let deploy = container.labels.get(LABEL_DEPLOY);
        let of = key(&engine.engine.id, deploy, &container.name);
        read(&self.inner, &of).await
    }

    /// What a container was, newest first.
    pub(crate) async fn history_of(&self, subject: &Subject) -> Result<Vec<HistoryRecord>, Problem> {
        let deploy = subject.container.labels.get(LABEL_DEPLOY);
        let of = key(&subject.engine.engine.id, deploy, &subject.container.name);
        read(&self.inner, &of).await
    }
}

/// By what a container's history is known: its engine, deploy and name. What an engine says of a container, its labels among
/// it, never becomes what one of another engine was.
fn key(engine: &EngineId, deploy: Option<&str>, name: &str) -> String {
    format!("{engine}/{}/{name}", deploy.unwrap_or_default())
}

async fn read(inner: &Inner, of: &str) -> Result<Vec<HistoryRecord>, Problem> {
    let (store, _) = inner.gate.for_itself();
    store.history(of).await.map_err(|error| {
        tracing::error!(%error, "a history cannot be read");
        Problem::internal()
    })
}

/// Keeps what an operation made of its containers. What cannot be read or kept is left out and logged: the change itself stands.
pub(crate) async fn keep(inner: &Arc<Inner>, operation: &Operation) {
    let what = match operation.what {
        What::Deploy { .. } => "deploy",
        What::Scale { .. } => "scale",
        What::Roll { .. } => "roll",
        What::Change { .. } => "change",
        What::RollBack { .. } => "roll-back",
        // There it begins anew.
        What::Drain { .. } => "drain",
        What::Reschedule { .. } => "reschedule",
        What::Containers { .. } => return,
    };
    let done = operation.targets.iter().filter(|it| it.state == TargetState::Done);
    let done: Vec<ContainerRef> = done.filter_map(|it| it.container.clone()).collect();
    let kept = done.into_iter().map(|at| async move {
        put(inner, &at, what, &operation.actor, Some(operation.id.clone())).await;
    });
    stream::iter(kept).buffer_unordered(AT_ONCE).collect::<()>().await;
}

/// Keeps what a container is before it is changed, where nobody has seen it yet.
pub(crate) async fn keep_found(yard: &Yard, at: &ContainerRef) {
    put(&yard.inner, at, "found", "", None).await;
}

async fn put(inner: &Inner, at: &ContainerRef, what: &str, actor: &str, operation: Option<OperationId>) {
    let (store, fleet) = inner.gate.for_itself();
    let made = match made(fleet, at).await {
        Ok(made) => made,
        Err(why) => {
            tracing::warn!(container = at.id.short(), %why, "what it is now is not kept as history");
            return;
        }
    };
    let deploy = made.kept_labels.iter().find(|(label, _)| label == LABEL_DEPLOY);
    let of = key(&at.engine, deploy.map(|(_, value)| value.as_str()), &made.spec.name);
    let record = HistoryRecord {
        number: 0,
        at: Millis::now(),
        actor: actor.to_owned(),
        what: what.to_owned(),
        operation,
        image_id: made.image_id,
        spec: made.spec,
    };
    if let Err(error) = store.put_history(&of, record).await {
        tracing::error!(container = at.id.short(), %error, "what it is now is not kept as history");
    }
}

async fn made(fleet: &Fleet, at: &ContainerRef) -> Result<Made, Problem> {
    let id = &at.id;
    let inspected = while_up(fleet, &at.engine, |on| async move { on.inspected(id).await }).await?;
    inspected.made().map_err(|beyond| beyond.problem(id.short()))
}

pub(crate) fn no_such_entry(number: u64) -> Problem {
    Problem::not_found("entry of the history", number).field("to")
}

pub(crate) fn nothing_to_roll_back() -> Problem {
    Problem::new(
        409,
        "change.nothing-to-roll-back",
        "This operation changed nothing that is still so.",
    )
    .hint("Look at the container's history for what to go back to.")
}
