//! Commands inside containers: what flows, how it ends, and the terminal.

use crate::pty::Pty;
use crate::support::{PASSWORD, Person, Server, Swept};
use crate::trust;
use rustix::process::Signal;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_shipyard");

/// Runs a container that does nothing, on node1.
fn idle(me: &Person, name: &str) {
    let words =
        "run --name busybox:lab --memory 16 --type host --label host:node1 --arg sleep --arg 600 --container-name";
    let mut words: Vec<&str> = words.split(' ').collect();
    words.push(name);
    me.run(&words).ok();
    me.until(&["containers", "-f", &format!("name={name}")], |done| {
        done.out.contains("running")
    });
}

#[test]
fn a_command_has_input_two_outputs_and_an_exit_code() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-exec-flow");
    idle(&me, "cli-exec-flow");
    let script = "read line; echo got $line; echo complaint >&2; cat | wc -c; exit 7";
    let input = format!("a line\n{}", "x".repeat(10_000));
    let done = me.with(&["exec", "-i", "cli-exec-flow", "sh", "-c", script], &[], &input);
    assert_eq!(
        (done.code, done.out.as_str(), done.err.as_str()),
        (7, "got a line\n10000\n", "complaint\n")
    );

    let none = me.with(&["exec", "cli-exec-flow", "cat"], &[], "not given\n");
    assert_eq!(none.ok(), "");
    let words = [
        "exec",
        "-w",
        "/tmp",
        "-u",
        "65534:65534",
        "-e",
        "ONE=1=&",
        "-e",
        "HERE",
        "-e",
        "GONE",
    ];
    let script = "pwd; id -u; id -g; echo $ONE,$HERE,${GONE-none}; printf '<%s>' \"$@\"";
    let command = ["node1/cli-exec-flow", "sh", "-c", script, "-", "-it", "", "a b"];
    let done = me.with(&[&words[..], &command].concat(), &[("HERE", "x y")], "");
    assert_eq!(done.ok(), "/tmp\n65534\n65534\n1=&,x y,none\n<-it><><a b>");
    let missing = me.run(&["exec", "cli-exec-flow", "no-such-program"]);
    assert!(
        matches!(missing.code, 126 | 127) || missing.err.contains("no-such-program"),
        "{missing:?}"
    );
}

/// Nobody may wait for the other: this command reads nothing until it has written more than all buffers on the way hold, and
/// is sent more than they hold meanwhile.
#[test]
fn what_is_much_flows_in_both_directions_at_once() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-exec-much");
    idle(&me, "cli-exec-much");
    let file = me.home.path().join("much");
    let much: String = (0..4_000_000).map(|number| format!("{number}\n")).collect();
    std::fs::write(&file, &much).unwrap();
    let first = 24_000_000;
    let script = format!("head -c {first} /dev/zero; cat");
    let mut child = me
        .at_home(Path::new(PROGRAM))
        .args(["exec", "-i", "cli-exec-much", "sh", "-c", &script])
        .stdin(std::fs::File::open(&file).unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (sender, came) = channel();
    std::thread::spawn(move || {
        let mut all = Vec::new();
        let read = stdout.read_to_end(&mut all);
        sender.send(read.map(|_| all)).unwrap();
    });
    let Ok(all) = came.recv_timeout(Duration::from_secs(60)) else {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("each waits for the other");
    };
    assert!(child.wait().unwrap().success());
    let all = all.unwrap();
    let (zeros, rest) = all.split_at(first);
    assert!(zeros.iter().all(|byte| *byte == 0));
    assert!(rest == much.as_bytes(), "{} of {}", rest.len(), much.len());
}

/// A person reads a page, goes for a coffee and reads on (`shipyard exec … | less`).
#[test]
fn who_reads_slowly_is_waited_for() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-exec-slow");
    idle(&me, "cli-exec-slow");
    let all = 40_000_000;
    let mut child = me
        .at_home(Path::new(PROGRAM))
        .args(["exec", "cli-exec-slow", "head", "-c", &all.to_string(), "/dev/zero"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1000]).unwrap();
    // Longer than a live view would be waited for.
    std::thread::sleep(Duration::from_secs(25));
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(rest.len() + 1000, all);
}

