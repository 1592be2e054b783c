//! Making a container: from our specification to Docker's body.
use crate::call_error::CallError;
use crate::connection::Connection;
use crate::image;
use crate::wire::Limits;
use bollard::models::{
    ContainerCreateBody, HostConfig, Mount, MountType, PortBinding, PortMap, RestartPolicy as DockerRestart,
    RestartPolicyNameEnum,
};
use bollard::query_parameters::CreateContainerOptions;
use shipyard_model::ContainerId;
use shipyard_model::deploy::{ContainerSpec, PortSpec, RestartPolicy, VolumeSpec};
use std::collections::HashMap;

impl Connection {
    /// Makes a container from a specification, under a name, with further labels; does not start it. Yields its id and
    /// Docker's warnings.
    ///
    /// # Errors
    /// [`CallError`] with Docker's reason, 404 when the image is not there.
    pub async fn create(
        &self,
        spec: &ContainerSpec,
        name: &str,
        labels: &[(String, String)],
    ) -> Result<(ContainerId, Vec<String>), CallError> {
        image::check(&spec.image)?;
        let docker = self.docker(Limits::ACT)?;
        let options = CreateContainerOptions {
            name: Some(name.to_owned()),
            platform: String::new(),
        };
        let _turn = self.turn().await;
        let made = self
            .wire()
            .call(Limits::ACT, docker.create_container(Some(options), body(spec, labels)))
            .await?;
        Ok((ContainerId::new(made.id), made.warnings))
    }
}

fn some<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

fn body(spec: &ContainerSpec, labels: &[(String, String)]) -> ContainerCreateBody {
    let exposed = spec.ports.iter().map(port_key).collect();
    let labels: HashMap<_, _> = spec.labels.iter().chain(labels).cloned().collect();
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        cmd: some(spec.command.clone()),
        env: some(spec.env.iter().map(|(key, value)| format!("{key}={value}")).collect()),
        exposed_ports: some(exposed),
        labels: some(labels),
        host_config: Some(HostConfig {
            port_bindings: some(bindings(&spec.ports)),
            binds: some(spec.volumes.iter().filter(|v| !v.source.is_empty()).map(bind).collect()),
            mounts: some(
                spec.volumes
                    .iter()
                    .filter(|v| v.source.is_empty())
                    .map(anonymous)
                    .collect(),
            ),
            network_mode: some(spec.network.clone()),
            restart_policy: Some(restart(spec.restart)),
            nano_cpus: some(i64::try_from(spec.cpus.nanos()).unwrap_or(i64::MAX)),
            memory: some(i64::try_from(spec.memory.get()).unwrap_or(i64::MAX)),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn port_key(port: &PortSpec) -> String {
    format!("{}/{}", port.container, port.protocol.word())
}

fn bindings(ports: &[PortSpec]) -> PortMap {
    let mut map = PortMap::new();
    for port in ports {
        let binding = PortBinding {
            host_ip: some(port.host_ip.clone()),
            // An empty host port is Docker's word for any free one.
            host_port: Some(port.host.map(|p| p.to_string()).unwrap_or_default()),
        };
        map.entry(port_key(port))
            .or_default()
            .get_or_insert_default()
            .push(binding);
    }
    map
}

/// As `docker run -v`: a named volume or a path, which Docker makes if it is missing.
fn bind(volume: &VolumeSpec) -> String {
    let mode = if volume.read_only { ":ro" } else { "" };
    format!("{}:{}{mode}", volume.source, volume.target)
}

fn anonymous(volume: &VolumeSpec) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        target: Some(volume.target.clone()),
        read_only: Some(volume.read_only),
        ..Mount::default()
    }
}

fn restart(policy: RestartPolicy) -> DockerRestart {
    let (name, retries) = match policy {
        RestartPolicy::No => (RestartPolicyNameEnum::NO, None),
        RestartPolicy::OnFailure(retries) => (RestartPolicyNameEnum::ON_FAILURE, Some(i64::from(retries))),
        RestartPolicy::Always => (RestartPolicyNameEnum::ALWAYS, None),
        RestartPolicy::UnlessStopped => (RestartPolicyNameEnum::UNLESS_STOPPED, None),
    };
    DockerRestart {
        name: Some(name),
        maximum_retry_count: retries,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{Bytes, Cpus};

    #[test]
    fn a_specification_becomes_dockers_body() {
        let spec = ContainerSpec {
            image: "web:lab".to_owned(),
            command: vec!["sh".to_owned()],
            env: vec![("A".to_owned(), "b=c".to_owned())],
            ports: vec![
                PortSpec {
                    host: Some(8080),
                    container: 80,
                    ..PortSpec::default()
                },
                PortSpec {
                    host_ip: "127.0.0.1".to_owned(),
                    container: 80,
                    ..PortSpec::default()
                },
            ],
            volumes: vec![
                VolumeSpec {
                    source: "data".to_owned(),
                    target: "/data".to_owned(),
                    read_only: true,
                },
                VolumeSpec {
                    target: "/cache".to_owned(),
                    ..VolumeSpec::default()
                },
            ],
            restart: RestartPolicy::OnFailure(3),
            cpus: Cpus::from_nanos(500_000_000),
            memory: Bytes::mib(64),
            ..ContainerSpec::default()
        };
        let made = serde_json::to_value(body(&spec, &[("k".to_owned(), "v".to_owned())])).unwrap();
        let host = &made["HostConfig"];
        assert_eq!(made["Env"][0], "A=b=c");
        assert_eq!(made["Labels"]["k"], "v");
        assert_eq!(host["PortBindings"]["80/tcp"][0]["HostPort"], "8080");
        assert_eq!(host["PortBindings"]["80/tcp"][1]["HostIp"], "127.0.0.1");
        assert_eq!(host["Binds"][0], "data:/data:ro");
        assert_eq!(host["Mounts"][0]["Type"], "volume");
        assert_eq!(host["RestartPolicy"]["MaximumRetryCount"], 3);
        assert_eq!(host["NanoCpus"], 500_000_000);
        assert_eq!(host["Memory"], 67_108_864);
        assert!(host.get("NetworkMode").is_none());
    }
}
