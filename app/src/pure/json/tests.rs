//! Everything that the server ever sends, read as serde_json would read it; and what it never sends, borne.
use super::*;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use shipyard_model::access::{AccessPage, OwnPage, ShownOnce};
use shipyard_model::change::{ChangePlan, Editable, HistoryRow};
use shipyard_model::deploy::{ContainerSpec, Plan};
use shipyard_model::detail::ContainerDetail;
use shipyard_model::engine::EngineProbe;
use shipyard_model::live::{ToBrowser, View};
use shipyard_model::node::{Finding, NodePrepared, NodeRemoved, NodeRenewed, NodeRow, NodeState};
use shipyard_model::operation::Operation;
use shipyard_model::roll::ScalePlan;
use shipyard_model::stream::{LogMessage, StatsMessage};
use shipyard_model::usage::UsageHistory;
use shipyard_model::{Engine, Problem, Session};

fn problem() -> Value {
    json!({ "code": "engine.tls", "status": 502, "detail": "é \"\u{2028}", "hint": "", "field": null, "args": { "a": "b", "c": "" } })
}

fn row() -> Value {
    json!({
        "at": { "engine": "e1", "id": "0123456789abcdef" }, "engine": "node1", "host": "1.1.1.1", "name": "web", "image": "busybox",
        "state": "running", "health": "healthy", "exit_code": -1, "stack": null,
        "ports": [{ "host_ip": "", "host": 80, "container": 65535, "protocol": "udp" }], "created": 1_700_000_000_000_i64,
        "usage": { "cpu_percent": 12.5, "memory": 9_007_199_254_740_993_u64, "memory_limit": 2 }, "stale_since": null,
        "reserved": { "cpus": 500_000_000, "memory": 0 },
    })
}

fn engine() -> Value {
    json!({
        "id": "e1", "name": "node1", "address": "https://[::1]:2376", "labels": { "zone": "a", "ssd": "" }, "cpus_override": 1,
        "memory_override": null, "daemon_id": "", "drained": true, "certificate_ends": 5, "added": -5,
    })
}

fn engine_row(health: &Value) -> Value {
    let capacity = json!({ "cpus": 1, "memory": 2 });
    json!({
        "engine": engine(), "health": health, "last_seen": 1, "version": "27", "os": "", "architecture": "", "response_us": 900,
        "capacity": capacity, "reserved": capacity, "running": 1, "containers": 2, "server_certificate_ends": null,
    })
}

fn down() -> Value {
    json!({ "down": { "since": 1, "why": problem(), "retry_at": 2 } })
}

fn counts() -> Value {
    json!({ "all": 1, "running": 2, "stopped": 3, "paused": 4, "unhealthy": 5, "engines": 7, "engines_down": 6, "stacks": true, "labels": false })
}

fn operation() -> Value {
    let target = |state: Value| {
        let layer = json!({ "id": "a", "status": "Downloading", "current": 1, "total": 2 });
        json!({ "name": "web-1", "engine": "node1", "container": { "engine": "e", "id": "c" }, "state": state, "recovered": "put-back", "layers": [layer] })
    };
    let targets = [
        json!("waiting"),
        json!({ "working": { "step": "pull" } }),
        json!({ "working": { "step": "watch" } }),
        json!("done"),
        json!({ "failed": { "why": problem() } }),
        json!("cancelled"),
        json!("undone"),
    ];
    json!({
        "id": "o1", "what": { "deploy": { "image": "i", "name": "n" } }, "actor": "admin", "started": 1, "finished": null,
        "cancelled": false, "targets": targets.map(target),
    })
}

