//! Calls about engines.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::engine::{EngineDraft, EngineProbe};
use shipyard_model::{Engine, EngineId};

/// Tries a connection without keeping anything. `id` names the engine being edited, whose stored credentials are used
/// where the draft has none.
///
/// # Errors
/// Why the engine cannot be reached or the draft cannot be read.
#[server(prefix = "/api/fn", endpoint = "engine_try", protocol = Calls, client = NoClient)]
pub async fn engine_try(draft: EngineDraft, id: Option<EngineId>) -> Result<EngineProbe, CallError> {
    let on = super::caller()?;
    Ok(on.yard.engine_try(&on.actor, draft, id).await?)
}

/// Tries an engine and keeps it. When this answers, it is on disk.
///
/// # Errors
/// As [`engine_try`], and when the name or the daemon is already there.
#[server(prefix = "/api/fn", endpoint = "engine_add", protocol = Calls, client = NoClient)]
pub async fn engine_add(draft: EngineDraft) -> Result<Engine, CallError> {
    let on = super::caller()?;
    Ok(on.yard.engine_add(&on.actor, draft).await?)
}

/// Changes an engine. `tls: None` in the draft keeps the stored credentials.
///
/// # Errors
/// As [`engine_add`], and when there is no such engine.
#[server(prefix = "/api/fn", endpoint = "engine_edit", protocol = Calls, client = NoClient)]
pub async fn engine_edit(id: EngineId, draft: EngineDraft) -> Result<Engine, CallError> {
    let on = super::caller()?;
    Ok(on.yard.engine_edit(&on.actor, &id, draft).await?)
}

/// Forgets an engine; its containers stay as they are.
///
/// # Errors
/// When there is no such engine.
#[server(prefix = "/api/fn", endpoint = "engine_remove", protocol = Calls, client = NoClient)]
pub async fn engine_remove(id: EngineId) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.engine_remove(&on.actor, &id).await?)
}

/// Tries a lost engine now instead of at the end of its waiting time.
///
/// # Errors
/// When there is no such engine.
#[server(prefix = "/api/fn", endpoint = "engine_retry", protocol = Calls, client = NoClient)]
pub async fn engine_retry(id: EngineId) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.engine_retry(&on.actor, &id).await?)
}

/// Path of the local daemon's socket, when one answers there and is no engine yet.
///
/// # Errors
/// When the role does not allow it.
#[server(prefix = "/api/fn", endpoint = "local_socket", protocol = Calls, client = NoClient)]
pub async fn local_socket() -> Result<Option<String>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.local_socket(&on.actor).await?)
}
