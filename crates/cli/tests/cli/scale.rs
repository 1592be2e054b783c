//! Copies of a container, more and fewer.
use crate::support::{Person, Server, Swept};

#[test]
fn copies_become_more_and_fewer() {
    let server = Server::start();
    let me = Person::with_engines(&server);
    let _swept = Swept(&me, "cli-scale");
    let ran = me
        .run(&[
            "run",
            "--name",
            "busybox:lab",
            "--container-name",
            "cli-scale",
            "--memory",
            "16",
            "--arg",
            "sleep",
            "--arg",
            "600",
        ])
        .ok();
    let id = ran.split(' ').nth(1).unwrap();
    let list = [
        "containers",
        "-f",
        "name=cli-scale",
        "-f",
        "state=running",
        "-o",
        "name",
    ];
    let running = |count: usize| me.until(&list, |done| done.out.lines().count() == count);
    running(1);
    let scale = |to: &str| me.run(&["scale", "--id", id, "--count", to]);
    assert_eq!(scale("3").ok(), format!("scaled {id} to 3\n"));
    running(3);
    assert_eq!(scale("3").ok(), format!("scaled {id} to 3\n"), "nothing to do is done");
    // The one that was named is the last to go.
    assert_eq!(scale("1").ok(), format!("scaled {id} to 1\n"));
    running(1);
    assert!(me.run(&["inspect", id]).ok().contains("\"Id\""));

    let detached = me.run(&["scale", "--id", id, "--count", "2", "--detach"]).ok();
    let followed = me.run(&["ops", "follow", detached.trim()]);
    assert_eq!(followed.code, 0, "{followed:?}");
    running(2);
    assert_eq!(me.run(&["scale", "--id", "nosuch", "--count", "2"]).code, 5);
    assert_eq!(me.run(&["scale", "--id", id]).code, 2);
}
