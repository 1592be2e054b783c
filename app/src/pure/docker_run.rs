//! One copy of a deploy as the `docker run` line that would make the same container.
use super::words::quote;
use shipyard_model::deploy::{ContainerSpec, PortSpec, PullPolicy, RestartPolicy, VolumeSpec};

/// The line, broken after each option.
pub fn line(spec: &ContainerSpec, name: &str, pull: PullPolicy) -> String {
    let mut parts = vec!["docker run -d".to_owned()];
    let mut option = |flag: &str, value: &str| parts.push(format!("--{flag} {}", quote(value)));
    if !name.is_empty() {
        option("name", name);
    }
    match spec.restart {
        RestartPolicy::No => {}
        RestartPolicy::OnFailure(0) => option("restart", "on-failure"),
        RestartPolicy::OnFailure(most) => option("restart", &format!("on-failure:{most}")),
        RestartPolicy::Always => option("restart", "always"),
        RestartPolicy::UnlessStopped => option("restart", "unless-stopped"),
    }
    match pull {
        PullPolicy::Missing => {}
        PullPolicy::Always => option("pull", "always"),
        PullPolicy::Never => option("pull", "never"),
    }
    if !spec.user.is_empty() {
        option("user", &spec.user);
    }
    if spec.cpus.nanos() > 0 {
        option("cpus", &spec.cpus.to_string());
    }
    if spec.memory.get() > 0 {
        option("memory", &memory(spec.memory.get()));
    }
    if !spec.network.is_empty() {
        option("network", &spec.network);
    }
    spec.ports.iter().for_each(|port| option("publish", &publish(port)));
    spec.volumes.iter().for_each(|it| option("volume", &volume(it)));
    spec.env.iter().for_each(|(k, v)| option("env", &format!("{k}={v}")));
    spec.labels
        .iter()
        .for_each(|(k, v)| option("label", &format!("{k}={v}")));
    let mut last = vec![quote(if spec.image.is_empty() { "IMAGE" } else { &spec.image })];
    last.extend(spec.command.iter().map(|word| quote(word)));
    parts.push(last.join(" "));
    parts.join(" \\\n  ")
}

/// A size in the largest of Docker's units that says it exactly.
fn memory(bytes: u64) -> String {
    [(1_u64 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")]
        .into_iter()
        .find(|(unit, _)| bytes.is_multiple_of(*unit))
        .map_or_else(|| bytes.to_string(), |(unit, name)| format!("{}{name}", bytes / unit))
}

fn publish(port: &PortSpec) -> String {
    let host = port.host.map(|h| h.to_string());
    let ip = if port.host_ip.contains(':') {
        format!("[{}]", port.host_ip)
    } else {
        port.host_ip.clone()
    };
    let before = match (ip.as_str(), host) {
        ("", None) => String::new(),
        ("", Some(host)) => format!("{host}:"),
        (ip, host) => format!("{ip}:{}:", host.unwrap_or_default()),
    };
    let protocol = port.protocol.word();
    let after = if protocol == "tcp" {
        String::new()
    } else {
        format!("/{protocol}")
    };
    format!("{before}{}{after}", port.container)
}

fn volume(it: &VolumeSpec) -> String {
    let read_only = if it.read_only { ":ro" } else { "" };
    if it.source.is_empty() {
        format!("{}{read_only}", it.target)
    } else {
        format!("{}:{}{read_only}", it.source, it.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{Bytes, Cpus, Protocol};

    #[test]
    fn everything_is_said_and_quoted() {
        let spec = ContainerSpec {
            image: "web:lab".into(),
            name: "web".into(),
            command: vec!["sh".into(), "-c".into(), "echo it's; sleep 1".into()],
            env: vec![("A".into(), "b c".into())],
            ports: vec![
                PortSpec {
                    host: Some(8080),
                    container: 80,
                    ..PortSpec::default()
                },
                PortSpec {
                    container: 53,
                    protocol: Protocol::Udp,
                    ..PortSpec::default()
                },
                PortSpec {
                    host_ip: "::1".into(),
                    container: 81,
                    ..PortSpec::default()
                },
            ],
            volumes: vec![VolumeSpec {
                source: "data".into(),
                target: "/data".into(),
                read_only: true,
                ..VolumeSpec::default()
            }],
            network: "host".into(),
            restart: RestartPolicy::OnFailure(3),
            user: "1000".into(),
            cpus: Cpus::parse("0.5").unwrap(),
            memory: Bytes::mib(256),
            labels: vec![("team".into(), "a".into())],
            ..ContainerSpec::default()
        };
        assert_eq!(
            line(&spec, "web-1", PullPolicy::Always),
            "docker run -d \\\n  --name web-1 \\\n  --restart on-failure:3 \\\n  --pull always \\\n  --user 1000 \\\n  --cpus 0.5 \\\n  --memory 256m \\\n  --network host \\\n  --publish 8080:80 \\\n  --publish 53/udp \\\n  --publish '[::1]::81' \\\n  --volume data:/data:ro \\\n  --env 'A=b c' \\\n  --label team=a \\\n  web:lab sh -c 'echo it'\\''s; sleep 1'"
        );
    }

    #[test]
    fn what_is_not_said_is_left_out() {
        let spec = ContainerSpec {
            image: "a".into(),
            ..ContainerSpec::default()
        };
        assert_eq!(line(&spec, "", PullPolicy::Missing), "docker run -d \\\n  a");
    }
}
