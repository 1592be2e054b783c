//! Calls about deploys and operations.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::OperationId;
use shipyard_model::deploy::{DeployRequest, Plan};

/// Where each copy would go and why; nothing happens.
///
/// # Errors
/// When the request cannot be read.
#[server(prefix = "/api/fn", endpoint = "deploy_plan", protocol = Calls, client = NoClient)]
pub async fn deploy_plan(request: DeployRequest) -> Result<Plan, CallError> {
    let on = super::caller()?;
    Ok(on.yard.deploy_plan(&on.actor, request).await?)
}

/// Starts a deploy, as one operation.
///
/// # Errors
/// When the plan has no place for it.
#[server(name = DeployNow, prefix = "/api/fn", endpoint = "deploy", protocol = Calls, client = NoClient)]
pub async fn deploy(request: DeployRequest) -> Result<OperationId, CallError> {
    let on = super::caller()?;
    Ok(on.yard.deploy(&on.actor, request).await?)
}

/// Asks an operation to stop: what is done stays, what waits is not begun.
///
/// # Errors
/// When there is no such operation.
#[server(prefix = "/api/fn", endpoint = "operation_cancel", protocol = Calls, client = NoClient)]
pub async fn operation_cancel(id: OperationId) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.operation_cancel(&on.actor, &id).await?)
}
