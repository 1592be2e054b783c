//! A request as the line that would make the same container.
use crate::Written;
use crate::mount;
use crate::told::no_word;
use crate::value;
use shipyard_model::deploy::{
    BlockDeviceSpec, ContainerSpec, DeployRequest, DeviceRequestSpec, EndpointSpec, HealthcheckSpec, PullPolicy,
    Relabel, Swap,
};
use shipyard_model::words::quote;
use shipyard_model::{Bytes, Problem};

/// As notes call it.
const FORM: &str = "docker run";

struct Line {
    parts: Vec<String>,
    notes: Vec<Problem>,
}

impl Line {
    fn option(&mut self, flag: &str, value: impl AsRef<str>) {
        self.parts.push(format!("--{flag} {}", quote(value.as_ref())));
    }

    /// Unless it is empty.
    fn text(&mut self, flag: &str, value: &str) {
        if !value.is_empty() {
            self.option(flag, value);
        }
    }

    fn all<'v>(&mut self, flag: &str, values: impl IntoIterator<Item = &'v String>) {
        values.into_iter().for_each(|value| self.option(flag, value));
    }

    fn pairs(&mut self, flag: &str, pairs: &[(String, String)]) {
        pairs
            .iter()
            .for_each(|(name, value)| self.option(flag, format!("{name}={value}")));
    }

    /// Unless it is zero.
    fn number(&mut self, flag: &str, value: impl Into<i128>) {
        let value = value.into();
        if value != 0 {
            self.option(flag, value.to_string());
        }
    }

    fn size(&mut self, flag: &str, bytes: Bytes) {
        if bytes.get() > 0 {
            self.option(flag, value::size(bytes));
        }
    }

    fn flag(&mut self, flag: &str, on: bool) {
        if on {
            self.parts.push(format!("--{flag}"));
        }
    }

    fn untold(&mut self, what: &str, is_said: bool) {
        if is_said {
            self.notes.push(no_word(what, FORM));
        }
    }
}

/// Writes the line, broken after each option.
pub(crate) fn write(request: &DeployRequest) -> Written {
    let spec = &request.spec;
    let mut line = Line {
        parts: vec!["docker run -d".to_owned()],
        notes: Vec::new(),
    };
    process(&mut line, spec);
    match request.pull {
        PullPolicy::Missing => {}
        PullPolicy::Always => line.option("pull", "always"),
        PullPolicy::Never => line.option("pull", "never"),
    }
    limits(&mut line, spec);
    network(&mut line, spec);
    storage(&mut line, spec);
    isolation(&mut line, spec);
    line.text("log-driver", &spec.logging.driver);
    line.pairs("log-opt", &spec.logging.options);
    line.pairs("env", &spec.env);
    line.pairs("label", &spec.labels);
    line.pairs("annotation", &spec.annotations);
    // What is more than one word of the entrypoint goes before the command: it is run the same.
    let mut words = spec.entrypoint.iter();
    if let Some(first) = words.next() {
        line.option("entrypoint", first);
    }
    let image = if spec.image.is_empty() { "IMAGE" } else { &spec.image };
    let last = std::iter::once(quote(image)).chain(words.chain(&spec.command).map(|word| quote(word)));
    line.parts.push(last.collect::<Vec<_>>().join(" "));
    let rest = DeployRequest::default();
    line.untold("copies", request.copies != rest.copies);
    line.untold("target", request.target != rest.target);
    line.untold("strategy", request.strategy != rest.strategy);
    line.untold("affinity", !request.affinity.is_empty());
    line.untold("most_per_engine", request.most_per_engine.is_some());
    line.untold("reschedule", request.reschedule.is_some());
    line.untold("undo_on_failure", request.undo_on_failure);
    Written {
        text: line.parts.join(" \\\n  "),
        notes: line.notes,
    }
}

fn process(line: &mut Line, spec: &ContainerSpec) {
    line.text("name", &spec.name);
    if spec.restart != Default::default() {
        line.option("restart", value::restart_word(spec.restart));
    }
    line.flag("rm", spec.auto_remove);
    line.text("user", &spec.user);
    line.all("group-add", &spec.group_add);
    line.text("workdir", &spec.working_dir);
    line.text("hostname", &spec.hostname);
    line.text("domainname", &spec.domainname);
    line.flag("tty", spec.tty);
    line.flag("interactive", spec.open_stdin);
    line.untold("stdin_once", spec.stdin_once);
    line.flag("init", spec.init);
    line.text("stop-signal", &spec.stop_signal);
    if let Some(seconds) = spec.stop_timeout {
        line.option("stop-timeout", seconds.to_string());
    }
    if let Some(check) = &spec.healthcheck {
        health(line, check);
    }
}

