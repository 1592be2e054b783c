//! Copies that a person removes: a daemon makes none on that engine again, and with its last copy a deploy is over.
use super::is_daemon;
use crate::Yard;
use shipyard_model::container::LABEL_DEPLOY;
use shipyard_model::{ContainerRef, OperationId};
use shipyard_store::MovedCopy;
use std::collections::{BTreeMap, BTreeSet};

/// Copies of lasting deploys that are about to be removed, by deploy.
pub(crate) struct Removing(BTreeMap<String, BTreeSet<ContainerRef>>);

impl Yard {
    /// Before containers are removed by a person: no daemon puts them back meanwhile.
    pub(crate) async fn lasting_removing(&self, targets: &[ContainerRef]) -> Removing {
        let (store, fleet) = self.inner.gate.for_itself();
        let snapshot = fleet.snapshot();
        let mut removing: BTreeMap<String, BTreeSet<ContainerRef>> = BTreeMap::new();
        for at in targets {
            let group = snapshot.container(at).and_then(|(_, it)| it.labels.get(LABEL_DEPLOY));
            if let Some(id) = group.filter(|id| self.inner.lasting.get(id).is_some()) {
                removing.entry(id.to_owned()).or_default().insert(at.clone());
            }
        }
        for (id, copies) in &removing {
            self.lasting_edit(store, id, |record| {
                if is_daemon(record) {
                    let engines = copies.iter().map(|at| at.engine.clone());
                    record.left_out.extend(engines);
                    record.left_out.sort();
                    record.left_out.dedup();
                }
            })
            .await;
        }
        Removing(removing)
    }

    /// After that: what was not removed is looked after as before.
    pub(crate) async fn lasting_removed(&self, removing: Removing, operation: &OperationId) {
        let (store, fleet) = self.inner.gate.for_itself();
        let Some(operation) = fleet.operations().get(operation) else {
            return;
        };
        let done = operation
            .targets
            .iter()
            .filter(|target| target.state == shipyard_model::operation::TargetState::Done);
        let done: BTreeSet<_> = done.filter_map(|target| target.container.clone()).collect();
        let snapshot = fleet.snapshot();
        for (id, copies) in removing.0 {
            let left: BTreeSet<_> = copies.difference(&done).map(|at| at.engine.clone()).collect();
            let any_left = snapshot.engines.iter().any(|(engine, state)| {
                let mut of_it = state
                    .containers
                    .iter()
                    .filter(|it| it.labels.get(LABEL_DEPLOY) == Some(id.as_str()));
                of_it.any(|it| {
                    let at = ContainerRef {
                        engine: engine.clone(),
                        id: it.id.clone(),
                    };
                    !done.contains(&at)
                })
            });
            self.lasting_edit(store, &id, |record| {
                record.left_out.retain(|engine| !left.contains(engine));
                record.copies.retain(|copy| !done.contains(&copy.at));
                // With the one that took its place, somebody removed what is out of reach.
                let removed = |it: &&MovedCopy| it.to.as_ref().is_some_and(|to| done.contains(to));
                let out_of_reach: Vec<_> = record.moved.iter().filter(removed).map(|it| it.from.clone()).collect();
                record.copies.retain(|copy| !out_of_reach.contains(&copy.at));
                let moved = |at: &ContainerRef| record.moved.iter().any(|it| it.from == *at);
                // A copy on an engine that is away, and that Shipyard has not seen since it started, is one too.
                if !any_left && record.copies.iter().all(|copy| moved(&copy.at)) {
                    record.ended = true;
                    record.copies.clear();
                }
            })
            .await;
        }
    }
}
