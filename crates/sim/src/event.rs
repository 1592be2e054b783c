//! One event: what happened to whom, small while it is kept, and as dockerd writes it when it is sent.
use crate::chance::Id;
use crate::container::Origin;
use crate::spec::Spec;
use crate::world::{World, repository};
use bytes::Bytes;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::borrow::Cow;
use std::sync::Arc;

/// Whom an event is about. A quarter of a million of them may be kept, so what most do not have is boxed.
#[derive(Clone, Debug)]
pub(crate) enum Actor {
    Container {
        id: Id,
        name: Arc<str>,
        origin: Origin,
        /// What is told besides: how it ended, with which signal, its old name.
        extra: Option<Box<(&'static str, String)>>,
        exec: Option<Box<Id>>,
    },
    Network {
        name: String,
        container: Option<Id>,
    },
    Volume {
        name: String,
        mounted: Option<Box<Mounted>>,
    },
    Image {
        name: String,
    },
}

/// Which container mounts a volume.
#[derive(Clone, Debug)]
pub(crate) struct Mounted {
    pub(crate) container: Id,
    /// Where, and whether it may write; `None` when it is unmounted.
    pub(crate) place: Option<(String, bool)>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) nanos: i64,
    pub(crate) action: Cow<'static, str>,
    pub(crate) actor: Actor,
}

impl Event {
    pub(crate) fn kind(&self) -> &'static str {
        match self.actor {
            Actor::Container { .. } => "container",
            Actor::Network { .. } => "network",
            Actor::Volume { .. } => "volume",
            Actor::Image { .. } => "image",
        }
    }

    /// Its actor's id.
    pub(crate) fn id(&self, world: &World, engine: usize) -> String {
        match &self.actor {
            Actor::Container { id, .. } => id.to_string(),
            Actor::Network { name, .. } => world.network_id(engine, name).to_string(),
            Actor::Volume { name, .. } | Actor::Image { name } => name.clone(),
        }
    }

    /// As it is sent, with the line's end.
    pub(crate) fn encode(&self, world: &World, engine: usize) -> Bytes {
        let kind = self.kind();
        let spec = match &self.actor {
            Actor::Container { origin, .. } => Some(origin.spec(world, engine)),
            _ => None,
        };
        let id = self.id(world, engine);
        let old = matches!(kind, "container" | "image");
        let text = Encoded {
            status: old.then_some(&*self.action),
            old_id: old.then_some(&*id),
            from: spec.as_ref().map(|spec| spec.image.as_str()),
            kind,
            action: &self.action,
            actor: EncodedActor {
                id: &id,
                attributes: Attributes {
                    actor: &self.actor,
                    spec: spec.as_deref(),
                },
            },
            scope: "local",
            time: self.nanos / crate::clock::SECOND,
            nanos: self.nanos,
        };
        let mut bytes = Vec::with_capacity(1024);
        // Into memory it does not fail.
        let _ = serde_json::to_writer(&mut bytes, &text);
        bytes.push(b'\n');
        bytes.into()
    }
}

#[derive(Serialize)]
struct Encoded<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'e str>,
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    old_id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'e str>,
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(rename = "Action")]
    action: &'e str,
    #[serde(rename = "Actor")]
    actor: EncodedActor<'e>,
    scope: &'static str,
    time: i64,
    #[serde(rename = "timeNano")]
    nanos: i64,
}

#[derive(Serialize)]
struct EncodedActor<'e> {
    #[serde(rename = "ID")]
    id: &'e str,
    #[serde(rename = "Attributes")]
    attributes: Attributes<'e>,
}

/// What an event says of its actor.
struct Attributes<'e> {
    actor: &'e Actor,
    /// Of a container.
    spec: Option<&'e Spec>,
}

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut all = to.serialize_map(None)?;
        match self.actor {
            Actor::Container { name, extra, exec, .. } => {
                if let Some(spec) = self.spec {
                    let own = ["image", "name", "execID", "exitCode", "signal", "oldName"];
                    let labels = spec.labels.iter().filter(|(key, _)| !own.contains(&key.as_str()));
                    for (key, value) in labels {
                        all.serialize_entry(key, value)?;
                    }
                    all.serialize_entry("image", &spec.image)?;
                }
                all.serialize_entry("name", &**name)?;
                if let Some(exec) = exec {
                    all.serialize_entry("execID", exec)?;
                }
                if let Some((key, value)) = extra.as_deref() {
                    all.serialize_entry(key, value)?;
                }
            }
            Actor::Network { name, container } => {
                all.serialize_entry("name", name)?;
                let driver = match name.as_str() {
                    "none" => "null",
                    "host" => "host",
                    _ => "bridge",
                };
                all.serialize_entry("type", driver)?;
                if let Some(container) = container {
                    all.serialize_entry("container", container)?;
                }
            }
            Actor::Volume { mounted, .. } => {
                all.serialize_entry("driver", "local")?;
                if let Some(Mounted { container, place }) = mounted.as_deref() {
                    all.serialize_entry("container", container)?;
                    if let Some((destination, writable)) = place {
                        all.serialize_entry("destination", destination)?;
                        all.serialize_entry("propagation", "")?;
                        all.serialize_entry("read/write", &writable.to_string())?;
                    }
                }
            }
            Actor::Image { name } => {
                all.serialize_entry("name", repository(name))?;
            }
        }
        all.end()
    }
}
