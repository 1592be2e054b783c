//! Accounts, roles and pools.
use super::input::{Body, Follow, Path, Query};
use super::list::{Items, Page};
use super::once::Key;
use super::{Reply, answer, etag, events, to_its_end};
use crate::guards::{Known, SignedIn};
use crate::state::Server;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use shipyard_model::access::{AccessPage, AccountRow, PoolRow, ShownOnce};
use shipyard_model::{Grant, Pool, Problem, Role};
use shipyard_yard::Actor;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(accounts, create))
        .routes(routes!(account, remove))
        .routes(routes!(grants))
        .routes(routes!(disabled))
        .routes(routes!(link))
        .routes(routes!(sign_out))
        .routes(routes!(roles))
        .routes(routes!(role, role_put, role_remove))
        .routes(routes!(pools))
        .routes(routes!(pool, pool_put, pool_remove))
}

fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// The accounts, by name.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/accounts", tag = "access", params(Page),
    responses((status = 200, content((Items<AccountRow> = "application/json"), (String = "text/event-stream")))))]
async fn accounts(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(page): Query<Page>,
) -> Reply {
    let key = |row: &AccountRow| (row.name.to_lowercase(), row.name.clone());
    if follow {
        return follow_access(&server, &known, |all| all.accounts).await;
    }
    Ok(Json(page.of(server.yard.access(&known.actor)?.accounts, key)?).into_response())
}

/// Follows a part of what there is of access.
async fn follow_access<T: Serialize + Send + 'static>(
    server: &Server,
    known: &Known,
    part: fn(AccessPage) -> Vec<T>,
) -> Reply {
    let (yard, actor) = (server.yard.clone(), known.actor.clone());
    let make = move || std::future::ready(yard.access(&actor).map(part));
    events::list(server, known, make).await
}

fn find_account(server: &Server, actor: &Actor, name: &str) -> Result<AccountRow, Problem> {
    let all = server.yard.access(actor)?.accounts;
    let mut found = all.into_iter().filter(|row| row.name.eq_ignore_ascii_case(name));
    found.next().ok_or_else(|| Problem::not_found("account", name))
}

/// What of an account is edited by others.
fn edited(row: &AccountRow) -> (&[Grant], bool) {
    (&row.grants, row.disabled)
}

/// An account.
#[utoipa::path(get, path = "/accounts/{name}", tag = "access", params(("name" = String, Path, description = "Its name")),
    responses((status = 200, body = AccountRow, headers(("ETag" = String, description = "Of what can be edited")))))]
async fn account(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    let row = find_account(&server, &known.actor, &name)?;
    Ok(([(header::ETAG, etag::of(&edited(&row)))], Json(row)).into_response())
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// The name that it signs in with.
    name: String,
    /// What it is given.
    #[serde(default)]
    grants: Vec<Grant>,
}

/// Makes an account.
///
/// The answer has the path of its invitation, which is shown once: nobody but the person learns the password. Asks for a
/// fresh proof.
#[utoipa::path(post, path = "/accounts", tag = "access", request_body = NewAccount,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again makes nothing again: 409 `idempotency.shown-once`")),
    responses((status = 201, body = ShownOnce, headers(("Location" = String, description = "The account")))))]
async fn create(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    key: Key,
    Body { value, digest }: Body<NewAccount>,
) -> Response {
    let account = known.actor.account().to_owned();
    let once = server.once.clone();
    let work = async move {
        let NewAccount { name, grants } = value;
        let shown = server.yard.account_create(&known.actor, &name, grants).await;
        answer(shown.map(|shown| {
            let location = [(header::LOCATION, format!("/api/v1/accounts/{}", name.trim()))];
            (StatusCode::CREATED, location, Json(shown))
        }))
    };
    once.run_secretly(&account, key, digest, work).await
}

