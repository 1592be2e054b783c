//! Calls about what was used over time.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::usage::{UsageHistory, UsageSpan};

/// What a container used, or an engine's containers together where only the engine is named, or the fleet's where neither is.
///
/// # Errors
/// When there is no such container or engine, or the account sees a part only of what is added up.
#[server(name = UsageHistoryOf, prefix = "/api/fn", endpoint = "usage_history", protocol = Calls, client = NoClient)]
pub async fn usage_history(
    engine: Option<String>,
    name: Option<String>,
    span: UsageSpan,
) -> Result<UsageHistory, CallError> {
    use shipyard_yard::UsageOf;
    let on = super::caller()?;
    let of = match (engine, name) {
        (Some(engine), Some(name)) => UsageOf::Container { engine, name },
        (Some(name), None) => UsageOf::Engine { name },
        (None, _) => UsageOf::Fleet,
    };
    Ok(on.yard.usage_history(&on.actor, &of, span)?)
}
