//! Specifications of every shape.
use super::plain;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use shipyard_model::deploy::{
    BlockDeviceSpec, ContainerSpec, DeviceRequestSpec, DeviceSpec, EndpointSpec, ExposedPort, HealthcheckSpec, LogSpec,
    NetworkSpec, PortSpec, Propagation, Relabel, RestartPolicy, Swap, TmpfsSpec, UlimitSpec, VolumeSpec,
};
use shipyard_model::{Bytes, Cpus, Protocol};

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

type Said = (
    String,
    (String, [bool; 3], Propagation, Relabel, Vec<(String, String)>, String),
);

/// Only what goes together.
fn volume_of(
    (target, (source, [read_only, mount, no_copy], propagation, relabel, labels, driver)): Said,
) -> VolumeSpec {
    let of_path = source.starts_with('/');
    let volume = VolumeSpec {
        source,
        target,
        read_only,
        ..VolumeSpec::default()
    };
    match (of_path, mount) {
        (true, true) => VolumeSpec {
            mount,
            propagation,
            ..volume
        },
        (true, false) => VolumeSpec {
            propagation,
            relabel,
            no_copy,
            ..volume
        },
        (false, true) => VolumeSpec {
            mount,
            no_copy,
            subpath: (if no_copy { "part/of" } else { "" }).to_owned(),
            driver,
            driver_options: labels.clone(),
            labels,
            ..volume
        },
        (false, false) if volume.source.is_empty() => VolumeSpec {
            read_only: false,
            ..volume
        },
        (false, false) => VolumeSpec { no_copy, ..volume },
    }
}

fn volumes() -> impl Strategy<Value = Vec<VolumeSpec>> {
    let shared = select(vec![
        Propagation::Usual,
        Propagation::RPrivate,
        Propagation::RShared,
        Propagation::Slave,
    ]);
    let relabel = select(vec![Relabel::None, Relabel::Shared, Relabel::Private]);
    let volume = (
        one_of(&["data", "/srv/x", ""]),
        any::<[bool; 3]>(),
        shared,
        relabel,
        pairs(),
        one_of(&["", "nfs"]),
    );
    btree_map("/[a-z]{1,6}", volume, 0..4).prop_map(|all| {
        let mut all: Vec<_> = all.into_iter().map(volume_of).collect();
        // Docker shows them in three lists: as `-v` by name, as `--mount`, as `-v` without one.
        all.sort_by_key(|volume| (volume.source.is_empty() && !volume.mount, volume.mount));
        all
    })
}

fn security(is_tight: bool, is_open: bool) -> Vec<String> {
    let words = [(is_tight, "no-new-privileges"), (is_open, "systempaths=unconfined")];
    let said = words.into_iter().filter(|(is_said, _)| *is_said);
    said.map(|(_, word)| word.to_owned()).collect()
}

fn endpoint() -> impl Strategy<Value = EndpointSpec> {
    let address = (
        one_of(&["", "10.1.0.5"]),
        one_of(&["", "fd00::5"]),
        one_of(&["", "02:42:0a:01:00:05"]),
    );
    (texts(), address, pairs(), 0_i32..3).prop_map(|(aliases, (ipv4, ipv6, mac), options, gateway_priority)| {
        let link_local = if ipv4.is_empty() {
            None
        } else {
            Some("169.254.34.68".to_owned())
        };
        EndpointSpec {
            aliases,
            ipv4,
            ipv6,
            link_local: link_local.into_iter().collect(),
            mac,
            options,
            gateway_priority,
        }
    })
}

fn networks() -> impl Strategy<Value = Vec<NetworkSpec>> {
    // In order, as Docker shows them.
    btree_map("m[a-z]{2,3}", endpoint(), 0..3).prop_map(|all| {
        let made = |(name, endpoint)| NetworkSpec { name, endpoint };
        all.into_iter().map(made).collect()
    })
}

fn disks() -> impl Strategy<Value = Vec<BlockDeviceSpec>> {
    btree_map("/dev/sd[a-d]", (1_u16..1000, 1_u64..9, 1_u64..9), 0..3).prop_map(|all| {
        let made = |(path, (weight, bytes, times))| BlockDeviceSpec {
            path,
            weight,
            read_bps: Bytes::mib(bytes),
            write_bps: Bytes::mib(times),
            read_iops: times,
            write_iops: bytes,
        };
        all.into_iter().map(made).collect()
    })
}

