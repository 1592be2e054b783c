//! Who may do what where: roles and grants.
use super::accounts;
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Exit, Failure, Outcome};
use crate::out::table::{Cell, Column, Tabled, column, wide};
use crate::out::{self, Out, escape};
use crate::{follow, http};
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::{Grant, Narrow, Permission, Role};

/// Help of `roles`.
pub const ROLES_HELP: &str = "\
Examples:
  shipyard roles -o wide
  shipyard roles set restarter --permission fleet-view --permission container-operate";
/// Help of `grants`.
pub const GRANTS_HELP: &str = "\
A grant is a role on the whole fleet (operator), on a pool (operator@web), or on the containers of a stack or with a label
(operator@web:stack=shop, viewer@:label=team=blue).

Examples:
  shipyard grants
  shipyard grants add ann operator@web viewer
  shipyard grants set ann viewer";

/// Reads a grant: `role`, `role@pool`, `role@pool:stack=NAME`, `role@:label=KEY=VALUE`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn grant(text: &str) -> Result<Grant, String> {
    let want =
        || format!("“{text}” is no grant: write role, role@pool, role@pool:stack=NAME or role@pool:label=KEY=VALUE");
    let (role, place) = text.split_once('@').unwrap_or((text, ""));
    let (pool, narrow) = place.split_once(':').unwrap_or((place, ""));
    let narrow = match narrow.split_once('=') {
        None if narrow.is_empty() => None,
        Some(("stack", stack)) if !stack.is_empty() => Some(Narrow::Stack(stack.to_owned())),
        Some(("label", label)) => {
            let (key, value) = label.split_once('=').ok_or_else(want)?;
            Some(Narrow::Label {
                key: key.to_owned(),
                value: value.to_owned(),
            })
        }
        _ => return Err(want()),
    };
    if role.is_empty() {
        return Err(want());
    }
    Ok(Grant {
        role: role.to_owned(),
        pool: Some(pool.to_owned()).filter(|pool| !pool.is_empty()),
        narrow,
    })
}

/// A grant as [`grant`] reads it.
pub fn written(grant: &Grant) -> String {
    let narrow = match &grant.narrow {
        None => String::new(),
        Some(Narrow::Stack(stack)) => format!(":stack={stack}"),
        Some(Narrow::Label { key, value }) => format!(":label={key}={value}"),
    };
    match (&grant.pool, narrow.is_empty()) {
        (None, true) => grant.role.clone(),
        (pool, _) => format!("{}@{}{narrow}", grant.role, pool.as_deref().unwrap_or_default()),
    }
}

/// Whether the role is there. The original's `user`, who did everything but accounts and keys, is today's operator.
///
/// # Errors
/// When it is not; the roles that there are are named.
pub fn known_role(grant: &mut Grant, roles: &[Role]) -> Outcome {
    let is = |name: &str| roles.iter().any(|role| role.name == name);
    if !is(&grant.role) && grant.role == "user" && is("operator") {
        grant.role = "operator".to_owned();
    }
    if is(&grant.role) {
        return Ok(());
    }
    let names: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
    Err(
        Failure::new(Exit::NotFound, format!("There is no role “{}”.", grant.role))
            .hint(format!("There are: {}", names.join(", "))),
    )
}

/// `roles`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Roles {
    #[command(subcommand)]
    verb: Option<RoleVerb>,
    #[command(flatten)]
    listing: Listing,
}

#[derive(Debug, clap::Subcommand)]
enum RoleVerb {
    /// Show a role
    Show {
        /// Its name
        name: String,
    },
    /// Make a role, or change one
    Set {
        /// Its name
        name: String,
        /// For whom it is, in a few words
        #[arg(long, default_value = "")]
        meaning: String,
        /// What it allows: fleet-view, container-logs, container-operate, deploy, …
        #[arg(long, value_name = "PERMISSION", required = true, value_delimiter = ',', value_parser = permission)]
        permission: Vec<Permission>,
    },
    /// Remove roles
    #[command(visible_alias = "rm")]
    Remove {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
}

fn permission(text: &str) -> Result<Permission, String> {
    serde_json::from_value(json!(text)).map_err(|_| {
        let all: Vec<String> = Permission::ALL.iter().map(word).collect();
        format!("there is no permission “{text}”; there are {}", all.join(", "))
    })
}

fn word(permission: &Permission) -> String {
    let value = serde_json::to_value(permission).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[derive(Serialize)]
#[serde(transparent)]
struct ShownRole(Role);

impl Tabled for ShownRole {
    const COLUMNS: &'static [Column] = &[
        column("Name"),
        column("Built In"),
        column("Meaning"),
        wide("Permissions"),
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.0.name.clone().into(),
            if self.0.built_in { "yes" } else { "no" }.into(),
            self.0.meaning.clone().into(),
            self.0.permissions.iter().map(word).collect::<Vec<_>>().join(",").into(),
        ]
    }

    fn name(&self) -> String {
        self.0.name.clone()
    }
}

