//! The original's specification of a container, into ours and back.
use super::fault::Fault;
use super::shapes::{Image, Inner, Port, RestartPolicy};
use http::StatusCode;
use serde_json::Value;
use shipyard_model::deploy::{Affinity, ContainerSpec, PortSpec, RestartPolicy as Restart, Selector, VolumeSpec};
use shipyard_model::{Bytes, ContainerRow, Cpus, Protocol};
use std::collections::BTreeMap;

/// Variables that every container has, which the original does not show.
const USUAL: [&str; 3] = ["HOME", "PATH", "DEBIAN_FRONTEND"];

fn unfit(text: impl Into<String>) -> Fault {
    Fault::new(StatusCode::UNPROCESSABLE_ENTITY, text)
}

/// What an image of the original asks for.
pub(super) fn read(image: &Image) -> Result<ContainerSpec, Fault> {
    let cpus = Cpus::parse(&format!("{:.9}", image.cpus.max(0.0)));
    let memory = Bytes::parse(&format!("{:.6} MiB", image.memory.max(0.0)));
    let volumes = image.volumes.iter().flatten().map(|text| volume(text)).collect();
    Ok(ContainerSpec {
        image: image.name.clone(),
        name: image.container_name.trim_start_matches('/').to_owned(),
        command: image.args.clone().unwrap_or_default(),
        entrypoint: image.entrypoint.clone().unwrap_or_default(),
        env: image.environment.clone().unwrap_or_default().into_iter().collect(),
        hostname: image.hostname.clone(),
        domainname: image.domain.clone(),
        cpuset_cpus: image.cpuset.clone(),
        links: image.links.clone().unwrap_or_default().into_iter().collect(),
        publish_all: image.publish,
        cpus: cpus.map_err(|why| unfit(format!("cpus: {why}")))?,
        memory: memory.map_err(|why| unfit(format!("memory: {why}")))?,
        ports: image.bind_ports.iter().flatten().map(port).collect::<Result<_, _>>()?,
        volumes,
        restart: restart(&image.restart_policy)?,
        privileged: image.privileged,
        network: match image.network_mode.as_str() {
            "" | "bridge" | "default" => String::new(),
            other => other.to_owned(),
        },
        ..ContainerSpec::default()
    })
}

fn port(port: &Port) -> Result<PortSpec, Fault> {
    let protocol = match port.proto.to_ascii_lowercase().as_str() {
        "" | "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        other => return Err(unfit(format!("“{other}” is no protocol of a port: write tcp or udp"))),
    };
    Ok(PortSpec {
        host_ip: port.host_ip.clone(),
        host: Some(port.port).filter(|port| *port != 0),
        container: port.container_port,
        protocol,
    })
}

/// `/host:/container`, `/host:/container:ro`, or `/container` for a volume without a name.
fn volume(text: &str) -> VolumeSpec {
    let mut parts = text.split(':');
    let (first, second, mode) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    match second {
        Some(target) => VolumeSpec {
            source: first.to_owned(),
            target: target.to_owned(),
            read_only: mode == Some("ro"),
            ..VolumeSpec::default()
        },
        None => VolumeSpec {
            target: first.to_owned(),
            ..VolumeSpec::default()
        },
    }
}

fn restart(policy: &RestartPolicy) -> Result<Restart, Fault> {
    match policy.name.as_str() {
        "" | "no" => Ok(Restart::No),
        "always" => Ok(Restart::Always),
        "on-failure" => Ok(Restart::OnFailure(policy.maximum_retry)),
        "unless-stopped" => Ok(Restart::UnlessStopped),
        other => Err(unfit(format!(
            "“{other}” is no restart policy: write no, always or on-failure"
        ))),
    }
}

/// What a list knows of a container without asking its engine.
pub(super) fn of_row(row: &ContainerRow) -> Image {
    Image {
        name: row.image.clone(),
        cpus: row.reserved.cpus.as_f64(),
        memory: super::shapes::megabytes(row.reserved.memory),
        kind: "service".to_owned(),
        bind_ports: Some(ports(row)),
        ..Image::default()
    }
}

/// The published ports.
pub(super) fn ports(row: &ContainerRow) -> Vec<Port> {
    let published = row.ports.iter().filter(|port| port.host.is_some());
    published
        .map(|port| Port {
            proto: port.protocol.word().to_owned(),
            host_ip: port.host_ip.clone(),
            port: port.host.unwrap_or_default(),
            container_port: port.container,
        })
        .collect()
}

/// What Docker itself says of a container; unlike the original, with its arguments and the sources of its volumes.
pub(super) fn of_inspect(row: &ContainerRow, inspect: &Value) -> Image {
    let text = |pointer: &str| {
        inspect
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let list = |pointer: &str| -> Vec<String> {
        let list = inspect.pointer(pointer).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let environment = list("/Config/Env").into_iter().filter_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
        (!USUAL.contains(&key)).then(|| (key.to_owned(), value.to_owned()))
    });
    let retries = inspect.pointer("/HostConfig/RestartPolicy/MaximumRetryCount");
    Image {
        environment: Some(environment.collect::<BTreeMap<_, _>>()),
        entrypoint: Some(list("/Config/Entrypoint")),
        args: Some(list("/Config/Cmd")),
        hostname: text("/Config/Hostname"),
        domain: text("/Config/Domainname"),
        cpuset: text("/HostConfig/CpusetCpus"),
        volumes: Some(list("/HostConfig/Binds")),
        restart_policy: RestartPolicy {
            name: text("/HostConfig/RestartPolicy/Name"),
            maximum_retry: retries
                .and_then(Value::as_u64)
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or_default(),
        },
        privileged: inspect.pointer("/HostConfig/Privileged") == Some(&Value::Bool(true)),
        publish: inspect.pointer("/HostConfig/PublishAllPorts") == Some(&Value::Bool(true)),
        network_mode: text("/HostConfig/NetworkMode"),
        container_name: row.name.clone(),
        ..of_row(row)
    }
}

