//! A specification becomes Docker's body and is read back as it was, and what it cannot say is named.
use super::shown::{image, shown};
use super::{Inspected, Made};
use crate::create;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use shipyard_model::deploy::{
    ContainerSpec, DeviceSpec, HealthcheckSpec, LogSpec, PortSpec, RestartPolicy, TmpfsSpec, UlimitSpec, VolumeSpec,
};
use shipyard_model::{Bytes, Cpus, Protocol};

fn plain() -> ContainerSpec {
    ContainerSpec {
        image: "web:1".to_owned(),
        name: "web".to_owned(),
        ..ContainerSpec::default()
    }
}

fn through(spec: &ContainerSpec) -> Inspected {
    shown(serde_json::to_value(create::body_of(spec, &[])).unwrap())
}

fn made(inspected: &Inspected) -> Made {
    inspected.made().unwrap_or_else(|beyond| panic!("{beyond}"))
}

/// What Docker shows alike, whether it was said or not.
fn as_shown(mut spec: ContainerSpec) -> ContainerSpec {
    if spec.ipc_mode.is_empty() {
        "private".clone_into(&mut spec.ipc_mode);
    }
    spec
}

#[test]
fn a_plain_container_is_read_as_it_was_asked_for() {
    let read = made(&through(&plain()));
    assert_eq!(read.spec, as_shown(plain()));
    assert_eq!(read.image_id, "sha256:1");
    let kept = VolumeSpec {
        source: "9f".to_owned(),
        target: "/var/lib/data".to_owned(),
        read_only: false,
        ..VolumeSpec::default()
    };
    assert_eq!(read.anonymous, std::slice::from_ref(&kept));
    assert_eq!(read.successor().volumes, [kept], "nothing that it wrote is lost");
}

#[test]
fn all_options_at_once_are_read_back() {
    let mut spec = create::everything();
    // What is as the image has it is the image's; and Docker's own ways to write the rest.
    (spec.entrypoint, spec.working_dir) = (vec!["/own".to_owned()], "/own".to_owned());
    spec.cap_add = vec!["CAP_NET_ADMIN".to_owned()];
    spec.uts_mode = String::new();
    spec.runtime = String::new();
    spec.privileged = false;
    assert_eq!(
        made(&through(&spec)).spec,
        ContainerSpec {
            pid_mode: "host".to_owned(),
            ..spec
        }
    );
}

/// Each is an option of Docker's that our specification does not have.
#[test]
fn what_cannot_be_said_is_named() {
    for (pointer, value) in [
        ("/HostConfig/AutoRemove", json!(true)),
        ("/HostConfig/CpuShares", json!(512)),
        ("/HostConfig/CpuQuota", json!(50_000)),
        ("/HostConfig/MemoryReservation", json!(1)),
        ("/HostConfig/MemorySwap", json!(-1)),
        ("/HostConfig/MemorySwappiness", json!(0)),
        ("/HostConfig/OomKillDisable", json!(true)),
        ("/HostConfig/OomScoreAdj", json!(-500)),
        ("/HostConfig/Links", json!(["/db"])),
        ("/HostConfig/DnsOptions", json!(["ndots:1"])),
        ("/HostConfig/DeviceRequests", json!([{ "Driver": "nvidia" }])),
        ("/HostConfig/DeviceCgroupRules", json!(["c 1:3 mr"])),
        ("/HostConfig/CgroupParent", json!("/x")),
        ("/HostConfig/StorageOpt", json!({ "size": "1G" })),
        ("/HostConfig/VolumeDriver", json!("nfs")),
        ("/HostConfig/MaskedPaths", json!([])),
        ("/HostConfig/ReadonlyPaths", json!(["/proc/bus"])),
        ("/HostConfig/Binds", json!(["/a:/b:z"])),
        ("/HostConfig/Binds", json!(["/a:/b:ro,nocopy"])),
        (
            "/HostConfig/Mounts",
            json!([{ "Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": { "Propagation": "rshared" } }]),
        ),
        (
            "/HostConfig/Mounts",
            json!([{ "Type": "volume", "Source": "a", "Target": "/b", "VolumeOptions": { "NoCopy": true } }]),
        ),
        (
            "/HostConfig/Mounts",
            json!([{ "Type": "image", "Source": "a", "Target": "/b" }]),
        ),
        ("/HostConfig/Tmpfs", json!({ "/t": "suid" })),
        ("/HostConfig/Tmpfs", json!({ "/t": "size=10%" })),
        (
            "/HostConfig/PortBindings",
            json!({ "80/tcp": [{ "HostIp": "", "HostPort": "80-90" }] }),
        ),
        ("/HostConfig/PortBindings", json!({ "80/tcp": null })),
        ("/HostConfig/RestartPolicy", json!({ "Name": "sometimes" })),
        ("/HostConfig/Newer", json!({ "a": 1 })),
        ("/HostConfig/Annotations", json!({ "a": "b" })),
        ("/HostConfig/Memory", json!("much")),
        ("/Config/StdinOnce", json!(true)),
        ("/Config/MacAddress", json!("02:42:ac:11:00:02")),
        ("/Config/NetworkDisabled", json!(true)),
        ("/Config/ExposedPorts", json!({ "9000/tcp": {} })),
        ("/Config/Healthcheck", json!({ "Test": ["NONE"], "Interval": 1 })),
        ("/Config/Shell", json!(["/bin/zsh"])),
    ] {
        let beyond = through(&plain())
            .with(pointer, value.clone())
            .made()
            .expect_err(pointer);
        let name = pointer.rsplit('/').next().unwrap();
        assert_eq!(beyond.options, [name], "{value}");
        let told = beyond.problem("web");
        assert!(told.detail.contains(name), "{}", told.detail);
    }
}

