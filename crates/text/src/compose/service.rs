//! The service, key by key.
mod deploy;
mod limits;
mod parts;

pub(super) use deploy::{LABEL, NAME};

use super::nodes::{Any, Many, Pairs, Text};
use crate::told::{self, Placed};
use crate::value;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use shipyard_model::deploy::{ContainerSpec, DeployRequest};
use shipyard_model::{Bytes, Problem};
use std::fmt;

type To<T> = fn(&mut ContainerSpec) -> &mut T;

/// Keys whose value is a text.
static TEXTS: [(&str, To<String>); 17] = [
    ("image", |spec| &mut spec.image),
    ("container_name", |spec| &mut spec.name),
    ("user", |spec| &mut spec.user),
    ("working_dir", |spec| &mut spec.working_dir),
    ("hostname", |spec| &mut spec.hostname),
    ("domainname", |spec| &mut spec.domainname),
    ("stop_signal", |spec| &mut spec.stop_signal),
    ("cpuset", |spec| &mut spec.cpuset_cpus),
    ("network_mode", |spec| &mut spec.network),
    ("mac_address", |spec| &mut spec.endpoint.mac),
    ("pid", |spec| &mut spec.pid_mode),
    ("ipc", |spec| &mut spec.ipc_mode),
    ("uts", |spec| &mut spec.uts_mode),
    ("userns_mode", |spec| &mut spec.userns_mode),
    ("cgroup", |spec| &mut spec.cgroupns_mode),
    ("cgroup_parent", |spec| &mut spec.cgroup_parent),
    ("runtime", |spec| &mut spec.runtime),
];

/// Keys whose value is one text or more.
static LISTS: [(&str, To<Vec<String>>); 8] = [
    ("group_add", |spec| &mut spec.group_add),
    ("dns", |spec| &mut spec.dns),
    ("dns_search", |spec| &mut spec.dns_search),
    ("dns_opt", |spec| &mut spec.dns_options),
    ("cap_add", |spec| &mut spec.cap_add),
    ("cap_drop", |spec| &mut spec.cap_drop),
    ("security_opt", |spec| &mut spec.security_opt),
    ("device_cgroup_rules", |spec| &mut spec.device_cgroup_rules),
];

/// Names with values.
type Named = Vec<(String, String)>;

/// Keys whose value is names with values.
static PAIRS: [(&str, To<Named>); 5] = [
    ("environment", |spec| &mut spec.env),
    ("labels", |spec| &mut spec.labels),
    ("annotations", |spec| &mut spec.annotations),
    ("sysctls", |spec| &mut spec.sysctls),
    ("storage_opt", |spec| &mut spec.storage_opt),
];

/// Keys whose value is a truth.
static FLAGS: [(&str, To<bool>); 6] = [
    ("tty", |spec| &mut spec.tty),
    ("stdin_open", |spec| &mut spec.open_stdin),
    ("init", |spec| &mut spec.init),
    ("read_only", |spec| &mut spec.read_only),
    ("privileged", |spec| &mut spec.privileged),
    ("oom_kill_disable", |spec| &mut spec.oom_kill_disable),
];

/// Keys whose value is a size.
static SIZES: [(&str, To<Bytes>); 3] = [
    ("mem_limit", |spec| &mut spec.memory),
    ("mem_reservation", |spec| &mut spec.memory_reservation),
    ("shm_size", |spec| &mut spec.shm_size),
];

/// Keys that say what no deploy can.
const UNSAID: [&str; 19] = [
    "build",
    "depends_on",
    "profiles",
    "secrets",
    "configs",
    "extends",
    "platform",
    "isolation",
    "credential_spec",
    "develop",
    "provider",
    "post_start",
    "pre_stop",
    "models",
    "cpu_count",
    "cpu_percent",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "use_api_socket",
];

/// A key that no Compose file has.
pub(super) fn unknown(key: &str) -> Problem {
    told::fault("text.unknown-key", format!("Compose has no key “{key}” here.")).arg("option", key)
}

/// A service that is being read.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) request: DeployRequest,
    pub(super) notes: Vec<Problem>,
    /// The first thing that is wrong.
    pub(super) fault: Option<Problem>,
    /// Devices by the names that their makers' drivers have for them.
    named_devices: Vec<String>,
}

/// A service that was read.
pub(super) struct Service(pub(super) Reading);

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Service;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a service")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Service, A::Error> {
                let mut reading = Reading::default();
                while let Some(key) = map.next_key::<Text>()? {
                    reading.key(&key, &mut map)?;
                }
                reading.finish();
                Ok(Service(reading))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

fn find<T>(all: &[(&str, To<T>)], key: &str) -> Option<To<T>> {
    all.iter().find(|(name, _)| *name == key).map(|(_, to)| *to)
}

impl Reading {
    fn spec(&mut self) -> &mut ContainerSpec {
        &mut self.request.spec
    }

