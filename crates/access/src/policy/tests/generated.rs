//! Properties that hold of whatever may be asked for.
use super::*;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// Values for every option, harmless and not, in the words of a request.
fn values() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        (
            "image",
            vec![json!("nginx"), json!("evil.example/x"), json!("deadbeef")],
        ),
        ("user", vec![json!("1000"), json!("0"), json!("app"), json!("1000:0")]),
        ("group_add", vec![json!(["44"]), json!(["0"])]),
        (
            "ports",
            vec![
                json!([{"host_ip": "", "host": 80, "container": 80, "protocol": "tcp"}]),
                json!([{"host_ip": "10.0.0.5", "host": 8080, "container": 80, "protocol": "udp"}]),
            ],
        ),
        ("network", vec![json!("front"), json!("host"), json!("container:x")]),
        (
            "endpoint",
            vec![
                json!({"aliases": ["db"]}),
                json!({"ipv4": "10.0.0.9"}),
                json!({"options": [["com.docker.network.endpoint.sysctls", "x"]]}),
            ],
        ),
        (
            "networks",
            vec![
                json!([{"name": "front"}]),
                json!([{"name": "host"}]),
                json!([{"name": "a", "endpoint": {"mac": "02:42:ac:11:00:02"}}]),
            ],
        ),
        (
            "extra_hosts",
            vec![json!([["a", "10.0.0.1"]]), json!([["a", "host-gateway"]])],
        ),
        (
            "volumes",
            vec![
                json!([{"source": "data", "target": "/data", "read_only": false}]),
                json!([{"source": "/srv/data/a", "target": "/data", "read_only": true}]),
                json!([{"source": "/srv/data/../../etc", "target": "/data", "read_only": true}]),
                json!([{"source": "/var/run/docker.sock", "target": "/x", "read_only": false}]),
                json!([{"source": "data", "target": "/x", "read_only": false, "driver_options": [["type", "none"]]}]),
                json!([{"source": "/srv/data/a", "target": "/x", "read_only": true, "propagation": "rshared"}]),
                json!([{"source": "/srv/data/a", "target": "/x", "read_only": true, "relabel": "private"}]),
            ],
        ),
        ("volumes_from", vec![json!(["x"])]),
        ("links", vec![json!([["db", "database"]])]),
        ("publish_all", vec![json!(true)]),
        ("cpuset_cpus", vec![json!("0-1")]),
        ("cpuset_mems", vec![json!("0")]),
        ("cpu_shares", vec![json!(512), json!(4096)]),
        ("cpu_quota", vec![json!(50_000)]),
        ("memory_swap", vec![json!("unlimited"), json!({"total": 1_u64 << 40})]),
        ("oom_kill_disable", vec![json!(true)]),
        ("oom_score_adj", vec![json!(-1000), json!(100)]),
        ("blkio_weight", vec![json!(10), json!(1000)]),
        ("blkio_devices", vec![json!([{"path": "/dev/sda", "weight": 10}])]),
        (
            "device_requests",
            vec![json!([{"count": -1, "capabilities": [["gpu"]]}])],
        ),
        ("device_cgroup_rules", vec![json!(["c *:* rwm"])]),
        ("cgroup_parent", vec![json!("/system.slice")]),
        ("storage_opt", vec![json!([["size", "1G"]]), json!([["x", "y"]])]),
        ("volume_driver", vec![json!("local"), json!("sshfs")]),
        ("annotations", vec![json!([["run.oci.systemd", "1"]])]),
        ("auto_remove", vec![json!(true)]),
        ("domainname", vec![json!("example.org")]),
        (
            "tmpfs",
            vec![
                json!([{"target": "/tmp", "exec": true}]),
                json!([{"target": "/sys"}]),
                json!([{"target": "/t", "options": ["suid"]}]),
            ],
        ),
        ("cpus", vec![json!(1_000_000_000_u64), json!(0)]),
        ("memory", vec![json!(67_108_864), json!(0)]),
        ("shm_size", vec![json!(1_u64 << 40)]),
        ("pids_limit", vec![json!(10), json!(100_000)]),
        (
            "ulimits",
            vec![
                json!([{"name": "nofile", "soft": 1, "hard": 1}]),
                json!([{"name": "rtprio", "soft": 99, "hard": 99}]),
            ],
        ),
        ("privileged", vec![json!(true), json!(false)]),
        (
            "cap_add",
            vec![
                json!(["net_bind_service"]),
                json!(["CHOWN"]),
                json!(["CAP_SYS_ADMIN"]),
                json!(["NET_ADMIN"]),
            ],
        ),
        ("cap_drop", vec![json!(["ALL"]), json!(["CHOWN"])]),
        (
            "security_opt",
            vec![
                json!(["no-new-privileges:false"]),
                json!(["seccomp=unconfined"]),
                json!(["apparmor=web"]),
            ],
        ),
        ("devices", vec![json!([{"host": "/dev/sda"}])]),
        (
            "sysctls",
            vec![
                json!([["net.ipv4.tcp_syncookies", "1"]]),
                json!([["kernel.core_pattern", "|/x"]]),
            ],
        ),
        ("pid_mode", vec![json!("host")]),
        ("ipc_mode", vec![json!("private"), json!("host"), json!("shareable")]),
        ("uts_mode", vec![json!("host")]),
        ("userns_mode", vec![json!("host")]),
        ("cgroupns_mode", vec![json!("private"), json!("host")]),
        ("runtime", vec![json!("runsc"), json!("other")]),
        (
            "logging",
            vec![
                json!({"driver": "local", "options": [["max-size", "1m"]]}),
                json!({"driver": "journald"}),
                json!({"driver": "syslog", "options": [["syslog-address", "tcp://10.0.0.1"]]}),
            ],
        ),
        (
            "labels",
            vec![
                json!([["a", "b"]]),
                json!([["traefik.enable", "true"]]),
                json!([["shipyard.cpus", "0"]]),
            ],
        ),
    ]
}

