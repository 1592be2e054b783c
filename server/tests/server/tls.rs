//! Shipyard's own TLS: https with everything that follows from it, a renewed certificate without a restart, and client
//! certificates where they are asked for.
use crate::support::Yard;
use http::Request;
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// An authority for a test.
pub(crate) struct Authority {
    /// Its certificate.
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// Certificate and key for localhost, as PEM.
    pub(crate) fn issue(&self) -> (String, String) {
        let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// What a client of that authority, with or without a certificate of its own, is answered with.
async fn ask(
    address: &str,
    authority: &Authority,
    own: Option<&(String, String)>,
) -> Option<(Vec<u8>, http::HeaderMap)> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap())
        .unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let seen = stream.get_ref().1.peer_certificates()?.first()?.to_vec();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let request = Request::builder().uri("/login").header("host", "localhost");
    let answer = sender
        .send_request(request.body(Empty::<bytes::Bytes>::new()).unwrap())
        .await
        .ok()?;
    assert_eq!(answer.status(), 200);
    Some((seen, answer.headers().clone()))
}

fn write(yard: &Yard, name: &str, text: &str) -> PathBuf {
    let path = yard.path(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn https_and_a_renewed_certificate_without_a_restart() {
    let (yard, authority) = (Yard::new(), Authority::new());
    let first = authority.issue();
    let (certificate, key) = (write(&yard, "cert.pem", &first.0), write(&yard, "key.pem", &first.1));
    let arguments = [
        "--tls-cert",
        certificate.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let server = yard.start_with(&[&["--listen", "127.0.0.1:0"], &arguments[..]].concat(), &[]);
    assert!(server.greeting.last().unwrap().contains("https://"));
    let (seen, headers) = ask(&server.address, &authority, None).await.unwrap();
    assert_eq!(
        seen,
        CertificateDer::from_pem_slice(first.0.as_bytes()).unwrap().to_vec()
    );
    assert_eq!(headers["strict-transport-security"], "max-age=31536000");
    assert!(
        ask(&server.address, &Authority::new(), None).await.is_none(),
        "an authority that did not issue it"
    );
    // Plain HTTP gets nothing there.
    let plain = TcpStream::connect(&server.address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(plain))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = Request::builder().uri("/healthz").header("host", "localhost");
    assert!(
        sender
            .send_request(request.body(Empty::<bytes::Bytes>::new()).unwrap())
            .await
            .is_err()
    );

    // Half of a renewal: the old one stays. The whole: the new one, soon.
    let second = authority.issue();
    write(&yard, "key.pem", "no key at all");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(ask(&server.address, &authority, None).await.unwrap().0, seen);
    write(&yard, "cert.pem", &second.0);
    write(&yard, "key.pem", &second.1);
    let new = CertificateDer::from_pem_slice(second.0.as_bytes()).unwrap().to_vec();
    for _ in 0..100 {
        if ask(&server.address, &authority, None).await.unwrap().0 == new {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the renewed certificate was not taken");
}

#[tokio::test]
async fn a_client_authority_lets_nobody_in_without_its_certificate() {
    let (yard, authority, clients) = (Yard::new(), Authority::new(), Authority::new());
    let own = authority.issue();
    let files = [("cert.pem", &own.0), ("key.pem", &own.1), ("clients.pem", &clients.pem)];
    let paths = files.map(|(name, text)| write(&yard, name, text).to_str().unwrap().to_owned());
    let server = yard.start_with(
        &[
            "--listen",
            "127.0.0.1:0",
            "--tls-cert",
            &paths[0],
            "--tls-key",
            &paths[1],
            "--tls-client-ca",
            &paths[2],
        ],
        &[],
    );
    assert!(ask(&server.address, &authority, Some(&clients.issue())).await.is_some());
    assert!(ask(&server.address, &authority, None).await.is_none());
    assert!(
        ask(&server.address, &authority, Some(&authority.issue()))
            .await
            .is_none()
    );
}

#[test]
fn files_that_are_no_use_are_named() {
    let yard = Yard::new();
    let own = Authority::new().issue();
    let (good, other) = (
        write(&yard, "cert.pem", &own.0),
        write(&yard, "other.pem", &Authority::new().issue().1),
    );
    let missing = yard.path("none.pem");
    for (certificate, key, named) in [
        (&missing, &other, "none.pem"),
        (&good, &good, "cert.pem"),
        (&good, &other, "other.pem"),
    ] {
        let mut command = yard.command();
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--tls-cert",
            certificate.to_str().unwrap(),
            "--tls-key",
            key.to_str().unwrap(),
        ]);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains(named), "{said}");
    }
    let output = yard
        .command()
        .args(["--tls-cert", good.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "one without the other");
}