fn health(line: &mut Line, check: &HealthcheckSpec) {
    let test: Vec<&str> = check.test.iter().map(String::as_str).collect();
    match test.as_slice() {
        ["NONE"] => line.flag("no-healthcheck", true),
        ["CMD-SHELL", command] => line.option("health-cmd", command),
        [] => {}
        _ => line.untold("healthcheck", true),
    }
    for (flag, milliseconds) in [
        ("health-interval", check.interval_ms),
        ("health-timeout", check.timeout_ms),
        ("health-start-period", check.start_period_ms),
        ("health-start-interval", check.start_interval_ms),
    ] {
        if milliseconds > 0 {
            line.option(flag, value::time(milliseconds));
        }
    }
    line.number("health-retries", check.retries);
}

fn limits(line: &mut Line, spec: &ContainerSpec) {
    if spec.cpus.nanos() > 0 {
        line.option("cpus", spec.cpus.to_string());
    }
    line.text("cpuset-cpus", &spec.cpuset_cpus);
    line.text("cpuset-mems", &spec.cpuset_mems);
    line.number("cpu-shares", spec.cpu_shares);
    line.number("cpu-period", spec.cpu_period);
    line.number("cpu-quota", spec.cpu_quota);
    line.size("memory", spec.memory);
    line.size("memory-reservation", spec.memory_reservation);
    match spec.memory_swap {
        Swap::Usual => {}
        Swap::Total(bytes) => line.option("memory-swap", value::size(bytes)),
        Swap::Unlimited => line.option("memory-swap", "-1"),
    }
    if let Some(swappiness) = spec.memory_swappiness {
        line.option("memory-swappiness", swappiness.to_string());
    }
    line.flag("oom-kill-disable", spec.oom_kill_disable);
    line.number("oom-score-adj", spec.oom_score_adj);
    line.size("shm-size", spec.shm_size);
    line.number("pids-limit", spec.pids_limit);
    for limit in &spec.ulimits {
        line.option("ulimit", value::ulimit_word(limit));
    }
    line.number("blkio-weight", spec.blkio_weight);
    spec.blkio_devices.iter().for_each(|disk| of_disk(line, disk));
}

fn of_disk(line: &mut Line, disk: &BlockDeviceSpec) {
    let mut of = |flag: &str, value: String, said: bool| {
        if said {
            line.option(flag, format!("{}:{value}", disk.path));
        }
    };
    of("blkio-weight-device", disk.weight.to_string(), disk.weight > 0);
    of("device-read-bps", value::size(disk.read_bps), disk.read_bps.get() > 0);
    of(
        "device-write-bps",
        value::size(disk.write_bps),
        disk.write_bps.get() > 0,
    );
    of("device-read-iops", disk.read_iops.to_string(), disk.read_iops > 0);
    of("device-write-iops", disk.write_iops.to_string(), disk.write_iops > 0);
}

fn network(line: &mut Line, spec: &ContainerSpec) {
    if spec.network.is_empty() {
        let EndpointSpec {
            aliases,
            ipv4,
            ipv6,
            link_local,
            mac,
            options,
            gateway_priority,
        } = &spec.endpoint;
        line.all("network-alias", aliases);
        line.text("ip", ipv4);
        line.text("ip6", ipv6);
        line.all("link-local-ip", link_local);
        line.text("mac-address", mac);
        line.untold("endpoint", !options.is_empty() || *gateway_priority != 0);
        line.untold("networks", !spec.networks.is_empty());
    } else {
        line.option("network", joined(&spec.network, &spec.endpoint));
        for network in &spec.networks {
            line.option("network", joined(&network.name, &network.endpoint));
        }
    }
    spec.ports
        .iter()
        .for_each(|port| line.option("publish", value::port(port)));
    line.flag("publish-all", spec.publish_all);
    for port in &spec.expose {
        line.option("expose", format!("{}/{}", port.port, port.protocol.word()));
    }
    for (name, address) in &spec.extra_hosts {
        line.option("add-host", format!("{name}:{address}"));
    }
    line.all("dns", &spec.dns);
    line.all("dns-search", &spec.dns_search);
    line.all("dns-option", &spec.dns_options);
    for link in &spec.links {
        line.option("link", value::link_word(link));
    }
}

