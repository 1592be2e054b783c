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
