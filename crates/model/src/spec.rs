//! What a container shall be: the options of Docker that Shipyard knows, as data under Docker's own names.
//!
//! A container is made from this alone. What a person or a machine sends is read into these types, unknown and repeated
//! keys are refused, and Docker's body is built from them anew; so an option that is not here cannot reach an engine.
//! Which options somebody may use is `shipyard_access::policy`'s to say.
use crate::container::Protocol;
use crate::unit::{Bytes, Cpus};
use serde::{Deserialize, Serialize};

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

    /// Ports to publish.
    pub ports: Vec<PortSpec>,
    /// Every port that the image exposes is published too, each on any free one of the engine.
    pub publish_all: bool,
    /// Network to join (`bridge`, `host`, `none`, a network's name); empty for Docker's default.
    pub network: String,
    /// Lines of its `/etc/hosts`: a name, and an address or `host-gateway`.
    pub extra_hosts: Vec<(String, String)>,
    /// Addresses of name servers; empty for the engine's.
    pub dns: Vec<String>,
    /// Domains that short names are searched in.
    pub dns_search: Vec<String>,
    /// Containers of the same engine that it finds by name, each with the name it has for them, and whose environment it
    /// sees (Docker's old links).
    pub links: Vec<(String, String)>,

    /// Volumes and host paths to mount.
    pub volumes: Vec<VolumeSpec>,
    /// Containers whose volumes are mounted as well, each with `:ro` or `:rw` after it.
    pub volumes_from: Vec<String>,
    /// File systems in memory.
    pub tmpfs: Vec<TmpfsSpec>,
    /// Its own file system is read-only.
    pub read_only: bool,

    /// CPUs reserved for each copy, which is also its limit; zero for none.
    pub cpus: Cpus,
    /// The engine's CPUs that it may run on, by number, as in `0-2,5`; empty for all.
    pub cpuset_cpus: String,
    /// Memory reserved for each copy, which is also its limit; zero for none.
    pub memory: Bytes,
    /// Size of `/dev/shm`; zero for Docker's 64 MiB.
    pub shm_size: Bytes,
    /// Most processes; zero for no limit.
    pub pids_limit: u32,
    /// Limits of the kernel for each process.
    pub ulimits: Vec<UlimitSpec>,

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
    /// OCI runtime that runs it; empty for the daemon's default.
    pub runtime: String,

    /// Where its output goes.
    pub logging: LogSpec,
    /// Labels of the container.
    pub labels: Vec<(String, String)>,
}

/// A port to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PortSpec {
    /// Address of the engine to bind to; empty for all.
    pub host_ip: String,
    /// Port on the engine; `None` for any free one.
    pub host: Option<u16>,
    /// Port in the container.
    pub container: u16,
    /// Protocol.
    pub protocol: Protocol,
}

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
}

/// A file system in memory. It is always mounted without set-uid programs and devices, for which there is no option.
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
}

/// A device of the engine's machine in the container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DeviceSpec {
    /// Absolute path on the engine.
    pub host: String,
    /// Absolute path in the container; empty for the same.
    pub container: String,
    /// What may be done with it: some of `r`, `w` and `m`; empty for all three.
    pub permissions: String,
}

/// A limit of the kernel for each process of the container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UlimitSpec {
    /// Its name, as after `--ulimit`: `nofile`.
    pub name: String,
    /// From where on it holds; -1 for no limit.
    pub soft: i64,
    /// How far a process may raise it; -1 for no limit.
    pub hard: i64,
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
            (r#"{"cgroup_parent": "/"}"#, "unknown field `cgroup_parent`"),
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
