//! Calls about activity.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::activity::{ActivityPage, ActivityQuery};

/// A page of what people did and what Docker reported, newest first.
///
/// # Errors
/// When the role does not allow it or the log cannot be read.
#[server(name = ActivityOf, prefix = "/api/fn", endpoint = "activity", protocol = Calls, client = NoClient)]
pub async fn activity(query: ActivityQuery) -> Result<ActivityPage, CallError> {
    let on = super::caller()?;
    Ok(on.yard.activity(&on.actor, query).await?)
}
