//! The form as a request, with a problem for each field that cannot be read.
use super::form::{AffinityLine, Form, Lines, Pair, Place, PortLine, VolumeLine};
use super::options::OPTIONS;
use crate::lean::prelude::*;
use shipyard_model::deploy::{
    Affinity, ContainerSpec, Copies, DeployRequest, PortSpec, PullPolicy, Reschedule, RestartPolicy, Selector,
    Strategy, Target, VolumeSpec,
};
use shipyard_model::words;
use shipyard_model::{Bytes, Constraint, Cpus, EngineName, Problem, Protocol};

/// What the form asks for. A field that cannot be read has its default, and a problem.
pub fn of(form: Form) -> (DeployRequest, Vec<Problem>) {
    let mut bad = Vec::new();
    let mut spec = ContainerSpec {
        image: trimmed(form.image),
        name: trimmed(form.name),
        command: command(form, &mut bad),
        env: pairs(form.env),
        ports: form
            .ports
            .get()
            .into_iter()
            .filter_map(|(_, line)| port(line, &mut bad))
            .collect(),
        volumes: form
            .volumes
            .get()
            .into_iter()
            .filter_map(|(_, line)| volume(line))
            .collect(),
        user: trimmed(form.user),
        network: trimmed(form.network),
        restart: restart(&form.restart.get(), form.base.with(|base| base.restart)),
        cpus: quantity(form.cpus, "cpus", t!("deploy.bad-cpus"), Cpus::parse, &mut bad),
        memory: quantity(form.memory, "memory", t!("deploy.bad-memory"), Bytes::parse, &mut bad),
        labels: pairs(form.labels),
        ..form.base.get()
    };
    for (option, text) in OPTIONS.iter().zip(form.more.get_value()) {
        if text.with(|text| option.slot.put(&mut spec, text)).is_none() {
            let like = t!("deploy.bad-option", option = (option.label)(), example = option.example);
            bad.push(problem(option.name, &like));
        }
    }
    let request = DeployRequest {
        spec,
        copies: copies(form, &mut bad),
        target: target(form, &mut bad),
        strategy: match form.strategy.get().as_str() {
            "fill" => Strategy::Fill,
            "over" => Strategy::SpreadOver(trimmed(form.over)),
            _ => Strategy::Spread,
        },
        pull: match form.pull.get().as_str() {
            "always" => PullPolicy::Always,
            "never" => PullPolicy::Never,
            _ => PullPolicy::Missing,
        },
        undo_on_failure: form.undo.get(),
        affinity: form
            .affinity
            .get()
            .into_iter()
            .filter_map(|(_, line)| affinity(line, &mut bad))
            .collect(),
        most_per_engine: most(form, &mut bad),
        reschedule: reschedule(form, &mut bad),
    };
    (request, bad)
}

fn problem(field: &str, text: &str) -> Problem {
    Problem::new(422, "form", text).field(field)
}

fn trimmed(signal: RwSignal<String>) -> String {
    signal.with(|text| text.trim().to_owned())
}

fn command(form: Form, bad: &mut Vec<Problem>) -> Vec<String> {
    form.command.with(|text| words::split(text)).unwrap_or_else(|_| {
        bad.push(problem("command", t!("deploy.bad-command")));
        Vec::new()
    })
}

fn quantity<T: Default>(
    signal: RwSignal<String>,
    field: &str,
    says: &str,
    parse: fn(&str) -> Result<T, &'static str>,
    bad: &mut Vec<Problem>,
) -> T {
    let text = trimmed(signal);
    if text.is_empty() {
        return T::default();
    }
    parse(&text).unwrap_or_else(|_| {
        bad.push(problem(field, says));
        T::default()
    })
}

fn copies(form: Form, bad: &mut Vec<Problem>) -> Copies {
    if form.each.get() {
        return if form.daemon.get() {
            Copies::Daemon
        } else {
            Copies::EachEngine
        };
    }
    match form.copies.with(|text| text.trim().parse()) {
        Ok(0) | Err(_) => {
            bad.push(problem("copies", t!("deploy.bad-copies")));
            Copies::Total(1)
        }
        Ok(count) => Copies::Total(count),
    }
}

