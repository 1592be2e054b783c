//! Commands inside containers, over a socket: what flows, how it ends, who may not, and that revoking ends it.
use crate::lab::{Running, draft};
use crate::people::{CHOSEN, grant, invited};
use crate::support::{Client, Server, Socket, Yard, signed_in};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

async fn with_container(server: &Server) -> Client {
    let mut admin = signed_in(server).await;
    let added = admin.call("engine_add", &json!({ "draft": draft(1, "node1") })).await;
    assert_eq!(added.status, 200, "{}", added.text);
    admin
}

/// Waits until the server knows the container.
async fn known(admin: &Client, name: &str) {
    let mut socket = admin.socket("/socket/live").await;
    let view = json!({ "container": { "engine": "node1", "name": name } });
    socket
        .send(&json!({ "subscribe": { "sub": 1, "view": view } }).to_string())
        .await;
    let running = |frame: &Value| frame["whole"]["data"]["container"]["state"] == "running";
    socket.until(running).await;
}

fn address(name: &str) -> String {
    format!("/socket/exec?engine=node1&name={name}")
}

/// The first frame: the command, and what is said beside it.
fn run(words: &[&str], more: &Value) -> String {
    let mut request = json!({ "command": words });
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    json!({ "run": request }).to_string()
}

/// A socket of somebody in a browser, with its first frame sent.
async fn running(client: &Client, name: &str, words: &[&str], more: &Value) -> Socket {
    let mut socket = client.socket(&address(name)).await;
    socket.send(&run(words, more)).await;
    socket
}

