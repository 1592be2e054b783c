//! A table: each option with a value, and which rules refuse it at restricted and at baseline.
use super::*;

fn port(host: u16) -> PortSpec {
    PortSpec {
        host: Some(host),
        container: 80,
        ..PortSpec::default()
    }
}

fn log(driver: &str, options: &[(&str, &str)]) -> LogSpec {
    LogSpec {
        driver: text(driver),
        options: options.iter().map(|(k, v)| (text(k), text(v))).collect(),
    }
}

#[test]
fn what_is_its_own_business_is_allowed() {
    both(|s| s.name = text("x"), &[]);
    both(|s| s.command = texts(&["sh", "-c", "mount"]), &[]);
    both(|s| s.entrypoint = texts(&["nsenter"]), &[]);
    both(|s| s.env = vec![(text("LD_PRELOAD"), text("/x"))], &[]);
    both(|s| s.working_dir = text("/proc"), &[]);
    both(|s| s.hostname = text("db"), &[]);
    both(
        |s| (s.tty, s.open_stdin, s.init, s.read_only) = (true, true, true, true),
        &[],
    );
    both(|s| (s.stop_signal, s.stop_timeout) = (text("9"), Some(0)), &[]);
    both(|s| s.healthcheck = Some(HealthcheckSpec::default()), &[]);
    let often = |interval_ms, start_interval_ms| ContainerSpec {
        healthcheck: Some(HealthcheckSpec {
            interval_ms,
            start_interval_ms,
            ..HealthcheckSpec::default()
        }),
        ..modest()
    };
    for (spec, faults) in [(often(1000, 5000), 0), (often(999, 0), 1), (often(1, 1), 2)] {
        let found = broken(&spec, Profile::Baseline, &Rules::default());
        assert_eq!(found, vec![("healthcheck", Rule::HealthcheckInterval); faults]);
    }
    both(|s| s.restart = shipyard_model::spec::RestartPolicy::Always, &[]);
    both(|s| s.dns = texts(&["10.0.0.1"]), &[]);
    both(|s| s.dns_search = texts(&["example.org"]), &[]);
}

#[test]
fn who_it_is() {
    for user in [
        "",
        "root",
        "0",
        "00",
        "+0",
        "-0",
        "0x0",
        "app",
        "1000:root",
        "1000:0",
        ":1",
        "1000:",
        " 1000",
    ] {
        let mut spec = modest();
        spec.user = text(user);
        assert_eq!(
            broken(&spec, Profile::Restricted, &Rules::default()),
            [("user", Rule::NonRoot)],
            "{user}"
        );
        assert_eq!(broken(&spec, Profile::Baseline, &Rules::default()), [], "{user}");
    }
    both(|s| s.user = text("65534"), &[]);
    restricted(|s| s.user = text("4294967296"), &[("user", Rule::NonRoot)]);
    both(|s| s.group_add = texts(&["44"]), &[]);
    restricted(
        |s| s.group_add = texts(&["44", "0"]),
        &[("group_add", Rule::GroupNonRoot)],
    );
    restricted(
        |s| s.group_add = texts(&["docker"]),
        &[("group_add", Rule::GroupNonRoot)],
    );
}

#[test]
fn how_it_is_reached() {
    both(
        |s| {
            s.ports = vec![
                port(1024),
                PortSpec {
                    container: 80,
                    ..PortSpec::default()
                },
            ]
        },
        &[],
    );
    restricted(|s| s.ports = vec![port(80)], &[("ports", Rule::PortNotLow)]);
    for own in ["", "bridge", "default", "none", "front"] {
        let spec = ContainerSpec {
            network: text(own),
            ..modest()
        };
        assert_eq!(broken(&spec, Profile::Restricted, &Rules::default()), []);
    }
    both(|s| s.network = text("host"), &[("network", Rule::NetworkOwn)]);
    both(|s| s.network = text(" host\n"), &[("network", Rule::NetworkOwn)]);
    both(|s| s.network = text("container:web"), &[("network", Rule::NetworkOwn)]);
    both(
        |s| s.network = text("ns:/proc/1/ns/net"),
        &[("network", Rule::NetworkOwn)],
    );
    both(|s| s.extra_hosts = vec![(text("db"), text("10.0.0.1"))], &[]);
    restricted(
        |s| s.extra_hosts = vec![(text("host.docker.internal"), text("host-gateway"))],
        &[("extra_hosts", Rule::NoHostGateway)],
    );
    let rules = Rules {
        ports: PortRange { from: 8000, to: 8999 },
        host_ips: vec!["10.0.0.5".parse().unwrap()],
        networks: texts(&["front"]),
        ..Rules::default()
    };
    let both = |change, refused: &[(&str, Rule)]| judged(change, &rules, refused, refused);
    both(|s| s.network = text("front"), &[]);
    both(|s| s.network = text("back"), &[("network", Rule::NetworkListed)]);
    both(
        |s| s.ports = vec![port(9000)],
        &[("ports", Rule::PortRange), ("ports", Rule::PortAddress)],
    );
    both(
        |s| {
            s.ports = vec![PortSpec {
                host_ip: text("10.0.0.5"),
                ..port(8999)
            }]
        },
        &[],
    );
    let mut spec = modest();
    spec.ports = vec![port(8000)];
    let filled = harden(&spec, Profile::Baseline, &rules);
    assert_eq!(filled.ports[0].host_ip, "10.0.0.5");
    assert_eq!(broken(&filled, Profile::Baseline, &rules), []);
}

