//! Accounts and roles.
use super::Given;
use super::fault::Fault;
use super::shapes::{Account, NewAccount, Role};
use crate::api::to_its_end;
use crate::guards::SignedIn;
use crate::state::Server;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use shipyard_model::{Grant, Permission, Problem};

/// The original's second role, which may do everything with containers and engines: an operator here.
const USER: (&str, &str) = ("user", "operator");

type Reply = Result<Response, Fault>;

fn named(name: &str) -> Role {
    let name = if name == USER.1 { USER.0 } else { name };
    Role {
        id: name.to_owned(),
        name: name.to_owned(),
    }
}

/// By what name we know a role of the original's.
fn ours(name: &str) -> &str {
    if name == USER.0 { USER.1 } else { name }
}

/// Accounts by name, without their passwords' hashes.
pub(super) async fn list(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    let rows = server.yard.access(&known.actor)?.accounts;
    let account = |row: shipyard_model::access::AccountRow| {
        let whole = row.grants.iter().find(|grant| grant.pool.is_none());
        Account {
            role: whole.map(|grant| named(&grant.role)).unwrap_or_default(),
            id: row.name.clone(),
            username: row.name,
        }
    };
    Ok(Json(rows.into_iter().map(account).collect::<Vec<_>>()).into_response())
}

/// Makes an account with a first password, or gives one that is there a new password.
pub(super) async fn put(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(new): Given<NewAccount>,
) -> Reply {
    to_its_end(async move {
        let role = new
            .role
            .map(|role| if role.name.is_empty() { role.id } else { role.name });
        let role = role.filter(|role| !role.is_empty());
        let grants = role
            .map(|role| vec![Grant::everywhere(ours(&role))])
            .unwrap_or_default();
        let yard = &server.yard;
        yard.account_give_password(&known.actor, &new.username, &new.password, grants)
            .await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// An account by its name.
#[derive(Deserialize)]
pub(super) struct Named {
    username: String,
}

/// Removes an account.
pub(super) async fn remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(named): Given<Named>,
) -> Reply {
    to_its_end(async move {
        server.yard.account_remove(&known.actor, &named.username).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

fn all_roles(server: &Server, known: &crate::guards::Known) -> Result<Vec<Role>, Problem> {
    let roles = server.yard.access(&known.actor)?.roles;
    let mut roles: Vec<_> = roles.iter().map(|role| named(&role.name)).collect();
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(roles)
}

/// Roles by name.
pub(super) async fn roles(State(server): State<Server>, SignedIn(known): SignedIn) -> Reply {
    Ok(Json(all_roles(&server, &known)?).into_response())
}

/// One role.
pub(super) async fn role(State(server): State<Server>, SignedIn(known): SignedIn, Path(name): Path<String>) -> Reply {
    let found = all_roles(&server, &known)?.into_iter().find(|role| role.name == name);
    let role = found.ok_or_else(|| Problem::not_found("role", &name))?;
    Ok(Json(role).into_response())
}

/// Makes a role that may see the fleet and no more: the original's allowed nothing, which is no role here. What else it
/// allows is said by `/api/v1/roles`.
pub(super) async fn role_put(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(role): Given<Role>,
) -> Reply {
    to_its_end(async move {
        let role = shipyard_model::Role {
            name: role.name,
            meaning: "Made by the original's API".to_owned(),
            permissions: vec![Permission::FleetView],
            built_in: false,
        };
        server.yard.role_put(&known.actor, role).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// Removes a role.
pub(super) async fn role_remove(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Given(role): Given<Role>,
) -> Reply {
    to_its_end(async move {
        let name = if role.id.is_empty() { role.name } else { role.id };
        server.yard.role_remove(&known.actor, ours(&name)).await?;
        Ok(StatusCode::OK.into_response())
    })
    .await
}
