//! Calls about one's own account: proof of who one is, second factor, tokens, sessions.
#![expect(
    missing_docs,
    reason = "the macro makes structs whose fields are the documented arguments"
)]
use super::CallError;
use super::no_client::NoClient;
use super::wire::Calls;
use server_fn_macro_default::server;

use shipyard_model::Preferences;
use shipyard_model::access::{NewToken, OwnPage, Proof, ShownOnce, TwoFactorSetup};

/// What the web server knows of the session that calls, and the yard does not.
#[cfg(feature = "ssr")]
pub trait Visit: Send + Sync {
    /// The page's origin, to which passkeys are bound.
    ///
    /// # Errors
    /// When the browser did not send it.
    fn site(&self) -> Result<&str, shipyard_model::Problem>;
    /// Whether requests cross a network in the clear, for all that the server knows.
    fn in_the_clear(&self) -> bool;
    /// Notes that the person proved who they are; the session goes on under a new id.
    fn proved(&self) -> VisitFuture<'_, ()>;
    /// The account's sessions.
    fn sessions(&self) -> VisitFuture<'_, Vec<shipyard_model::access::SessionRow>>;
    /// Ends one of them by its name.
    fn end<'v>(&'v self, name: &'v str) -> VisitFuture<'v, ()>;
}

/// What a [`Visit`] answers with.
#[cfg(feature = "ssr")]
pub type VisitFuture<'v, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, shipyard_model::Problem>> + Send + 'v>>;

/// The calling session.
///
/// # Errors
/// 403 for a call with a token, which has none.
#[cfg(feature = "ssr")]
pub(super) fn visit() -> Result<std::sync::Arc<dyn Visit>, CallError> {
    super::caller()?
        .visit
        .ok_or_else(|| shipyard_model::Problem::forbidden().into())
}

/// One's own account.
///
/// # Errors
/// With a token.
#[server(prefix = "/api/fn", endpoint = "own", protocol = Calls, client = NoClient)]
pub async fn own() -> Result<OwnPage, CallError> {
    let on = super::caller()?;
    let page = on.yard.own(&on.actor)?;
    Ok(OwnPage {
        sessions: visit()?.sessions().await?,
        ..page
    })
}

/// Proves that it is still the person who signed in, by password or code.
///
/// # Errors
/// When it is wrong, and slower after failures.
#[server(prefix = "/api/fn", endpoint = "prove", protocol = Calls, client = NoClient)]
pub async fn prove(proof: Proof) -> Result<(), CallError> {
    let on = super::caller()?;
    let visit = visit()?;
    on.yard.prove(&on.actor, &proof.0).await?;
    Ok(visit.proved().await?)
}

/// Ends one of one's own sessions.
///
/// # Errors
/// When there is none of that name.
#[server(prefix = "/api/fn", endpoint = "session_end", protocol = Calls, client = NoClient)]
pub async fn session_end(id: String) -> Result<(), CallError> {
    let on = super::caller()?;
    on.yard.own(&on.actor)?;
    Ok(visit()?.end(&id).await?)
}

/// Keeps what one's pages are to look like; what is not chosen stays.
///
/// # Errors
/// With a token.
#[server(prefix = "/api/fn", endpoint = "preferences_put", protocol = Calls, client = NoClient)]
pub async fn preferences_put(preferences: Preferences) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.preferences_put(&on.actor, preferences).await?)
}

/// Begins a second factor.
///
/// # Errors
/// Without a fresh proof.
#[server(name = TwoFactorBegin, prefix = "/api/fn", endpoint = "two_factor_setup", protocol = Calls, client = NoClient)]
pub async fn two_factor_setup() -> Result<TwoFactorSetup, CallError> {
    let on = super::caller()?;
    Ok(on.yard.two_factor_setup(&on.actor)?)
}

/// Turns the second factor on with its first code; gives recovery codes, which are shown once.
///
/// # Errors
/// When the code is wrong.
#[server(prefix = "/api/fn", endpoint = "two_factor_confirm", protocol = Calls, client = NoClient)]
pub async fn two_factor_confirm(code: Proof) -> Result<Vec<String>, CallError> {
    let on = super::caller()?;
    Ok(on.yard.two_factor_confirm(&on.actor, &code.0).await?)
}

/// Turns the second factor off.
///
/// # Errors
/// Without a fresh proof.
#[server(prefix = "/api/fn", endpoint = "two_factor_off", protocol = Calls, client = NoClient)]
pub async fn two_factor_off() -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.two_factor_off(&on.actor).await?)
}

/// Begins a passkey under a name: what the device is to be asked.
///
/// # Errors
/// Without a fresh proof, or where the page has no host name.
#[server(prefix = "/api/fn", endpoint = "passkey_begin", protocol = Calls, client = NoClient)]
pub async fn passkey_begin(name: String) -> Result<String, CallError> {
    let on = super::caller()?;
    let visit = visit()?;
    Ok(on.yard.passkey_begin(&on.actor, visit.site()?, &name).await?)
}

/// Keeps the passkey that the device made.
///
/// # Errors
/// When its answer is not accepted.
#[server(prefix = "/api/fn", endpoint = "passkey_finish", protocol = Calls, client = NoClient)]
pub async fn passkey_finish(answer: String) -> Result<(), CallError> {
    let on = super::caller()?;
    let visit = visit()?;
    Ok(on.yard.passkey_finish(&on.actor, visit.site()?, &answer).await?)
}

/// Removes a passkey.
///
/// # Errors
/// When there is none.
#[server(prefix = "/api/fn", endpoint = "passkey_remove", protocol = Calls, client = NoClient)]
pub async fn passkey_remove(id: String) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.passkey_remove(&on.actor, &id).await?)
}

/// Makes a token, which is shown once.
///
/// # Errors
/// What is wrong with it.
#[server(prefix = "/api/fn", endpoint = "token_create", protocol = Calls, client = NoClient)]
pub async fn token_create(new: NewToken) -> Result<ShownOnce, CallError> {
    let on = super::caller()?;
    Ok(on.yard.token_create(&on.actor, new).await?)
}

/// Revokes a token.
///
/// # Errors
/// When there is none.
#[server(prefix = "/api/fn", endpoint = "token_revoke", protocol = Calls, client = NoClient)]
pub async fn token_revoke(id: String) -> Result<(), CallError> {
    let on = super::caller()?;
    Ok(on.yard.token_revoke(&on.actor, &id).await?)
}
