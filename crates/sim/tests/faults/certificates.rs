//! TLS: who is let in, and what is shown to whom.
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use shipyard_sim::{Config, EngineHandle, Fault, Shown, Sim, TlsMaterial, Transport};
use std::sync::Arc;
use tokio_rustls::TlsConnector;

async fn fleet() -> Sim {
    let config = Config {
        containers: 3,
        transport: Transport::Tls(None),
        ..Config::default()
    };
    Sim::start(config).await.unwrap()
}

fn connector(material: &TlsMaterial, with_certificate: bool) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(material.authority.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = if with_certificate {
        let certificate = CertificateDer::from_pem_slice(material.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(material.key.as_bytes()).unwrap();
        builder.with_client_auth_cert(vec![certificate], key).unwrap()
    } else {
        builder.with_no_client_auth()
    };
    TlsConnector::from(Arc::new(config))
}

/// What a ping over TLS yields.
async fn ping(engine: &EngineHandle, connector: &TlsConnector) -> Result<String, String> {
    let socket = crate::asking::socket(engine).await.map_err(|e| e.to_string())?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let socket = connector.connect(name, socket).await.map_err(|e| e.to_string())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
        .await
        .map_err(|e| e.to_string())?;
    tokio::spawn(connection);
    let request = Request::get("/_ping")
        .header("host", "docker")
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let answer = sender.send_request(request).await.map_err(|e| e.to_string())?;
    let body = answer.into_body().collect().await.map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
}

#[tokio::test]
async fn only_clients_with_a_certificate_are_let_in() {
    let sim = fleet().await;
    let (engine, material) = (sim.engine(0).unwrap(), sim.tls_material().unwrap());
    assert!(engine.address().starts_with("https://127.0.0.1:"));
    assert_eq!(ping(&engine, &connector(material, true)).await.unwrap(), "OK");
    assert!(ping(&engine, &connector(material, false)).await.is_err());
    let stranger = fleet().await;
    let mut wrong = stranger.tls_material().unwrap().clone();
    wrong.authority.clone_from(&material.authority);
    assert!(ping(&engine, &connector(&wrong, true)).await.is_err());
    let seen = sim.connections();
    assert_eq!((seen.handshakes_ever, seen.handshakes), (3, 0));
    assert!(seen.handshakes_at_most >= 1);
}

#[tokio::test]
async fn an_engine_shows_what_it_is_told_to() {
    let sim = fleet().await;
    let (engine, connector) = (sim.engine(0).unwrap(), connector(sim.tls_material().unwrap(), true));
    for (shown, words) in [
        (Shown::Expired, "expired"),
        (Shown::OtherName, "not valid for name"),
        (Shown::OtherAuthority, "UnknownIssuer"),
    ] {
        engine.put(Fault::Certificate(shown)).await.unwrap();
        let error = ping(&engine, &connector).await.unwrap_err();
        assert!(error.contains(words), "{shown:?}: {error}");
    }
    engine.heal().await.unwrap();
    assert_eq!(ping(&engine, &connector).await.unwrap(), "OK");
}
