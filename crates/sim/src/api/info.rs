//! What an engine says of itself.
use super::images;
use crate::answer::{Answer, empty, of_json, ok, whole};
use crate::clock;
use crate::container::State;
use crate::filters::Filters;
use crate::serve::Call;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

pub(super) fn ping(call: &Call) -> Answer {
    let mut answer = if call.request.method() == Method::HEAD {
        empty(StatusCode::OK)
    } else {
        Response::new(whole("OK"))
    };
    let headers = answer.headers_mut();
    let text = |text: &'static str| HeaderValue::from_static(text);
    headers.insert(CONTENT_TYPE, text("text/plain; charset=utf-8"));
    headers.insert(
        HeaderName::from_static("cache-control"),
        text("no-cache, no-store, must-revalidate"),
    );
    headers.insert(HeaderName::from_static("pragma"), text("no-cache"));
    if call.engine.with(|daemon| daemon.version.at_least(42)) {
        headers.insert(HeaderName::from_static("swarm"), text("inactive"));
        headers.insert(HeaderName::from_static("builder-version"), text("2"));
    }
    answer
}

const KERNEL: &str = "6.1.0-26-amd64";
const BUILT: &str = "2024-09-05T11:21:36.000000000+00:00";

pub(super) fn version(call: &Call) -> Answer {
    let version = call.engine.with(|daemon| daemon.version);
    let (api, oldest, release) = (version.text(), version.oldest().text(), version.release());
    ok(&json!({
        "Platform": {"Name": ""},
        "Components": [
            {"Name": "Engine", "Version": release, "Details": {
                "ApiVersion": api, "Arch": "amd64", "BuildTime": BUILT, "Experimental": "false", "GitCommit": "5d6db84",
                "GoVersion": "go1.19.8", "KernelVersion": KERNEL, "MinAPIVersion": oldest, "Os": "linux"}},
            {"Name": "containerd", "Version": "1.6.20~ds1", "Details": {"GitCommit": "1.6.20~ds1-1+deb12u3"}},
            {"Name": "runc", "Version": "1.1.5+ds1", "Details": {"GitCommit": "1.1.5+ds1-1+deb12u1"}},
            {"Name": "docker-init", "Version": "0.19.0", "Details": {"GitCommit": ""}},
        ],
        "Version": release, "ApiVersion": api, "MinAPIVersion": oldest, "GitCommit": "5d6db84", "GoVersion": "go1.19.8",
        "Os": "linux", "Arch": "amd64", "KernelVersion": KERNEL, "BuildTime": BUILT,
    }))
}

/// What does not depend on the engine, as dockerd 20.10 says it.
const INFO: &str = r#"{"Driver":"overlay2","DriverStatus":[["Backing Filesystem","extfs"],["Supports d_type","true"],
["Native Overlay Diff","true"],["userxattr","false"]],"Plugins":{"Volume":["local"],"Network":["bridge","host","ipvlan",
"macvlan","null","overlay"],"Authorization":null,"Log":["awslogs","fluentd","gcplogs","gelf","journald","json-file","local",
"logentries","splunk","syslog"]},"MemoryLimit":true,"SwapLimit":true,"KernelMemory":true,"KernelMemoryTCP":true,
"CpuCfsPeriod":true,"CpuCfsQuota":true,"CPUShares":true,"CPUSet":true,"PidsLimit":true,"IPv4Forwarding":true,
"BridgeNfIptables":true,"BridgeNfIp6tables":true,"Debug":false,"NFd":27,"OomKillDisable":true,"NGoroutines":40,
"LoggingDriver":"json-file","CgroupDriver":"cgroupfs","CgroupVersion":"1",
"OperatingSystem":"Debian GNU/Linux 12 (bookworm)","OSVersion":"12","OSType":"linux","Architecture":"x86_64",
"IndexServerAddress":"https://index.docker.io/v1/","RegistryConfig":{"AllowNondistributableArtifactsCIDRs":[],
"AllowNondistributableArtifactsHostnames":[],"InsecureRegistryCIDRs":["127.0.0.0/8"],"IndexConfigs":{"docker.io":
{"Name":"docker.io","Mirrors":[],"Secure":true,"Official":true}},"Mirrors":[]},"GenericResources":null,
"DockerRootDir":"/var/lib/docker","HttpProxy":"","HttpsProxy":"","NoProxy":"","ExperimentalBuild":false,
"Runtimes":{"io.containerd.runc.v2":{"path":"runc"},"io.containerd.runtime.v1.linux":{"path":"runc"},"runc":{"path":"runc"}},
"DefaultRuntime":"runc","Swarm":{"NodeID":"","NodeAddr":"","LocalNodeState":"inactive","ControlAvailable":false,"Error":"",
"RemoteManagers":null},"LiveRestoreEnabled":true,"Isolation":"","InitBinary":"docker-init",
"ContainerdCommit":{"ID":"1.6.20~ds1-1+deb12u3","Expected":"1.6.20~ds1-1+deb12u3"},
"RuncCommit":{"ID":"1.1.5+ds1-1+deb12u1","Expected":"1.1.5+ds1-1+deb12u1"},"InitCommit":{"ID":"","Expected":""},
"SecurityOptions":["name=seccomp,profile=default"],"Warnings":null}"#;

pub(super) fn info(call: &Call) -> Answer {
    // A constant of ours: it is JSON.
    let mut info: Value = serde_json::from_str(INFO).unwrap_or_default();
    call.engine.with(|daemon| {
        let running = daemon.count(State::Running);
        let paused = daemon.count(State::Paused);
        let all = daemon.containers.len();
        let (cpus, memory) = daemon.size();
        let zone = format!("zone={}", daemon.engine % 3);
        for (key, value) in [
            ("ID", json!(daemon.id)),
            ("Name", json!(daemon.name)),
            ("Containers", json!(all)),
            ("ContainersRunning", json!(running)),
            ("ContainersPaused", json!(paused)),
            ("ContainersStopped", json!(all - running - paused)),
            ("Images", json!(daemon.images().count())),
            ("SystemTime", json!(clock::moment(daemon.now()))),
            ("NEventsListener", json!(daemon.feed.listeners())),
            ("KernelVersion", json!(KERNEL)),
            ("NCPU", json!(cpus)),
            ("MemTotal", json!(memory)),
            ("Labels", json!([zone, "simulated=true"])),
            ("ServerVersion", json!(daemon.version.release())),
        ] {
            if let Some(place) = info.as_object_mut() {
                place.insert(key.to_owned(), value);
            }
        }
    });
    ok(&info)
}

pub(super) fn disk_usage(call: &Call) -> Answer {
    let (images, volumes) = (images::all(call, true), super::networks::all_volumes(call, true));
    let containers = call
        .engine
        .with(|daemon| daemon.list(true, &Filters::default(), None, true));
    let text = |value: &Value| serde_json::to_string(value).unwrap_or_default();
    let containers = String::from_utf8_lossy(&containers);
    let size: i64 = images
        .iter()
        .filter_map(|i| i.get("Size").and_then(Value::as_i64))
        .sum();
    of_json(
        StatusCode::OK,
        format!(
            r#"{{"LayersSize":{size},"Images":{},"Containers":{},"Volumes":{},"BuildCache":null,"BuilderSize":0}}{}"#,
            text(&json!(images)),
            containers.trim_end(),
            text(&json!(volumes)),
            '\n'
        ),
    )
}
