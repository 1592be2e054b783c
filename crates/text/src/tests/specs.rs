//! Specifications with any options, each as a text can say it.
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Strategy;
use shipyard_model::deploy::*;
use shipyard_model::{Bytes, Cpus, Protocol};

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)]
}

fn ip() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|ip| ip.to_string()),
    ]
}

/// Names with any values, each name once.
fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::btree_map("[A-Za-z][A-Za-z0-9_.-]{0,6}", "\\PC{0,8}|[ -~\n\t]{0,8}", 0..3)
        .prop_map(|map| map.into_iter().collect())
}

fn words(word: &'static str) -> impl Strategy<Value = Vec<String>> {
    vec(word, 0..3)
}

pub(super) fn maybe(word: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), word]
}

prop_compose! {
    fn port()(host_ip in prop_oneof![Just(String::new()), ip()], host in option::of(1_u16..), container in 1_u16.., protocol in protocol()) -> PortSpec {
        PortSpec { host_ip, host, container, protocol }
    }
}

prop_compose! {
    fn endpoint()(aliases in words("[a-z]{1,5}"), ipv4 in maybe("10\\.0\\.0\\.[1-9]"), ipv6 in maybe("fd00::[1-9]"),
        link_local in words("169\\.254\\.0\\.[1-9]"), mac in maybe("02:42:ac:11:00:0[0-9]"), options in pairs(), gateway_priority: i32) -> EndpointSpec {
        EndpointSpec { aliases, ipv4, ipv6, link_local, mac, options, gateway_priority }
    }
}

prop_compose! {
    fn networks()(network in "net-[a-z]{1,4}", endpoint in endpoint(), others in vec(endpoint_of(), 0..3)) -> (String, EndpointSpec, Vec<NetworkSpec>) {
        let numbered = others.into_iter().enumerate().map(|(at, endpoint)| NetworkSpec { name: format!("more-{at}"), endpoint });
        (network, endpoint, numbered.collect())
    }
}

fn endpoint_of() -> impl Strategy<Value = EndpointSpec> {
    endpoint()
}

/// What a network and what a mode of one can have.
fn connected() -> impl Strategy<Value = (String, EndpointSpec, Vec<NetworkSpec>)> {
    let mode = (maybe("bridge|host|none|container:web"), maybe("02:42:ac:11:00:0[0-9]")).prop_map(|(mode, mac)| {
        let endpoint = EndpointSpec {
            mac,
            ..EndpointSpec::default()
        };
        (mode, endpoint, vec![])
    });
    prop_oneof![mode, networks()]
}

fn propagation() -> impl Strategy<Value = Propagation> {
    prop_oneof![
        Just(Propagation::Usual),
        Just(Propagation::RSlave),
        Just(Propagation::Shared)
    ]
}

/// Volumes, each by the word that can say it.
fn volume() -> impl Strategy<Value = VolumeSpec> {
    let relabel = prop_oneof![Just(Relabel::None), Just(Relabel::Shared), Just(Relabel::Private)];
    let path =
        (any::<bool>(), any::<bool>(), propagation(), relabel).prop_map(|(read_only, mount, propagation, relabel)| {
            VolumeSpec {
                source: "/srv/a b".into(),
                read_only,
                mount,
                propagation,
                relabel: if mount { Relabel::None } else { relabel },
                ..VolumeSpec::default()
            }
        });
    let short = (any::<bool>(), any::<bool>()).prop_map(|(read_only, no_copy)| VolumeSpec {
        source: "data".into(),
        read_only,
        no_copy,
        ..VolumeSpec::default()
    });
    let long = (
        any::<bool>(),
        any::<bool>(),
        maybe("sub/[a-z,]{1,3}"),
        maybe("local"),
        pairs(),
        pairs(),
    )
        .prop_map(
            |(read_only, no_copy, subpath, driver, driver_options, labels)| VolumeSpec {
                source: "long".into(),
                read_only,
                no_copy,
                subpath,
                driver,
                driver_options,
                labels,
                mount: true,
                ..VolumeSpec::default()
            },
        );
    prop_oneof![path, short, long, Just(VolumeSpec::default())]
}

fn volumes() -> impl Strategy<Value = Vec<VolumeSpec>> {
    vec(volume(), 0..4).prop_map(|all| {
        let placed = |(at, mut volume): (usize, VolumeSpec)| {
            volume.target = format!("/data{at}");
            // A volume is defined once in a file.
            if !volume.source.is_empty() {
                volume.source.push_str(&at.to_string());
            }
            volume
        };
        all.into_iter().enumerate().map(placed).collect()
    })
}

prop_compose! {
    fn tmpfs()(target in "/[a-z]{1,4}", size in 0_u64..(1 << 40), mode in option::of(0_u16..0o7777), exec: bool,
        options in vec("uid=[0-9]{1,4}|noatime", 0..2), mount: bool) -> TmpfsSpec {
        let short = !mount;
        TmpfsSpec { target, size: Bytes::new(size), mode, exec: exec && short, options: if short { options } else { vec![] }, mount }
    }
}

