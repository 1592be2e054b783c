//! Values of options that are more than a text, a number or a pair.
use super::options::{Flag, Opt, Takes};
use crate::mount::{self, Mount};
use crate::{Read, told, value};
use shipyard_model::Problem;
use shipyard_model::deploy::{
    BlockDeviceSpec, ContainerSpec, DeployRequest, DeviceRequestSpec, EndpointSpec, ExposedPort, HealthcheckSpec,
    NetworkSpec, PullPolicy, Swap,
};

/// A line that is being read.
pub(super) struct Reading {
    /// What it asks for so far.
    pub(super) request: DeployRequest,
    /// What is told of it.
    notes: Vec<Problem>,
    /// The option at hand, as it was written.
    option: String,
    /// Devices by the names that their makers' drivers have for them.
    named_devices: Vec<String>,
}

impl Reading {
    pub(super) fn new(notes: Vec<Problem>) -> Self {
        Self {
            request: DeployRequest::default(),
            notes,
            option: String::new(),
            named_devices: Vec::new(),
        }
    }

    fn spec(&mut self) -> &mut ContainerSpec {
        &mut self.request.spec
    }

    /// Takes an option.
    pub(super) fn take(&mut self, option: &Opt, shown: &str, value: &str) -> Result<(), Problem> {
        shown.clone_into(&mut self.option);
        match &option.takes {
            Takes::File => self.notes.push(told::file(shown, value)),
            Takes::Meaningless | Takes::Nothing(Flag::Meaningless) => self.notes.push(told::meaningless(shown)),
            Takes::Unsaid | Takes::Nothing(Flag::Unsaid) => self.notes.push(told::unsaid(shown)),
            Takes::Nothing(Flag::Always) if value::truth(value) != Some(true) => {
                self.notes.push(told::meaningless(&format!("{shown}={value}")));
            }
            takes => {
                let put = takes.put(self, value);
                put.ok_or_else(|| told::bad_value(shown, value, takes.example()))?;
            }
        }
        Ok(())
    }

    /// The whole line.
    pub(super) fn finish(mut self, image: String, command: Vec<String>) -> Read {
        if !self.named_devices.is_empty() {
            let ids = std::mem::take(&mut self.named_devices);
            self.spec().device_requests.push(DeviceRequestSpec {
                driver: "cdi".to_owned(),
                ids,
                ..DeviceRequestSpec::default()
            });
        }
        self.request.spec.image = image;
        self.request.spec.command = command;
        Read {
            request: self.request,
            notes: self.notes,
        }
    }

    fn health(&mut self) -> &mut HealthcheckSpec {
        self.spec().healthcheck.get_or_insert_default()
    }
}

pub(super) fn add_host(reading: &mut Reading, text: &str) -> Option<()> {
    let host = value::host(text)?;
    reading.spec().extra_hosts.push(host);
    Some(())
}

pub(super) fn blkio_weight(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().blkio_weight = text.parse().ok()?;
    Some(())
}

fn of_disk(
    reading: &mut Reading,
    text: &str,
    set: impl FnOnce(&mut BlockDeviceSpec, &str) -> Option<()>,
) -> Option<()> {
    let (path, rest) = text.rsplit_once(':').filter(|(path, _)| !path.is_empty())?;
    let all = &mut reading.spec().blkio_devices;
    if let Some(disk) = all.iter_mut().find(|disk| disk.path == path) {
        return set(disk, rest);
    }
    let mut disk = BlockDeviceSpec {
        path: path.to_owned(),
        ..BlockDeviceSpec::default()
    };
    set(&mut disk, rest)?;
    all.push(disk);
    Some(())
}

pub(super) fn device_weight(reading: &mut Reading, text: &str) -> Option<()> {
    of_disk(reading, text, |disk, text| {
        disk.weight = text.parse().ok()?;
        Some(())
    })
}

pub(super) fn read_bps(reading: &mut Reading, text: &str) -> Option<()> {
    of_disk(reading, text, |disk, text| {
        disk.read_bps = value::bytes(text)?;
        Some(())
    })
}

