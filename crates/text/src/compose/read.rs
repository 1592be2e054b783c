//! A file read: which service it is, and what the file defines beside it.
use super::nodes::{Defined, Entries, Place, Text};
use super::service::{Reading, Service};
use super::{from_image, service};
use crate::Read;
use crate::told::{self, Placed};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::MessageFormatter;
use shipyard_model::Problem;
use std::fmt;
use std::marker::PhantomData;

/// What a file holds.
struct File<S> {
    services: Vec<(Text, S)>,
    volumes: Vec<(Text, Option<Defined>)>,
    networks: Vec<(Text, Option<Defined>)>,
    notes: Vec<Problem>,
    /// A key that nobody knows.
    unknown: Option<(String, Place)>,
}

impl<'de, S: Deserialize<'de>> Deserialize<'de> for File<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<S>(PhantomData<S>);
        impl<'de, S: Deserialize<'de>> Visitor<'de> for Map<S> {
            type Value = File<S>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a Compose file")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut file = File {
                    services: Vec::new(),
                    volumes: Vec::new(),
                    networks: Vec::new(),
                    notes: Vec::new(),
                    unknown: None,
                };
                while let Some(key) = map.next_key::<Text>()? {
                    match key.text.as_str() {
                        "services" => file.services = map.next_value::<Entries<S>>()?.0,
                        "volumes" => {
                            file.volumes = map.next_value::<Option<Entries<_>>>()?.map_or(Vec::new(), |it| it.0)
                        }
                        "networks" => {
                            file.networks = map.next_value::<Option<Entries<_>>>()?.map_or(Vec::new(), |it| it.0)
                        }
                        other => {
                            map.next_value::<IgnoredAny>()?;
                            match other {
                                "version" => {}
                                "name" => file.notes.push(told::meaningless("name")),
                                "secrets" | "configs" | "include" | "models" => file.notes.push(told::unsaid(other)),
                                other if other.starts_with("x-") => {}
                                other => file.unknown = file.unknown.or(Some((other.to_owned(), key.at))),
                            }
                        }
                    }
                }
                Ok(file)
            }
        }
        deserializer.deserialize_map(Map(PhantomData))
    }
}

/// Whether a text is such a file, and not something else in YAML.
pub(crate) fn is_file(text: &str) -> bool {
    text.lines().any(|line| line.trim_end().starts_with("services:"))
}

/// Why YAML cannot be read, with its place.
fn yaml(error: &serde_saphyr::Error) -> Problem {
    let error = error.without_snippet();
    let message = serde_saphyr::DefaultMessageFormatter.format_message(error);
    let message: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // What would have been known is a long list.
    let short = message
        .split(", expected")
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    let at = error.location().map_or((0, 0), |at| (at.line(), at.column()));
    let problem = told::fault("text.yaml", format!("The file cannot be read: {short}.")).arg("why", short);
    problem.at(at.0, at.1)
}

/// Reads a file.
///
/// # Errors
/// The first thing in it that cannot be read, with its line and column; several services, by their names.
pub(crate) fn read(text: &str) -> Result<Read, Problem> {
    let file: File<IgnoredAny> = serde_saphyr::from_str(text).map_err(|error| yaml(&error))?;
    if let Some((key, at)) = file.unknown {
        return Err(service::unknown(&key).at(at.0, at.1));
    }
    match file.services.as_slice() {
        [_] => {}
        [] => {
            return Err(told::fault(
                "text.no-service",
                "The file has no service. Write one below services.",
            ));
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.text.as_str()).collect();
            let (count, names) = (names.len(), names.join(", "));
            let detail =
                format!("The file has {count} services: {names}. A deploy is one of them: leave the others out.");
            return Err(told::fault("text.several-services", detail)
                .arg("count", count)
                .arg("names", names));
        }
    }
    let file: File<Service> = serde_saphyr::from_str(text).map_err(|error| yaml(&error))?;
    let Some((key, Service(mut reading))) = file.services.into_iter().next() else {
        return Err(Problem::internal());
    };
    reading.notes.splice(..0, file.notes);
    networks(&mut reading, file.networks);
    volumes(&mut reading, file.volumes);
    let spec = &mut reading.request.spec;
    if spec.image.is_empty() && reading.fault.is_none() {
        let detail = format!("The service “{}” names no image. Write image: below it.", key.text);
        return Err(told::fault("text.service-no-image", detail)
            .arg("name", &key.text)
            .field("image")
            .at(key.at.0, key.at.1));
    }
    if spec.name.is_empty() && key.text != from_image(&spec.image) {
        spec.name = key.text;
    }
    match reading.fault {
        Some(fault) => Err(fault),
        None => Ok(Read {
            request: reading.request,
            notes: reading.notes,
        }),
    }
}

/// Networks have the names that the file gives them; what else it says of them is for who makes them.
fn networks(reading: &mut Reading, defined: Vec<(Text, Option<Defined>)>) {
    for (key, defined) in defined {
        let Some(defined) = defined else { continue };
        for (what, is_there) in [
            ("driver", defined.driver.is_some()),
            ("driver_opts", defined.driver_opts.is_some()),
            ("labels", defined.labels.is_some()),
            ("ipam", defined.ipam.is_some()),
            ("internal", defined.internal.is_some()),
            ("attachable", defined.attachable.is_some()),
            ("enable_ipv4", defined.enable_ipv4.is_some()),
            ("enable_ipv6", defined.enable_ipv6.is_some()),
        ] {
            if is_there {
                let note = told::unsaid(&format!("networks.{}.{what}", key.text));
                reading.notes.push(note);
            }
        }
        let Some(name) = defined.name.map(|name| reading.plain(name)) else {
            continue;
        };
        let spec = &mut reading.request.spec;
        let all = std::iter::once(&mut spec.network).chain(spec.networks.iter_mut().map(|network| &mut network.name));
        for network in all.filter(|network| **network == key.text) {
            network.clone_from(&name);
        }
    }
}

/// Volumes have the names and drivers that the file gives them.
fn volumes(reading: &mut Reading, defined: Vec<(Text, Option<Defined>)>) {
    for (key, defined) in defined {
        let Some(defined) = defined else { continue };
        let name = defined.name.map(|name| reading.plain(name));
        let driver = defined.driver.map(|driver| reading.plain(driver)).unwrap_or_default();
        let options = defined
            .driver_opts
            .map(|pairs| reading.pairs(pairs))
            .unwrap_or_default();
        let labels = defined.labels.map(|pairs| reading.pairs(pairs)).unwrap_or_default();
        let all = reading.request.spec.volumes.iter_mut();
        for volume in all.filter(|volume| volume.source == key.text) {
            if let Some(name) = &name {
                volume.source.clone_from(name);
            }
            // The long way is the one that can say these.
            volume.mount |= !driver.is_empty() || !options.is_empty() || !labels.is_empty();
            volume.driver.clone_from(&driver);
            volume.driver_options.clone_from(&options);
            volume.labels.extend(labels.iter().cloned());
        }
    }
}
