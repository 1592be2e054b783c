//! `GET /containers/{id}/json`: everything about one container.
use crate::answer::{Answer, Refusal, ok};
use crate::clock;
use crate::container::{Container, Health, State};
use crate::daemon::Daemon;
use crate::serve::Call;
use crate::spec::Spec;
use crate::summary::{Endpoint, Endpoints, ShownMount};
use serde_json::{Map, Value, json};

/// `HostConfig` of a container of which nothing was asked, by dockerd 20.10.
const HOST_CONFIG: &str = r#"{"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},
"NetworkMode":"default","PortBindings":{},"RestartPolicy":{"Name":"","MaximumRetryCount":0},"AutoRemove":false,
"VolumeDriver":"","VolumesFrom":null,"CapAdd":null,"CapDrop":null,"CgroupnsMode":"host","Dns":null,"DnsOptions":null,
"DnsSearch":null,"ExtraHosts":null,"GroupAdd":null,"IpcMode":"private","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"",
"Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"",
"ShmSize":67108864,"Runtime":"runc","ConsoleSize":[0,0],"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,
"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":null,"BlkioDeviceReadBps":null,"BlkioDeviceWriteBps":null,
"BlkioDeviceReadIOps":null,"BlkioDeviceWriteIOps":null,"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,
"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":null,"DeviceCgroupRules":null,"DeviceRequests":null,
"KernelMemory":0,"KernelMemoryTCP":0,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":null,"OomKillDisable":false,
"PidsLimit":null,"Ulimits":null,"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,
"MaskedPaths":["/proc/asound","/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list",
"/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware"],
"ReadonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]}"#;
/// What stands there only when it was asked for.
const HOST_CONFIG_MORE: [&str; 5] = ["Mounts", "Init", "Tmpfs", "StorageOpt", "Sysctls"];

/// The same of `Config`.
const CONFIG: &str = r#"{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,
"AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,
"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{}}"#;
const CONFIG_MORE: [&str; 7] = [
    "ExposedPorts",
    "Healthcheck",
    "StopSignal",
    "StopTimeout",
    "Shell",
    "MacAddress",
    "NetworkDisabled",
];

/// What is always there, with what was asked for as far as Docker knows it.
fn filled(always: &str, more: &[&str], asked: &Map<String, Value>) -> Map<String, Value> {
    // Constants of ours: they are JSON.
    let mut all: Map<String, Value> = serde_json::from_str(always).unwrap_or_default();
    for (key, value) in asked {
        if (all.contains_key(key) || more.contains(&key.as_str())) && !value.is_null() {
            all.insert(key.clone(), value.clone());
        }
    }
    all
}

pub(super) fn inspect(call: &Call) -> Result<Answer, Refusal> {
    call.engine.with(|daemon| {
        let container = daemon.by_name(&call.about)?;
        Ok(ok(&shown(daemon, container)))
    })
}

fn shown(daemon: &Daemon, container: &Container) -> Value {
    let spec = daemon.full_spec(container);
    let (id, up, was_up) = (container.id, container.state.is_up(), container.run > 0);
    let folder = format!("/var/lib/docker/containers/{id}");
    let file = |name: &str| {
        if was_up {
            format!("{folder}/{name}")
        } else {
            String::new()
        }
    };
    let layer = format!("/var/lib/docker/overlay2/{id}");
    let mut config = filled(CONFIG, &CONFIG_MORE, &spec.config);
    if config.get("Hostname") == Some(&json!("")) {
        config.insert("Hostname".to_owned(), json!(id.short()));
    }
    config.insert("Image".to_owned(), json!(spec.image));
    config.insert("Labels".to_owned(), json!(spec.labels));
    let mut host = filled(HOST_CONFIG, &HOST_CONFIG_MORE, &spec.host_config);
    host.insert("NetworkMode".to_owned(), json!(spec.network_mode));
    let mounts: Vec<ShownMount<'_>> = spec.mounts.iter().map(ShownMount::of).collect();
    json!({
        "Id": id, "Created": clock::moment(container.created), "Path": spec.path, "Args": spec.args,
        "State": state(container), "Image": spec.image_id, "ResolvConfPath": file("resolv.conf"),
        "HostnamePath": file("hostname"), "HostsPath": file("hosts"), "LogPath": file(&format!("{id}-json.log")),
        "Name": format!("/{}", container.name), "RestartCount": 0, "Driver": "overlay2", "Platform": "linux",
        "MountLabel": "", "ProcessLabel": "", "AppArmorProfile": "", "ExecIDs": exec_ids(daemon, container),
        "HostConfig": host,
        "GraphDriver": {"Data": {"LowerDir": format!("{layer}-init/diff"), "MergedDir": format!("{layer}/merged"),
            "UpperDir": format!("{layer}/diff"), "WorkDir": format!("{layer}/work")}, "Name": "overlay2"},
        "Mounts": mounts, "Config": config, "NetworkSettings": networks(daemon, container, &spec, up, was_up),
    })
}

