//! What is mounted in a container, from Docker's four ways to say it.
use super::fields::Fields;
use serde::Deserialize;
use serde_json::{Map, Value};
use shipyard_model::Bytes;
use shipyard_model::deploy::{ContainerSpec, TmpfsSpec, VolumeSpec};
use std::collections::BTreeMap;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Mount {
    #[serde(rename = "Type")]
    kind: String,
    source: String,
    target: String,
    read_only: bool,
    tmpfs_options: Option<TmpfsOptions>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct TmpfsOptions {
    size_bytes: u64,
    mode: u16,
}

pub(super) fn read(fields: &mut Fields, spec: &mut ContainerSpec) {
    for written in fields.take::<Vec<String>>("Binds") {
        match bind(&written) {
            Some(volume) => spec.volumes.push(volume),
            None => fields.refuse("Binds"),
        }
    }
    for mount in fields.take::<Vec<Mount>>("Mounts") {
        if !add(mount, spec) {
            fields.refuse("Mounts");
        }
    }
    for (target, options) in fields.take::<BTreeMap<String, String>>("Tmpfs") {
        match tmpfs(target, &options) {
            Some(tmpfs) => spec.tmpfs.push(tmpfs),
            None => fields.refuse("Tmpfs"),
        }
    }
    spec.volumes_from = fields.take("VolumesFrom");
    spec.read_only = fields.take("ReadonlyRootfs");
}

/// `source:target`, with `:ro` or `:rw` after it. Other words there (`z`, `nocopy`, `shared`) cannot be said.
fn bind(written: &str) -> Option<VolumeSpec> {
    let mut parts = written.split(':');
    let (source, target) = (parts.next()?, parts.next()?);
    let read_only = match (parts.next(), parts.next()) {
        (None | Some("rw"), None) => false,
        (Some("ro"), None) => true,
        _ => return None,
    };
    Some(VolumeSpec {
        source: source.to_owned(),
        target: target.to_owned(),
        read_only,
        ..VolumeSpec::default()
    })
}

/// Whether it could be said.
fn add(mount: Mount, spec: &mut ContainerSpec) -> bool {
    // Options of drivers, propagation and whatever else there is: only as Docker has it.
    let plain = mount.rest.values().all(|more| more.is_null() || more == "");
    match mount.kind.as_str() {
        "volume" | "bind" if plain && mount.tmpfs_options.is_none() => {
            spec.volumes.push(VolumeSpec {
                source: mount.source,
                target: mount.target,
                read_only: mount.read_only,
                ..VolumeSpec::default()
            });
            true
        }
        "tmpfs" if plain && !mount.read_only => {
            let options = mount.tmpfs_options.unwrap_or_default();
            spec.tmpfs.push(TmpfsSpec {
                target: mount.target,
                size: Bytes::new(options.size_bytes),
                mode: (options.mode != 0).then_some(options.mode),
                exec: false,
                ..TmpfsSpec::default()
            });
            true
        }
        _ => false,
    }
}

/// Without an option Docker mounts it as ours are: no programs, no set-uid, no devices.
fn tmpfs(target: String, options: &str) -> Option<TmpfsSpec> {
    let mut tmpfs = TmpfsSpec {
        target,
        ..TmpfsSpec::default()
    };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            None if matches!(option, "rw" | "nosuid" | "nodev") => {}
            None if option == "noexec" => tmpfs.exec = false,
            None if option == "exec" => tmpfs.exec = true,
            Some(("size", size)) => tmpfs.size = Bytes::parse(size).ok()?,
            Some(("mode", mode)) => tmpfs.mode = Some(u16::from_str_radix(mode, 8).ok()?),
            _ => return None,
        }
    }
    Some(tmpfs)
}

/// Adds the anonymous volumes that were asked for in the old way (`VOLUME` of `docker run -v /path`).
pub(super) fn add_anonymous(targets: &[String], spec: &mut ContainerSpec) {
    for target in targets {
        let is_there = spec.volumes.iter().any(|volume| volume.target == *target)
            || spec.tmpfs.iter().any(|tmpfs| tmpfs.target == *target);
        if !is_there {
            spec.volumes.push(VolumeSpec {
                target: target.clone(),
                ..VolumeSpec::default()
            });
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Mounted {
    #[serde(rename = "Type")]
    kind: String,
    name: String,
    destination: String,
    #[serde(rename = "RW")]
    writable: bool,
}

/// The volumes that Docker made for the container alone, by the names it gave them.
pub(super) fn anonymous(mounted: &Value, targets: &[String], spec: &ContainerSpec) -> Vec<VolumeSpec> {
    let mounted: Vec<Mounted> = serde_json::from_value(mounted.clone()).unwrap_or_default();
    let named = |target: &str| {
        let is_it = |volume: &VolumeSpec| !volume.source.is_empty() && volume.target == target;
        spec.volumes.iter().any(is_it)
    };
    let asked = |target: &str| {
        targets.iter().any(|it| it == target) || spec.volumes.iter().any(|volume| volume.target == target)
    };
    let made = mounted
        .into_iter()
        .filter(|it| it.kind == "volume" && !it.name.is_empty() && asked(&it.destination) && !named(&it.destination));
    made.map(|it| VolumeSpec {
        source: it.name,
        target: it.destination,
        read_only: !it.writable,
        ..VolumeSpec::default()
    })
    .collect()
}
