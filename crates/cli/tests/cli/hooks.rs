//! Hooks from the first to the last command, with a receiver that takes what is sent.
use crate::support::{Person, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Takes requests on this machine and answers each with the next of these statuses, then with 204.
fn receiver(statuses: &'static [u16]) -> (String, Receiver<(String, serde_json::Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let (sender, came) = channel();
    std::thread::spawn(move || {
        let mut statuses = statuses.iter();
        for socket in listener.incoming() {
            let mut socket = BufReader::new(socket.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(socket.read_line(&mut head).unwrap(), 0);
            }
            let header = |name: &str| {
                let lines = head.lines().filter_map(|line| line.split_once(": "));
                let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
                found.next().map(|(_, value)| value.to_owned()).unwrap_or_default()
            };
            let mut body = vec![0; header("content-length").parse().unwrap()];
            socket.read_exact(&mut body).unwrap();
            let status = statuses.next().unwrap_or(&204);
            let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 7\r\nconnection: close\r\n\r\ntold so");
            let answer = if *status == 204 {
                "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned()
            } else {
                answer
            };
            socket.get_mut().write_all(answer.as_bytes()).unwrap();
            let signature = header("webhook-signature");
            if sender
                .send((signature, serde_json::from_slice(&body).unwrap()))
                .is_err()
            {
                return;
            }
        }
    });
    (url, came)
}

#[test]
fn a_hook_is_added_tried_changed_and_removed() {
    let server = Server::start_with(|_| vec!["--webhook-allow-private".to_owned()]);
    let me = Person::admin(&server);
    let (url, came) = receiver(&[418]);
    let next = || came.recv_timeout(Duration::from_secs(20)).unwrap();

    assert_eq!(me.run(&["hooks"]).ok(), "");
    let add = me.run(&["add-hook", "--name", "chat", "--url", &url, "--action", "role,pool"]);
    assert!(add.out.starts_with("created hook: chat\nsecret: whsec_"), "{add:?}");
    assert!(add.err.contains("shown this once"), "{add:?}");
    let secret = add.out.trim().rsplit(' ').next().unwrap().to_owned();
    let list = me.run(&["hooks"]);
    assert_eq!(list.titles(), ["ID", "Name", "URL", "Actions", "State"]);
    assert!(list.out.contains("role,pool") && list.out.contains("on\n"), "{list:?}");
    let shown = me.run(&["hooks", "-o", "json"]).ok() + &me.run(&["hooks", "-o", "wide"]).ok();
    assert!(!shown.contains(&secret), "{shown}");

    // A receiver that does not take a test is a failure that says why; then one that does.
    let refused = me.run(&["test-hook", "chat"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("418") && refused.err.contains("told so"),
        "{refused:?}"
    );
    assert_eq!(next().1["type"], "hook.test");
    assert!(me.run(&["test-hook", "chat"]).ok().starts_with("delivered 204 msg_"));
    next();

    let role = |name: &str| me.run(&["roles", "set", name, "--permission", "fleet-view"]).ok();
    role("one");
    let (signature, body) = next();
    assert!(signature.starts_with("v1,"), "{signature}");
    assert_eq!(
        (&body["type"], &body["data"]["subject"]["name"]),
        (&"role.save".into(), &"one".into())
    );
    let delivered = [
        "hook-deliveries",
        "chat",
        "-f",
        "action=role.save",
        "-f",
        "state=delivered",
        "-o",
        "name",
    ];
    let id = me.until(&delivered, |done| !done.out.is_empty()).out;
    let tests = me.run(&["hook-deliveries", "chat", "-f", "action=hook.test", "-o", "wide"]);
    assert!(tests.out.contains("failed") && tests.out.contains("418"), "{tests:?}");
    assert_eq!(me.run(&["hook-deliveries", "chat", "-n", "1"]).out.lines().count(), 2);
    let again = me.run(&["redeliver-hook", "chat", id.trim()]).ok();
    assert_eq!(again, format!("delivered 204 {id}"));
    assert_eq!(next().1, body, "the same, again");
    assert_eq!(me.run(&["redeliver-hook", "chat", "msg_none"]).code, 5);

    // What is not named stays; what happens while it is off is not sent.
    let edited = me
        .run(&[
            "edit-hook",
            "chat",
            "--name",
            "audit",
            "--refused-too",
            "true",
            "-o",
            "json",
        ])
        .json();
    assert_eq!(
        (&edited["name"], &edited["refused_too"]),
        (&"audit".into(), &true.into())
    );
    assert_eq!(edited["actions"], serde_json::json!(["role", "pool"]));
    assert_eq!(me.run(&["disable-hook", "audit"]).ok(), "disabled audit\n");
    assert!(me.run(&["hooks"]).ok().contains("off\n"));
    role("two");
    assert_eq!(me.run(&["enable-hook", "audit"]).ok(), "enabled audit\n");
    role("three");
    assert_eq!(next().1["data"]["subject"]["name"], "three");

    let rotated = me.run(&["rotate-hook", "audit", "-o", "json"]).json();
    assert!(
        rotated["secret"]
            .as_str()
            .is_some_and(|new| new.starts_with("whsec_") && new != secret)
    );
    let bad = me.run(&["edit-hook", "audit", "--url", "gopher://example.org/"]);
    assert_eq!(bad.code, 1, "{bad:?}");
    assert_eq!(me.run(&["test-hook", "chat"]).code, 5, "its name of before");
    assert_eq!(me.run(&["remove-hook", "audit"]).ok(), "removed audit\n");
    assert_eq!(me.run(&["remove-hook", "audit"]).code, 5);
    assert_eq!(me.run(&["hooks", "-o", "json"]).json(), serde_json::json!([]));
}