fn most(form: Form, bad: &mut Vec<Problem>) -> Option<u16> {
    let text = trimmed(form.most);
    let most = text.parse::<u16>().ok().filter(|most| *most > 0);
    if most.is_none() && !text.is_empty() {
        bad.push(problem("most_per_engine", t!("deploy.bad-copies")));
    }
    most
}

/// Minutes, or seconds as `90s`.
fn reschedule(form: Form, bad: &mut Vec<Problem>) -> Option<Reschedule> {
    let text = trimmed(form.reschedule);
    if text.is_empty() {
        return None;
    }
    let seconds = match text.strip_suffix('s') {
        Some(seconds) => seconds.trim().parse().ok(),
        None => text.parse::<u32>().ok().and_then(|minutes| minutes.checked_mul(60)),
    };
    if seconds.is_none() {
        bad.push(problem("reschedule", t!("deploy.bad-reschedule")));
    }
    seconds.map(|after_seconds| Reschedule {
        after_seconds,
        leave_volumes: form.leave_volumes.get(),
    })
}

fn affinity(line: AffinityLine, bad: &mut Vec<Problem>) -> Option<Affinity> {
    let text = trimmed(line.text);
    if text.is_empty() {
        return None;
    }
    let with = line.with.with(|word| word == "with");
    let read = Selector::parse(&format!("{}={text}", line.kind.get()));
    if read.is_err() {
        bad.push(problem("affinity", t!("deploy.bad-affinity")));
    }
    read.ok().map(|containers| Affinity { with, containers })
}

/// The form has no field for how often; what a text said of it stays.
fn restart(word: &str, before: RestartPolicy) -> RestartPolicy {
    match word {
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        "on-failure" => match before {
            RestartPolicy::OnFailure(_) => before,
            _ => RestartPolicy::OnFailure(0),
        },
        _ => RestartPolicy::No,
    }
}

fn target(form: Form, bad: &mut Vec<Problem>) -> Target {
    match form.place.get() {
        Place::All => Target::All,
        Place::Labels => {
            let constraints = form.constraints.get();
            if constraints.is_empty() {
                bad.push(problem("target", t!("deploy.bad-labels")));
            }
            Target::Labels(constraints.iter().filter_map(|it| Constraint::parse(it).ok()).collect())
        }
        Place::Named => {
            let names = form.engines.get();
            if names.is_empty() {
                bad.push(problem("target", t!("deploy.bad-engines")));
            }
            Target::Named(names.iter().filter_map(|it| EngineName::parse(it).ok()).collect())
        }
    }
}

fn pairs(lines: Lines<Pair>) -> Vec<(String, String)> {
    let line = |(_, pair): (u32, Pair)| (trimmed(pair.name), pair.value.get());
    lines
        .get()
        .into_iter()
        .map(line)
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

fn port(line: PortLine, bad: &mut Vec<Problem>) -> Option<PortSpec> {
    let (host_ip, host, container) = (trimmed(line.host_ip), trimmed(line.host), trimmed(line.container));
    let protocol = match line.protocol.get().as_str() {
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => Protocol::Tcp,
    };
    if host.is_empty() && container.is_empty() {
        return None;
    }
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let public = number(&host);
    let Some(container) = number(&container).filter(|_| host.is_empty() || public.is_some()) else {
        bad.push(problem("ports", t!("deploy.bad-port")));
        return None;
    };
    Some(PortSpec {
        host_ip,
        host: public,
        container,
        protocol,
    })
}

fn volume(line: VolumeLine) -> Option<VolumeSpec> {
    let (source, target, read_only) = (trimmed(line.source), trimmed(line.target), line.read_only.get());
    (!source.is_empty() || !target.is_empty()).then(|| VolumeSpec {
        source,
        target,
        read_only,
        ..line.rest.get_value()
    })
}
