//! What a profile fills in where a specification says nothing, so that people need not know all that it asks.
use super::isolation::NO_NEW_PRIVILEGES;
use super::process::LIMITABLE;
use super::rules::MOST_PIDS;
use super::{Profile, Rules, capability};
use shipyard_model::spec::ContainerSpec;

/// The specification with the profile's defaults. Nothing that was said is changed: what is said and not allowed stays for
/// [`check`](super::check) to refuse. Doing it twice does no more than once.
#[must_use]
pub fn harden(spec: &ContainerSpec, profile: Profile, rules: &Rules) -> ContainerSpec {
    let mut spec = spec.clone();
    if profile == Profile::Privileged {
        return spec;
    }
    if spec.pids_limit == 0 {
        spec.pids_limit = if rules.most_pids == 0 {
            MOST_PIDS
        } else {
            rules.most_pids
        };
    }
    if let Some(address) = rules.host_ips.first() {
        for port in spec.ports.iter_mut().filter(|port| port.host_ip.trim().is_empty()) {
            port.host_ip = address.to_string();
        }
    }
    if profile == Profile::Restricted {
        restrict(&mut spec);
    }
    spec
}

/// What a specification has that the one it was made from has not, as options of `docker run`, for people to see before
/// anything happens.
#[must_use]
pub fn added(asked: &ContainerSpec, sent: &ContainerSpec) -> Vec<String> {
    let mut added = Vec::new();
    let mut say = |changed: bool, option: &str, value: &str| {
        if changed {
            added.push(format!("--{option} {value}"));
        }
    };
    for name in &sent.cap_drop {
        say(!asked.cap_drop.contains(name), "cap-drop", name);
    }
    for option in &sent.security_opt {
        say(!asked.security_opt.contains(option), "security-opt", option);
    }
    let pids = sent.pids_limit.to_string();
    say(asked.pids_limit != sent.pids_limit, "pids-limit", &pids);
    say(asked.ipc_mode != sent.ipc_mode, "ipc", &sent.ipc_mode);
    say(
        asked.cgroupns_mode != sent.cgroupns_mode,
        "cgroupns",
        &sent.cgroupns_mode,
    );
    let log = &sent.logging;
    say(asked.logging.driver != log.driver, "log-driver", &log.driver);
    for (key, value) in &log.options {
        let new = !asked.logging.options.iter().any(|(known, _)| known == key);
        say(new, "log-opt", &format!("{key}={value}"));
    }
    for (port, before) in sent.ports.iter().zip(&asked.ports) {
        let host = port.host.map(|host| host.to_string()).unwrap_or_default();
        let published = format!("{}:{host}:{}", port.host_ip, port.container);
        say(port.host_ip != before.host_ip, "publish", &published);
    }
    added
}

fn restrict(spec: &mut ContainerSpec) {
    if !spec.cap_drop.iter().any(|name| capability::normal(name) == "ALL") {
        spec.cap_drop.push("ALL".to_owned());
    }
    let said = |option: &String| option.trim().to_ascii_lowercase().starts_with("no-new-privileges");
    if !spec.security_opt.iter().any(said) {
        spec.security_opt
            .extend(NO_NEW_PRIVILEGES.first().map(|option| (*option).to_owned()));
    }
    for mode in [&mut spec.ipc_mode, &mut spec.cgroupns_mode] {
        if mode.is_empty() {
            mode.push_str("private");
        }
    }
    let log = &mut spec.logging;
    // Docker's own default, whose files grow without end unless told otherwise.
    if log.driver.is_empty() {
        log.driver = "json-file".to_owned();
    }
    if LIMITABLE.contains(&log.driver.as_str()) && !log.options.iter().any(|(key, _)| key == "max-size") {
        log.options.push(("max-size".to_owned(), "10m".to_owned()));
        if !log.options.iter().any(|(key, _)| key == "max-file") {
            log.options.push(("max-file".to_owned(), "3".to_owned()));
        }
    }
}