pub(super) fn write_bps(reading: &mut Reading, text: &str) -> Option<()> {
    of_disk(reading, text, |disk, text| {
        disk.write_bps = value::bytes(text)?;
        Some(())
    })
}

pub(super) fn read_iops(reading: &mut Reading, text: &str) -> Option<()> {
    of_disk(reading, text, |disk, text| {
        disk.read_iops = text.parse().ok()?;
        Some(())
    })
}

pub(super) fn write_iops(reading: &mut Reading, text: &str) -> Option<()> {
    of_disk(reading, text, |disk, text| {
        disk.write_iops = text.parse().ok()?;
        Some(())
    })
}

pub(super) fn cpu_quota(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().cpu_quota = if text == "-1" { 0 } else { text.parse().ok()? };
    Some(())
}

pub(super) fn device(reading: &mut Reading, text: &str) -> Option<()> {
    // `vendor.com/class=name`.
    if !text.starts_with('/') && text.contains('/') && text.contains('=') {
        reading.named_devices.push(text.to_owned());
        return Some(());
    }
    let device = value::device(text)?;
    reading.spec().devices.push(device);
    Some(())
}

pub(super) fn entrypoint(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().entrypoint = vec![text.to_owned()];
    Some(())
}

pub(super) fn env(reading: &mut Reading, text: &str) -> Option<()> {
    if text.is_empty() || text.starts_with('=') {
        return None;
    }
    match text.split_once('=') {
        Some((name, value)) => reading.spec().env.push((name.to_owned(), value.to_owned())),
        None => {
            let detail =
                format!("{text} would have its value from the shell that the line is typed into: write {text}=VALUE.");
            reading
                .notes
                .push(Problem::new(200, "text.env-from-shell", detail).arg("option", text));
        }
    }
    Some(())
}

pub(super) fn expose(reading: &mut Reading, text: &str) -> Option<()> {
    let ports = value::ports(text).filter(|_| !text.contains(':'))?;
    reading.spec().expose.extend(ports.iter().map(|port| ExposedPort {
        port: port.container,
        protocol: port.protocol,
    }));
    Some(())
}

pub(super) fn gpus(reading: &mut Reading, text: &str) -> Option<()> {
    let mut request = DeviceRequestSpec::default();
    let mut counted = false;
    for field in mount::fields(text) {
        let words = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        match field.split_once('=') {
            None | Some(("count", _)) => {
                let count = field.strip_prefix("count=").unwrap_or(&field);
                request.count = if count == "all" { -1 } else { count.parse().ok()? };
                counted = true;
            }
            Some(("driver", driver)) => driver.clone_into(&mut request.driver),
            Some(("device", ids)) => request.ids = words(ids),
            Some(("capabilities", all)) => {
                let all = words(all).into_iter().chain(["gpu".to_owned()]);
                request.capabilities = vec![all.collect()];
            }
            Some(("options", options)) => {
                let pairs: Option<Vec<_>> = options.split(',').map(value::pair).collect();
                request.options = pairs?;
            }
            Some(_) => return None,
        }
    }
    if !counted && request.ids.is_empty() {
        request.count = 1;
    }
    if request.capabilities.is_empty() {
        request.capabilities = vec![vec!["gpu".to_owned()]];
    }
    reading.spec().device_requests.push(request);
    Some(())
}

pub(super) fn health_cmd(reading: &mut Reading, text: &str) -> Option<()> {
    reading.health().test = vec!["CMD-SHELL".to_owned(), text.to_owned()];
    Some(())
}

pub(super) fn health_time(reading: &mut Reading, text: &str, to: fn(&mut HealthcheckSpec) -> &mut u64) -> Option<()> {
    *to(reading.health()) = value::duration(text)?;
    Some(())
}

pub(super) fn health_retries(reading: &mut Reading, text: &str) -> Option<()> {
    reading.health().retries = text.parse().ok()?;
    Some(())
}

pub(super) fn no_healthcheck(reading: &mut Reading, on: bool) {
    if on {
        reading.health().test = vec!["NONE".to_owned()];
    }
}

