//! Docker's body of a new container: what concerns its processes.
//!
//! Every field of Docker's is named here and in `host`, those that are never sent as well: a client library that learns a
//! new one does not compile with this until somebody has decided who may use it.
use super::{Age, host, mounts, network, number, some, text};
use bollard::models::{ContainerCreateBody, HealthConfig};
use shipyard_model::deploy::{ContainerSpec, HealthcheckSpec};
use std::collections::HashMap;

pub(super) fn body(spec: &ContainerSpec, labels: &[(String, String)], age: Age) -> ContainerCreateBody {
    // Shipyard's own labels come last, so they win.
    let labels: HashMap<_, _> = spec.labels.iter().chain(labels).cloned().collect();
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        cmd: some(spec.command.clone()),
        entrypoint: some(spec.entrypoint.clone()),
        env: some(spec.env.iter().map(|(key, value)| format!("{key}={value}")).collect()),
        user: text(&spec.user),
        working_dir: text(&spec.working_dir),
        hostname: text(&spec.hostname),
        domainname: text(&spec.domainname),
        tty: some(spec.tty),
        open_stdin: some(spec.open_stdin),
        stdin_once: some(spec.stdin_once),
        stop_signal: text(&spec.stop_signal),
        stop_timeout: spec.stop_timeout.map(i64::from),
        healthcheck: spec.healthcheck.as_ref().map(healthcheck),
        exposed_ports: some(host::exposed(spec)),
        volumes: mounts::anonymous(spec),
        networking_config: network::networking(spec, age),
        labels: some(labels),
        host_config: Some(host::host_config(spec)),

        // Streams are attached by the calls that need them.
        attach_stdin: None,
        attach_stdout: None,
        attach_stderr: None,
        // The network `none` says it.
        network_disabled: None,
        // What only images or Windows have.
        args_escaped: None,
        on_build: None,
        shell: None,
    }
}

fn healthcheck(check: &HealthcheckSpec) -> HealthConfig {
    let nanos = |ms: u64| some(number(ms.saturating_mul(1_000_000)));
    HealthConfig {
        test: some(check.test.clone()),
        interval: nanos(check.interval_ms),
        timeout: nanos(check.timeout_ms),
        retries: some(i64::from(check.retries)),
        start_period: nanos(check.start_period_ms),
        start_interval: nanos(check.start_interval_ms),
    }
}
