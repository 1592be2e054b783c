//! The table of permissions and roles. Whatever is not in it is refused.
use crate::role::BuiltIn;
use shipyard_model::{Permission, Role};
use std::fmt::Write;

/// A line of the table: a permission, its stored name, what it means, and the roles that have it.
struct Line {
    permission: Permission,
    name: &'static str,
    means: &'static str,
    roles: &'static [BuiltIn],
}

use BuiltIn::{Admin, Auditor, Deployer, Observer, Operator, Viewer};

const TABLE: [Line; 16] = [
    Line {
        permission: Permission::FleetView,
        name: "fleet-view",
        means: "See engines, containers and figures of the fleet",
        roles: &[Admin, Operator, Deployer, Viewer, Observer],
    },
    Line {
        permission: Permission::ContainerLogs,
        name: "container-logs",
        means: "Read logs of containers",
        roles: &[Admin, Operator, Deployer, Viewer],
    },
    Line {
        permission: Permission::ContainerInspect,
        name: "container-inspect",
        means: "Inspect a container, the values of its environment hidden",
        roles: &[Admin, Operator, Deployer, Viewer],
    },
    Line {
        permission: Permission::ContainerSecrets,
        name: "container-secrets",
        means: "Inspect a container with the values of its environment",
        roles: &[Admin, Operator],
    },
    Line {
        permission: Permission::ContainerExec,
        name: "container-exec",
        means: "Run commands inside containers",
        roles: &[Admin, Operator],
    },
    Line {
        permission: Permission::ContainerOperate,
        name: "container-operate",
        means: "Start, stop, restart, pause, unpause and kill containers",
        roles: &[Admin, Operator, Deployer],
    },
    Line {
        permission: Permission::ContainerRemove,
        name: "container-remove",
        means: "Remove containers",
        roles: &[Admin, Operator],
    },
    Line {
        permission: Permission::Deploy,
        name: "deploy",
        means: "Plan and make deploys",
        roles: &[Admin, Operator, Deployer],
    },
    Line {
        permission: Permission::EngineManage,
        name: "engine-manage",
        means: "Add, edit, try and remove engines",
        roles: &[Admin],
    },
    Line {
        permission: Permission::EngineRetry,
        name: "engine-retry",
        means: "Try an engine that is down at once",
        roles: &[Admin, Operator, Deployer],
    },
    Line {
        permission: Permission::AccessView,
        name: "access-view",
        means: "See accounts, roles, pools, grants and tokens",
        roles: &[Admin, Auditor],
    },
    Line {
        permission: Permission::AccountManage,
        name: "account-manage",
        means: "Create, invite, disable and remove accounts; revoke tokens",
        roles: &[Admin],
    },
    Line {
        permission: Permission::GrantManage,
        name: "grant-manage",
        means: "Change roles, pools and grants",
        roles: &[Admin],
    },
    Line {
        permission: Permission::ActivityRead,
        name: "activity-read",
        means: "Read and export what people did and what Docker reported",
        roles: &[Admin, Auditor],
    },
    Line {
        permission: Permission::HookManage,
        name: "hook-manage",
        means: "Make, change and remove hooks, which send activity to other programs",
        roles: &[Admin],
    },
    Line {
        permission: Permission::OwnAccount,
        name: "own-account",
        means: "Change one's own password, second factor, passkeys, tokens and preferences, end one's own sessions, and read what one did",
        roles: &[Admin, Operator, Deployer, Viewer, Observer, Auditor],
    },
];

/// Whether a role has a permission.
pub fn allows(role: BuiltIn, permission: Permission) -> bool {
    TABLE
        .iter()
        .any(|line| line.permission == permission && line.roles.contains(&role))
}

/// All permissions of a role, in the table's order.
pub fn permissions(role: BuiltIn) -> Vec<Permission> {
    let has = |line: &&Line| line.roles.contains(&role);
    TABLE.iter().filter(has).map(|line| line.permission).collect()
}

