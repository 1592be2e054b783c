//! Faults of the options that few containers need.
use super::*;
use shipyard_model::deploy::{
    BlockDeviceSpec, DeviceRequestSpec, EndpointSpec, ExposedPort, NetworkSpec, Propagation, Relabel, Swap, TmpfsSpec,
    VolumeSpec,
};

fn text(value: &str) -> String {
    value.to_owned()
}

fn join(name: &str) -> NetworkSpec {
    NetworkSpec {
        name: text(name),
        endpoint: EndpointSpec::default(),
    }
}

fn mounted(source: &str, change: fn(&mut VolumeSpec)) -> Vec<VolumeSpec> {
    let mut volume = VolumeSpec {
        source: text(source),
        target: text("/data"),
        ..VolumeSpec::default()
    };
    change(&mut volume);
    vec![volume]
}

fn memory(change: fn(&mut TmpfsSpec)) -> Vec<TmpfsSpec> {
    let mut tmpfs = TmpfsSpec {
        target: text("/t"),
        ..TmpfsSpec::default()
    };
    change(&mut tmpfs);
    vec![tmpfs]
}

fn disk(path: &str, weight: u16) -> BlockDeviceSpec {
    BlockDeviceSpec {
        path: text(path),
        weight,
        ..BlockDeviceSpec::default()
    }
}

type Change = fn(&mut ContainerSpec);

const NETWORK: [(&str, &str, Change); 13] = [
    ("endpoint", "deploy.network-without-addresses", |s| {
        s.endpoint.ipv4 = text("10.0.0.5")
    }),
    ("endpoint", "deploy.network-without-addresses", |s| {
        (s.network, s.endpoint.mac) = (text("host"), text("02:42:ac:11:00:02"));
    }),
    ("endpoint", "deploy.hostname-invalid", |s| {
        (s.network, s.endpoint.aliases) = (text("front"), vec![text("a b")]);
    }),
    ("endpoint", "deploy.address-invalid", |s| {
        (s.network, s.endpoint.ipv4) = (text("front"), text("fd00::1"));
    }),
    ("endpoint", "deploy.address-invalid", |s| {
        (s.network, s.endpoint.ipv6) = (text("front"), text("10.0.0.5"));
    }),
    ("endpoint", "deploy.mac-invalid", |s| s.endpoint.mac = text("02:42")),
    ("networks", "deploy.network-alone", |s| s.networks = vec![join("host")]),
    ("networks", "deploy.network-alone", |s| {
        (s.network, s.networks) = (text("none"), vec![join("front")]);
    }),
    ("networks", "deploy.network-invalid", |s| s.networks = vec![join("a b")]),
    ("networks", "deploy.given-twice", |s| {
        s.networks = vec![join("front"), join("front")]
    }),
    ("networks", "deploy.given-twice", |s| s.networks = vec![join("bridge")]),
    ("expose", "deploy.port-zero", |s| {
        s.expose = vec![ExposedPort::default()]
    }),
    ("dns_options", "deploy.option-invalid", |s| {
        s.dns_options = vec![text("a b")]
    }),
];

const LIMITS: [(&str, &str, Change); 16] = [
    ("cpu_quota", "deploy.cpus-and-quota", |s| {
        (s.cpus, s.cpu_quota) = (Cpus::whole(1), 5_000)
    }),
    ("cpu_shares", "deploy.out-of-range", |s| s.cpu_shares = 1),
    ("cpu_period", "deploy.out-of-range", |s| s.cpu_period = 999),
    ("cpu_quota", "deploy.out-of-range", |s| s.cpu_quota = 999),
    ("cpuset_mems", "deploy.option-invalid", |s| s.cpuset_mems = text("x")),
    ("memory_reservation", "deploy.memory-too-little", |s| {
        s.memory_reservation = Bytes::mib(1)
    }),
    ("memory_reservation", "deploy.memory-reservation-above", |s| {
        (s.memory, s.memory_reservation) = (Bytes::mib(8), Bytes::mib(9));
    }),
    ("memory_swap", "deploy.swap-without-memory", |s| {
        s.memory_swap = Swap::Total(Bytes::mib(9))
    }),
    ("memory_swap", "deploy.swap-below-memory", |s| {
        (s.memory, s.memory_swap) = (Bytes::mib(8), Swap::Total(Bytes::mib(7)));
    }),
    ("memory_swappiness", "deploy.out-of-range", |s| {
        s.memory_swappiness = Some(101)
    }),
    ("oom_score_adj", "deploy.out-of-range", |s| s.oom_score_adj = -1_001),
    ("blkio_weight", "deploy.out-of-range", |s| s.blkio_weight = 9),
    ("blkio_devices", "deploy.out-of-range", |s| {
        s.blkio_devices = vec![disk("/dev/sda", 1_001)]
    }),
    ("blkio_devices", "deploy.path-invalid", |s| {
        s.blkio_devices = vec![disk("sda", 10)]
    }),
    ("blkio_devices", "deploy.given-twice", |s| {
        s.blkio_devices = vec![disk("/dev/sda", 10), disk("/dev/sda", 20)];
    }),
    ("auto_remove", "deploy.removed-and-restarted", |s| {
        (s.auto_remove, s.restart) = (true, RestartPolicy::Always);
    }),
];

