//! Capabilities by name, and what each set of them is worth.

/// Those that Docker gives without being asked and that Kubernetes' baseline lets one ask for.
/// <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>
const USUAL: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Those that a pool's rules may add: they reach no further than the container's own namespaces and limits. All others
/// (`SYS_ADMIN`, `SYS_MODULE`, `SYS_PTRACE`, `BPF`, …) lead to the machine and take the profile privileged.
const GRANTABLE: [&str; 4] = ["IPC_LOCK", "NET_ADMIN", "NET_BROADCAST", "NET_RAW"];

/// As Docker reads it: without regard to case, with or without `CAP_`. What is left is upper case of ASCII only, so that no
/// other letter passes for one.
pub(super) fn normal(name: &str) -> String {
    let name = name.trim().to_ascii_uppercase();
    name.strip_prefix("CAP_").map_or(name.clone(), str::to_owned)
}

/// Whether the restricted profile may add it.
pub(super) fn is_harmless(normal: &str) -> bool {
    normal == "NET_BIND_SERVICE"
}

/// Whether the baseline profile may add it, with a pool's further ones.
pub(super) fn is_usual(normal: &str, further: &[String]) -> bool {
    USUAL.contains(&normal)
        || GRANTABLE.contains(&normal) && further.iter().any(|granted| self::normal(granted) == normal)
}