/// Removes an account, with its sessions and tokens. Asks for a fresh proof.
#[utoipa::path(delete, path = "/accounts/{name}", tag = "access",
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The account's ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Removed")))]
async fn remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        // Looked at only where it is asked for: whoever may remove it need not be one who may see it.
        if headers.contains_key(header::IF_MATCH) {
            etag::unchanged(&headers, &edited(&find_account(&server, &known.actor, &name)?))?;
        }
        server.yard.account_remove(&known.actor, &name).await?;
        Ok(done())
    })
    .await
}

/// Gives an account other grants. Asks for a fresh proof.
#[utoipa::path(put, path = "/accounts/{name}/grants", tag = "access", request_body = Vec<Grant>,
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The account's ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Given")))]
async fn grants(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body { value, .. }: Body<Vec<Grant>>,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        etag::unchanged(&headers, &edited(&find_account(&server, &known.actor, &name)?))?;
        server.yard.account_grants(&known.actor, &name, value).await?;
        Ok(done())
    })
    .await
}

/// Whether an account may not sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Disabled {
    /// Whether it may not.
    disabled: bool,
}

/// Lets an account sign in or not; what it has open ends. Asks for a fresh proof.
#[utoipa::path(put, path = "/accounts/{name}/disabled", tag = "access", request_body = Disabled,
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The account's ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Done")))]
async fn disabled(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body { value, .. }: Body<Disabled>,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        etag::unchanged(&headers, &edited(&find_account(&server, &known.actor, &name)?))?;
        server.yard.account_disable(&known.actor, &name, value.disabled).await?;
        Ok(done())
    })
    .await
}

/// Makes a link by which an account sets a new password; its path is shown once. Asks for a fresh proof.
#[utoipa::path(post, path = "/accounts/{name}/link", tag = "access", params(("name" = String, Path, description = "Its name")),
    responses((status = 201, body = ShownOnce)))]
async fn link(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    to_its_end(async move {
        let shown = server.yard.account_link(&known.actor, &name).await?;
        Ok((StatusCode::CREATED, Json(shown)).into_response())
    })
    .await
}

/// Ends all sessions of an account. Asks for a fresh proof.
#[utoipa::path(delete, path = "/accounts/{name}/sessions", tag = "access",
    params(("name" = String, Path, description = "Its name")), responses((status = 204, description = "Ended")))]
async fn sign_out(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    to_its_end(async move {
        server.yard.account_sign_out(&known.actor, &name).await?;
        Ok(done())
    })
    .await
}

/// The roles, those of Shipyard first.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/roles", tag = "access", params(Page),
    responses((status = 200, content((Items<Role> = "application/json"), (String = "text/event-stream")))))]
async fn roles(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(page): Query<Page>,
) -> Reply {
    if follow {
        return follow_access(&server, &known, |all| all.roles).await;
    }
    let roles = server.yard.access(&known.actor)?.roles;
    // Those of Shipyard have an order of their own and stay as they are; the others come behind them, by name.
    let own: Vec<String> = roles
        .iter()
        .filter(|role| role.built_in)
        .map(|role| role.name.clone())
        .collect();
    let key = |role: &Role| {
        let place = own.iter().position(|name| role.built_in && *name == role.name);
        (place.unwrap_or(own.len()), role.name.clone())
    };
    Ok(Json(page.of(roles, key)?).into_response())
}

fn find_role(server: &Server, actor: &Actor, name: &str) -> Result<Option<Role>, Problem> {
    let roles = server.yard.access(actor)?.roles;
    Ok(roles.into_iter().find(|role| role.name == name))
}

/// A role.
#[utoipa::path(get, path = "/roles/{name}", tag = "access", params(("name" = String, Path, description = "Its name")),
    responses((status = 200, body = Role, headers(("ETag" = String, description = "Of its state")))))]
async fn role(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    let role = find_role(&server, &known.actor, &name)?.ok_or_else(|| Problem::not_found("role", &name))?;
    Ok(([(header::ETAG, etag::of(&role))], Json(role)).into_response())
}

/// The name in the path and the one in the body are the same.
pub(super) fn same(path: &str, body: &str) -> Result<(), Problem> {
    if path == body {
        return Ok(());
    }
    Err(Problem::new(
        422,
        "request.other-name",
        "The name in the body is not the one in the address.",
    )
    .field("name"))
}

