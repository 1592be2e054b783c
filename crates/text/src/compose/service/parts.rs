//! Keys whose values are more than a text, a list or a truth.
use super::super::nodes::{
    Any, At, Chosen, Endpoint, Entries, Healthcheck, Logging, Many, Never, Pairs, Place, Port, Text, Volume,
};
use super::Reading;
use crate::told::{self, Placed};
use crate::{mount, value};
use serde::de::MapAccess;
use shipyard_model::deploy::{
    DeviceRequestSpec, DeviceSpec, EndpointSpec, ExposedPort, HealthcheckSpec, NetworkSpec, PortSpec, Propagation,
    PullPolicy, Relabel, TmpfsSpec, VolumeSpec,
};
use shipyard_model::words;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Device {
    source: Text,
    target: Text,
    permissions: Text,
}

impl Reading {
    /// Reads a key; `false` when there is none of this name.
    pub(super) fn part<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "command" => {
                let words = self.words(name, map.next_value()?);
                self.spec().command = words;
            }
            "entrypoint" => {
                let words = self.words(name, map.next_value()?);
                self.spec().entrypoint = words;
            }
            "stop_grace_period" => {
                let time = self.read(name, map.next_value()?, "30s", value::duration);
                self.spec().stop_timeout = time.and_then(|ms| u32::try_from(ms.div_ceil(1000)).ok());
            }
            "healthcheck" => self.healthcheck(map.next_value()?),
            "restart" => {
                let policy = self.read(name, map.next_value()?, "unless-stopped", value::restart);
                self.spec().restart = policy.unwrap_or_default();
            }
            "ports" => map
                .next_value::<Vec<At<Any<Never, Port>>>>()?
                .into_iter()
                .for_each(|port| self.port(port)),
            "expose" => {
                for text in map.next_value::<Vec<Text>>()? {
                    let ports = self.read(name, Some(text), "80/tcp", |text| {
                        value::ports(text).filter(|_| !text.contains(':'))
                    });
                    let exposed = ports.into_iter().flatten().map(|port| ExposedPort {
                        port: port.container,
                        protocol: port.protocol,
                    });
                    self.spec().expose.extend(exposed);
                }
            }
            "networks" => self.networks(map.next_value::<At<Any<Text, Entries<Option<Endpoint>>>>>()?.value),
            "extra_hosts" => self.hosts(map.next_value::<Pairs>()?.value),
            "links" | "external_links" => {
                for text in map.next_value::<Vec<Text>>()? {
                    let link = self.read(name, Some(text), "db:database", value::link);
                    self.spec().links.extend(link);
                }
            }
            "volumes" => map
                .next_value::<Vec<At<Any<Never, Volume>>>>()?
                .into_iter()
                .for_each(|it| self.volume(it)),
            "volumes_from" => {
                for text in map.next_value::<Vec<Text>>()? {
                    let text = self.plain(text);
                    let from = text.strip_prefix("container:").unwrap_or(&text).to_owned();
                    self.spec().volumes_from.push(from);
                }
            }
            "tmpfs" => {
                let many: Many = map.next_value()?;
                let at = many.at;
                for text in self.many(many) {
                    let tmpfs = self.read(name, Some(Text { text, at }), "/run:size=64m", mount::tmpfs);
                    self.spec().tmpfs.extend(tmpfs);
                }
            }
            "logging" => {
                let Logging { driver, options } = map.next_value()?;
                let driver = driver.map(|driver| self.plain(driver)).unwrap_or_default();
                let options = options.map(|pairs| self.pairs(pairs)).unwrap_or_default();
                self.spec().logging.driver = driver;
                self.spec().logging.options = options;
            }
            "devices" => map
                .next_value::<Vec<At<Any<Never, Device>>>>()?
                .into_iter()
                .for_each(|it| self.device(it)),
            "gpus" => self.gpus(map.next_value::<At<Any<Chosen, Never>>>()?),
            "pull_policy" => {
                let policy = self.read(name, map.next_value()?, "always", |word| match word {
                    "always" => Some(PullPolicy::Always),
                    "missing" | "if_not_present" => Some(PullPolicy::Missing),
                    "never" => Some(PullPolicy::Never),
                    _ => None,
                });
                self.request.pull = policy.unwrap_or_default();
            }
            "scale" => {
                let copies = self.read(name, map.next_value()?, "3", |text| text.parse().ok());
                self.copies(copies);
            }
            "deploy" => self.deploy(map.next_value()?),
            _ => return self.limit(name, map),
        }
        Ok(true)
    }

    /// What several keys said of one thing.
    pub(super) fn finish(&mut self) {
        if !self.named_devices.is_empty() {
            let ids = std::mem::take(&mut self.named_devices);
            self.spec().device_requests.push(DeviceRequestSpec {
                driver: "cdi".to_owned(),
                ids,
                ..DeviceRequestSpec::default()
            });
        }
    }

    fn words(&mut self, key: &str, many: Many) -> Vec<String> {
        let at = many.at;
        if let Any::Scalar(text) = many.value {
            let words = self.read(key, Some(Text { text, at }), "[\"sh\", \"-c\", \"date\"]", |text| {
                words::split(text).ok()
            });
            return words.unwrap_or_default();
        }
        self.many(many)
    }

    fn healthcheck(&mut self, check: Healthcheck) {
        let mut time = |key: &str, text: Option<Text>| self.read(key, text, "30s", value::duration).unwrap_or_default();
        let mut spec = HealthcheckSpec {
            interval_ms: time("healthcheck.interval", check.interval),
            timeout_ms: time("healthcheck.timeout", check.timeout),
            start_period_ms: time("healthcheck.start_period", check.start_period),
            start_interval_ms: time("healthcheck.start_interval", check.start_interval),
            ..HealthcheckSpec::default()
        };
        let retries = self.read("healthcheck.retries", check.retries, "3", |text| text.parse().ok());
        spec.retries = retries.unwrap_or_default();
        if let Some(test) = check.test {
            let one = matches!(test.value, Any::Scalar(_));
            let words = self.many(test);
            spec.test = if one {
                std::iter::once("CMD-SHELL".to_owned()).chain(words).collect()
            } else {
                words
            };
        }
        if self.read("healthcheck.disable", check.disable, "true", value::truth) == Some(true) {
            spec.test = vec!["NONE".to_owned()];
        }
        self.spec().healthcheck = Some(spec);
    }

    fn port(&mut self, port: At<Any<Never, Port>>) {
        let example = "8080:80/tcp";
        let at = port.at;
        let text = match port.value {
            Any::Scalar(text) => Text { text, at },
            Any::Map(long) => {
                for (key, text) in [
                    ("mode", long.mode),
                    ("name", long.name),
                    ("app_protocol", long.app_protocol),
                ] {
                    if text.is_some() {
                        self.notes.push(told::meaningless(&format!("ports.{key}")));
                    }
                }
                let mut word = |text: Option<Text>| text.map(|text| self.plain(text)).unwrap_or_default();
                let (target, published) = (word(long.target), word(long.published));
                let (ip, protocol) = (word(long.host_ip), word(long.protocol));
                let ip = if ip.contains(':') { format!("[{ip}]") } else { ip };
                let before = if ip.is_empty() {
                    format!("{published}:")
                } else {
                    format!("{ip}:{published}:")
                };
                let before = if before == ":" { String::new() } else { before };
                let protocol = if protocol.is_empty() { "tcp" } else { &protocol };
                Text {
                    text: format!("{before}{target}/{protocol}"),
                    at,
                }
            }
            _ => return self.wrong(told::bad_value("ports", "", example).at(at.0, at.1)),
        };
        let ports: Option<Vec<PortSpec>> = self.read("ports", Some(text), example, value::ports);
        self.spec().ports.extend(ports.into_iter().flatten());
    }

    fn networks(&mut self, networks: Any<Text, Entries<Option<Endpoint>>>) {
        let all: Vec<(Text, Option<Endpoint>)> = match networks {
            Any::List(names) => names.into_iter().map(|name| (name, None)).collect(),
            Any::Map(entries) => entries.0,
            Any::Nothing | Any::Scalar(_) => Vec::new(),
        };
        for (name, endpoint) in all {
            let name = self.plain(name);
            let endpoint = endpoint.map(|it| self.endpoint(it)).unwrap_or_default();
            let spec = &mut self.request.spec;
            // Compose's own network of the file is the engine's usual one here.
            let name = if name == "default" { String::new() } else { name };
            if spec.network.is_empty() && spec.networks.is_empty() {
                let mac = std::mem::take(&mut spec.endpoint.mac);
                spec.network = name;
                spec.endpoint = endpoint;
                if spec.endpoint.mac.is_empty() {
                    spec.endpoint.mac = mac;
                }
            } else {
                spec.networks.push(NetworkSpec { name, endpoint });
            }
        }
    }

    fn endpoint(&mut self, endpoint: Endpoint) -> EndpointSpec {
        for (key, text) in [
            ("priority", endpoint.priority),
            ("interface_name", endpoint.interface_name),
        ] {
            if text.is_some() {
                self.notes.push(told::unsaid(&format!("networks.{key}")));
            }
        }
        let priority = self.read("gw_priority", endpoint.gw_priority, "1", |text| text.parse().ok());
        let options = endpoint.driver_opts.map(|pairs| self.pairs(pairs)).unwrap_or_default();
        let mut word = |text: Option<Text>| text.map(|text| self.plain(text)).unwrap_or_default();
        EndpointSpec {
            ipv4: word(endpoint.ipv4_address),
            ipv6: word(endpoint.ipv6_address),
            mac: word(endpoint.mac_address),
            aliases: endpoint.aliases.into_iter().map(|text| self.plain(text)).collect(),
            link_local: endpoint
                .link_local_ips
                .into_iter()
                .map(|text| self.plain(text))
                .collect(),
            options,
            gateway_priority: priority.unwrap_or_default(),
        }
    }

    fn hosts(&mut self, hosts: Any<Text, Entries<Option<Text>>>) {
        match hosts {
            Any::List(lines) => {
                for line in lines {
                    let host = self.read("extra_hosts", Some(line), "db:10.0.0.5", value::host);
                    self.spec().extra_hosts.extend(host);
                }
            }
            Any::Map(entries) => {
                for (name, address) in entries.0 {
                    let address = address.map(|text| self.plain(text)).unwrap_or_default();
                    self.spec().extra_hosts.push((name.text, address));
                }
            }
            Any::Nothing | Any::Scalar(_) => {}
        }
    }

    fn volume(&mut self, volume: At<Any<Never, Volume>>) {
        let (example, at) = ("data:/data:ro", volume.at);
        match volume.value {
            Any::Scalar(text) => {
                let mut notes = Vec::new();
                let volume = self.read("volumes", Some(Text { text, at }), example, |text| {
                    mount::volume(text, &mut notes)
                });
                self.notes.extend(notes);
                self.spec().volumes.extend(volume);
            }
            Any::Map(long) => self.long_volume(long, at),
            _ => self.wrong(told::bad_value("volumes", "", example).at(at.0, at.1)),
        }
    }

    fn long_volume(&mut self, long: Volume, at: Place) {
        let mut word = |text: Option<Text>| text.map(|text| self.plain(text)).unwrap_or_default();
        let (kind, source, target) = (word(long.r#type), word(long.source), word(long.target));
        let selinux = word(long.bind.selinux);
        let subpath = word(long.volume.subpath);
        if kind == "tmpfs" {
            let size = self.read("tmpfs.size", long.tmpfs.size, "64m", value::bytes);
            let mode = self.read("tmpfs.mode", long.tmpfs.mode, "0o1777", octal);
            return self.spec().tmpfs.push(TmpfsSpec {
                target,
                size: size.unwrap_or_default(),
                mode,
                mount: true,
                ..TmpfsSpec::default()
            });
        }
        for (key, is_there) in [
            ("consistency", long.consistency.is_some()),
            ("bind.recursive", long.bind.recursive.is_some()),
        ] {
            if is_there {
                self.notes.push(told::meaningless(&format!("volumes.{key}")));
            }
        }
        if !matches!(kind.as_str(), "volume" | "bind" | "") {
            return self.notes.push(told::unsaid(&format!("volumes.type {kind}")));
        }
        let mut truth = |key: &str, text: Option<Text>| self.read(key, text, "true", value::truth);
        let read_only = truth("volumes.read_only", long.read_only).unwrap_or_default();
        let no_copy = truth("volume.nocopy", long.volume.nocopy).unwrap_or_default();
        let makes_path = truth("bind.create_host_path", long.bind.create_host_path).unwrap_or(true);
        let propagation = self.read("bind.propagation", long.bind.propagation, "rslave", Propagation::parse);
        let relabel = match selinux.as_str() {
            "z" => Relabel::Shared,
            "Z" => Relabel::Private,
            _ => Relabel::None,
        };
        let labels = long.volume.labels.map(|pairs| self.pairs(pairs)).unwrap_or_default();
        if target.is_empty() {
            return self.wrong(told::bad_value("volumes.target", "", "/data").at(at.0, at.1));
        }
        self.spec().volumes.push(VolumeSpec {
            source,
            target,
            read_only,
            mount: if kind == "bind" { !makes_path } else { true },
            propagation: propagation.unwrap_or_default(),
            relabel,
            no_copy,
            subpath,
            labels,
            ..VolumeSpec::default()
        });
    }

    fn device(&mut self, device: At<Any<Never, Device>>) {
        let at = device.at;
        let text = match device.value {
            Any::Scalar(text) => Text { text, at },
            Any::Map(long) => {
                let device = DeviceSpec {
                    host: self.plain(long.source),
                    container: self.plain(long.target),
                    permissions: self.plain(long.permissions),
                };
                return self.spec().devices.push(device);
            }
            _ => Text {
                text: String::new(),
                at,
            },
        };
        // `vendor.com/class=name`.
        if !text.text.starts_with('/') && text.text.contains('/') && text.text.contains('=') {
            return self.named_devices.push(text.text);
        }
        let device = self.read("devices", Some(text), "/dev/snd:/dev/snd:rw", value::device);
        self.spec().devices.extend(device);
    }

    fn gpus(&mut self, gpus: At<Any<Chosen, Never>>) {
        match gpus.value {
            Any::Scalar(text) if text == "all" => self.spec().device_requests.push(DeviceRequestSpec {
                count: -1,
                capabilities: vec![vec!["gpu".to_owned()]],
                ..DeviceRequestSpec::default()
            }),
            Any::List(all) => {
                for chosen in all {
                    let mut request = self.chosen(chosen);
                    if let [words] = request.capabilities.as_mut_slice()
                        && !words.iter().any(|word| word == "gpu")
                    {
                        words.push("gpu".to_owned());
                    }
                    self.spec().device_requests.push(request);
                }
            }
            Any::Nothing => {}
            _ => self.wrong(told::bad_value("gpus", "", "all").at(gpus.at.0, gpus.at.1)),
        }
    }

    pub(super) fn chosen(&mut self, chosen: Chosen) -> DeviceRequestSpec {
        let count = self.read("devices.count", chosen.count, "1", |text| match text {
            "all" => Some(-1),
            text => text.parse().ok(),
        });
        let options = chosen.options.map(|pairs| self.pairs(pairs)).unwrap_or_default();
        let ids: Vec<_> = chosen.device_ids.into_iter().map(|text| self.plain(text)).collect();
        let capabilities: Vec<_> = chosen.capabilities.into_iter().map(|text| self.plain(text)).collect();
        DeviceRequestSpec {
            driver: chosen.driver.map(|text| self.plain(text)).unwrap_or_default(),
            count: count.unwrap_or(if ids.is_empty() { -1 } else { 0 }),
            ids,
            capabilities: if capabilities.is_empty() {
                Vec::new()
            } else {
                vec![capabilities]
            },
            options,
        }
    }
}

/// Permission bits as YAML, or a person, writes them: `0o1777`, `01777`; without a zero in front it is YAML's decimal.
fn octal(text: &str) -> Option<u16> {
    match text.strip_prefix("0o").or_else(|| text.strip_prefix('0')) {
        Some(digits) if !digits.is_empty() => u16::from_str_radix(digits, 8).ok(),
        _ => text.parse().ok(),
    }
}
