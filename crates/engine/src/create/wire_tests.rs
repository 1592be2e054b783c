//! What can be sent to an engine: every field that Docker's client knows, from which option of ours it comes, or why it is
//! never sent. A field of either side that is not in the tables fails here, and a new one of Docker's does not compile.
use super::body::body;
use super::tests::everything;
use Source::{From, Never};
use bollard::models::{ContainerCreateBody, HostConfig};
use serde::de::{DeserializeOwned, Visitor};
use shipyard_access::policy::OPTIONS;
use shipyard_model::deploy::ContainerSpec;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy)]
enum Source {
    /// The option that it comes from.
    From(&'static str),
    /// Why nobody can set it.
    Never(&'static str),
}

const BODY: [(&str, Source); 26] = [
    ("ArgsEscaped", Never("Windows")),
    ("AttachStderr", Never("attached by calls")),
    ("AttachStdin", Never("attached by calls")),
    ("AttachStdout", Never("attached by calls")),
    ("Cmd", From("command")),
    ("Domainname", From("domainname")),
    ("Entrypoint", From("entrypoint")),
    ("Env", From("env")),
    ("ExposedPorts", From("ports")),
    ("Healthcheck", From("healthcheck")),
    ("HostConfig", Never("the other table")),
    ("Hostname", From("hostname")),
    ("Image", From("image")),
    ("Labels", From("labels")),
    ("NetworkDisabled", Never("network none says it")),
    (
        "NetworkingConfig",
        Never("one network, by NetworkMode; driver options reach the engine"),
    ),
    ("OnBuild", Never("images")),
    ("OpenStdin", From("open_stdin")),
    ("Shell", Never("images")),
    ("StdinOnce", Never("attached by calls")),
    ("StopSignal", From("stop_signal")),
    ("StopTimeout", From("stop_timeout")),
    ("Tty", From("tty")),
    ("User", From("user")),
    ("Volumes", Never("Mounts say it")),
    ("WorkingDir", From("working_dir")),
];

const HOST: [(&str, Source); 69] = [
    ("Annotations", Never("orders for runtimes")),
    ("AutoRemove", Never("what became of a container is shown")),
    ("Binds", From("volumes")),
    ("BlkioDeviceReadBps", Never("names devices of the engine")),
    ("BlkioDeviceReadIOps", Never("names devices of the engine")),
    ("BlkioDeviceWriteBps", Never("names devices of the engine")),
    ("BlkioDeviceWriteIOps", Never("names devices of the engine")),
    ("BlkioWeight", Never("takes from others")),
    ("BlkioWeightDevice", Never("names devices of the engine")),
    ("CapAdd", From("cap_add")),
    ("CapDrop", From("cap_drop")),
    ("Cgroup", Never("another container's group")),
    ("CgroupParent", Never("any group of the engine")),
    ("CgroupnsMode", From("cgroupns_mode")),
    ("ConsoleSize", Never("resized by calls")),
    ("ContainerIDFile", Never("the command line's")),
    ("CpuCount", Never("Windows")),
    ("CpuPercent", Never("Windows")),
    ("CpuPeriod", Never("NanoCpus says it")),
    ("CpuQuota", Never("NanoCpus says it")),
    ("CpuRealtimePeriod", Never("takes from others")),
    ("CpuRealtimeRuntime", Never("takes from others")),
    ("CpuShares", Never("takes from others")),
    ("CpusetCpus", From("cpuset_cpus")),
    ("CpusetMems", Never("reservations do not count memory nodes")),
    ("DeviceCgroupRules", Never("devices by number pass any list")),
    ("DeviceRequests", Never("graphics cards are not reserved yet")),
    ("Devices", From("devices")),
    ("Dns", From("dns")),
    ("DnsOptions", Never("not asked for yet")),
    ("DnsSearch", From("dns_search")),
    ("ExtraHosts", From("extra_hosts")),
    ("GroupAdd", From("group_add")),
    ("IOMaximumBandwidth", Never("Windows")),
    ("IOMaximumIOps", Never("Windows")),
    ("Init", From("init")),
    ("IpcMode", From("ipc_mode")),
    ("Isolation", Never("Windows")),
    ("Links", From("links")),
    ("LogConfig", From("logging")),
    ("MaskedPaths", Never("unmasks the kernel")),
    ("Memory", From("memory")),
    ("MemoryReservation", Never("memory is reserved and limited in one")),
    ("MemorySwap", Never("Docker's default: as much swap as memory")),
    ("MemorySwappiness", Never("not asked for yet")),
    ("Mounts", From("volumes")),
    ("NanoCpus", From("cpus")),
    ("NetworkMode", From("network")),
    ("OomKillDisable", Never("halts the engine's machine")),
    ("OomScoreAdj", Never("has others killed first")),
    ("PidMode", From("pid_mode")),
    ("PidsLimit", From("pids_limit")),
    ("PortBindings", From("ports")),
    ("Privileged", From("privileged")),
    ("PublishAllPorts", From("publish_all")),
    ("ReadonlyPaths", Never("unmasks the kernel")),
    ("ReadonlyRootfs", From("read_only")),
    ("RestartPolicy", From("restart")),
    ("Runtime", From("runtime")),
    ("SecurityOpt", From("security_opt")),
    ("ShmSize", From("shm_size")),
    ("StorageOpt", Never("the storage driver's")),
    ("Sysctls", From("sysctls")),
    ("Tmpfs", From("tmpfs")),
    ("UTSMode", From("uts_mode")),
    ("Ulimits", From("ulimits")),
    ("UsernsMode", From("userns_mode")),
    ("VolumeDriver", Never("a driver's volume can be any path")),
    ("VolumesFrom", From("volumes_from")),
];

/// Reads nothing, but learns which fields a type would read.
struct Fields<'f>(&'f mut Vec<&'static str>);

impl<'de> serde::Deserializer<'de> for Fields<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("this is no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields_of<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    let mut fields = Vec::new();
    let _ = T::deserialize(Fields(&mut fields));
    fields.into_iter().collect()
}

/// What is sent for a specification, by field; those of the host's configuration with a dot before them.
fn sent(spec: &ContainerSpec) -> BTreeMap<String, serde_json::Value> {
    let serde_json::Value::Object(mut all) = serde_json::to_value(body(spec, &[])).unwrap() else {
        panic!("a body is an object")
    };
    let host = all.remove("HostConfig").unwrap();
    let host = host.as_object().unwrap().clone();
    let host = host.into_iter().map(|(field, value)| (format!(".{field}"), value));
    all.into_iter().chain(host).collect()
}

fn table() -> BTreeMap<String, Source> {
    let body = BODY.iter().map(|(field, source)| ((*field).to_owned(), *source));
    let host = HOST.iter().map(|(field, source)| (format!(".{field}"), *source));
    body.chain(host).collect()
}

#[test]
fn the_tables_hold_every_field_that_dockers_client_knows() {
    let of = |table: &[(&'static str, Source)]| table.iter().map(|(field, _)| *field).collect::<BTreeSet<_>>();
    assert_eq!(of(&BODY), fields_of::<ContainerCreateBody>());
    assert_eq!(of(&HOST), fields_of::<HostConfig>());
    let reasoned = |source: &Source| !matches!(source, Never(""));
    assert!(table().values().all(reasoned));
}

#[test]
fn what_is_sent_is_what_the_tables_say_and_nothing_else() {
    let all = sent(&everything());
    for (field, source) in table() {
        assert_eq!(all.contains_key(&field), matches!(source, From(_)), "{field}");
    }
    assert!(all.keys().all(|field| table().contains_key(field)));
}

#[test]
fn each_field_comes_from_its_option_and_no_other() {
    let whole = everything();
    let default = serde_json::to_value(ContainerSpec::default()).unwrap();
    let default = default.as_object().unwrap();
    for (option, nothing) in default {
        let mut spec = serde_json::to_value(&whole).unwrap();
        assert_ne!(&spec[option], nothing, "{option} is set to something");
        spec[option] = nothing.clone();
        let without = sent(&serde_json::from_value(spec).unwrap());
        let changed: BTreeSet<_> = (sent(&whole).into_iter())
            .filter(|(field, value)| without.get(field) != Some(value))
            .map(|(field, _)| field)
            .collect();
        let told: BTreeSet<_> = (table().into_iter())
            .filter(|(_, source)| matches!(source, From(from) if from == option))
            .map(|(field, _)| field)
            .collect();
        assert_eq!(changed, told, "{option}");
        // The name is in the address of the call.
        assert_eq!(told.is_empty(), option == "name", "{option}");
    }
}

#[test]
fn policy_judges_every_option_that_is_sent() {
    let judged: BTreeSet<_> = OPTIONS.iter().flat_map(|line| line.options).copied().collect();
    for (field, source) in table() {
        if let From(option) = source {
            assert!(judged.contains(option), "{field} from {option}");
        }
    }
}
