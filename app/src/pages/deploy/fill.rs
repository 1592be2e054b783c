//! A request into the form: from a text, a template, a link or a container that is there.
use super::form::{AffinityLine, Form, Lines, Place, PortLine, VolumeLine, pair, push};
use super::options::OPTIONS;
use crate::lean::prelude::*;
use shipyard_model::deploy::{Copies, DeployRequest, PullPolicy, RestartPolicy, Strategy, Target};
use shipyard_model::words;

fn set(signal: RwSignal<String>, text: impl Into<String>) {
    let text = text.into();
    // What is typed stays as it is typed while it says the same.
    if signal.with_untracked(|before| *before != text) {
        signal.set(text);
    }
}

/// Fills the form. What it has no fields for is kept and deployed with it.
pub fn fill(form: Form, request: &DeployRequest) {
    // In an effect, the lines' signals would end when it runs again.
    form.owner.get_value().with(|| put(form, request));
}

fn put(form: Form, request: &DeployRequest) {
    let mut spec = request.spec.clone();
    set(form.image, spec.image.clone());
    set(form.name, spec.name.clone());
    let command: Vec<_> = spec.command.iter().map(|word| words::quote(word)).collect();
    set(form.command, command.join(" "));
    set(form.user, spec.user.clone());
    set(
        form.cpus,
        if spec.cpus.nanos() == 0 {
            String::new()
        } else {
            spec.cpus.to_string()
        },
    );
    set(form.memory, memory(spec.memory.get()));
    set(
        form.restart,
        match spec.restart {
            RestartPolicy::No => "no",
            RestartPolicy::OnFailure(_) => "on-failure",
            RestartPolicy::Always => "always",
            RestartPolicy::UnlessStopped => "unless-stopped",
        },
    );
    set(form.network, spec.network.clone());
    ports(form.ports, request);
    pairs(form.env, &spec.env);
    pairs(form.labels, &spec.labels);
    form.volumes.set(Vec::new());
    for volume in &spec.volumes {
        push(form.volumes, VolumeLine::of(volume));
    }
    for (option, text) in OPTIONS.iter().zip(form.more.get_value()) {
        set(text, option.slot.text(&mut spec));
    }
    form.base.set(spec);
    how(form, request);
}

fn memory(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ => bytes.to_string(),
    }
}

fn ports(lines: Lines<PortLine>, request: &DeployRequest) {
    lines.set(Vec::new());
    for port in &request.spec.ports {
        let line = PortLine::new();
        line.host_ip.set(port.host_ip.clone());
        line.host
            .set(port.host.map(|host| host.to_string()).unwrap_or_default());
        line.container.set(port.container.to_string());
        line.protocol.set(port.protocol.word().to_owned());
        push(lines, line);
    }
}

fn pairs(lines: Lines<super::form::Pair>, all: &[(String, String)]) {
    lines.set(Vec::new());
    for (name, value) in all {
        push(lines, pair(name, value));
    }
}

/// How many and where.
fn how(form: Form, request: &DeployRequest) {
    match request.copies {
        Copies::Total(count) => {
            set(form.copies, count.to_string());
            form.each.set(false);
        }
        Copies::EachEngine | Copies::Daemon => form.each.set(true),
    }
    form.daemon.set(request.copies == Copies::Daemon);
    form.place.set(match &request.target {
        Target::All => Place::All,
        Target::Labels(all) => {
            form.constraints.set(all.iter().map(ToString::to_string).collect());
            Place::Labels
        }
        Target::Named(all) => {
            form.engines.set(all.iter().map(ToString::to_string).collect());
            Place::Named
        }
    });
    let (strategy, over) = match &request.strategy {
        Strategy::Fill => ("fill", ""),
        Strategy::Spread => ("spread", ""),
        Strategy::SpreadOver(label) => ("over", label.as_str()),
    };
    set(form.strategy, strategy);
    set(form.over, over);
    set(
        form.most,
        request.most_per_engine.map(|most| most.to_string()).unwrap_or_default(),
    );
    set(
        form.reschedule,
        match request.reschedule.map(|it| it.after_seconds) {
            None => String::new(),
            Some(seconds) if seconds.is_multiple_of(60) => (seconds / 60).to_string(),
            Some(seconds) => format!("{seconds}s"),
        },
    );
    form.leave_volumes
        .set(request.reschedule.is_some_and(|it| it.leave_volumes));
    form.affinity.set(Vec::new());
    for affinity in &request.affinity {
        let with = if affinity.with { "with" } else { "without" };
        push(form.affinity, AffinityLine::read(with, &affinity.containers.written()));
    }
    set(
        form.pull,
        match request.pull {
            PullPolicy::Missing => "missing",
            PullPolicy::Always => "always",
            PullPolicy::Never => "never",
        },
    );
    form.undo.set(request.undo_on_failure);
}
