//! Every way in which an address can be wrong, each with its own code and a sentence that says so.
use crate::lab;
use crate::servers::{Authority, Manner, plain};
use shipyard_engine::{ConnectError, Credentials, probe};
use shipyard_model::{EngineAddress, Millis, Problem};
use std::time::{Duration, Instant};

async fn fails(address: &str, credentials: Option<&Credentials>) -> Problem {
    let address = EngineAddress::parse(address).unwrap();
    let begun = Instant::now();
    let problem = probe(&address, credentials)
        .await
        .expect_err("it must not succeed")
        .problem();
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{}: {:?}",
        problem.code,
        begun.elapsed()
    );
    assert!(!problem.hint.is_empty(), "{} has a hint", problem.code);
    problem
}

fn same(problem: &Problem, code: &str, words: &str) {
    assert_eq!(problem.code, code, "{problem:?}");
    assert!(
        problem.detail.contains(words),
        "{} should contain {words:?}",
        problem.detail
    );
}

fn why(result: Result<Credentials, ConnectError>) -> Problem {
    match result {
        Ok(_) => panic!("these credentials must not do"),
        Err(error) => error.problem(),
    }
}

#[tokio::test]
async fn a_good_engine_says_what_it_is() {
    let credentials = lab::credentials();
    let found = probe(&lab::address(1), Some(&credentials)).await.unwrap();
    assert_eq!(found.hostname, "node1");
    assert!(!found.daemon_id.is_empty() && !found.version.is_empty() && found.api_version.starts_with("1."));
    assert!(found.capacity.cpus.nanos() > 0 && found.capacity.memory.get() > 0);
    assert_eq!(found.certificate_ends, Some(credentials.certificate_ends()));
    assert!(found.server_certificate_ends.is_some_and(|end| end > Millis::now()));
    assert!(found.response_us > 0);
}

#[tokio::test]
async fn a_socket_is_an_engine_too() {
    let address = EngineAddress::Unix {
        path: lab::socket(1).display().to_string(),
    };
    let found = probe(&address, None).await.unwrap();
    assert_eq!(
        (found.hostname.as_str(), found.server_certificate_ends),
        ("node1", None)
    );
}

#[tokio::test]
async fn the_network_does_not_lead_there() {
    let credentials = lab::credentials();
    let good = Some(&*credentials);
    let problem = fails("https://no-such-host.invalid:2376", good).await;
    same(&problem, "engine.name-not-found", "no-such-host.invalid");
    same(
        &fails("https://10.210.0.11:1", good).await,
        "engine.refused",
        "https://10.210.0.11:1",
    );
    same(
        &fails("http://10.210.0.11:1", None).await,
        "engine.refused",
        "http://10.210.0.11:1",
    );
    same(
        &fails("https://10.210.0.200:2376", good).await,
        "engine.unreachable",
        "10.210.0.200",
    );
    same(
        &fails("unix:///no/such.sock", None).await,
        "engine.socket-missing",
        "/no/such.sock",
    );
}

#[tokio::test]
async fn nobody_answers() {
    let credentials = lab::credentials();
    let (tls, http) = (plain(Manner::Silent).await, plain(Manner::Silent).await);
    let (tls, http) = (format!("https://127.0.0.1:{tls}"), format!("http://127.0.0.1:{http}"));
    let (tls, http) = tokio::join!(fails(&tls, Some(&credentials)), fails(&http, None));
    same(&tls, "engine.timeout", "within 5 seconds");
    same(&http, "engine.timeout", "within 5 seconds");
}

#[tokio::test]
async fn nobody_leads_shipyard_to_the_clouds_metadata() {
    // As a number, as a number in another shape, inside an IPv6 address; the system's resolver reads the second.
    for host in [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[fe80::1]",
        "0.0.0.0",
    ] {
        let problem = fails(&format!("http://{host}:80"), None).await;
        same(&problem, "engine.off-limits", "no engine is at such an address");
    }
}

#[tokio::test]
async fn what_answers_does_not_speak_tls_or_only_tls() {
    let credentials = lab::credentials();
    let good = Some(&*credentials);
    for manner in [Manner::Echo, Manner::Http("hello")] {
        let port = plain(manner).await;
        same(
            &fails(&format!("https://127.0.0.1:{port}"), good).await,
            "engine.not-tls",
            "does not speak TLS",
        );
    }
    // Docker itself answers plain HTTP on its TLS port with a sentence, other servers with an alert.
    same(
        &fails("http://10.210.0.11:2376", None).await,
        "engine.tls-expected",
        "speaks TLS",
    );
    let port = Authority::new().serve("127.0.0.1", 2100, Manner::Silent).await;
    same(
        &fails(&format!("http://127.0.0.1:{port}"), None).await,
        "engine.tls-expected",
        "speaks TLS",
    );
    let port = plain(Manner::Close).await;
    same(
        &fails(&format!("https://127.0.0.1:{port}"), good).await,
        "engine.closed",
        "closed the connection",
    );
    same(
        &fails(&format!("http://127.0.0.1:{port}"), None).await,
        "engine.closed",
        "closed the connection",
    );
}

