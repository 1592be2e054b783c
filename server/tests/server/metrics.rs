//! What monitoring reads: figures of what its account may see, in the format that Prometheus reads.
use crate::lab::draft;
use crate::people::{grant, invited, machine, pool};
use crate::support::{Client, Yard, signed_in};
use serde_json::json;
use std::time::Duration;

/// The text of `/metrics` once it has a line.
async fn metrics(client: &mut Client, line: &str) -> String {
    for _ in 0..400 {
        let answer = client.get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let media = answer.headers["content-type"].to_str().unwrap();
        assert!(media.starts_with("application/openmetrics-text"), "{media}");
        if answer.text.lines().any(|one| one.starts_with(line)) {
            return answer.text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no line begins with {line}");
}

#[tokio::test]
async fn monitoring_sees_what_its_account_sees() {
    let server = Yard::new().start();
    assert_eq!(server.client().get("/metrics").await.status, 401);
    let mut admin = signed_in(&server).await;
    for (node, name, labels) in [(1, "node1", "zone=a"), (3, "node3", "zone=b")] {
        let mut draft = draft(node, name);
        draft["labels"] = json!(labels);
        let added = admin.call("engine_add", &json!({ "draft": draft })).await;
        assert_eq!(added.status, 200, "{}", added.text);
    }
    pool(&mut admin, "here", "zone", "a").await;

    let mut prometheus = machine(&server, &mut admin, &[grant("observer", None)]).await;
    metrics(&mut prometheus, "shipyard_engine_up{engine=\"node1\"} 1").await;
    let text = metrics(&mut prometheus, "shipyard_engine_up{engine=\"node3\"} 1").await;
    for line in [
        "# TYPE shipyard_engine_memory_bytes gauge",
        "# UNIT shipyard_engine_memory_bytes bytes",
        "shipyard_engine_response_seconds{engine=\"node1\"} ",
        "shipyard_engine_cpus{engine=\"node3\"} ",
        "shipyard_engine_certificate_end_timestamp_seconds{engine=\"node1\",side=\"server\"} ",
        "shipyard_operations 0",
        "shipyard_sign_ins_waiting 0",
        "shipyard_sockets 0",
        "shipyard_http_request_duration_seconds_bucket{le=\"0.001\",method=\"POST\",route=\"/api/fn/{*name}\",status=\"200\"} ",
        "process_resident_memory_bytes ",
        "process_open_fds ",
        "process_cpu_seconds_total ",
        "process_start_time_seconds ",
        "shipyard_engine_call_duration_seconds_bucket{le=\"0.001\",result=\"answered\"} ",
        "shipyard_engine_call_duration_seconds_count{result=\"failed\"} ",
        "shipyard_fleet_reports_waiting ",
        "shipyard_hook_backlog 0",
    ] {
        assert!(text.lines().any(|one| one.starts_with(line)), "{line} in {text}");
    }
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(text.ends_with("# EOF\n"), "{text}");

    // Of a pool's engines alone: neither the others nor the process.
    let mut viewer = invited(&server, &mut admin, "viewer", &[grant("viewer", Some("here"))]).await;
    let text = metrics(&mut viewer, "shipyard_engine_up{engine=\"node1\"} 1").await;
    for other in [
        "node3",
        "process_",
        "http_request",
        "sign_ins",
        "sockets",
        "call_duration",
        "waiting",
        "backlog",
    ] {
        assert!(!text.contains(other), "{other} in {text}");
    }
    let mut nobody = invited(&server, &mut admin, "nothing", &[]).await;
    assert_eq!(nobody.get("/metrics").await.status, 403);
}
