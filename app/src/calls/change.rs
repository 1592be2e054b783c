//! Calls about changes of containers that exist, and about what they were before.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::change::{ChangePlan, ChangeRequest, Editable, FieldChange, HistoryRow};
use shipyard_model::{ContainerRef, OperationId};

/// A container as a specification, to be changed. `reveal` shows the environment's values.
///
/// # Errors
/// When there is none, its engine does not answer, it has options that no specification has, or the role may not see the
/// values.
#[server(name = ContainerSpecOf, prefix = "/api/fn", endpoint = "container_spec", protocol = Calls, client = NoClient)]
pub async fn container_spec(at: ContainerRef, reveal: bool) -> Result<Editable, CallError> {
    let on = super::caller()?;
    Ok(on.yard.container_spec(&on.actor, &at, reveal).await?)
}

/// What a change would do; nothing happens.
///
/// # Errors
/// When there is no such container, or its engine does not answer.
#[server(name = ChangePlanOf, prefix = "/api/fn", endpoint = "change_plan", protocol = Calls, client = NoClient)]
pub async fn change_plan(at: ContainerRef, request: ChangeRequest) -> Result<ChangePlan, CallError> {
    let on = super::caller()?;
    Ok(on.yard.change_plan(&on.actor, &at, request).await?)
}

/// Changes a container, or it and its copies, as one operation.
///
/// # Errors
/// The first problem of the plan, when it has any.
#[server(name = ChangeNow, prefix = "/api/fn", endpoint = "change", protocol = Calls, client = NoClient)]
pub async fn change(at: ContainerRef, request: ChangeRequest) -> Result<OperationId, CallError> {
    let on = super::caller()?;
    Ok(on.yard.change(&on.actor, &at, request).await?)
}

/// What a container was at its last ten changes, newest first.
///
/// # Errors
/// When there is no such container.
#[server(name = HistoryOf, prefix = "/api/fn", endpoint = "history", protocol = Calls, client = NoClient)]
pub async fn history(at: ContainerRef) -> Result<Vec<HistoryRow>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.history(&on.actor, &at).await?)
}

/// What differs between two entries of a container's history.
///
/// # Errors
/// When one of them is not there.
#[server(prefix = "/api/fn", endpoint = "history_diff", protocol = Calls, client = NoClient)]
pub async fn history_diff(at: ContainerRef, from: u64, to: u64) -> Result<Vec<FieldChange>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.history_diff(&on.actor, &at, from, to).await?)
}

/// Makes all that an operation changed what it was before, as another operation.
///
/// # Errors
/// When it changed nothing that is still so.
#[server(prefix = "/api/fn", endpoint = "operation_roll_back", protocol = Calls, client = NoClient)]
pub async fn operation_roll_back(id: OperationId) -> Result<OperationId, CallError> {
    let on = super::caller()?;
    Ok(on.yard.operation_roll_back(&on.actor, &id).await?)
}