/// Those of the long way first, as a file has them.
fn all_tmpfs() -> impl Strategy<Value = Vec<TmpfsSpec>> {
    vec(tmpfs(), 0..3).prop_map(|mut all| {
        all.sort_by_key(|tmpfs| !tmpfs.mount);
        all
    })
}

fn check() -> impl Strategy<Value = HealthcheckSpec> {
    let test = prop_oneof![
        Just(vec!["NONE".to_owned()]),
        "[ -~]{1,12}".prop_map(|line| vec!["CMD-SHELL".to_owned(), line]),
    ];
    let time = || 0_u64..10_000_000;
    (test, time(), time(), time(), 1_u64..10_000_000, 0_u32..20).prop_map(
        |(test, interval, timeout, start, every, retries)| HealthcheckSpec {
            test,
            interval_ms: interval,
            timeout_ms: timeout,
            start_period_ms: start,
            start_interval_ms: every,
            retries,
        },
    )
}

fn requests_of_devices() -> impl Strategy<Value = Vec<DeviceRequestSpec>> {
    let able =
        vec("compute|utility", 0..2).prop_map(|words| vec![words.into_iter().chain(["gpu".to_owned()]).collect()]);
    let counted = (maybe("nvidia"), prop_oneof![Just(-1), 1..9_i32], able).prop_map(|(driver, count, capabilities)| {
        DeviceRequestSpec {
            driver,
            count,
            capabilities,
            ..DeviceRequestSpec::default()
        }
    });
    let named = Just(DeviceRequestSpec {
        ids: vec!["0".into(), "GPU-1".into()],
        capabilities: vec![vec!["gpu".into()]],
        options: vec![("a".into(), "b".into())],
        ..DeviceRequestSpec::default()
    });
    vec(prop_oneof![counted, named], 0..2)
}

prop_compose! {
    fn process()(command in vec("\\PC{0,6}|[ -~\n]{0,8}", 0..3), entrypoint in vec("[ -~]{1,6}", 0..2), env in pairs(), user in maybe("[a-z]{1,4}(:[0-9]{1,3})?"),
        group_add in words("[a-z]{1,4}"), (working_dir, hostname, domainname) in (maybe("/[a-z $]{1,4}"), maybe("[a-z]{1,4}"), maybe("[a-z]\\.example")),
        tty: bool, open_stdin: bool, init: bool, stop_signal in maybe("SIG[A-Z]{3}"), stop_timeout in option::of(any::<u32>()),
        healthcheck in option::of(check()), restart in prop_oneof![Just(RestartPolicy::No), (0_u32..9).prop_map(RestartPolicy::OnFailure),
            Just(RestartPolicy::Always), Just(RestartPolicy::UnlessStopped)]) -> ContainerSpec {
        ContainerSpec { command, entrypoint, env, user, group_add, working_dir, hostname, domainname, tty, open_stdin, init, stop_signal, stop_timeout,
            healthcheck, restart, ..ContainerSpec::default() }
    }
}

prop_compose! {
    fn storage()(volumes in volumes(), volumes_from in words("[a-z]{2,4}(:ro)?"), tmpfs in all_tmpfs(), read_only: bool, storage_opt in pairs(),
        ports in vec(port(), 0..4), expose in vec((1_u16.., protocol()).prop_map(|(port, protocol)| ExposedPort { port, protocol }), 0..3),
        (network, endpoint, networks) in connected(), extra_hosts in vec(("[a-z]{1,4}", ip()), 0..3), dns in vec(ip(), 0..3),
        (dns_search, dns_options) in (words("[a-z]{1,4}"), words("ndots:[0-9]")), links in vec(("[a-z]{2,4}", maybe("[a-z]{2,4}")), 0..2)) -> ContainerSpec {
        ContainerSpec { volumes, volumes_from, tmpfs, read_only, storage_opt, ports, expose, network, endpoint, networks, extra_hosts, dns, dns_search,
            dns_options, links, ..ContainerSpec::default() }
    }
}

