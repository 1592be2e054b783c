//! Faults of the options that few containers need: how they are written, not who may use them.
use super::{MOST_TEXT, fault, in_row, is_shared};
use crate::names;
use shipyard_model::Problem;
use shipyard_model::deploy::{ContainerSpec, DeviceSpec, HealthcheckSpec, TmpfsSpec, UlimitSpec};
use std::collections::HashSet;
use std::net::IpAddr;

/// Everything that is wrong with them.
pub(super) fn check(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    process(spec, problems);
    network(spec, problems);
    storage(spec, problems);
    isolation(spec, problems);
    logging(spec, problems);
}

/// A value that Docker would not understand.
pub(super) fn invalid(option: &str, value: &str) -> Problem {
    let detail = format!("“{value}” is no value for {option}.");
    fault(option, "deploy.option-invalid", detail)
        .arg("option", option)
        .arg("value", value)
}

fn process(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    if spec.entrypoint.iter().any(|part| !is_text(part)) {
        let detail = "A part of the entrypoint is too long or has a NUL in it.";
        problems.push(fault("entrypoint", "deploy.entrypoint-invalid", detail));
    }
    let user = spec.user.trim();
    let is_user = user.split(':').count() <= 2 && user.split(':').all(is_account);
    if !user.is_empty() && !is_user {
        let detail = format!("“{user}” is no user; write a name or a number, with :group after it if need be.");
        problems.push(fault("user", "deploy.user-invalid", detail).arg("value", user));
    }
    for group in spec.group_add.iter().filter(|group| !is_account(group)) {
        problems.push(invalid("group_add", group));
    }
    let folder = spec.working_dir.trim();
    if !folder.is_empty() && !is_path(folder) {
        problems.push(path("working_dir", 0, folder));
    }
    let host = spec.hostname.trim();
    if !host.is_empty() && !is_host(host) {
        let detail = format!("“{host}” is no host name; use letters, digits, '-' and '.'.");
        problems.push(fault("hostname", "deploy.hostname-invalid", detail).arg("value", host));
    }
    let domain = spec.domainname.trim();
    if !domain.is_empty() && !is_host(domain) {
        problems.push(invalid("domainname", domain));
    }
    let signal = spec.stop_signal.trim();
    if !signal
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'))
    {
        problems.push(invalid("stop_signal", signal));
    }
    if let Some(check) = &spec.healthcheck {
        healthcheck(check, problems);
    }
}

fn healthcheck(check: &HealthcheckSpec, problems: &mut Vec<Problem>) {
    let HealthcheckSpec { test, .. } = check;
    let good = match test.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["NONE"] | ["CMD-SHELL", _] => true,
        ["CMD", words @ ..] => !words.is_empty(),
        _ => false,
    };
    if !good || test.iter().any(|part| !is_text(part)) {
        let detail = "A health check is NONE, CMD with a command's words, or CMD-SHELL with one line.";
        problems.push(fault("healthcheck", "deploy.healthcheck-invalid", detail));
    }
}

fn network(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    for (row, (name, to)) in spec.extra_hosts.iter().enumerate() {
        let to = to.trim();
        if !is_host(name) || to != "host-gateway" && to.parse::<IpAddr>().is_err() {
            let detail =
                format!("“{name}:{to}” is no line of a hosts file; write a name, and an address or host-gateway.");
            problems.push(in_row("extra_hosts", "deploy.extra-host-invalid", row, name, detail));
        }
    }
    for server in spec.dns.iter().filter(|it| it.parse::<IpAddr>().is_err()) {
        problems.push(invalid("dns", server));
    }
    for (container, name) in &spec.links {
        if !names::is_valid(container.trim()) || !name.trim().is_empty() && !is_host(name.trim()) {
            problems.push(invalid("links", &format!("{container}:{name}")));
        }
    }
    // A single dot is Docker's word for no domain at all.
    for domain in spec.dns_search.iter().filter(|it| *it != "." && !is_host(it)) {
        problems.push(invalid("dns_search", domain));
    }
}

fn storage(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    for from in &spec.volumes_from {
        let (name, mode) = from.split_once(':').unwrap_or((from, "rw"));
        if !names::is_valid(name) || !matches!(mode, "ro" | "rw") {
            problems.push(invalid("volumes_from", from));
        }
    }
    let mut seen: HashSet<_> = spec.volumes.iter().map(|volume| volume.target.trim()).collect();
    for (row, TmpfsSpec { target, mode, .. }) in spec.tmpfs.iter().enumerate() {
        let target = target.trim();
        if !is_path(target) || target == "/" {
            problems.push(path("tmpfs", row, target));
        } else if !seen.insert(target) {
            let detail = format!("Two volumes are mounted at “{target}”.");
            problems.push(in_row("tmpfs", "deploy.volume-twice", row, target, detail));
        }
        if let Some(mode) = mode.filter(|mode| *mode > 0o7777) {
            problems.push(invalid("tmpfs", &format!("{mode:o}")));
        }
    }
    for (row, device) in spec.devices.iter().enumerate() {
        let DeviceSpec {
            host,
            container,
            permissions,
        } = device;
        for place in [host, container] {
            let missing = place.is_empty() && !std::ptr::eq(place, container);
            if missing || !place.is_empty() && !is_path(place) {
                problems.push(path("devices", row, place));
            }
        }
        if permissions.chars().any(|c| !matches!(c, 'r' | 'w' | 'm')) || permissions.len() > 3 {
            problems.push(invalid("devices", permissions));
        }
    }
}

