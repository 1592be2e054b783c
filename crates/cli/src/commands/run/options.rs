//! The flags of `run` that the original had not, under the names that they have with `docker run`.
use super::memory;
use crate::spec;
use crate::spec::options as read;
use shipyard_model::Bytes;
use shipyard_model::deploy::{
    ContainerSpec, DeviceRequestSpec, DeviceSpec, ExposedPort, HealthcheckSpec, LogSpec, NetworkSpec, Swap, TmpfsSpec,
    UlimitSpec,
};

/// Options of `docker run`.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "As with docker run")]
pub(super) struct Options {
    /// Command that the arguments are given to
    #[arg(long, value_name = "COMMAND")]
    entrypoint: Option<String>,
    /// Folder to begin in
    #[arg(long, value_name = "PATH")]
    workdir: Option<String>,
    /// Further group of the user
    #[arg(long, value_name = "GROUP")]
    group_add: Vec<String>,
    /// With a terminal
    #[arg(long)]
    tty: bool,
    /// With its input kept open
    #[arg(long)]
    interactive: bool,
    /// With a small init as process 1
    #[arg(long)]
    init: bool,
    /// Signal that asks it to end
    #[arg(long, value_name = "SIGNAL")]
    stop_signal: Option<String>,
    /// Seconds that it is given to end
    #[arg(long, value_name = "SECONDS")]
    stop_timeout: Option<u32>,
    /// Remove it when it ends
    #[arg(long)]
    rm: bool,
    /// Line for the shell that finds out whether it is well
    #[arg(long, value_name = "LINE")]
    health_cmd: Option<String>,
    /// Seconds between two checks
    #[arg(long, value_name = "SECONDS", requires = "health_cmd")]
    health_interval: Option<u32>,
    /// Failures in a row until it is not well
    #[arg(long, value_name = "COUNT", requires = "health_cmd")]
    health_retries: Option<u32>,

    /// Port that it listens on: 9000, 9000/udp
    #[arg(long, value_name = "PORT", value_parser = read::exposed)]
    expose: Vec<ExposedPort>,
    /// Name by which others in the network find it
    #[arg(long, value_name = "NAME")]
    network_alias: Vec<String>,
    /// IPv4 address in the network
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<String>,
    /// IPv6 address in the network
    #[arg(long, value_name = "ADDRESS")]
    ip6: Option<String>,
    /// Hardware address
    #[arg(long, value_name = "ADDRESS")]
    mac_address: Option<String>,
    /// Further network to join: back, name=back,alias=db,ip=10.0.0.5
    #[arg(long, value_name = "NETWORK", value_parser = read::network)]
    join: Vec<NetworkSpec>,
    /// Name server
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<String>,
    /// Domain that short names are searched in
    #[arg(long, value_name = "DOMAIN")]
    dns_search: Vec<String>,
    /// Option of the resolver: ndots:2
    #[arg(long, value_name = "OPTION")]
    dns_option: Vec<String>,
    /// Line of its hosts file
    #[arg(long, value_name = "NAME:ADDRESS", value_parser = read::host)]
    add_host: Vec<(String, String)>,

    /// File system in memory: /tmp, /tmp:size=64m,mode=1777
    #[arg(long, value_name = "PATH", value_parser = read::tmpfs)]
    tmpfs: Vec<TmpfsSpec>,
    /// Container whose volumes are mounted as well
    #[arg(long, value_name = "CONTAINER")]
    volumes_from: Vec<String>,
    /// Driver of the volumes that are made for it
    #[arg(long, value_name = "DRIVER")]
    volume_driver: Option<String>,
    /// Its own file system is read-only
    #[arg(long)]
    read_only: bool,
    /// Option of the engine's storage driver: size=10G
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    storage_opt: Vec<(String, String)>,

    /// Weight when CPUs are short
    #[arg(long, value_name = "WEIGHT")]
    cpu_shares: Option<u32>,
    /// Memory nodes of the engine that it may use
    #[arg(long, value_name = "NODES")]
    cpuset_mems: Option<String>,
    /// Memory that it is left when memory is short
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    memory_reservation: Option<Bytes>,
    /// Memory and swap together; -1 for no limit
    #[arg(long, value_name = "SIZE", value_parser = read::swap, allow_hyphen_values = true)]
    memory_swap: Option<Swap>,
    /// How readily its memory is swapped, 0 to 100
    #[arg(long, value_name = "PERCENT")]
    memory_swappiness: Option<u8>,
    /// It is halted, not killed, when its memory is used up
    #[arg(long)]
    oom_kill_disable: bool,
    /// How much sooner than others it is killed when memory is used up
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true)]
    oom_score_adj: Option<i16>,
    /// Size of /dev/shm
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    shm_size: Option<Bytes>,
    /// Most processes
    #[arg(long, value_name = "COUNT")]
    pids_limit: Option<u32>,
    /// Limit of the kernel: nofile=1024:4096
    #[arg(long, value_name = "LIMIT", value_parser = read::ulimit)]
    ulimit: Vec<UlimitSpec>,
    /// Weight at the engine's disks, 10 to 1000
    #[arg(long, value_name = "WEIGHT")]
    blkio_weight: Option<u16>,

    /// All rights on the engine's machine
    #[arg(long)]
    privileged: bool,
    /// Capability to add
    #[arg(long, value_name = "NAME")]
    cap_add: Vec<String>,
    /// Capability to take away
    #[arg(long, value_name = "NAME")]
    cap_drop: Vec<String>,
    /// Seccomp, AppArmor, no-new-privileges
    #[arg(long, value_name = "OPTION")]
    security_opt: Vec<String>,
    /// Device of the engine: /dev/fuse, /dev/sda:/dev/disk:r
    #[arg(long, value_name = "DEVICE", value_parser = read::device)]
    device: Vec<DeviceSpec>,
    /// Devices by number that it may use: "c 1:3 mr"
    #[arg(long, value_name = "RULE")]
    device_cgroup_rule: Vec<String>,
    /// Graphics cards: all, 2, device=0
    #[arg(long, value_name = "CARDS", value_parser = read::gpus)]
    gpus: Vec<DeviceRequestSpec>,
    /// Kernel parameter
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    sysctl: Vec<(String, String)>,
    /// Whose processes it sees
    #[arg(long, value_name = "MODE")]
    pid: Option<String>,
    /// Whose shared memory it has
    #[arg(long, value_name = "MODE")]
    ipc: Option<String>,
    /// Whose host name it has
    #[arg(long, value_name = "MODE")]
    uts: Option<String>,
    /// Whose user ids it has
    #[arg(long, value_name = "MODE")]
    userns: Option<String>,
    /// Whose control groups it sees
    #[arg(long, value_name = "MODE")]
    cgroupns: Option<String>,
    /// Control group that its own is made in
    #[arg(long, value_name = "PATH")]
    cgroup_parent: Option<String>,
    /// OCI runtime
    #[arg(long, value_name = "NAME")]
    runtime: Option<String>,
    /// Where its output goes
    #[arg(long, value_name = "DRIVER")]
    log_driver: Option<String>,
    /// Option of the log driver
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    log_opt: Vec<(String, String)>,
    /// What the runtime is told besides
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    annotation: Vec<(String, String)>,
}

