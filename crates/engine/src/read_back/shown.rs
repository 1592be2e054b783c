//! What Docker would show of a container that was made from a body of ours: the body, with what its image and its daemon
//! give mixed in, as dockerd does it. For tests.
use super::{Daemon, Inspected};
use crate::create::{Order, test_age};
use serde_json::{Value, json};

const ID: &str = "cb858b89d8dbd8d7e6c005a6db039bcf59535cd2c3f75af4755d59bcbffe0148";

/// The image that containers of the tests are made from.
pub(super) fn image() -> Value {
    json!({ "Config": {
        "Env": ["PATH=/bin", "LANG=C"], "Cmd": ["serve"], "Entrypoint": ["/entry"], "User": "www", "WorkingDir": "/srv",
        "Labels": { "vendor": "lab" }, "ExposedPorts": { "80/tcp": {} }, "Volumes": { "/var/lib/data": {} },
        "StopSignal": "SIGQUIT", "Healthcheck": { "Test": ["CMD", "true"], "Interval": 5_000_000_000_u64 },
    } })
}

pub(super) fn daemon() -> Daemon {
    Daemon {
        name: "node1".to_owned(),
        logging_driver: "json-file".to_owned(),
        default_runtime: "runc".to_owned(),
        cgroup_version: "1".to_owned(),
        swap_limit: true,
    }
}

fn default(object: &mut Value, name: &str, value: Value) {
    let there = &mut object[name];
    if there.is_null() || there == "" || there == &json!([]) {
        *there = value;
    }
}

/// What was asked for as dockerd shows it when it made a container of it.
pub(super) fn shown(order: Order) -> Inspected {
    let image = image();
    let given = &image["Config"];
    let mut config = Value::Object(order.body);
    let endpoints = config["NetworkingConfig"].take();
    let mut host = config["HostConfig"].take();
    config
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name != "HostConfig" && name != "NetworkingConfig");

    if config["Entrypoint"].is_null() {
        default(&mut config, "Cmd", given["Cmd"].clone());
        config["Entrypoint"] = given["Entrypoint"].clone();
    }
    if config["Entrypoint"] == json!([""]) {
        config["Entrypoint"] = Value::Null;
    }
    let mut env = config["Env"].as_array().cloned().unwrap_or_default();
    for line in given["Env"].as_array().unwrap() {
        let key = line.as_str().unwrap().split('=').next().unwrap();
        if !env
            .iter()
            .any(|own| own.as_str().unwrap().split('=').next() == Some(key))
        {
            env.push(line.clone());
        }
    }
    config["Env"] = json!(env);
    for name in ["Labels", "ExposedPorts", "Volumes"] {
        let mut all = given[name].as_object().unwrap().clone();
        all.extend(config[name].as_object().cloned().unwrap_or_default());
        config[name] = Value::Object(all);
    }
    for name in ["User", "WorkingDir", "StopSignal", "Healthcheck"] {
        default(&mut config, name, given[name].clone());
    }
    let of_machine = if host["NetworkMode"] == "host" {
        "node1"
    } else {
        &ID[..12]
    };
    default(&mut config, "Hostname", json!(of_machine));
    config["AttachStdout"] = json!(true);

    default(&mut host, "NetworkMode", json!("default"));
    default(&mut host, "ShmSize", json!(64 * 1024 * 1024));
    default(&mut host, "IpcMode", json!("private"));
    default(&mut host, "CgroupnsMode", json!("host"));
    default(&mut host, "Runtime", json!("runc"));
    default(&mut host, "LogConfig", json!({ "Type": "json-file", "Config": {} }));
    if let Some(memory) = host["Memory"].as_u64().filter(|_| host["MemorySwap"].is_null()) {
        host["MemorySwap"] = json!(memory * 2);
    }
    let privileged = host["Privileged"] == true;
    let is_open = host["MaskedPaths"].is_array() && !privileged;
    let shut = |paths: &[&str]| if privileged { Value::Null } else { json!(paths) };
    host["MaskedPaths"] = shut(&["/proc/asound", "/proc/kcore", "/proc/sched_debug", "/sys/firmware"]);
    host["ReadonlyPaths"] = shut(&["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]);
    if is_open {
        (host["MaskedPaths"], host["ReadonlyPaths"]) = (json!([]), json!([]));
    }
    if privileged || host["PidMode"] == "host" || host["IpcMode"] == "host" {
        let mut options = host["SecurityOpt"].as_array().cloned().unwrap_or_default();
        options.push(json!("label=disable"));
        host["SecurityOpt"] = json!(options);
    }
    for link in host["Links"].as_array_mut().into_iter().flatten() {
        let (container, name) = link.as_str().unwrap().split_once(':').unwrap();
        *link = json!(format!("/{container}:/web/{name}"));
    }
    default(&mut host, "ConsoleSize", json!([24, 80]));
    default(&mut host, "AutoRemove", json!(false));
    let mut networks = serde_json::Map::new();
    let mode = host["NetworkMode"].as_str().unwrap().to_owned();
    let first = match mode.as_str() {
        "default" => "bridge".to_owned(),
        other => other.to_owned(),
    };
    let first = (first, endpoints["EndpointsConfig"][&mode].clone());
    let further = order
        .networks
        .into_iter()
        .map(|(name, endpoint)| (name, Value::Object(endpoint)));
    for (name, mut endpoint) in std::iter::once(first).chain(further) {
        let mut aliases = vec![json!(ID[..12])];
        aliases.extend(endpoint["Aliases"].as_array().cloned().unwrap_or_default());
        endpoint["Aliases"] = json!(aliases);
        endpoint["NetworkID"] = json!(format!("{name}-id"));
        networks.insert(name, endpoint);
    }
    Inspected {
        container: json!({
            "Id": ID, "Name": "/web", "Image": "sha256:1", "Config": config, "HostConfig": host,
            "Mounts": [{ "Type": "volume", "Name": "9f", "Destination": "/var/lib/data", "RW": true }],
            "NetworkSettings": { "Networks": networks },
        }),
        image,
        daemon: daemon(),
        age: test_age(41),
    }
}

impl Inspected {
    /// The same with one field of it set.
    pub(super) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.container.pointer_mut(parent).unwrap()[name] = value;
        self
    }
}
