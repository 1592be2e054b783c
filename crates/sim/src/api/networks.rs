//! Networks and volumes: those that containers are in and mount, and those that somebody made.
use crate::answer::{Answer, Refusal, done, json, ok};
use crate::clock;
use crate::container::Container;
use crate::daemon::{Daemon, Volume};
use crate::event::Actor;
use crate::route::Route;
use crate::serve::Call;
use crate::summary::{Endpoint, Endpoints};
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Docker's own.
const BUILT_IN: [&str; 3] = ["bridge", "none", "host"];

fn names(daemon: &Daemon) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN.iter().map(|n| (*n).to_owned()).collect();
    let used = daemon.containers.iter().flat_map(|c| daemon.spec(c).networks);
    let others: BTreeSet<String> = used.chain(daemon.networks.iter().cloned()).collect();
    names.extend(others.into_iter().filter(|name| !BUILT_IN.contains(&name.as_str())));
    names
}

fn find(daemon: &Daemon, asked: &str) -> Result<String, Refusal> {
    let is = |name: &&String| {
        let id = daemon.world.network_id(daemon.engine, name).to_string();
        *name == asked || (asked.len() >= 4 && id.starts_with(asked))
    };
    let found = names(daemon).iter().find(is).cloned();
    found.ok_or_else(|| Refusal::new(404, format!("network {asked} not found")))
}

fn show(daemon: &Daemon, name: &str, with_containers: bool) -> Value {
    let known = BUILT_IN.contains(&name);
    let driver = match name {
        "none" => "null",
        "host" => "host",
        _ => "bridge",
    };
    let mut containers = Map::new();
    if with_containers {
        for container in daemon.containers.iter().filter(|c| c.state.is_up()) {
            let spec = daemon.spec(container);
            let Some(place) = spec.networks.iter().position(|n| n == name) else {
                continue;
            };
            containers.insert(
                container.id.to_string(),
                member(daemon, container, place, name, &spec.networks),
            );
        }
    }
    let config = if driver == "bridge" {
        json!([{"Subnet": "172.17.0.0/16"}])
    } else {
        json!([])
    };
    let options = if name == "bridge" {
        json!({
            "com.docker.network.bridge.default_bridge": "true", "com.docker.network.bridge.enable_icc": "true",
            "com.docker.network.bridge.enable_ip_masquerade": "true",
            "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0", "com.docker.network.bridge.name": "docker0",
            "com.docker.network.driver.mtu": "1500",
        })
    } else {
        json!({})
    };
    json!({
        "Name": name, "Id": daemon.world.network_id(daemon.engine, name), "Created": "2024-10-01T08:00:00.093417689Z",
        "Scope": "local", "Driver": driver, "EnableIPv6": false,
        "IPAM": {"Driver": "default", "Options": null, "Config": config}, "Internal": false, "Attachable": !known,
        "Ingress": false, "ConfigFrom": {"Network": ""}, "ConfigOnly": false, "Containers": containers, "Options": options,
        "Labels": {},
    })
}

fn member(daemon: &Daemon, container: &Container, place: usize, name: &str, all: &[String]) -> Value {
    let endpoints = Endpoints {
        world: &daemon.world,
        engine: daemon.engine,
        container,
        names: all,
    };
    let endpoint = Endpoint::of(&endpoints, place, name);
    json!({
        "Name": *container.name, "EndpointID": endpoint.endpoint_id, "MacAddress": endpoint.mac_address,
        "IPv4Address": format!("{}/{}", endpoint.ip_address, endpoint.ip_prefix_len), "IPv6Address": "",
    })
}

pub(super) fn list(call: &Call) -> Answer {
    let all: Vec<Value> = call.engine.with(|daemon| {
        let names = names(daemon);
        names.iter().map(|name| show(daemon, name, false)).collect()
    });
    ok(&all)
}

pub(super) fn inspect(call: &Call) -> Result<Answer, Refusal> {
    call.engine.with(|daemon| {
        let name = find(daemon, &call.about)?;
        Ok(ok(&show(daemon, &name, true)))
    })
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) async fn create(call: &mut Call) -> Result<Answer, Refusal> {
    let asked = call.json().await?;
    let name = text(&asked, "Name").to_owned();
    call.engine.with(|daemon| {
        if names(daemon).contains(&name) {
            return Err(Refusal::new(409, format!("network with name {name} already exists")));
        }
        daemon.networks.push(name.clone());
        let id = daemon.world.network_id(daemon.engine, &name);
        daemon.publish("create".into(), Actor::Network { name, container: None });
        Ok(json(StatusCode::CREATED, &json!({"Id": id, "Warning": ""})))
    })
}

