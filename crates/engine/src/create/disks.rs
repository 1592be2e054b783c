//! What a container may take of the engine's disks.
use super::{number, some};
use bollard::models::{ResourcesBlkioWeightDevice, ThrottleDevice};
use shipyard_model::deploy::BlockDeviceSpec;

pub(super) fn weights(disks: &[BlockDeviceSpec]) -> Option<Vec<ResourcesBlkioWeightDevice>> {
    let weighed = disks.iter().filter(|disk| disk.weight > 0);
    let weight = |disk: &BlockDeviceSpec| ResourcesBlkioWeightDevice {
        path: Some(disk.path.clone()),
        weight: Some(usize::from(disk.weight)),
    };
    some(weighed.map(weight).collect())
}

/// The limits of one kind: those that there are.
pub(super) fn rates(disks: &[BlockDeviceSpec], rate: fn(&BlockDeviceSpec) -> u64) -> Option<Vec<ThrottleDevice>> {
    let limited = disks.iter().filter(|disk| rate(disk) > 0);
    let limit = |disk: &BlockDeviceSpec| ThrottleDevice {
        path: Some(disk.path.clone()),
        rate: Some(number(rate(disk))),
    };
    some(limited.map(limit).collect())
}
