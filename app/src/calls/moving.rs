//! Calls about emptying engines.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::moving::{DrainOptions, DrainPlan};
use shipyard_model::{Engine, EngineId, OperationId};

/// Where each container of an engine would go, and which would stay and why; nothing happens.
///
/// # Errors
/// When part of the engine is somebody else's, or there is no such engine.
#[server(name = DrainPlanOf, prefix = "/api/fn", endpoint = "drain_plan", protocol = Calls, client = NoClient)]
pub async fn drain_plan(id: EngineId, options: DrainOptions) -> Result<DrainPlan, CallError> {
    let on = super::caller()?;
    Ok(on.yard.drain_plan(&on.actor, &id, options).await?)
}

/// Empties an engine, as one operation.
///
/// # Errors
/// As [`drain_plan`].
#[server(name = DrainNow, prefix = "/api/fn", endpoint = "drain", protocol = Calls, client = NoClient)]
pub async fn drain(id: EngineId, options: DrainOptions) -> Result<OperationId, CallError> {
    let on = super::caller()?;
    Ok(on.yard.drain(&on.actor, &id, options).await?)
}

/// Lets an engine take new containers again.
///
/// # Errors
/// As [`drain_plan`].
#[server(prefix = "/api/fn", endpoint = "undrain", protocol = Calls, client = NoClient)]
pub async fn undrain(id: EngineId) -> Result<Engine, CallError> {
    let on = super::caller()?;
    Ok(on.yard.undrain(&on.actor, &id).await?)
}