fn text(given: &Option<String>) -> String {
    given.clone().unwrap_or_default()
}

impl Options {
    /// Says in a specification what the flags say.
    pub(super) fn apply(&self, spec: &mut ContainerSpec) {
        self.process(spec);
        self.reached(spec);
        self.share(spec);
        self.isolation(spec);
        spec.tmpfs.clone_from(&self.tmpfs);
        spec.volumes_from.clone_from(&self.volumes_from);
        spec.volume_driver = text(&self.volume_driver);
        spec.read_only = self.read_only;
        spec.storage_opt.clone_from(&self.storage_opt);
        spec.logging = LogSpec {
            driver: text(&self.log_driver),
            options: self.log_opt.clone(),
        };
        spec.annotations.clone_from(&self.annotation);
    }

    fn process(&self, spec: &mut ContainerSpec) {
        spec.entrypoint = self.entrypoint.iter().cloned().collect();
        spec.working_dir = text(&self.workdir);
        spec.group_add.clone_from(&self.group_add);
        (spec.tty, spec.open_stdin, spec.init, spec.auto_remove) = (self.tty, self.interactive, self.init, self.rm);
        spec.stop_signal = text(&self.stop_signal);
        spec.stop_timeout = self.stop_timeout;
        spec.healthcheck = self.health_cmd.as_ref().map(|line| HealthcheckSpec {
            test: vec!["CMD-SHELL".to_owned(), line.clone()],
            interval_ms: u64::from(self.health_interval.unwrap_or_default()).saturating_mul(1_000),
            retries: self.health_retries.unwrap_or_default(),
            ..HealthcheckSpec::default()
        });
    }

    fn reached(&self, spec: &mut ContainerSpec) {
        spec.expose.clone_from(&self.expose);
        spec.endpoint.aliases.clone_from(&self.network_alias);
        spec.endpoint.ipv4 = text(&self.ip);
        spec.endpoint.ipv6 = text(&self.ip6);
        spec.endpoint.mac = text(&self.mac_address);
        spec.networks.clone_from(&self.join);
        spec.dns.clone_from(&self.dns);
        spec.dns_search.clone_from(&self.dns_search);
        spec.dns_options.clone_from(&self.dns_option);
        spec.extra_hosts.clone_from(&self.add_host);
    }

    fn share(&self, spec: &mut ContainerSpec) {
        spec.cpu_shares = self.cpu_shares.unwrap_or_default();
        spec.cpuset_mems = text(&self.cpuset_mems);
        spec.memory_reservation = self.memory_reservation.unwrap_or_default();
        spec.memory_swap = self.memory_swap.unwrap_or_default();
        spec.memory_swappiness = self.memory_swappiness;
        spec.oom_kill_disable = self.oom_kill_disable;
        spec.oom_score_adj = self.oom_score_adj.unwrap_or_default();
        spec.shm_size = self.shm_size.unwrap_or_default();
        spec.pids_limit = self.pids_limit.unwrap_or_default();
        spec.ulimits.clone_from(&self.ulimit);
        spec.blkio_weight = self.blkio_weight.unwrap_or_default();
    }

    fn isolation(&self, spec: &mut ContainerSpec) {
        spec.privileged = self.privileged;
        spec.cap_add.clone_from(&self.cap_add);
        spec.cap_drop.clone_from(&self.cap_drop);
        spec.security_opt.clone_from(&self.security_opt);
        spec.devices.clone_from(&self.device);
        spec.device_cgroup_rules.clone_from(&self.device_cgroup_rule);
        spec.device_requests.clone_from(&self.gpus);
        spec.sysctls.clone_from(&self.sysctl);
        spec.pid_mode = text(&self.pid);
        spec.ipc_mode = text(&self.ipc);
        spec.uts_mode = text(&self.uts);
        spec.userns_mode = text(&self.userns);
        spec.cgroupns_mode = text(&self.cgroupns);
        spec.cgroup_parent = text(&self.cgroup_parent);
        spec.runtime = text(&self.runtime);
    }
}
