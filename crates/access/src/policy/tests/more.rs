//! The options that few containers need, at each profile.
use super::*;

fn endpoint(change: fn(&mut EndpointSpec)) -> EndpointSpec {
    let mut endpoint = EndpointSpec::default();
    change(&mut endpoint);
    endpoint
}

fn options() -> Vec<(String, String)> {
    vec![(text("type"), text("none"))]
}

#[test]
fn what_it_is_in_its_networks() {
    both(|s| s.endpoint.aliases = texts(&["db"]), &[]);
    both(|s| s.endpoint.gateway_priority = 1, &[]);
    let given: &[_] = &[("endpoint", Rule::AddressGiven)];
    restricted(|s| s.endpoint.ipv4 = text("10.0.0.9"), given);
    restricted(|s| s.endpoint.ipv6 = text("fd00::9"), given);
    restricted(|s| s.endpoint.mac = text("02:42:ac:11:00:02"), given);
    restricted(|s| s.endpoint.link_local = texts(&["169.254.34.68"]), given);
    both(
        |s| s.endpoint.options = options(),
        &[("endpoint", Rule::NoDriverOptions)],
    );
    let join = |name: &str, endpoint| ContainerSpec {
        networks: vec![NetworkSpec {
            name: text(name),
            endpoint,
        }],
        ..modest()
    };
    let front = Rules {
        networks: texts(&["front"]),
        ..Rules::default()
    };
    let found = |name: &str, change| broken(&join(name, endpoint(change)), Profile::Restricted, &front);
    assert_eq!(found("front", |it| it.aliases = texts(&["db"])), []);
    assert_eq!(found("back", |_| {}), [("networks", Rule::NetworkListed)]);
    assert_eq!(found("host", |_| {}), [("networks", Rule::NetworkOwn)]);
    assert_eq!(
        found("front", |it| it.ipv4 = text("10.0.0.9")),
        [("networks", Rule::AddressGiven)]
    );
    assert_eq!(
        found("front", |it| it.options = options()),
        [("networks", Rule::NoDriverOptions)]
    );
}

#[test]
fn how_volumes_are_made_and_mounted() {
    let mounted = |change: fn(&mut VolumeSpec)| {
        let mut spec = modest();
        let mut data = volume("data", "/data");
        change(&mut data);
        spec.volumes = vec![data];
        let [strict, usual] = [Profile::Restricted, Profile::Baseline].map(|it| broken(&spec, it, &Rules::default()));
        assert_eq!(strict, usual);
        strict
    };
    for change in [
        (|it| it.no_copy = true) as fn(&mut VolumeSpec),
        |it| it.mount = true,
        |it| it.driver = text("local"),
        |it| it.subpath = text("a/b"),
        |it| it.propagation = Propagation::RPrivate,
        |it| it.labels = vec![(text("team"), text("web"))],
    ] {
        assert_eq!(mounted(change), []);
    }
    for (rule, change) in [
        (
            Rule::VolumeDriverUsual,
            (|it| it.driver = text("nfs")) as fn(&mut VolumeSpec),
        ),
        (Rule::NoDriverOptions, |it| it.driver_options = options()),
        (Rule::MountPrivate, |it| it.propagation = Propagation::RShared),
        (Rule::MountPrivate, |it| it.propagation = Propagation::Slave),
        (Rule::NoRelabel, |it| it.relabel = Relabel::Private),
        (Rule::PathPlain, |it| it.subpath = text("../a")),
        (Rule::LabelReserved, |it| {
            it.labels = vec![(text("com.docker.x"), text("1"))]
        }),
    ] {
        assert_eq!(mounted(change), [("volumes", rule)]);
    }
    both(|s| s.volume_driver = text("local"), &[]);
    both(
        |s| s.volume_driver = text("nfs"),
        &[("volume_driver", Rule::VolumeDriverUsual)],
    );
    both(|s| s.storage_opt = options(), &[("storage_opt", Rule::NoDriverOptions)]);
    restricted(
        |s| s.storage_opt = vec![(text("size"), text("1G"))],
        &[("storage_opt", Rule::NoDriverOptions)],
    );
    for (option, good) in [
        ("uid=1000", true),
        ("noatime", true),
        ("suid", false),
        ("dev", false),
        ("size=1,suid", false),
    ] {
        let spec = ContainerSpec {
            tmpfs: vec![TmpfsSpec {
                target: text("/tmp"),
                options: texts(&[option]),
                ..TmpfsSpec::default()
            }],
            ..modest()
        };
        let refused = if good {
            vec![]
        } else {
            vec![("tmpfs", Rule::TmpfsOptionListed)]
        };
        assert_eq!(broken(&spec, Profile::Baseline, &Rules::default()), refused, "{option}");
    }
}

