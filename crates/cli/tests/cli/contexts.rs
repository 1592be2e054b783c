//! Which server, and as whom; and what scripts see when that is nobody.
use crate::support::{PASSWORD, Person, Server};
use std::os::unix::fs::PermissionsExt;

#[test]
fn contexts_are_private_and_chosen_by_flag_or_environment() {
    let server = Server::start();
    let me = Person::admin(&server);
    let file = me.home.path().join("config/shipyard/cli.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    me.run(&["context", "add", "other", "https://127.0.0.1:9"]).ok();
    assert_eq!(me.run(&["context", "list", "-o", "name"]).ok(), "default\nother\n");
    assert_eq!(
        me.run(&["--context", "other", "engines"]).code,
        3,
        "nobody is signed in there"
    );
    assert_eq!(me.with(&["engines"], &[("SHIPYARD_CONTEXT", "other")], "").code, 3);
    assert_eq!(
        me.with(&["engines"], &[("SHIPYARD_URL", "https://127.0.0.1:9")], "")
            .code,
        3,
        "no credential goes elsewhere"
    );
    assert_eq!(me.run(&["--context", "none", "engines"]).code, 5);
    me.run(&["context", "use", "other"]).ok();
    assert_eq!(me.run(&["engines"]).code, 3);
    assert_eq!(me.run(&["engines", "--context", "default"]).code, 0);
    me.run(&["context", "remove", "other"]).ok();
    let shown = me.run(&["context", "list", "-o", "json"]).ok();
    assert!(shown.contains("signed_in") && !shown.contains("shs_"), "{shown}");
}

#[test]
fn exit_codes_are_those_of_the_manual() {
    let nobody = Person::new();
    assert_eq!(nobody.run(&["engines"]).code, 3);
    assert_eq!(nobody.run(&["no-such-command"]).code, 2);
    let closed = [("SHIPYARD_URL", "http://127.0.0.1:9"), ("SHIPYARD_TOKEN", "shp_a_b")];
    let unreachable = nobody.with(&["engines", "--verbose"], &closed, "");
    assert_eq!(unreachable.code, 6);
    assert!(
        unreachable.err.contains("nothing listens there") && unreachable.err.contains("because:"),
        "{}",
        unreachable.err
    );
}

#[test]
fn a_password_is_not_sent_in_the_clear() {
    let me = Person::new();
    let password = [("SHIPYARD_PASSWORD", PASSWORD)];
    let refused = me.with(&["login", "http://192.0.2.1:8080", "-u", "admin"], &password, "");
    assert_eq!(refused.code, 6);
    assert!(
        refused.err.contains("in the clear") && refused.err.contains("--allow-insecure"),
        "{}",
        refused.err
    );
}

#[test]
fn a_proof_is_asked_for_where_the_server_wants_one() {
    let server = Server::start();
    let me = Person::new();
    let wrong = me.with(
        &["login", &server.url, "-u", "admin", "--password-stdin"],
        &[],
        "wrong\n",
    );
    assert_eq!((wrong.code, wrong.out.as_str()), (3, ""));
    // Address and name are asked for, as the original does.
    let typed = format!("{}\nadmin\n", server.url);
    let asked = me.with(&["login"], &[("SHIPYARD_PASSWORD", PASSWORD)], &typed);
    assert!(
        asked.err.contains("URL: ") && asked.err.contains("Username: "),
        "{}",
        asked.err
    );
    asked.ok();
    me.run(&["whoami"]).ok();
}

#[test]
fn the_originals_configuration_is_read_once() {
    let server = Server::start();
    let me = Person::new();
    let rc = format!(r#"{{"url":"{}","username":"admin","token":"admin:x"}}"#, server.url);
    std::fs::write(me.home.path().join(".shipyardrc"), rc).unwrap();
    assert_eq!(me.run(&["engines"]).code, 3);
    me.with(
        &["login", "-u", "admin", "--password-stdin"],
        &[],
        &format!("{PASSWORD}\n"),
    )
    .ok();
    assert_eq!(me.run(&["whoami", "-o", "name"]).ok(), "admin\n");
}