prop_compose! {
    fn limits()(cpus in 0_u64..10_000_000_000_000, (cpuset_cpus, cpu_shares, cpu_period, cpu_quota) in (maybe("[0-9]-9"), any::<u32>(), any::<u32>(), 0_u64..(1 << 50)),
        (memory, memory_reservation, shm_size) in (0_u64..(1 << 50), 0_u64..(1 << 50), 0_u64..(1 << 50)),
        memory_swap in prop_oneof![Just(Swap::Usual), Just(Swap::Unlimited), (1_u64..(1 << 50)).prop_map(|bytes| Swap::Total(Bytes::new(bytes)))],
        memory_swappiness in option::of(0_u8..=100), oom_kill_disable: bool, oom_score_adj in -1000_i16..=1000, pids_limit: u32,
        ulimits in proptest::collection::btree_map("[a-z]{2,6}", (-1_i64..9999, -1_i64..9999), 0..3), blkio_weight in 0_u16..1000,
        disks in vec((1_u16..1000, 0_u64..(1 << 40), 0_u64..(1 << 40), any::<u64>(), any::<u64>()), 0..3)) -> ContainerSpec {
        let disk = |(at, (weight, read_bps, write_bps, read_iops, write_iops)): (usize, (u16, u64, u64, u64, u64))| BlockDeviceSpec {
            path: format!("/dev/sd{at}"), weight, read_bps: Bytes::new(read_bps), write_bps: Bytes::new(write_bps), read_iops, write_iops };
        ContainerSpec { cpus: Cpus::from_nanos(cpus), cpuset_cpus, cpu_shares, cpu_period, cpu_quota, memory: Bytes::new(memory),
            memory_reservation: Bytes::new(memory_reservation), shm_size: Bytes::new(shm_size), memory_swap, memory_swappiness, oom_kill_disable,
            oom_score_adj, pids_limit, ulimits: ulimits.into_iter().map(|(name, (soft, hard))| UlimitSpec { name, soft, hard }).collect(), blkio_weight,
            blkio_devices: disks.into_iter().enumerate().map(disk).collect(), ..ContainerSpec::default() }
    }
}

prop_compose! {
    fn isolation()(privileged: bool, cap_add in words("[A-Z]{3,5}"), cap_drop in words("[A-Z]{3,5}"), security_opt in words("no-new-privileges|seccomp=[a-z{}\" ]{1,6}"),
        devices in vec(("/dev/[a-z]{1,3}", maybe("/dev/[a-z]{1,3}"), maybe("r|rw|rwm")), 0..3), device_requests in requests_of_devices(),
        device_cgroup_rules in words("c [0-9]:[0-9] rwm"), sysctls in pairs(), (pid_mode, ipc_mode, uts_mode) in (maybe("host|container:a"), maybe("private|host"), maybe("host")),
        (userns_mode, cgroupns_mode, cgroup_parent, runtime) in (maybe("host"), maybe("private|host"), maybe("/[a-z]{1,3}"), maybe("[a-z]{1,4}")),
        driver in maybe("local|json-file"), options in pairs(), labels in pairs(), annotations in pairs()) -> ContainerSpec {
        ContainerSpec { privileged, cap_add, cap_drop, security_opt, devices: devices.into_iter().map(|(host, container, permissions)| DeviceSpec { host, container, permissions }).collect(),
            device_requests, device_cgroup_rules, sysctls, pid_mode, ipc_mode, uts_mode, userns_mode, cgroupns_mode, cgroup_parent, runtime,
            logging: LogSpec { driver, options }, labels, annotations, ..ContainerSpec::default() }
    }
}

prop_compose! {
    pub(super) fn spec()(image in "[a-z]{2,5}(/[a-z]{2,5})?(:[0-9]\\.[0-9])?", name in maybe("[a-z][a-z0-9_.-]{1,5}"), process in process(), storage in storage(), limits in limits(), isolation in isolation()) -> ContainerSpec {
        let s = storage;
        let l = limits;
        let i = isolation;
        ContainerSpec { image, name,
            volumes: s.volumes, volumes_from: s.volumes_from, tmpfs: s.tmpfs, read_only: s.read_only, storage_opt: s.storage_opt, ports: s.ports,
            expose: s.expose, network: s.network, endpoint: s.endpoint, networks: s.networks, extra_hosts: s.extra_hosts, dns: s.dns, dns_search: s.dns_search,
            dns_options: s.dns_options, links: s.links,
            cpus: l.cpus, cpuset_cpus: l.cpuset_cpus, cpu_shares: l.cpu_shares, cpu_period: l.cpu_period, cpu_quota: l.cpu_quota, memory: l.memory,
            memory_reservation: l.memory_reservation, shm_size: l.shm_size, memory_swap: l.memory_swap, memory_swappiness: l.memory_swappiness,
            oom_kill_disable: l.oom_kill_disable, oom_score_adj: l.oom_score_adj, pids_limit: l.pids_limit, ulimits: l.ulimits,
            blkio_weight: l.blkio_weight, blkio_devices: l.blkio_devices,
            privileged: i.privileged, cap_add: i.cap_add, cap_drop: i.cap_drop, security_opt: i.security_opt, devices: i.devices,
            device_requests: i.device_requests, device_cgroup_rules: i.device_cgroup_rules, sysctls: i.sysctls, pid_mode: i.pid_mode, ipc_mode: i.ipc_mode,
            uts_mode: i.uts_mode, userns_mode: i.userns_mode, cgroupns_mode: i.cgroupns_mode, cgroup_parent: i.cgroup_parent, runtime: i.runtime,
            logging: i.logging, labels: i.labels, annotations: i.annotations,
            ..process }
    }
}