    fn key<'de, A: MapAccess<'de>>(&mut self, key: &Text, map: &mut A) -> Result<(), A::Error> {
        let name = key.text.as_str();
        if let Some(to) = find(&TEXTS, name) {
            let text = map.next_value::<Option<Text>>()?.map(|text| self.plain(text));
            *to(self.spec()) = text.unwrap_or_default();
        } else if let Some(to) = find(&LISTS, name) {
            let all = self.many(map.next_value()?);
            to(self.spec()).extend(all);
        } else if let Some(to) = find(&PAIRS, name) {
            let all = self.pairs(map.next_value()?);
            to(self.spec()).extend(all);
        } else if let Some(to) = find(&FLAGS, name) {
            let on = self.read(name, map.next_value()?, "true", value::truth);
            *to(self.spec()) = on.unwrap_or_default();
        } else if let Some(to) = find(&SIZES, name) {
            let size = self.read(name, map.next_value()?, "256m", value::bytes);
            *to(self.spec()) = size.unwrap_or_default();
        } else if UNSAID.contains(&name) {
            map.next_value::<IgnoredAny>()?;
            self.notes.push(told::unsaid(name));
        } else if matches!(name, "env_file" | "label_file") {
            map.next_value::<IgnoredAny>()?;
            let detail = format!("{name} names files, which are not here: paste what they hold.");
            self.notes
                .push(Problem::new(200, "text.files", detail).arg("option", name));
        } else if name == "attach" {
            map.next_value::<IgnoredAny>()?;
            self.notes.push(told::meaningless(name));
        } else if name.starts_with("x-") {
            map.next_value::<IgnoredAny>()?;
        } else if !self.part(name, map)? {
            map.next_value::<IgnoredAny>()?;
            self.wrong(unknown(name).at(key.at.0, key.at.1));
        }
        Ok(())
    }

    fn wrong(&mut self, problem: Problem) {
        self.fault.get_or_insert(problem);
    }

    /// A text with what Compose would put in for `$`.
    pub(super) fn plain(&mut self, text: Text) -> String {
        let mut out = String::new();
        let mut rest = text.text.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(next) = after.strip_prefix('$') {
                out.push('$');
                rest = next;
                continue;
            }
            let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (inner, next) = braced.unwrap_or_else(|| {
                let end = after
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(after.len());
                after.split_at_checked(end).unwrap_or((after, ""))
            });
            let given = inner.split_once(":-").or_else(|| inner.split_once('-'));
            match given {
                Some((name, value)) if !name.is_empty() => {
                    let detail = format!("“${{{name}}}” has no value here: its default “{value}” is taken.");
                    let note = Problem::new(200, "text.default-taken", detail);
                    self.notes.push(note.arg("option", name).arg("value", value));
                    out.push_str(value);
                }
                _ => {
                    let detail = format!("“${inner}” has no value here. Write the value, or $$ for a dollar sign.");
                    let problem = told::fault("text.variable", detail).arg("option", inner);
                    self.wrong(problem.at(text.at.0, text.at.1));
                }
            }
            rest = next;
        }
        out.push_str(rest);
        out
    }

    /// A text that stands for something, if it is there.
    fn read<T>(
        &mut self,
        key: &str,
        text: Option<Text>,
        example: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = text?;
        let at = text.at;
        let plain = self.plain(text);
        let value = parse(&plain);
        if value.is_none() {
            self.wrong(told::bad_value(key, plain, example).at(at.0, at.1));
        }
        value
    }

    fn many(&mut self, many: Many) -> Vec<String> {
        match many.value {
            Any::Nothing => Vec::new(),
            Any::Scalar(text) => vec![self.plain(Text { text, at: many.at })],
            Any::List(all) => all.into_iter().map(|text| self.plain(text)).collect(),
            Any::Map(never) => match never {},
        }
    }

    pub(super) fn pairs(&mut self, pairs: Pairs) -> Vec<(String, String)> {
        let mut all = Vec::new();
        match pairs.value {
            Any::Nothing => {}
            Any::Scalar(text) => {
                let problem = told::bad_value("this", text, "name: value");
                self.wrong(problem.at(pairs.at.0, pairs.at.1));
            }
            Any::List(texts) => {
                for text in texts {
                    match text.text.split_once('=') {
                        Some((name, value)) => {
                            let value = Text {
                                text: value.to_owned(),
                                at: text.at,
                            };
                            all.push((name.to_owned(), self.plain(value)));
                        }
                        None => self.of_the_shell(&text.text),
                    }
                }
            }
            Any::Map(entries) => {
                for (name, value) in entries.0 {
                    match value {
                        Some(value) => all.push((name.text, self.plain(value))),
                        None => self.of_the_shell(&name.text),
                    }
                }
            }
        }
        all
    }

    fn of_the_shell(&mut self, name: &str) {
        let detail = format!("{name} would have its value from where Compose is run: write {name}=VALUE.");
        self.notes
            .push(Problem::new(200, "text.env-from-shell", detail).arg("option", name));
    }
}
