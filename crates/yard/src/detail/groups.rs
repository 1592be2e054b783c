//! Which settings a container's page shows, in which group and order.
use super::{Group, field, text};
use serde_json::Value;
use shipyard_model::detail::SettingGroup;

/// All groups that have anything to show.
pub(super) fn all(inspect: &Value) -> Vec<SettingGroup> {
    let groups = [
        general(inspect),
        network(inspect),
        mounts(inspect),
        limits(inspect),
        restart(inspect),
        security(inspect),
        health(inspect),
        logging(inspect),
        labels(inspect),
    ];
    groups.into_iter().filter_map(Group::finish).collect()
}

fn general(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "general");
    group.show("id", "/Id");
    group.show("image", "/Config/Image");
    group.show("image-id", "/Image");
    group.command("command", "/Config/Cmd");
    group.command("entrypoint", "/Config/Entrypoint");
    group.show("working-directory", "/Config/WorkingDir");
    group.show("user", "/Config/User");
    group.time("created", "/Created");
    group.time("started", "/State/StartedAt");
    group.time("finished", "/State/FinishedAt");
    if matches!(
        group.at("/State/Status").and_then(Value::as_str),
        Some("exited" | "dead")
    ) && let Some(code) = group.at("/State/ExitCode").and_then(Value::as_i64)
    {
        group.add("exit-code", code.to_string());
    }
    group.show("error", "/State/Error");
    group.show("out-of-memory", "/State/OOMKilled");
    group.show("restart-count", "/RestartCount");
    group.show("pid", "/State/Pid");
    group.show("platform", "/Platform");
    group.show("terminal", "/Config/Tty");
    group.show("stdin-open", "/Config/OpenStdin");
    group.show("stop-signal", "/Config/StopSignal");
    group.number("stop-timeout", "/Config/StopTimeout", |seconds| format!("{seconds} s"));
    group.show("init", "/HostConfig/Init");
    group.show("auto-remove", "/HostConfig/AutoRemove");
    group.show("runtime", "/HostConfig/Runtime");
    group
}

fn network(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "network");
    group.show("mode", "/HostConfig/NetworkMode");
    group.show("hostname", "/Config/Hostname");
    group.show("domain", "/Config/Domainname");
    group.show("mac-address", "/NetworkSettings/MacAddress");
    group.show("dns", "/HostConfig/Dns");
    group.show("dns-search", "/HostConfig/DnsSearch");
    group.show("dns-options", "/HostConfig/DnsOptions");
    group.show("extra-hosts", "/HostConfig/ExtraHosts");
    group.show("links", "/HostConfig/Links");
    for (name, network) in group.each("/NetworkSettings/Networks") {
        let parts = ["IPAddress", "GlobalIPv6Address", "Aliases"].map(|key| field(network, key));
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        group.add(
            name,
            if parts.is_empty() {
                "–".to_owned()
            } else {
                parts.join(", ")
            },
        );
    }
    let mut ports = group.each("/NetworkSettings/Ports");
    if ports.is_empty() {
        // A container that does not run has its ports in its settings only.
        ports = group.each("/HostConfig/PortBindings");
    }
    for (port, bindings) in ports {
        let bindings: Vec<_> = bindings.as_array().into_iter().flatten().map(binding).collect();
        group.add(
            port,
            if bindings.is_empty() {
                "–".to_owned()
            } else {
                bindings.join(", ")
            },
        );
    }
    group.show("publish-all", "/HostConfig/PublishAllPorts");
    group
}

fn binding(binding: &Value) -> String {
    let (ip, port) = (field(binding, "HostIp"), field(binding, "HostPort"));
    match (ip.as_str(), port.as_str()) {
        ("", port) => port.to_owned(),
        (ip, port) if ip.contains(':') => format!("[{ip}]:{port}"),
        (ip, port) => format!("{ip}:{port}"),
    }
}

fn mounts(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "mounts");
    for (_, mount) in group.each("/Mounts") {
        let name = field(mount, "Name");
        let source = if name.is_empty() { field(mount, "Source") } else { name };
        let access = match mount.get("RW").and_then(Value::as_bool) {
            Some(false) => "read-only",
            _ => "read-write",
        };
        let words = [field(mount, "Type"), access.to_owned(), field(mount, "Propagation")];
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        group.add(
            field(mount, "Destination"),
            format!("{source} ({})", words.join(", ")).trim().to_owned(),
        );
    }
    for (path, options) in group.each("/HostConfig/Tmpfs") {
        group.add(
            path,
            format!("tmpfs {}", text(options).unwrap_or_default()).trim().to_owned(),
        );
    }
    group.show("volumes-from", "/HostConfig/VolumesFrom");
    group.show("volume-driver", "/HostConfig/VolumeDriver");
    group
}

