//! Calls about more or fewer containers like one.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::roll::ScalePlan;
use shipyard_model::{ContainerRef, OperationId};

/// What bringing the number of containers like one to `count` would do; nothing happens.
///
/// # Errors
/// When the number is no good, or the container or its engine is not there.
#[server(name = ScalePlanOf, prefix = "/api/fn", endpoint = "scale_plan", protocol = Calls, client = NoClient)]
pub async fn scale_plan(at: ContainerRef, count: u16) -> Result<ScalePlan, CallError> {
    let on = super::caller()?;
    Ok(on.yard.scale_plan(&on.actor, &at, count).await?)
}

/// Brings the number of containers like one to `count`, as one operation.
///
/// # Errors
/// As the plan, and when what is too many may not be removed or what is missing has no place.
#[server(name = ScaleNow, prefix = "/api/fn", endpoint = "scale", protocol = Calls, client = NoClient)]
pub async fn scale(at: ContainerRef, count: u16) -> Result<OperationId, CallError> {
    let on = super::caller()?;
    Ok(on.yard.scale(&on.actor, &at, count).await?)
}
