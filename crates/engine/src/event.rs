//! Docker's events: what they say for the history, and what they change in the list of containers.
use crate::connection::is_id;
use crate::mirror::Change;
use crate::status::health_word;
use bollard::models::{EventMessage, EventMessageTypeEnum};
use shipyard_model::{ContainerId, Millis};
use std::collections::HashMap;

/// Something that Docker reports. All texts are the engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineEvent {
    /// When, by the engine's clock.
    pub at: Millis,
    /// `container` or `image`.
    pub kind: String,
    /// Docker's word: `start`, `die`, `oom`, `pull`, `health_status: healthy`, …
    pub action: String,
    /// Id of the container, or the image.
    pub id: String,
    /// Name of the container, or of the image.
    pub name: String,
    /// The container's image, or the image.
    pub image: String,
    /// With `die`: how it ended.
    pub exit_code: Option<i64>,
}

/// An event as it goes from the stream's reader to the mirror.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// When, in nanoseconds since 1970, by the engine's clock.
    pub(crate) nanos: i64,
    /// What it changes.
    pub(crate) change: Option<(ContainerId, Change)>,
    /// For the history; `None` for what is of no interest.
    pub(crate) event: Option<EngineEvent>,
}

/// Actions on containers that say nothing about their state and may come many times a second (`exec_*` does with each
/// health check).
const NOISE: [&str; 8] = [
    "attach",
    "detach",
    "resize",
    "top",
    "archive-path",
    "extract-to-dir",
    "copy",
    "export",
];

/// Signals by which programs are told to read their settings or files anew, and go on: HUP, USR1 and USR2, as Docker numbers them.
const GOES_ON: [&str; 3] = ["1", "10", "12"];

pub(crate) fn hear(message: EventMessage) -> Option<Heard> {
    let actor = message.actor.unwrap_or_default();
    let attributes = actor.attributes.unwrap_or_default();
    let (id, action) = (actor.id.unwrap_or_default(), message.action.unwrap_or_default());
    let nanos = message
        .time_nano
        .or_else(|| message.time.map(|s| s.saturating_mul(1_000_000_000)))
        .unwrap_or(0);
    let get = |key: &str| attributes.get(key).cloned().unwrap_or_default();
    match message.typ? {
        EventMessageTypeEnum::CONTAINER => {
            if !is_id(&id) || action.starts_with("exec_") || NOISE.contains(&action.as_str()) {
                return None;
            }
            let change = change(&action, &attributes).map(|change| (ContainerId::new(id.clone()), change));
            let event = EngineEvent {
                at: Millis(nanos / 1_000_000),
                kind: "container".to_owned(),
                exit_code: (action == "die").then(|| get("exitCode").parse().ok()).flatten(),
                action,
                id,
                name: get("name"),
                image: get("image"),
            };
            Some(Heard {
                nanos,
                change,
                event: Some(event),
            })
        }
        EventMessageTypeEnum::IMAGE => {
            let name = attributes.get("name").cloned().unwrap_or_else(|| id.clone());
            let at = Millis(nanos / 1_000_000);
            let event = EngineEvent {
                at,
                kind: "image".to_owned(),
                action,
                image: id.clone(),
                id,
                name,
                exit_code: None,
            };
            Some(Heard {
                nanos,
                change: None,
                event: Some(event),
            })
        }
        EventMessageTypeEnum::NETWORK if matches!(action.as_str(), "connect" | "disconnect") => {
            let container = get("container");
            let network = get("name");
            is_id(&container).then(|| {
                let change = match action.as_str() {
                    "connect" => Change::Connected { network },
                    _ => Change::Disconnected { network },
                };
                let change = Some((ContainerId::new(container), change));
                Heard {
                    nanos,
                    change,
                    event: None,
                }
            })
        }
        _ => None,
    }
}

fn change(action: &str, attributes: &HashMap<String, String>) -> Option<Change> {
    let number = |key: &str| attributes.get(key).and_then(|v| v.parse().ok());
    Some(match action {
        "create" => Change::Created,
        "start" => Change::Started,
        "die" => Change::Died {
            exit_code: number("exitCode").unwrap_or(0),
        },
        "pause" => Change::Paused,
        "unpause" => Change::Unpaused,
        "kill" => Change::Killed {
            ends: attributes
                .get("signal")
                .is_none_or(|signal| !GOES_ON.contains(&signal.as_str())),
        },
        "stop" => Change::Stopped,
        "destroy" => Change::Destroyed,
        "rename" => Change::Renamed {
            name: attributes.get("name")?.trim_start_matches('/').to_owned(),
        },
        other => Change::Health(health_word(other.strip_prefix("health_status:")?.trim())),
    })
}

/// A moment as Docker writes it (RFC 3339).
pub(crate) fn parse_time(text: &str) -> Option<Millis> {
    parse_nanos(text).map(|nanos| Millis(nanos / 1_000_000))
}

/// The same, in nanoseconds since 1970.
pub(crate) fn parse_nanos(text: &str) -> Option<i64> {
    // Most lines of a terminal's log that do not begin with a time fail here, cheaply.
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) || text.len() > 40 {
        return None;
    }
    let at = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::Health;

    fn heard(text: &str) -> Option<Heard> {
        hear(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn events_say_what_changes() {
        let id = "b".repeat(64);
        let event = |action: &str| {
            heard(&format!(
                r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"{id}",
                "Attributes":{{"name":"web","image":"web:lab","exitCode":"137"}}}},"timeNano":1700000000000000001}}"#
            ))
        };
        let died = event("die").unwrap();
        assert_eq!(died.change.unwrap().1, Change::Died { exit_code: 137 });
        let told = died.event.unwrap();
        assert_eq!(
            (told.exit_code, told.name.as_str(), told.at),
            (Some(137), "web", Millis(1_700_000_000_000))
        );
        assert_eq!(
            event("health_status: unhealthy").unwrap().change.unwrap().1,
            Change::Health(Some(Health::Unhealthy))
        );
        assert_eq!(event("oom").unwrap().change, None);
        assert_eq!(
            event("rename").unwrap().change.unwrap().1,
            Change::Renamed { name: "web".to_owned() }
        );
        assert!(event("exec_start: /bin/true").is_none());
    }

    #[test]
    fn an_event_about_no_container_changes_nothing() {
        assert!(heard(r#"{"Type":"container","Action":"start","Actor":{"ID":"../x","Attributes":{}}}"#).is_none());
        assert!(heard(r#"{"Action":"start"}"#).is_none());
    }
}
