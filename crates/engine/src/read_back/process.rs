//! What concerns a container's processes, with what its image gave taken away.
use super::fields::{Fields, Unsaid};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use shipyard_model::Protocol;
use shipyard_model::deploy::{ContainerSpec, ExposedPort, HealthcheckSpec};
use std::collections::BTreeMap;

/// Labels beginning so are Shipyard's, or of Docker's own tools.
const TOOLS: [&str; 2] = ["shipyard.", "com.docker."];
/// By this label Swarm knows a task: it makes one anew itself, and would not know ours.
const SWARM_TASK: &str = "com.docker.swarm.task.id";

/// Where a container runs, as far as its host name and ports come of it.
pub(super) struct Place<'p> {
    pub(super) short_id: &'p str,
    pub(super) machine: &'p str,
    pub(super) network: &'p str,
    pub(super) uts: &'p str,
    /// Ports that are published, as Docker writes them.
    pub(super) published: Vec<&'p String>,
}

/// What was read besides the specification.
pub(super) struct Process {
    pub(super) unsaid: Unsaid,
    pub(super) kept_labels: Vec<(String, String)>,
    /// Where its own anonymous volumes are mounted.
    pub(super) own_volumes: Vec<String>,
    /// Where all are, those of the image too.
    pub(super) volumes: Vec<String>,
}

type Keys = BTreeMap<String, IgnoredAny>;

/// What an image gives to its containers.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Given {
    env: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    exposed_ports: Option<Keys>,
    volumes: Option<Keys>,
    user: Option<String>,
    working_dir: Option<String>,
    stop_signal: Option<String>,
    healthcheck: Option<Check>,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
struct Check {
    test: Option<Vec<String>>,
    interval: u64,
    timeout: u64,
    start_period: u64,
    start_interval: u64,
    retries: u32,
}

pub(super) fn read(config: &Value, image: &Value, place: &Place<'_>, spec: &mut ContainerSpec) -> Process {
    let given: Given = serde_json::from_value(image.clone()).unwrap_or_default();
    let mut fields = Fields::of(config);
    spec.image = fields.take("Image");
    command(&mut fields, &given, spec);
    environment(&mut fields, &given, spec);
    spec.user = own(&mut fields, "User", given.user.as_deref());
    spec.working_dir = own(&mut fields, "WorkingDir", given.working_dir.as_deref());
    spec.stop_signal = own(&mut fields, "StopSignal", given.stop_signal.as_deref());
    spec.tty = fields.take("Tty");
    spec.open_stdin = fields.take("OpenStdin");
    spec.stdin_once = fields.take("StdinOnce");
    spec.endpoint.mac = fields.take("MacAddress");
    spec.stop_timeout = fields.take("StopTimeout");
    hostname(&mut fields, place, spec);
    healthcheck(&mut fields, &given, spec);
    let kept_labels = labels(&mut fields, &given, spec);

    // Ports that are published are read with the bindings; those of the image it brings itself.
    let exposed: Keys = fields.take("ExposedPorts");
    let is_own = |port: &&String| !place.published.contains(port) && !has(&given.exposed_ports, port);
    for port in exposed.keys().filter(is_own) {
        match exposed_port(port) {
            Some(port) => spec.expose.push(port),
            None => fields.refuse("ExposedPorts"),
        }
    }
    let volumes: Keys = fields.take("Volumes");
    let own_volumes = volumes.keys().filter(|target| !has(&given.volumes, target));
    let own_volumes = own_volumes.cloned().collect();
    // How the client that made it was attached, which ended when that client did.
    fields.pass_over(&["AttachStdin", "AttachStdout", "AttachStderr"]);
    Process {
        unsaid: fields.end(image),
        kept_labels,
        own_volumes,
        volumes: volumes.into_keys().collect(),
    }
}

/// A text, unless it is the image's.
fn own(fields: &mut Fields, name: &str, given: Option<&str>) -> String {
    let text: String = fields.take(name);
    if given == Some(&*text) { String::new() } else { text }
}