fn fleet() -> Value {
    let figures = json!({
        "engines": 1, "engines_up": 1, "containers": 1, "running": 1, "stopped": 0, "unhealthy": 0, "cpus": 1, "cpus_used": null,
        "cpus_reserved": 1, "memory": 1, "memory_used": 3, "memory_reserved": 1,
    });
    let bay = json!({
        "id": "e1", "health": "up", "last_seen": null, "response_us": 1, "cpu_percent": 0.1, "drained": false, "cpu_reserved_percent": 3.0,
        "memory_percent": null, "memory_reserved_percent": 1e-7, "labels": ["zone=a"],
    });
    let yard_box = json!({ "engine": "node1", "name": "web", "state": "exited", "look": "idle" });
    let at = json!({ "engine": "e", "id": "c" });
    let happening = json!({ "at": 1, "actor": null, "what": "die", "subject": "web", "engine": "node1", "look": "bad", "exit_code": 137 });
    json!({
        "figures": figures,
        "bays": [{ "title": "node1", "engine": bay, "boxes": [yard_box], "more": 1 }, { "title": "", "engine": null, "boxes": [], "more": 0 }],
        "more_bays": 2,
        "attention": [
            { "engine-down": { "id": "e", "engine": "node1", "since": 1, "why": problem(), "retry_at": 2 } },
            { "unhealthy": { "at": at, "name": "web", "engine": "node1" } },
            { "certificate-ends": { "engine": "node1", "server": true, "ends": 3 } },
            { "plain-engine": { "engine": "node1" } },
        ],
        "recent": [happening],
    })
}

fn plan() -> Value {
    let capacity = json!({ "cpus": 1, "memory": 2 });
    let verdict = |skipped: Value| {
        json!({
            "engine": "e", "name": "node1", "labels": ["ssd"], "capacity": capacity, "reserved_before": capacity,
            "reserved_after": capacity, "copies": ["web-1"], "skipped": skipped,
        })
    };
    let verdicts = [
        Value::Null,
        json!("connecting"),
        json!({ "unreachable": { "detail": "gone" } }),
        json!({ "cpus": { "free": 1, "of": 2 } }),
        json!({ "port": { "port": 80, "by": "web" } }),
    ];
    json!({
        "copies": [{ "name": "web-1", "engine": "e", "engine_name": "node1" }],
        "engines": verdicts.map(verdict),
        "problems": [problem()], "profile": "restricted", "added": ["--cap-drop ALL"],
    })
}

fn views() -> Vec<Value> {
    let window = json!({ "matching": 1, "offset": 2, "counts": counts(), "rows": [row()] });
    vec![
        json!({ "frame": { "containers": 1, "engines": 2, "engines_up": 3, "operations": 4 } }),
        json!({ "fleet": fleet() }),
        json!({ "containers": window }),
        json!({ "facet": { "values": [["a", 1], ["b", 0]], "more": 2, "all": 3 } }),
        json!({ "container": row() }),
        json!({ "container": null }),
        json!({ "engines": [engine_row(&json!("up")), engine_row(&down())] }),
        json!({ "operations": [operation()] }),
        json!({ "operation": operation() }),
        json!({ "operation": null }),
    ]
}

/// Whether what serde writes of a sample is read as what it was, and whether odd forms of it are borne.
fn check<T: Serialize + DeserializeOwned + PartialEq>(sample: &Value) {
    let value: T = serde_json::from_value(sample.clone()).unwrap_or_else(|error| panic!("{error}: {sample}"));
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *sample, "all is written");
    assert!(read::<T>(&text).as_ref() == Ok(&value), "{text}");
    // What has fractions is never sent by a browser.
    if let Ok(ours) = write(&value) {
        assert_eq!(serde_json::from_str::<Value>(&ours).unwrap(), *sample, "all is written");
    }
    let odd = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!([]),
        json!([[[]]]),
        json!({}),
        json!({ "x": {} }),
    ];
    let mut paths = Vec::new();
    collect(sample, String::new(), &mut paths);
    for path in paths {
        for odd in &odd {
            let mut spoilt = sample.clone();
            *spoilt.pointer_mut(&path).unwrap() = odd.clone();
            // Refused or read, without a panic; and never read as something else than serde_json does.
            let spoilt = spoilt.to_string();
            if let (Ok(ours), Ok(theirs)) = (read::<T>(&spoilt), serde_json::from_str::<T>(&spoilt)) {
                assert!(ours == theirs, "{spoilt}");
            }
        }
    }
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Array(values) => values
            .iter()
            .enumerate()
            .for_each(|(i, value)| collect(value, format!("{path}/{i}"), paths)),
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| collect(value, format!("{path}/{key}"), paths)),
        _ => {}
    }
    paths.push(path);
}