#[test]
fn where_its_output_goes() {
    both(
        |s| s.logging = log("local", &[("max-size", "1m"), ("compress", "true")]),
        &[],
    );
    restricted(
        |s| s.logging = log("journald", &[]),
        &[("logging", Rule::LogDriverListed)],
    );
    restricted(|s| s.logging = log("none", &[]), &[("logging", Rule::LogDriverListed)]);
    restricted(|s| s.logging = log("", &[]), &[("logging", Rule::LogDriverListed)]);
    restricted(
        |s| s.logging = log("json-file", &[("max-size", "-1")]),
        &[("logging", Rule::LogSizeRequired)],
    );
    both(
        |s| s.logging = log("syslog", &[]),
        &[("logging", Rule::LogDriverListed)],
    );
    both(
        |s| s.logging = log("local", &[("max-size", "1m"), ("syslog-address", "tcp://10.0.0.1")]),
        &[("logging", Rule::LogOptionListed)],
    );
    let rules = Rules {
        logging: vec![log("gelf", &[("gelf-address", "udp://10.0.0.1:12201")])],
        ..Rules::default()
    };
    let driver: &[_] = &[("logging", Rule::LogDriverListed)];
    judged(
        |s| s.logging = log("gelf", &[("gelf-address", "udp://10.0.0.1:12201")]),
        &rules,
        driver,
        &[],
    );
    judged(
        |s| s.logging = log("gelf", &[("gelf-address", "udp://169.254.169.254:80")]),
        &rules,
        driver,
        &[("logging", Rule::LogOptionListed)],
    );
}

#[test]
fn what_others_take_for_orders() {
    let label = |key: &str| ContainerSpec {
        labels: vec![(text(key), text("1"))],
        ..modest()
    };
    for key in [
        "shipyard.cpus",
        "Shipyard.deploy",
        "com.docker.compose.project",
        " com.docker.x",
    ] {
        for profile in [Profile::Restricted, Profile::Baseline] {
            let found = broken(&label(key), profile, &Rules::default());
            assert_eq!(found, [("labels", Rule::LabelReserved)], "{key}");
        }
    }
    let rules = Rules {
        labels: texts(&["traefik.", ""]),
        ..Rules::default()
    };
    for key in [
        "traefik.enable",
        "TRAEFIK.http.routers.a.rule",
        "ofelia.job-local.a.command",
        "caddy_0.x",
    ] {
        let found = broken(&label(key), Profile::Restricted, &Rules::default());
        assert_eq!(found, [("labels", Rule::LabelReserved)], "{key}");
        assert_eq!(broken(&label(key), Profile::Baseline, &Rules::default()), [], "{key}");
        let opened = key.to_lowercase().starts_with("traefik.");
        assert_eq!(
            broken(&label(key), Profile::Restricted, &rules).is_empty(),
            opened,
            "{key}"
        );
    }
    both(|s| s.labels = vec![(text("team"), text("web"))], &[]);
}

#[test]
fn where_its_image_comes_from() {
    let rules = Rules {
        images: texts(&["docker.io/library", "ghcr.io/team/"]),
        ..Rules::default()
    };
    for (image, good) in [
        ("nginx", true),
        ("nginx:1.27", true),
        ("library/nginx", true),
        ("docker.io/nginx", true),
        ("index.docker.io/library/nginx", true),
        ("ghcr.io/team/web:1", true),
        ("ghcr.io/team/a/b", true),
        ("ghcr.io/team", true),
        ("ghcr.io/teams/web", false),
        ("evil/nginx", false),
        ("ghcr.io:443/team/web", false),
        ("docker.io.evil.example/library/nginx", false),
        ("localhost/library/nginx", false),
        ("0123456789ab", false),
        ("deadbeef", false),
        ("sha256:0123456789abcdef", false),
        ("", false),
    ] {
        let spec = ContainerSpec {
            image: text(image),
            ..modest()
        };
        assert_eq!(broken(&spec, Profile::Restricted, &rules).is_empty(), good, "{image}");
    }
    let rules = Rules {
        digest_only: true,
        ..Rules::default()
    };
    let digest = format!("nginx@sha256:{}", "0a".repeat(32));
    for (image, good) in [("nginx:1", false), (&*digest, true), ("nginx@sha256:", false)] {
        let spec = ContainerSpec {
            image: text(image),
            ..modest()
        };
        assert_eq!(broken(&spec, Profile::Baseline, &rules).is_empty(), good, "{image}");
    }
}
