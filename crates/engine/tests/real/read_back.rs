//! What was asked for is read back from a real engine as it was.
use crate::calls::shell;
use crate::lab::{self, Sweep};
use shipyard_engine::Connection;
use shipyard_model::deploy::{
    ContainerSpec, DeviceSpec, HealthcheckSpec, LogSpec, PortSpec, RestartPolicy, TmpfsSpec, UlimitSpec, VolumeSpec,
};
use shipyard_model::{Bytes, Cpus, Protocol};

async fn read_back(engine: &Connection, name: &str, spec: &ContainerSpec) -> ContainerSpec {
    let (id, _) = engine.create(spec, name, &[]).await.unwrap();
    let created = engine.inspected(&id).await.unwrap().made().unwrap();
    // The lab's engines may not run these.
    if !spec.privileged {
        engine.start(&id).await.unwrap();
        let started = engine.inspected(&id).await.unwrap().made().unwrap();
        assert_eq!(created, started, "it is the same whether it runs or not");
    }
    engine.remove(&id, true).await.unwrap();
    created.spec
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn a_container_with_many_options_is_read_back_as_it_was_asked_for() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = format!("{prefix}many");
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let other = format!("{prefix}other");
    let linked = shell("exec sleep 1000");
    let (id, _) = engine.create(&linked, &other, &[]).await.unwrap();
    engine.start(&id).await.unwrap();
    let spec = ContainerSpec {
        name: name.clone(),
        image: "web:lab".to_owned(),
        entrypoint: texts(&["sh"]),
        command: texts(&["-c", "exec sleep 1000"]),
        env: vec![pair("GREETING", "a=b c"), pair("EMPTY", "")],
        user: "1000:1000".to_owned(),
        group_add: texts(&["10"]),
        working_dir: "/tmp".to_owned(),
        hostname: "web".to_owned(),
        domainname: "example.org".to_owned(),
        tty: true,
        open_stdin: true,
        stop_signal: "SIGINT".to_owned(),
        stop_timeout: Some(1),
        healthcheck: Some(HealthcheckSpec {
            test: texts(&["CMD", "true"]),
            interval_ms: 1_500,
            timeout_ms: 1_000,
            retries: 4,
            ..HealthcheckSpec::default()
        }),
        restart: RestartPolicy::OnFailure(3),
        ports: vec![
            PortSpec {
                container: 53,
                protocol: Protocol::Udp,
                ..PortSpec::default()
            },
            PortSpec {
                host_ip: "127.0.0.1".to_owned(),
                container: 80,
                ..PortSpec::default()
            },
        ],
        publish_all: true,
        extra_hosts: vec![pair("db", "10.0.0.1")],
        links: vec![pair(&other, "database")],
        dns: texts(&["10.0.0.2"]),
        dns_search: texts(&["example.org"]),
        volumes: vec![
            VolumeSpec {
                source: format!("{prefix}data"),
                target: "/data".to_owned(),
                read_only: true,
                ..VolumeSpec::default()
            },
            VolumeSpec {
                target: "/cache".to_owned(),
                ..VolumeSpec::default()
            },
        ],
        tmpfs: vec![TmpfsSpec {
            target: "/t".to_owned(),
            size: Bytes::mib(1),
            mode: Some(0o700),
            exec: false,
            ..TmpfsSpec::default()
        }],
        read_only: true,
        cpus: Cpus::from_nanos(250_000_000),
        cpuset_cpus: "0".to_owned(),
        memory: Bytes::mib(32),
        shm_size: Bytes::mib(2),
        pids_limit: 100,
        ulimits: vec![UlimitSpec {
            name: "nofile".to_owned(),
            soft: 1024,
            hard: 4096,
        }],
        cap_add: texts(&["CAP_NET_RAW"]),
        cap_drop: texts(&["CAP_CHOWN"]),
        security_opt: texts(&["no-new-privileges:true"]),
        devices: vec![DeviceSpec {
            host: "/dev/null".to_owned(),
            container: "/dev/nothing".to_owned(),
            permissions: "r".to_owned(),
        }],
        sysctls: vec![pair("net.core.somaxconn", "1024")],
        ipc_mode: "shareable".to_owned(),
        cgroupns_mode: "private".to_owned(),
        logging: LogSpec {
            driver: "local".to_owned(),
            options: vec![pair("max-size", "1m")],
        },
        labels: vec![pair("k", "v")],
        ..ContainerSpec::default()
    };
    assert_eq!(read_back(&engine, &name, &spec).await, spec);
    lab::docker(1, &["volume", "rm", &format!("{prefix}data")]);
}

