//! Faults of how much a container may take.
use super::options::{invalid, is_cpuset, is_path, path, twice};
use super::{LEAST_MEMORY, fault};
use shipyard_model::deploy::{BlockDeviceSpec, ContainerSpec, Swap};
use shipyard_model::{Bytes, Cpus, Problem};
use std::collections::HashSet;

pub(super) fn check(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    cpus(spec, problems);
    memory(spec, problems);
    disks(spec, problems);
}

/// A number, where there is one, has to be in what the kernel or Docker takes.
fn range(field: &str, value: i64, least: i64, most: i64) -> Option<Problem> {
    (!(least..=most).contains(&value)).then(|| {
        let detail = format!("{value} is no value for {field}: it is a number from {least} to {most}.");
        fault(field, "deploy.out-of-range", detail)
            .arg("option", field)
            .arg("value", value)
            .arg("least", least)
            .arg("most", most)
    })
}

fn cpus(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    if spec.cpus != Cpus::ZERO && (spec.cpu_quota > 0 || spec.cpu_period > 0) {
        let detail = "CPUs, and a quota of time slices, are two ways to say one thing; say one of them.";
        problems.push(fault("cpu_quota", "deploy.cpus-and-quota", detail));
    }
    let quota = i64::try_from(spec.cpu_quota).unwrap_or(i64::MAX);
    for (field, value, least, most) in [
        ("cpu_shares", i64::from(spec.cpu_shares), 2, 262_144),
        ("cpu_period", i64::from(spec.cpu_period), 1_000, 1_000_000),
        ("cpu_quota", quota, 1_000, i64::MAX / 1_000),
    ] {
        problems.extend((value != 0).then(|| range(field, value, least, most)).flatten());
    }
    let nodes = spec.cpuset_mems.trim();
    if !nodes.is_empty() && !is_cpuset(nodes) {
        problems.push(invalid("cpuset_mems", nodes));
    }
}

fn memory(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let (memory, reserved) = (spec.memory, spec.memory_reservation);
    if reserved != Bytes::ZERO && reserved < LEAST_MEMORY {
        let detail = format!("Docker needs at least {LEAST_MEMORY} of memory.");
        problems.push(fault("memory_reservation", "deploy.memory-too-little", detail).arg("least", LEAST_MEMORY));
    }
    if memory != Bytes::ZERO && reserved > memory {
        let detail = format!("It cannot be left {reserved} of memory where it may have {memory}.");
        problems.push(
            fault("memory_reservation", "deploy.memory-reservation-above", detail)
                .arg("value", reserved)
                .arg("most", memory),
        );
    }
    match spec.memory_swap {
        Swap::Total(_) if memory == Bytes::ZERO => {
            let detail = "Memory and swap together can only be limited where memory is.";
            problems.push(fault("memory_swap", "deploy.swap-without-memory", detail));
        }
        Swap::Total(total) if total < memory => {
            let detail = format!("Memory and swap together, {total}, are less than the memory, {memory}.");
            problems.push(
                fault("memory_swap", "deploy.swap-below-memory", detail)
                    .arg("value", total)
                    .arg("least", memory),
            );
        }
        _ => {}
    }
    let swappiness = i64::from(spec.memory_swappiness.unwrap_or_default());
    problems.extend(range("memory_swappiness", swappiness, 0, 100));
    problems.extend(range("oom_score_adj", i64::from(spec.oom_score_adj), -1_000, 1_000));
}

fn disks(spec: &ContainerSpec, problems: &mut Vec<Problem>) {
    let weight = |field, weight: u16| match weight {
        0 => None,
        weight => range(field, i64::from(weight), 10, 1_000),
    };
    problems.extend(weight("blkio_weight", spec.blkio_weight));
    let mut seen = HashSet::new();
    for (
        row,
        BlockDeviceSpec {
            path: disk,
            weight: own,
            ..
        },
    ) in spec.blkio_devices.iter().enumerate()
    {
        if !is_path(disk) {
            problems.push(path("blkio_devices", row, disk));
        } else if !seen.insert(disk) {
            problems.push(twice("blkio_devices", row, disk));
        }
        problems.extend(weight("blkio_devices", *own));
    }
}
