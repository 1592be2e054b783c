//! Values of options that are more than a text: each written as a text, and read of one.
use shipyard_model::deploy::{
    ContainerSpec, DeviceRequestSpec, DeviceSpec, ExposedPort, HealthcheckSpec, NetworkSpec, RestartPolicy, Swap,
    TmpfsSpec, UlimitSpec,
};
use shipyard_model::{Bytes, Protocol, words};

pub(super) fn size(bytes: Bytes) -> String {
    let bytes = bytes.get();
    match bytes {
        0 => String::new(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{}m", bytes >> 20),
        _ => bytes.to_string(),
    }
}

pub(super) fn bytes(text: &str) -> Option<Bytes> {
    if text.is_empty() {
        Some(Bytes::ZERO)
    } else {
        Bytes::parse(text).ok()
    }
}

pub(super) fn positive(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

/// Nothing is zero.
pub(super) fn number<T: std::str::FromStr + Default>(text: &str, set: impl FnOnce(T)) -> Option<()> {
    set(if text.is_empty() {
        T::default()
    } else {
        text.parse().ok()?
    });
    Some(())
}

pub(super) fn optional<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    if text.is_empty() {
        Some(None)
    } else {
        text.parse().ok().map(Some)
    }
}

pub(super) fn exposed(spec: &ContainerSpec) -> Vec<String> {
    spec.expose
        .iter()
        .map(|it| format!("{}/{}", it.port, it.protocol.word()))
        .collect()
}

pub(super) fn expose(spec: &mut ContainerSpec, lines: &[&str]) -> Option<()> {
    let read = |line: &&str| {
        let (port, protocol) = line.split_once('/').unwrap_or((line, "tcp"));
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => return None,
        };
        Some(ExposedPort {
            port: port.parse().ok()?,
            protocol,
        })
    };
    spec.expose = lines.iter().map(read).collect::<Option<_>>()?;
    Some(())
}

pub(super) fn tmpfs_word(tmpfs: &TmpfsSpec) -> String {
    let mut all = Vec::new();
    if tmpfs.size.get() > 0 {
        all.push(format!("size={}", size(tmpfs.size)));
    }
    all.extend(tmpfs.mode.map(|mode| format!("mode={mode:o}")));
    all.extend(tmpfs.exec.then(|| "exec".to_owned()));
    all.extend(tmpfs.options.iter().cloned());
    if all.is_empty() {
        tmpfs.target.clone()
    } else {
        format!("{}:{}", tmpfs.target, all.join(","))
    }
}

pub(super) fn tmpfs(spec: &mut ContainerSpec, lines: &[&str]) -> Option<()> {
    let before = std::mem::take(&mut spec.tmpfs);
    for line in lines {
        let (target, options) = line.split_once(':').unwrap_or((line, ""));
        let mut tmpfs = TmpfsSpec {
            target: target.to_owned(),
            mount: before.iter().any(|one| one.mount && one.target == target),
            ..TmpfsSpec::default()
        };
        for word in options.split(',').filter(|word| !word.is_empty()) {
            match word.split_once('=') {
                Some(("size", text)) => tmpfs.size = bytes(text)?,
                Some(("mode", text)) => tmpfs.mode = Some(u16::from_str_radix(text, 8).ok()?),
                _ if word == "exec" => tmpfs.exec = true,
                _ => tmpfs.options.push(word.to_owned()),
            }
        }
        spec.tmpfs.push(tmpfs);
    }
    Some(())
}

/// Further networks by their names; what it is in one that was there before stays.
pub(super) fn networks(spec: &mut ContainerSpec, lines: &[&str]) -> Option<()> {
    let before = std::mem::take(&mut spec.networks);
    let network = |name: &&str| {
        let known = before.iter().find(|network| network.name == **name).cloned();
        known.unwrap_or_else(|| NetworkSpec {
            name: (*name).to_owned(),
            ..NetworkSpec::default()
        })
    };
    spec.networks = lines.iter().map(network).collect();
    Some(())
}

pub(super) fn swap_word(spec: &ContainerSpec) -> String {
    match spec.memory_swap {
        Swap::Usual => String::new(),
        Swap::Total(bytes) => size(bytes),
        Swap::Unlimited => "-1".to_owned(),
    }
}

pub(super) fn swap(spec: &mut ContainerSpec, text: &str) -> Option<()> {
    spec.memory_swap = match text {
        "" => Swap::Usual,
        "-1" => Swap::Unlimited,
        text => Swap::Total(bytes(text)?),
    };
    Some(())
}

pub(super) fn ulimit_word(limit: &UlimitSpec) -> String {
    format!("{}={}:{}", limit.name, limit.soft, limit.hard)
}

pub(super) fn ulimits(spec: &mut ContainerSpec, lines: &[&str]) -> Option<()> {
    let read = |line: &&str| {
        let (name, limits) = line.split_once('=')?;
        let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
        Some(UlimitSpec {
            name: name.to_owned(),
            soft: soft.parse().ok()?,
            hard: hard.parse().ok()?,
        })
    };
    spec.ulimits = lines.iter().map(read).collect::<Option<_>>()?;
    Some(())
}

