//! From a specification to the form and back. What the form has no field for, and what nobody changed in it, stays exactly as
//! it was.
use crate::lean::prelude::*;
use crate::pages::deploy::form::{Form, PortLine, VolumeLine, pair, push};
use crate::pure::words;
use shipyard_model::deploy::{ContainerSpec, RestartPolicy, VolumeSpec};
use shipyard_model::{Bytes, Cpus};

/// The form with what a container is.
pub fn form(spec: &ContainerSpec) -> Form {
    let form = Form::empty();
    form.image.set(spec.image.clone());
    form.name.set(spec.name.clone());
    form.user.set(spec.user.clone());
    form.network.set(spec.network.clone());
    let words = spec.command.iter().map(|word| words::quote(word));
    form.command.set(words.collect::<Vec<_>>().join(" "));
    if spec.cpus != Cpus::ZERO {
        form.cpus.set(spec.cpus.to_string());
    }
    if spec.memory != Bytes::ZERO {
        form.memory.set(size(spec.memory));
    }
    let restart = match spec.restart {
        RestartPolicy::No => "no",
        RestartPolicy::OnFailure(_) => "on-failure",
        RestartPolicy::Always => "always",
        RestartPolicy::UnlessStopped => "unless-stopped",
    };
    form.restart.set(restart.to_owned());
    for (name, value) in &spec.env {
        push(form.env, pair(name, value));
    }
    for (name, value) in &spec.labels {
        push(form.labels, pair(name, value));
    }
    for port in &spec.ports {
        let line = PortLine::new();
        line.host_ip.set(port.host_ip.clone());
        line.host
            .set(port.host.map(|port| port.to_string()).unwrap_or_default());
        line.container.set(port.container.to_string());
        line.protocol.set(port.protocol.word().to_owned());
        push(form.ports, line);
    }
    for volume in &spec.volumes {
        let line = VolumeLine::new();
        line.source.set(volume.source.clone());
        line.target.set(volume.target.clone());
        line.read_only.set(volume.read_only);
        push(form.volumes, line);
    }
    form
}

/// A size as a person would write it, where that is exact.
fn size(bytes: Bytes) -> String {
    let short = bytes.to_string();
    if Bytes::parse(&short) == Ok(bytes) {
        short
    } else {
        bytes.get().to_string()
    }
}

/// What the container shall be: what it is, with the fields that the form says otherwise about now than in the beginning.
pub fn changed(base: &ContainerSpec, before: &ContainerSpec, now: ContainerSpec) -> ContainerSpec {
    let mut spec = base.clone();
    macro_rules! take {
        ($($field:ident),+) => {
            $(if now.$field != before.$field {
                spec.$field = now.$field;
            })+
        };
    }
    if now.volumes != before.volumes {
        spec.volumes = now.volumes.iter().map(|volume| mounted(base, volume)).collect();
    }
    take!(image, command, env, user, network, restart, ports, cpus, memory, labels);
    spec
}

/// A volume as it is written, with the options that the form has no field for of what was mounted there.
fn mounted(base: &ContainerSpec, volume: &VolumeSpec) -> VolumeSpec {
    let there = base.volumes.iter().find(|one| one.target == volume.target);
    VolumeSpec {
        source: volume.source.clone(),
        read_only: volume.read_only,
        ..there.unwrap_or(volume).clone()
    }
}
