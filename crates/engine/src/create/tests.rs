//! Our specification in Docker's words.
use super::{Age, Order};
use bollard::ClientVersion;
use serde_json::{Value, json};
use shipyard_model::deploy::{
    BlockDeviceSpec, ContainerSpec, DeviceRequestSpec, DeviceSpec, EndpointSpec, ExposedPort, HealthcheckSpec, LogSpec,
    NetworkSpec, PortSpec, Propagation, Relabel, RestartPolicy, Swap, TmpfsSpec, UlimitSpec, VolumeSpec,
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

/// What daemons of 1.41 are asked for.
pub(crate) fn order(spec: &ContainerSpec, labels: &[(String, String)]) -> Order {
    Order::of(spec, labels, age(41))
}

pub(crate) fn age(minor_version: usize) -> Age {
    Age::of(&ClientVersion {
        major_version: 1,
        minor_version,
    })
}

fn sent(spec: &ContainerSpec, labels: &[(String, String)]) -> Value {
    Value::Object(order(spec, labels).body)
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
        stdin_once: true,
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
        auto_remove: true,
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
        expose: vec![ExposedPort {
            port: 9000,
            protocol: Protocol::Udp,
        }],
        network: text("front"),
        endpoint: EndpointSpec {
            aliases: texts(&["shop"]),
            ipv4: text("10.1.0.5"),
            ipv6: text("fd00::5"),
            link_local: texts(&["169.254.34.68"]),
            mac: text("02:42:0a:01:00:05"),
            options: vec![pair("a", "b")],
            gateway_priority: 1,
        },
        networks: vec![NetworkSpec {
            name: text("back"),
            endpoint: EndpointSpec {
                aliases: texts(&["shop"]),
                ..EndpointSpec::default()
            },
        }],
        extra_hosts: vec![pair("db", "10.0.0.1")],
        dns: texts(&["10.0.0.2"]),
        dns_search: texts(&["example.org"]),
        dns_options: texts(&["ndots:2"]),
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
            VolumeSpec {
                target: text("/nfs"),
                source: text("shares"),
                mount: true,
                no_copy: true,
                driver: text("local"),
                driver_options: vec![pair("type", "nfs")],
                labels: vec![pair("team", "web")],
                ..VolumeSpec::default()
            },
        ],
        volume_driver: text("local"),
        volumes_from: texts(&["other:ro"]),
        tmpfs: vec![TmpfsSpec {
            target: text("/tmp"),
            size: Bytes::mib(1),
            mode: Some(0o700),
            exec: false,
            ..TmpfsSpec::default()
        }],
        read_only: true,
        storage_opt: vec![pair("size", "1G")],
        cpus: Cpus::from_nanos(500_000_000),
        cpuset_cpus: text("0-1"),
        cpuset_mems: text("0"),
        cpu_shares: 512,
        cpu_period: 50_000,
        cpu_quota: 25_000,
        memory: Bytes::mib(64),
        memory_reservation: Bytes::mib(32),
        memory_swap: Swap::Total(Bytes::mib(96)),
        memory_swappiness: Some(10),
        oom_kill_disable: true,
        oom_score_adj: 100,
        shm_size: Bytes::mib(2),
        pids_limit: 100,
        ulimits: vec![UlimitSpec {
            name: text("nofile"),
            soft: 1024,
            hard: -1,
        }],
        blkio_weight: 300,
        blkio_devices: vec![BlockDeviceSpec {
            path: text("/dev/sda"),
            weight: 200,
            read_bps: Bytes::mib(1),
            write_bps: Bytes::mib(2),
            read_iops: 3,
            write_iops: 4,
        }],
        privileged: true,
        cap_add: texts(&["NET_ADMIN"]),
        cap_drop: texts(&["ALL"]),
        security_opt: texts(&["no-new-privileges:true", "systempaths=unconfined"]),
        devices: vec![DeviceSpec {
            host: text("/dev/fuse"),
            ..DeviceSpec::default()
        }],
        device_requests: vec![DeviceRequestSpec {
            driver: text("nvidia"),
            count: -1,
            ids: Vec::new(),
            capabilities: vec![texts(&["gpu"])],
            options: vec![pair("a", "b")],
        }],
        device_cgroup_rules: texts(&["c 1:3 mr"]),
        sysctls: vec![pair("net.core.somaxconn", "1024")],
        pid_mode: text("host"),
        ipc_mode: text("private"),
        uts_mode: text("host"),
        userns_mode: text("host"),
        cgroupns_mode: text("private"),
        cgroup_parent: text("/lab"),
        runtime: text("runc"),
        logging: LogSpec {
            driver: text("local"),
            options: vec![pair("max-size", "1m")],
        },
        labels: vec![pair("k", "theirs"), pair("l", "w")],
        annotations: vec![pair("note", "x")],
    }
}

