//! Checks of a deploy that need no engine: each fault has its own sentence and names the field.
use crate::names;
use shipyard_model::container::LABELS_OWN;
use shipyard_model::deploy::{ContainerSpec, Copies, DeployRequest, EndpointSpec, RestartPolicy};
use shipyard_model::{Bytes, Cpus, Problem};
use std::collections::HashSet;
use std::fmt::Display;

mod limits;
mod networks;
mod options;
mod place;
mod storage;

/// Most copies of one deploy.
pub const MOST_COPIES: u16 = 500;
/// The least memory that Docker takes as a limit.
pub const LEAST_MEMORY: Bytes = Bytes::mib(6);
/// The least CPU time that Docker takes as a limit.
const LEAST_CPUS: Cpus = Cpus::from_nanos(10_000_000);
/// Most entries of each list of a spec, and most bytes of one text.
const MOST_ENTRIES: usize = 500;
const MOST_TEXT: usize = 32 * 1024;

fn fault(field: &str, code: &str, detail: impl Into<String>) -> Problem {
    Problem::new(422, code, detail).field(field)
}

fn in_row(field: &str, code: &str, row: usize, value: impl Display, detail: String) -> Problem {
    fault(field, code, detail).arg("row", row + 1).arg("value", value)
}

/// That a deploy would make more copies than one may.
pub(crate) fn too_many_copies() -> Problem {
    let detail = format!("One deploy makes at most {MOST_COPIES} copies.");
    fault("copies", "deploy.too-many-copies", detail).arg("most", MOST_COPIES)
}

/// Everything that is wrong with a request by itself; empty when nothing is.
pub fn request(request: &DeployRequest) -> Vec<Problem> {
    let mut problems = spec(&request.spec);
    match request.copies {
        Copies::Total(0) => problems.push(fault("copies", "deploy.no-copies", "Ask for at least one copy.")),
        Copies::Total(copies) if copies > MOST_COPIES => problems.push(too_many_copies()),
        Copies::Total(_) | Copies::EachEngine | Copies::Daemon => {}
    }
    place::request(request, &mut problems);
    problems
}

/// Everything that is wrong with a container's spec.
pub fn spec(spec: &ContainerSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    let image = spec.image.trim();
    if image.is_empty() {
        problems.push(fault("image", "deploy.image-empty", "Say which image shall run."));
    } else if !is_image(image) {
        let detail =
            format!("“{image}” is no image reference; write one such as nginx:1.27 or registry.example/team/web.");
        problems.push(fault("image", "deploy.image-invalid", detail).arg("value", image));
    }
    let name = spec.name.trim();
    if !name.is_empty() && !names::is_valid(name) {
        let detail = format!(
            "“{name}” is no container name; use 2 to 128 letters, digits, '_', '.' or '-', and start with a letter or digit."
        );
        problems.push(fault("name", "deploy.name-invalid", detail).arg("value", name));
    }
    if spec.cpus != Cpus::ZERO && spec.cpus < LEAST_CPUS {
        problems.push(fault(
            "cpus",
            "deploy.cpus-too-few",
            "Docker's least reservation is 0.01 CPUs.",
        ));
    }
    if spec.memory != Bytes::ZERO && spec.memory < LEAST_MEMORY {
        problems.push(
            fault(
                "memory",
                "deploy.memory-too-little",
                format!("Docker needs at least {LEAST_MEMORY} of memory."),
            )
            .arg("least", LEAST_MEMORY),
        );
    }
    if let RestartPolicy::OnFailure(times) = spec.restart
        && i32::try_from(times).is_err()
    {
        problems.push(fault(
            "restart",
            "deploy.restart-too-often",
            "That many restarts are more than Docker counts.",
        ));
    }
    let network = spec.network.trim();
    if !network.is_empty() && !names::is_valid(network) && !is_shared(network) {
        let detail = format!("“{network}” is no network name.");
        problems.push(fault("network", "deploy.network-invalid", detail).arg("value", network));
    }
    if spec
        .command
        .iter()
        .any(|part| part.contains('\0') || part.len() > MOST_TEXT)
    {
        problems.push(fault(
            "command",
            "deploy.command-invalid",
            "A part of the command is too long or has a NUL in it.",
        ));
    }
    lists(spec, &mut problems);
    options::check(spec, &mut problems);
    networks::check(spec, &mut problems);
    limits::check(spec, &mut problems);
    storage::check(spec, &mut problems);
    problems
}

