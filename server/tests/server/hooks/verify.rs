//! What a receiver does: it proves who it is by TLS, and verifies signatures as `docs/webhooks.md` shows it.
use super::{NOTHING, act, admin, hook, new, start, start_with};
use crate::support::{Receiver, Seen, Yard};
use crate::tls::Authority;
use http::Method;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

fn acceptor(authority: &Authority) -> TlsAcceptor {
    let (certificate, key) = authority.issue();
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn a_receiver_proves_who_it_is_by_an_authority_that_is_trusted() {
    let (yard, ours, other) = (Yard::new(), Authority::new(), Authority::new());
    let file = yard.path("authority.pem");
    std::fs::write(&file, &ours.pem).unwrap();
    let server = start_with(&yard, &["--webhook-ca", file.to_str().unwrap()]);
    let mut client = admin(&server).await;
    let good = Receiver::at(Receiver::place(), Some(acceptor(&ours)));
    let bad = Receiver::at(Receiver::place(), Some(acceptor(&other)));
    let address = |receiver: &Receiver| format!("https://localhost:{}/", receiver.port);
    let (path, secret) = hook(&mut client, &address(&good), &["role"]).await;
    act(&mut client, "one").await;
    assert!(good.until(1).await[0].is_signed_with(&secret));
    let put = client.api(Method::PUT, &path, &new(&address(&bad), &["role"])).await;
    assert_eq!(put.status, 200, "{}", put.text);
    let test = client.api(Method::POST, &format!("{path}/test"), &NOTHING).await.json();
    assert_eq!(test["error"]["code"], "hook.tls", "{test}");
    assert_eq!(
        (bad.seen().len(), bad.connections()),
        (0, 1),
        "nothing was sent before it was known"
    );
    drop(server);

    std::fs::write(&file, "no certificate").unwrap();
    let mut command = yard.command();
    command.args(["--listen", "127.0.0.1:0", "--webhook-ca", file.to_str().unwrap()]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8(output.stderr).unwrap().contains("authority.pem"));
}

/// A piece of code of the documentation.
fn example(language: &str) -> String {
    let text = include_str!("../../../../docs/webhooks.md");
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn python(secret: &str, seen: &Seen) -> bool {
    let told: Value = json!({ "secret": secret, "body": String::from_utf8(seen.body.clone()).unwrap(), "headers": {
        "webhook-id": seen.header("webhook-id"), "webhook-timestamp": seen.header("webhook-timestamp"),
        "webhook-signature": seen.header("webhook-signature") } });
    let ask = "import json, sys\ntold = json.loads(sys.argv[1])\n\
               sys.exit(0 if verify(told['secret'], told['headers'], told['body'].encode()) else 3)\n";
    let output = Command::new("python3")
        .args(["-c", &(example("python") + ask), &told.to_string()])
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.status.success()
}

fn shell(yard: &Yard, secret: &str, seen: &Seen) -> bool {
    std::fs::write(yard.path("body"), &seen.body).unwrap();
    let output = Command::new("sh")
        .args(["-c", &example("sh")])
        .current_dir(yard.path("body").parent().unwrap())
        .env("secret", secret)
        .env("id", seen.header("webhook-id"))
        .env("timestamp", seen.header("webhook-timestamp"))
        .env("signature", seen.header("webhook-signature"))
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.status.success()
}

#[tokio::test]
async fn the_examples_of_the_documentation_verify() {
    let yard = Yard::new();
    let server = start(&yard);
    let (mut client, receiver) = (admin(&server).await, Receiver::new().await);
    let (path, secret) = hook(&mut client, &receiver.url("/"), &["role"]).await;
    let rotated = client.api(Method::POST, &format!("{path}/secret"), &NOTHING).await;
    let next = rotated.json()["secret"].as_str().unwrap().to_owned();
    act(&mut client, "one").await;
    let mut seen = receiver.until(1).await.remove(0);
    for secret in [&secret, &next] {
        assert!(python(secret, &seen) && shell(&yard, secret, &seen));
    }
    seen.body.push(b' ');
    assert!(!python(&secret, &seen) && !shell(&yard, &secret, &seen));
}