prop_compose! {
    /// Options by which it takes more or less than others.
    fn share()(
        numbers in (0_u32..2048, 0_u32..100_000, 0_u64..100_000, 0_u64..64, 0_u16..1000, -1000_i16..1000), disks in disks(),
        swap in select(vec![Swap::Usual, Swap::Total(Bytes::mib(777)), Swap::Unlimited]), swappiness in option::of(0_u8..=100),
        spared in any::<bool>(), mems in one_of(&["", "0-1"]), graphics in option::of(pairs()),
    ) -> ContainerSpec {
        let (cpu_shares, cpu_period, cpu_quota, reserved, blkio_weight, oom_score_adj) = numbers;
        let request = |options| DeviceRequestSpec {
            count: -1, capabilities: vec![vec!["gpu".to_owned()]], options, ..DeviceRequestSpec::default()
        };
        ContainerSpec {
            cpu_shares, cpu_period, cpu_quota, blkio_weight, oom_score_adj, memory_reservation: Bytes::mib(reserved),
            memory_swap: swap, memory_swappiness: swappiness, oom_kill_disable: spared, cpuset_mems: mems, blkio_devices: disks,
            device_requests: graphics.into_iter().map(request).collect(), ..ContainerSpec::default()
        }
    }
}

fn tmpfs() -> impl Strategy<Value = Vec<TmpfsSpec>> {
    btree_map(
        "/t[a-z]{1,6}",
        (0_u64..1 << 30, option::of(1_u16..0o7777), any::<[bool; 3]>()),
        0..3,
    )
    .prop_map(|all| {
        let made = |(target, (size, mode, [exec, mount, more])): (String, (u64, Option<u16>, [bool; 3]))| TmpfsSpec {
            target,
            size: Bytes::new(size),
            mode,
            exec: exec && !mount,
            options: (if more && !mount {
                vec!["uid=5", "suid"]
            } else {
                Vec::new()
            })
            .into_iter()
            .map(str::to_owned)
            .collect(),
            mount,
        };
        let mut all: Vec<_> = all.into_iter().map(made).collect();
        // Docker shows them in two lists.
        all.sort_by_key(|tmpfs| !tmpfs.mount);
        all
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
    fn usual()(
        process in process(), ports in ports(), volumes in volumes(), tmpfs in tmpfs(), extra_hosts in pairs(),
        network in one_of(&["", "front", "none", "host"]), lists in any::<[bool; 6]>(), cpus in 0_u64..9, mib in 0_u64..9,
        pids in 0_u32..9, modes in (one_of(&["", "host"]), one_of(&["private", "host", "shareable"]), one_of(&["", "private"])),
        restart in select(vec![RestartPolicy::No, RestartPolicy::OnFailure(3), RestartPolicy::Always, RestartPolicy::UnlessStopped]),
        log in option::of(pairs()), privileged in any::<bool>(), sysctls in pairs(), tight in any::<[bool; 2]>(),
    ) -> ContainerSpec {
        let list = |at: usize, word: &str| if lists[at] { vec![word.to_owned()] } else { Vec::new() };
        // Which has a name and a domain already.
        let at_host = network == "host";
        ContainerSpec {
            ports, volumes, tmpfs, extra_hosts, network, restart, sysctls, privileged,
            cpus: Cpus::from_nanos(cpus * 100_000_000), memory: Bytes::mib(mib), shm_size: Bytes::mib(mib), pids_limit: pids,
            cap_add: list(0, "CAP_NET_RAW"), cap_drop: list(1, "ALL"), security_opt: security(tight[0], tight[1] && !privileged),
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

prop_compose! {
    pub(super) fn spec()(
        usual in usual(), share in share(), networks in networks(), endpoint in endpoint(), more in any::<[bool; 6]>(),
        annotations in pairs(), storage_opt in pairs(),
    ) -> ContainerSpec {
        let list = |at: usize, word: &str| if more[at] { vec![word.to_owned()] } else { Vec::new() };
        let exposed = ExposedPort { port: 9000, protocol: Protocol::Sctp };
        ContainerSpec {
            networks, endpoint, annotations, storage_opt, auto_remove: more[0], stdin_once: more[2],
            expose: more[0].then_some(exposed).into_iter().collect(), dns_options: list(1, "ndots:2"),
            device_cgroup_rules: list(2, "c 1:3 mr"), cgroup_parent: list(3, "/lab").concat(), volume_driver: list(4, "nfs").concat(),
            cpu_shares: share.cpu_shares, cpu_period: share.cpu_period, cpu_quota: share.cpu_quota, cpuset_mems: share.cpuset_mems,
            blkio_weight: share.blkio_weight, blkio_devices: share.blkio_devices, device_requests: share.device_requests,
            memory_reservation: share.memory_reservation, memory_swap: share.memory_swap,
            memory_swappiness: share.memory_swappiness, oom_kill_disable: share.oom_kill_disable, oom_score_adj: share.oom_score_adj,
            ..usual
        }
    }
}
