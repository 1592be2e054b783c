//! Each command of the original, with its columns and messages.
use crate::support::{PASSWORD, Person, Server, Swept, cells};

#[test]
fn engines_are_added_listed_inspected_and_removed() {
    let server = Server::start();
    let me = Person::admin(&server);
    assert_eq!(me.run(&["engines"]).ok(), "", "an empty list prints nothing");
    assert_eq!(me.add_engine(1).ok(), "", "the original says nothing");
    let list = me.until(&["engines"], |done| done.out.contains("\tup\t"));
    let columns = [
        "ID",
        "Name",
        "Cpus",
        "Memory",
        "Host",
        "Labels",
        "Health",
        "Response Time (ms)",
        "Docker Version",
    ];
    assert_eq!(list.titles(), columns);
    let row = cells(list.out.lines().nth(1).unwrap());
    let (id, cpus, memory) = (row[0], row[2], row[3]);
    assert_eq!(
        [row[1], row[4], row[5], row[6]],
        ["node1", "https://10.210.0.11:2376", "lab,zone=a", "up"]
    );
    let decimals = |text: &str| text.split_once('.').map(|(_, fraction)| fraction.len());
    assert_eq!(
        [decimals(cpus), decimals(memory), decimals(row[7])],
        [Some(2), Some(2), Some(1)]
    );

    let shown = me.run(&["inspect-engine", id.get(..8).unwrap()]).ok();
    assert!(shown.starts_with("{\n    \""), "four blanks: {shown}");
    assert!(shown.contains("\"name\": \"node1\""));
    let again = me.add_engine(1);
    assert_eq!(again.code, 1, "the same daemon twice: {again:?}");
    assert_eq!(me.run(&["remove-engine", id]).ok(), "removed node1\n");
    assert_eq!(me.run(&["remove-engine", id]).code, 5);
    assert_eq!(me.run(&["add-engine", "--id", "x", "--ssl-cert", "a.pem"]).code, 2);
}

#[test]
fn containers_are_run_listed_stopped_and_destroyed() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-original");
    let ran = me.run(&[
        "run",
        "--name",
        "busybox:lab",
        "--container-name",
        "cli-original",
        "--cpus",
        "0.1",
        "--memory",
        "32",
        "--count",
        "2",
        "--env",
        "A=b=c",
        "--arg",
        "sh",
        "--arg",
        "-c",
        "--arg",
        "echo to-out; echo to-err >&2; sleep 600",
        "--port",
        "tcp/127.0.0.1::8080",
        "--label",
        "lab",
        "--restart",
        "on-failure:5",
    ]);
    let ran = ran.ok();
    let ids: Vec<&str> = ran.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(ids.len(), 2);
    for (line, id) in ran.lines().zip(&ids) {
        assert!(
            line == format!("started {id} on node1") || line == format!("started {id} on node2"),
            "{line}"
        );
        assert_eq!(id.len(), 12);
    }
    let filter = ["containers", "--filter", "name=cli-original"];
    let list = me.until(&filter, |done| done.out.matches("\trunning\t").count() == 2);
    assert_eq!(list.titles(), ["ID", "Image", "Name", "Host", "State", "Ports"]);
    let row = cells(list.out.lines().find(|line| line.starts_with(ids[0])).unwrap());
    assert_eq!([row[1], row[4]], ["busybox:lab", "running"]);
    assert!(
        row[5].starts_with("tcp/127.0.0.1:") && row[5].ends_with(":8080"),
        "{row:?}"
    );

    // The beginning of an id is enough.
    let short = ids[0].get(..9).unwrap();
    let shown = me.run(&["inspect", short]).ok();
    assert!(
        shown.starts_with("{\n    \"") && shown.contains("\"Id\"") && !shown.contains("b=c"),
        "{shown}"
    );
    assert!(me.run(&["inspect", short, "--reveal"]).ok().contains("A=b=c"));
    let logs = me.until(&["logs", short], |done| done.out.lines().count() == 2).ok();
    assert!(logs.contains("to-out\n") && logs.contains("to-err\n"), "{logs}");
    assert_eq!(me.run(&["logs", short, "--stdout"]).ok(), "to-out\n");
    assert_eq!(me.run(&["logs", short, "--stderr"]).ok(), "to-err\n");

    let each = |word: &str| ids.iter().map(|id| format!("{word} {id}")).collect::<Vec<_>>();
    for (command, word) in [("restart", "restarted"), ("stop", "stopped"), ("destroy", "destroyed")] {
        let done = me.run(&[command, ids[0], ids[1]]).ok();
        let mut lines: Vec<&str> = done.lines().collect();
        lines.sort_by_key(|line| ids.iter().position(|id| line.ends_with(id)));
        assert_eq!(lines, each(word));
    }
    me.until(&filter, |done| done.out.is_empty());
    let gone = me.run(&["stop", ids[0]]);
    assert_eq!((gone.code, gone.out.as_str()), (5, ""));
}