/// `container:NAME`, wherever something of another container's can be used.
fn is_shared(mode: &str) -> bool {
    mode.strip_prefix("container:")
        .is_some_and(|name| !name.is_empty() && !name.contains(char::is_whitespace))
}

/// Lists that are too long to be looked at, whatever is in them.
pub fn lengths(spec: &ContainerSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (field, length) in [
        ("command", spec.command.len()),
        ("env", spec.env.len()),
        ("ports", spec.ports.len()),
        ("volumes", spec.volumes.len()),
        ("labels", spec.labels.len()),
        ("entrypoint", spec.entrypoint.len()),
        ("group_add", spec.group_add.len()),
        ("extra_hosts", spec.extra_hosts.len()),
        ("dns", spec.dns.len()),
        ("dns_search", spec.dns_search.len()),
        ("links", spec.links.len()),
        ("volumes_from", spec.volumes_from.len()),
        ("tmpfs", spec.tmpfs.len()),
        ("ulimits", spec.ulimits.len()),
        ("cap_add", spec.cap_add.len()),
        ("cap_drop", spec.cap_drop.len()),
        ("security_opt", spec.security_opt.len()),
        ("devices", spec.devices.len()),
        ("sysctls", spec.sysctls.len()),
        ("logging", spec.logging.options.len()),
        ("expose", spec.expose.len()),
        ("endpoint", most_of(std::iter::once(&spec.endpoint))),
        (
            "networks",
            spec.networks
                .len()
                .max(most_of(spec.networks.iter().map(|it| &it.endpoint))),
        ),
        ("dns_options", spec.dns_options.len()),
        ("storage_opt", spec.storage_opt.len()),
        ("blkio_devices", spec.blkio_devices.len()),
        ("device_requests", spec.device_requests.len()),
        ("device_cgroup_rules", spec.device_cgroup_rules.len()),
        ("annotations", spec.annotations.len()),
    ] {
        if length > MOST_ENTRIES {
            let detail = format!("At most {MOST_ENTRIES} entries are taken here.");
            problems.push(fault(field, "deploy.too-many-entries", detail).arg("most", MOST_ENTRIES));
        }
    }
    problems
}

fn lists(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    problems.extend(lengths(spec));
    env(spec, problems);
    ports(spec, problems);
    volumes(spec, problems);
    labels(spec, problems);
}

/// Length of the longest list of what a container is in its networks.
fn most_of<'e>(endpoints: impl Iterator<Item = &'e EndpointSpec>) -> usize {
    let longest = |it: &EndpointSpec| it.aliases.len().max(it.link_local.len()).max(it.options.len());
    endpoints.map(longest).max().unwrap_or_default()
}

fn env(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (row, (key, value)) in spec.env.iter().enumerate() {
        if key.is_empty() {
            let detail = "An environment variable has no name.".to_owned();
            problems.push(in_row("env", "deploy.env-no-name", row, key, detail));
        } else if key.contains(['=', '\0']) {
            let detail = format!("The environment variable “{key}” has a character in its name that none can have.");
            problems.push(in_row("env", "deploy.env-name-invalid", row, key, detail));
        } else if !seen.insert(key) {
            let detail = format!("The environment variable “{key}” is given twice.");
            problems.push(in_row("env", "deploy.env-twice", row, key, detail));
        } else if value.contains('\0') || value.len() > MOST_TEXT {
            let detail = format!("The value of “{key}” is too long or has a NUL in it.");
            problems.push(in_row("env", "deploy.env-value-invalid", row, key, detail));
        }
    }
}