#[test]
fn what_the_live_socket_sends_is_read() {
    check::<ToBrowser>(&json!({ "hello": { "build": "b1" } }));
    check::<ToBrowser>(&json!({ "failed": { "sub": 1, "why": problem() } }));
    let patch = |offset: Value, counts: Value, rows: Value| {
        let patch = json!({
            "matching": 1, "offset": offset, "counts": counts, "rows": rows, "order": [{ "engine": "e", "id": "c" }],
        });
        json!({ "patch": { "sub": 1, "patch": patch } })
    };
    check::<ToBrowser>(&patch(Value::Null, counts(), json!([row()])));
    check::<ToBrowser>(&patch(json!(20), Value::Null, json!([])));
    for view in views() {
        check::<ToBrowser>(&json!({ "whole": { "sub": u32::MAX, "data": view } }));
    }
}

#[test]
fn what_the_other_sockets_send_is_read() {
    check::<LogMessage>(&json!({ "lines": { "lines": [{ "at": 1, "output": "err", "text": "\u{1b}[0m" }] } }));
    check::<LogMessage>(&json!({ "lines": { "lines": [], "cursor": "1-2-3" } }));
    check::<LogMessage>(&json!({ "skipped": { "lines": 4 } }));
    check::<LogMessage>(&json!("gap"));
    check::<LogMessage>(&json!("end"));
    check::<StatsMessage>(&json!({ "failed": { "why": problem() } }));
    let sample = json!({
        "at": 1, "cpu_percent": 150.25, "memory": 1, "memory_limit": 2, "net_in": 3, "net_out": 4, "disk_read": 5, "disk_write": 6, "pids": 7,
    });
    check::<StatsMessage>(&json!({ "sample": { "sample": sample } }));
    let capacity = json!({ "cpus": 1, "memory": 2 });
    check::<StatsMessage>(&json!({ "sum": { "sum": {
        "at": 5000, "cpu_percent": 1.5, "memory": null, "counted": 1, "running": 2, "capacity": capacity,
    } } }));
    for (span, capacity) in [("hour", Value::Null), ("day", capacity)] {
        let some = json!([1.5, null]);
        check::<UsageHistory>(&json!({
            "span": span, "every": 5, "begins": 5000, "cpu_percent": some, "memory": some, "net_in": some, "net_out": some,
            "disk_read": some, "disk_write": some, "counted": [1, null], "running": [], "capacity": capacity,
        }));
    }
}

#[test]
fn what_calls_about_accounts_answer_is_read() {
    let grants = json!([
        { "role": "admin", "pool": null, "narrow": null },
        { "role": "viewer", "pool": "web", "narrow": { "stack": "shop" } },
        { "role": "viewer", "pool": "web", "narrow": { "label": { "key": "a", "value": "b" } } },
    ]);
    let token = json!({
        "id": "t", "account": "vera", "description": "wall", "grants": grants, "created": 1, "expires": 2, "used": null,
    });
    let pool = |quota: Value, profile: Value| {
        json!({
            "pool": { "name": "web", "engines": [{ "key": "zone", "value": "a" }, { "key": "ssd", "value": null }, { "key": "zone", "value": "a", "or": ["b"], "not": true }],
                "quota": quota, "profile": profile, "policy": "digest_only = true\n" },
            "engines": ["node1"], "cpus": 1, "memory": 2, "containers": 3,
        })
    };
    let account = json!({
        "name": "vera", "grants": grants, "created": 1, "disabled": false, "ready": true, "two_factor": false, "tokens": 1,
    });
    let role = json!({ "name": "r", "meaning": "m", "permissions": ["fleet-view", "grant-manage"], "built_in": false });
    let quota = |figure: Value| json!({ "cpus": figure, "memory": figure, "containers": figure });
    check::<AccessPage>(&json!({
        "accounts": [account], "roles": [role], "tokens": [token],
        "pools": [pool(quota(json!(1)), json!("baseline")), pool(quota(Value::Null), Value::Null)],
    }));
    let session = json!({ "id": "s", "since": 1, "used": 2, "from": "::1", "browser": "b", "this": true });
    let passkey = |used| json!({ "id": "k", "name": "Firefox", "site": "yard.example", "created": 1, "used": used });
    check::<OwnPage>(&json!({
        "grants": grants, "two_factor": true, "recovery_codes": 9, "passkeys": [passkey(json!(2)), passkey(Value::Null)],
        "tokens": [token], "sessions": [session],
    }));
    check::<ShownOnce>(&json!({ "text": "/join#a", "expires": 1 }));
    check::<Vec<String>>(&json!(["a-b"]));
}

