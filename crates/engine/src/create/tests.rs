//! Our specification in Docker's words.
use super::body::body;
use shipyard_model::deploy::{
    ContainerSpec, DeviceSpec, HealthcheckSpec, LogSpec, PortSpec, RestartPolicy, TmpfsSpec, UlimitSpec, VolumeSpec,
};
use shipyard_model::{Bytes, Cpus, Protocol};

fn text(value: &str) -> String {
    value.to_owned()
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| text(value)).collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (text(key), text(value))
}

/// A specification in which every option is set, so that whatever can be sent is.
pub(crate) fn everything() -> ContainerSpec {
    ContainerSpec {
        image: text("web:lab"),
        name: text("web"),
        command: texts(&["sh"]),
        entrypoint: texts(&["/entry"]),
        env: vec![pair("A", "b=c")],
        user: text("1000:1000"),
        group_add: texts(&["audio"]),
        working_dir: text("/srv"),
        hostname: text("web"),
        domainname: text("example.org"),
        tty: true,
        open_stdin: true,
        init: true,
        stop_signal: text("SIGINT"),
        stop_timeout: Some(0),
        healthcheck: Some(HealthcheckSpec {
            test: texts(&["CMD", "true"]),
            interval_ms: 1_500,
            timeout_ms: 1_000,
            start_period_ms: 1,
            start_interval_ms: 2,
            retries: 4,
        }),
        restart: RestartPolicy::OnFailure(3),
        ports: vec![
            PortSpec {
                host_ip: String::new(),
                host: Some(8080),
                container: 80,
                protocol: Protocol::Tcp,
            },
            PortSpec {
                host_ip: text("127.0.0.1"),
                host: None,
                container: 80,
                protocol: Protocol::Tcp,
            },
        ],
        publish_all: true,
        network: text("front"),
        extra_hosts: vec![pair("db", "10.0.0.1")],
        dns: texts(&["10.0.0.2"]),
        dns_search: texts(&["example.org"]),
        links: vec![pair("db", "database")],
        volumes: vec![
            VolumeSpec {
                source: text("data"),
                target: text("/data"),
                read_only: true,
                ..VolumeSpec::default()
            },
            VolumeSpec {
                source: String::new(),
                target: text("/cache"),
                read_only: false,
                ..VolumeSpec::default()
            },
        ],
        volumes_from: texts(&["other:ro"]),
        tmpfs: vec![TmpfsSpec {
            target: text("/tmp"),
            size: Bytes::mib(1),
            mode: Some(0o700),
            exec: false,
            ..TmpfsSpec::default()
        }],
        read_only: true,
        cpus: Cpus::from_nanos(500_000_000),
        cpuset_cpus: text("0-1"),
        memory: Bytes::mib(64),
        shm_size: Bytes::mib(2),
        pids_limit: 100,
        ulimits: vec![UlimitSpec {
            name: text("nofile"),
            soft: 1024,
            hard: -1,
        }],
        privileged: true,
        cap_add: texts(&["NET_ADMIN"]),
        cap_drop: texts(&["ALL"]),
        security_opt: texts(&["no-new-privileges:true"]),
        devices: vec![DeviceSpec {
            host: text("/dev/fuse"),
            ..DeviceSpec::default()
        }],
        sysctls: vec![pair("net.core.somaxconn", "1024")],
        pid_mode: text("host"),
        ipc_mode: text("private"),
        uts_mode: text("host"),
        userns_mode: text("host"),
        cgroupns_mode: text("private"),
        runtime: text("runc"),
        logging: LogSpec {
            driver: text("local"),
            options: vec![pair("max-size", "1m")],
        },
        labels: vec![pair("k", "theirs"), pair("l", "w")],
    }
}

#[test]
fn a_specification_becomes_dockers_body() {
    let made = serde_json::to_value(body(&everything(), &[pair("k", "ours")])).unwrap();
    let host = &made["HostConfig"];
    assert_eq!(made["Env"][0], "A=b=c");
    assert_eq!(
        (&made["Labels"]["k"], &made["Labels"]["l"]),
        (&"ours".into(), &"w".into())
    );
    assert_eq!(made["StopTimeout"], 0);
    assert_eq!(made["Healthcheck"]["Interval"], 1_500_000_000_u64);
    assert_eq!(made["Healthcheck"]["Retries"], 4);
    assert_eq!(host["PortBindings"]["80/tcp"][0]["HostPort"], "8080");
    assert_eq!(host["PortBindings"]["80/tcp"][1]["HostIp"], "127.0.0.1");
    assert_eq!(host["Binds"][0], "data:/data:ro");
    assert_eq!(host["Mounts"][0]["Type"], "volume");
    assert_eq!(host["Tmpfs"]["/tmp"], "rw,nosuid,nodev,noexec,size=1048576,mode=700");
    assert_eq!(host["RestartPolicy"]["MaximumRetryCount"], 3);
    assert_eq!(host["NanoCpus"], 500_000_000);
    assert_eq!(host["Memory"], 67_108_864);
    assert_eq!(host["ExtraHosts"][0], "db:10.0.0.1");
    assert_eq!(host["Devices"][0]["PathInContainer"], "/dev/fuse");
    assert_eq!(host["Devices"][0]["CgroupPermissions"], "rwm");
    assert_eq!(host["Ulimits"][0]["Hard"], -1);
    assert_eq!(host["CgroupnsMode"], "private");
    assert_eq!(host["LogConfig"]["Config"]["max-size"], "1m");
}

#[test]
fn what_is_left_out_is_not_sent() {
    let spec = ContainerSpec {
        image: text("web:lab"),
        ..ContainerSpec::default()
    };
    let made = serde_json::to_value(body(&spec, &[])).unwrap();
    let expected = serde_json::json!({
        "Image": "web:lab",
        "HostConfig": { "RestartPolicy": { "Name": "no" } },
    });
    assert_eq!(made, expected);
}

#[test]
fn white_space_around_a_word_is_not_sent() {
    let spec = ContainerSpec {
        network: text(" front "),
        volumes: vec![
            VolumeSpec {
                source: text(" data"),
                target: text("/data "),
                read_only: false,
                ..VolumeSpec::default()
            },
            VolumeSpec {
                source: text(" "),
                target: text("/cache"),
                read_only: false,
                ..VolumeSpec::default()
            },
        ],
        ..ContainerSpec::default()
    };
    let host = serde_json::to_value(body(&spec, &[])).unwrap()["HostConfig"].clone();
    assert_eq!(host["NetworkMode"], "front");
    assert_eq!(host["Binds"], serde_json::json!(["data:/data"]));
    assert_eq!(host["Mounts"][0]["Target"], "/cache");
}
