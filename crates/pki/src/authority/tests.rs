//! Certificates as other programs read them: x509-parser, and the openssl that every Docker host has.
use super::*;
use std::path::Path;
use std::process::Command;

const NOW: Millis = Millis(1_780_000_000_000);

pub(crate) fn request() -> (Request, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let pem = CertificateParams::default()
        .serialize_request(&key)
        .unwrap()
        .pem()
        .unwrap();
    (Request::read(&pem).unwrap(), key)
}

fn hosts() -> Vec<Host> {
    ["10.0.0.1", "node1.example.org", "2001:db8::1"]
        .map(|host| Host::parse(host).unwrap())
        .to_vec()
}

fn now() -> Millis {
    Millis::now()
}

fn verify(dir: &Path, authority: &str, leaf: &str, arguments: &[&str]) -> bool {
    std::fs::write(dir.join("ca.pem"), authority).unwrap();
    std::fs::write(dir.join("leaf.pem"), leaf).unwrap();
    let output = Command::new("openssl")
        .args(["verify", "-x509_strict", "-CAfile"])
        .arg(dir.join("ca.pem"))
        .args(arguments)
        .arg(dir.join("leaf.pem"))
        .output()
        .unwrap();
    output.status.success()
}

#[test]
fn openssl_takes_each_for_its_own_purpose_and_host_alone() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new(now()).unwrap();
    let server = authority.server(&request().0, "node1", &hosts(), now()).unwrap();
    let client = authority.client("node1", now()).unwrap();
    let ca = authority.certificate();
    let check = |leaf: &str, arguments: &[&str]| verify(dir.path(), ca, leaf, arguments);
    assert!(check(&server, &["-purpose", "sslserver", "-verify_ip", "10.0.0.1"]));
    assert!(check(&server, &["-purpose", "sslserver", "-verify_ip", "2001:db8::1"]));
    assert!(check(
        &server,
        &["-purpose", "sslserver", "-verify_hostname", "node1.example.org"]
    ));
    assert!(check(&client.certificate, &["-purpose", "sslclient"]));
    for (leaf, arguments) in [
        (&*server, ["-purpose", "sslclient"]),
        (&client.certificate, ["-purpose", "sslserver"]),
        (&server, ["-verify_ip", "10.0.0.2"]),
        (&server, ["-verify_hostname", "node2.example.org"]),
        (&client.certificate, ["-verify_ip", "10.0.0.1"]),
    ] {
        assert!(!check(leaf, &arguments), "{arguments:?}");
    }
    let other = Authority::new(now()).unwrap();
    assert!(!verify(dir.path(), other.certificate(), &server, &[]));
    // The predecessor beside its successor: both are trusted, each leaf finds its own.
    let both = format!("{}{ca}", other.certificate());
    assert!(verify(dir.path(), &both, &server, &["-purpose", "sslserver"]));
}

#[test]
fn a_reader_finds_what_was_meant() {
    let authority = Authority::new(NOW).unwrap();
    parsed(authority.certificate(), |ca| {
        let constraints = ca.basic_constraints().unwrap().unwrap();
        assert!(constraints.critical && constraints.value.ca);
        assert_eq!(constraints.value.path_len_constraint, Some(0));
        let usage = ca.key_usage().unwrap().unwrap().value;
        assert!(usage.key_cert_sign() && !usage.digital_signature());
        assert_eq!(ca.verify_signature(None), Ok(()));
        Some(())
    })
    .unwrap();
    let client = authority.client("node1", NOW).unwrap();
    parsed(&client.certificate, |leaf| {
        assert!(!leaf.basic_constraints().unwrap().is_some_and(|c| c.value.ca));
        let usage = leaf.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth && !usage.any);
        let serial = leaf.raw_serial();
        assert!(serial.len() == 20 && serial[0] & 0x80 == 0, "{serial:?}");
        Some(())
    })
    .unwrap();
    assert_eq!(subject_of(&client.certificate).as_deref(), Some("node1"));
    assert_eq!(ends_of(&client.certificate), Some(client.ends));
    assert_eq!(client.ends.since(NOW), LASTS_DAYS * 24 * 3600 * 1000);
    assert_eq!(ends_of("no certificate"), None);
}

#[test]
fn an_authority_that_was_kept_goes_on_signing() {
    let dir = tempfile::tempdir().unwrap();
    let first = Authority::new(now()).unwrap();
    let (certificate, key) = (first.certificate().to_owned(), first.key());
    drop(first);
    let again = Authority::read(&certificate, &key).unwrap();
    let server = again.server(&request().0, "node1", &hosts(), now()).unwrap();
    assert!(verify(dir.path(), &certificate, &server, &["-purpose", "sslserver"]));
    assert!(Authority::read(&certificate, &Authority::new(now()).unwrap().key()).is_err());
    assert!(Authority::read("", &key).is_err());
    assert!(Authority::read(&certificate, "").is_err());
}

#[test]
fn nothing_outlives_its_authority() {
    let authority = Authority::new(NOW).unwrap();
    let late = Millis(authority.ends().0 - 24 * 3600 * 1000);
    assert_eq!(authority.client("node1", late).unwrap().ends, authority.ends());
}

#[test]
fn a_request_is_signed_by_its_own_key_and_is_on_the_right_curve() {
    let (read, key) = request();
    assert_eq!(read.public_key(), key.public_key_raw());
    let pem = CertificateParams::default().serialize_request(&key).unwrap();
    let mut der = pem.der().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    let changed = rcgen_pem(&der);
    assert!(matches!(Request::read(&changed), Err(PkiError::NotARequest)));
    for other in [&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let key = KeyPair::generate_for(other).unwrap();
        let pem = CertificateParams::default()
            .serialize_request(&key)
            .unwrap()
            .pem()
            .unwrap();
        assert!(matches!(Request::read(&pem), Err(PkiError::Key)));
    }
    let certificate = Authority::new(NOW).unwrap();
    for text in [
        "",
        "-----BEGIN CERTIFICATE REQUEST-----",
        certificate.certificate(),
        &"x".repeat(100_000),
    ] {
        assert!(Request::read(text).is_err());
    }
}

/// The DER as PEM, by openssl's own base64.
fn rcgen_pem(der: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("der"), der).unwrap();
    let output = Command::new("openssl")
        .args(["base64", "-in"])
        .arg(dir.path().join("der"))
        .output()
        .unwrap();
    let body = String::from_utf8(output.stdout).unwrap();
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n")
}

#[test]
fn hosts_are_names_or_addresses() {
    for good in ["node1", "Node1.example.org", "10.0.0.1", "::1", "a-b.c", "_x.example"] {
        assert!(Host::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "-a",
        "a-",
        "a..b",
        "a b",
        "1.2.3",
        "1.2.3.4.5",
        "a/b",
        "*.a",
        "é",
        &"a".repeat(64),
    ] {
        assert!(Host::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Host::parse("NODE1").unwrap(), Host::Name("node1".to_owned()));
}
