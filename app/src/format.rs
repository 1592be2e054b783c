//! Numbers, ages and texts as a person reads them. Pure.
use shipyard_model::unit::tenths;
use shipyard_model::{Bytes, ContainerRow, ContainerState, Cpus, Health, Millis};

/// An age in one unit: `42 s`, `5 min`, `3 h`, `21 d`.
pub fn age(from: Millis, now: Millis) -> String {
    let seconds = now.since(from) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} {}", seconds / 86_400, crate::text::get("unit.day")),
    }
}

/// A response time: `3 ms`, below one `<1 ms`.
pub fn response(us: u64) -> String {
    if us < 1000 {
        "<1 ms".to_owned()
    } else {
        format!("{} ms", us / 1000)
    }
}

/// A count with its thousands apart: `100,000`, in French `100 000`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        out.push(digit);
        if left > 0 && left % 3 == 0 {
            out.push(if french() { '\u{202f}' } else { ',' });
        }
    }
    out
}

/// Whether the page is in French.
pub(crate) fn french() -> bool {
    crate::boot::get().is_some_and(|boot| boot.language == "fr")
}

/// A percentage without decimals; below 10 with one.
pub fn percent(value: f64) -> String {
    let value = if (0.05..9.95).contains(&value) {
        written(&tenths(value))
    } else {
        (value.round() as i64).to_string()
    };
    t!("unit.percent", value = value)
}

/// Bytes in binary units: `1.5 GiB`, in French `1,5 GiB`.
pub fn bytes(value: Bytes) -> String {
    written(&value.to_string())
}

/// Of a size how much: `2 MiB of 4 GiB`.
pub fn part(part: Bytes, whole: Bytes) -> String {
    t!("containers.memory-of", used = bytes(part), limit = bytes(whole))
}

/// CPUs: `0.5`, in French `0,5`.
pub fn cpus(value: Cpus) -> String {
    written(&value.to_string())
}

/// A number with a point, with what the person's language has for it.
fn written(number: &str) -> String {
    number.replace('.', if french() { "," } else { "." })
}

/// Key of the word for a container's state and health, and its exit code where it has ended.
pub fn state_word(state: ContainerState, health: Option<Health>, exit: Option<i64>) -> String {
    let word = match (state, health) {
        (ContainerState::Running, Some(Health::Healthy)) => "state.healthy",
        (ContainerState::Running, Some(Health::Unhealthy)) => "state.unhealthy",
        (ContainerState::Running, Some(Health::Starting)) => "state.starting",
        (ContainerState::Running, None) => "state.running",
        (ContainerState::Paused, _) => "state.paused",
        (ContainerState::Restarting, _) => "state.restarting",
        (ContainerState::Created, _) => "state.created",
        (ContainerState::Removing, _) => "state.removing",
        (ContainerState::Exited, _) => "state.exited",
        (ContainerState::Dead, _) => "state.dead",
    };
    let word = crate::text::get(word);
    match exit.filter(|_| matches!(state, ContainerState::Exited | ContainerState::Restarting)) {
        Some(code) => format!("{word} ({code})"),
        None => word.to_owned(),
    }
}

/// Address of a container's page. Names of containers hold no character that an address would need escaped.
pub fn container_path(row: &ContainerRow) -> String {
    format!("/containers/{}/{}", row.engine, row.name)
}

/// The image's name without its registry and path, for narrow places.
pub fn short_image(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}