fn specs() -> impl Strategy<Value = ContainerSpec> {
    let some = subsequence(values(), 0..=8);
    let chosen = some.prop_flat_map(|options| {
        let one = |(option, of): (&'static str, Vec<Value>)| (Just(option), select(of));
        options.into_iter().map(one).collect::<Vec<_>>()
    });
    chosen.prop_map(|options| {
        let mut spec = serde_json::to_value(modest()).unwrap();
        let fields: &mut Map<_, _> = spec.as_object_mut().unwrap();
        fields.extend(options.into_iter().map(|(option, value)| (option.to_owned(), value)));
        serde_json::from_value(spec).unwrap()
    })
}

fn wide() -> Rules {
    Rules {
        images: texts(&["docker.io/library"]),
        ports: PortRange { from: 80, to: 9000 },
        host_paths: vec![HostPath {
            path: text("/srv/data"),
            writable: true,
        }],
        capabilities: texts(&["NET_ADMIN"]),
        apparmor: texts(&["web"]),
        runtimes: texts(&["runsc"]),
        labels: texts(&["traefik."]),
        most_memory: Bytes::mib(128),
        ..Rules::default()
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    let addressed = Rules {
        host_ips: vec!["10.0.0.5".parse().unwrap()],
        networks: texts(&["front"]),
        most_pids: 0,
        ..wide()
    };
    select(vec![Rules::default(), wide(), addressed])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_narrower_profile_allows_no_more(spec in specs(), rules in rules()) {
        let baseline = check(&spec, Profile::Baseline, &rules);
        let restricted = check(&spec, Profile::Restricted, &rules);
        prop_assert!(restricted.len() >= baseline.len(), "{baseline:?} {restricted:?}");
        if restricted.is_empty() {
            prop_assert_eq!(baseline, []);
        }
        prop_assert_eq!(check(&spec, Profile::Privileged, &rules), []);
    }

    #[test]
    fn hardening_twice_is_hardening_once_and_breaks_no_rule(spec in specs(), rules in rules()) {
        for profile in Profile::ALL {
            let once = harden(&spec, profile, &rules);
            prop_assert_eq!(&harden(&once, profile, &rules), &once);
            let before: BTreeSet<_> = broken(&spec, profile, &rules).into_iter().collect();
            let after: BTreeSet<_> = broken(&once, profile, &rules).into_iter().collect();
            prop_assert!(after.is_subset(&before), "{before:?} {after:?}");
        }
        prop_assert_eq!(harden(&spec, Profile::Privileged, &rules), spec);
    }

    #[test]
    fn no_path_that_passes_leaves_its_folder(tail in "[./a\\\\: ]{0,12}", middle in select(vec!["", "/", "/../", "//../etc", "/.", "\u{2024}."])) {
        let source = format!("/srv/data{middle}{tail}");
        let spec = ContainerSpec { volumes: vec![volume(&source, "/a")], ..modest() };
        if broken(&spec, Profile::Baseline, &wide()).is_empty() {
            let real = std::path::absolute(source.trim()).unwrap();
            prop_assert!(real.starts_with("/srv/data"), "{source}");
            prop_assert!(!source.split('/').any(|part| part == ".."), "{source}");
        }
    }

    #[test]
    fn no_text_makes_it_fail(any in ".*", other in ".*") {
        let spec = ContainerSpec {
            image: any.clone(),
            user: any.clone(),
            network: any.clone(),
            volumes: vec![volume(&any, &other), volume(&format!("/{other}"), &any)],
            cap_add: vec![any.clone()],
            security_opt: vec![any.clone()],
            labels: vec![(any.clone(), other)],
            logging: LogSpec { driver: any.clone(), options: vec![(any.clone(), any)] },
            ..ContainerSpec::default()
        };
        for rules in [Rules::default(), wide()] {
            prop_assert!(!check(&spec, Profile::Restricted, &rules).is_empty());
        }
    }
}
