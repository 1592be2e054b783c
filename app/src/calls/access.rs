//! Calls about accounts, roles, pools and grants.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;
use shipyard_model::access::{AccessPage, ShownOnce};
use shipyard_model::{Grant, Pool, Role};

/// Accounts, roles, pools and tokens.
///
/// # Errors
/// When the role does not allow to see them.
#[server(name = AccessOf, prefix = "/api/fn", endpoint = "access", protocol = Calls, client = NoClient)]
pub async fn access() -> Result<AccessPage, CallError> {
    let on = super::caller()?;
    Ok(on.yard.access(&on.actor)?)
}

/// Makes an account; the path of its invitation is shown once.
///
/// # Errors
/// When the name is taken or no name, or the grants are more than one's own.
#[server(prefix = "/api/fn", endpoint = "account_create", protocol = Calls, client = NoClient)]
pub async fn account_create(name: String, grants: Vec<Grant>) -> Result<ShownOnce, CallError> {
    let on = super::caller()?;
    Ok(on.yard.account_create(&on.actor, &name, grants).await?)
}

/// Makes a link by which an account sets a new password.
///
/// # Errors
/// When there is no such account, or it may do more than oneself.
#[server(prefix = "/api/fn", endpoint = "account_link", protocol = Calls, client = NoClient)]
pub async fn account_link(name: String) -> Result<ShownOnce, CallError> {
    let on = super::caller()?;
    Ok(on.yard.account_link(&on.actor, &name).await?)
}

/// Lets an account sign in or not.
///
/// # Errors
/// When nobody would be left who manages accounts.
#[server(prefix = "/api/fn", endpoint = "account_disable", protocol = Calls, client = NoClient)]
pub async fn account_disable(name: String, disabled: bool) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.account_disable(&on.actor, &name, disabled).await?)
}

/// Ends all sessions of an account.
///
/// # Errors
/// When there is no such account.
#[server(prefix = "/api/fn", endpoint = "account_sign_out", protocol = Calls, client = NoClient)]
pub async fn account_sign_out(name: String) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.account_sign_out(&on.actor, &name).await?)
}

/// Removes an account.
///
/// # Errors
/// When nobody would be left who manages accounts.
#[server(prefix = "/api/fn", endpoint = "account_remove", protocol = Calls, client = NoClient)]
pub async fn account_remove(name: String) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.account_remove(&on.actor, &name).await?)
}

/// Gives an account other grants.
///
/// # Errors
/// When they do not exist, or are more than one's own.
#[server(prefix = "/api/fn", endpoint = "account_grants", protocol = Calls, client = NoClient)]
pub async fn account_grants(name: String, grants: Vec<Grant>) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.account_grants(&on.actor, &name, grants).await?)
}

/// Keeps a custom role.
///
/// # Errors
/// When its name is no name, or it allows nothing or more than one's own.
#[server(prefix = "/api/fn", endpoint = "role_put", protocol = Calls, client = NoClient)]
pub async fn role_put(role: Role) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.role_put(&on.actor, role).await?)
}

/// Removes a custom role.
///
/// # Errors
/// When somebody has it.
#[server(prefix = "/api/fn", endpoint = "role_remove", protocol = Calls, client = NoClient)]
pub async fn role_remove(name: String) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.role_remove(&on.actor, &name).await?)
}

/// Keeps a pool.
///
/// # Errors
/// When its name is no name, or it has no labels.
#[server(prefix = "/api/fn", endpoint = "pool_put", protocol = Calls, client = NoClient)]
pub async fn pool_put(pool: Pool) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.pool_put(&on.actor, pool).await?)
}

/// Removes a pool.
///
/// # Errors
/// When a grant is for it.
#[server(prefix = "/api/fn", endpoint = "pool_remove", protocol = Calls, client = NoClient)]
pub async fn pool_remove(name: String) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.pool_remove(&on.actor, &name).await?)
}
