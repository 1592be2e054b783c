//! Which walls between a container and its engine stay, at each profile.
use super::*;

#[test]
fn which_capabilities_it_has() {
    both(|s| s.privileged = true, &[("privileged", Rule::NotPrivileged)]);
    both(|s| s.cap_add = texts(&["cap_net_bind_service"]), &[]);
    restricted(
        |s| s.cap_add = texts(&["CHOWN"]),
        &[("cap_add", Rule::CapabilityListed)],
    );
    for name in [
        "ALL",
        "all",
        "cap_all",
        "SYS_ADMIN",
        "cap_sys_admin",
        "NET_ADMIN",
        "NET_RAW",
        "BPF",
        "new",
        "",
    ] {
        let spec = ContainerSpec {
            cap_add: texts(&[name]),
            ..modest()
        };
        let found = broken(&spec, Profile::Baseline, &Rules::default());
        assert_eq!(found, [("cap_add", Rule::CapabilityListed)], "{name}");
    }
    let granted = Rules {
        capabilities: texts(&["cap_net_admin", "SYS_ADMIN", "ALL"]),
        ..Rules::default()
    };
    let caps = &[("cap_add", Rule::CapabilityListed)];
    judged(|s| s.cap_add = texts(&["NET_ADMIN"]), &granted, caps, &[]);
    judged(|s| s.cap_add = texts(&["SYS_ADMIN"]), &granted, caps, caps);
    judged(|s| s.cap_add = texts(&["ALL"]), &granted, caps, caps);
    restricted(
        |s| s.cap_drop = texts(&["NET_RAW"]),
        &[("cap_drop", Rule::CapabilitiesDropped)],
    );
    both(|s| s.cap_drop = texts(&["cap_all"]), &[]);
}

#[test]
fn which_security_options_pass() {
    let loosens: &[_] = &[
        ("security_opt", Rule::SecurityTightens),
        ("security_opt", Rule::NoNewPrivileges),
    ];
    for option in [
        "seccomp=unconfined",
        "seccomp:unconfined",
        "apparmor=unconfined",
        "apparmor:unconfined",
        "label=disable",
        "label:disable",
        "disable",
        "systempaths=unconfined",
        "no-new-privileges:false",
        "no-new-privileges=0",
        "writable-cgroups=true",
        "seccomp={}",
        "",
    ] {
        let spec = ContainerSpec {
            security_opt: texts(&[option]),
            ..modest()
        };
        assert_eq!(
            broken(&spec, Profile::Restricted, &Rules::default()),
            loosens,
            "{option}"
        );
        assert_eq!(
            broken(&spec, Profile::Baseline, &Rules::default()),
            loosens[..1],
            "{option}"
        );
    }
    both(
        |s| s.security_opt = texts(&["no-new-privileges", "seccomp=builtin", "apparmor=docker-default"]),
        &[],
    );
    let profiles = Rules {
        apparmor: texts(&["web", "unconfined"]),
        ..Rules::default()
    };
    judged(
        |s| s.security_opt.push(text("apparmor=web")),
        &profiles,
        &loosens[..1],
        &[],
    );
    judged(
        |s| s.security_opt.push(text("apparmor=unconfined")),
        &profiles,
        &loosens[..1],
        &loosens[..1],
    );
}

#[test]
fn what_it_has_for_itself() {
    let sysctl = |name: &str| ContainerSpec {
        sysctls: vec![(text(name), text("1"))],
        ..modest()
    };
    assert_eq!(
        broken(&sysctl("net.ipv4.tcp_syncookies"), Profile::Baseline, &Rules::default()),
        []
    );
    for name in [
        "kernel.core_pattern",
        "net.ipv4.ip_forward",
        "net/ipv4/tcp_syncookies",
        "NET.IPV4.tcp_syncookies",
    ] {
        let found = broken(&sysctl(name), Profile::Baseline, &Rules::default());
        assert_eq!(found, [("sysctls", Rule::SysctlListed)], "{name}");
    }
    restricted(
        |s| s.sysctls = vec![(text("net.ipv4.tcp_syncookies"), text("1"))],
        &[("sysctls", Rule::SysctlListed)],
    );
    both(|s| s.pid_mode = text("host"), &[("pid_mode", Rule::NamespaceOwn)]);
    both(
        |s| s.pid_mode = text("container:web"),
        &[("pid_mode", Rule::NamespaceOwn)],
    );
    for mode in ["host", "shareable", "container:web", "Private", " "] {
        let spec = ContainerSpec {
            ipc_mode: text(mode),
            ..modest()
        };
        let found = broken(&spec, Profile::Baseline, &Rules::default());
        assert_eq!(found, [("ipc_mode", Rule::NamespaceOwn)], "{mode}");
    }
    both(
        |s| (s.ipc_mode, s.cgroupns_mode) = (text("private"), text("private")),
        &[],
    );
    both(|s| s.ipc_mode = text("none"), &[]);
    both(|s| s.uts_mode = text("host"), &[("uts_mode", Rule::NamespaceOwn)]);
    both(|s| s.userns_mode = text("host"), &[("userns_mode", Rule::NamespaceOwn)]);
    both(
        |s| s.cgroupns_mode = text("host"),
        &[("cgroupns_mode", Rule::NamespaceOwn)],
    );
    let runtime: &[_] = &[("runtime", Rule::RuntimeListed)];
    both(|s| s.runtime = text("runc"), runtime);
    let rules = Rules {
        runtimes: texts(&["runsc"]),
        ..Rules::default()
    };
    judged(|s| s.runtime = text("runsc"), &rules, runtime, &[]);
}
