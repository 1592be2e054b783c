//! How far a prepared node has come, for whoever prepared it and looks on; and taking back what was prepared.
//!
//! What lasts is in its record. What only the one who looks on needs, that the script was fetched and why the last try failed,
//! is remembered here until the server ends.
use super::{gone, renew};
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::node::{NodeRow, NodeState};
use shipyard_model::{EngineId, Permission, Problem, Secret};
use shipyard_store::{EnrolmentKey, EnrolmentRecord};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So many enrolments are remembered; of older ones the record alone tells.
const MOST: usize = 64;

/// What enrolments did last.
#[derive(Default)]
pub(super) struct Steps(Mutex<VecDeque<(EnrolmentKey, NodeState)>>);

impl Steps {
    pub(super) fn note(&self, key: EnrolmentKey, state: NodeState) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(other, _)| *other != key);
        all.push_back((key, state));
        if all.len() > MOST {
            all.pop_front();
        }
    }

    fn of(&self, key: EnrolmentKey) -> Option<NodeState> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .find(|(other, _)| *other == key)
            .map(|(_, state)| state.clone())
    }
}

impl Yard {
    /// The enrolment that a secret opens, for whoever prepared it.
    async fn prepared_by(&self, actor: &Actor, secret: &Secret) -> Result<(EnrolmentKey, EnrolmentRecord), Problem> {
        let key = EnrolmentKey::of(secret.reveal().as_bytes());
        let store = self.inner.gate.store_for_authentication();
        let found = store.enrolment(key).await.map_err(|e| store_problem(&e))?;
        let account = self.own_record(actor)?.account.name.clone();
        found
            .filter(|found| found.account == account)
            .map(|found| (key, found))
            .ok_or_else(gone)
    }

    /// How far a node has come that the actor prepared. Without a fresh proof, as nothing is done by looking on.
    ///
    /// # Errors
    /// 410 `node.gone`; 403.
    pub async fn node_state(&self, actor: &Actor, secret: &Secret) -> Result<NodeState, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::FleetView)?;
        let (key, record) = self.prepared_by(actor, secret).await?;
        if let Some(id) = &record.engine {
            let engines = inside.store.engines().await.map_err(|e| store_problem(&e))?;
            let engine = engines.into_iter().find(|engine| engine.id == *id).ok_or_else(gone)?;
            return Ok(NodeState::Added { engine: engine.name });
        }
        Ok(match self.inner.nodes.steps.of(key) {
            Some(step) => step,
            None if record.key.is_some() => NodeState::Signed,
            None => NodeState::Waiting,
        })
    }

    /// Takes back what was prepared: its secret opens nothing any more.
    ///
    /// # Errors
    /// 410 `node.gone` when there is nothing to take back; 403.
    pub async fn node_withdraw(&self, actor: &Actor, secret: &Secret) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let (key, record) = self.prepared_by(actor, secret).await?;
        let subject = ActivitySubject::new("engine", record.name.as_str());
        let work = async {
            // Under the turn: what is being signed or added comes to its end first.
            let _turn = self.inner.nodes.turn.lock().await;
            let kept = inside.store.remove_enrolment(key).await;
            kept.map_err(|e| store_problem(&e))?.then_some(()).ok_or_else(gone)
        };
        self.recorded(actor, "node.withdraw", subject, "", work).await
    }

    /// What Shipyard knows of an engine as a node; `None` for one whose certificates were given by hand.
    ///
    /// # Errors
    /// 404 when there is no such engine where the actor may see one; 403.
    pub async fn node(&self, actor: &Actor, id: &EngineId) -> Result<Option<NodeRow>, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::FleetView)?;
        if !inside.fleet.snapshot().engines.contains_key(id) {
            return Err(Problem::not_found("engine", id));
        }
        match renew::node_of(inside.store, id).await {
            Ok(node) => Ok(Some(NodeRow {
                server_ends: node.server_ends,
                server_asked: node.wanted,
            })),
            Err(problem) if problem.code == "node.not-ours" => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}