pub(super) fn remove(call: &Call) -> Result<Answer, Refusal> {
    call.engine.with(|daemon| {
        let name = find(daemon, &call.about)?;
        if BUILT_IN.contains(&name.as_str()) {
            let message = format!("{name} is a pre-defined network and cannot be removed");
            return Err(Refusal::new(403, message));
        }
        if daemon
            .containers
            .iter()
            .any(|c| daemon.spec(c).networks.contains(&name))
        {
            let id = daemon.world.network_id(daemon.engine, &name);
            let message = format!("error while removing network: network {name} id {id} has active endpoints");
            return Err(Refusal::new(403, message));
        }
        daemon.networks.retain(|n| *n != name);
        daemon.publish("destroy".into(), Actor::Network { name, container: None });
        Ok(done())
    })
}

/// A container joins a network, or leaves it.
pub(super) async fn join(call: &mut Call) -> Result<Answer, Refusal> {
    let asked = call.json().await?;
    let joins = call.route == Route::NetworkConnect;
    call.engine.with(|daemon| {
        let name = find(daemon, &call.about)?;
        let place = daemon.find(text(&asked, "Container"))?;
        let (world, engine) = (Arc::clone(&daemon.world), daemon.engine);
        let Some(container) = daemon.touch(place) else {
            return Ok(done());
        };
        let (id, up) = (container.id, container.state.is_up());
        container.amend(&world, engine, |spec| {
            spec.networks.retain(|n| *n != name);
            if joins {
                spec.networks.push(name.clone());
            }
        });
        if up {
            let actor = Actor::Network {
                name,
                container: Some(id),
            };
            daemon.publish(if joins { "connect" } else { "disconnect" }.into(), actor);
        }
        Ok(crate::answer::empty(StatusCode::OK))
    })
}

fn show_volume(name: &str, volume: &Volume, used: Option<usize>) -> Value {
    let labels = if volume.labels.is_empty() {
        Value::Null
    } else {
        json!(volume.labels)
    };
    let seconds = volume.created - volume.created % clock::SECOND;
    let mut shown = json!({
        "CreatedAt": clock::moment(seconds), "Driver": "local", "Labels": labels,
        "Mountpoint": format!("/var/lib/docker/volumes/{name}/_data"), "Name": name, "Options": null, "Scope": "local",
    });
    if let (Some(used), Some(shown)) = (used, shown.as_object_mut()) {
        shown.insert("UsageData".to_owned(), json!({"RefCount": used, "Size": 4096}));
    }
    shown
}

fn known_volumes(daemon: &Daemon) -> BTreeMap<String, (Volume, usize)> {
    let made = daemon
        .volumes
        .iter()
        .map(|(name, volume)| (name.clone(), (volume.clone(), 0)));
    let mut all: BTreeMap<_, _> = made.collect();
    for container in &daemon.containers {
        for (name, _) in daemon.spec(container).volumes() {
            let volume = || {
                let volume = Volume {
                    created: container.created,
                    labels: BTreeMap::new(),
                };
                (volume, 0)
            };
            all.entry(name.to_owned()).or_insert_with(volume).1 += 1;
        }
    }
    all
}

pub(super) fn all_volumes(call: &Call, usage: bool) -> Vec<Value> {
    let all = call.engine.with(|daemon| known_volumes(daemon));
    let show = |(name, (volume, used)): (&String, &(Volume, usize))| show_volume(name, volume, usage.then_some(*used));
    all.iter().map(show).collect()
}

pub(super) fn volumes(call: &Call) -> Answer {
    ok(&json!({"Volumes": all_volumes(call, false), "Warnings": null}))
}

fn no_volume(asked: &str) -> Refusal {
    Refusal::new(404, format!("get {asked}: no such volume"))
}

pub(super) fn volume(call: &Call) -> Result<Answer, Refusal> {
    let all = call.engine.with(|daemon| known_volumes(daemon));
    let found = all.get(&call.about).ok_or_else(|| no_volume(&call.about))?;
    Ok(ok(&show_volume(&call.about, &found.0, None)))
}

pub(super) async fn create_volume(call: &mut Call) -> Result<Answer, Refusal> {
    let asked = call.json().await?;
    call.engine.with(|daemon| {
        let name = match text(&asked, "Name") {
            "" => daemon.new_id().to_string(),
            name => name.to_owned(),
        };
        let labels = asked.get("Labels").cloned().unwrap_or_default();
        let volume = Volume {
            created: daemon.now(),
            labels: serde_json::from_value(labels).unwrap_or_default(),
        };
        let shown = show_volume(&name, &volume, None);
        if daemon.volumes.insert(name.clone(), volume).is_none() {
            daemon.publish("create".into(), Actor::Volume { name, mounted: None });
        }
        Ok(json(StatusCode::CREATED, &shown))
    })
}

pub(super) fn remove_volume(call: &Call) -> Result<Answer, Refusal> {
    let asked = &call.about;
    call.engine.with(|daemon| {
        let all = known_volumes(daemon);
        let (_, used) = all.get(asked).ok_or_else(|| no_volume(asked))?;
        if *used > 0 {
            return Err(Refusal::new(409, format!("remove {asked}: volume is in use")));
        }
        daemon.volumes.remove(asked);
        let name = asked.clone();
        daemon.publish("destroy".into(), Actor::Volume { name, mounted: None });
        Ok(done())
    })
}
