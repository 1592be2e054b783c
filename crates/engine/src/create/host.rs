//! Docker's body of a new container: what concerns the engine that it runs on.
use super::{mounts, number, some, text};
use bollard::models::{
    DeviceMapping, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, PortBinding, PortMap, ResourcesUlimits,
    RestartPolicy as DockerRestart, RestartPolicyNameEnum,
};
use shipyard_model::deploy::{ContainerSpec, DeviceSpec, LogSpec, PortSpec, RestartPolicy, UlimitSpec};

/// Every field is named, those that are never sent as well; `wire_tests` says why they are not.
pub(super) fn host_config(spec: &ContainerSpec) -> HostConfig {
    HostConfig {
        port_bindings: some(bindings(&spec.ports)),
        publish_all_ports: some(spec.publish_all),
        network_mode: text(&spec.network),
        extra_hosts: some(
            spec.extra_hosts
                .iter()
                .map(|(name, to)| format!("{name}:{to}"))
                .collect(),
        ),
        dns: some(spec.dns.clone()),
        dns_search: some(spec.dns_search.clone()),
        links: some(spec.links.iter().map(link).collect()),
        binds: mounts::binds(spec),
        mounts: mounts::mounts(spec),
        tmpfs: mounts::tmpfs(spec),
        volumes_from: some(spec.volumes_from.clone()),
        readonly_rootfs: some(spec.read_only),
        restart_policy: Some(restart(spec.restart)),
        init: some(spec.init),
        nano_cpus: some(number(spec.cpus.nanos())),
        cpuset_cpus: text(&spec.cpuset_cpus),
        memory: some(number(spec.memory.get())),
        shm_size: some(number(spec.shm_size.get())),
        pids_limit: some(i64::from(spec.pids_limit)),
        ulimits: some(spec.ulimits.iter().map(ulimit).collect()),
        privileged: some(spec.privileged),
        cap_add: some(spec.cap_add.clone()),
        cap_drop: some(spec.cap_drop.clone()),
        security_opt: some(spec.security_opt.clone()),
        devices: some(spec.devices.iter().map(device).collect()),
        sysctls: some(spec.sysctls.iter().cloned().collect()),
        group_add: some(spec.group_add.clone()),
        pid_mode: text(&spec.pid_mode),
        ipc_mode: text(&spec.ipc_mode),
        uts_mode: text(&spec.uts_mode),
        userns_mode: text(&spec.userns_mode),
        cgroupns_mode: cgroupns(&spec.cgroupns_mode),
        runtime: text(&spec.runtime),
        log_config: logging(&spec.logging),

        annotations: None,
        auto_remove: None,
        blkio_device_read_bps: None,
        blkio_device_read_iops: None,
        blkio_device_write_bps: None,
        blkio_device_write_iops: None,
        blkio_weight: None,
        blkio_weight_device: None,
        cgroup: None,
        cgroup_parent: None,
        console_size: None,
        container_id_file: None,
        cpu_count: None,
        cpu_percent: None,
        cpu_period: None,
        cpu_quota: None,
        cpu_realtime_period: None,
        cpu_realtime_runtime: None,
        cpu_shares: None,
        cpuset_mems: None,
        device_cgroup_rules: None,
        device_requests: None,
        dns_options: None,
        io_maximum_bandwidth: None,
        io_maximum_iops: None,
        isolation: None,
        masked_paths: None,
        memory_reservation: None,
        memory_swap: None,
        memory_swappiness: None,
        oom_kill_disable: None,
        oom_score_adj: None,
        readonly_paths: None,
        storage_opt: None,
        volume_driver: None,
    }
}

pub(super) fn port_key(port: &PortSpec) -> String {
    format!("{}/{}", port.container, port.protocol.word())
}

fn bindings(ports: &[PortSpec]) -> PortMap {
    let mut map = PortMap::new();
    for port in ports {
        let binding = PortBinding {
            host_ip: text(&port.host_ip),
            // An empty host port is Docker's word for any free one.
            host_port: Some(port.host.map(|p| p.to_string()).unwrap_or_default()),
        };
        map.entry(port_key(port))
            .or_default()
            .get_or_insert_default()
            .push(binding);
    }
    map
}

/// A name alone is the container's own.
fn link((container, name): &(String, String)) -> String {
    let (container, name) = (container.trim(), name.trim());
    format!("{container}:{}", if name.is_empty() { container } else { name })
}

pub(crate) fn restart(policy: RestartPolicy) -> DockerRestart {
    let (name, retries) = match policy {
        RestartPolicy::No => (RestartPolicyNameEnum::NO, None),
        RestartPolicy::OnFailure(retries) => (RestartPolicyNameEnum::ON_FAILURE, Some(i64::from(retries))),
        RestartPolicy::Always => (RestartPolicyNameEnum::ALWAYS, None),
        RestartPolicy::UnlessStopped => (RestartPolicyNameEnum::UNLESS_STOPPED, None),
    };
    DockerRestart {
        name: Some(name),
        maximum_retry_count: retries,
    }
}

fn ulimit(limit: &UlimitSpec) -> ResourcesUlimits {
    ResourcesUlimits {
        name: Some(limit.name.clone()),
        soft: Some(limit.soft),
        hard: Some(limit.hard),
    }
}

fn device(device: &DeviceSpec) -> DeviceMapping {
    DeviceMapping {
        path_on_host: Some(device.host.clone()),
        path_in_container: text(&device.container).or_else(|| Some(device.host.clone())),
        cgroup_permissions: text(&device.permissions).or_else(|| Some("rwm".to_owned())),
    }
}

/// A word that is none of Docker's was refused before.
fn cgroupns(mode: &str) -> Option<HostConfigCgroupnsModeEnum> {
    match mode.trim() {
        "host" => Some(HostConfigCgroupnsModeEnum::HOST),
        "private" => Some(HostConfigCgroupnsModeEnum::PRIVATE),
        _ => None,
    }
}

fn logging(log: &LogSpec) -> Option<HostConfigLogConfig> {
    (log != &LogSpec::default()).then(|| HostConfigLogConfig {
        typ: text(&log.driver),
        config: some(log.options.iter().cloned().collect()),
    })
}