#[test]
fn a_specification_becomes_dockers_body() {
    let made = sent(&everything(), &[pair("k", "ours")]);
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
    assert_eq!(made["Volumes"], json!({ "/cache": {} }));
    assert_eq!(
        host["Mounts"],
        json!([{ "Type": "volume", "Source": "shares", "Target": "/nfs", "VolumeOptions": {
            "NoCopy": true, "Labels": { "team": "web" }, "DriverConfig": { "Name": "local", "Options": { "type": "nfs" } },
        } }])
    );
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
    assert_eq!(made["ExposedPorts"], json!({ "80/tcp": {}, "9000/udp": {} }));
    assert_eq!(host["MemorySwap"], 96 * 1024 * 1024);
    assert_eq!(host["BlkioDeviceWriteIOps"], json!([{ "Path": "/dev/sda", "Rate": 4 }]));
    assert_eq!(
        host["BlkioWeightDevice"],
        json!([{ "Path": "/dev/sda", "Weight": 200 }])
    );
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges:true"]));
    assert_eq!((&host["MaskedPaths"], &host["ReadonlyPaths"]), (&json!([]), &json!([])));
    assert_eq!(host["DeviceRequests"][0]["Count"], -1);
}

/// Until 1.43 the container has the address, from then on what it is in its network.
#[test]
fn networks_are_joined_as_the_daemon_takes_it() {
    let (old, new) = (order(&everything(), &[]), Order::of(&everything(), &[], age(44)));
    let front = |order: &Order| order.body["NetworkingConfig"]["EndpointsConfig"]["front"].clone();
    let mut endpoint = json!({
        "IPAMConfig": { "IPv4Address": "10.1.0.5", "IPv6Address": "fd00::5", "LinkLocalIPs": ["169.254.34.68"] },
        "Aliases": ["shop"], "DriverOpts": { "a": "b" }, "GwPriority": 1,
    });
    assert_eq!(
        (&front(&old), &old.body["MacAddress"]),
        (&endpoint, &"02:42:0a:01:00:05".into())
    );
    endpoint["MacAddress"] = "02:42:0a:01:00:05".into();
    assert_eq!((&front(&new), new.body.get("MacAddress")), (&endpoint, None));
    let (name, back) = &old.networks[0];
    assert_eq!((name.as_str(), &back["Aliases"]), ("back", &json!(["shop"])));
}

#[test]
fn what_is_mounted_is_said_in_the_shortest_way() {
    let path = |change: fn(&mut VolumeSpec)| {
        let mut volume = VolumeSpec {
            source: text("/a"),
            target: text("/b"),
            ..VolumeSpec::default()
        };
        change(&mut volume);
        let spec = ContainerSpec {
            volumes: vec![volume],
            ..ContainerSpec::default()
        };
        sent(&spec, &[])["HostConfig"].clone()
    };
    let shared = path(|it| (it.relabel, it.propagation) = (Relabel::Shared, Propagation::RShared));
    assert_eq!(shared["Binds"], json!(["/a:/b:z,rshared"]));
    let mounted = path(|it| (it.mount, it.propagation) = (true, Propagation::RSlave));
    assert_eq!(
        mounted["Mounts"],
        json!([{ "Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": { "Propagation": "rslave" } }])
    );
    let memory = ContainerSpec {
        tmpfs: vec![
            TmpfsSpec {
                target: text("/t"),
                mount: true,
                mode: Some(0o700),
                ..TmpfsSpec::default()
            },
            TmpfsSpec {
                target: text("/u"),
                options: texts(&["uid=5"]),
                ..TmpfsSpec::default()
            },
        ],
        ..ContainerSpec::default()
    };
    let host = &sent(&memory, &[])["HostConfig"];
    assert_eq!(
        host["Mounts"],
        json!([{ "Type": "tmpfs", "Target": "/t", "TmpfsOptions": { "Mode": 0o700 } }])
    );
    assert_eq!(host["Tmpfs"], json!({ "/u": "rw,nosuid,nodev,noexec,uid=5" }));
}

#[test]
fn what_is_left_out_is_not_sent() {
    let spec = ContainerSpec {
        image: text("web:lab"),
        ..ContainerSpec::default()
    };
    let made = sent(&spec, &[]);
    let expected = json!({
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
    let made = sent(&spec, &[]);
    let host = &made["HostConfig"];
    assert_eq!(host["NetworkMode"], "front");
    assert_eq!(host["Binds"], json!(["data:/data"]));
    assert_eq!(made["Volumes"], json!({ "/cache": {} }));
}
