//! A request as a Compose file.
mod placed;

use super::map::Map;
use super::yaml::{Node, document};
use super::{from_image, is_key};
use crate::told::no_word;
use crate::{Written, mount, value};
use placed::placed;
use shipyard_model::deploy::{
    BlockDeviceSpec, ContainerSpec, Copies, DeployRequest, DeviceRequestSpec, EndpointSpec, HealthcheckSpec,
    PullPolicy, Relabel, Swap, VolumeSpec,
};
use shipyard_model::{Bytes, Problem};
use std::collections::BTreeSet;

/// As notes call it.
const FORM: &str = "Compose";

/// Writes the file.
pub(crate) fn write(request: &DeployRequest) -> Written {
    let spec = &request.spec;
    let mut notes = Vec::new();
    let mut service = Map::default();
    let usual = from_image(&spec.image);
    let key = if spec.name.is_empty() || !is_key(&spec.name) {
        usual.clone()
    } else {
        spec.name.clone()
    };
    service.put("image", Node::text(&spec.image));
    // Several containers cannot have one name; a single one has it as it is, without the project's before it.
    if !spec.name.is_empty() && (request.copies == Copies::Total(1) || key == usual) {
        service.text("container_name", &spec.name);
    }
    process(&mut service, spec);
    match request.pull {
        PullPolicy::Missing => {}
        PullPolicy::Always => service.text("pull_policy", "always"),
        PullPolicy::Never => service.text("pull_policy", "never"),
    }
    limits(&mut service, spec);
    network(&mut service, spec, &mut notes);
    storage(&mut service, spec);
    isolation(&mut service, spec);
    let mut logging = Map::default();
    logging.text("driver", &spec.logging.driver);
    logging.pairs("options", &spec.logging.options);
    service.map("logging", logging);
    service.pairs("environment", &spec.env);
    service.pairs("labels", &spec.labels);
    service.pairs("annotations", &spec.annotations);
    service.map("deploy", placed(request, &mut notes));
    for (what, is_said) in [
        ("stdin_once", spec.stdin_once),
        ("auto_remove", spec.auto_remove),
        ("publish_all", spec.publish_all),
        ("cpuset_mems", !spec.cpuset_mems.is_empty()),
        ("volume_driver", !spec.volume_driver.is_empty()),
        ("affinity", !request.affinity.is_empty()),
        ("reschedule", request.reschedule.is_some()),
        ("undo_on_failure", request.undo_on_failure),
    ] {
        if is_said {
            notes.push(no_word(what, FORM));
        }
    }
    let mut file = Map::default();
    file.map("services", Map(vec![(key, Node::Map(service.0))]));
    file.map("volumes", volumes(spec));
    file.map("networks", networks(spec));
    Written {
        text: document(&file.0),
        notes,
    }
}

fn process(service: &mut Map, spec: &ContainerSpec) {
    service.texts("entrypoint", &spec.entrypoint);
    service.texts("command", &spec.command);
    if spec.restart != Default::default() {
        service.text("restart", &value::restart_word(spec.restart));
    }
    service.text("user", &spec.user);
    service.texts("group_add", &spec.group_add);
    service.text("working_dir", &spec.working_dir);
    service.text("hostname", &spec.hostname);
    service.text("domainname", &spec.domainname);
    service.flag("tty", spec.tty);
    service.flag("stdin_open", spec.open_stdin);
    service.flag("init", spec.init);
    service.text("stop_signal", &spec.stop_signal);
    if let Some(seconds) = spec.stop_timeout {
        service.text("stop_grace_period", &format!("{seconds}s"));
    }
    if let Some(check) = &spec.healthcheck {
        service.put("healthcheck", Node::Map(health(check).0));
    }
}

fn health(check: &HealthcheckSpec) -> Map {
    let mut map = Map::default();
    map.texts("test", &check.test);
    for (key, milliseconds) in [
        ("interval", check.interval_ms),
        ("timeout", check.timeout_ms),
        ("start_period", check.start_period_ms),
        ("start_interval", check.start_interval_ms),
    ] {
        if milliseconds > 0 {
            map.text(key, &value::time(milliseconds));
        }
    }
    map.number("retries", check.retries);
    map
}