#[test]
fn types_decide_where_containers_go() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-types");
    let run = |more: &[&str]| {
        let usual = [
            "run",
            "--name",
            "busybox:lab",
            "--memory",
            "16",
            "--arg",
            "sleep",
            "--arg",
            "600",
            "--container-name",
        ];
        me.run(&[&usual, more].concat())
    };
    assert!(
        run(&["cli-types-host", "--type", "host", "--label", "host:node2"])
            .ok()
            .ends_with(" on node2\n")
    );
    assert!(
        run(&["cli-types-service", "--label", "zone=a"])
            .ok()
            .ends_with(" on node1\n")
    );
    // Every engine runs this image by now, on whatever others do there.
    me.until(&["containers", "-f", "name=cli-types", "-f", "state=running"], |done| {
        done.out.lines().count() == 3
    });
    let full = run(&["cli-types-unique", "--type", "unique"]);
    assert_eq!(full.code, 7, "{full:?}");
    assert!(full.err.contains("no eligible engines to run image"), "{}", full.err);
    let full = run(&["cli-types-multi", "--type", "multi", "--label", "zone=a"]);
    assert_eq!(full.code, 7, "the one with the label runs it: {full:?}");
    // What the original had of a container, and few use today.
    let id = |done: String| done.split(' ').nth(1).unwrap().to_owned();
    let more = [
        "--cpuset",
        "0",
        "--publish",
        "--hostname",
        "web",
        "--domain",
        "example.org",
    ];
    let linked = ["--link", "cli-types-host:db", "--label", "host:node2", "--type", "host"];
    let made = id(run(&[&["cli-types-more"], &more[..], &linked].concat()).ok());
    let shown = me.run(&["inspect", &made]).json();
    let host = &shown["HostConfig"];
    assert_eq!(
        (host["CpusetCpus"].as_str(), host["PublishAllPorts"].as_bool()),
        (Some("0"), Some(true))
    );
    assert_eq!(host["Links"][0], "/cli-types-host:/cli-types-more/db");
    assert_eq!(shown["Config"]["Domainname"], "example.org");
}

#[test]
fn figures_and_events_have_the_originals_lines() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let info = me.run(&["info"]).ok();
    let keys: Vec<&str> = info.lines().map(|line| line.split(':').next().unwrap()).collect();
    let want = [
        "Controller Version",
        "Cpus",
        "Memory",
        "Containers",
        "Images",
        "Engines",
        "Reserved Cpus",
        "Reserved Memory",
    ];
    assert_eq!(keys, want);
    assert!(
        info.contains("\nEngines: 2\n") && info.contains(" MB\n") && info.contains("% ("),
        "{info}"
    );
    let events = me.run(&["events"]);
    assert_eq!(events.titles(), ["Time", "Message", "Engine", "Type", "Tags"]);
    let line = events.out.lines().find(|line| line.contains("add-engine")).unwrap();
    let row = cells(line);
    assert!(row[1].starts_with("addr=https://10.210.0.1"), "{line}");
    assert_eq!(row.get(3..).unwrap(), ["add-engine", "cluster"]);
    let words: Vec<&str> = row[0].split(' ').collect();
    assert_eq!((words.len(), words[4]), (6, "+0000"), "Ruby's date: {line}");
}

