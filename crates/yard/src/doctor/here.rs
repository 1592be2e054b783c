//! What is weak on Shipyard's own machine: its folder and key, its accounts and tokens, its authority.
use super::{Places, ending, finding};
use crate::Yard;
use crate::fault::store_problem;
use shipyard_access::Rights;
use shipyard_model::node::{Finding, Severity};
use shipyard_model::{Engine, Millis, Permission, Problem};
use shipyard_store::{NodeRecord, Store};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const MIB: u64 = 1 << 20;

pub(super) fn server(places: &Places, in_the_clear: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    if in_the_clear {
        found.push(finding(
            Severity::Bad,
            "server-clear",
            "this server",
            "Passwords and sessions cross the network in the clear.",
            "Set --tls-cert and --tls-key, put a proxy with https in front and set --public-url, or listen on loopback.",
        ));
    }
    if open_to_others(&places.data_dir) {
        found.push(finding(
            Severity::Bad,
            "server-folder-open",
            "the data folder",
            format!(
                "Other users of this machine can look into {}.",
                places.data_dir.display()
            ),
            "Run: chmod 700 on it.",
        ));
    }
    if open_to_others(&places.key_file) {
        found.push(finding(
            Severity::Bad,
            "server-key-open",
            "the key file",
            format!(
                "Other users of this machine can read {}, which unseals every key.",
                places.key_file.display()
            ),
            "Run: chmod 400 on it.",
        ));
    }
    found.extend(disk(&places.data_dir));
    found
}

fn open_to_others(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

fn disk(folder: &Path) -> Option<Finding> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let total = disk.f_blocks.saturating_mul(disk.f_frsize).max(1);
    how_full(free, total).map(|severity| {
        let what = format!(
            "The disk of the data folder has {} MiB left of {} MiB.",
            free / MIB,
            total / MIB
        );
        let mend = "Make room, or move the data folder: when the disk is full, nothing can be changed any more.";
        finding(severity, "server-disk", "the data folder", what, mend)
    })
}

/// A small disk by what is left, a large one by its part.
fn how_full(free: u64, total: u64) -> Option<Severity> {
    match free {
        _ if free < 256 * MIB => Some(Severity::Bad),
        _ if free < 1024 * MIB || free < total / 20 && free < 10 * 1024 * MIB => Some(Severity::Warn),
        _ => None,
    }
}

pub(super) fn accounts(yard: &Yard, now: Millis) -> Vec<Finding> {
    let accounts = &yard.inner.accounts;
    let rules = accounts.rules();
    let mut found = Vec::new();
    for record in accounts.all().iter().filter(|record| !record.account.disabled) {
        if record.second_factor.is_some() || !record.passkeys.keys.is_empty() {
            continue;
        }
        let rights = Rights::of(&record.account.grants, &rules);
        let mighty = Permission::ALL
            .into_iter()
            .any(|p| p.needs_proof() && !rights.scope(p).is_empty());
        let severity = if mighty { Severity::Warn } else { Severity::Note };
        found.push(finding(
            severity,
            "account-one-factor",
            format!("account {}", record.account.name),
            "A password alone opens it.",
            "Its owner sets up a passkey or a second factor on the settings page.",
        ));
    }
    for token in accounts.tokens(None) {
        if let Some((_, when)) = ending(token.expires, now) {
            let subject = format!("token {} of {}", token.id, token.account);
            let what = format!("“{}” {when}.", token.description);
            let mend = "Make a new one on the settings page, and revoke this one.";
            found.push(finding(Severity::Note, "token-ends", subject, what, mend));
        }
    }
    found
}

/// The authority's end, and nodes that have not followed to the newest one.
pub(super) async fn nodes(
    store: &Store,
    nodes: &[NodeRecord],
    engines: &[Engine],
    now: Millis,
) -> Result<Vec<Finding>, Problem> {
    let mut found = Vec::new();
    let kept = store.authorities().await.map_err(|e| store_problem(&e))?;
    let Some(newest) = kept.first() else {
        return Ok(found);
    };
    let year = Millis(now.0.saturating_add(365 * super::DAY_MS));
    if shipyard_pki::ends_of(&newest.certificate).is_some_and(|end| end < year) {
        found.push(finding(
            Severity::Warn,
            "authority-ends",
            "the certificate authority",
            "It ends within a year, and no certificate outlives it.",
            "Rotate it: POST /api/v1/authority/rotate.",
        ));
    }
    for node in nodes.iter().filter(|node| node.generation < newest.generation) {
        if let Some(engine) = engines.iter().find(|engine| engine.id == node.engine) {
            found.push(finding(
                Severity::Note,
                "node-behind",
                format!("engine {}", engine.name),
                "It has no certificate of the newest authority yet.",
                "It asks once a day; at once with, on the host: sh /etc/docker/shipyard/node.sh renew.",
            ));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_judged_by_what_is_left() {
        let gib = 1024 * MIB;
        assert_eq!(how_full(100 * MIB, 500 * MIB), Some(Severity::Bad));
        assert_eq!(how_full(900 * MIB, 100 * gib), Some(Severity::Warn));
        assert_eq!(how_full(4 * gib, 100 * gib), Some(Severity::Warn));
        assert_eq!(how_full(6 * gib, 100 * gib), None);
        assert_eq!(how_full(40 * gib, 1000 * gib), None);
    }

    #[test]
    fn what_others_may_read_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        std::fs::write(&file, "x").unwrap();
        let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o400);
        assert!(!open_to_others(&file));
        mode(0o440);
        assert!(open_to_others(&file));
    }
}
