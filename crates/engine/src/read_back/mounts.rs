//! What is mounted in a container, from Docker's four ways to say it.
use super::fields::Fields;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use shipyard_model::Bytes;
use shipyard_model::deploy::{ContainerSpec, Propagation, Relabel, TmpfsSpec, VolumeSpec};
use std::collections::BTreeMap;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Mount {
    #[serde(rename = "Type")]
    kind: String,
    source: String,
    target: String,
    read_only: bool,
    /// For macOS.
    #[serde(rename = "Consistency")]
    _consistency: IgnoredAny,
    bind_options: Option<BindOptions>,
    volume_options: Option<VolumeOptions>,
    tmpfs_options: Option<TmpfsOptions>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct BindOptions {
    propagation: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct VolumeOptions {
    no_copy: bool,
    labels: Option<BTreeMap<String, String>>,
    driver_config: Option<Driver>,
    subpath: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Driver {
    name: String,
    options: Option<BTreeMap<String, String>>,
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
    for mount in fields.take::<Vec<Value>>("Mounts") {
        let mount = serde_json::from_value::<Mount>(mount).ok();
        if mount.and_then(|mount| add(mount, spec)).is_none() {
            fields.refuse("Mounts");
        }
    }
    for (target, options) in fields.take::<BTreeMap<String, String>>("Tmpfs") {
        spec.tmpfs.push(tmpfs(target, &options));
    }
    spec.volume_driver = fields.take("VolumeDriver");
    spec.volumes_from = fields.take("VolumesFrom");
    spec.read_only = fields.take("ReadonlyRootfs");
    spec.storage_opt = fields.take::<BTreeMap<_, _>>("StorageOpt").into_iter().collect();
}

/// `source:target`, with words after it as `ro` or `rshared`.
fn bind(written: &str) -> Option<VolumeSpec> {
    let mut parts = written.split(':');
    let (source, target, words) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    if parts.next().is_some() {
        return None;
    }
    let mut volume = VolumeSpec {
        source: source.to_owned(),
        target: target.to_owned(),
        ..VolumeSpec::default()
    };
    for word in words.split(',') {
        match word {
            // The latter three are for macOS.
            "" | "rw" | "consistent" | "cached" | "delegated" => {}
            "ro" => volume.read_only = true,
            "z" => volume.relabel = Relabel::Shared,
            "Z" => volume.relabel = Relabel::Private,
            "nocopy" => volume.no_copy = true,
            other => volume.propagation = Propagation::parse(other)?,
        }
    }
    Some(volume)
}

/// Adds it, if it can be said whole.
fn add(mount: Mount, spec: &mut ContainerSpec) -> Option<()> {
    match mount.kind.as_str() {
        "volume" | "bind" if mount.tmpfs_options.is_none() => {
            let is_path = mount.source.starts_with('/');
            let of_other_kind = if is_path {
                mount.volume_options.is_some()
            } else {
                mount.bind_options.is_some()
            };
            if is_path != (mount.kind == "bind") || of_other_kind {
                return None;
            }
            let propagation = mount.bind_options.unwrap_or_default().propagation;
            let options = mount.volume_options.unwrap_or_default();
            let driver = options.driver_config.unwrap_or_default();
            spec.volumes.push(VolumeSpec {
                source: mount.source,
                target: mount.target,
                read_only: mount.read_only,
                mount: true,
                propagation: if propagation.is_empty() {
                    Propagation::Usual
                } else {
                    Propagation::parse(&propagation)?
                },
                relabel: Relabel::None,
                no_copy: options.no_copy,
                subpath: options.subpath,
                driver: driver.name,
                driver_options: driver.options.unwrap_or_default().into_iter().collect(),
                labels: options.labels.unwrap_or_default().into_iter().collect(),
            });
        }
        "tmpfs" if !mount.read_only && mount.bind_options.is_none() && mount.volume_options.is_none() => {
            let options = mount.tmpfs_options.unwrap_or_default();
            spec.tmpfs.push(TmpfsSpec {
                target: mount.target,
                size: Bytes::new(options.size_bytes),
                mode: (options.mode != 0).then_some(options.mode),
                mount: true,
                ..TmpfsSpec::default()
            });
        }
        _ => return None,
    }
    Some(())
}

/// Without an option Docker mounts it as ours are: no programs, no set-uid, no devices.
fn tmpfs(target: String, options: &str) -> TmpfsSpec {
    let mut tmpfs = TmpfsSpec {
        target,
        ..TmpfsSpec::default()
    };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let (size, mode) = (option.strip_prefix("size="), option.strip_prefix("mode="));
        if let Some(size) = size.and_then(|size| Bytes::parse(size).ok()) {
            tmpfs.size = size;
        } else if let Some(mode) = mode.and_then(|mode| u16::from_str_radix(mode, 8).ok()) {
            tmpfs.mode = Some(mode);
        } else {
            match option {
                "rw" | "nosuid" | "nodev" => {}
                "noexec" => tmpfs.exec = false,
                "exec" => tmpfs.exec = true,
                other => tmpfs.options.push(other.to_owned()),
            }
        }
    }
    tmpfs
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
    let asked_as = |target: &str| spec.volumes.iter().find(|volume| volume.target == target).cloned();
    made.map(|it| VolumeSpec {
        source: it.name,
        read_only: !it.writable,
        // It is there already.
        driver: String::new(),
        driver_options: Vec::new(),
        labels: Vec::new(),
        target: it.destination.clone(),
        ..asked_as(&it.destination).unwrap_or_default()
    })
    .collect()
}
