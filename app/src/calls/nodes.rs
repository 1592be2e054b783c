//! Calls about nodes: hosts that Shipyard makes engines; and what is wrong or weak.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::EngineId;
use shipyard_model::access::Proof;
use shipyard_model::node::{Finding, NodeDraft, NodePrepared, NodeRemoved, NodeRenewed, NodeRow, NodeState};

/// Prepares a host as an engine. The node reaches Shipyard as the page did, unless the draft says otherwise.
///
/// # Errors
/// The field at fault.
#[server(prefix = "/api/fn", endpoint = "node_prepare", protocol = Calls, client = NoClient)]
pub async fn node_prepare(draft: NodeDraft) -> Result<NodePrepared, CallError> {
    let on = super::caller()?;
    let visit = super::own::visit()?;
    Ok(on.yard.node_prepare(&on.actor, draft, visit.site()?).await?)
}

/// How far a node has come that one prepared.
///
/// # Errors
/// When its time has ended.
#[server(name = NodeStateOf, prefix = "/api/fn", endpoint = "node_state", protocol = Calls, client = NoClient)]
pub async fn node_state(secret: Proof) -> Result<NodeState, CallError> {
    let on = super::caller()?;
    Ok(on.yard.node_state(&on.actor, &secret.0).await?)
}

/// Takes back what one prepared.
///
/// # Errors
/// When its time has ended.
#[server(prefix = "/api/fn", endpoint = "node_withdraw", protocol = Calls, client = NoClient)]
pub async fn node_withdraw(secret: Proof) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.node_withdraw(&on.actor, &secret.0).await?)
}

/// What is known of an engine as a node; nothing for one whose certificates were given by hand.
///
/// # Errors
/// When there is no such engine.
#[server(name = NodeOf, prefix = "/api/fn", endpoint = "node", protocol = Calls, client = NoClient)]
pub async fn node(id: EngineId) -> Result<Option<NodeRow>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.node(&on.actor, &id).await?)
}

/// Renews a node's certificates: Shipyard's own at once, the host's when it asks next.
///
/// # Errors
/// Why the engine does not answer with the new one.
#[server(prefix = "/api/fn", endpoint = "node_renew", protocol = Calls, client = NoClient)]
pub async fn node_renew(id: EngineId) -> Result<NodeRenewed, CallError> {
    let on = super::caller()?;
    Ok(on.yard.node_renew(&on.actor, &id).await?)
}

/// Forgets a node, and gives what undoes on the host what was done.
///
/// # Errors
/// When there is none.
#[server(prefix = "/api/fn", endpoint = "node_remove", protocol = Calls, client = NoClient)]
pub async fn node_remove(id: EngineId) -> Result<NodeRemoved, CallError> {
    let on = super::caller()?;
    Ok(on.yard.node_remove(&on.actor, &id).await?)
}

/// What is wrong or weak on this installation and its engines, the worst first.
///
/// # Errors
/// When the role does not allow it.
#[server(prefix = "/api/fn", endpoint = "doctor", protocol = Calls, client = NoClient)]
pub async fn doctor() -> Result<Vec<Finding>, CallError> {
    let on = super::caller()?;
    let in_the_clear = on.visit.as_ref().is_some_and(|visit| visit.in_the_clear());
    Ok(on.yard.doctor(&on.actor, in_the_clear).await?)
}
