//! What people expect of a command line today.
use crate::support::{Person, Server, Swept};

#[test]
fn lists_are_printed_in_the_form_that_is_asked_for() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    assert_eq!(me.run(&["engines", "-o", "name"]).ok(), "node1\nnode2\n");
    assert_eq!(
        me.run(&["engines", "-o", "name", "--filter", "labels=zone=b"]).ok(),
        "node2\n"
    );
    let json = me.run(&["engines", "--output", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 2);
    let yaml = me.run(&["engines", "-o", "yaml"]).ok();
    assert!(yaml.starts_with("- ") && yaml.contains("name: node1"), "{yaml}");
    assert!(me.run(&["engines", "-o", "wide"]).titles().contains(&"Reserved Cpus"));
    let unknown = me.run(&["engines", "--filter", "colour=red"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("docker-version"),
        "the columns that there are: {}",
        unknown.err
    );
}

#[test]
fn a_plan_says_why_for_every_engine() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let plan = me
        .run(&["run", "--name", "busybox:lab", "--label", "zone=a", "--plan"])
        .ok();
    let line = |name: &str| plan.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(
        line("node1").contains("busybox-1") || line("node1").contains("busybox"),
        "{plan}"
    );
    assert!(line("node2").ends_with("label: has zone=b, wanted zone=a"), "{plan}");
    let none = me.run(&["run", "--name", "busybox:lab", "--memory", "900g", "--plan"]);
    assert_eq!(none.code, 7, "{none:?}");
    assert!(
        none.out.contains("memory: ") && none.out.contains(" GiB free"),
        "{}",
        none.out
    );
    assert_eq!(
        me.run(&["run", "--name", "busybox:lab", "--label", "zone=nowhere"])
            .code,
        7
    );
}

#[test]
fn a_file_is_deployed_and_its_operation_followed() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-file");
    let words = [
        "run",
        "--name",
        "busybox:lab",
        "--container-name",
        "cli-file",
        "--memory",
        "16",
        "--arg",
        "sleep",
    ];
    let request = me
        .run(
            &[
                &words[..],
                &["--arg", "600", "--count", "2", "--print-request", "-o", "yaml"],
            ]
            .concat(),
        )
        .ok();
    let plan = me
        .with(&["deploy", "-f", "-", "--plan", "-o", "name"], &[], &request)
        .ok();
    // Which copy comes to which of two alike engines depends on what else runs there just now.
    let (mut engines, mut names): (Vec<_>, Vec<_>) = plan.lines().filter_map(|line| line.split_once('/')).unzip();
    engines.sort_unstable();
    names.sort_unstable();
    assert_eq!(
        (engines, names),
        (vec!["node1", "node2"], vec!["cli-file-1", "cli-file-2"])
    );
    let id = me.with(&["deploy", "-f", "-", "--detach"], &[], &request).ok();
    let followed = me.run(&["ops", "follow", id.trim()]).ok();
    assert_eq!(followed.lines().count(), 2, "{followed}");
    let shown = me.run(&["ops", "show", id.trim(), "-o", "json"]).json();
    assert!(shown["finished"].is_number());
    assert!(me.run(&["ops"]).ok().contains("deploy cli-file (busybox:lab)"));
    let bad = me.with(&["deploy", "-f", "-"], &[], "image: a\nprivilged: true\n");
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("privilged"), "{}", bad.err);
    // An address and no name: dockerd asks for names under a lock that holds up others.
    let missing = me.run(&[
        "run",
        "--name",
        "127.0.0.1:9/none:1",
        "--container-name",
        "cli-file-bad",
    ]);
    assert_ne!(missing.code, 0);
    assert!(
        missing.err.contains("Not everything was done: 0 of 1."),
        "{}",
        missing.err
    );
}

