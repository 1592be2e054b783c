//! Calls about containers.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::detail::ContainerDetail;
use shipyard_model::page::{ContainerQuery, Picked};
use shipyard_model::{ContainerRef, ContainerVerb, OperationId};

/// Starts a verb on containers, as one operation.
///
/// # Errors
/// When the role does not allow it or nothing was named.
#[server(prefix = "/api/fn", endpoint = "containers_act", protocol = Calls, client = NoClient)]
pub async fn containers_act(verb: ContainerVerb, targets: Vec<ContainerRef>) -> Result<OperationId, CallError> {
    let on = super::caller()?;
    Ok(on.yard.containers_act(&on.actor, verb, targets).await?)
}

/// Containers of the table by their places in it, at most a thousand; or those of the named ones that are still in it.
///
/// # Errors
/// When the role does not allow it, or too many were named.
#[server(prefix = "/api/fn", endpoint = "containers_picked", protocol = Calls, client = NoClient)]
pub async fn containers_picked(query: ContainerQuery, among: Vec<ContainerRef>) -> Result<Vec<Picked>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.containers_picked(&on.actor, &query, &among)?)
}

/// A container with all its settings, by the names of its page's address. `reveal` shows the environment's values.
///
/// # Errors
/// When there is none, its engine does not answer, or the role may not see the values.
#[server(name = ContainerDetailOf, prefix = "/api/fn", endpoint = "container_detail", protocol = Calls, client = NoClient)]
pub async fn container_detail(engine: String, name: String, reveal: bool) -> Result<ContainerDetail, CallError> {
    let on = super::caller()?;
    Ok(on.yard.container_detail(&on.actor, &engine, &name, reveal).await?)
}
