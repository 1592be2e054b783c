//! Each fault is found and told by its own code and field.
use super::*;
use proptest::prelude::*;
use shipyard_model::deploy::{PortSpec, PullPolicy, Strategy, VolumeSpec};

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
            r.spec.network = network;
            r.spec.volumes = vec![volume(&path, &path)];
        });
    }
}