fn exec_ids(daemon: &Daemon, container: &Container) -> Value {
    let of = daemon
        .execs
        .iter()
        .filter(|(_, exec)| exec.container == container.id && exec.runs());
    let ids: Vec<String> = of.map(|(id, _)| id.to_string()).collect();
    if ids.is_empty() { Value::Null } else { json!(ids) }
}

fn state(container: &Container) -> Value {
    let up = container.state.is_up();
    let mut state = json!({
        "Status": container.state.word(), "Running": up, "Paused": container.state == State::Paused,
        "Restarting": false, "OOMKilled": false, "Dead": false,
        "Pid": if up { 1000 + container.id.number() % 30_000 } else { 0 }, "ExitCode": container.exit_code, "Error": "",
        "StartedAt": clock::moment(container.started), "FinishedAt": clock::moment(container.finished),
    });
    if let (Some(health), Some(state)) = (container.health, state.as_object_mut()) {
        let end = clock::moment(container.started + clock::SECOND);
        let code = i32::from(health == Health::Unhealthy);
        let log = json!([{"Start": clock::moment(container.started), "End": end, "ExitCode": code, "Output": ""}]);
        let log = if health == Health::Starting { json!([]) } else { log };
        state.insert(
            "Health".to_owned(),
            json!({"Status": health.word(), "FailingStreak": code, "Log": log}),
        );
    }
    state
}

fn networks(daemon: &Daemon, container: &Container, spec: &Spec, up: bool, was_up: bool) -> Value {
    let all = Endpoints {
        world: &daemon.world,
        engine: daemon.engine,
        container,
        names: &spec.networks,
    };
    let mut ports = Map::new();
    for port in spec.ports.iter().filter(|_| up) {
        let key = format!("{}/{}", port.private, port.protocol);
        let entry = ports.entry(key).or_insert(Value::Null);
        if let Some((ip, public)) = &port.host {
            let bound = json!({"HostIp": ip, "HostPort": public.to_string()});
            match entry {
                Value::Array(all) => all.push(bound),
                other => *other = json!([bound]),
            }
        }
    }
    // The default bridge's place is shown here as well.
    let bridge = spec.networks.iter().position(|n| n == "bridge");
    let bridge = bridge.map(|place| Endpoint::of(&all, place, "bridge"));
    let of = |text: fn(&Endpoint) -> &str| bridge.as_ref().map(text).unwrap_or_default().to_owned();
    let id = container.id.to_string();
    json!({
        "Bridge": "", "SandboxID": if was_up { id.clone() } else { String::new() }, "HairpinMode": false,
        "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0, "Ports": ports,
        "SandboxKey": if was_up { format!("/var/run/docker/netns/{}", container.id.short()) } else { String::new() },
        "SecondaryIPAddresses": null, "SecondaryIPv6Addresses": null, "EndpointID": of(|e| &e.endpoint_id),
        "Gateway": of(|e| &e.gateway), "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
        "IPAddress": of(|e| &e.ip_address), "IPPrefixLen": bridge.as_ref().map_or(0, |e| e.ip_prefix_len),
        "IPv6Gateway": "", "MacAddress": of(|e| &e.mac_address), "Networks": all,
    })
}