fn has(keys: &Option<Keys>, key: &str) -> bool {
    keys.as_ref().is_some_and(|keys| keys.contains_key(key))
}

fn exposed_port(written: &str) -> Option<ExposedPort> {
    let (port, protocol) = written.split_once('/').unwrap_or((written, "tcp"));
    Some(ExposedPort {
        port: port.parse().ok()?,
        protocol: [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
            .into_iter()
            .find(|known| known.word() == protocol)?,
    })
}

/// The image's command goes with the image's entry point alone.
fn command(fields: &mut Fields, given: &Given, spec: &mut ContainerSpec) {
    let (command, entry): (Vec<String>, Vec<String>) = (fields.take("Cmd"), fields.take("Entrypoint"));
    let given_command = given.cmd.clone().unwrap_or_default();
    let given_entry = given.entrypoint.clone().unwrap_or_default();
    // Only with an entry point of its own does a container have no command where its image has one.
    let is_given = entry == given_entry && (given_command.is_empty() || !command.is_empty());
    if is_given {
        spec.command = if command == given_command { Vec::new() } else { command };
    } else {
        // Docker's word for an entry point taken away.
        spec.entrypoint = if entry.is_empty() { vec![String::new()] } else { entry };
        spec.command = command;
    }
}

fn environment(fields: &mut Fields, given: &Given, spec: &mut ContainerSpec) {
    let all: Vec<String> = fields.take("Env");
    let given = given.env.as_deref().unwrap_or_default();
    for line in all.iter().filter(|line| !given.contains(line)) {
        match line.split_once('=') {
            Some((key, value)) => spec.env.push((key.to_owned(), value.to_owned())),
            // A variable of the image's that is taken away.
            None => fields.lose("Env"),
        }
    }
}

/// A container without a host name of its own shows the beginning of its id, the machine's name in the machine's network,
/// and that of whose network it is in.
fn hostname(fields: &mut Fields, place: &Place<'_>, spec: &mut ContainerSpec) {
    let name: String = fields.take("Hostname");
    let borrowed = place.network.starts_with("container:") || place.uts == "host";
    if borrowed || place.network == "host" {
        fields.pass_over(&["Domainname"]);
    }
    spec.domainname = fields.take("Domainname");
    let of_machine = place.network == "host" && name == place.machine;
    if !borrowed && !of_machine && name != place.short_id {
        spec.hostname = name;
    }
}

fn healthcheck(fields: &mut Fields, given: &Given, spec: &mut ContainerSpec) {
    let Some(check) = fields.take::<Option<Check>>("Healthcheck") else {
        return;
    };
    if given.healthcheck.as_ref() == Some(&check) {
        return;
    }
    let times = [check.interval, check.timeout, check.start_period, check.start_interval];
    if times.iter().any(|nanos| nanos % 1_000_000 != 0) {
        return fields.refuse("Healthcheck");
    }
    let ms = |nanos: u64| nanos / 1_000_000;
    spec.healthcheck = Some(HealthcheckSpec {
        test: check.test.unwrap_or_default(),
        interval_ms: ms(check.interval),
        timeout_ms: ms(check.timeout),
        start_period_ms: ms(check.start_period),
        start_interval_ms: ms(check.start_interval),
        retries: check.retries,
    });
}

/// Yields those that no specification may bear.
fn labels(fields: &mut Fields, given: &Given, spec: &mut ContainerSpec) -> Vec<(String, String)> {
    let all: BTreeMap<String, String> = fields.take("Labels");
    if all.contains_key(SWARM_TASK) {
        fields.lose(SWARM_TASK);
    }
    let is_given = |key: &str, value: &str| {
        let given = given.labels.as_ref().and_then(|all| all.get(key));
        given.is_some_and(|given| given == value)
    };
    let own = all.into_iter().filter(|(key, value)| !is_given(key, value));
    let (kept, spoken) = own.partition(|(key, _)| TOOLS.iter().any(|prefix| key.starts_with(prefix)));
    spec.labels = spoken;
    kept
}