#[tokio::test]
async fn what_answers_is_no_docker_engine() {
    for manner in [
        Manner::Http("<h1>hello</h1>"),
        Manner::Http("{}"),
        Manner::Http("null"),
        Manner::Echo,
        Manner::Flood,
    ] {
        let port = plain(manner).await;
        same(
            &fails(&format!("http://127.0.0.1:{port}"), None).await,
            "engine.not-docker",
            "not a Docker engine",
        );
    }
    let authority = Authority::new();
    let credentials = lab::credentials_of("client-cert", "client-key", &authority.pem).unwrap();
    let port = authority.serve("127.0.0.1", 2100, Manner::Http("hello")).await;
    let problem = fails(&format!("https://127.0.0.1:{port}"), Some(&credentials)).await;
    same(&problem, "engine.not-docker", "not a Docker engine");
}

#[tokio::test]
async fn an_engine_from_before_our_time() {
    let port = plain(Manner::Http(r#"{"ApiVersion":"1.39"}"#)).await;
    same(
        &fails(&format!("http://127.0.0.1:{port}"), None).await,
        "engine.api-too-old",
        "1.39",
    );
}

#[tokio::test]
async fn the_server_certificate_is_not_to_be_trusted() {
    let other = lab::credentials_of("client-cert", "client-key", &lab::pem("other-ca")).unwrap();
    let problem = fails("https://10.210.0.11:2376", Some(&other)).await;
    same(
        &problem,
        "engine.unknown-authority",
        "not signed by the given authority",
    );
    assert_eq!(problem.field.as_deref(), Some("authority"));

    let authority = Authority::new();
    let credentials = lab::credentials_of("client-cert", "client-key", &authority.pem).unwrap();
    let port = authority.serve("elsewhere.example", 2100, Manner::Silent).await;
    let problem = fails(&format!("https://127.0.0.1:{port}"), Some(&credentials)).await;
    same(
        &problem,
        "engine.wrong-host",
        "is for elsewhere.example, not for 127.0.0.1",
    );

    let port = authority.serve("127.0.0.1", 2020, Manner::Silent).await;
    let problem = fails(&format!("https://127.0.0.1:{port}"), Some(&credentials)).await;
    same(&problem, "engine.server-certificate-expired", "expired on 2020-03-04");
}

#[tokio::test]
async fn the_engine_does_not_take_our_certificate() {
    let refused = lab::credentials_of("other-client-cert", "other-client-key", &lab::pem("ca")).unwrap();
    // The refusal comes after the handshake, with the first answer: never may it look like a broken connection.
    for _ in 0..25 {
        let problem = fails("https://10.210.0.11:2376", Some(&refused)).await;
        same(
            &problem,
            "engine.client-certificate-refused",
            "does not accept the client certificate",
        );
    }
}

#[tokio::test]
async fn our_certificate_has_expired() {
    let expired = lab::credentials_of("expired-client-cert", "client-key", &lab::pem("ca")).unwrap();
    let problem = fails("https://10.210.0.11:2376", Some(&expired)).await;
    same(&problem, "engine.client-certificate-expired", "expired on 2020-02-01");
    assert_eq!(problem.args["date"], "2020-02-01");
}

#[tokio::test]
async fn credentials_are_missing() {
    same(
        &fails("https://10.210.0.11:2376", None).await,
        "engine.credentials-missing",
        "no certificates",
    );
}

#[test]
fn credentials_that_do_not_fit_together() {
    let ca = lab::pem("ca");
    let problem = why(lab::credentials_of("client-cert", "other-client-key", &ca));
    same(&problem, "engine.key-mismatch", "does not belong");
    assert_eq!(problem.field.as_deref(), Some("key"));
}

#[test]
fn texts_that_are_not_pem() {
    let (certificate, key, ca) = (lab::pem("client-cert"), lab::pem("client-key"), lab::pem("ca"));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (certificate, key, ca, field) in [
        ("hello", key.as_str(), ca.as_str(), "certificate"),
        (&key, &key, &ca, "certificate"),
        (broken, &key, &ca, "certificate"),
        (&certificate, "", &ca, "key"),
        (&certificate, &certificate, &ca, "key"),
        (&certificate, &key, "hello", "authority"),
        (&certificate, &key, broken, "authority"),
    ] {
        let problem = why(Credentials::new(certificate, key, ca));
        same(&problem, "engine.not-pem", "is not PEM");
        assert_eq!(problem.field.as_deref(), Some(field));
    }
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    same(
        &why(Credentials::new(&certificate, locked, &ca)),
        "engine.key-encrypted",
        "passphrase",
    );
}
