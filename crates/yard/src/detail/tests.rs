//! A page shows what Docker says, hides what was not asked for, and is not led astray by anything that is sent.
use super::*;
use proptest::prelude::*;
use serde_json::json;
use shipyard_model::{ContainerId, ContainerRef, ContainerState, EngineId, EngineName, Millis};

fn row() -> ContainerRow {
    ContainerRow {
        at: ContainerRef {
            engine: EngineId::new("e"),
            id: ContainerId::new("c"),
        },
        engine: EngineName::parse("node1").unwrap(),
        host: String::new(),
        name: "web".to_owned(),
        image: "web".to_owned(),
        state: ContainerState::Running,
        health: None,
        exit_code: None,
        stack: None,
        ports: Vec::new(),
        created: Millis(0),
        usage: None,
        stale_since: None,
        reserved: shipyard_model::Capacity::default(),
    }
}

fn sample() -> Value {
    json!({
        "Id": "abc", "Image": "sha256:1", "Created": "2026-01-01T00:00:00Z", "RestartCount": 0,
        "State": {"Status": "exited", "ExitCode": 137, "StartedAt": "2026-01-01T00:00:01Z", "FinishedAt": "0001-01-01T00:00:00Z",
            "Health": {"Status": "unhealthy", "Log": [{"ExitCode": 0, "Output": "fine"}, {"ExitCode": 1, "Output": "no\n"}]}},
        "Config": {"Image": "web:1", "Cmd": ["sh", "-c", "echo 'a'"], "Tty": false,
            "Env": ["TOKEN=hunter2", "EMPTY=", "ALONE", 5], "Labels": {"b": "2", "a": ""}},
        "HostConfig": {"NanoCpus": 500_000_000, "Memory": 268_435_456, "MemorySwap": -1, "Privileged": true,
            "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
            "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
            "Ulimits": [{"Name": "nofile", "Soft": 0, "Hard": 10}],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m"}}},
        "Mounts": [{"Type": "bind", "Source": "/srv", "Destination": "/data", "RW": false, "Propagation": "rprivate"},
            {"Type": "volume", "Name": "db", "Source": "/var/lib/docker/volumes/db/_data", "Destination": "/db", "RW": true}],
        "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2", "Aliases": ["web"]}}},
        "SomethingNew": {"kept": true}
    })
}

fn setting<'d>(detail: &'d ContainerDetail, group: &str, key: &str) -> Option<&'d str> {
    let group = detail.groups.iter().find(|g| g.key == group)?;
    group
        .settings
        .iter()
        .find(|(k, _)| k == key)
        .map(|(_, value)| value.as_str())
}

#[test]
fn settings_are_in_words_that_people_know() {
    let detail = detail(row(), sample(), false);
    for (group, key, value) in [
        ("general", "command", r"sh -c 'echo '\''a'\'''"),
        ("general", "exit-code", "137"),
        ("network", "bridge", "172.17.0.2, web"),
        ("network", "80/tcp", "8080"),
        ("mounts", "/data", "/srv (bind, read-only, rprivate)"),
        ("mounts", "/db", "db (volume, read-write)"),
        ("limits", "cpus", "0.5"),
        ("limits", "memory", "256 MiB"),
        ("limits", "memory-swap", "unlimited"),
        ("limits", "ulimits", "nofile=0:10"),
        ("restart", "policy", "on-failure"),
        ("restart", "most-retries", "3"),
        ("security", "privileged", "true"),
        ("health", "last-output", "no"),
        ("health", "last-exit-code", "1"),
        ("logging", "max-size", "10m"),
        ("labels", "a", ""),
    ] {
        assert_eq!(setting(&detail, group, key), Some(value), "{group} {key}");
    }
    for (group, key) in [
        ("general", "finished"),
        ("general", "terminal"),
        ("general", "restart-count"),
    ] {
        assert_eq!(setting(&detail, group, key), None, "{group} {key}");
    }
    assert!(detail.raw.contains("SomethingNew"));
}

#[test]
fn no_value_of_the_environment_is_told_unasked() {
    let hidden = detail(row(), sample(), false);
    assert!(!serde_json::to_string(&hidden).unwrap().contains("hunter2"));
    assert!(hidden.raw.contains("TOKEN=••••••"));
    assert_eq!(hidden.env[0], ("TOKEN".to_owned(), None));
    let shown = detail(row(), sample(), true);
    assert_eq!(shown.env[0], ("TOKEN".to_owned(), Some("hunter2".to_owned())));
    assert!(shown.raw.contains("TOKEN=hunter2"));
}

#[test]
fn nothing_at_all_is_shown_as_nothing() {
    for odd in [
        json!(null),
        json!([]),
        json!({"Config": 5, "Mounts": {"a": 1}, "State": []}),
    ] {
        detail(row(), odd, false);
    }
    assert!(detail(row(), json!({}), false).groups.is_empty());
}

proptest! {
    #[test]
    fn an_environment_of_any_text_stays_hidden(key in "[A-Z]{1,4}", value in "[a-z0-9=]{12,20}") {
        let inspect = json!({"Config": {"Env": [format!("{key}={value}")]}});
        prop_assert!(!detail(row(), inspect, false).raw.contains(&value));
    }
}