fn ports(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (row, port) in spec.ports.iter().enumerate() {
        if port.container == 0 {
            let detail = "A port in the container is a number from 1 to 65535.".to_owned();
            problems.push(in_row("ports", "deploy.port-zero", row, 0, detail));
        }
        if port.host == Some(0) {
            let detail = "A port on the engine is a number from 1 to 65535, or nothing for any free one.".to_owned();
            problems.push(in_row("ports", "deploy.host-port-zero", row, 0, detail));
        } else if let Some(host) = port.host
            && !seen.insert((port.host_ip.trim(), host, port.protocol))
        {
            let detail = format!("Port {host}/{} of the engine is published twice.", port.protocol.word());
            problems
                .push(in_row("ports", "deploy.port-twice", row, host, detail).arg("protocol", port.protocol.word()));
        }
        let ip = port.host_ip.trim();
        if !ip.is_empty() && ip.parse::<std::net::IpAddr>().is_err() {
            let detail = format!("“{ip}” is no IP address to publish a port on.");
            problems.push(in_row("ports", "deploy.port-address-invalid", row, ip, detail));
        }
    }
}

fn volumes(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (row, volume) in spec.volumes.iter().enumerate() {
        let (source, target) = (volume.source.trim(), volume.target.trim());
        if !target.starts_with('/') || target == "/" || target.contains(['\0', ':']) {
            let detail =
                format!("“{target}” is no place to mount at; write an absolute path in the container such as /data.");
            problems.push(in_row("volumes", "deploy.volume-target-invalid", row, target, detail));
        } else if !seen.insert(target) {
            let detail = format!("Two volumes are mounted at “{target}”.");
            problems.push(in_row("volumes", "deploy.volume-twice", row, target, detail));
        }
        let good =
            source.is_empty() || source.starts_with('/') && !source.contains(['\0', ':']) || names::is_valid(source);
        if !good {
            let detail = format!("“{source}” is neither a volume's name nor an absolute path on the engine.");
            problems.push(in_row("volumes", "deploy.volume-source-invalid", row, source, detail));
        }
    }
}

fn labels(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (row, (key, _)) in spec.labels.iter().enumerate() {
        if key.trim().is_empty() {
            let detail = "A label has no name.".to_owned();
            problems.push(in_row("labels", "deploy.label-no-name", row, key, detail));
        } else if key.starts_with(LABELS_OWN) {
            let detail = format!("“{key}”: labels that begin with shipyard. are Shipyard's own.");
            problems.push(in_row("labels", "deploy.label-reserved", row, key, detail));
        } else if !seen.insert(key) {
            let detail = format!("The label “{key}” is given twice.");
            problems.push(in_row("labels", "deploy.label-twice", row, key, detail));
        }
    }
}

/// Whether a text can be an image reference: `[host[:port]/]path[:tag][@digest]`, or an image's id. A filter for
/// slips, the engine has the last word.
fn is_image(text: &str) -> bool {
    let (name, digest) = text
        .split_once('@')
        .map_or((text, None), |(name, digest)| (name, Some(digest)));
    let digest_good = digest.is_none_or(|d| {
        d.split_once(':').is_some_and(|(algorithm, hex)| {
            !algorithm.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
        })
    });
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let (path, last) = name.split_at(slash);
    let (last, tag) = last
        .split_once(':')
        .map_or((last, None), |(last, tag)| (last, Some(tag)));
    let tag_good = tag.is_none_or(|tag| {
        !tag.is_empty()
            && tag.len() <= 128
            && tag
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
            && !tag.starts_with(['.', '-'])
    });
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-'))
    };
    let mut parts = path.strip_suffix('/').unwrap_or(path).split('/').enumerate();
    let path_good = path.is_empty()
        || parts.all(|(at, text)| match text.split_once(':') {
            Some((host, port)) => at == 0 && is_host(host) && port.parse::<u16>().is_ok(),
            None => part(text) || at == 0 && is_host(text),
        });
    text.len() <= 512 && digest_good && tag_good && part(last) && path_good
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
}

#[cfg(test)]
mod more_tests;
#[cfg(test)]
mod tests;