/// A network by its name, or in the long way when there is more to say.
fn joined(name: &str, endpoint: &EndpointSpec) -> String {
    if *endpoint == EndpointSpec::default() {
        return name.to_owned();
    }
    let mut all = vec![format!("name={name}")];
    all.extend(endpoint.aliases.iter().map(|it| format!("alias={it}")));
    for (key, value) in [
        ("ip", &endpoint.ipv4),
        ("ip6", &endpoint.ipv6),
        ("mac-address", &endpoint.mac),
    ] {
        if !value.is_empty() {
            all.push(format!("{key}={value}"));
        }
    }
    all.extend(endpoint.link_local.iter().map(|it| format!("link-local-ip={it}")));
    all.extend(
        endpoint
            .options
            .iter()
            .map(|(key, value)| format!("driver-opt={key}={value}")),
    );
    if endpoint.gateway_priority != 0 {
        all.push(format!("gw-priority={}", endpoint.gateway_priority));
    }
    mount::joined(&all)
}

fn storage(line: &mut Line, spec: &ContainerSpec) {
    for volume in &spec.volumes {
        match mount::volume_word(volume) {
            Some(text) => line.option("volume", text),
            None => {
                line.option("mount", mount::mount_word(volume));
                line.untold("relabel", volume.relabel != Relabel::None);
            }
        }
    }
    line.text("volume-driver", &spec.volume_driver);
    line.all("volumes-from", &spec.volumes_from);
    for tmpfs in &spec.tmpfs {
        if tmpfs.mount {
            line.option("mount", mount::tmpfs_mount_word(tmpfs));
        } else {
            line.option("tmpfs", mount::tmpfs_word(tmpfs));
        }
    }
    line.flag("read-only", spec.read_only);
    line.pairs("storage-opt", &spec.storage_opt);
}

fn isolation(line: &mut Line, spec: &ContainerSpec) {
    line.flag("privileged", spec.privileged);
    line.all("cap-add", &spec.cap_add);
    line.all("cap-drop", &spec.cap_drop);
    line.all("security-opt", &spec.security_opt);
    for device in &spec.devices {
        line.option("device", value::device_word(device));
    }
    spec.device_requests.iter().for_each(|request| chosen(line, request));
    line.all("device-cgroup-rule", &spec.device_cgroup_rules);
    line.pairs("sysctl", &spec.sysctls);
    line.text("pid", &spec.pid_mode);
    line.text("ipc", &spec.ipc_mode);
    line.text("uts", &spec.uts_mode);
    line.text("userns", &spec.userns_mode);
    line.text("cgroupns", &spec.cgroupns_mode);
    line.text("cgroup-parent", &spec.cgroup_parent);
    line.text("runtime", &spec.runtime);
}

/// Devices that a driver chooses. The line can say one list of what they are able to do, with `gpu` last in it.
fn chosen(line: &mut Line, request: &DeviceRequestSpec) {
    let plain = request.count == 0 && request.capabilities.is_empty() && request.options.is_empty();
    if request.driver == "cdi" && plain && !request.ids.is_empty() {
        return line.all("device", &request.ids);
    }
    let able = match request.capabilities.as_slice() {
        [all] => all
            .split_last()
            .filter(|(last, _)| *last == "gpu")
            .map(|(_, before)| before),
        _ => None,
    };
    let (Some(able), false) = (able, request.count == 0 && request.ids.is_empty()) else {
        return line.untold("device_requests", true);
    };
    let mut all = Vec::new();
    match request.count {
        0 => {}
        -1 => all.push("all".to_owned()),
        count => all.push(count.to_string()),
    }
    if !request.ids.is_empty() {
        all.push(format!("device={}", request.ids.join(",")));
    }
    if !request.driver.is_empty() {
        all.push(format!("driver={}", request.driver));
    }
    if !able.is_empty() {
        all.push(format!("capabilities={}", able.join(",")));
    }
    if !request.options.is_empty() {
        let options = request.options.iter().map(|(key, value)| format!("{key}={value}"));
        all.push(format!("options={}", options.collect::<Vec<_>>().join(",")));
    }
    line.option("gpus", mount::joined(&all));
}
