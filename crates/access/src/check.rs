//! What roles, pools and grants must be like before they are kept.
use crate::rights::Rules;
use shipyard_model::{Grant, Narrow, Permission, Pool, Problem, Role};

/// Longest name of an account, role or pool.
const LONGEST: usize = 64;

/// Checks a name of an account, role or pool: it stands in addresses, logs and tables.
///
/// # Errors
/// 422 `access.name` with the field.
pub fn check_name(name: &str, field: &str) -> Result<(), Problem> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    let starts = name.chars().next().is_some_and(char::is_alphanumeric);
    if starts && name.chars().all(good) && name.chars().count() <= LONGEST {
        return Ok(());
    }
    Err(Problem::new(422, "access.name", "This is no name.")
        .hint("Use letters, digits, '.', '_', '-', '@' and '+', at most 64, a letter or digit first.")
        .field(field))
}

/// Checks a role that somebody with `own` permissions makes or changes.
///
/// # Errors
/// 422: its name, no permissions, or a built-in role's name.
pub fn check_role(role: &Role, rules: &Rules) -> Result<(), Problem> {
    check_name(&role.name, "name")?;
    if rules.role(&role.name).is_some_and(|known| known.built_in) {
        return Err(Problem::new(
            422,
            "role.built-in",
            "The roles that come with Shipyard are not changed.",
        )
        .hint("Make a role with another name.")
        .field("name"));
    }
    if role.permissions.iter().all(|p| *p == Permission::OwnAccount) {
        return Err(Problem::new(422, "role.empty", "The role allows nothing.")
            .hint("Choose at least one permission.")
            .field("permissions"));
    }
    Ok(())
}

/// Checks a pool.
///
/// # Errors
/// 422: its name, or no labels.
pub fn check_pool(pool: &Pool) -> Result<(), Problem> {
    check_name(&pool.name, "name")?;
    if pool.engines.is_empty() {
        return Err(
            Problem::new(422, "pool.empty", "A pool needs at least one label of its engines.")
                .hint("Write labels as zone=a; a grant on the whole fleet needs no pool.")
                .field("engines"),
        );
    }
    Ok(())
}

/// Checks that grants name what exists.
///
/// # Errors
/// 422 with field `grants`.
pub fn check_grants(grants: &[Grant], rules: &Rules) -> Result<(), Problem> {
    for grant in grants {
        if rules.role(&grant.role).is_none() {
            return Err(
                Problem::new(422, "grant.role", format!("There is no role “{}”.", grant.role))
                    .arg("role", &grant.role)
                    .field("grants"),
            );
        }
        if let Some(pool) = &grant.pool
            && rules.pool(pool).is_none()
        {
            return Err(Problem::new(422, "grant.pool", format!("There is no pool “{pool}”."))
                .arg("pool", pool)
                .field("grants"));
        }
        let empty = match &grant.narrow {
            None => false,
            Some(Narrow::Stack(stack)) => stack.trim().is_empty(),
            Some(Narrow::Label { key, .. }) => key.trim().is_empty(),
        };
        if empty {
            return Err(Problem::new(
                422,
                "grant.narrow",
                "Say which stack or label the grant is narrowed to.",
            )
            .field("grants"));
        }
    }
    Ok(())
}
