//! What can be sent to an engine: every field that Docker's client knows, from which option of ours it comes, or why it is
//! never sent. A field of either side that is not in the tables fails here, and a new one of Docker's does not compile.
use super::tests::{everything, order};
use Source::{From, Never};
use bollard::models::{ContainerCreateBody, HostConfig};
use serde::de::{DeserializeOwned, Visitor};
use shipyard_access::policy::OPTIONS;
use shipyard_model::deploy::ContainerSpec;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy)]
enum Source {
    /// The options that it comes from.
    From(&'static [&'static str]),
    /// Why nobody can set it.
    Never(&'static str),
}

/// Of older daemons, which Docker's client knows no more.
const MAC: (&str, Source) = ("MacAddress", From(&["endpoint"]));

/// What is asked for once the container is made.
const JOINED: (&str, Source) = ("/networks/{name}/connect", From(&["networks"]));

const BODY: [(&str, Source); 26] = [
    ("ArgsEscaped", Never("Windows")),
    ("AttachStderr", Never("attached by calls")),
    ("AttachStdin", Never("attached by calls")),
    ("AttachStdout", Never("attached by calls")),
    ("Cmd", From(&["command"])),
    ("Domainname", From(&["domainname"])),
    ("Entrypoint", From(&["entrypoint"])),
    ("Env", From(&["env"])),
    ("ExposedPorts", From(&["ports", "expose"])),
    ("Healthcheck", From(&["healthcheck"])),
    ("HostConfig", Never("the other table")),
    ("Hostname", From(&["hostname"])),
    ("Image", From(&["image"])),
    ("Labels", From(&["labels"])),
    ("NetworkDisabled", Never("network none says it")),
    ("NetworkingConfig", From(&["network", "endpoint"])),
    ("OnBuild", Never("images")),
    ("OpenStdin", From(&["open_stdin"])),
    ("Shell", Never("images")),
    ("StdinOnce", From(&["stdin_once"])),
    ("StopSignal", From(&["stop_signal"])),
    ("StopTimeout", From(&["stop_timeout"])),
    ("Tty", From(&["tty"])),
    ("User", From(&["user"])),
    ("Volumes", From(&["volumes"])),
    ("WorkingDir", From(&["working_dir"])),
];

const HOST: [(&str, Source); 69] = [
    ("Annotations", From(&["annotations"])),
    ("AutoRemove", From(&["auto_remove"])),
    ("Binds", From(&["volumes"])),
    ("BlkioDeviceReadBps", From(&["blkio_devices"])),
    ("BlkioDeviceReadIOps", From(&["blkio_devices"])),
    ("BlkioDeviceWriteBps", From(&["blkio_devices"])),
    ("BlkioDeviceWriteIOps", From(&["blkio_devices"])),
    ("BlkioWeight", From(&["blkio_weight"])),
    ("BlkioWeightDevice", From(&["blkio_devices"])),
    ("CapAdd", From(&["cap_add"])),
    ("CapDrop", From(&["cap_drop"])),
    ("Cgroup", Never("another container's group")),
    ("CgroupParent", From(&["cgroup_parent"])),
    ("CgroupnsMode", From(&["cgroupns_mode"])),
    ("ConsoleSize", Never("resized by calls")),
    ("ContainerIDFile", Never("the command line's")),
    ("CpuCount", Never("Windows")),
    ("CpuPercent", Never("Windows")),
    ("CpuPeriod", From(&["cpu_period"])),
    ("CpuQuota", From(&["cpu_quota"])),
    ("CpuRealtimePeriod", Never("takes from others")),
    ("CpuRealtimeRuntime", Never("takes from others")),
    ("CpuShares", From(&["cpu_shares"])),
    ("CpusetCpus", From(&["cpuset_cpus"])),
    ("CpusetMems", From(&["cpuset_mems"])),
    ("DeviceCgroupRules", From(&["device_cgroup_rules"])),
    ("DeviceRequests", From(&["device_requests"])),
    ("Devices", From(&["devices"])),
    ("Dns", From(&["dns"])),
    ("DnsOptions", From(&["dns_options"])),
    ("DnsSearch", From(&["dns_search"])),
    ("ExtraHosts", From(&["extra_hosts"])),
    ("GroupAdd", From(&["group_add"])),
    ("IOMaximumBandwidth", Never("Windows")),
    ("IOMaximumIOps", Never("Windows")),
    ("Init", From(&["init"])),
    ("IpcMode", From(&["ipc_mode"])),
    ("Isolation", Never("Windows")),
    ("Links", From(&["links"])),
    ("LogConfig", From(&["logging"])),
    ("MaskedPaths", From(&["security_opt"])),
    ("Memory", From(&["memory"])),
    ("MemoryReservation", From(&["memory_reservation"])),
    ("MemorySwap", From(&["memory_swap"])),
    ("MemorySwappiness", From(&["memory_swappiness"])),
    ("Mounts", From(&["volumes"])),
    ("NanoCpus", From(&["cpus"])),
    ("NetworkMode", From(&["network"])),
    ("OomKillDisable", From(&["oom_kill_disable"])),
    ("OomScoreAdj", From(&["oom_score_adj"])),
    ("PidMode", From(&["pid_mode"])),
    ("PidsLimit", From(&["pids_limit"])),
    ("PortBindings", From(&["ports"])),
    ("Privileged", From(&["privileged"])),
    ("PublishAllPorts", From(&["publish_all"])),
    ("ReadonlyPaths", From(&["security_opt"])),
    ("ReadonlyRootfs", From(&["read_only"])),
    ("RestartPolicy", From(&["restart"])),
    ("Runtime", From(&["runtime"])),
    ("SecurityOpt", From(&["security_opt"])),
    ("ShmSize", From(&["shm_size"])),
    ("StorageOpt", From(&["storage_opt"])),
    ("Sysctls", From(&["sysctls"])),
    ("Tmpfs", From(&["tmpfs"])),
    ("UTSMode", From(&["uts_mode"])),
    ("Ulimits", From(&["ulimits"])),
    ("UsernsMode", From(&["userns_mode"])),
    ("VolumeDriver", From(&["volume_driver"])),
    ("VolumesFrom", From(&["volumes_from"])),
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
    let order = order(spec, &[]);
    let mut all = order.body;
    if !order.networks.is_empty() {
        all.insert(JOINED.0.to_owned(), order.networks.len().into());
    }
    let host = all.remove("HostConfig").unwrap();
    let host = host.as_object().unwrap().clone();
    let host = host.into_iter().map(|(field, value)| (format!(".{field}"), value));
    all.into_iter().chain(host).collect()
}

fn table() -> BTreeMap<String, Source> {
    let body = BODY.iter().map(|(field, source)| ((*field).to_owned(), *source));
    let host = HOST.iter().map(|(field, source)| (format!(".{field}"), *source));
    let besides = [MAC, JOINED].map(|(field, source)| (field.to_owned(), source));
    body.chain(host).chain(besides).collect()
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
            .filter(|(_, source)| matches!(source, From(from) if from.contains(&option.as_str())))
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
        if let From(options) = source {
            assert!(options.iter().all(|it| judged.contains(it)), "{field} from {options:?}");
        }
    }
}
