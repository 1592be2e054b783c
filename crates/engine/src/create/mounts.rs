//! What is mounted in a container, in Docker's four ways.
use super::{entries, number, some, text};
use bollard::models::{
    Mount, MountBindOptions, MountBindOptionsPropagationEnum, MountTmpfsOptions, MountType, MountVolumeOptions,
    MountVolumeOptionsDriverConfig,
};
use shipyard_model::deploy::{ContainerSpec, Propagation, Relabel, TmpfsSpec, VolumeSpec};
use std::collections::HashMap;

/// As `docker run -v`: a named volume or a path, which Docker makes if it is missing.
pub(super) fn binds(spec: &ContainerSpec) -> Option<Vec<String>> {
    let plain = spec.volumes.iter().filter(|it| !is_mount(it) && !is_anonymous(it));
    some(plain.map(bind).collect())
}

/// As `docker run -v` with a place alone.
pub(super) fn anonymous(spec: &ContainerSpec) -> Option<Vec<String>> {
    let anonymous = spec.volumes.iter().filter(|it| !is_mount(it) && is_anonymous(it));
    some(anonymous.map(|it| it.target.trim().to_owned()).collect())
}

/// As `docker run --mount`.
pub(super) fn mounts(spec: &ContainerSpec) -> Option<Vec<Mount>> {
    let volumes = spec.volumes.iter().filter(|it| is_mount(it)).map(mount);
    let memory = spec.tmpfs.iter().filter(|it| it.mount).map(tmpfs_mount);
    some(volumes.chain(memory).collect())
}

/// As `docker run --tmpfs`: the target, and how it is mounted.
pub(super) fn tmpfs(spec: &ContainerSpec) -> Option<HashMap<String, String>> {
    let entry = |it: &TmpfsSpec| (it.target.trim().to_owned(), tmpfs_options(it));
    some(spec.tmpfs.iter().filter(|it| !it.mount).map(entry).collect())
}

fn is_anonymous(volume: &VolumeSpec) -> bool {
    volume.source.trim().is_empty()
}

fn is_path(volume: &VolumeSpec) -> bool {
    volume.source.trim().starts_with('/')
}

/// Whether it is said, or has to be said, as `--mount`.
fn is_mount(volume: &VolumeSpec) -> bool {
    let said_so_alone = !volume.subpath.trim().is_empty()
        || !volume.driver.trim().is_empty()
        || !volume.driver_options.is_empty()
        || !volume.labels.is_empty();
    let of_anonymous = volume.read_only || volume.no_copy;
    volume.mount || said_so_alone || is_anonymous(volume) && of_anonymous
}

fn bind(volume: &VolumeSpec) -> String {
    let relabel = match volume.relabel {
        Relabel::None => "",
        Relabel::Shared => "z",
        Relabel::Private => "Z",
    };
    let words = [
        if volume.read_only { "ro" } else { "" },
        relabel,
        if volume.no_copy { "nocopy" } else { "" },
        volume.propagation.word(),
    ];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let colon = if words.is_empty() { "" } else { ":" };
    format!(
        "{}:{}{colon}{}",
        volume.source.trim(),
        volume.target.trim(),
        words.join(",")
    )
}

fn mount(volume: &VolumeSpec) -> Mount {
    let of_path = is_path(volume);
    Mount {
        typ: Some(if of_path { MountType::BIND } else { MountType::VOLUME }),
        target: Some(volume.target.trim().to_owned()),
        source: text(&volume.source),
        read_only: some(volume.read_only),
        bind_options: propagation(volume.propagation)
            .filter(|_| of_path)
            .map(|word| MountBindOptions {
                propagation: Some(word),
                non_recursive: None,
                create_mountpoint: None,
                read_only_non_recursive: None,
                read_only_force_recursive: None,
            }),
        volume_options: (!of_path).then(|| volume_options(volume)).flatten(),
        // For macOS.
        consistency: None,
        image_options: None,
        tmpfs_options: None,
    }
}

fn volume_options(volume: &VolumeSpec) -> Option<MountVolumeOptions> {
    let driver = MountVolumeOptionsDriverConfig {
        name: text(&volume.driver),
        options: entries(&volume.driver_options),
    };
    some(MountVolumeOptions {
        no_copy: some(volume.no_copy),
        labels: entries(&volume.labels),
        driver_config: some(driver),
        subpath: text(&volume.subpath),
    })
}

fn propagation(word: Propagation) -> Option<MountBindOptionsPropagationEnum> {
    use MountBindOptionsPropagationEnum as Docker;
    match word {
        Propagation::Usual => None,
        Propagation::Private => Some(Docker::PRIVATE),
        Propagation::RPrivate => Some(Docker::RPRIVATE),
        Propagation::Shared => Some(Docker::SHARED),
        Propagation::RShared => Some(Docker::RSHARED),
        Propagation::Slave => Some(Docker::SLAVE),
        Propagation::RSlave => Some(Docker::RSLAVE),
    }
}

fn tmpfs_mount(tmpfs: &TmpfsSpec) -> Mount {
    let options = MountTmpfsOptions {
        size_bytes: some(number(tmpfs.size.get())),
        mode: tmpfs.mode.map(i64::from),
        options: None,
    };
    Mount {
        typ: Some(MountType::TMPFS),
        target: Some(tmpfs.target.trim().to_owned()),
        tmpfs_options: some(options),
        source: None,
        read_only: None,
        consistency: None,
        bind_options: None,
        volume_options: None,
        image_options: None,
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
    // What comes later holds.
    for option in &tmpfs.options {
        options.push(',');
        options.push_str(option);
    }
    options
}
