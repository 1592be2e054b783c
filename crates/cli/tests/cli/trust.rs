//! A server with a certificate of its own making.
use crate::support::{PASSWORD, Person, Server};

pub(crate) fn server() -> Server {
    Server::start_with(|dir| {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let write = |name: &str, text: String| {
            let path = dir.join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        vec![
            "--tls-cert".to_owned(),
            write("cert.pem", made.cert.pem()),
            "--tls-key".to_owned(),
            write("key.pem", made.signing_key.serialize_pem()),
        ]
    })
}

#[test]
fn an_unknown_certificate_is_refused_with_its_fingerprint_until_it_is_trusted() {
    let server = server();
    let me = Person::new();
    let password = [("SHIPYARD_PASSWORD", PASSWORD)];
    let login = ["login", &server.url, "-u", "admin"];
    let refused = me.with(&login, &password, "");
    assert_eq!(refused.code, 6, "{refused:?}");
    let fingerprint = refused
        .err
        .split("fingerprint: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(fingerprint.len(), 95);
    assert!(refused.err.contains("shipyard context trust"), "{}", refused.err);

    me.run(&["context", "add", "here", &server.url]).ok();
    assert_eq!(me.run(&["context", "trust"]).code, 1, "nobody looked at it");
    assert_eq!(me.run(&["context", "trust", &"ab".repeat(32)]).code, 6);
    me.run(&["context", "trust", &fingerprint]).ok();
    me.with(&login, &password, "").ok();
    assert_eq!(me.run(&["whoami", "-o", "name"]).ok(), "admin\n");

    // Another certificate under the same address is not the trusted one.
    me.run(&[
        "context",
        "add",
        "moved",
        &server.url,
        "--fingerprint",
        &"ab".repeat(32),
    ])
    .ok();
    let other = me.with(&["engines", "--context", "moved"], &[("SHIPYARD_TOKEN", "shp_a_b")], "");
    assert_eq!(other.code, 6);
    assert!(other.err.contains("another certificate"), "{}", other.err);
}

#[test]
fn an_authority_or_carelessness_opens_it_too() {
    let server = server();
    let me = Person::new();
    let cert = server.dir.path().join("cert.pem").display().to_string();
    me.run(&["context", "add", "ca", &server.url, "--ca-cert", &cert]).ok();
    me.with(
        &["login", "--context", "ca", "-u", "admin", "--password-stdin"],
        &[],
        &format!("{PASSWORD}\n"),
    )
    .ok();
    assert_eq!(me.run(&["whoami", "-o", "name"]).ok(), "admin\n");

    let careless = Person::new();
    let login = [
        "login",
        &server.url,
        "-u",
        "admin",
        "--allow-insecure",
        "--password-stdin",
    ];
    let done = careless.with(&login, &[], &format!("{PASSWORD}\n"));
    assert!(done.err.contains("warning: the certificate"), "{}", done.err);
    done.ok();
}
