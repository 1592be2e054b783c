//! What a container shall be: the options of Docker that Shipyard knows, as data under Docker's own names.
//!
//! A container is made from this alone. What a person or a machine sends is read into these types, unknown and repeated
//! keys are refused, and Docker's body is built from them anew; so an option that is not here cannot reach an engine.
//! Which options somebody may use is `shipyard_access::policy`'s to say.
use crate::unit::{Bytes, Cpus};
use serde::{Deserialize, Serialize};

mod device;
mod limits;
mod mounts;
mod network;

pub use device::{DeviceRequestSpec, DeviceSpec};
pub use limits::{BlockDeviceSpec, Swap, UlimitSpec};
pub use mounts::{Propagation, Relabel, TmpfsSpec, VolumeSpec};
pub use network::{EndpointSpec, ExposedPort, NetworkSpec, PortSpec};

/// A container to be made. Every option may be left out and is then as Docker has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ContainerSpec {
    /// Image reference, as after `docker run`.
    pub image: String,
    /// Name; with several copies `-1`, `-2`, … are added. Empty: made from the image's name.
    pub name: String,
    /// Command and arguments; empty for the image's own.
    pub command: Vec<String>,
    /// What the command is given to; empty for the image's own.
    pub entrypoint: Vec<String>,
    /// Environment variables, in order.
    pub env: Vec<(String, String)>,
    /// Who runs in the container: `user`, `uid`, either with `:group`; empty for the image's own.
    pub user: String,
    /// Further groups of that user, by name or number.
    pub group_add: Vec<String>,
    /// Absolute path to begin in; empty for the image's own.
    pub working_dir: String,
    /// Name of the host in the container; empty for its short id.
    pub hostname: String,
    /// Domain of that name; empty for none.
    pub domainname: String,
    /// With a terminal. Its output is one stream then.
    pub tty: bool,
    /// With its input kept open.
    pub open_stdin: bool,
    /// Its input ends when the first client that is attached to it leaves.
    pub stdin_once: bool,
    /// With Docker's small init as process 1, which reaps what was left.
    pub init: bool,
    /// Signal that asks it to end, `SIGTERM` or a number; empty for the image's own.
    pub stop_signal: String,
    /// Seconds that it is given to end before it is killed; `None` for Docker's 10.
    pub stop_timeout: Option<u32>,
    /// How Docker finds out whether it is well; `None` for the image's own way.
    pub healthcheck: Option<HealthcheckSpec>,
    /// What happens when it ends.
    pub restart: RestartPolicy,
    /// It is removed, with its anonymous volumes, as soon as it ends.
    pub auto_remove: bool,

    /// Ports to publish.
    pub ports: Vec<PortSpec>,
    /// Every port that the image exposes is published too, each on any free one of the engine.
    pub publish_all: bool,
    /// Ports that it listens on and does not publish: told to `publish_all` and to whoever looks.
    pub expose: Vec<ExposedPort>,
    /// Network to join (`bridge`, `host`, `none`, a network's name); empty for Docker's default.
    pub network: String,
    /// What it is in that network.
    pub endpoint: EndpointSpec,
    /// Further networks to join.
    pub networks: Vec<NetworkSpec>,
    /// Lines of its `/etc/hosts`: a name, and an address or `host-gateway`.
    pub extra_hosts: Vec<(String, String)>,
    /// Addresses of name servers; empty for the engine's.
    pub dns: Vec<String>,
    /// Domains that short names are searched in.
    pub dns_search: Vec<String>,
    /// Options of its resolver, as in `resolv.conf(5)`: `ndots:2`.
    pub dns_options: Vec<String>,
    /// Containers of the same engine that it finds by name, each with the name it has for them, and whose environment it
    /// sees (Docker's old links).
    pub links: Vec<(String, String)>,

    /// Volumes and host paths to mount.
    pub volumes: Vec<VolumeSpec>,
    /// Driver of the volumes that are made for it where they name none; empty for Docker's own.
    pub volume_driver: String,
    /// Containers whose volumes are mounted as well, each with `:ro` or `:rw` after it.
    pub volumes_from: Vec<String>,
    /// File systems in memory.
    pub tmpfs: Vec<TmpfsSpec>,
    /// Its own file system is read-only.
    pub read_only: bool,
    /// Options of the engine's storage driver for its own file system: `size`.
    pub storage_opt: Vec<(String, String)>,

    /// CPUs reserved for each copy, which is also its limit; zero for none.
    pub cpus: Cpus,
    /// The engine's CPUs that it may run on, by number, as in `0-2,5`; empty for all.
    pub cpuset_cpus: String,
    /// The engine's memory nodes that it may use, by number; empty for all.
    pub cpuset_mems: String,
    /// Its weight when CPUs are short; zero for Docker's 1024.
    pub cpu_shares: u32,
    /// Microseconds of the time slices that `cpu_quota` is of; zero for Docker's 100,000.
    pub cpu_period: u32,
    /// Microseconds of CPU time that it gets in each slice, instead of `cpus`; zero for no limit.
    pub cpu_quota: u64,
    /// Memory reserved for each copy, which is also its limit; zero for none.
    pub memory: Bytes,
    /// Memory that the kernel leaves it when memory is short; zero for none.
    pub memory_reservation: Bytes,
    /// How much it may swap.
    pub memory_swap: Swap,
    /// How readily the kernel swaps its memory, up to 100; `None` for the engine's own.
    pub memory_swappiness: Option<u8>,
    /// It is halted, not killed, when its memory is used up.
    pub oom_kill_disable: bool,
    /// How much sooner (up to 1000) or later (down to -1000) than others it is killed when the engine's memory is used up.
    pub oom_score_adj: i16,
    /// Size of `/dev/shm`; zero for Docker's 64 MiB.
    pub shm_size: Bytes,
    /// Most processes; zero for no limit.
    pub pids_limit: u32,
    /// Limits of the kernel for each process.
    pub ulimits: Vec<UlimitSpec>,
    /// Its weight at the engine's disks, 10 to 1000; zero for the kernel's own.
    pub blkio_weight: u16,
    /// Its weight and limits at single disks.
    pub blkio_devices: Vec<BlockDeviceSpec>,

    /// All capabilities and all devices: root on the engine's machine.
    pub privileged: bool,
    /// Capabilities besides Docker's usual ones, `NET_ADMIN` or `CAP_NET_ADMIN`; `ALL`.
    pub cap_add: Vec<String>,
    /// Capabilities taken away; `ALL`.
    pub cap_drop: Vec<String>,
    /// Seccomp, AppArmor, SELinux, `no-new-privileges`; as after `--security-opt`.
    pub security_opt: Vec<String>,
    /// Devices of the engine's machine.
    pub devices: Vec<DeviceSpec>,
    /// Devices that a driver chooses and sets up, as graphics cards.
    pub device_requests: Vec<DeviceRequestSpec>,
    /// Devices by number that it may use once there is a file for one: `c 1:3 mr`.
    pub device_cgroup_rules: Vec<String>,
    /// Kernel parameters of the container's namespaces.
    pub sysctls: Vec<(String, String)>,
    /// Whose processes it sees: empty for its own, `host`, `container:NAME`.
    pub pid_mode: String,
    /// Whose shared memory it has: empty for the daemon's default, `none`, `private`, `shareable`, `host`,
    /// `container:NAME`.
    pub ipc_mode: String,
    /// Whose host name it has: empty for its own, `host`.
    pub uts_mode: String,
    /// Whose user ids it has: empty for the daemon's default, `host`.
    pub userns_mode: String,
    /// Whose control groups it sees: empty for the daemon's default, `private`, `host`.
    pub cgroupns_mode: String,
    /// Control group that its own is made in; empty for the daemon's default.
    pub cgroup_parent: String,
    /// OCI runtime that runs it; empty for the daemon's default.
    pub runtime: String,

    /// Where its output goes.
    pub logging: LogSpec,
    /// Labels of the container.
    pub labels: Vec<(String, String)>,
    /// What the runtime is told besides, by name.
    pub annotations: Vec<(String, String)>,
}