/// Keeps a custom role, new or changed; whoever has it has the new permissions at once. Asks for a fresh proof.
#[utoipa::path(put, path = "/roles/{name}", tag = "access", request_body = Role,
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Kept")))]
async fn role_put(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body { value, .. }: Body<Role>,
) -> Reply {
    to_its_end(async move {
        same(&name, &value.name)?;
        let _turn = server.edits.lock().await;
        etag::unchanged(&headers, &find_role(&server, &known.actor, &name)?)?;
        server.yard.role_put(&known.actor, value).await?;
        Ok(done())
    })
    .await
}

/// Removes a custom role that nobody has. Asks for a fresh proof.
#[utoipa::path(delete, path = "/roles/{name}", tag = "access",
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Removed")))]
async fn role_remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        // Looked at only where it is asked for: whoever may remove it need not be one who may see it.
        if headers.contains_key(header::IF_MATCH) {
            etag::unchanged(&headers, &find_role(&server, &known.actor, &name)?)?;
        }
        server.yard.role_remove(&known.actor, &name).await?;
        Ok(done())
    })
    .await
}

/// The pools, each with what is in it now.
///
/// As a stream: `whole` with all of them, at first and after each change.
#[utoipa::path(get, path = "/pools", tag = "access", params(Page),
    responses((status = 200, content((Items<PoolRow> = "application/json"), (String = "text/event-stream")))))]
async fn pools(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Follow(follow): Follow,
    Query(page): Query<Page>,
) -> Reply {
    if follow {
        return follow_access(&server, &known, |all| all.pools).await;
    }
    let pools = server.yard.access(&known.actor)?.pools;
    Ok(Json(page.of(pools, |row| row.pool.name.clone())?).into_response())
}

fn find_pool(server: &Server, actor: &Actor, name: &str) -> Result<Option<PoolRow>, Problem> {
    let pools = server.yard.access(actor)?.pools;
    Ok(pools.into_iter().find(|row| row.pool.name == name))
}

/// A pool.
#[utoipa::path(get, path = "/pools/{name}", tag = "access", params(("name" = String, Path, description = "Its name")),
    responses((status = 200, body = PoolRow, headers(("ETag" = String, description = "Of what can be edited")))))]
async fn pool(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    let row = find_pool(&server, &known.actor, &name)?.ok_or_else(|| Problem::not_found("pool", &name))?;
    let tag = etag::of(&Some(&row.pool));
    Ok(([(header::ETAG, tag)], Json(row)).into_response())
}

/// Keeps a pool, new or changed. Asks for a fresh proof.
#[utoipa::path(put, path = "/pools/{name}", tag = "access", request_body = Pool,
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Kept")))]
async fn pool_put(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body { value, .. }: Body<Pool>,
) -> Reply {
    to_its_end(async move {
        same(&name, &value.name)?;
        let _turn = server.edits.lock().await;
        let before = find_pool(&server, &known.actor, &name)?;
        etag::unchanged(&headers, &before.as_ref().map(|row| &row.pool))?;
        server.yard.pool_put(&known.actor, value).await?;
        Ok(done())
    })
    .await
}

/// Removes a pool that no grant is for. Asks for a fresh proof.
#[utoipa::path(delete, path = "/pools/{name}", tag = "access",
    params(("name" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read: 412 when it was changed since")),
    responses((status = 204, description = "Removed")))]
async fn pool_remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Reply {
    to_its_end(async move {
        let _turn = server.edits.lock().await;
        // Looked at only where it is asked for: whoever may remove it need not be one who may see it.
        if headers.contains_key(header::IF_MATCH) {
            let before = find_pool(&server, &known.actor, &name)?;
            etag::unchanged(&headers, &before.as_ref().map(|row| &row.pool))?;
        }
        server.yard.pool_remove(&known.actor, &name).await?;
        Ok(done())
    })
    .await
}