pub(super) fn device_word(device: &DeviceSpec) -> String {
    let parts = [&device.host, &device.container, &device.permissions];
    let said = parts.into_iter().filter(|part| !part.is_empty());
    said.map(String::as_str).collect::<Vec<_>>().join(":")
}

pub(super) fn devices(spec: &mut ContainerSpec, lines: &[&str]) -> Option<()> {
    let read = |line: &&str| {
        let mut device = DeviceSpec::default();
        for (at, part) in line.split(':').enumerate() {
            match (at, part.starts_with('/')) {
                (0, _) => part.clone_into(&mut device.host),
                (1, true) => part.clone_into(&mut device.container),
                (1 | 2, false) => part.clone_into(&mut device.permissions),
                _ => return None,
            }
        }
        Some(device)
    };
    spec.devices = lines.iter().map(read).collect::<Option<_>>()?;
    Some(())
}

/// Graphics cards by number; other devices that drivers choose stay as they are, for a text to change.
pub(super) fn gpus_word(spec: &ContainerSpec) -> String {
    let count = |request: &DeviceRequestSpec| match request.count {
        -1 => "all".to_owned(),
        count => count.to_string(),
    };
    spec.device_requests
        .iter()
        .find(|request| is_plain(request))
        .map(count)
        .unwrap_or_default()
}

pub(super) fn is_plain(request: &DeviceRequestSpec) -> bool {
    let gpu = [["gpu"]];
    request.driver.is_empty() && request.ids.is_empty() && request.options.is_empty() && request.capabilities == gpu
}

pub(super) fn gpus(spec: &mut ContainerSpec, text: &str) -> Option<()> {
    spec.device_requests.retain(|request| !is_plain(request));
    if !text.is_empty() {
        spec.device_requests.push(DeviceRequestSpec {
            count: if text == "all" { -1 } else { text.parse().ok()? },
            capabilities: vec![vec!["gpu".to_owned()]],
            ..DeviceRequestSpec::default()
        });
    }
    Some(())
}

pub(super) fn check(spec: &ContainerSpec) -> HealthcheckSpec {
    spec.healthcheck.clone().unwrap_or_default()
}

pub(super) fn is_off(spec: &ContainerSpec) -> bool {
    check(spec).test == ["NONE"]
}

pub(super) fn health_off(spec: &mut ContainerSpec, text: &str) -> Option<()> {
    if !text.is_empty() {
        spec.healthcheck.get_or_insert_default().test = vec!["NONE".to_owned()];
    } else if is_off(spec) {
        spec.healthcheck = None;
    }
    Some(())
}

/// A line for the shell as it is; words of a command after `CMD`, which no shell sees.
pub(super) fn health_word(spec: &ContainerSpec) -> String {
    match check(spec).test.split_first() {
        Some((first, rest)) if first == "CMD-SHELL" => rest.join(" "),
        Some((first, rest)) if first == "CMD" => {
            let quoted = rest.iter().map(|word| words::quote(word));
            std::iter::once("CMD".to_owned())
                .chain(quoted)
                .collect::<Vec<_>>()
                .join(" ")
        }
        _ => String::new(),
    }
}

pub(super) fn health(spec: &mut ContainerSpec, text: &str) -> Option<()> {
    if text.is_empty() {
        if let Some(check) = spec.healthcheck.as_mut().filter(|check| check.test != ["NONE"]) {
            check.test.clear();
        }
        return Some(());
    }
    spec.healthcheck.get_or_insert_default().test = match text.strip_prefix("CMD ") {
        Some(_) => words::split(text).ok()?,
        None => vec!["CMD-SHELL".to_owned(), text.to_owned()],
    };
    Some(())
}

pub(super) fn seconds(spec: &ContainerSpec, of: fn(&HealthcheckSpec) -> u64) -> String {
    match of(&check(spec)) {
        0 => String::new(),
        ms if ms.is_multiple_of(1000) => (ms / 1000).to_string(),
        ms => format!("{ms}ms"),
    }
}

pub(super) fn in_check(spec: &mut ContainerSpec, text: &str, to: fn(&mut HealthcheckSpec) -> &mut u64) -> Option<()> {
    let ms = match text.strip_suffix("ms") {
        Some(ms) => ms.parse().ok()?,
        None if text.is_empty() => 0,
        None => text.trim_end_matches('s').parse::<u64>().ok()?.checked_mul(1000)?,
    };
    match &mut spec.healthcheck {
        None if ms == 0 => {}
        check => *to(check.get_or_insert_default()) = ms,
    }
    Some(())
}

pub(super) fn health_retries(spec: &mut ContainerSpec, text: &str) -> Option<()> {
    let retries = optional(text)?.unwrap_or_default();
    match &mut spec.healthcheck {
        None if retries == 0 => {}
        check => check.get_or_insert_default().retries = retries,
    }
    Some(())
}

pub(super) fn restarts(spec: &ContainerSpec) -> String {
    match spec.restart {
        RestartPolicy::OnFailure(most) => positive(most.into()),
        _ => String::new(),
    }
}

pub(super) fn restart_most(spec: &mut ContainerSpec, text: &str) -> Option<()> {
    let most = optional(text)?.unwrap_or_default();
    if let RestartPolicy::OnFailure(count) = &mut spec.restart {
        *count = most;
    }
    Some(())
}