/// Numbers, and ranges of them, apart by commas, as the kernel's `cpuset(7)` has it.
pub(super) fn is_cpuset(text: &str) -> bool {
    let number = |text: &str| text.parse::<u16>().ok();
    text.split(',').all(|part| match part.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)).is_some_and(|(from, to)| from <= to),
        None => number(part).is_some(),
    })
}

fn isolation(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    for (option, names) in [("cap_add", &spec.cap_add), ("cap_drop", &spec.cap_drop)] {
        let good = |name: &&String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        problems.extend(
            names
                .iter()
                .filter(|name| !good(name))
                .map(|name| invalid(option, name)),
        );
    }
    let bad = |option: &&String| option.trim().is_empty() || !is_text(option);
    problems.extend(
        spec.security_opt
            .iter()
            .filter(bad)
            .map(|it| invalid("security_opt", it)),
    );
    let is_parameter = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
    };
    pairs("sysctls", &spec.sysctls, is_parameter, problems);
    for (option, mode, words, shares) in [
        ("pid_mode", &spec.pid_mode, &["host"][..], true),
        (
            "ipc_mode",
            &spec.ipc_mode,
            &["none", "private", "shareable", "host"],
            true,
        ),
        ("uts_mode", &spec.uts_mode, &["host"], false),
        ("userns_mode", &spec.userns_mode, &["host"], false),
        ("cgroupns_mode", &spec.cgroupns_mode, &["private", "host"], false),
    ] {
        let known = mode.is_empty() || words.contains(&mode.as_str()) || shares && is_shared(mode);
        if !known {
            problems.push(invalid(option, mode));
        }
    }
    if !spec.runtime.is_empty() && !is_word(&spec.runtime) {
        problems.push(invalid("runtime", &spec.runtime));
    }
    let cpuset = spec.cpuset_cpus.trim();
    if !cpuset.is_empty() && !is_cpuset(cpuset) {
        problems.push(invalid("cpuset_cpus", cpuset));
    }
    let mut seen = HashSet::new();
    for (row, UlimitSpec { name, soft, hard }) in spec.ulimits.iter().enumerate() {
        let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase());
        let in_order = *soft >= -1 && *hard >= -1 && (*hard == -1 || *soft != -1 && soft <= hard);
        if !good || !in_order {
            let detail = format!(
                "The limit “{name}” must have a name such as nofile, and its soft value must not be above its hard one."
            );
            problems.push(in_row("ulimits", "deploy.ulimit-invalid", row, name, detail));
        } else if !seen.insert(name) {
            problems.push(twice("ulimits", row, name));
        }
    }
}

fn logging(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let driver = &spec.logging.driver;
    // A plugin has the name of its image.
    let is_driver = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c));
    if !is_driver(driver) {
        problems.push(invalid("logging", driver));
    }
    pairs("logging", &spec.logging.options, is_word, problems);
}

/// Names with values, each name once.
pub(super) fn pairs(
    option: &str,
    all: &[(String, String)],
    is_name: impl Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) {
    let mut seen = HashSet::new();
    for (row, (name, value)) in all.iter().enumerate() {
        if !is_name(name) || !is_text(value) {
            problems.push(invalid(option, name));
        } else if !seen.insert(name) {
            problems.push(twice(option, row, name));
        }
    }
}

pub(super) fn twice(option: &str, row: usize, name: &str) -> Problem {
    let detail = format!("“{name}” is given twice.");
    in_row(option, "deploy.given-twice", row, name, detail)
}

pub(super) fn path(option: &str, row: usize, value: &str) -> Problem {
    let detail = format!("“{value}” is no absolute path, such as /data.");
    in_row(option, "deploy.path-invalid", row, value, detail)
}

pub(super) fn is_text(text: &str) -> bool {
    text.len() <= MOST_TEXT && !text.contains('\0')
}

pub(super) fn is_path(text: &str) -> bool {
    text.starts_with('/') && is_text(text) && !text.contains([':', ','])
}

/// A name or number of a user or group.
fn is_account(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && text
            .chars()
            .all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, ':' | '/'))
}

pub(super) fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.len() <= 63 && !part.starts_with('-') && !part.ends_with('-'))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
}

pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