fn limits(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "limits");
    group.cpus("cpus", "/HostConfig/NanoCpus");
    group.show("cpu-shares", "/HostConfig/CpuShares");
    group.show("cpu-period", "/HostConfig/CpuPeriod");
    group.show("cpu-quota", "/HostConfig/CpuQuota");
    group.show("cpuset", "/HostConfig/CpusetCpus");
    group.show("cpuset-memory", "/HostConfig/CpusetMems");
    group.bytes("memory", "/HostConfig/Memory");
    group.bytes("memory-reservation", "/HostConfig/MemoryReservation");
    match group.at("/HostConfig/MemorySwap").and_then(Value::as_i64) {
        Some(-1) => group.add("memory-swap", "unlimited"),
        _ => group.bytes("memory-swap", "/HostConfig/MemorySwap"),
    }
    group.show("swappiness", "/HostConfig/MemorySwappiness");
    group.number("pids", "/HostConfig/PidsLimit", |pids| pids.to_string());
    group.bytes("shared-memory", "/HostConfig/ShmSize");
    group.show("oom-kill-disabled", "/HostConfig/OomKillDisable");
    group.show("oom-score", "/HostConfig/OomScoreAdj");
    group.show("io-weight", "/HostConfig/BlkioWeight");
    let ulimits = group.each("/HostConfig/Ulimits");
    let ulimits = ulimits
        .iter()
        .map(|(_, u)| format!("{}={}:{}", field(u, "Name"), limit(u, "Soft"), limit(u, "Hard")));
    group.add("ulimits", ulimits.collect::<Vec<_>>().join(", "));
    group
}

/// A limit, of which zero is one too.
fn limit(ulimit: &Value, key: &str) -> String {
    ulimit
        .get(key)
        .and_then(Value::as_i64)
        .map(|n| n.to_string())
        .unwrap_or_default()
}

fn restart(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "restart");
    group.show("policy", "/HostConfig/RestartPolicy/Name");
    group.show("most-retries", "/HostConfig/RestartPolicy/MaximumRetryCount");
    group
}

fn security(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "security");
    group.show("privileged", "/HostConfig/Privileged");
    group.show("capabilities-added", "/HostConfig/CapAdd");
    group.show("capabilities-dropped", "/HostConfig/CapDrop");
    group.show("security-options", "/HostConfig/SecurityOpt");
    group.show("read-only", "/HostConfig/ReadonlyRootfs");
    group.show("user-namespace", "/HostConfig/UsernsMode");
    group.show("pid-mode", "/HostConfig/PidMode");
    group.show("ipc-mode", "/HostConfig/IpcMode");
    group.show("uts-mode", "/HostConfig/UTSMode");
    group.show("cgroup-namespace", "/HostConfig/CgroupnsMode");
    group.show("cgroup-parent", "/HostConfig/CgroupParent");
    group.show("groups-added", "/HostConfig/GroupAdd");
    group.show("apparmor-profile", "/AppArmorProfile");
    let devices = group.each("/HostConfig/Devices");
    let devices = devices.iter().map(|(_, device)| {
        let parts = ["PathOnHost", "PathInContainer", "CgroupPermissions"].map(|key| field(device, key));
        parts.join(":")
    });
    group.add("devices", devices.collect::<Vec<_>>().join(", "));
    let sysctls = group.each("/HostConfig/Sysctls");
    let sysctls = sysctls
        .iter()
        .map(|(key, value)| format!("{key}={}", text(value).unwrap_or_default()));
    group.add("sysctls", sysctls.collect::<Vec<_>>().join(", "));
    group
}

fn health(inspect: &Value) -> Group<'_> {
    let seconds = |nanos: u64| format!("{} s", nanos as f64 / 1e9);
    let mut group = Group::new(inspect, "health");
    group.show("status", "/State/Health/Status");
    group.show("failing-streak", "/State/Health/FailingStreak");
    group.command("test", "/Config/Healthcheck/Test");
    group.number("interval", "/Config/Healthcheck/Interval", seconds);
    group.number("timeout", "/Config/Healthcheck/Timeout", seconds);
    group.number("start-period", "/Config/Healthcheck/StartPeriod", seconds);
    group.show("retries", "/Config/Healthcheck/Retries");
    let log = group.each("/State/Health/Log");
    if let Some((_, last)) = log.last() {
        group.add("last-check", field(last, "Start"));
        group.add("last-exit-code", limit(last, "ExitCode"));
        group.add("last-output", field(last, "Output").trim().to_owned());
    }
    group
}

fn logging(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "logging");
    group.show("driver", "/HostConfig/LogConfig/Type");
    for (key, value) in group.each("/HostConfig/LogConfig/Config") {
        group.add(key, text(value).unwrap_or_default());
    }
    group
}

fn labels(inspect: &Value) -> Group<'_> {
    let mut group = Group::new(inspect, "labels");
    for (key, value) in group.each("/Config/Labels") {
        group
            .settings
            .push((key.to_owned(), value.as_str().unwrap_or_default().to_owned()));
    }
    group
}
