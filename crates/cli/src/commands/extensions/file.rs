//! The file that describes an extension, as the original had it.
use crate::error::{Failure, Outcome};
use crate::http::origin::Origin;
use crate::http::tls::Trust;
use crate::http::{Ask, Http};
use crate::spec;
use serde::{Deserialize, Deserializer};
use shipyard_model::deploy::{
    ContainerSpec, Copies, DeployRequest, PortSpec, PullPolicy, RestartPolicy, Strategy, Target, VolumeSpec,
};
use shipyard_model::{Bytes, Cpus, Protocol};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Times that one is started again, as in the original.
const RESTARTS: u32 = 10;
/// Most bytes of a file.
const MOST: u64 = 1024 * 1024;

/// An extension, as its file has it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Extension {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) version: String,
    author: String,
    pub(super) url: String,
    description: String,
    pub(super) config: Config,
}

/// How its containers are run.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    container_name: String,
    cpus: f64,
    /// In megabytes.
    memory: f64,
    #[serde(deserialize_with = "or_none")]
    pub(super) environment: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_none")]
    links: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_none")]
    pub(super) args: Vec<String>,
    #[serde(deserialize_with = "or_none")]
    volumes: Vec<String>,
    #[serde(deserialize_with = "or_none")]
    ports: Vec<Port>,
    deploy_per_engine: bool,
    /// Variables that are asked for.
    #[serde(deserialize_with = "or_none")]
    pub(super) prompt_env: Vec<String>,
    /// Arguments that are asked for.
    #[serde(deserialize_with = "or_none")]
    pub(super) prompt_args: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Port {
    proto: String,
    host_ip: String,
    /// On the host; 0 for one that Docker chooses.
    port: u16,
    container_port: u16,
}

/// What Go writes as `null` where there is nothing.
fn or_none<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Reads the file at an address or a path. No credential goes there.
///
/// # Errors
/// When it cannot be had, or is none.
pub(super) async fn fetch(place: &str) -> Outcome<Extension> {
    let bytes = if place.contains("://") {
        let origin = Origin::parse(place)
            .map_err(|_| Failure::usage(format!("“{place}” is no address of a file: write https://host/path")))?;
        if origin.is_in_the_clear() {
            return Err(Failure::usage(format!(
                "“{place}” is in the clear: whoever is on the way decides what your engines run."
            ))
            .hint("Use https://, or fetch the file, read it, and give its path."));
        }
        let root = if origin.base.is_empty() { "/" } else { "" };
        let http = Http::new(origin, Trust::default(), false)?;
        let response = http.send(&Ask::get(root), None).await?;
        if !response.status().is_success() {
            return Err(Failure::failed(format!("“{place}” answered {}.", response.status())));
        }
        http.body(response).await?.to_vec()
    } else {
        let mut bytes = Vec::new();
        std::fs::File::open(Path::new(place))
            .and_then(|file| file.take(MOST).read_to_end(&mut bytes))
            .map_err(|e| Failure::usage(format!("“{place}” cannot be read.")).because(&e))?;
        bytes
    };
    serde_json::from_slice(&bytes)
        .map_err(|e| Failure::failed(format!("“{place}” describes no extension.")).because(&e))
}

fn port(port: &Port) -> Outcome<PortSpec> {
    let protocol = match port.proto.to_ascii_lowercase().as_str() {
        "" | "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        other => {
            return Err(Failure::usage(format!(
                "The file has a port of “{other}”, which is no protocol."
            )));
        }
    };
    Ok(PortSpec {
        host_ip: port.host_ip.clone(),
        host: Some(port.port).filter(|port| *port != 0),
        container: port.container_port,
        protocol,
    })
}

impl Extension {
    /// The deploy that it is, with what is known of it under a label.
    ///
    /// # Errors
    /// When the file says what cannot be.
    pub(super) fn request(self, label: &str) -> Outcome<DeployRequest> {
        let config = self.config;
        let wrong = |what: &str| Failure::usage(format!("The file's {what} cannot be read."));
        let volumes: Result<Vec<VolumeSpec>, String> = config.volumes.iter().map(|text| spec::volume(text)).collect();
        let mut labels = vec![(label.to_owned(), self.name)];
        for (name, value) in [
            ("author", self.author),
            ("description", self.description),
            ("version", self.version),
            ("url", self.url),
            ("container-name", config.container_name.clone()),
            (
                "each-engine",
                if config.deploy_per_engine {
                    "true".to_owned()
                } else {
                    String::new()
                },
            ),
        ] {
            if !value.is_empty() {
                labels.push((format!("{label}.{name}"), value));
            }
        }
        let spec = ContainerSpec {
            image: self.image,
            name: config.container_name,
            command: config.args,
            env: config.environment.into_iter().collect(),
            links: config.links.into_iter().collect(),
            cpus: Cpus::parse(&format!("{:.9}", config.cpus.max(0.0))).map_err(|_| wrong("cpus"))?,
            memory: Bytes::parse(&format!("{:.6} MiB", config.memory.max(0.0))).map_err(|_| wrong("memory"))?,
            ports: config.ports.iter().map(port).collect::<Outcome<_>>()?,
            volumes: volumes.map_err(Failure::usage)?,
            restart: RestartPolicy::OnFailure(RESTARTS),
            labels,
            ..ContainerSpec::default()
        };
        Ok(DeployRequest {
            spec,
            copies: if config.deploy_per_engine {
                Copies::EachEngine
            } else {
                Copies::Total(1)
            },
            target: Target::All,
            strategy: Strategy::Spread,
            pull: PullPolicy::Missing,
            undo_on_failure: true,
            ..DeployRequest::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_original_becomes_a_deploy() {
        let text = r#"{"name":"router","image":"acme/router","version":"0.1","url":"https://example.org","config":{
            "container_name":"router","cpus":0.1,"memory":64,"environment":{"A":"b"},"args":null,"volumes":["/a:/b"],
            "ports":[{"proto":"tcp","host_ip":"","port":80,"container_port":8080}],"deploy_per_engine":true,
            "prompt_env":["DOMAIN"],"prompt_args":null}}"#;
        let extension: Extension = serde_json::from_str(text).unwrap();
        assert_eq!(extension.config.prompt_env, ["DOMAIN"]);
        let request = extension.request("extension").unwrap();
        assert_eq!(request.copies, Copies::EachEngine);
        assert_eq!(request.spec.memory, Bytes::mib(64));
        assert_eq!(request.spec.labels[0], ("extension".to_owned(), "router".to_owned()));
        assert!(
            request
                .spec
                .labels
                .contains(&("extension.version".to_owned(), "0.1".to_owned()))
        );
        assert_eq!(
            (request.spec.ports[0].host, request.spec.ports[0].container),
            (Some(80), 8080)
        );
        let nothing: Extension = serde_json::from_str("{}").unwrap();
        assert_eq!(nothing.request("extension").unwrap().copies, Copies::Total(1));
    }
}
