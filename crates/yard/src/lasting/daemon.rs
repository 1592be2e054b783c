//! Daemons: a copy on each engine that comes into question and has none.
use super::{Turn, labels, name_of};
use crate::Yard;
use crate::deploy::{Site, asks_for, room_known};
use crate::policy;
use shipyard_fleet::deploy::{Bounds, Joins};
use shipyard_fleet::{EngineState, Snapshot, deploy};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::deploy::{Copies, DeployRequest, SkipReason, Target};
use shipyard_model::operation::{TargetState, What};
use shipyard_model::{Container, EngineId, Millis, Permission, Problem};
use shipyard_store::LastingRecord;
use std::collections::BTreeSet;
use std::sync::Arc;

const ACTION: &str = "deploy.complete";

impl Yard {
    /// Deploys to engines that have no copy. Gives the turn back when there is nothing to do.
    pub(super) async fn lasting_complete(
        &self,
        record: &Arc<LastingRecord>,
        snapshot: &Snapshot,
        copies: &[(&Arc<EngineState>, &Arc<Container>)],
        turn: Turn,
    ) -> Option<Turn> {
        let has: BTreeSet<&EngineId> = copies.iter().map(|(engine, _)| &engine.engine.id).collect();
        let lacking = snapshot.engines.values().filter(|engine| {
            let id = &engine.engine.id;
            engine.health.is_up()
                && !engine.engine.drained
                && !has.contains(id)
                && !record.left_out.contains(id)
                && asks_for(&record.request.target, &engine.engine)
        });
        let lacking: Vec<_> = lacking.collect();
        if lacking.is_empty() {
            self.lasting_trouble(record, ACTION, None);
            return Some(turn);
        }
        let now = Millis::now();
        let is_due =
            |engine: &&&Arc<EngineState>| self.inner.lasting.waits().are_over(&record.id, &engine.engine.id, now);
        let wanted: Vec<_> = lacking.iter().filter(is_due).copied().collect();
        if wanted.is_empty() {
            return Some(turn);
        }
        match self.complete(record, &wanted).await {
            Ok(Some((prepared, intent))) => {
                let (yard, record) = (self.clone(), Arc::clone(record));
                tokio::spawn(async move {
                    let id = prepared.id().clone();
                    crate::deploy::carry_out(Arc::clone(&yard.inner), prepared, intent).await;
                    yard.lasting_completed(&record, &id);
                    drop(turn);
                });
                None
            }
            // Nothing that anybody could mend.
            Ok(None) => {
                self.lasting_failed(record, &wanted);
                Some(turn)
            }
            Err(why) => {
                self.lasting_failed(record, &wanted);
                self.lasting_trouble(record, ACTION, Some(why));
                Some(turn)
            }
        }
    }

    fn lasting_failed(&self, record: &LastingRecord, engines: &[&Arc<EngineState>]) {
        let mut waits = self.inner.lasting.waits();
        for engine in engines {
            waits.failed(&record.id, &engine.engine.id, Millis::now());
        }
    }

    async fn complete(
        &self,
        record: &LastingRecord,
        wanted: &[&Arc<EngineState>],
    ) -> Result<Option<(deploy::Prepared, crate::activity::Intent)>, Problem> {
        let actor = self.lasting_actor(record)?;
        let fleet = self.inner.gate.enter(&actor, Permission::Deploy)?.fleet;
        let mut request = DeployRequest {
            copies: Copies::EachEngine,
            target: Target::Named(wanted.iter().map(|engine| engine.engine.name.clone()).collect()),
            reschedule: None,
            undo_on_failure: false,
            ..record.request.clone()
        };
        let site = self.site_bearing(&fleet, &actor, &request, &record.labels)?;
        let named: Vec<_> = wanted.iter().filter(|engine| site.has(&engine.engine.id)).collect();
        if named.is_empty() {
            // Beyond what its maker may do: it was never meant for there.
            return Ok(None);
        }
        request.target = Target::Named(named.iter().map(|engine| engine.engine.name.clone()).collect());
        let judged = policy::judge(&site.grounds, &request.spec);
        policy::record(&actor, &judged);
        request.spec = judged.spec;
        if let Some(refused) = judged.refused.into_iter().next() {
            return Err(refused);
        }
        let bounds = joined(record, &site);
        room_known(fleet.whole(), &request).await;
        let plan = deploy::plan(fleet.whole(), &request, &bounds);
        let unlike = |skipped: &Option<SkipReason>| {
            matches!(
                skipped,
                Some(
                    SkipReason::NotNamed
                        | SkipReason::NotWith { .. }
                        | SkipReason::With { .. }
                        | SkipReason::MostPerEngine { .. }
                        | SkipReason::Label { .. }
                )
            )
        };
        if plan.copies.is_empty() && plan.engines.iter().all(|verdict| unlike(&verdict.skipped)) {
            return Ok(None);
        }
        let subject = ActivitySubject::new("deploy", name_of(record));
        let names = named.iter().map(|engine| engine.engine.name.to_string());
        let names = format!("on {}", crate::activity::list(names));
        if let Some(problem) = plan.problems.into_iter().next() {
            return Err(problem);
        }
        let mut intent = self.inner.activity.begin(&actor, ACTION, subject, &names).await?;
        let prepared = match deploy::prepare(fleet.whole(), request, &bounds, actor.account()) {
            Ok(prepared) => prepared,
            Err(problem) => return intent.outcome(Err(problem)).await,
        };
        intent.operation(prepared.id());
        tracing::info!(account = actor.account(), operation = %prepared.id(), deploy = record.id, "complete");
        Ok(Some((prepared, intent)))
    }

    /// What the operation came to: what failed is tried again later.
    fn lasting_completed(&self, record: &LastingRecord, id: &shipyard_model::OperationId) {
        let (_, fleet) = self.inner.gate.for_itself();
        let Some(operation) = fleet.operations().get(id) else {
            return;
        };
        let snapshot = fleet.snapshot();
        let mut why = None;
        for target in &operation.targets {
            let Some(engine) = snapshot.engine_named(target.engine.as_str()) else {
                continue;
            };
            let mut waits = self.inner.lasting.waits();
            match &target.state {
                TargetState::Done => waits.worked(&record.id, &engine.engine.id),
                other => {
                    waits.failed(&record.id, &engine.engine.id, Millis::now());
                    if let TargetState::Failed { why: this } = other {
                        why = why.or_else(|| Some(this.clone()));
                    }
                }
            }
        }
        self.lasting_trouble(record, ACTION, why);
    }
}

/// The bounds of a site, for further copies of a deploy.
fn joined<'s>(record: &LastingRecord, site: &'s Site) -> Bounds<'s> {
    let bounds = site.bounds();
    Bounds {
        labels: labels(record, bounds.labels),
        as_named: false,
        joins: Some(Joins {
            deploy: Some(record.id.clone()),
            what: What::Deploy {
                image: record.request.spec.image.trim().to_owned(),
                name: name_of(record),
            },
        }),
        ..bounds
    }
}