#[test]
fn what_cannot_be_run_says_why() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-exec-why");
    idle(&me, "cli-exec-why");
    let told = |words: &[&str], environment: &[(&str, &str)], code: i32, text: &str| {
        let done = me.with(&[&["exec"], words].concat(), environment, "");
        assert_eq!((done.code, done.out.as_str()), (code, ""), "{done:?}");
        assert!(done.err.contains(text), "{done:?}");
    };
    told(
        &["cli-exec-none", "true"],
        &[],
        5,
        "There is no container “cli-exec-none”.",
    );
    told(&["-it", "cli-exec-why", "sh"], &[], 2, "standard input is none");
    told(&["-t", "cli-exec-why", "sh"], &[], 2, "standard output is none");
    told(&["cli-exec-why"], &[], 2, "COMMAND");
    let token = me
        .run(&["tokens", "add", "-d", "looks", "--grant", "viewer", "-o", "name"])
        .ok();
    told(
        &["cli-exec-why", "true"],
        &[("SHIPYARD_TOKEN", token.trim())],
        4,
        "does not allow this",
    );
    told(
        &["cli-exec-why", "true"],
        &[("SHIPYARD_TOKEN", "shp_a_b")],
        3,
        "shipyard login",
    );
    me.run(&["stop", "cli-exec-why"]).ok();
    me.until(&["containers", "-f", "name=cli-exec-why"], |done| {
        done.out.contains("stopped")
    });
    told(&["cli-exec-why", "true"], &[], 1, "shipyard start node1/cli-exec-why");
}

#[test]
fn it_ends_with_the_session() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let other = Person::admin(&server);
    let _swept = Swept(&other, "cli-exec-session");
    idle(&me, "cli-exec-session");
    let mut child = me
        .at_home(Path::new(PROGRAM))
        .args(["exec", "cli-exec-session", "sh", "-c", "echo begun; sleep 60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "begun\n");
    me.run(&["logout"]).ok();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("Your session or token ended")
    );
}

/// The socket goes over the connection that everything goes over, with the certificate that was looked at.
#[test]
fn a_trusted_certificate_is_trusted_here_too() {
    let server = trust::server();
    let me = Person::new();
    me.run(&["context", "add", "here", &server.url]).ok();
    let refused = me.with(&["exec", "any", "true"], &[("SHIPYARD_TOKEN", "shp_a_b")], "");
    assert_eq!(refused.code, 6, "{refused:?}");
    let fingerprint = refused
        .err
        .split("fingerprint: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    me.run(&["context", "trust", fingerprint]).ok();
    me.with(
        &["login", &server.url, "-u", "admin"],
        &[("SHIPYARD_PASSWORD", PASSWORD)],
        "",
    )
    .ok();
    me.add_engine(1).ok();
    me.until(&["engines"], |done| done.out.contains("\tup\t"));
    let _swept = Swept(&me, "cli-exec-tls");
    idle(&me, "cli-exec-tls");
    let done = me.with(&["exec", "-i", "cli-exec-tls", "cat"], &[], "over TLS\n");
    assert_eq!(done.ok(), "over TLS\n");
}

#[test]
fn a_terminal_is_the_commands_and_is_given_back() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-exec-pty");
    idle(&me, "cli-exec-pty");
    let shell = ["exec", "-it", "cli-exec-pty", "sh"];

    let mut pty = Pty::new(100, 40);
    let before = pty.modes();
    pty.start(&me, &shell);
    pty.until_raw();
    pty.write("stty size; tty\n");
    pty.until("40 100");
    pty.until("/dev/pts/");
    pty.resize(123, 45);
    // When it is told is not ours to say; a shell that asks again sees it.
    pty.write("until stty size | grep 45.123; do sleep 0.1; done; echo resi''zed\n");
    pty.until("resized");
    // What would end a process here ends one there, and the shell goes on.
    // It is said by what is to be ended, or the signal might come before that.
    pty.write("sh -c 'echo sle\"\"eps; exec sleep 60'\n");
    pty.until("sleeps");
    pty.write("\x03");
    pty.write("echo st''ill; exit 9\n");
    pty.until("still");
    assert_eq!(pty.ended(), Some(9));
    assert_eq!(pty.modes(), before, "given back after the command's end");

    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        pty.start(&me, &shell);
        pty.until_raw();
        pty.write("echo re''ady\n");
        pty.until("ready");
        pty.kill(signal);
        assert_eq!(pty.ended(), Some(128 + signal.as_raw()));
        assert_eq!(pty.modes(), before, "given back after {signal:?}");
    }

    // When the container goes, so does the shell, and it is given back too.
    pty.start(&me, &shell);
    pty.until_raw();
    pty.write("echo re''ady\n");
    pty.until("ready");
    me.run(&["kill", "cli-exec-pty"]).ok();
    assert_ne!(pty.ended(), Some(0));
    assert_eq!(pty.modes(), before, "given back after the container's end");
    pty.start(&me, &shell);
    assert_eq!(pty.ended(), Some(1));
    pty.until("a command needs a running container");
    assert_eq!(pty.modes(), before);
}
