//! What concerns the engine that a container runs on.
use super::fields::{Fields, Unsaid};
use super::{Daemon, limits, mounts};
use crate::create::SYSTEM_PATHS;
use serde::Deserialize;
use serde_json::Value;
use shipyard_model::Protocol;
use shipyard_model::deploy::{ContainerSpec, DeviceRequestSpec, DeviceSpec, LogSpec, PortSpec, RestartPolicy};
use std::collections::BTreeMap;

/// What Docker hides, and lets only be read, in every container that is not privileged: among what each version does.
const MASKED: [&str; 3] = ["/proc/kcore", "/proc/sched_debug", "/sys/firmware"];
const READ_ONLY: [&str; 4] = ["/proc/bus", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Yields what cannot be said.
pub(super) fn read(host: &Value, daemon: &Daemon, spec: &mut ContainerSpec) -> Unsaid {
    let mut fields = Fields::of(host);
    spec.ports = ports(&mut fields);
    reached(&mut fields, spec);
    mounts::read(&mut fields, spec);
    limits::read(&mut fields, daemon, spec);
    isolation(&mut fields, daemon, spec);
    devices(&mut fields, spec);
    spec.restart = restart(&mut fields);
    spec.auto_remove = fields.take("AutoRemove");
    spec.annotations = fields.take::<BTreeMap<_, _>>("Annotations").into_iter().collect();
    spec.logging = logging(&mut fields, daemon);
    // The terminal and the file of the client that made it.
    fields.pass_over(&["ConsoleSize", "ContainerIDFile"]);
    fields.end(&Value::Null)
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Binding {
    host_ip: String,
    host_port: String,
}

fn ports(fields: &mut Fields) -> Vec<PortSpec> {
    let bindings: BTreeMap<String, Option<Vec<Binding>>> = fields.take("PortBindings");
    let mut ports = Vec::new();
    for (port, bindings) in bindings {
        let read = bindings.filter(|all| !all.is_empty()).and_then(|all| {
            let all = all.into_iter().map(|binding| published(&port, binding));
            all.collect::<Option<Vec<_>>>()
        });
        match read {
            Some(mut read) => ports.append(&mut read),
            None => fields.refuse("PortBindings"),
        }
    }
    ports
}

/// `None` for what is more than one port to one port.
fn published(port: &str, binding: Binding) -> Option<PortSpec> {
    let (container, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    let host = match binding.host_port.as_str() {
        "" | "0" => None,
        number => Some(number.parse().ok()?),
    };
    Some(PortSpec {
        host_ip: binding.host_ip,
        host,
        container: container.parse().ok()?,
        protocol: [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
            .into_iter()
            .find(|known| known.word() == protocol)?,
    })
}

/// `/db:/web/database`: the container, and in its own place the name it has for it.
fn link(written: &str) -> Option<(String, String)> {
    let (container, name) = written.split_once(':')?;
    let name = name.rsplit('/').next()?;
    Some((container.trim_start_matches('/').to_owned(), name.to_owned()))
}

fn reached(fields: &mut Fields, spec: &mut ContainerSpec) {
    let network: String = fields.take("NetworkMode");
    spec.network = if network == "default" { String::new() } else { network };
    for line in fields.take::<Vec<String>>("ExtraHosts") {
        match line.split_once(':') {
            Some((name, to)) => spec.extra_hosts.push((name.to_owned(), to.to_owned())),
            None => fields.refuse("ExtraHosts"),
        }
    }
    for written in fields.take::<Vec<String>>("Links") {
        match link(&written) {
            Some(link) => spec.links.push(link),
            None => fields.refuse("Links"),
        }
    }
    spec.publish_all = fields.take("PublishAllPorts");
    spec.dns = fields.take("Dns");
    spec.dns_search = fields.take("DnsSearch");
    spec.dns_options = fields.take("DnsOptions");
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Device {
    path_on_host: String,
    path_in_container: String,
    cgroup_permissions: String,
}

fn isolation(fields: &mut Fields, daemon: &Daemon, spec: &mut ContainerSpec) {
    spec.privileged = fields.take("Privileged");
    spec.init = fields.take("Init");
    spec.cap_add = fields.take("CapAdd");
    spec.cap_drop = fields.take("CapDrop");
    spec.pid_mode = fields.take("PidMode");
    spec.ipc_mode = fields.take("IpcMode");
    spec.uts_mode = fields.take("UTSMode");
    spec.userns_mode = fields.take("UsernsMode");
    spec.group_add = fields.take("GroupAdd");
    spec.sysctls = fields.take::<BTreeMap<_, _>>("Sysctls").into_iter().collect();
    spec.security_opt = fields.take("SecurityOpt");
    if spec.privileged || spec.pid_mode == "host" || spec.ipc_mode == "host" {
        // Docker adds it to these, and will again.
        spec.security_opt.retain(|option| option != "label=disable");
    }
    // A daemon with the first kind of control groups gives them all to see; that is nobody's wish for one container.
    let cgroupns: String = fields.take("CgroupnsMode");
    let as_daemon = cgroupns == "host" && daemon.cgroup_version == "1";
    spec.cgroupns_mode = if as_daemon { String::new() } else { cgroupns };
    let runtime: String = fields.take("Runtime");
    let as_daemon = runtime == daemon.default_runtime;
    spec.runtime = if as_daemon { String::new() } else { runtime };
    spec.cgroup_parent = fields.take("CgroupParent");
    system_paths(fields, spec);
    if !matches!(fields.take::<String>("Isolation").as_str(), "" | "default") {
        fields.refuse("Isolation");
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Request {
    driver: String,
    count: i32,
    #[serde(rename = "DeviceIDs")]
    device_ids: Option<Vec<String>>,
    capabilities: Option<Vec<Vec<String>>>,
    options: Option<BTreeMap<String, String>>,
}

fn devices(fields: &mut Fields, spec: &mut ContainerSpec) {
    let devices: Vec<Device> = fields.take("Devices");
    spec.devices = devices.into_iter().map(device).collect();
    let requests: Vec<Request> = fields.take("DeviceRequests");
    let request = |it: Request| DeviceRequestSpec {
        driver: it.driver,
        count: it.count,
        ids: it.device_ids.unwrap_or_default(),
        capabilities: it.capabilities.unwrap_or_default(),
        options: it.options.unwrap_or_default().into_iter().collect(),
    };
    spec.device_requests = requests.into_iter().map(request).collect();
    spec.device_cgroup_rules = fields.take("DeviceCgroupRules");
}

/// Paths of the kernel that Docker shuts by itself: all of them, or none.
fn system_paths(fields: &mut Fields, spec: &mut ContainerSpec) {
    let [masked, read_only]: [Option<Vec<String>>; 2] = ["MaskedPaths", "ReadonlyPaths"].map(|name| fields.take(name));
    let is_open = |paths: &Option<Vec<String>>| paths.as_ref().is_some_and(Vec::is_empty);
    if !spec.privileged && is_open(&masked) && is_open(&read_only) {
        spec.security_opt.push(SYSTEM_PATHS.to_owned());
        return;
    }
    hidden(fields, "MaskedPaths", masked, &MASKED, spec.privileged);
    hidden(fields, "ReadonlyPaths", read_only, &READ_ONLY, spec.privileged);
}

fn hidden(fields: &mut Fields, name: &str, paths: Option<Vec<String>>, usual: &[&str], privileged: bool) {
    let Some(paths) = paths else {
        return;
    };
    let as_usual = if privileged {
        paths.is_empty()
    } else {
        usual.iter().all(|path| paths.iter().any(|shut| shut == path))
    };
    if !as_usual {
        fields.refuse(name);
    }
}

fn device(device: Device) -> DeviceSpec {
    let same = device.path_in_container == device.path_on_host;
    let all = device.cgroup_permissions == "rwm";
    DeviceSpec {
        host: device.path_on_host,
        container: if same { String::new() } else { device.path_in_container },
        permissions: if all { String::new() } else { device.cgroup_permissions },
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Restart {
    name: String,
    maximum_retry_count: u32,
}

fn restart(fields: &mut Fields) -> RestartPolicy {
    let policy: Restart = fields.take("RestartPolicy");
    match policy.name.as_str() {
        "" | "no" => RestartPolicy::No,
        "on-failure" => RestartPolicy::OnFailure(policy.maximum_retry_count),
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        _ => {
            fields.refuse("RestartPolicy");
            RestartPolicy::No
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Log {
    #[serde(rename = "Type")]
    driver: String,
    config: Option<BTreeMap<String, String>>,
}

fn logging(fields: &mut Fields, daemon: &Daemon) -> LogSpec {
    let log: Log = fields.take("LogConfig");
    let options: Vec<_> = log.config.unwrap_or_default().into_iter().collect();
    if options.is_empty() && log.driver == daemon.logging_driver {
        return LogSpec::default();
    }
    LogSpec {
        driver: log.driver,
        options,
    }
}
