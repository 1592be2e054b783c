//! Scripts as a shell reads them. What they do on a host is tested there (`server: nodes`).
use super::*;
use proptest::prelude::*;
use std::io::Write;
use std::process::{Command, Stdio};

fn enrolment<'e>(engine: &'e EngineName, labels: &'e Labels, url: &'e str, allow: &'e [Network]) -> Enrolment<'e> {
    Enrolment {
        engine,
        url,
        port: 2376,
        six: false,
        labels,
        allow,
        ssh: &[],
    }
}

/// Runs a shell on a script from its standard input.
fn shell(shell: &[&str], script: &str) -> (bool, String, String) {
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_value_reaches_the_shell_as_it_was(
        name in "[A-Za-z0-9][A-Za-z0-9._-]{0,20}",
        url in "https://[ -~]{1,30}",
        labels in prop::collection::btree_map("[a-zA-Z0-9é._/:-]{1,8}", "[ -~]{0,12}", 0..4),
        secret in "[ -~]{1,40}",
    ) {
        let engine = EngineName::parse(&name).unwrap();
        let labels = Labels(labels);
        let allow = [Network::parse("10.0.0.1").unwrap(), Network::parse("2001:db8::/32").unwrap()];
        let enrolment = enrolment(&engine, &labels, &url, &allow);
        let script = enrolment.script(&secret).unwrap();
        let (good, _, complaints) = shell(&["sh", "-n"], &script);
        prop_assert!(good && complaints.is_empty(), "{complaints}");

        // Values alone, then what a shell makes of them.
        let program = enrolment.program().unwrap();
        let (values, _) = program.split_once("# Makes this host").unwrap();
        let ask = format!("{values}printf '%s\\n' \"$ENGINE\" \"$URL\" \"$PORT\" \"$LABELS\" \"$ALLOW\" \"$SSH_FROM\"\n");
        let (_, told, complaints) = shell(&["sh"], &ask);
        let lines: Vec<&str> = told.split('\n').collect();
        prop_assert!(complaints.is_empty());
        prop_assert_eq!(&lines[..3], &[&*name, &*url, "2376"]);
        let written: Vec<String> = labels.0.iter().map(|(k, v)| json(&format!("{k}={v}"))).collect();
        prop_assert_eq!(lines[3], format!("[{}]", written.join(", ")));
        prop_assert_eq!(&lines[4..6], &["10.0.0.1 2001:db8::/32", ""]);
        prop_assert!(!program.contains(&*secret) || secret.len() < 20);
    }
}

#[test]
fn a_script_that_was_cut_off_starts_nothing() {
    let engine = EngineName::parse("node1").unwrap();
    let labels = Labels::default();
    let script = enrolment(&engine, &labels, "https://shipyard.example.org", &[])
        .script("secret")
        .unwrap();
    let (before, last) = script.trim_end().rsplit_once('\n').unwrap();
    assert!(last.starts_with("SECRET='secret' sh /etc/docker/shipyard/node.sh"));
    assert!(!before.contains("\nSECRET=") && !before.contains("secret'"));
}

#[test]
fn control_characters_are_in_no_script() {
    let engine = EngineName::parse("node1").unwrap();
    let labels = Labels::default();
    let broken = enrolment(&engine, &labels, "https://a\nrm -rf /", &[]);
    assert_eq!(broken.program(), Err(Unquotable));
    assert!(enrolment(&engine, &labels, "https://a", &[]).script("a\nb").is_err());
    assert!(!PROGRAM.contains(END));
    let (good, _, complaints) = shell(&["sh", "-n"], &removal().unwrap());
    assert!(good, "{complaints}");
}

#[test]
fn networks_are_addresses_with_or_without_a_prefix() {
    for good in ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32", "0.0.0.0/0"] {
        assert_eq!(Network::parse(good).unwrap().to_string(), good);
    }
    for bad in [
        "",
        "a",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "::/129",
        "10.0.0.1 ",
    ] {
        assert!(Network::parse(bad).is_none(), "{bad}");
    }
    assert_eq!(Network::parse_all("10.0.0.1, ::1\n").unwrap().len(), 2);
    assert_eq!(Network::parse_all("10.0.0.1 x"), Err("x".to_owned()));
    assert_eq!(
        Network::host("::ffff:10.0.0.1".parse().unwrap()).to_string(),
        "10.0.0.1"
    );
}

/// The program's functions, without its last part that acts.
fn functions() -> String {
    let (functions, _) = PROGRAM.split_once("\ncase ${1:-help} in").unwrap();
    let empty = ["ENGINE", "URL", "PORT", "LISTEN", "LABELS", "ALLOW", "SSH_FROM"].map(|name| format!("{name}=''\n"));
    format!("{}{functions}\n", empty.concat())
}

/// What the program makes of JSON texts.
fn json_of(mode: &str, texts: &[&str], names: &str) -> Result<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let mut call = format!("json {mode}");
    for (number, text) in texts.iter().enumerate() {
        let file = dir.path().join(number.to_string());
        std::fs::write(&file, text).unwrap();
        call.push_str(&format!(" {}", file.display()));
    }
    let script = format!("{}{call} {}\n", functions(), quote(names).unwrap());
    let script = if names.is_empty() {
        script.replace(" ''\n", "\n")
    } else {
        script
    };
    let (good, told, complaints) = shell(&["sh"], &script);
    if good { Ok(told) } else { Err(complaints) }
}

#[test]
fn settings_are_merged_without_touching_the_rest() {
    let there = "{\n  \"log-opts\": { \"max-size\": \"10m\",\n    \"a}\": [1, \"]\"] },\n\t\"hosts\":[\"unix:///a\"],\"debug\" : false , \"tab\\\"s\": \"a, b: {\" }\n";
    let merged = json_of("merge", &[there, "{\"hosts\": [\"fd://\"], \"tls\": true}"], "").unwrap();
    assert_eq!(
        merged,
        "{\n  \"log-opts\": { \"max-size\": \"10m\",\n    \"a}\": [1, \"]\"] },\n  \"hosts\": [\"fd://\"],\n  \"debug\": false,\n  \"tab\\\"s\": \"a, b: {\",\n  \"tls\": true\n}\n"
    );
    assert_eq!(
        json_of("drop", &[there], "hosts log-opts debug").unwrap(),
        "{\n  \"tab\\\"s\": \"a, b: {\"\n}\n"
    );
    assert_eq!(
        json_of("pick", &[there], "hosts tls").unwrap(),
        "{\n  \"hosts\": [\"unix:///a\"]\n}\n"
    );
    assert_eq!(json_of("get", &[there], "hosts").unwrap(), "[\"unix:///a\"]\n");
    assert_eq!(json_of("get", &[there], "none").unwrap(), "");
    assert_eq!(json_of("drop", &["{}"], "a").unwrap(), "{}\n");
    assert_eq!(
        json_of("items", &["[ \"a\" , \"b,c\",\"a\" ]"], "").unwrap(),
        "\"a\"\n\"b,c\"\n\"a\"\n"
    );
    assert_eq!(
        json_of("labels", &["[\"rack=7\", \"zone=b\"]", "[\"zone=a\", \"ssd=\"]"], "").unwrap(),
        "[\"rack=7\", \"zone=a\", \"ssd=\"]\n"
    );
    assert_eq!(
        json_of("labels", &["[]", "[\"zone=a\"]"], "").unwrap(),
        "[\"zone=a\"]\n"
    );
    for bad in [
        "",
        "[]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1} x",
        "{\"a\": \"b}",
        "{a:1}",
    ] {
        assert!(json_of("drop", &[bad], "x").is_err(), "{bad}");
    }
}