#[test]
fn networks_beyond_the_one_are_named() {
    let endpoint = |more: Value| json!({ "bridge": more });
    for (networks, name) in [
        (json!({ "bridge": {}, "front": {} }), "Networks"),
        (endpoint(json!({ "Aliases": ["db"] })), "Aliases"),
        (
            endpoint(json!({ "IPAMConfig": { "IPv4Address": "10.0.0.2" } })),
            "IPAMConfig",
        ),
        (endpoint(json!({ "Links": ["a:b"] })), "Links"),
    ] {
        let beyond = through(&plain()).with("/NetworkSettings/Networks", networks).made();
        assert_eq!(beyond.unwrap_err().options, [name]);
    }
    let labels = json!({ "com.docker.swarm.task.id": "x" });
    let beyond = through(&plain()).with("/Config/Labels", labels).made();
    assert_eq!(beyond.unwrap_err().options, ["com.docker.swarm.task.id"]);
}

#[test]
fn labels_of_tools_are_kept_apart() {
    let labels = json!({ "shipyard.cpus": "1", "com.docker.compose.project": "shop", "team": "blue", "vendor": "lab" });
    let read = made(&through(&plain()).with("/Config/Labels", labels));
    assert_eq!(read.spec.labels, [("team".to_owned(), "blue".to_owned())]);
    let names: Vec<_> = read.kept_labels.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(names, ["com.docker.compose.project", "shipyard.cpus"]);
}

#[test]
fn an_entry_point_that_was_taken_away_stays_away() {
    let read = made(&through(&plain()).with("/Config/Entrypoint", Value::Null));
    assert_eq!(read.spec.entrypoint, [""]);
    assert_eq!(read.spec.command, ["serve"]);
    assert_eq!(image()["Config"]["Cmd"][0], "serve");
}

fn word() -> impl Strategy<Value = String> {
    "[a-z]{2,8}"
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(word(), 0..3)
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    btree_map(word(), "[a-z=: ]{0,6}", 0..3).prop_map(|all| all.into_iter().collect())
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(words).prop_map(str::to_owned)
}

fn ports() -> impl Strategy<Value = Vec<PortSpec>> {
    let port = (
        one_of(&["", "127.0.0.1"]),
        option::of(1_u16..),
        select(vec![Protocol::Tcp, Protocol::Udp]),
    );
    btree_map(10_u16..99, port, 0..4).prop_map(|all| {
        let made = |(container, (host_ip, host, protocol))| PortSpec {
            host_ip,
            host,
            container,
            protocol,
        };
        all.into_iter().map(made).collect()
    })
}

fn volumes() -> impl Strategy<Value = Vec<VolumeSpec>> {
    btree_map("/[a-z]{1,6}", (one_of(&["data", "/srv/x", ""]), any::<bool>()), 0..4).prop_map(|all| {
        let made = |(target, (source, read_only))| VolumeSpec {
            source,
            target,
            read_only,
            ..VolumeSpec::default()
        };
        let mut all: Vec<_> = all.into_iter().map(made).collect();
        // Docker shows them in two lists.
        all.sort_by_key(|volume| volume.source.is_empty());
        all
    })
}