#[test]
fn what_calls_about_nodes_answer_is_read() {
    let prepared = |command: Value| json!({ "name": "n", "command": command, "script": "#!/bin/sh\n", "secret": "s", "allow_from": ["10.0.0.1"], "expires": 1 });
    check::<NodePrepared>(&prepared(json!("curl")));
    check::<NodePrepared>(&prepared(Value::Null));
    for state in ["waiting", "fetched", "signed", "trying"] {
        check::<NodeState>(&json!(state));
    }
    check::<NodeState>(&json!({ "failed": { "signed": true, "why": problem() } }));
    check::<NodeState>(&json!({ "added": { "engine": "node1" } }));
    check::<Option<NodeRow>>(&json!({ "server_ends": 1, "server_asked": true }));
    check::<NodeRenewed>(&json!({ "engine": engine(), "server_asked": true }));
    for severity in ["bad", "warn", "note"] {
        let finding =
            json!({ "severity": severity, "code": "engine-open", "subject": "engine node1", "what": "w", "mend": "m" });
        check::<Vec<Finding>>(&json!([finding]));
    }
    check::<NodeRemoved>(&json!({ "script": "#!/bin/sh\n", "command": "sudo sh" }));
}

#[test]
fn what_calls_and_the_shell_answer_is_read() {
    check::<()>(&Value::Null);
    check::<Option<String>>(&json!("/var/run/docker.sock"));
    check::<Problem>(&problem());
    check::<Engine>(&engine());
    check::<Plan>(&plan());
    let field = json!({ "field": "env", "item": "A", "before": null, "after": "b", "hidden": false, "in_place": true });
    let at = json!({ "engine": "e", "id": "c" });
    let dependant = json!({ "name": "side", "at": at, "field": "network", "away_ms": 3000 });
    let change = |how: &str| {
        json!({
            "name": "web-1", "engine": "node1", "at": at, "fields": [field], "how": how, "away_ms": 13_000, "dependants": [dependant],
            "added": ["--cap-drop ALL"],
        })
    };
    let changes = ["nothing", "in-place", "recreate", "recreate-if-newer"].map(change);
    check::<ChangePlan>(&json!({ "containers": changes, "problems": [problem()] }));
    check::<Vec<HistoryRow>>(&json!([{
        "number": 3, "at": 1, "actor": "admin", "what": "change", "operation": "o1", "image": "i", "changes": [field],
    }]));
    check::<Editable>(&json!({ "at": at, "spec": ContainerSpec::default(), "hidden": true, "copies": 3 }));
    let surplus = json!({ "name": "web-2", "engine": "node2", "at": { "engine": "e", "id": "c" } });
    check::<ScalePlan>(&json!({ "now": 3, "remove": [surplus], "deploy": null, "random_ports": [] }));
    check::<ScalePlan>(&json!({ "now": 3, "remove": [], "deploy": plan(), "random_ports": [8080] }));
    check::<Operation>(&operation());
    for what in [
        json!({ "roll": { "image": "i" } }),
        json!({ "scale": { "name": "n", "copies": 3 } }),
    ] {
        let mut other = operation();
        other["what"] = what;
        check::<Operation>(&other);
    }
    check::<Session>(&json!({ "account": "admin", "role": "admin", "may": ["fleet-view", "own-account"] }));
    check::<EngineProbe>(&json!({
        "daemon_id": "d", "hostname": "h", "version": "v", "api_version": "1.41", "os": "o", "architecture": "a",
        "capacity": { "cpus": 1, "memory": 2 }, "containers": 1, "response_us": 2, "certificate_ends": 1, "server_certificate_ends": null,
    }));
    check::<ContainerDetail>(&json!({
        "row": row(), "groups": [{ "key": "general", "settings": [["a", "b"]] }], "env": [["A", null], ["B", "c"]], "raw": "{}",
    }));
    let query = json!({
        "text": "a", "states": ["running"], "engines": [], "stacks": [], "labels": ["ssd"], "sort": "cpu", "descending": true,
        "offset": 0, "limit": 50,
    });
    check::<View>(&json!({ "containers": { "query": query } }));
    check::<View>(&json!({ "fleet": { "group": "stack" } }));
    check::<View>(&json!("operations"));
}

proptest! {
    #[test]
    fn any_text_is_borne(text in r#"[\[\]{}",:0-9a-z\\ -]*"#) {
        let _ = read::<ToBrowser>(&text);
        let _ = read::<Vec<Option<(String, f64)>>>(&text);
    }
}
