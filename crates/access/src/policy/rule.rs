//! The rules by name: stable words that an answer, a record and a translation go by.
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! rules {
    ($($(#[doc = $means:literal])+ $rule:ident = $name:literal,)+) => {
        /// A rule that a specification can break.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Rule {
            $($(#[doc = $means])+ $rule,)+
        }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$rule),+];

            /// The name under which it is told and kept.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// What it asks, in a sentence.
            pub const fn means(self) -> &'static str {
                match self {
                    $(Self::$rule => concat!($($means),+),)+
                }
            }
        }
    };
}

rules! {
    /// The image comes from a listed registry or repository.
    ImageListed = "image-listed",
    /// The image is named by its digest.
    ImageDigest = "image-digest",
    /// The user is a number other than 0, which cannot be root whatever the image says.
    NonRoot = "non-root",
    /// Further groups are numbers other than 0.
    GroupNonRoot = "group-non-root",
    /// A health check runs no more often than once a second.
    HealthcheckInterval = "healthcheck-interval",
    /// A port of the engine below 1024 is not published.
    PortNotLow = "port-not-low",
    /// A port of the engine is in the allowed range.
    PortRange = "port-range",
    /// A port is published on an allowed address of the engine.
    PortAddress = "port-address",
    /// Ports are published one by one, not whatever an image exposes.
    PortsNamed = "ports-named",
    /// The container has a network of its own: neither the engine's nor another container's.
    NetworkOwn = "network-own",
    /// The network is a listed one.
    NetworkListed = "network-listed",
    /// Addresses in a network are given by the engine.
    AddressGiven = "address-given",
    /// A driver on the engine is given no options.
    NoDriverOptions = "no-driver-options",
    /// A name does not lead to the engine itself.
    NoHostGateway = "no-host-gateway",
    /// Nothing is linked: a link shows the environment of another container.
    NoLinks = "no-links",
    /// Paths are written plainly: absolute, without `..`, colons and signs that cannot be seen.
    PathPlain = "path-plain",
    /// Nothing of the engine's file system is mounted.
    NoHostPath = "no-host-path",
    /// Nothing is mounted that the engine's machine lives by, or that speaks to its daemons.
    PathForbidden = "path-forbidden",
    /// A path of the engine lies in a listed one.
    PathListed = "path-listed",
    /// A path of the engine that is not listed as writable is mounted read-only.
    PathReadOnly = "path-read-only",
    /// Nothing is mounted over the container's view of the kernel.
    MountTarget = "mount-target",
    /// A volume has a name that Docker gives to volumes.
    VolumeName = "volume-name",
    /// Volumes are made by Docker's own driver.
    VolumeDriverUsual = "volume-driver-usual",
    /// Mounts do not pass between a container and the engine's machine.
    MountPrivate = "mount-private",
    /// The security labels of the engine's files stay as they are.
    NoRelabel = "no-relabel",
    /// A file system in memory has options that give no rights.
    TmpfsOptionListed = "tmpfs-option-listed",
    /// Volumes are named, not taken from other containers.
    NoVolumesFrom = "no-volumes-from",
    /// Memory is reserved.
    MemoryRequired = "memory-required",
    /// Memory, `/dev/shm` included, is within the most for one container.
    MemoryMost = "memory-most",
    /// CPUs are within the most for one container.
    CpusMost = "cpus-most",
    /// A container weighs no more than others do usually, with CPUs and at disks.
    WeightUsual = "weight-usual",
    /// Memory comes from any node of the engine's machine.
    MemoryNodes = "memory-nodes",
    /// Swap is at most what Docker gives by itself.
    SwapBounded = "swap-bounded",
    /// A container is not spared when the engine's memory is used up.
    OomUsual = "oom-usual",
    /// The number of processes has a limit.
    PidsRequired = "pids-required",
    /// The limit of processes is within the most for one container.
    PidsMost = "pids-most",
    /// A limit of the kernel is one that cannot starve other containers.
    UlimitListed = "ulimit-listed",
    /// The container is not privileged.
    NotPrivileged = "not-privileged",
    /// An added capability is a listed one.
    CapabilityListed = "capability-listed",
    /// All capabilities are dropped before some are added.
    CapabilitiesDropped = "capabilities-dropped",
    /// Security options only take rights away.
    SecurityTightens = "security-tightens",
    /// A process gets no rights that its parent had not.
    NoNewPrivileges = "no-new-privileges",
    /// No device of the engine's machine is given, but graphics cards where the pool has them to give.
    NoDevice = "no-device",
    /// The control group is made where the daemon makes all of them.
    CgroupUsual = "cgroup-usual",
    /// A runtime is given no orders.
    NoAnnotations = "no-annotations",
    /// A kernel parameter is a listed one.
    SysctlListed = "sysctl-listed",
    /// The container has namespaces of its own: neither the engine's nor another container's.
    NamespaceOwn = "namespace-own",
    /// The runtime is the daemon's default or a listed one.
    RuntimeListed = "runtime-listed",
    /// Output goes to a listed log driver.
    LogDriverListed = "log-driver-listed",
    /// The log driver's options are listed ones.
    LogOptionListed = "log-option-listed",
    /// What is kept of the output has a limit.
    LogSizeRequired = "log-size-required",
    /// Labels that other programs take orders from are not set.
    LabelReserved = "label-reserved",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
