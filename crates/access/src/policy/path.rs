//! Paths as an engine will read them, without asking one: by their text alone.

/// What a Linux machine lives by, or what leads to the daemons that own it. Nothing in these may be mounted, nothing that
/// contains one of them, and no rule can open them.
const FORBIDDEN: [&str; 29] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/snap",
    "/sys",
    "/usr",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/lib/rancher",
    "/var/lib/shipyard",
    "/var/lib/systemd",
    "/var/lock",
    "/var/run",
    "/var/snap",
    "/var/spool/at",
    "/var/spool/cron",
    "/opt/containerd",
];

/// An absolute path with one slash between its parts and none at its end; `.` left out and `..` followed. `None` when it is
/// not absolute.
pub(super) fn canonical(path: &str) -> Option<String> {
    let rest = path.strip_prefix('/')?;
    let mut parts = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// Whether a path is written so that all who read it read the same: `..` means something else behind a link, a colon
/// divides Docker's mounts, and what cannot be seen deceives people.
pub(super) fn is_plain(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains([':', '\\', ','])
        && !path.contains(char::is_control)
        && path
            .split('/')
            .all(|part| part.is_empty() || part == "." || !part.ends_with(['.', ' ']) && !part.starts_with(' '))
}

/// Whether `path` is `folder` or in it. Both are canonical.
pub(super) fn is_in(path: &str, folder: &str) -> bool {
    folder == "/"
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a canonical path can never be mounted.
pub(super) fn is_forbidden(path: &str) -> bool {
    // A file system without regard to case is rare on an engine, but it exists.
    let path = path.to_lowercase();
    FORBIDDEN
        .iter()
        .any(|forbidden| is_in(&path, forbidden) || is_in(forbidden, &path))
        || path.split('/').any(|part| part.ends_with(".sock"))
}
