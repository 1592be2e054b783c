//! A container with every option set, made by somebody else, is read, removed and made anew: Docker shows it as it was.
use crate::lab::{self, Sweep};
use serde_json::{Value, json};
use shipyard_model::ContainerId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// What of `docker inspect` differs between a container and the one that is made anew from it, and why.
const DIFFERS: [(&str, &str); 9] = [
    ("/Created", "the time at which it was made"),
    ("/State/StartedAt", "the time at which it was started"),
    ("/State/Pid", "the kernel numbers its processes anew"),
    ("/State/Health", "times and results of checks, which begin anew"),
    (
        "/GraphDriver/Data",
        "layers that the storage driver made for this container alone",
    ),
    ("/NetworkSettings/SandboxID", "an id, of its network namespace"),
    ("/NetworkSettings/SandboxKey", "the same id as a path"),
    (
        "/NetworkSettings/Networks/FRONT/EndpointID",
        "an id, of its place in the network",
    ),
    (
        "/NetworkSettings/Networks/BACK/EndpointID",
        "an id, of its place in the network",
    ),
];

/// Networks and volumes of a test, removed when dropped; containers have to be gone by then.
struct Things(String);

impl Drop for Things {
    fn drop(&mut self) {
        let host = format!("unix://{}", lab::socket(1).display());
        for kind in ["network", "volume"] {
            for name in ["front", "back", "data", "memory"] {
                let _ = std::process::Command::new("docker")
                    .args(["-H", &host, kind, "rm", &format!("{}{name}", self.0)])
                    .output();
            }
        }
    }
}

/// Sends a body as it is, past every client that would know its fields.
async fn post(path: &str, body: &Value) -> Value {
    let mut socket = UnixStream::connect(lab::socket(1)).await.unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{path}: {answer}");
    let (_, told) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(told).unwrap_or_default()
}

/// Every option that dockerd 20.10 takes and the lab's machine has what it takes for.
fn every_option(prefix: &str) -> Value {
    let front = format!("{prefix}front");
    json!({
        "Image": "busybox:lab", "Entrypoint": ["sh"], "Cmd": ["-c", "exec sleep 1000"], "Env": ["GREETING=a=b c", "EMPTY="],
        "User": "1000:1000", "WorkingDir": "/tmp", "Hostname": "inside", "Domainname": "example.org", "Tty": true,
        "OpenStdin": true, "StdinOnce": true, "AttachStdout": true, "AttachStderr": true, "StopSignal": "SIGINT", "StopTimeout": 1,
        "MacAddress": "02:42:0a:e7:01:63", "ExposedPorts": { "80/tcp": {}, "53/udp": {}, "9000/udp": {} },
        "Labels": { "team": "web", "com.docker.compose.project": "shop", "shipyard.note": "kept" },
        "Healthcheck": {
            "Test": ["CMD", "true"], "Interval": 3_600_000_000_000_u64, "Timeout": 1_000_000_000, "StartPeriod": 1_500_000_000,
            "Retries": 4,
        },
        "HostConfig": host_options(prefix),
        "NetworkingConfig": { "EndpointsConfig": { front: {
            "IPAMConfig": { "IPv4Address": "10.231.1.99", "LinkLocalIPs": ["169.254.34.68"] }, "Aliases": ["shop", "web"],
            "DriverOpts": { "com.example.note": "x" },
        } } },
    })
}

