//! Docker's body of a new container: what concerns the engine that it runs on.
use super::{disks, entries, mounts, number, some, text};
use bollard::models::{
    DeviceMapping, DeviceRequest, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, PortBinding, PortMap,
    ResourcesUlimits, RestartPolicy as DockerRestart, RestartPolicyNameEnum,
};
use shipyard_model::Protocol;
use shipyard_model::deploy::{
    ContainerSpec, DeviceRequestSpec, DeviceSpec, LogSpec, PortSpec, RestartPolicy, Swap, UlimitSpec,
};

/// What the command line calls what Docker knows as two empty lists: nothing of the kernel's is hidden or only to be read.
pub(crate) const SYSTEM_PATHS: &str = "systempaths=unconfined";

/// Every field is named, those that are never sent as well; `wire_tests` says why they are not.
pub(super) fn host_config(spec: &ContainerSpec) -> HostConfig {
    let (system_paths, security_opt): (Vec<_>, Vec<_>) =
        (spec.security_opt.iter().cloned()).partition(|option| option == SYSTEM_PATHS);
    let shown = (!system_paths.is_empty()).then(Vec::new);
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
        dns_options: some(spec.dns_options.clone()),
        links: some(spec.links.iter().map(link).collect()),
        binds: mounts::binds(spec),
        mounts: mounts::mounts(spec),
        tmpfs: mounts::tmpfs(spec),
        volume_driver: text(&spec.volume_driver),
        storage_opt: entries(&spec.storage_opt),
        volumes_from: some(spec.volumes_from.clone()),
        readonly_rootfs: some(spec.read_only),
        restart_policy: Some(restart(spec.restart)),
        auto_remove: some(spec.auto_remove),
        init: some(spec.init),
        nano_cpus: some(number(spec.cpus.nanos())),
        cpuset_cpus: text(&spec.cpuset_cpus),
        cpuset_mems: text(&spec.cpuset_mems),
        cpu_shares: some(i64::from(spec.cpu_shares)),
        cpu_period: some(i64::from(spec.cpu_period)),
        cpu_quota: some(number(spec.cpu_quota)),
        memory: some(number(spec.memory.get())),
        memory_reservation: some(number(spec.memory_reservation.get())),
        memory_swap: swap(spec.memory_swap),
        memory_swappiness: spec.memory_swappiness.map(i64::from),
        oom_kill_disable: some(spec.oom_kill_disable),
        oom_score_adj: some(i64::from(spec.oom_score_adj)),
        blkio_weight: some(spec.blkio_weight),
        blkio_weight_device: disks::weights(&spec.blkio_devices),
        blkio_device_read_bps: disks::rates(&spec.blkio_devices, |disk| disk.read_bps.get()),
        blkio_device_write_bps: disks::rates(&spec.blkio_devices, |disk| disk.write_bps.get()),
        blkio_device_read_iops: disks::rates(&spec.blkio_devices, |disk| disk.read_iops),
        blkio_device_write_iops: disks::rates(&spec.blkio_devices, |disk| disk.write_iops),
        shm_size: some(number(spec.shm_size.get())),
        pids_limit: some(i64::from(spec.pids_limit)),
        ulimits: some(spec.ulimits.iter().map(ulimit).collect()),
        privileged: some(spec.privileged),
        cap_add: some(spec.cap_add.clone()),
        cap_drop: some(spec.cap_drop.clone()),
        security_opt: some(security_opt),
        masked_paths: shown.clone(),
        readonly_paths: shown,
        devices: some(spec.devices.iter().map(device).collect()),
        device_requests: some(spec.device_requests.iter().map(request).collect()),
        device_cgroup_rules: some(spec.device_cgroup_rules.clone()),
        sysctls: some(spec.sysctls.iter().cloned().collect()),
        group_add: some(spec.group_add.clone()),
        pid_mode: text(&spec.pid_mode),
        ipc_mode: text(&spec.ipc_mode),
        uts_mode: text(&spec.uts_mode),
        userns_mode: text(&spec.userns_mode),
        cgroupns_mode: cgroupns(&spec.cgroupns_mode),
        cgroup_parent: text(&spec.cgroup_parent),
        runtime: text(&spec.runtime),
        log_config: logging(&spec.logging),
        annotations: entries(&spec.annotations),

        cgroup: None,
        console_size: None,
        container_id_file: None,
        cpu_count: None,
        cpu_percent: None,
        cpu_realtime_period: None,
        cpu_realtime_runtime: None,
        io_maximum_bandwidth: None,
        io_maximum_iops: None,
        isolation: None,
    }
}

fn port_key(port: u16, protocol: Protocol) -> String {
    format!("{port}/{}", protocol.word())
}

/// Every port that is published or exposed.
pub(super) fn exposed(spec: &ContainerSpec) -> Vec<String> {
    let published = spec.ports.iter().map(|it| port_key(it.container, it.protocol));
    let exposed = spec.expose.iter().map(|it| port_key(it.port, it.protocol));
    published.chain(exposed).collect()
}

fn swap(swap: Swap) -> Option<i64> {
    match swap {
        Swap::Usual => None,
        Swap::Total(total) => some(number(total.get())),
        Swap::Unlimited => Some(-1),
    }
}

fn request(request: &DeviceRequestSpec) -> DeviceRequest {
    DeviceRequest {
        driver: text(&request.driver),
        count: some(i64::from(request.count)),
        device_ids: some(request.ids.clone()),
        capabilities: some(request.capabilities.clone()),
        options: entries(&request.options),
    }
}

fn bindings(ports: &[PortSpec]) -> PortMap {
    let mut map = PortMap::new();
    for port in ports {
        let binding = PortBinding {
            host_ip: text(&port.host_ip),
            // An empty host port is Docker's word for any free one.
            host_port: Some(port.host.map(|p| p.to_string()).unwrap_or_default()),
        };
        map.entry(port_key(port.container, port.protocol))
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
