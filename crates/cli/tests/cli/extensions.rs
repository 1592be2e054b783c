//! Extensions, from a file at an address to their end.
use crate::support::{Person, Server, Swept, cells};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// Serves a text on this machine; its address.
fn served(text: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/some/router.json", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = BufReader::new(socket.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(socket.read_line(&mut head).unwrap(), 0);
            }
            // No credential goes where a file comes from.
            let good = head.starts_with("GET /some/router.json HTTP/1.1\r\n") && !head.contains("uthorization");
            let status = if good { "200 OK" } else { "400 Bad Request" };
            let length = text.len();
            write!(
                socket.get_mut(),
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            )
            .unwrap();
        }
    });
    url
}

#[test]
fn an_extension_is_added_from_its_file_listed_and_removed() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-extension");
    let file = serde_json::json!({
        "name": "router", "image": "busybox:lab", "version": "0.1", "author": "somebody",
        "url": "https://example.org/router", "description": "leads the way",
        "config": {
            "container_name": "cli-extension", "cpus": 0.1, "memory": 16, "deploy_per_engine": true,
            "args": ["sh", "-c", "echo $DOMAIN $1 $2; sleep 600", "sh"],
            "prompt_env": ["DOMAIN"], "prompt_args": ["--zone", "--level"], "ports": null,
        },
    });
    let url = served(file.to_string());
    assert_eq!(me.run(&["extensions"]).ok(), "");

    let add = ["add-extension", "--url", &url, "--arg", "--level=3"];
    let added = me.with(&add, &[], "example.org\na\n");
    assert_eq!(added.code, 0, "{added:?}");
    for said in [
        "configuring router (https://example.org/router for more info)",
        "enter value for container environment variable DOMAIN: ",
        "enter value for container argument --zone: ",
    ] {
        assert!(added.err.contains(said), "{said}: {added:?}");
    }
    let lines: Vec<&str> = added.out.lines().collect();
    assert_eq!(lines.len(), 3, "{added:?}");
    assert!(lines[..2].iter().all(|line| line.starts_with("started ")), "{added:?}");
    assert_eq!(lines[2], "added extension name=router version=0.1");
    let id = lines[0].split(' ').nth(1).unwrap();
    let logs = me.until(&["logs", id], |done| !done.out.is_empty()).ok();
    assert_eq!(logs, "example.org --zone=a --level=3\n");

    let list = me.run(&["extensions"]);
    assert_eq!(
        list.titles(),
        ["ID", "Name", "Version", "Author", "Image", "Url", "Description"]
    );
    let rows: Vec<&str> = list.out.lines().skip(1).collect();
    let [row] = rows.as_slice() else { panic!("{list:?}") };
    assert_eq!(
        cells(row),
        [
            "router",
            "router",
            "0.1",
            "somebody",
            "busybox:lab",
            "https://example.org/router",
            "leads the way"
        ]
    );
    let again = me.with(&add, &[], "x\ny\n");
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("already"), "{again:?}");

    assert_eq!(me.run(&["remove-extension", "router"]).ok(), "");
    me.until(&["extensions"], |done| done.out.is_empty());
    me.until(&["containers", "-f", "name=cli-extension"], |done| done.out.is_empty());
    assert_eq!(me.run(&["remove-extension", "router"]).code, 5);
    let clear = me.run(&["add-extension", "--url", "http://10.0.0.1/router.json"]);
    assert_eq!(clear.code, 2, "{clear:?}");
    assert_eq!(me.run(&["add-extension", "--url", "/nowhere/router.json"]).code, 2);
}