/// Engines on which the original would place a container of this type by its labels, by name.
pub(super) fn eligible(image: &Image, engines: &[Inner]) -> Result<Vec<String>, Fault> {
    let wanted: Vec<&str> = image.labels.iter().flatten().map(String::as_str).collect();
    let has_labels = |engine: &Inner| {
        let labels = engine.labels.as_deref().unwrap_or_default();
        wanted.iter().all(|label| labels.iter().any(|have| have == label))
    };
    let named = |engine: &Inner| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|label| label.strip_prefix("host:") == Some(&engine.id))
    };
    let fits = |engine: &&Inner| match image.kind.as_str() {
        "unique" => true,
        "host" => named(engine),
        _ => has_labels(engine),
    };
    if !["", "service", "unique", "multi", "host"].contains(&image.kind.as_str()) {
        return Err(unfit(format!("no scheduler for type {}", image.kind)));
    }
    let found: Vec<_> = engines.iter().filter(fits).map(|engine| engine.id.clone()).collect();
    if found.is_empty() {
        return Err(no_engine());
    }
    Ok(found)
}

/// That there is no place, in the original's words.
pub(super) fn no_engine() -> Fault {
    Fault::new(StatusCode::CONFLICT, "no eligible engines to run image")
}

/// What the original's type says of other containers: of `unique` and `multi` there is at most one of an image on an engine.
pub(super) fn affinity(image: &Image) -> Vec<Affinity> {
    let away = Affinity {
        with: false,
        containers: Selector::Image(tagged(&image.name)),
    };
    let is_alone = matches!(image.kind.as_str(), "unique" | "multi");
    is_alone.then_some(away).into_iter().collect()
}

/// An image's name with its tag.
fn tagged(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or_default();
    if last.contains([':', '@']) {
        image.to_owned()
    } else {
        format!("{image}:latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(name: &str, labels: &[&str]) -> Inner {
        Inner {
            id: name.to_owned(),
            labels: Some(labels.iter().map(|&label| label.to_owned()).collect()),
            ..Inner::default()
        }
    }

    #[test]
    fn the_originals_types_choose_engines() {
        let engines = [
            engine("n1", &["ssd", "eu"]),
            engine("n2", &["ssd"]),
            engine("n3", &["eu"]),
        ];
        let image = |kind: &str, labels: &[&str]| Image {
            name: "web".to_owned(),
            kind: kind.to_owned(),
            labels: Some(labels.iter().map(|&label| label.to_owned()).collect()),
            ..Image::default()
        };
        let chosen = |kind, labels| eligible(&image(kind, labels), &engines).map_err(|fault| format!("{fault:?}"));
        let names = |names: &[&str]| Ok(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(chosen("service", &[]), names(&["n1", "n2", "n3"]));
        assert_eq!(chosen("service", &["ssd", "eu"]), names(&["n1"]));
        assert_eq!(
            chosen("unique", &["eu"]),
            names(&["n1", "n2", "n3"]),
            "labels do not count"
        );
        assert_eq!(chosen("multi", &["eu"]), names(&["n1", "n3"]));
        assert_eq!(chosen("host", &["host:n2"]), names(&["n2"]));
        assert!(chosen("service", &["gpu"]).unwrap_err().contains("no eligible engines"));
        assert!(
            chosen("other", &[])
                .unwrap_err()
                .contains("no scheduler for type other")
        );
        let away = [Affinity {
            with: false,
            containers: Selector::Image("web:latest".to_owned()),
        }];
        for (kind, is_alone) in [("service", false), ("host", false), ("unique", true), ("multi", true)] {
            let wanted = if is_alone { away.to_vec() } else { Vec::new() };
            assert_eq!(affinity(&image(kind, &[])), wanted, "{kind}");
        }
    }

    #[test]
    fn a_specification_is_read_whole_or_refused() {
        let json = r#"{"name":"web:1","cpus":0.1,"memory":256,"environment":{"A":"b=c"},"args":["-v"],"type":"service",
            "bind_ports":[{"proto":"tcp","host_ip":"","port":0,"container_port":80}],"volumes":["/a:/b:ro","/c"],
            "restart_policy":{"name":"on-failure","maximum_retry":5},"network_mode":"bridge","user_data":{},
            "cpuset":"0-1","hostname":"web","domain":"example.org","links":{"db":"database"},"publish":true}"#;
        let image: Image = serde_json::from_str(json).unwrap();
        let spec = read(&image).unwrap();
        assert_eq!((spec.cpus.nanos(), spec.memory), (100_000_000, Bytes::mib(256)));
        assert_eq!(spec.env, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!((spec.ports[0].host, spec.ports[0].container), (None, 80));
        assert!(spec.volumes[0].read_only && spec.volumes[1].source.is_empty());
        assert_eq!(spec.restart, Restart::OnFailure(5));
        assert_eq!(
            (spec.cpuset_cpus.as_str(), spec.domainname.as_str()),
            ("0-1", "example.org")
        );
        assert_eq!(spec.links, [("db".to_owned(), "database".to_owned())]);
        assert!(spec.publish_all);
        for part in [
            r#""bind_ports":[{"proto":"icmp","container_port":1}]"#,
            r#""restart_policy":{"name":"x"}"#,
        ] {
            let image: Image = serde_json::from_str(&format!("{{\"name\":\"web\",{part}}}")).unwrap();
            assert!(read(&image).is_err(), "{part}");
        }
    }
}