/// Lists roles, or does something with one.
///
/// # Errors
/// When the server refuses.
pub async fn roles(api: &Api, out: &Out, args: &Roles) -> Outcome {
    let path = |name: &str| format!("/api/v1/roles/{}", http::piece(name));
    match &args.verb {
        None => follow::list(api, out, "/api/v1/roles", &[], &args.listing, ShownRole).await,
        Some(RoleVerb::Show { name }) => out.data(&api.get::<Role>(path(name)).await?),
        Some(RoleVerb::Set {
            name,
            meaning,
            permission,
        }) => {
            let role = Role {
                name: name.clone(),
                meaning: meaning.clone(),
                permissions: permission.clone(),
                built_in: false,
            };
            api.act(Method::PUT, path(name), Some(&json!(role))).await?;
            out::print(&format!("set {}\n", escape::line(name)))
        }
        Some(RoleVerb::Remove { names }) => {
            for name in names {
                api.act(Method::DELETE, path(name), None).await?;
                out::print(&format!("removed {}\n", escape::line(name)))?;
            }
            Ok(())
        }
    }
}

/// What all accounts were given.
async fn all_grants(api: &Api) -> Outcome<Vec<ShownGrant>> {
    let rows = accounts::all(api).await?.into_iter().flat_map(|row| {
        let account = row.name;
        row.grants.into_iter().map(move |grant| ShownGrant {
            account: account.clone(),
            grant,
        })
    });
    Ok(rows.collect())
}

/// `grants`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Grants {
    #[command(subcommand)]
    verb: Option<GrantVerb>,
    #[command(flatten)]
    listing: Listing,
}

#[derive(Debug, clap::Subcommand)]
enum GrantVerb {
    /// Give an account more
    Add(Change),
    /// Take grants from an account
    #[command(visible_alias = "rm")]
    Remove(Change),
    /// Give an account this, in place of all that it has
    Set(Change),
}

#[derive(Debug, clap::Args)]
struct Change {
    /// Name of the account
    account: String,
    /// Grants: role, role@pool, role@pool:stack=NAME
    #[arg(required = true, value_parser = grant)]
    grants: Vec<Grant>,
}

/// A grant of an account in a table.
#[derive(Serialize)]
struct ShownGrant {
    account: String,
    grant: Grant,
}

impl Tabled for ShownGrant {
    const COLUMNS: &'static [Column] = &[
        column("Username"),
        column("Role"),
        column("Pool"),
        column("Narrowed To"),
    ];

    fn cells(&self) -> Vec<Cell> {
        let narrow = match &self.grant.narrow {
            None => "-".to_owned(),
            Some(Narrow::Stack(stack)) => format!("stack={stack}"),
            Some(Narrow::Label { key, value }) => format!("label={key}={value}"),
        };
        vec![
            self.account.clone().into(),
            self.grant.role.clone().into(),
            self.grant.pool.clone().unwrap_or_else(|| "-".to_owned()).into(),
            narrow.into(),
        ]
    }

    fn name(&self) -> String {
        format!("{} {}", self.account, written(&self.grant))
    }
}

/// Lists grants, or changes an account's.
///
/// # Errors
/// When the server refuses.
pub async fn grants(api: &Api, out: &Out, args: &Grants) -> Outcome {
    let (change, kind) = match &args.verb {
        None => {
            return follow::made(out, &args.listing, async || all_grants(api).await).await;
        }
        Some(GrantVerb::Add(change)) => (change, "add"),
        Some(GrantVerb::Remove(change)) => (change, "remove"),
        Some(GrantVerb::Set(change)) => (change, "set"),
    };
    let (row, mark) = accounts::find(api, &change.account).await?;
    let mut grants = if kind == "set" { Vec::new() } else { row.grants };
    for grant in &change.grants {
        let there = grants.iter().position(|known| known == grant);
        match (kind, there) {
            ("remove", Some(at)) => drop(grants.remove(at)),
            ("remove", None) => {
                return Err(Failure::new(
                    Exit::NotFound,
                    format!("“{}” has no grant {}.", row.name, written(grant)),
                ));
            }
            (_, None) => grants.push(grant.clone()),
            _ => {}
        }
    }
    accounts::put_grants(api, &row.name, &grants, mark).await?;
    let all: Vec<String> = grants.iter().map(written).collect();
    out::print(&format!(
        "{}: {}\n",
        escape::line(&row.name),
        escape::line(&all.join(", "))
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn grants_are_read_as_they_are_written() {
        for text in [
            "viewer",
            "viewer@web",
            "viewer@web:stack=shop",
            "viewer@:label=team=blue",
            "a@b:label=k=",
        ] {
            assert_eq!(grant(text).map(|grant| written(&grant)), Ok(text.to_owned()));
        }
        for bad in [
            "",
            "@web",
            "a@b:",
            "a@b:stack",
            "a@b:stack=",
            "a@b:zone=a",
            "a@b:label=k",
        ] {
            assert!(grant(bad).is_err() || bad == "a@b:", "{bad}");
        }
    }

    #[test]
    fn the_originals_user_is_an_operator() {
        let role = |name: &str| Role {
            name: name.to_owned(),
            meaning: String::new(),
            permissions: Vec::new(),
            built_in: true,
        };
        let mut user = Grant::everywhere("user");
        known_role(&mut user, &[role("admin"), role("operator")]).unwrap();
        assert_eq!(user.role, "operator");
        let failure = known_role(&mut Grant::everywhere("boss"), &[role("admin")]).unwrap_err();
        assert_eq!(
            (failure.exit, failure.hint.as_str()),
            (Exit::NotFound, "There are: admin")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            if let Ok(read) = grant(&text) {
                prop_assert_eq!(grant(&written(&read)), Ok(read));
            }
        }
    }
}
