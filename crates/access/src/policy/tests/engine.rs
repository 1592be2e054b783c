//! What a container sees of its engine, and how much it takes of it, at each profile.
use super::*;

#[test]
fn what_it_sees_of_the_engine() {
    both(|s| s.volumes = vec![volume("data", "/data"), volume("", "/cache")], &[]);
    both(
        |s| s.volumes = vec![volume("data", "/proc/sys")],
        &[("volumes", Rule::MountTarget)],
    );
    both(
        |s| s.volumes = vec![volume("", "/sys/")],
        &[("volumes", Rule::MountTarget)],
    );
    both(
        |s| s.volumes = vec![volume("./data", "/data")],
        &[("volumes", Rule::VolumeName)],
    );
    both(
        |s| s.volumes_from = texts(&["web:ro"]),
        &[("volumes_from", Rule::NoVolumesFrom)],
    );
    both(
        |s| s.links = vec![(text("db"), text("database"))],
        &[("links", Rule::NoLinks)],
    );
    restricted(|s| s.publish_all = true, &[("publish_all", Rule::PortsNamed)]);
    let ports = Rules {
        ports: PortRange { from: 8000, to: 8999 },
        host_ips: vec!["10.0.0.5".parse().unwrap()],
        ..Rules::default()
    };
    let all = ContainerSpec {
        publish_all: true,
        ..modest()
    };
    assert_eq!(
        broken(&all, Profile::Baseline, &ports),
        [("publish_all", Rule::PortRange), ("publish_all", Rule::PortAddress)]
    );
    both(
        |s| {
            s.tmpfs = vec![TmpfsSpec {
                target: text("/tmp"),
                ..TmpfsSpec::default()
            }]
        },
        &[],
    );
    both(
        |s| {
            s.tmpfs = vec![TmpfsSpec {
                target: text("/proc"),
                ..TmpfsSpec::default()
            }]
        },
        &[("tmpfs", Rule::MountTarget)],
    );
    both(
        |s| {
            s.devices = vec![DeviceSpec {
                host: text("/dev/null"),
                ..DeviceSpec::default()
            }]
        },
        &[("devices", Rule::NoDevice)],
    );
    let listed = Rules {
        host_paths: vec![
            HostPath {
                path: text("/srv/data"),
                writable: false,
            },
            HostPath {
                path: text("/srv/data/upload/"),
                writable: true,
            },
            HostPath {
                path: text("/"),
                writable: true,
            },
            HostPath {
                path: text("/srv/../home"),
                writable: true,
            },
        ],
        ..Rules::default()
    };
    let path = |path, read_only| ContainerSpec {
        volumes: vec![VolumeSpec {
            read_only,
            ..volume(path, "/data")
        }],
        ..modest()
    };
    for (source, read_only, refused) in [
        ("/srv/data", true, None),
        ("/srv/data/", true, None),
        ("/srv//data/./a", true, None),
        ("/srv/data", false, Some(Rule::PathReadOnly)),
        ("/srv/data/upload", false, None),
        ("/srv/data/upload/a", false, None),
        ("/", true, Some(Rule::PathForbidden)),
        ("/etc", true, Some(Rule::PathForbidden)),
        ("/var", true, Some(Rule::PathForbidden)),
        ("/var/run/docker.sock", false, Some(Rule::PathForbidden)),
        ("/srv/data/podman.sock", true, Some(Rule::PathForbidden)),
    ] {
        let spec = path(source, read_only);
        let wanted: Vec<_> = refused.map(|rule| ("volumes", rule)).into_iter().collect();
        assert_eq!(broken(&spec, Profile::Baseline, &listed), wanted, "{source}");
        assert_eq!(
            broken(&spec, Profile::Restricted, &listed)[0],
            ("volumes", Rule::NoHostPath)
        );
    }
    let spec = path("/srv/data2", true);
    let only = Rules {
        host_paths: listed.host_paths[..1].to_vec(),
        ..Rules::default()
    };
    assert_eq!(broken(&spec, Profile::Baseline, &only), [("volumes", Rule::PathListed)]);
    assert_eq!(
        broken(&spec, Profile::Baseline, &Rules::default()),
        [("volumes", Rule::PathListed)]
    );
}

#[test]
fn how_much_it_takes() {
    restricted(|s| s.memory = Bytes::ZERO, &[("memory", Rule::MemoryRequired)]);
    both(|s| s.pids_limit = 4097, &[("pids_limit", Rule::PidsMost)]);
    both(|s| s.cpus = Cpus::whole(100), &[]);
    both(|s| s.shm_size = Bytes::mib(4096), &[]);
    let limit = |name: &str| {
        vec![UlimitSpec {
            name: text(name),
            soft: -1,
            hard: -1,
        }]
    };
    for (name, refused) in [("nofile", false), ("rtprio", true), ("nice", true), ("new", true)] {
        let spec = ContainerSpec {
            ulimits: limit(name),
            ..modest()
        };
        assert_eq!(
            !broken(&spec, Profile::Baseline, &Rules::default()).is_empty(),
            refused,
            "{name}"
        );
    }
    let rules = Rules {
        most_cpus: Cpus::whole(2),
        most_memory: Bytes::mib(64),
        most_pids: 0,
        ..Rules::default()
    };
    let both = |change, refused: &[(&str, Rule)]| judged(change, &rules, refused, refused);
    both(|s| s.cpus = Cpus::whole(2), &[]);
    both(|s| s.cpus = Cpus::whole(3), &[("cpus", Rule::CpusMost)]);
    both(|s| s.cpus = Cpus::ZERO, &[("cpus", Rule::CpusMost)]);
    both(
        |s| (s.cpus, s.memory, s.shm_size) = (Cpus::whole(1), Bytes::mib(65), Bytes::mib(65)),
        &[("memory", Rule::MemoryMost), ("shm_size", Rule::MemoryMost)],
    );
}