const STORAGE: [(&str, &str, Change); 15] = [
    ("volumes", "deploy.volume-no-path", |s| {
        s.volumes = mounted("data", |it| it.propagation = Propagation::RShared);
    }),
    ("volumes", "deploy.path-no-volume", |s| {
        s.volumes = mounted("/a", |it| it.driver = text("nfs"))
    }),
    ("volumes", "deploy.relabel-mount", |s| {
        s.volumes = mounted("/a", |it| (it.mount, it.relabel) = (true, Relabel::Shared));
    }),
    ("volumes", "deploy.subpath-invalid", |s| {
        s.volumes = mounted("data", |it| it.subpath = text("../a"))
    }),
    ("volumes", "deploy.option-invalid", |s| {
        s.volumes = mounted("data", |it| it.driver = text("a b"))
    }),
    ("volumes", "deploy.given-twice", |s| {
        s.volumes = mounted("data", |it| {
            it.labels = vec![(text("a"), text("")), (text("a"), text(""))]
        });
    }),
    ("tmpfs", "deploy.tmpfs-mount", |s| {
        s.tmpfs = memory(|it| (it.mount, it.exec) = (true, true))
    }),
    ("tmpfs", "deploy.option-invalid", |s| {
        s.tmpfs = memory(|it| it.options = vec![text("a,suid")])
    }),
    ("volume_driver", "deploy.option-invalid", |s| {
        s.volume_driver = text("a b")
    }),
    ("storage_opt", "deploy.option-invalid", |s| {
        s.storage_opt = vec![(text(""), text("1"))]
    }),
    ("annotations", "deploy.option-invalid", |s| {
        s.annotations = vec![(text(""), text("1"))]
    }),
    ("device_requests", "deploy.devices-how-many", |s| {
        s.device_requests = vec![DeviceRequestSpec::default()]
    }),
    ("device_requests", "deploy.devices-how-many", |s| {
        s.device_requests = vec![DeviceRequestSpec {
            count: 1,
            ids: vec![text("0")],
            ..DeviceRequestSpec::default()
        }];
    }),
    ("device_cgroup_rules", "deploy.option-invalid", |s| {
        s.device_cgroup_rules = vec![text("c 1 mr")]
    }),
    ("cgroup_parent", "deploy.option-invalid", |s| {
        s.cgroup_parent = text("/a b")
    }),
];

fn usual() -> ContainerSpec {
    ContainerSpec {
        image: text("nginx"),
        ..ContainerSpec::default()
    }
}

#[test]
fn each_of_them_has_its_code_and_field() {
    for (field, code, change) in NETWORK.into_iter().chain(LIMITS).chain(STORAGE) {
        let mut asked = usual();
        change(&mut asked);
        let found: Vec<_> = spec(&asked)
            .into_iter()
            .map(|it| (it.field.unwrap_or_default(), it.code))
            .collect();
        assert_eq!(found, [(text(field), text(code))]);
    }
}

#[test]
fn what_docker_takes_passes() {
    let mut asked = usual();
    asked.network = text("front");
    asked.endpoint = EndpointSpec {
        aliases: vec![text("shop")],
        ipv4: text("10.0.0.5"),
        ipv6: text("fd00::5"),
        link_local: vec![text("169.254.34.68")],
        mac: text("02:42:0A:00:00:05"),
        options: vec![(text("com.example.a"), text("b"))],
        gateway_priority: -1,
    };
    asked.networks = vec![join("bridge"), join("back")];
    asked.expose = vec![ExposedPort {
        port: 9000,
        ..ExposedPort::default()
    }];
    asked.dns_options = vec![text("ndots:2")];
    (asked.cpu_shares, asked.cpu_period, asked.cpu_quota) = (512, 50_000, 25_000);
    (asked.memory, asked.memory_reservation) = (Bytes::mib(64), Bytes::mib(32));
    (asked.memory_swap, asked.memory_swappiness) = (Swap::Total(Bytes::mib(64)), Some(0));
    (asked.oom_score_adj, asked.blkio_weight) = (-1_000, 10);
    asked.blkio_devices = vec![disk("/dev/sda", 0)];
    asked.volumes = mounted("data", |it| {
        (it.mount, it.no_copy, it.subpath, it.driver) = (true, true, text("a/b"), text("vieux/sshfs:latest"));
    });
    asked.volumes.extend(mounted("/a", |it| {
        (it.target, it.propagation, it.relabel) = (text("/b"), Propagation::RSlave, Relabel::Private);
    }));
    asked.tmpfs = memory(|it| it.options = vec![text("uid=1000")]);
    asked.device_requests = vec![DeviceRequestSpec {
        count: -1,
        ..DeviceRequestSpec::default()
    }];
    asked.device_cgroup_rules = vec![text("c *:* rwm")];
    asked.auto_remove = true;
    assert_eq!(spec(&asked), []);
}
