//! What is mounted in a container, in Docker's three ways.
use super::some;
use bollard::models::{Mount, MountType};
use shipyard_model::deploy::{ContainerSpec, TmpfsSpec, VolumeSpec};
use std::collections::HashMap;

/// As `docker run -v`: a named volume or a path, which Docker makes if it is missing.
pub(super) fn binds(spec: &ContainerSpec) -> Option<Vec<String>> {
    some(spec.volumes.iter().filter(|it| !is_anonymous(it)).map(bind).collect())
}

/// The anonymous volumes. A read-only one, which would be empty for ever, Docker refuses.
pub(super) fn mounts(spec: &ContainerSpec) -> Option<Vec<Mount>> {
    some(
        spec.volumes
            .iter()
            .filter(|it| is_anonymous(it))
            .map(anonymous)
            .collect(),
    )
}

/// As `docker run --tmpfs`: the target, and how it is mounted.
pub(super) fn tmpfs(spec: &ContainerSpec) -> Option<HashMap<String, String>> {
    let entry = |it: &TmpfsSpec| (it.target.trim().to_owned(), tmpfs_options(it));
    some(spec.tmpfs.iter().map(entry).collect())
}

fn is_anonymous(volume: &VolumeSpec) -> bool {
    volume.source.trim().is_empty()
}

fn bind(volume: &VolumeSpec) -> String {
    let mode = if volume.read_only { ":ro" } else { "" };
    format!("{}:{}{mode}", volume.source.trim(), volume.target.trim())
}

fn anonymous(volume: &VolumeSpec) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        target: Some(volume.target.trim().to_owned()),
        read_only: Some(volume.read_only),
        source: None,
        consistency: None,
        bind_options: None,
        // A driver with options can mount any path of the engine.
        volume_options: None,
        image_options: None,
        tmpfs_options: None,
    }
}

fn tmpfs_options(tmpfs: &TmpfsSpec) -> String {
    let exec = if tmpfs.exec { "exec" } else { "noexec" };
    let mut options = format!("rw,nosuid,nodev,{exec}");
    if tmpfs.size.get() > 0 {
        options.push_str(&format!(",size={}", tmpfs.size.get()));
    }
    if let Some(mode) = tmpfs.mode {
        options.push_str(&format!(",mode={mode:o}"));
    }
    options
}
