//! Ways of writing a path that should be refused, so that it looks like one that is allowed.
use super::*;

fn rules() -> Rules {
    Rules {
        host_paths: vec![HostPath {
            path: text("/srv/data"),
            writable: true,
        }],
        ..Rules::default()
    }
}

fn passes(source: &str, target: &str) -> bool {
    let spec = ContainerSpec {
        volumes: vec![volume(source, target)],
        ..modest()
    };
    broken(&spec, Profile::Baseline, &rules()).is_empty()
}

#[test]
fn no_trick_leaves_the_listed_folder() {
    assert!(passes("/srv/data/a", "/a"));
    for source in [
        "/srv/data/..",
        "/srv/data/../../etc",
        "/srv/data/../data",
        "/srv/data/./../../etc/shadow",
        "/srv/data/.. /../etc",
        "/srv/data/...",
        "/srv/data.",
        "/srv/data./a",
        "/srv/dataa",
        "/srv",
        "/",
        "//",
        "/.",
        "/./",
        "/..",
        "///etc",
        "//etc//shadow",
        "/ETC",
        "/etc/.",
        "/./etc",
        " /etc",
        "\t/etc",
        "/srv/data:/etc",
        "/srv/data\\..\\..\\etc",
        "/srv/data/\0",
        "/srv/data/a\n/etc",
        "/srv/data,src=/etc",
        "/run/docker.sock",
        "/var/./run/docker.sock",
        "/var/run//docker.sock",
        "/var/lib/docker",
        "/var/lib",
        "/var/lib/docker/volumes/other/_data",
        "/proc/1/root",
        "/proc/self/root/etc",
        "/dev/disk/by-id/x",
        "/srv/data/containerd.sock",
        "/srv/data/Docker.SOCK",
        "/srv/data/x.sock/y",
        "srv/data",
        "../srv/data",
        "~/data",
        "C:\\",
        "\\\\.\\pipe\\docker_engine",
        "data:/etc",
        "/srv/data/%2e%2e/%2e%2e/..",
    ] {
        assert!(!passes(source, "/a"), "{source:?}");
    }
    for target in [
        "/",
        "//",
        "/.",
        "/a/..",
        "/proc",
        "/proc/",
        "//proc/sys",
        "/./sys",
        "/a/../proc",
        "/a:ro",
        "/a:/etc",
        "a",
        "",
        "/a:rw,shared",
    ] {
        assert!(!passes("/srv/data/a", target), "{target:?}");
        let tmpfs = ContainerSpec {
            tmpfs: vec![TmpfsSpec {
                target: text(target),
                ..TmpfsSpec::default()
            }],
            ..modest()
        };
        assert!(
            !broken(&tmpfs, Profile::Baseline, &Rules::default()).is_empty(),
            "{target:?}"
        );
    }
}

#[test]
fn paths_are_reduced_as_docker_reduces_them() {
    for (path, canonical) in [
        ("/", "/"),
        ("//a///b/", "/a/b"),
        ("/a/./b/.", "/a/b"),
        ("/a/../b", "/b"),
        ("/../..", "/"),
        ("/a.b/..c", "/a.b/..c"),
    ] {
        assert_eq!(path::canonical(path).as_deref(), Some(canonical), "{path}");
    }
    assert_eq!(path::canonical("a"), None);
}
