//! How much a container may take of the engine that it runs on.
use super::Daemon;
use super::fields::Fields;
use serde::Deserialize;
use shipyard_model::deploy::{BlockDeviceSpec, ContainerSpec, Swap, UlimitSpec};
use shipyard_model::{Bytes, Cpus};

/// Docker's size of `/dev/shm` when nobody says another.
const USUAL_SHM: u64 = 64 * 1024 * 1024;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Ulimit {
    name: String,
    soft: i64,
    hard: i64,
}

pub(super) fn read(fields: &mut Fields, daemon: &Daemon, spec: &mut ContainerSpec) {
    spec.cpus = Cpus::from_nanos(fields.take("NanoCpus"));
    spec.cpuset_cpus = fields.take("CpusetCpus");
    spec.cpuset_mems = fields.take("CpusetMems");
    spec.cpu_shares = fields.take("CpuShares");
    spec.cpu_period = fields.take("CpuPeriod");
    spec.cpu_quota = fields.take("CpuQuota");
    memory(fields, daemon, spec);
    let shm: u64 = fields.take("ShmSize");
    spec.shm_size = Bytes::new(if shm == USUAL_SHM { 0 } else { shm });
    let pids: i64 = fields.take("PidsLimit");
    spec.pids_limit = u32::try_from(pids.max(0)).unwrap_or(u32::MAX);
    let ulimits: Vec<Ulimit> = fields.take("Ulimits");
    spec.ulimits = ulimits
        .into_iter()
        .map(|Ulimit { name, soft, hard }| UlimitSpec { name, soft, hard })
        .collect();
    disks(fields, spec);
}

fn memory(fields: &mut Fields, daemon: &Daemon, spec: &mut ContainerSpec) {
    let memory: u64 = fields.take("Memory");
    spec.memory = Bytes::new(memory);
    spec.memory_reservation = Bytes::new(fields.take("MemoryReservation"));
    let swap: i64 = fields.take("MemorySwap");
    spec.memory_swap = match u64::try_from(swap) {
        Ok(0) => Swap::Usual,
        // Docker adds as much swap as there is memory, where the kernel counts it; where not, it says that there is no limit.
        Ok(total) if memory > 0 && total == memory.saturating_mul(2) => Swap::Usual,
        Ok(total) => Swap::Total(Bytes::new(total)),
        Err(_) if daemon.swap_limit => Swap::Unlimited,
        Err(_) => Swap::Usual,
    };
    let swappiness: Option<i64> = fields.take("MemorySwappiness");
    spec.memory_swappiness = match swappiness.map(u8::try_from) {
        // The kernel's own is -1 to Docker.
        None | Some(Err(_)) => None,
        Some(Ok(swappiness)) => Some(swappiness),
    };
    spec.oom_kill_disable = fields.take("OomKillDisable");
    spec.oom_score_adj = fields.take("OomScoreAdj");
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Weight {
    path: String,
    weight: u16,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Rate {
    path: String,
    rate: u64,
}

/// One disk is in up to five lists of Docker's.
fn disks(fields: &mut Fields, spec: &mut ContainerSpec) {
    spec.blkio_weight = fields.take("BlkioWeight");
    for Weight { path, weight } in fields.take::<Vec<Weight>>("BlkioWeightDevice") {
        if let Some(disk) = disk(spec, &path) {
            disk.weight = weight;
        }
    }
    type Set = fn(&mut BlockDeviceSpec, u64);
    let lists: [(&str, Set); 4] = [
        ("BlkioDeviceReadBps", |disk, rate| disk.read_bps = Bytes::new(rate)),
        ("BlkioDeviceWriteBps", |disk, rate| disk.write_bps = Bytes::new(rate)),
        ("BlkioDeviceReadIOps", |disk, rate| disk.read_iops = rate),
        ("BlkioDeviceWriteIOps", |disk, rate| disk.write_iops = rate),
    ];
    for (name, set) in lists {
        for Rate { path, rate } in fields.take::<Vec<Rate>>(name) {
            if let Some(disk) = disk(spec, &path) {
                set(disk, rate);
            }
        }
    }
}

fn disk<'s>(spec: &'s mut ContainerSpec, path: &str) -> Option<&'s mut BlockDeviceSpec> {
    if !spec.blkio_devices.iter().any(|disk| disk.path == path) {
        spec.blkio_devices.push(BlockDeviceSpec {
            path: path.to_owned(),
            ..BlockDeviceSpec::default()
        });
    }
    spec.blkio_devices.iter_mut().find(|disk| disk.path == path)
}