#[test]
fn what_it_takes_from_others() {
    both(|s| (s.cpu_period, s.cpu_quota) = (100_000, 50_000), &[]);
    both(
        |s| (s.memory_reservation, s.memory_swappiness) = (Bytes::mib(8), Some(0)),
        &[],
    );
    both(|s| s.cpu_shares = 1024, &[]);
    both(|s| s.cpu_shares = 1025, &[("cpu_shares", Rule::WeightUsual)]);
    both(|s| s.blkio_weight = 500, &[]);
    both(|s| s.blkio_weight = 501, &[("blkio_weight", Rule::WeightUsual)]);
    restricted(|s| s.cpuset_mems = text("0"), &[("cpuset_mems", Rule::MemoryNodes)]);
    both(|s| s.memory_swap = Swap::Total(Bytes::mib(128)), &[]);
    both(
        |s| s.memory_swap = Swap::Total(Bytes::mib(129)),
        &[("memory_swap", Rule::SwapBounded)],
    );
    both(
        |s| s.memory_swap = Swap::Unlimited,
        &[("memory_swap", Rule::SwapBounded)],
    );
    both(|s| s.oom_kill_disable = true, &[("oom_kill_disable", Rule::OomUsual)]);
    both(|s| s.oom_score_adj = 500, &[]);
    both(|s| s.oom_score_adj = -1, &[("oom_score_adj", Rule::OomUsual)]);
    both(
        |s| {
            s.blkio_devices = vec![BlockDeviceSpec {
                path: text("/dev/sda"),
                ..BlockDeviceSpec::default()
            }]
        },
        &[("blkio_devices", Rule::NoDevice)],
    );
    both(
        |s| s.device_cgroup_rules = texts(&["c 1:3 mr"]),
        &[("device_cgroup_rules", Rule::NoDevice)],
    );
    both(
        |s| s.cgroup_parent = text("/x"),
        &[("cgroup_parent", Rule::CgroupUsual)],
    );
    both(|s| s.annotations = options(), &[("annotations", Rule::NoAnnotations)]);
    both(|s| (s.auto_remove, s.stdin_once) = (true, true), &[]);
    both(|s| s.dns_options = texts(&["ndots:2"]), &[]);
}

#[test]
fn which_graphics_cards_it_has() {
    let card = |driver: &str, able: &[&str], options| ContainerSpec {
        device_requests: vec![DeviceRequestSpec {
            driver: text(driver),
            count: -1,
            capabilities: vec![texts(able)],
            options,
            ..DeviceRequestSpec::default()
        }],
        ..modest()
    };
    let rules = Rules {
        graphics: true,
        ..Rules::default()
    };
    let refused = [("device_requests", Rule::NoDevice)];
    let usual = card("", &["gpu"], Vec::new());
    assert_eq!(broken(&usual, Profile::Baseline, &rules), []);
    assert_eq!(broken(&usual, Profile::Baseline, &Rules::default()), refused);
    assert_eq!(broken(&usual, Profile::Restricted, &rules), refused);
    assert_eq!(broken(&usual, Profile::Privileged, &rules), []);
    for spec in [
        card("cdi", &["gpu"], Vec::new()),
        card("nvidia", &["gpu", "tpu"], Vec::new()),
        card("", &[], Vec::new()),
        card("nvidia", &["gpu"], options()),
    ] {
        assert_eq!(broken(&spec, Profile::Baseline, &rules), refused);
    }
}
