//! What is mounted in a container.
use crate::unit::Bytes;
use serde::{Deserialize, Serialize};

/// Something to mount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VolumeSpec {
    /// Volume name, or absolute path on the engine; empty for an anonymous volume.
    pub source: String,
    /// Absolute path in the container.
    pub target: String,
    /// Mounted read-only.
    pub read_only: bool,
    /// Asked for as with `--mount`, not `-v`: a path on the engine has to be there, and is not made. What only `--mount` can
    /// say is asked for so in any case.
    #[serde(default)]
    pub mount: bool,
    /// Whether what is mounted later, below a path of the engine, is seen on the other side too.
    #[serde(default)]
    pub propagation: Propagation,
    /// What becomes of the SELinux label of a path of the engine.
    #[serde(default)]
    pub relabel: Relabel,
    /// What the image has at this place is not copied into the volume when it is new.
    #[serde(default)]
    pub no_copy: bool,
    /// The part of the volume that is mounted, a relative path; empty for all of it.
    #[serde(default)]
    pub subpath: String,
    /// Driver that makes the volume if it is missing; empty for Docker's own.
    #[serde(default)]
    pub driver: String,
    /// Options of that driver, as `type=nfs`.
    #[serde(default)]
    pub driver_options: Vec<(String, String)>,
    /// Labels of the volume if it is made.
    #[serde(default)]
    pub labels: Vec<(String, String)>,
}

/// Whether a mount below a mount is seen on the other side of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Propagation {
    /// As Docker has it: not.
    #[default]
    Usual,
    /// Not, for the mount itself.
    Private,
    /// Not, also for mounts below it.
    RPrivate,
    /// In both directions, for the mount itself.
    Shared,
    /// In both directions, also for mounts below it.
    RShared,
    /// From the engine to the container, for the mount itself.
    Slave,
    /// From the engine to the container, also for mounts below it.
    RSlave,
}

impl Propagation {
    /// All that there are a word for.
    pub const ALL: [Self; 6] = [
        Self::Private,
        Self::RPrivate,
        Self::Shared,
        Self::RShared,
        Self::Slave,
        Self::RSlave,
    ];

    /// Docker's word; empty for the usual.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::Private => "private",
            Self::RPrivate => "rprivate",
            Self::Shared => "shared",
            Self::RShared => "rshared",
            Self::Slave => "slave",
            Self::RSlave => "rslave",
        }
    }

    /// Reads Docker's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// What becomes of the SELinux label of a mounted path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Relabel {
    /// It stays.
    #[default]
    None,
    /// It becomes one that all containers may use (`z`).
    Shared,
    /// It becomes one that this container alone may use (`Z`).
    Private,
}

/// A file system in memory. It is mounted without set-uid programs and devices unless its options say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TmpfsSpec {
    /// Absolute path in the container.
    pub target: String,
    /// Most that it holds; zero for half of the machine's memory, within the container's own limit.
    pub size: Bytes,
    /// Permission bits of its root, at most 0o7777; `None` for 0o1777.
    pub mode: Option<u16>,
    /// Programs in it may be run.
    pub exec: bool,
    /// Further options of the mount, as after `--tmpfs`: `uid=1000`.
    pub options: Vec<String>,
    /// Asked for as with `--mount`, not `--tmpfs`. Only size and mode can be said so.
    pub mount: bool,
}