/// The built-in roles as data, the most powerful first.
pub fn built_in() -> Vec<Role> {
    BuiltIn::ALL
        .into_iter()
        .map(|role| Role {
            name: role.name().to_owned(),
            meaning: role.meaning().to_owned(),
            permissions: permissions(role),
            built_in: true,
        })
        .collect()
}

/// The table as the Markdown of `docs/authorization.md`.
pub fn render() -> String {
    let mut text = String::from(
        "# Who may do what\n\n\
         <!-- Rendered from crates/access/src/table.rs; `SHIPYARD_BLESS=1 cargo test -p shipyard-access` writes it anew. -->\n\n\
         An account is granted roles, each on the whole fleet or on a pool of engines, and perhaps narrowed to the\n\
         containers of a stack or with a label. Every use case asks for a permission, on the server, in one place\n\
         (`crates/yard/src/gate.rs`); two ask for another one besides: who makes a webhook key may deploy and has an account\n\
         of their own, and who makes a hook may read the activity that it sends. A page hides what its account may not do.\n\
         Whatever is not in this table is refused, and what is out of scope answers as if it did not exist. Permissions\n\
         marked *global* are of Shipyard itself: they hold only where a role is granted on the whole fleet. Those marked *proof*\n\
         ask for a password or second factor that was given within the last ten minutes, and no token has them. Custom roles are\n\
         made of the same permissions.\n\n",
    );
    for role in BuiltIn::ALL {
        let _ = writeln!(text, "- **{role}**: {}", role.meaning());
    }
    text.push_str("\n| Permission | Means |");
    for role in BuiltIn::ALL {
        let _ = write!(text, " {role} |");
    }
    text.push_str("\n|---|---|");
    text.push_str(&":-:|".repeat(BuiltIn::ALL.len()));
    for line in &TABLE {
        let marks = match (line.permission.is_global(), line.permission.needs_proof()) {
            (true, true) => " *(global, proof)*",
            (true, false) => " *(global)*",
            (false, true) => " *(proof)*",
            (false, false) => "",
        };
        let _ = write!(text, "\n| `{}` | {}{marks} |", line.name, line.means);
        for role in BuiltIn::ALL {
            text.push_str(if allows(role, line.permission) {
                " yes |"
            } else {
                " – |"
            });
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_one_line_under_its_own_name() {
        for permission in Permission::ALL {
            let lines: Vec<_> = TABLE.iter().filter(|line| line.permission == permission).collect();
            assert_eq!(lines.len(), 1, "{permission:?}");
            assert_eq!(
                serde_json::to_string(&permission).unwrap(),
                format!("\"{}\"", lines[0].name)
            );
        }
        assert_eq!(TABLE.len(), Permission::ALL.len());
    }

    #[test]
    fn an_administrator_may_do_all_and_nobody_more_than_the_role_above() {
        assert_eq!(permissions(Admin), Permission::ALL);
        for pair in [[Admin, Operator], [Operator, Deployer], [Viewer, Observer]] {
            for permission in permissions(pair[1]) {
                assert!(allows(pair[0], permission), "{permission:?}");
            }
        }
        for permission in [
            Permission::GrantManage,
            Permission::AccountManage,
            Permission::EngineManage,
            Permission::ContainerSecrets,
            Permission::ContainerExec,
            Permission::ContainerOperate,
            Permission::Deploy,
        ] {
            assert!(!allows(Viewer, permission) && !allows(Observer, permission) && !allows(Auditor, permission));
        }
    }

    #[test]
    fn names_read_back() {
        for role in BuiltIn::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert!("Admin".parse::<BuiltIn>().is_err());
    }

    #[test]
    fn the_document_is_the_table() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/authorization.md");
        if std::env::var_os("SHIPYARD_BLESS").is_some() {
            std::fs::write(file, render()).unwrap();
        }
        let written = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(
            written,
            render(),
            "write it anew with SHIPYARD_BLESS=1 cargo test -p shipyard-access"
        );
    }
}