fn tmpfs() -> impl Strategy<Value = Vec<TmpfsSpec>> {
    btree_map(
        "/t[a-z]{1,6}",
        (0_u64..1 << 30, option::of(1_u16..0o7777), any::<bool>()),
        0..3,
    )
    .prop_map(|all| {
        let made = |(target, (size, mode, exec))| TmpfsSpec {
            target,
            size: Bytes::new(size),
            mode,
            exec,
            ..TmpfsSpec::default()
        };
        all.into_iter().map(made).collect()
    })
}

fn healthcheck() -> impl Strategy<Value = Option<HealthcheckSpec>> {
    option::of((texts(), 0_u64..90_000, 0_u64..90_000, 0_u32..9).prop_map(
        |(words, interval_ms, timeout_ms, retries)| HealthcheckSpec {
            test: std::iter::once("CMD".to_owned()).chain(words).collect(),
            interval_ms,
            timeout_ms,
            retries,
            ..HealthcheckSpec::default()
        },
    ))
}

prop_compose! {
    fn process()(
        command in texts(), entrypoint in texts(), env in pairs(), user in one_of(&["", "1000"]), stop in one_of(&["", "SIGINT"]),
        timeout in option::of(0_u32..99), hostname in one_of(&["", "web"]), flags in any::<[bool; 5]>(),
        healthcheck in healthcheck(), labels in pairs(), dir in one_of(&["", "/tmp"]),
    ) -> ContainerSpec {
        let [tty, open_stdin, init, read_only, publish_all] = flags;
        ContainerSpec {
            command, entrypoint, env, user, stop_signal: stop, stop_timeout: timeout, hostname, tty, open_stdin, init, read_only,
            publish_all,
            healthcheck, labels, working_dir: dir, ..plain()
        }
    }
}

prop_compose! {
    fn spec()(
        process in process(), ports in ports(), volumes in volumes(), tmpfs in tmpfs(), extra_hosts in pairs(),
        network in one_of(&["", "front", "none", "host"]), lists in any::<[bool; 6]>(), cpus in 0_u64..9, mib in 0_u64..9,
        pids in 0_u32..9, modes in (one_of(&["", "host"]), one_of(&["private", "host", "shareable"]), one_of(&["", "private"])),
        restart in select(vec![RestartPolicy::No, RestartPolicy::OnFailure(3), RestartPolicy::Always, RestartPolicy::UnlessStopped]),
        log in option::of(pairs()), privileged in any::<bool>(), sysctls in pairs(),
    ) -> ContainerSpec {
        let list = |at: usize, word: &str| if lists[at] { vec![word.to_owned()] } else { Vec::new() };
        // Which has a name and a domain already.
        let at_host = network == "host";
        ContainerSpec {
            ports, volumes, tmpfs, extra_hosts, network, restart, sysctls, privileged,
            cpus: Cpus::from_nanos(cpus * 100_000_000), memory: Bytes::mib(mib), shm_size: Bytes::mib(mib), pids_limit: pids,
            cap_add: list(0, "CAP_NET_RAW"), cap_drop: list(1, "ALL"), security_opt: list(2, "no-new-privileges"),
            dns: list(3, "10.0.0.1"), dns_search: list(3, "example.org"), group_add: list(4, "audio"),
            volumes_from: list(5, "other:ro"), cpuset_cpus: list(5, "0-1").concat(),
            links: if lists[2] { vec![("db".to_owned(), "database".to_owned())] } else { Vec::new() },
            domainname: if at_host { String::new() } else { list(4, "example.org").concat() },
            ulimits: if lists[0] { vec![UlimitSpec { name: "nofile".to_owned(), soft: 1, hard: -1 }] } else { Vec::new() },
            devices: if lists[1] { vec![DeviceSpec { host: "/dev/fuse".to_owned(), ..DeviceSpec::default() }] } else { Vec::new() },
            pid_mode: modes.0, ipc_mode: modes.1, cgroupns_mode: modes.2,
            logging: log.map_or_else(LogSpec::default, |options| LogSpec { driver: "local".to_owned(), options }),
            ..process
        }
    }
}

proptest! {
    #[test]
    fn a_specification_is_read_back_as_it_was(spec in spec()) {
        let inspected = through(&spec);
        let read = inspected.made().map_err(|beyond| TestCaseError::fail(beyond.to_string()))?;
        prop_assert_eq!(&read.spec, &spec);
        // And once more, from what was read.
        prop_assert_eq!(through(&read.spec).made().unwrap().spec, spec);
    }
}
