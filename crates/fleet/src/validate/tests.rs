//! Each fault is found and told by its own code and field.
use super::*;
use proptest::prelude::*;
use shipyard_model::deploy::{
    Affinity, DeviceSpec, HealthcheckSpec, LogSpec, PortSpec, PullPolicy, Selector, Strategy, Target, TmpfsSpec,
    UlimitSpec, VolumeSpec,
};
use shipyard_model::label::Constraint;

fn good() -> DeployRequest {
    DeployRequest {
        spec: ContainerSpec {
            image: "nginx:1.27".to_owned(),
            ..ContainerSpec::default()
        },
        copies: Copies::Total(1),
        target: Target::All,
        strategy: Strategy::Spread,
        pull: PullPolicy::Missing,
        undo_on_failure: false,
        ..DeployRequest::default()
    }
}

fn codes(change: impl FnOnce(&mut DeployRequest)) -> Vec<(String, String)> {
    let mut request = good();
    change(&mut request);
    super::request(&request)
        .into_iter()
        .map(|p| (p.field.unwrap_or_default(), p.code))
        .collect()
}

fn port(host: Option<u16>, container: u16) -> PortSpec {
    PortSpec {
        host,
        container,
        ..PortSpec::default()
    }
}

fn volume(source: &str, target: &str) -> VolumeSpec {
    VolumeSpec {
        source: source.to_owned(),
        target: target.to_owned(),
        read_only: false,
        ..VolumeSpec::default()
    }
}

type Change = fn(&mut DeployRequest);