fn limits(service: &mut Map, spec: &ContainerSpec) {
    if spec.cpus.nanos() > 0 {
        service.put("cpus", Node::Plain(spec.cpus.to_string()));
    }
    service.text("cpuset", &spec.cpuset_cpus);
    service.number("cpu_shares", spec.cpu_shares);
    service.number("cpu_period", spec.cpu_period);
    service.number("cpu_quota", spec.cpu_quota);
    service.size("mem_limit", spec.memory);
    service.size("mem_reservation", spec.memory_reservation);
    match spec.memory_swap {
        Swap::Usual => {}
        Swap::Total(bytes) => service.text("memswap_limit", &value::size(bytes)),
        Swap::Unlimited => service.number("memswap_limit", -1),
    }
    if let Some(swappiness) = spec.memory_swappiness {
        service.put("mem_swappiness", Node::Plain(swappiness.to_string()));
    }
    service.flag("oom_kill_disable", spec.oom_kill_disable);
    service.number("oom_score_adj", spec.oom_score_adj);
    service.size("shm_size", spec.shm_size);
    service.number("pids_limit", spec.pids_limit);
    let mut ulimits = Map::default();
    for limit in &spec.ulimits {
        let mut map = Map::default();
        map.put("soft", Node::Plain(limit.soft.to_string()));
        map.put("hard", Node::Plain(limit.hard.to_string()));
        ulimits.map(&limit.name, map);
    }
    service.map("ulimits", ulimits);
    let mut blkio = Map::default();
    blkio.number("weight", spec.blkio_weight);
    let mut of = |key: &str, name: &str, value: &dyn Fn(&BlockDeviceSpec) -> Option<Node>| {
        let disk = |disk: &BlockDeviceSpec| {
            let mut map = Map::default();
            map.text("path", &disk.path);
            map.put(name, value(disk)?);
            Some(Node::Map(map.0))
        };
        blkio.list(key, spec.blkio_devices.iter().filter_map(disk));
    };
    let number = |number: u64| (number > 0).then(|| Node::Plain(number.to_string()));
    let size = |bytes: Bytes| (bytes.get() > 0).then(|| Node::text(value::size(bytes)));
    of("weight_device", "weight", &|disk| number(disk.weight.into()));
    of("device_read_bps", "rate", &|disk| size(disk.read_bps));
    of("device_write_bps", "rate", &|disk| size(disk.write_bps));
    of("device_read_iops", "rate", &|disk| number(disk.read_iops));
    of("device_write_iops", "rate", &|disk| number(disk.write_iops));
    service.map("blkio_config", blkio);
}

/// Names that are no network's, but a way to have one.
fn is_mode(network: &str) -> bool {
    matches!(network, "bridge" | "host" | "none" | "default") || network.contains(':')
}

fn network(service: &mut Map, spec: &ContainerSpec, notes: &mut Vec<Problem>) {
    service.list("ports", spec.ports.iter().map(|port| Node::text(value::port(port))));
    let expose = spec
        .expose
        .iter()
        .map(|it| Node::text(format!("{}/{}", it.port, it.protocol.word())));
    service.list("expose", expose);
    let only_mac = EndpointSpec {
        mac: spec.endpoint.mac.clone(),
        ..EndpointSpec::default()
    };
    if spec.network.is_empty() || (is_mode(&spec.network) && spec.networks.is_empty()) {
        service.text("network_mode", &spec.network);
        service.text("mac_address", &spec.endpoint.mac);
        if spec.endpoint != only_mac {
            notes.push(no_word("endpoint", FORM));
        }
        if !spec.networks.is_empty() {
            notes.push(no_word("networks", FORM));
        }
    } else {
        let mut all = Map::default();
        all.put(&spec.network, Node::Map(endpoint(&spec.endpoint).0));
        for network in &spec.networks {
            all.put(&network.name, Node::Map(endpoint(&network.endpoint).0));
        }
        service.map("networks", all);
    }
    let hosts = spec
        .extra_hosts
        .iter()
        .map(|(name, address)| Node::text(format!("{name}={address}")));
    service.list("extra_hosts", hosts);
    service.texts("dns", &spec.dns);
    service.texts("dns_search", &spec.dns_search);
    service.texts("dns_opt", &spec.dns_options);
    service.list(
        "external_links",
        spec.links.iter().map(|link| Node::text(value::link_word(link))),
    );
}

fn endpoint(endpoint: &EndpointSpec) -> Map {
    let mut map = Map::default();
    map.texts("aliases", &endpoint.aliases);
    map.text("ipv4_address", &endpoint.ipv4);
    map.text("ipv6_address", &endpoint.ipv6);
    map.texts("link_local_ips", &endpoint.link_local);
    map.text("mac_address", &endpoint.mac);
    map.pairs("driver_opts", &endpoint.options);
    map.number("gw_priority", endpoint.gateway_priority);
    map
}

/// The file's networks are there already.
fn networks(spec: &ContainerSpec) -> Map {
    let mut all = Map::default();
    if spec.network.is_empty() || (is_mode(&spec.network) && spec.networks.is_empty()) {
        return all;
    }
    let names: BTreeSet<&String> = std::iter::once(&spec.network)
        .chain(spec.networks.iter().map(|it| &it.name))
        .collect();
    for name in names {
        let mut map = Map::default();
        map.flag("external", true);
        all.map(name, map);
    }
    all
}

