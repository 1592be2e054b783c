//! Faults of how volumes are made and mounted, and of what is asked of drivers.
use super::options::{invalid, is_text, is_word, pairs};
use super::{fault, in_row};
use shipyard_model::Problem;
use shipyard_model::deploy::{ContainerSpec, DeviceRequestSpec, Propagation, Relabel, RestartPolicy, VolumeSpec};

pub(super) fn check(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    for (row, volume) in spec.volumes.iter().enumerate() {
        mounted(row, volume, problems);
    }
    for (row, tmpfs) in spec.tmpfs.iter().enumerate() {
        if tmpfs.mount && (tmpfs.exec || !tmpfs.options.is_empty()) {
            let target = tmpfs.target.trim();
            let detail =
                format!("“{target}”: as with --mount, a file system in memory has a size and a mode and nothing else.");
            problems.push(in_row("tmpfs", "deploy.tmpfs-mount", row, target, detail));
        }
        let bad = |option: &&String| option.is_empty() || !is_text(option) || option.contains([',', ' ']);
        problems.extend(tmpfs.options.iter().filter(bad).map(|option| invalid("tmpfs", option)));
    }
    if !is_driver(&spec.volume_driver) {
        problems.push(invalid("volume_driver", &spec.volume_driver));
    }
    pairs("storage_opt", &spec.storage_opt, is_word, problems);
    pairs(
        "annotations",
        &spec.annotations,
        |name| !name.is_empty() && is_text(name),
        problems,
    );
    for (row, request) in spec.device_requests.iter().enumerate() {
        devices(row, request, problems);
    }
    let rules = spec.device_cgroup_rules.iter().filter(|rule| !is_device_rule(rule));
    problems.extend(rules.map(|rule| invalid("device_cgroup_rules", rule)));
    let parent = spec.cgroup_parent.trim();
    if !is_text(parent) || parent.contains(char::is_whitespace) {
        problems.push(invalid("cgroup_parent", parent));
    }
    if spec.auto_remove && spec.restart != RestartPolicy::No {
        let detail = "A container that is removed when it ends cannot be started again then: choose one of both.";
        problems.push(fault("auto_remove", "deploy.removed-and-restarted", detail));
    }
}

/// A plugin has the name of its image.
fn is_driver(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c))
}

fn mounted(row: usize, volume: &VolumeSpec, problems: &mut Vec<Problem>) {
    let source = volume.source.trim();
    let is_path = source.starts_with('/');
    let of_path = volume.propagation != Propagation::Usual || volume.relabel != Relabel::None;
    let of_volume = volume.no_copy
        || !volume.subpath.is_empty()
        || !volume.driver.is_empty()
        || !volume.driver_options.is_empty()
        || !volume.labels.is_empty();
    if of_path && !is_path {
        let detail = format!("“{source}” is a volume: propagation and security labels are for paths of the engine.");
        problems.push(in_row("volumes", "deploy.volume-no-path", row, source, detail));
    }
    if of_volume && is_path {
        let detail = format!("“{source}” is a path of the engine: drivers, labels, parts and copies are for volumes.");
        problems.push(in_row("volumes", "deploy.path-no-volume", row, source, detail));
    }
    if volume.mount && volume.relabel != Relabel::None {
        let detail = format!("“{source}”: security labels are for what is mounted as with -v, not as with --mount.");
        problems.push(in_row("volumes", "deploy.relabel-mount", row, source, detail));
    }
    let part = &volume.subpath;
    let is_part = |part: &str| {
        !part.starts_with('/') && is_text(part) && part.split('/').all(|it| !matches!(it, "" | "." | ".."))
    };
    if !part.is_empty() && !is_part(part) {
        let detail =
            format!("“{part}” is no part of a volume; write a path without a slash before it, such as web/static.");
        problems.push(in_row("volumes", "deploy.subpath-invalid", row, part, detail));
    }
    if !is_driver(&volume.driver) {
        problems.push(invalid("volumes", &volume.driver));
    }
    let is_name = |name: &str| !name.is_empty() && is_text(name);
    pairs("volumes", &volume.driver_options, is_name, problems);
    pairs("volumes", &volume.labels, is_name, problems);
}

fn devices(row: usize, request: &DeviceRequestSpec, problems: &mut Vec<Problem>) {
    let DeviceRequestSpec {
        driver,
        count,
        ids,
        capabilities: _,
        options,
    } = request;
    if *count < -1 || (*count != 0) != ids.is_empty() {
        let detail = "Say how many devices, -1 for all, or which ones: one of both.".to_owned();
        problems.push(in_row("device_requests", "deploy.devices-how-many", row, count, detail));
    }
    if !is_driver(driver) {
        problems.push(invalid("device_requests", driver));
    }
    pairs("device_requests", options, is_word, problems);
}

/// `c 1:3 mr`: kind, numbers or any, and what may be done.
fn is_device_rule(rule: &str) -> bool {
    let number = |text: &str| text == "*" || text.parse::<u32>().is_ok();
    let words: Vec<_> = rule.split(' ').collect();
    let [kind, numbers, rights] = words.as_slice() else {
        return false;
    };
    matches!(*kind, "a" | "b" | "c")
        && numbers.split_once(':').is_some_and(|(a, b)| number(a) && number(b))
        && (1..=3).contains(&rights.len())
        && rights.chars().all(|c| matches!(c, 'r' | 'w' | 'm'))
}