#[test]
fn each_fault_has_its_own_code_and_field() {
    let faults: [(&str, &str, Change); 20] = [
        ("image", "deploy.image-empty", |r| r.spec.image.clear()),
        ("image", "deploy.image-invalid", |r| {
            r.spec.image = "Nginx Latest".to_owned()
        }),
        ("name", "deploy.name-invalid", |r| r.spec.name = "-web".to_owned()),
        ("cpus", "deploy.cpus-too-few", |r| r.spec.cpus = Cpus::from_nanos(1)),
        ("memory", "deploy.memory-too-little", |r| r.spec.memory = Bytes::mib(5)),
        ("restart", "deploy.restart-too-often", |r| {
            r.spec.restart = RestartPolicy::OnFailure(u32::MAX)
        }),
        ("network", "deploy.network-invalid", |r| {
            r.spec.network = "a b".to_owned()
        }),
        ("env", "deploy.env-no-name", |r| {
            r.spec.env = vec![(String::new(), "1".to_owned())]
        }),
        ("env", "deploy.env-name-invalid", |r| {
            r.spec.env = vec![("A=B".to_owned(), "1".to_owned())]
        }),
        ("env", "deploy.env-twice", |r| {
            r.spec.env = vec![("A".to_owned(), String::new()), ("A".to_owned(), String::new())];
        }),
        ("ports", "deploy.port-zero", |r| r.spec.ports = vec![port(None, 0)]),
        ("ports", "deploy.host-port-zero", |r| {
            r.spec.ports = vec![port(Some(0), 80)]
        }),
        ("ports", "deploy.port-twice", |r| {
            r.spec.ports = vec![port(Some(80), 80), port(Some(80), 81)]
        }),
        ("volumes", "deploy.volume-target-invalid", |r| {
            r.spec.volumes = vec![volume("data", "data")]
        }),
        ("volumes", "deploy.volume-source-invalid", |r| {
            r.spec.volumes = vec![volume("../data", "/data")]
        }),
        ("volumes", "deploy.volume-twice", |r| {
            r.spec.volumes = vec![volume("a1", "/data"), volume("b1", "/data")]
        }),
        ("labels", "deploy.label-reserved", |r| {
            r.spec.labels = vec![("shipyard.cpus".to_owned(), "0".to_owned())];
        }),
        ("copies", "deploy.no-copies", |r| r.copies = Copies::Total(0)),
        ("copies", "deploy.too-many-copies", |r| r.copies = Copies::Total(501)),
        ("target", "deploy.no-engine-named", |r| {
            r.target = Target::Named(Vec::new())
        }),
    ];
    assert_eq!(codes(|_| ()), []);
    for (field, code, change) in faults {
        assert_eq!(codes(change), [(field.to_owned(), code.to_owned())]);
    }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn limit(name: &str, soft: i64, hard: i64) -> UlimitSpec {
    UlimitSpec {
        name: name.to_owned(),
        soft,
        hard,
    }
}

fn tmpfs(target: &str, mode: Option<u16>) -> TmpfsSpec {
    TmpfsSpec {
        target: target.to_owned(),
        mode,
        ..TmpfsSpec::default()
    }
}

fn device(host: &str, container: &str, permissions: &str) -> DeviceSpec {
    DeviceSpec {
        host: host.to_owned(),
        container: container.to_owned(),
        permissions: permissions.to_owned(),
    }
}

fn log(driver: &str, options: &[(&str, &str)]) -> LogSpec {
    LogSpec {
        driver: driver.to_owned(),
        options: options.iter().map(|(key, value)| pair(key, value)).collect(),
    }
}

fn health(test: &[&str]) -> Option<HealthcheckSpec> {
    Some(HealthcheckSpec {
        test: texts(test),
        ..HealthcheckSpec::default()
    })
}

#[test]
fn rare_options_have_their_faults_too() {
    let faults: [(&str, &str, Change); 38] = [
        ("entrypoint", "deploy.entrypoint-invalid", |r| {
            r.spec.entrypoint = texts(&["a\0"])
        }),
        ("user", "deploy.user-invalid", |r| r.spec.user = "1000:".to_owned()),
        ("user", "deploy.user-invalid", |r| r.spec.user = "a:b:c".to_owned()),
        ("user", "deploy.user-invalid", |r| r.spec.user = "a b".to_owned()),
        ("group_add", "deploy.option-invalid", |r| {
            r.spec.group_add = texts(&[""])
        }),
        ("working_dir", "deploy.path-invalid", |r| {
            r.spec.working_dir = "srv".to_owned()
        }),
        ("hostname", "deploy.hostname-invalid", |r| {
            r.spec.hostname = "a..b".to_owned()
        }),
        ("stop_signal", "deploy.option-invalid", |r| {
            r.spec.stop_signal = "SIG INT".to_owned()
        }),
        ("healthcheck", "deploy.healthcheck-invalid", |r| {
            r.spec.healthcheck = health(&["true"])
        }),
        ("healthcheck", "deploy.healthcheck-invalid", |r| {
            r.spec.healthcheck = health(&["CMD"])
        }),
        ("extra_hosts", "deploy.extra-host-invalid", |r| {
            r.spec.extra_hosts = vec![pair("a", "b")]
        }),
        ("extra_hosts", "deploy.extra-host-invalid", |r| {
            r.spec.extra_hosts = vec![pair("a:1", "::1")]
        }),
        ("dns", "deploy.option-invalid", |r| r.spec.dns = texts(&["dns.example"])),
        ("dns_search", "deploy.option-invalid", |r| {
            r.spec.dns_search = texts(&["a b"])
        }),
        ("domainname", "deploy.option-invalid", |r| {
            r.spec.domainname = "a b".to_owned()
        }),
        ("links", "deploy.option-invalid", |r| {
            r.spec.links = vec![("db:x".to_owned(), String::new())]
        }),
        ("cpuset_cpus", "deploy.option-invalid", |r| {
            r.spec.cpuset_cpus = "3-1".to_owned()
        }),
        ("volumes_from", "deploy.option-invalid", |r| {
            r.spec.volumes_from = texts(&["web:z"])
        }),
        ("tmpfs", "deploy.path-invalid", |r| {
            r.spec.tmpfs = vec![tmpfs("tmp", None)]
        }),
        ("tmpfs", "deploy.path-invalid", |r| {
            r.spec.tmpfs = vec![tmpfs("/a:suid", None)]
        }),
        ("tmpfs", "deploy.volume-twice", |r| {
            r.spec.volumes = vec![volume("data", "/data")];
            r.spec.tmpfs = vec![tmpfs("/data", None)];
        }),
        ("tmpfs", "deploy.option-invalid", |r| {
            r.spec.tmpfs = vec![tmpfs("/a", Some(0o10000))]
        }),
        ("devices", "deploy.path-invalid", |r| {
            r.spec.devices = vec![device("", "/dev/a", "")]
        }),
        ("devices", "deploy.path-invalid", |r| {
            r.spec.devices = vec![device("/dev/a", "a", "")]
        }),
        ("devices", "deploy.option-invalid", |r| {
            r.spec.devices = vec![device("/dev/a", "", "rx")]
        }),
        ("cap_add", "deploy.option-invalid", |r| {
            r.spec.cap_add = texts(&["SYS ADMIN"])
        }),
        ("cap_drop", "deploy.option-invalid", |r| r.spec.cap_drop = texts(&[""])),
        ("security_opt", "deploy.option-invalid", |r| {
            r.spec.security_opt = texts(&[" "])
        }),
        ("sysctls", "deploy.option-invalid", |r| {
            r.spec.sysctls = vec![pair("a=b", "1")]
        }),
        ("sysctls", "deploy.given-twice", |r| {
            r.spec.sysctls = vec![pair("a", "1"), pair("a", "2")]
        }),
        ("pid_mode", "deploy.option-invalid", |r| {
            r.spec.pid_mode = "container:".to_owned()
        }),
        ("ipc_mode", "deploy.option-invalid", |r| {
            r.spec.ipc_mode = "Host".to_owned()
        }),
        ("uts_mode", "deploy.option-invalid", |r| {
            r.spec.uts_mode = "container:web".to_owned()
        }),
        ("userns_mode", "deploy.option-invalid", |r| {
            r.spec.userns_mode = "private".to_owned()
        }),
        ("cgroupns_mode", "deploy.option-invalid", |r| {
            r.spec.cgroupns_mode = " host".to_owned()
        }),
        ("runtime", "deploy.option-invalid", |r| {
            r.spec.runtime = "/bin/sh".to_owned()
        }),
        ("ulimits", "deploy.ulimit-invalid", |r| {
            r.spec.ulimits = vec![limit("nofile", -1, 5)]
        }),
        ("logging", "deploy.given-twice", |r| {
            r.spec.logging = log("local", &[("max-size", "1m"), ("max-size", "2m")]);
        }),
    ];
    for (field, code, change) in faults {
        assert_eq!(codes(change), [(field.to_owned(), code.to_owned())]);
    }
}

#[test]
fn rare_options_that_docker_takes_are_taken() {
    let taken: [Change; 16] = [
        |r| r.spec.user = "app:44".to_owned(),
        |r| r.spec.group_add = texts(&["audio", "44"]),
        |r| (r.spec.working_dir, r.spec.hostname) = ("/srv/a b".to_owned(), "db-1.example".to_owned()),
        |r| r.spec.stop_signal = "SIGRTMIN+3".to_owned(),
        |r| r.spec.healthcheck = health(&["CMD-SHELL", "wget -q http://localhost || exit 1"]),
        |r| r.spec.healthcheck = health(&["NONE"]),
        |r| r.spec.extra_hosts = vec![pair("db", "::1"), pair("host.docker.internal", "host-gateway")],
        |r| (r.spec.dns, r.spec.dns_search) = (texts(&["::1"]), texts(&["."])),
        |r| r.spec.volumes_from = texts(&["web", "db:ro"]),
        |r| {
            r.spec.links = vec![
                ("db".to_owned(), String::new()),
                ("db".to_owned(), "data.base".to_owned()),
            ]
        },
        |r| (r.spec.cpuset_cpus, r.spec.domainname) = ("0-2,5".to_owned(), "example.org".to_owned()),
        |r| r.spec.tmpfs = vec![tmpfs("/tmp", Some(0o1777)), tmpfs("/run", None)],
        |r| r.spec.devices = vec![device("/dev/dri/card0", "", "rw")],
        |r| r.spec.ulimits = vec![limit("nofile", 1024, -1), limit("core", 0, 0), limit("memlock", -1, -1)],
        |r| (r.spec.pid_mode, r.spec.ipc_mode) = ("container:web".to_owned(), "shareable".to_owned()),
        |r| r.spec.logging = log("registry.example:5000/log-plugin:1", &[("max-size", "1m")]),
    ];
    for change in taken {
        assert_eq!(codes(change), []);
    }
}

#[test]
fn what_docker_takes_is_taken() {
    for image in [
        "busybox",
        "busybox:lab",
        "10.210.0.1:5000/layers:lab",
        "Registry.Example:5000/a/b:1.0_x",
        "localhost/a",
        "a__b/c--d:X",
        "ghcr.io/a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789ab",
    ] {
        assert_eq!(codes(|r| r.spec.image = image.to_owned()), [], "{image}");
    }
    for image in [
        "a b",
        "a:",
        "/a",
        "a/",
        "a//b",
        "A",
        "a@sha256:xyz",
        "a:b:c",
        "-a",
        "a?x",
        "https://a/b",
    ] {
        assert!(!codes(|r| r.spec.image = image.to_owned()).is_empty(), "{image}");
    }
    let more: Change = |r| {
        r.spec.ports = vec![port(Some(80), 80), port(None, 80), port(None, 80)];
        r.spec.volumes = vec![volume("", "/a"), volume("/srv/x", "/b"), volume("data", "/c")];
        r.spec.network = "container:web".to_owned();
        r.spec.memory = LEAST_MEMORY;
        r.copies = Copies::Total(MOST_COPIES);
    };
    assert_eq!(codes(more), []);
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(image in ".*", name in ".*", network in ".*", path in ".*") {
        codes(|r| {
            r.spec.image = image;
            r.spec.name = name;
            r.spec.user = network.clone();
            r.spec.hostname = network.clone();
            r.spec.volumes_from = vec![network.clone()];
            r.spec.ulimits = vec![limit(&network, i64::MIN, i64::MAX)];
            r.spec.healthcheck = health(&[&network]);
            r.spec.network = network;
            r.spec.volumes = vec![volume(&path, &path)];
        });
    }
}

#[test]
fn where_it_goes_is_checked_too() {
    let code = |change: &dyn Fn(&mut DeployRequest)| {
        let mut request = good();
        change(&mut request);
        let problems = super::request(&request);
        problems
            .into_iter()
            .next()
            .map(|problem| (problem.code, problem.field.unwrap_or_default()))
    };
    let affinity = |containers: Selector| Affinity { with: true, containers };
    type Case<'c> = (&'c str, &'c str, &'c dyn Fn(&mut DeployRequest));
    let cases: [Case; 8] = [
        ("deploy.spread-label-invalid", "strategy", &|r| {
            r.strategy = Strategy::SpreadOver(String::new())
        }),
        ("deploy.spread-label-invalid", "strategy", &|r| {
            r.strategy = Strategy::SpreadOver("zone=a".to_owned())
        }),
        ("deploy.most-per-engine-zero", "most_per_engine", &|r| {
            r.most_per_engine = Some(0)
        }),
        ("deploy.affinity-name-invalid", "affinity", &|r| {
            r.affinity = vec![affinity(Selector::Name("a b".to_owned()))]
        }),
        ("deploy.affinity-image-invalid", "affinity", &|r| {
            r.affinity = vec![affinity(Selector::Image("A b".to_owned()))]
        }),
        ("deploy.affinity-label-invalid", "affinity", &|r| {
            let (key, value) = (String::new(), None);
            r.affinity = vec![affinity(Selector::Label { key, value })];
        }),
        ("deploy.too-many-affinities", "affinity", &|r| {
            r.affinity = vec![affinity(Selector::Name("db".to_owned())); 21]
        }),
        ("deploy.constraint-invalid", "target", &|r| {
            r.target = Target::Labels(vec![Constraint::key("a<b")])
        }),
    ];
    for (wanted, field, change) in cases {
        assert_eq!(code(change), Some((wanted.to_owned(), field.to_owned())));
    }
    let good_ones = |r: &mut DeployRequest| {
        r.target = Target::Labels(Constraint::parse_all("zone in (a,b), !ssd, engine!=node1").unwrap());
        r.strategy = Strategy::SpreadOver("zone".to_owned());
        r.most_per_engine = Some(1);
        r.affinity = vec![affinity(Selector::Name("db".to_owned()))];
    };
    assert_eq!(code(&good_ones), None);
}