/// All output until the command's end: standard output, standard error, and the last frame.
async fn to_its_end(socket: &mut Socket) -> (String, String, Value) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    loop {
        match socket.frame().await {
            Message::Binary(bytes) => match bytes[0] {
                1 => out.extend_from_slice(&bytes[1..]),
                2 => err.extend_from_slice(&bytes[1..]),
                other => panic!("output {other}"),
            },
            Message::Text(last) => {
                let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
                return (text(out), text(err), serde_json::from_str(&last).unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_command_reads_writes_and_ends() {
    let server = Yard::new().start();
    let admin = with_container(&server).await;
    let _container = Running::new(1, "exec-flow", "exec sleep 600");
    known(&admin, "exec-flow").await;

    let script = "read line; echo got $line; echo complaint >&2; cat | wc -c; exit 3";
    let mut socket = running(&admin, "exec-flow", &["sh", "-c", script], &json!({ "stdin": true })).await;
    socket.send_bytes(b"a line\n").await;
    socket.send_bytes(&[b'x'; 50_000]).await;
    socket.send_bytes(&[b'y'; 50_000]).await;
    socket.send("\"end\"").await;
    let (out, err, last) = to_its_end(&mut socket).await;
    assert_eq!((out.as_str(), err.as_str()), ("got a line\n100000\n", "complaint\n"));
    assert_eq!(last, json!({ "exit": { "code": 3 } }));

    let words = [
        "sh",
        "-c",
        "until stty size | grep -q '33 101'; do sleep 0.1; done; stty size; tty >/dev/null && echo terminal",
    ];
    let terminal = json!({ "tty": true, "columns": 80, "rows": 24 });
    let mut socket = running(&admin, "exec-flow", &words, &terminal).await;
    socket.send(r#"{"resize":{"columns":101,"rows":33}}"#).await;
    let (out, _, last) = to_its_end(&mut socket).await;
    assert!(out.contains("33 101") && out.contains("terminal"), "{out}");
    assert_eq!(last, json!({ "exit": { "code": 0 } }));

    let words = ["sh", "-c", "echo $ONE,$TWO"];
    let env = json!({ "env": ["ONE=1=&", "TWO="] });
    let (out, ..) = to_its_end(&mut running(&admin, "exec-flow", &words, &env).await).await;
    assert_eq!(out, "1=&,\n");

    for (words, name, more, code) in [
        (&[][..], "exec-flow", json!({}), "exec.no-command"),
        (&["true"], "exec-flow", json!({ "env": ["=a"] }), "exec.env"),
        (&["true"], "exec-flow", json!({ "env": ["A=\0"] }), "exec.env"),
        (
            &["true"],
            "exec-flow",
            json!({ "privileged": true }),
            "request.malformed",
        ),
        (&["true"], "exec-none", json!({}), "not-found"),
        (&["no-such-program"], "exec-flow", json!({}), ""),
    ] {
        let mut socket = running(&admin, name, words, &more).await;
        let (_, _, last) = to_its_end(&mut socket).await;
        let told = last.pointer("/failed/why/code").and_then(Value::as_str);
        let exit = last.pointer("/exit/code").and_then(Value::as_i64);
        assert!(
            told.is_some_and(|told| code.is_empty() || told == code) || exit.is_some_and(|exit| exit > 125),
            "{last}"
        );
    }

    let mut admin = admin;
    let records = admin.get("/api/v1/activity?action=container.exec").await.json();
    let details: Vec<_> = records["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| &record["detail"])
        .collect();
    assert!(details.contains(&&json!("sh")), "{details:?}");
    assert!(
        !records.to_string().contains("complaint"),
        "arguments are not on record"
    );
}

#[tokio::test]
async fn a_command_is_for_who_may_and_ends_with_their_session() {
    let server = Yard::new().start();
    let mut admin = with_container(&server).await;
    let _container = Running::new(1, "exec-who", "exec sleep 600");
    known(&admin, "exec-who").await;
    for role in ["viewer", "deployer"] {
        let person = invited(&server, &mut admin, role, &[grant(role, None)]).await;
        let mut socket = running(&person, "exec-who", &["true"], &json!({})).await;
        let (_, _, last) = to_its_end(&mut socket).await;
        assert_eq!(last["failed"]["why"]["status"], 403, "{role}");
    }
    invited(&server, &mut admin, "ann", &[grant("operator", None)]).await;
    let opened = json!({ "name": "ann", "password": CHOSEN });
    let opened = server
        .client()
        .api(http::Method::POST, "/session", &opened)
        .await
        .json();
    let ann = server.client().bearer(opened["session"].as_str().unwrap());
    // As a program: it shows its session and comes from no page.
    let mut socket = ann.socket_from(&address("exec-who"), None).await.unwrap();
    socket.send(&run(&["sh", "-c", "echo in; sleep 60"], &json!({}))).await;
    assert_eq!(socket.frame().await, Message::binary(b"\x01in\n".to_vec()));
    let disabled = admin
        .call("account_disable", &json!({ "name": "ann", "disabled": true }))
        .await;
    assert_eq!(disabled.status, 200, "{}", disabled.text);
    assert_eq!(socket.closed(Duration::from_secs(5)).await, 4401);
}

/// What is on the way writes addresses down, and a command or its environment may hold a password.
#[tokio::test]
async fn a_command_is_no_part_of_an_address_and_is_written_down_nowhere() {
    let yard = Yard::new();
    let server = yard.start();
    let admin = with_container(&server).await;
    let _container = Running::new(1, "exec-quiet", "exec sleep 600");
    known(&admin, "exec-quiet").await;
    let origin = format!("http://{}", server.address);
    for more in ["command=true", "env=A%3Db", "user=root", "dir=%2Ftmp", "tty=true"] {
        for root in ["/socket/exec", "/api/v1/exec"] {
            let path = format!("{root}?engine=node1&name=exec-quiet&{more}");
            let (status, _) = admin.socket_from(&path, Some(&origin)).await.err().unwrap();
            assert_eq!(status, 400, "{path}");
        }
    }
    let secret = "tideMarkOfExec7";
    let words = ["sh", "-c", "test -n \"$SECRET\""];
    let env = json!({ "env": [format!("SECRET={secret}")] });
    let (_, _, last) = to_its_end(&mut running(&admin, "exec-quiet", &words, &env).await).await;
    assert_eq!(last, json!({ "exit": { "code": 0 } }));
    assert!(!yard.log().contains(secret));
    let bytes = yard.bytes_below("data");
    assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));

    // Something else first, or bytes, is no beginning.
    let mut socket = admin.socket(&address("exec-quiet")).await;
    socket.send("\"end\"").await;
    assert_eq!(socket.closed(Duration::from_secs(5)).await, 1008);
    let mut socket = admin.socket(&address("exec-quiet")).await;
    socket.send_bytes(b"ls").await;
    assert_eq!(socket.closed(Duration::from_secs(5)).await, 1008);
}