/// Where a container's output goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LogSpec {
    /// Log driver, `json-file`; empty for the daemon's default.
    pub driver: String,
    /// Its options, `max-size`.
    pub options: Vec<(String, String)>,
}

/// How Docker finds out whether a container is well. Times are in milliseconds; zero for Docker's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct HealthcheckSpec {
    /// `NONE`; `CMD` and a command's words; `CMD-SHELL` and a line for the shell. Empty for the image's.
    pub test: Vec<String>,
    /// Time between two checks.
    pub interval_ms: u64,
    /// Time that a check may take.
    pub timeout_ms: u64,
    /// Time in the beginning in which a failure does not count.
    pub start_period_ms: u64,
    /// Time between two checks in that time.
    pub start_interval_ms: u64,
    /// So many failures in a row and it is not well; zero for Docker's 3.
    pub retries: u32,
}

/// Docker's restart policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    /// Never.
    #[default]
    No,
    /// When it fails, at most this often; zero for without end.
    OnFailure(u32),
    /// Always, also when the daemon starts.
    Always,
    /// Always, unless somebody stopped it.
    UnlessStopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ContainerSpec, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_is_dockers_default() {
        let spec = read(r#"{"image": "nginx"}"#).unwrap();
        assert_eq!(
            spec,
            ContainerSpec {
                image: "nginx".to_owned(),
                ..ContainerSpec::default()
            }
        );
        let whole = serde_json::to_string(&spec).unwrap();
        assert_eq!(read(&whole).unwrap(), spec);
    }

    /// Docker's daemon takes keys in any case, lets the last of two win and skips what it does not know; a filter that
    /// reads by other rules than the one behind it is none. So nothing of that kind is read at all.
    #[test]
    fn keys_are_read_exactly_or_refused() {
        for (json, says) in [
            (r#"{"Privileged": true}"#, "unknown field `Privileged`"),
            (r#"{"PRIVILEGED": true}"#, "unknown field"),
            (r#"{"HostConfig": {"Privileged": true}}"#, "unknown field `HostConfig`"),
            (
                r#"{"privileged": false, "privileged": true}"#,
                "duplicate field `privileged`",
            ),
            (
                r#"{"privileged": false, "\u0070rivileged": true}"#,
                "duplicate field `privileged`",
            ),
            (r#"{"masked_paths": []}"#, "unknown field `masked_paths`"),
            (
                r#"{"devices": [{"host": "/dev/sda", "Host": "/dev/null"}]}"#,
                "unknown field `Host`",
            ),
            (
                r#"{"volumes": [{"source": "a", "target": "/a", "read_only": true, "read_only": false}]}"#,
                "duplicate field",
            ),
            (
                r#"{"logging": {"driver": "local", "config": {}}}"#,
                "unknown field `config`",
            ),
            (r#"{"pids_limit": -1}"#, "invalid value"),
            (r#"{"memory": 1e400}"#, "out of range"),
            ("\u{feff}{\"privileged\": true}", "expected value"),
        ] {
            let told = read(json).unwrap_err();
            assert!(told.contains(says), "{json}: {told}");
        }
        assert!(
            read(r#"{"\u0070rivileged": true}"#).unwrap().privileged,
            "an escape is the same key"
        );
    }
}