#[test]
fn accounts_are_invited_and_deleted() {
    let server = Server::start();
    let me = Person::admin(&server);
    let link = me.run(&["add-account", "-u", "ann", "-p", "never-used", "-r", "user"]);
    assert!(link.err.contains("the password is not used"), "{}", link.err);
    assert!(link.ok().starts_with(&format!("{}/join#", server.url)));
    let list = me.run(&["accounts"]);
    assert_eq!(list.titles(), ["Username", "Role"]);
    let rows: Vec<_> = list.out.lines().skip(1).map(cells).collect();
    assert_eq!(rows, [["admin", "admin"], ["ann", "operator"]]);
    let unknown = me.run(&["add-account", "-u", "bob", "-r", "boss"]);
    assert_eq!(unknown.code, 5);
    assert!(
        unknown.err.contains("operator"),
        "the roles that there are: {}",
        unknown.err
    );
    assert_eq!(me.run(&["delete-account", "ann"]).ok(), "");
    assert!(!me.run(&["accounts"]).ok().contains("ann"));
}

#[test]
fn service_keys_are_tokens() {
    let server = Server::start();
    let me = Person::admin(&server);
    assert_eq!(me.run(&["service-keys"]).ok(), "");
    let made = me.run(&["add-service-key", "-d", "for ci"]).ok();
    let key = made.strip_prefix("created key: ").unwrap().trim_end();
    assert!(key.starts_with("shp_"));
    let list = me.run(&["service-keys"]);
    assert_eq!(list.titles(), ["Key", "Description"]);
    let id = key.split('_').nth(1).unwrap();
    assert_eq!(cells(list.out.lines().nth(1).unwrap()), [id, "for ci"]);

    // It works without a context, and not for what asks for a proof.
    let machine = Person::new();
    let environment = [("SHIPYARD_URL", server.url.as_str()), ("SHIPYARD_TOKEN", key)];
    let who = machine.with(&["whoami", "-o", "json"], &environment, "").json();
    assert_eq!(
        (who["account"].as_str(), who["via"].as_str()),
        (Some("admin"), Some("token"))
    );
    let refused = machine.with(&["add-account", "-u", "eve", "-r", "admin"], &environment, "");
    assert_eq!(refused.code, 4, "{refused:?}");
    assert_eq!(me.run(&["remove-service-key", key]).ok(), format!("removed {id}\n"));
    assert_eq!(machine.with(&["engines"], &environment, "").code, 3);
}

#[test]
fn passwords_are_changed() {
    let server = Server::start();
    let me = Person::admin(&server);
    let other = "harbour-crane-seven-ropes";
    assert_eq!(
        me.with(
            &["change-password", "--password-stdin"],
            &[],
            &format!("wrong\n{other}\n")
        )
        .code,
        1
    );
    let changed = me.with(
        &["change-password", "--password-stdin"],
        &[],
        &format!("{PASSWORD}\n{other}\n"),
    );
    assert_eq!(changed.ok(), "");
    assert_eq!(
        me.run(&["whoami", "-o", "name"]).ok(),
        "admin\n",
        "the new session is kept"
    );
    let old = me.with(
        &["login", &server.url, "-u", "admin"],
        &[("SHIPYARD_PASSWORD", PASSWORD)],
        "",
    );
    assert_eq!(old.code, 3, "{old:?}");
    me.with(
        &["login", &server.url, "-u", "admin"],
        &[("SHIPYARD_PASSWORD", other)],
        "",
    )
    .ok();
    assert_eq!(me.run(&["logout"]).ok(), "");
    assert_eq!(me.run(&["engines"]).code, 3);
}

#[test]
fn help_names_every_command() {
    let me = Person::new();
    let help = me.run(&["help"]).ok();
    for command in [
        "login",
        "add-engine",
        "service-keys",
        "webhook-keys",
        "events",
        "Exit codes",
    ] {
        assert!(help.contains(command), "{command}");
    }
    let names = me.run(&["--generate-bash-completion"]).ok();
    assert!(names.lines().any(|line| line == "add-engine"));
    assert!(me.run(&["-v"]).ok().starts_with("shipyard 4."));
}
