//! `POST /containers/create`: a specification made of what was asked, as dockerd reads it.
use crate::answer::{Answer, Refusal, json};
use crate::changes::check_name;
use crate::container::Container;
use crate::daemon::{Daemon, Volume, asked_origin};
use crate::event::Actor;
use crate::serve::Call;
use crate::spec::{Mount, Port, Spec};
use crate::world::Image;
use http::StatusCode;
use serde_json::{Map, Value, json as value};
use std::collections::BTreeMap;

/// Names that Docker gives.
const NAMES: [&str; 8] = [
    "amazing", "bold", "clever", "eager", "gifted", "jolly", "quirky", "serene",
];

pub(super) async fn create(call: &mut Call) -> Result<Answer, Refusal> {
    let asked = call.json().await?;
    let name = call
        .query
        .get("name")
        .map(str::to_owned)
        .filter(|name| !name.is_empty());
    let Value::Object(asked) = asked else {
        return Err(Refusal::new(
            400,
            "Config cannot be empty in order to create a container",
        ));
    };
    if asked.is_empty() {
        return Err(Refusal::new(
            400,
            "Config cannot be empty in order to create a container",
        ));
    }
    call.engine.with(|daemon| {
        let reference = asked.get("Image").and_then(Value::as_str).unwrap_or_default();
        let image = daemon
            .image(reference)
            .cloned()
            .ok_or_else(|| Refusal::no_such_image(reference))?;
        let id = daemon.new_id();
        let name = match name {
            Some(asked) => {
                let bare = asked.strip_prefix('/').unwrap_or(&asked);
                check_name(bare, &asked)?;
                bare.to_owned()
            }
            None => {
                let word = usize::try_from(id.number() % 8).ok().and_then(|at| NAMES.get(at));
                format!("{}_{}", word.unwrap_or(&"new"), id.short())
            }
        };
        daemon.name_is_free(&name)?;
        let spec = read(&asked, &image, daemon);
        let now = daemon.now();
        let volumes: Vec<String> = spec.volumes().map(|(name, _)| name.to_owned()).collect();
        for name in volumes {
            if !daemon.volumes.contains_key(&name) {
                let volume = Volume {
                    created: now,
                    labels: BTreeMap::new(),
                };
                daemon.volumes.insert(name.clone(), volume);
                daemon.publish("create".into(), Actor::Volume { name, mounted: None });
            }
        }
        daemon.create(Container::new(id, name, asked_origin(spec), now));
        Ok(json(StatusCode::CREATED, &value!({"Id": id, "Warnings": []})))
    })
}

fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(words)) => words.iter().filter_map(|w| w.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn read(asked: &Map<String, Value>, image: &Image, daemon: &mut Daemon) -> Spec {
    let mut host = object(asked.get("HostConfig"));
    let mut config = asked.clone();
    config.remove("HostConfig");
    config.remove("NetworkingConfig");

    let entrypoint = words(asked.get("Entrypoint"));
    let own_entrypoint = !entrypoint.is_empty();
    let entrypoint = if own_entrypoint {
        entrypoint
    } else {
        image.entrypoint.clone()
    };
    let mut command = words(asked.get("Cmd"));
    if command.is_empty() && !own_entrypoint {
        command.clone_from(&image.command);
    }
    let mut line = entrypoint.iter().chain(&command).cloned();
    let (path, args) = (line.next().unwrap_or_default(), line.collect());

    let mut env = words(asked.get("Env"));
    let has = |env: &[String], word: &str| {
        let key = word.split('=').next().unwrap_or_default().to_owned() + "=";
        env.iter().any(|w| w.starts_with(&key))
    };
    let further: Vec<String> = image.env.iter().filter(|word| !has(&env, word)).cloned().collect();
    env.extend(further);
    let list = |words: &[String]| if words.is_empty() { Value::Null } else { value!(words) };
    config.insert("Env".to_owned(), list(&env));
    config.insert("Cmd".to_owned(), list(&command));
    config.insert("Entrypoint".to_owned(), list(&entrypoint));

    let mut exposed = object(asked.get("ExposedPorts"));
    if let Some(port) = image.exposes {
        exposed.insert(format!("{port}/tcp"), value!({}));
    }
    let bindings = object(host.get("PortBindings"));
    exposed.extend(bindings.keys().map(|key| (key.clone(), value!({}))));
    let ports = ports(
        &exposed,
        &bindings,
        host.get("PublishAllPorts") == Some(&Value::Bool(true)),
        daemon,
    );
    if exposed.is_empty() {
        config.remove("ExposedPorts");
    } else {
        config.insert("ExposedPorts".to_owned(), Value::Object(exposed));
    }
    host.insert("PortBindings".to_owned(), bound(&bindings));

    let mode = text(host.get("NetworkMode"));
    let mode = if mode.is_empty() { "default".to_owned() } else { mode };
    let mut networks = match mode.as_str() {
        "default" | "bridge" => vec!["bridge".to_owned()],
        other if other.starts_with("container:") => Vec::new(),
        other => vec![other.to_owned()],
    };
    let endpoints = object(asked.get("NetworkingConfig").and_then(|n| n.get("EndpointsConfig")));
    for name in endpoints.keys() {
        if !networks.contains(name) {
            networks.push(name.clone());
        }
    }
    fill_in(&mut host, &mode);
    let health = asked
        .get("Healthcheck")
        .filter(|h| h.get("Test").is_some_and(|t| t[0] != "NONE"));
    let health_every = health.map(|h| {
        h.get("Interval")
            .and_then(Value::as_i64)
            .filter(|n| *n > 0)
            .unwrap_or(30_000_000_000)
    });
    Spec {
        image: text(asked.get("Image")),
        image_id: image.id.clone(),
        path,
        args,
        labels: serde_json::from_value(asked.get("Labels").cloned().unwrap_or_default()).unwrap_or_default(),
        ports,
        network_mode: mode,
        networks,
        mounts: mounts(asked, &host, daemon),
        health_every,
        tty: asked.get("Tty") == Some(&Value::Bool(true)),
        config,
        host_config: host,
    }
}

/// What dockerd fills in where nothing was said.
fn fill_in(host: &mut Map<String, Value>, mode: &str) {
    host.insert("NetworkMode".to_owned(), value!(mode));
    let policy = object(host.get("RestartPolicy"));
    let policy = value!({
        "Name": text(policy.get("Name")),
        "MaximumRetryCount": policy.get("MaximumRetryCount").cloned().unwrap_or(value!(0)),
    });
    host.insert("RestartPolicy".to_owned(), policy);
    let memory = host.get("Memory").and_then(Value::as_i64).unwrap_or(0);
    let swap = host.get("MemorySwap").and_then(Value::as_i64).unwrap_or(0);
    if memory > 0 && swap == 0 {
        host.insert("MemorySwap".to_owned(), value!(memory.saturating_mul(2)));
    }
    // Null and nothing are the same to Go.
    host.retain(|_, value| !value.is_null());
}

fn split(key: &str) -> (u16, String) {
    let (port, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
    (port.parse().unwrap_or(0), protocol.to_owned())
}

fn ports(exposed: &Map<String, Value>, bindings: &Map<String, Value>, all: bool, daemon: &mut Daemon) -> Vec<Port> {
    let mut ports = Vec::new();
    for key in exposed.keys() {
        let (private, protocol) = split(key);
        let mut bound = bindings.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        if bound.is_empty() && all {
            bound.push(value!({}));
        }
        if bound.is_empty() {
            ports.push(Port {
                private,
                protocol,
                host: None,
            });
            continue;
        }
        for binding in bound {
            let asked = text(binding.get("HostPort")).parse().unwrap_or(0);
            let public = if asked == 0 { daemon.new_port() } else { asked };
            let ip = text(binding.get("HostIp"));
            // On all addresses is once for each family.
            let addresses = if ip.is_empty() {
                vec!["0.0.0.0".to_owned(), "::".to_owned()]
            } else {
                vec![ip]
            };
            ports.extend(addresses.into_iter().map(|ip| Port {
                private,
                protocol: protocol.clone(),
                host: Some((ip, public)),
            }));
        }
    }
    ports
}

/// Bindings with both fields, as inspect shows them.
fn bound(bindings: &Map<String, Value>) -> Value {
    let each = |(key, all): (&String, &Value)| {
        let all = all.as_array().cloned().unwrap_or_default();
        let all = all
            .iter()
            .map(|b| value!({"HostIp": text(b.get("HostIp")), "HostPort": text(b.get("HostPort"))}));
        (key.clone(), Value::Array(all.collect()))
    };
    Value::Object(bindings.iter().map(each).collect())
}

fn mounts(asked: &Map<String, Value>, host: &Map<String, Value>, daemon: &mut Daemon) -> Vec<Mount> {
    let mut all: Vec<Mount> = Vec::new();
    for bind in words(host.get("Binds")) {
        let mut parts = bind.split(':');
        let (source, destination, mode) = (parts.next(), parts.next(), parts.next());
        let (Some(source), Some(destination)) = (source, destination) else {
            continue;
        };
        all.push(mount(
            source,
            destination,
            mode.is_none_or(|m| !m.split(',').any(|w| w == "ro")),
            true,
        ));
    }
    for asked in host.get("Mounts").and_then(Value::as_array).into_iter().flatten() {
        let (kind, source) = (text(asked.get("Type")), text(asked.get("Source")));
        let (target, writable) = (
            text(asked.get("Target")),
            asked.get("ReadOnly") != Some(&Value::Bool(true)),
        );
        let source = match kind.as_str() {
            "volume" if source.is_empty() => daemon.new_id().to_string(),
            _ => source,
        };
        let mut made = mount(&source, &target, writable, false);
        if kind == "tmpfs" {
            (made.name, made.source) = (None, String::new());
        }
        made.kind = kind;
        all.push(made);
    }
    for destination in object(asked.get("Volumes")).keys() {
        if !all.iter().any(|m| m.destination == *destination) {
            let name = daemon.new_id().to_string();
            all.push(mount(&name, destination, true, false));
        }
    }
    all
}

fn mount(source: &str, destination: &str, writable: bool, of_bind: bool) -> Mount {
    let bind = source.starts_with('/');
    Mount {
        kind: if bind { "bind" } else { "volume" }.to_owned(),
        name: (!bind).then(|| source.to_owned()),
        source: if bind {
            source.to_owned()
        } else {
            format!("/var/lib/docker/volumes/{source}/_data")
        },
        destination: destination.to_owned(),
        writable,
        of_bind,
    }
}
