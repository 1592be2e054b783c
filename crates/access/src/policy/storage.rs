//! What is mounted into a container.
use super::{Judge, Rule, path};
use shipyard_model::spec::{Propagation, Relabel, TmpfsSpec, VolumeSpec};

/// Where a container sees its kernel. What is mounted over it can make a runtime write where it should not
/// (CVE-2019-19921, CVE-2025-52881).
const KERNEL: [&str; 2] = ["/proc", "/sys"];

/// Docker's own driver of volumes, which keeps them in its folder unless its options say otherwise.
const USUAL_DRIVER: &str = "local";

/// Options of a file system in memory that give no rights: words, and beginnings of those with a value.
const TMPFS_WORDS: [&str; 7] = ["ro", "rw", "nosuid", "nodev", "noatime", "nodiratime", "relatime"];
const TMPFS_VALUES: [&str; 5] = ["uid=", "gid=", "nr_inodes=", "nr_blocks=", "size="];

impl Judge<'_> {
    pub(super) fn volumes(&mut self, volumes: &[VolumeSpec]) {
        for volume in volumes {
            let VolumeSpec {
                source,
                target,
                read_only,
                mount: _,
                propagation,
                relabel,
                // The engine copies within the container's own file system and the volume.
                no_copy: _,
                subpath,
                driver,
                driver_options,
                labels,
            } = volume;
            self.target("volumes", target);
            self.shared(*propagation, *relabel);
            self.volume_driver("volumes", driver);
            self.driver_options("volumes", driver_options);
            self.labelled("volumes", labels);
            if !subpath.is_empty() && !path::is_plain(&format!("/{subpath}")) {
                let message = format!("“{subpath}” can be read in more than one way");
                self.refuse("volumes", Rule::PathPlain, subpath, message);
            }
            let source = source.trim();
            if source.starts_with('/') {
                self.host_path(source, *read_only);
            } else if !source.is_empty() && !is_volume(source) {
                let message = format!("“{source}” is neither a volume's name nor an absolute path");
                self.refuse("volumes", Rule::VolumeName, source, message);
            }
        }
    }

    fn shared(&mut self, propagation: Propagation, relabel: Relabel) {
        if !matches!(
            propagation,
            Propagation::Usual | Propagation::Private | Propagation::RPrivate
        ) {
            let word = propagation.word();
            let message = format!("{word} lets mounts pass between the container and the engine's machine");
            self.refuse("volumes", Rule::MountPrivate, word, message);
        }
        if relabel != Relabel::None {
            let message = "the security label of the engine's files would be changed";
            self.refuse("volumes", Rule::NoRelabel, "relabel", message);
        }
    }

    pub(super) fn volume_driver(&mut self, option: &'static str, driver: &str) {
        if !matches!(driver, "" | USUAL_DRIVER) {
            let message = format!("the volume driver {driver} is not Docker's own");
            self.refuse(option, Rule::VolumeDriverUsual, driver, message);
        }
    }

    /// A size is a limit; whatever else there is, a storage driver on the engine reads as it likes.
    pub(super) fn storage(&mut self, options: &[(String, String)]) {
        for (key, _) in options {
            if self.strict() || key != "size" {
                let message = format!("{key} is an option for a driver on the engine");
                self.refuse("storage_opt", Rule::NoDriverOptions, key, message);
            }
        }
    }

    fn host_path(&mut self, source: &str, read_only: bool) {
        if self.strict() {
            let message = format!("“{source}” is a path of the engine; use a volume");
            self.refuse("volumes", Rule::NoHostPath, source, message);
        }
        if !path::is_plain(source) {
            let message = format!("“{source}” can be read in more than one way");
            self.refuse("volumes", Rule::PathPlain, source, message);
        }
        let real = path::canonical(source).unwrap_or_else(|| "/".to_owned());
        if path::is_forbidden(&real) {
            let message = format!("“{real}” gives the engine's machine away");
            self.refuse("volumes", Rule::PathForbidden, source, message);
            return;
        }
        let mut writable = None;
        for listed in &self.rules.host_paths {
            // A folder that could not be mounted itself lists nothing.
            let folder = path::canonical(&listed.path)
                .filter(|folder| path::is_plain(&listed.path) && !path::is_forbidden(folder));
            if folder.is_some_and(|folder| path::is_in(&real, &folder)) {
                writable = Some(writable.unwrap_or_default() || listed.writable);
            }
        }
        match writable {
            None => {
                let message = format!("“{real}” is in none of the engine's paths that may be mounted");
                self.refuse("volumes", Rule::PathListed, source, message);
            }
            Some(false) if !read_only => {
                let message = format!("“{real}” may be mounted read-only, and is not");
                self.refuse("volumes", Rule::PathReadOnly, source, message);
            }
            Some(_) => {}
        }
    }

    pub(super) fn tmpfs(&mut self, tmpfs: &[TmpfsSpec]) {
        for TmpfsSpec {
            target,
            // What it holds counts as the container's memory.
            size: _,
            mode: _,
            exec: _,
            options,
            mount: _,
        } in tmpfs
        {
            self.target("tmpfs", target);
            for option in options {
                let good = TMPFS_WORDS.contains(&option.as_str())
                    || TMPFS_VALUES.iter().any(|begin| option.starts_with(begin)) && !option.contains(',');
                if !good {
                    let message = format!("“{option}” is not among the options that give no rights");
                    self.refuse("tmpfs", Rule::TmpfsOptionListed, option, message);
                }
            }
        }
    }

    fn target(&mut self, option: &'static str, target: &str) {
        let target = target.trim();
        if !path::is_plain(target) {
            let message = format!("“{target}” can be read in more than one way");
            self.refuse(option, Rule::PathPlain, target, message);
        }
        let real = path::canonical(target).unwrap_or_else(|| "/".to_owned());
        if real == "/" || KERNEL.iter().any(|kernel| path::is_in(&real, kernel)) {
            let message = format!("nothing may be mounted at “{real}”");
            self.refuse(option, Rule::MountTarget, target, message);
        }
    }

    pub(super) fn volumes_from(&mut self, containers: &[String]) {
        for container in containers {
            let message = "it would see whatever another container has mounted";
            self.refuse("volumes_from", Rule::NoVolumesFrom, container, message);
        }
    }
}

/// Whether a text is a name that Docker gives to volumes, and hence nothing else.
fn is_volume(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}