/// Those of its host, in two halves that the macro can take.
fn host_options(prefix: &str) -> Value {
    let (front, other) = (format!("{prefix}front"), format!("{prefix}other"));
    let mut all = json!({
        "Binds": [format!("{prefix}data:/data:nocopy,ro"), "/usr/share:/host:rprivate,ro"],
        "Mounts": [
            { "Type": "volume", "Source": format!("{prefix}memory"), "Target": "/memory", "VolumeOptions": {
                "NoCopy": true, "Labels": { "team": "web" },
                "DriverConfig": { "Name": "local", "Options": { "type": "tmpfs", "device": "tmpfs", "o": "size=1m" } },
            } },
            { "Type": "bind", "Source": "/usr/share", "Target": "/once", "ReadOnly": true,
              "BindOptions": { "Propagation": "private", "NonRecursive": true } },
            { "Type": "tmpfs", "Target": "/m", "TmpfsOptions": { "SizeBytes": 1_048_576, "Mode": 448 } },
        ],
        "Tmpfs": { "/t": "mode=700,size=1m,uid=1000", "/u": "" }, "VolumesFrom": [format!("{other}:ro")],
        "NetworkMode": front, "PortBindings": {
            "80/tcp": [{ "HostIp": "127.0.0.1", "HostPort": "18499" }], "53/udp": [{ "HostIp": "", "HostPort": "18498" }],
        },
        "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 3 }, "CapAdd": ["NET_RAW"], "CapDrop": ["CHOWN"],
        "CgroupnsMode": "private", "Dns": ["10.0.0.2"], "DnsOptions": ["ndots:2"], "DnsSearch": ["example.org"],
        "ExtraHosts": ["db:10.0.0.1"], "GroupAdd": ["10"], "IpcMode": "shareable", "OomScoreAdj": 100,
    });
    let more = json!({
        "ReadonlyRootfs": true, "SecurityOpt": ["no-new-privileges"], "MaskedPaths": [], "ReadonlyPaths": [],
        "Sysctls": { "net.core.somaxconn": "1024" }, "ShmSize": 2_097_152, "Init": true, "CpuShares": 512, "CpuPeriod": 50_000,
        "CpuQuota": 25_000, "CpusetCpus": "0", "CpusetMems": "0", "Memory": 33_554_432, "MemoryReservation": 16_777_216,
        "MemorySwap": 50_331_648, "PidsLimit": 100,
        "Ulimits": [{ "Name": "nofile", "Soft": 1024, "Hard": 4096 }], "DeviceCgroupRules": ["c 1:3 mr"],
        "Devices": [{ "PathOnHost": "/dev/null", "PathInContainer": "/dev/nothing", "CgroupPermissions": "r" }],
        "LogConfig": { "Type": "local", "Config": { "max-size": "1m" } }, "ConsoleSize": [30, 100],
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// What Docker shows of a container, without ids and times.
fn shown(prefix: &str, id: &str) -> Value {
    let text = lab::docker(1, &["inspect", id]);
    // Paths, and names in networks, are made of the id.
    let text = text.replace(id, "ID").replace(&id[..12], "SHORT");
    let mut shown = serde_json::from_str::<Value>(&text).unwrap()[0].take();
    for (place, _) in DIFFERS {
        let place = place
            .replace("FRONT", &format!("{prefix}front"))
            .replace("BACK", &format!("{prefix}back"));
        let (parent, name) = place.rsplit_once('/').unwrap();
        if let Some(parent) = shown.pointer_mut(parent).and_then(Value::as_object_mut) {
            assert!(parent.remove(name).is_some(), "{place} is there");
        }
    }
    // Docker shows them in any order.
    let mounts = shown["Mounts"].as_array_mut().unwrap();
    mounts.sort_by_key(|mount| mount["Destination"].to_string());
    let networks = shown["NetworkSettings"]["Networks"].as_object_mut().unwrap();
    for network in networks.values_mut() {
        let aliases = network["Aliases"].as_array_mut().unwrap();
        aliases.sort_by_key(ToString::to_string);
    }
    shown
}

#[tokio::test]
async fn a_container_with_every_option_is_made_anew_as_it_was() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _things = Things(prefix.clone());
    let _sweep = Sweep(1, prefix.clone());
    for (name, subnet) in [("front", "10.231.1.0/24"), ("back", "10.231.2.0/24")] {
        lab::docker(
            1,
            &["network", "create", "--subnet", subnet, &format!("{prefix}{name}")],
        );
    }
    let other = format!("{prefix}other");
    lab::docker(1, &["create", "--name", &other, "-v", "/shared", "busybox:lab", "true"]);
    let name = format!("{prefix}all");
    let made = post(&format!("/containers/create?name={name}"), &every_option(&prefix)).await;
    let id = ContainerId::new(made["Id"].as_str().unwrap().to_owned());
    let join = json!({ "Container": id.as_str(), "EndpointConfig": {
        "IPAMConfig": { "IPv4Address": "10.231.2.99" }, "Aliases": ["shop"],
    } });
    post(&format!("/networks/{prefix}back/connect"), &join).await;
    engine.start(&id).await.unwrap();
    let before = shown(&prefix, id.as_str());

    let inspected = engine.inspected(&id).await.unwrap();
    let beyond = inspected.made().unwrap_err();
    assert_eq!(beyond.options, ["Mounts"], "one bind of them is not recursive");
    let read = inspected.whole().unwrap();
    engine.remove(&id, true).await.unwrap();
    let (anew, _) = engine
        .create_like(&read.spec, &read.kept, &name, &read.kept_labels)
        .await
        .unwrap();
    engine.start(&anew).await.unwrap();
    let after = shown(&prefix, anew.as_str());
    for field in before.as_object().unwrap().keys() {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after, before);
    // Read once more, it is the same.
    assert_eq!(engine.inspected(&anew).await.unwrap().whole().unwrap(), read);
    engine.remove(&anew, true).await.unwrap();
}

/// Where Docker will not have it join a network there is no container either.
#[tokio::test]
async fn what_cannot_join_its_networks_is_not_made() {
    let engine = lab::open(1).await;
    let prefix = lab::prefix();
    let _sweep = Sweep(1, prefix.clone());
    let name = format!("{prefix}lost");
    let mut spec = crate::calls::shell("exec sleep 1000");
    spec.networks = vec![shipyard_model::deploy::NetworkSpec {
        // Which a container has alone.
        name: "host".to_owned(),
        ..Default::default()
    }];
    let refused = engine.create(&spec, &name, &[]).await.unwrap_err();
    assert!(refused.to_string().contains("host network"), "{refused}");
    let left = lab::docker(1, &["ps", "-aq", "--filter", &format!("name={name}")]);
    assert_eq!(left, "");
}