pub(super) fn link(reading: &mut Reading, text: &str) -> Option<()> {
    let link = value::link(text)?;
    reading.spec().links.push(link);
    Some(())
}

pub(super) fn swap(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().memory_swap = match text {
        "-1" => Swap::Unlimited,
        "0" => Swap::Usual,
        text => Swap::Total(value::bytes(text)?),
    };
    Some(())
}

pub(super) fn swappiness(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().memory_swappiness = if text == "-1" { None } else { Some(text.parse().ok()?) };
    Some(())
}

pub(super) fn mount(reading: &mut Reading, text: &str) -> Option<()> {
    match mount::mount(text, &mut reading.notes)? {
        Mount::Volume(volume) => reading.spec().volumes.push(volume),
        Mount::Tmpfs(tmpfs) => reading.spec().tmpfs.push(tmpfs),
        Mount::Unsaid => {
            let note = told::unsaid(&format!("{} {text}", reading.option));
            reading.notes.push(note);
        }
    }
    Some(())
}

/// `front`, or `name=front,alias=web,ip=10.0.0.7`.
pub(super) fn network(reading: &mut Reading, text: &str) -> Option<()> {
    let (name, endpoint) = if text.contains('=') {
        endpoint(text)?
    } else {
        (text.to_owned(), EndpointSpec::default())
    };
    let spec = reading.spec();
    if !spec.network.is_empty() {
        spec.networks.push(NetworkSpec { name, endpoint });
        return (!text.is_empty()).then_some(());
    }
    spec.network = name;
    if endpoint != EndpointSpec::default() {
        spec.endpoint = endpoint;
    }
    (!text.is_empty()).then_some(())
}

fn endpoint(text: &str) -> Option<(String, EndpointSpec)> {
    let mut name = String::new();
    let mut endpoint = EndpointSpec::default();
    for field in mount::fields(text) {
        let (key, value) = field.split_once('=')?;
        let value = value.to_owned();
        match key {
            "name" => name = value,
            "alias" => endpoint.aliases.push(value),
            "ip" => endpoint.ipv4 = value,
            "ip6" => endpoint.ipv6 = value,
            "link-local-ip" => endpoint.link_local.push(value),
            "mac-address" => endpoint.mac = value,
            "driver-opt" => endpoint.options.push(value::pair(&value)?),
            "gw-priority" => endpoint.gateway_priority = value.parse().ok()?,
            _ => return None,
        }
    }
    (!name.is_empty()).then_some((name, endpoint))
}

pub(super) fn oom_score(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().oom_score_adj = text.parse().ok()?;
    Some(())
}

pub(super) fn publish(reading: &mut Reading, text: &str) -> Option<()> {
    let ports = value::ports(text)?;
    reading.spec().ports.extend(ports);
    Some(())
}

pub(super) fn pull(reading: &mut Reading, text: &str) -> Option<()> {
    reading.request.pull = match text {
        "always" => PullPolicy::Always,
        "missing" => PullPolicy::Missing,
        "never" => PullPolicy::Never,
        _ => return None,
    };
    Some(())
}

pub(super) fn restart(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().restart = value::restart(text)?;
    Some(())
}

pub(super) fn stop_timeout(reading: &mut Reading, text: &str) -> Option<()> {
    reading.spec().stop_timeout = Some(text.parse().ok()?);
    Some(())
}

pub(super) fn tmpfs(reading: &mut Reading, text: &str) -> Option<()> {
    let tmpfs = mount::tmpfs(text)?;
    reading.spec().tmpfs.push(tmpfs);
    Some(())
}

pub(super) fn ulimit(reading: &mut Reading, text: &str) -> Option<()> {
    let limit = value::ulimit(text)?;
    reading.spec().ulimits.push(limit);
    Some(())
}

pub(super) fn volume(reading: &mut Reading, text: &str) -> Option<()> {
    let volume = mount::volume(text, &mut reading.notes)?;
    reading.spec().volumes.push(volume);
    Some(())
}
