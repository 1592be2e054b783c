//! Docker's filters: `{"status":["running"]}`, or with older clients `{"status":{"running":true}}`.
use crate::answer::Refusal;
use crate::container::{Container, State};
use crate::event::{Actor, Event};
use crate::spec::Spec;
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the list of containers takes.
const OF_CONTAINERS: [&str; 17] = [
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
    "runtime",
    "event",
];

/// For each name, values of which one has to fit (labels: all).
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters(BTreeMap<String, Vec<String>>);

impl Filters {
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text.filter(|t| !t.is_empty()) else {
            return Ok(Self::default());
        };
        let unreadable = |_| {
            let first = text.chars().next().unwrap_or_default();
            Refusal::new(
                500,
                format!("invalid character '{first}' looking for beginning of value"),
            )
        };
        let found: BTreeMap<String, Value> = serde_json::from_str(text).map_err(unreadable)?;
        let values = |value: Value| match value {
            Value::Array(all) => all.into_iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
            Value::Object(all) => all.into_iter().map(|(key, _)| key).collect(),
            _ => Vec::new(),
        };
        Ok(Self(
            found.into_iter().map(|(key, value)| (key, values(value))).collect(),
        ))
    }

    /// Refuses what the list of containers does not know.
    pub(crate) fn of_containers(self) -> Result<Self, Refusal> {
        if let Some(unknown) = self.0.keys().find(|key| !OF_CONTAINERS.contains(&key.as_str())) {
            return Err(Refusal::new(400, format!("Invalid filter '{unknown}'")));
        }
        let states = [
            "created",
            "running",
            "paused",
            "exited",
            "dead",
            "restarting",
            "removing",
        ];
        if let Some(unknown) = self.values("status").iter().find(|s| !states.contains(&s.as_str())) {
            return Err(Refusal::new(400, format!("Invalid filter 'status={unknown}'")));
        }
        Ok(self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether containers that do not run are listed without being asked for.
    pub(crate) fn want_all(&self) -> bool {
        self.0.contains_key("status") || self.0.contains_key("exited")
    }

    fn values(&self, key: &str) -> &[String] {
        self.0.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    fn any(&self, key: &str, fits: impl Fn(&str) -> bool) -> bool {
        let values = self.values(key);
        values.is_empty() || values.iter().any(|value| fits(value))
    }

    pub(crate) fn take(&self, container: &Container, spec: impl FnOnce() -> Spec) -> bool {
        let id = || container.id.to_string();
        let health = || container.health.filter(|_| container.state == State::Running);
        let quick = self.any("id", |asked| id().starts_with(asked))
            && self.any("name", |asked| name_fits(&container.name, asked))
            && self.any("status", |asked| container.state.word() == asked)
            && self.any("health", |asked| health().map_or("none", |h| h.word()) == asked)
            && self.any("exited", |asked| {
                container.state == State::Exited && asked.parse() == Ok(container.exit_code)
            });
        let rest = ["label", "network", "ancestor", "volume"];
        if !quick || rest.iter().all(|key| self.values(key).is_empty()) {
            return quick;
        }
        let spec = spec();
        self.values("label").iter().all(|asked| label_fits(&spec, asked))
            && self.any("network", |asked| spec.networks.iter().any(|n| n == asked))
            && self.any("ancestor", |asked| {
                spec.image == asked || spec.image == crate::world::tagged(asked) || spec.image_id.ends_with(asked)
            })
            && self.any("volume", |asked| {
                spec.mounts
                    .iter()
                    .any(|m| m.destination == asked || m.name.as_deref() == Some(asked))
            })
    }

    pub(crate) fn take_event(&self, event: &Event, world: &World, engine: usize) -> bool {
        if self.is_empty() {
            return true;
        }
        let of_container = |asked: &str| match &event.actor {
            Actor::Container { id, name, .. } => id.to_string().starts_with(asked) || **name == *asked,
            _ => false,
        };
        let action = event.action.split(':').next().unwrap_or_default();
        self.any("type", |asked| event.kind() == asked)
            && self.any("event", |asked| action == asked || event.action == asked)
            && self.any("container", of_container)
            && self.values("label").iter().all(|asked| match &event.actor {
                Actor::Container { origin, .. } => label_fits(&origin.spec(world, engine), asked),
                _ => false,
            })
    }
}

/// Docker takes a regular expression; a piece of the name, with `^` and `$`, is what people write.
fn name_fits(name: &str, asked: &str) -> bool {
    let (from_start, rest) = match asked.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, asked),
    };
    let rest = rest.trim_start_matches('/');
    match (from_start, rest.strip_suffix('$')) {
        (true, Some(whole)) => name == whole,
        (false, Some(end)) => name.ends_with(end),
        (true, None) => name.starts_with(rest),
        (false, None) => name.contains(rest),
    }
}

fn label_fits(spec: &Spec, asked: &str) -> bool {
    match asked.split_once('=') {
        Some((key, value)) => spec.labels.get(key).is_some_and(|v| v == value),
        None => spec.labels.contains_key(asked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Filters, Refusal> {
        Filters::parse(Some(text)).and_then(Filters::of_containers)
    }

    #[test]
    fn both_ways_to_write_a_filter_are_read() {
        for text in [
            r#"{"status":["running","paused"]}"#,
            r#"{"status":{"paused":true,"running":true}}"#,
        ] {
            assert_eq!(parse(text).unwrap().values("status").len(), 2);
        }
        assert_eq!(
            parse(r#"{"bogus":["x"]}"#).unwrap_err().message,
            "Invalid filter 'bogus'"
        );
        assert_eq!(
            parse(r#"{"status":["x"]}"#).unwrap_err().message,
            "Invalid filter 'status=x'"
        );
        assert_eq!(parse("x").unwrap_err().status, 500);
    }

    #[test]
    fn names_are_found() {
        assert!(name_fits("shop-web-1", "web") && name_fits("shop-web-1", "^/shop-web-1$"));
        assert!(!name_fits("shop-web-11", "^shop-web-1$") && name_fits("x-web", "web$"));
    }

    #[test]
    fn containers_are_taken_or_not() {
        let world = World::new(1);
        let container = Container::of_number(&world, 0, 0, 0);
        let spec = || world.spec(0, 0);
        let takes = |text: &str| parse(text).unwrap().take(&container, spec);
        assert!(takes(&format!(r#"{{"id":["{}"]}}"#, container.id.short())));
        assert!(!takes(r#"{"id":["ffff0000"]}"#) && takes(r#"{"status":["created"]}"#));
        assert!(takes(r#"{"label":["com.docker.compose.project"]}"#));
        assert!(!takes(r#"{"label":["com.docker.compose.project","none"]}"#));
        assert!(takes(r#"{"health":["none"]}"#) && !takes(r#"{"exited":["0"]}"#));
    }
}