fn storage(service: &mut Map, spec: &ContainerSpec) {
    let volume = |volume: &VolumeSpec| {
        // What the file defines of a volume is not said where it is mounted.
        let here = VolumeSpec {
            driver: String::new(),
            driver_options: Vec::new(),
            labels: Vec::new(),
            ..volume.clone()
        };
        mount::volume_word(&here).map_or_else(|| Node::Map(long(&here).0), Node::Text)
    };
    let tmpfs = spec.tmpfs.iter().filter(|tmpfs| tmpfs.mount).map(|tmpfs| {
        let mut map = Map::default();
        map.text("type", "tmpfs");
        map.text("target", &tmpfs.target);
        let mut options = Map::default();
        options.size("size", tmpfs.size);
        if let Some(mode) = tmpfs.mode {
            options.put("mode", Node::Plain(format!("0o{mode:o}")));
        }
        map.map("tmpfs", options);
        Node::Map(map.0)
    });
    service.list("volumes", spec.volumes.iter().map(volume).chain(tmpfs));
    service.list(
        "volumes_from",
        spec.volumes_from
            .iter()
            .map(|from| Node::text(format!("container:{from}"))),
    );
    let short = spec.tmpfs.iter().filter(|tmpfs| !tmpfs.mount);
    service.list("tmpfs", short.map(|tmpfs| Node::text(mount::tmpfs_word(tmpfs))));
    service.flag("read_only", spec.read_only);
    service.pairs("storage_opt", &spec.storage_opt);
}

fn long(volume: &VolumeSpec) -> Map {
    let is_bind = volume.source.starts_with('/');
    let mut map = Map::default();
    map.text("type", if is_bind { "bind" } else { "volume" });
    map.text("source", &volume.source);
    map.text("target", &volume.target);
    map.flag("read_only", volume.read_only);
    let mut inner = Map::default();
    if is_bind {
        inner.text("propagation", volume.propagation.word());
        match volume.relabel {
            Relabel::None => {}
            Relabel::Shared => inner.text("selinux", "z"),
            Relabel::Private => inner.text("selinux", "Z"),
        }
        if volume.mount {
            inner.put("create_host_path", Node::Plain("false".to_owned()));
        }
        map.map("bind", inner);
    } else {
        inner.flag("nocopy", volume.no_copy);
        inner.text("subpath", &volume.subpath);
        map.map("volume", inner);
    }
    map
}

/// The file's volumes have the names that they are known by, without the project's before them.
fn volumes(spec: &ContainerSpec) -> Map {
    let mut all = Map::default();
    for volume in &spec.volumes {
        let is_named = !volume.source.is_empty() && !volume.source.starts_with('/');
        if !is_named || all.0.iter().any(|(name, _)| *name == volume.source) {
            continue;
        }
        let mut map = Map::default();
        map.text("name", &volume.source);
        map.text("driver", &volume.driver);
        map.pairs("driver_opts", &volume.driver_options);
        map.pairs("labels", &volume.labels);
        all.map(&volume.source, map);
    }
    all
}

fn isolation(service: &mut Map, spec: &ContainerSpec) {
    service.flag("privileged", spec.privileged);
    service.texts("cap_add", &spec.cap_add);
    service.texts("cap_drop", &spec.cap_drop);
    service.texts("security_opt", &spec.security_opt);
    let named = spec
        .device_requests
        .iter()
        .filter(|request| is_cdi(request))
        .flat_map(|request| &request.ids);
    let devices = spec.devices.iter().map(|device| Node::text(value::device_word(device)));
    service.list("devices", devices.chain(named.map(Node::text)));
    service.texts("device_cgroup_rules", &spec.device_cgroup_rules);
    service.pairs("sysctls", &spec.sysctls);
    service.text("pid", &spec.pid_mode);
    service.text("ipc", &spec.ipc_mode);
    service.text("uts", &spec.uts_mode);
    service.text("userns_mode", &spec.userns_mode);
    service.text("cgroup", &spec.cgroupns_mode);
    service.text("cgroup_parent", &spec.cgroup_parent);
    service.text("runtime", &spec.runtime);
}

/// Devices by the names that their makers' drivers have for them, which have a shorter word.
fn is_cdi(request: &DeviceRequestSpec) -> bool {
    request.driver == "cdi"
        && request.count == 0
        && request.capabilities.is_empty()
        && request.options.is_empty()
        && !request.ids.is_empty()
}