#[tokio::test]
async fn what_an_image_and_a_daemon_give_is_theirs() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let base = |name: &str| ContainerSpec {
        name: format!("{prefix}{name}"),
        ..shell("exec sleep 1000")
    };
    // What Docker shows in its own way.
    let private = |spec: ContainerSpec| ContainerSpec {
        ipc_mode: "private".to_owned(),
        ..spec
    };
    let web = ContainerSpec {
        image: "web:lab".to_owned(),
        command: Vec::new(),
        ..base("web")
    };
    for spec in [
        private(base("plain")),
        private(web),
        private(ContainerSpec {
            network: "host".to_owned(),
            ..base("host")
        }),
        private(ContainerSpec {
            network: "none".to_owned(),
            ..base("none")
        }),
        private(ContainerSpec {
            uts_mode: "host".to_owned(),
            ..base("uts")
        }),
        private(ContainerSpec {
            privileged: true,
            ..base("privileged")
        }),
        private(ContainerSpec {
            pid_mode: "host".to_owned(),
            ..base("pid")
        }),
        ContainerSpec {
            ipc_mode: "host".to_owned(),
            ..base("ipc")
        },
        private(ContainerSpec {
            init: true,
            restart: RestartPolicy::UnlessStopped,
            ..base("init")
        }),
        private(ContainerSpec {
            memory: Bytes::mib(16),
            cap_drop: texts(&["ALL"]),
            ..base("memory")
        }),
    ] {
        let mut read = read_back(&engine, &spec.name, &spec).await;
        // Privileged, with the second kind of control groups, has the host's.
        if spec.privileged {
            read.cgroupns_mode = String::new();
        }
        assert_eq!(read, spec);
    }
}

/// What the command line writes in its own way is read as it was meant, and made anew as it was shown.
#[tokio::test]
async fn options_that_the_command_line_gave_are_read() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = format!("{prefix}beyond");
    let options = "--rm --cpuset-cpus 0 --oom-score-adj 100 --memory 64m --memory-swap -1 --dns-option ndots:1 --security-opt \
        systempaths=unconfined --expose 9000 --cpu-shares 512 -v /cache --tmpfs /t:size=1m --device-cgroup-rule";
    let mut arguments = vec!["create", "--name", &name];
    arguments.extend(options.split_whitespace());
    arguments.extend(["c 1:3 mr", "busybox:lab", "sleep", "1000"]);
    let id = shipyard_model::ContainerId::new(lab::docker(1, &arguments));
    let spec = engine.inspected(&id).await.unwrap().made().unwrap().spec;
    assert!(spec.auto_remove);
    assert_eq!((spec.oom_score_adj, spec.cpu_shares), (100, 512));
    assert_eq!(spec.dns_options, ["ndots:1"]);
    assert_eq!(spec.security_opt, ["systempaths=unconfined"]);
    assert_eq!(spec.expose[0].port, 9000);
    assert_eq!(spec.device_cgroup_rules, ["c 1:3 mr"]);
    assert_eq!(
        (spec.volumes[0].target.as_str(), spec.volumes[0].mount),
        ("/cache", false)
    );
    assert_eq!(spec.tmpfs[0].size, Bytes::mib(1));
    let (anew, _) = engine.create(&spec, &format!("{name}-2"), &[]).await.unwrap();
    let read = engine.inspected(&anew).await.unwrap().made().unwrap().spec;
    assert_eq!(ContainerSpec { name, ..read }, spec);
}

#[tokio::test]
async fn options_that_cannot_be_said_are_named_by_a_real_engine_too() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = format!("{prefix}beyond");
    let mount = ["--mount", "type=bind,source=/tmp,target=/once,bind-nonrecursive"];
    let id = lab::docker(
        1,
        &[&["create", "--name", &*name], &mount[..], &["busybox:lab", "true"]].concat(),
    );
    let id = shipyard_model::ContainerId::new(id);
    let beyond = engine.inspected(&id).await.unwrap().made().unwrap_err();
    assert_eq!(beyond.options, ["Mounts"]);
}