#[test]
fn logs_of_several_are_one_time_line() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-lines");
    let script = "for i in 1 2 3; do echo line-$i; sleep 0.3; done";
    for (name, node) in [("cli-lines-a", "host:node1"), ("cli-lines-b", "host:node2")] {
        let words = [
            "run",
            "--name",
            "busybox:lab",
            "--memory",
            "16",
            "--type",
            "host",
            "--label",
            node,
            "--container-name",
        ];
        me.run(&[&words[..], &[name, "--arg", "sh", "--arg", "-c", "--arg", script]].concat())
            .ok();
    }
    // Follows to the end of both.
    let lines = me.run(&["logs", "-f", "cli-lines-a", "node2/cli-lines-b"]).ok();
    for name in ["cli-lines-a", "cli-lines-b"] {
        let own: Vec<&str> = lines.lines().filter(|line| line.starts_with(name)).collect();
        assert_eq!(own, (1..4).map(|i| format!("{name} | line-{i}")).collect::<Vec<_>>());
    }
    let data = me.run(&["logs", "-n", "1", "cli-lines-a", "-o", "json"]).json();
    assert_eq!(
        (data["engine"].as_str(), data["text"].as_str()),
        (Some("node1"), Some("line-3"))
    );
    let both = me.run(&["inspect", "cli-lines"]);
    assert_eq!(both.code, 5, "a part of a name is no name");
}

#[test]
fn what_may_be_several_is_refused_with_the_candidates() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-twin");
    for node in ["host:node1", "host:node2"] {
        // Plans on one engine do not look at names on the other once both run there.
        let words = [
            "run",
            "--name",
            "busybox:lab",
            "--memory",
            "16",
            "--type",
            "host",
            "--label",
            node,
        ];
        me.run(
            &[
                &words[..],
                &["--container-name", "cli-twin", "--arg", "sleep", "--arg", "600"],
            ]
            .concat(),
        )
        .ok();
    }
    let names = me.run(&["containers", "-f", "name=cli-twin", "-o", "name"]).ok();
    let twins: Vec<&str> = names.lines().filter(|name| name.ends_with("/cli-twin")).collect();
    if twins.len() == 2 {
        let refused = me.run(&["stop", "cli-twin"]);
        assert_eq!(refused.code, 2);
        assert!(
            refused.err.contains("node1/cli-twin") && refused.err.contains("node2/cli-twin"),
            "{}",
            refused.err
        );
    }
    let done = me.run(&["stop", twins[0]]).ok();
    assert!(done.starts_with("stopped "), "{done}");
    let detail = me.run(&["start", twins[0], "-o", "json"]).json();
    assert_eq!(detail["targets"][0]["state"], "done");
}

#[test]
fn roles_pools_grants_and_sessions_are_managed() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    me.run(&[
        "roles",
        "set",
        "restarter",
        "--permission",
        "fleet-view,container-operate",
    ])
    .ok();
    assert!(me.run(&["roles", "-o", "name"]).ok().contains("restarter\n"));
    me.run(&[
        "pools",
        "set",
        "web",
        "--engines",
        "zone=a",
        "--memory",
        "1g",
        "--profile",
        "baseline",
    ])
    .ok();
    let pools = me.run(&["pools", "-o", "json"]).json();
    assert_eq!(pools[0]["engines"][0], "node1");
    me.run(&["add-account", "-u", "ann", "-r", "restarter@web"]).ok();
    assert_eq!(
        me.run(&["grants", "add", "ann", "viewer"]).ok(),
        "ann: restarter@web, viewer\n"
    );
    assert_eq!(
        me.run(&["grants", "remove", "ann", "restarter@web"]).ok(),
        "ann: viewer\n"
    );
    assert_eq!(me.run(&["grants", "set", "nobody", "viewer"]).code, 5);
    let sessions = me.run(&["sessions", "-o", "json"]).json();
    assert_eq!(sessions[0]["this"], true);
    assert!(
        me.run(&["activity", "--action", "account", "-o", "json"])
            .json()
            .as_array()
            .unwrap()
            .len()
            >= 2
    );
}
