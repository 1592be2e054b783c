//! The README's guide, from nothing to three engines and a first deploy, line by line as it is written there: a server that
//! nobody has touched, and three hosts with plain Docker and a real OpenSSH server (`end2end/node.sh`). Nothing differs from
//! the README but the addresses.
use crate::pty::Pty;
use crate::support::{Done, Person, Server};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const NODES: [(&str, &str); 3] = [("guide1", "31"), ("guide2", "32"), ("guide3", "33")];

/// The commands of the guide, without what is said of them.
fn guide(server: &Server) -> Vec<Vec<String>> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- guide").unwrap();
    let (_, rest) = rest.split_once("```sh\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let words = |line: &str| {
        let line = line.split('#').next().unwrap().trim();
        let line = line.replace("http://127.0.0.1:8080", &server.url);
        let line = line.replace("@10.0.0.1", "@10.213.0.3");
        let mut words = line.split_whitespace().map(str::to_owned);
        assert_eq!(words.next().as_deref(), Some("shipyard"), "{line}");
        words.collect()
    };
    block.lines().map(words).collect()
}

pub(crate) fn node(arguments: &[&str]) -> String {
    let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../../end2end/node.sh");
    let done = Command::new(tool).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success(),
        "{arguments:?}: {told}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    told
}

/// The three hosts, gone when dropped.
struct Hosts;

impl Hosts {
    /// With Docker as Debian starts it, an image of this name, and an SSH server for this key.
    fn up(key: &str) -> Self {
        let hosts = Self;
        for (name, last) in NODES {
            node(&["up", name, last, "systemd"]);
            let image = format!(
                "tar -C /tmp/shipyard-nodes/{name}/rootfs -c . | docker import \
                 --change 'CMD [\"sh\", \"-c\", \"echo ready; exec sleep 1000\"]' - nginx:1.27"
            );
            node(&["in", name, "sh", "-c", &image]);
            node(&["sshd", name, &format!("{key}.pub")]);
        }
        hosts
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../../end2end/node.sh");
        for (name, _) in NODES {
            let _ = Command::new(tool).args(["down", name]).status();
        }
    }
}

/// What a person has in `~/.ssh`, in a folder of its own; yields the key, and a PATH whose ssh looks there.
pub(crate) fn ssh_of(home: &Path) -> (String, String) {
    let key = home.join("key").display().to_string();
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f", &key])
        .status()
        .unwrap();
    assert!(made.success());
    let config = home.join("ssh_config");
    let known = home.join("known_hosts");
    let lines = format!(
        "IdentityFile {key}\nStrictHostKeyChecking accept-new\nUserKnownHostsFile {}\nBatchMode yes\n",
        known.display()
    );
    std::fs::write(&config, lines).unwrap();
    let programs = home.join("bin");
    std::fs::create_dir(&programs).unwrap();
    let ssh = programs.join("ssh");
    let path = std::env::var("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|folder| folder.join("ssh"));
    let real: PathBuf = real.into_iter().find(|program| program.exists()).unwrap();
    let script = format!("#!/bin/sh\nexec {} -F {} \"$@\"\n", real.display(), config.display());
    std::fs::write(&ssh, script).unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    (key, format!("{}:{path}", programs.display()))
}

/// What each line of the guide must have done, beyond that it worked.
fn check(me: &Person, words: &[&str], done: &Done) {
    match words {
        ["engines"] => {
            me.until(&["engines"], |done| done.out.matches("\tup\t").count() == 3);
        }
        ["run", .., "--plan"] => {
            let planned = ["node1", "node2", "node3"].iter().all(|name| done.out.contains(name));
            assert!(planned, "{done:?}");
        }
        ["run", ..] => {
            let mut on: Vec<_> = done.out.lines().filter_map(|line| line.split(" on ").nth(1)).collect();
            on.sort_unstable();
            assert_eq!(on, ["node1", "node2", "node3"], "one port, so one on each: {done:?}");
        }
        ["containers"] => {
            let web = |line: &&str| line.contains("nginx:1.27") && line.contains("\trunning\t");
            assert_eq!(done.out.lines().filter(web).count(), 3, "{done:?}");
        }
        ["logs", name] => {
            me.until(&["logs", name], |done| done.out == "ready\n");
        }
        ["node", "remove", ..] => assert_eq!(me.run(&["engines", "-o", "name"]).ok(), "node1\nnode2\n"),
        _ => {}
    }
}

#[test]
fn the_readmes_guide_leads_to_three_engines_and_a_first_deploy() {
    let server = Server::fresh();
    let me = Person::new();
    let (key, path) = ssh_of(me.home.path());
    let _hosts = Hosts::up(&key);
    let lines = guide(&server);
    let (login, rest) = lines.split_first().unwrap();
    let words: Vec<&str> = login.iter().map(String::as_str).collect();

    // Passwords are typed.
    let mut terminal = Pty::new(100, 30);
    terminal.start(&me, &words);
    let own = "nine-gulls-over-the-quay";
    for (prompt, typed) in [("Password: ", "shipyard"), ("New password: ", own), ("Confirm: ", own)] {
        terminal.until(prompt);
        terminal.write(&format!("{typed}\n"));
    }
    assert_eq!(terminal.ended(), Some(0));

    for line in rest {
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        let done = me.with(&words, &[("PATH", &path)], "");
        assert_eq!(done.code, 0, "{words:?}: {done:?}");
        check(&me, &words, &done);
    }
    // The rest is as good as it was: others are kept out, and the host that was let go is open to its own people again.
    let settings = node(&["in", "guide3", "cat", "/etc/docker/daemon.json"]);
    assert!(!settings.contains("tlsverify"), "{settings}");
    let settings = node(&["in", "guide1", "cat", "/etc/docker/daemon.json"]);
    assert!(settings.contains("tlsverify"), "{settings}");
}
