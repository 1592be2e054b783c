//! What the same machine needs for the bare work: connect to each engine, read its list and decode it into typed fields, with hyper
//! and serde alone.
use crate::http::Connection;
use crate::simulated::Simulated;
use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Connections that are made at once.
const AT_ONCE: usize = 64;

/// What a program would read of a container.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: String,
    names: Vec<String>,
    image: String,
    state: String,
    status: String,
    labels: Option<BTreeMap<String, String>>,
}

/// How to connect to simulated engines.
pub(crate) fn connector(simulated: &Simulated) -> Result<TlsConnector> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(simulated.pem("ca.pem")?.as_bytes())?)?;
    let chain = CertificateDer::from_pem_slice(simulated.pem("cert.pem")?.as_bytes())?;
    let key = PrivateKeyDer::from_pem_slice(simulated.pem("key.pem")?.as_bytes())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![chain], key)?;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// A connection to a simulated engine.
pub(crate) async fn connect(tls: &TlsConnector, address: &str) -> Result<Connection> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let stream = tls.connect(ServerName::try_from("127.0.0.1")?, stream).await?;
    Connection::over(stream, address).await
}

/// Reads the lists of all engines once; how many containers they have, and how long it took.
pub(crate) async fn read_all(simulated: &Simulated) -> Result<(u64, Duration)> {
    let tls = connector(simulated)?;
    let begun = Instant::now();
    let lists = stream::iter(0..simulated.engines).map(|engine| {
        let (tls, address) = (tls.clone(), simulated.address(engine));
        async move {
            let mut connection = connect(&tls, &address).await?;
            let answer = connection.get("/containers/json?all=1").await?;
            let list: Vec<Listed> = serde_json::from_slice(&answer.body).context("a list")?;
            let read = list.iter().filter(|one| {
                let labels = one.labels.as_ref().map_or(0, BTreeMap::len);
                !one.id.is_empty()
                    && !one.names.is_empty()
                    && one.image.len() + one.state.len() + one.status.len() + labels > 0
            });
            anyhow::Ok(read.count() as u64)
        }
    });
    let count = lists
        .buffer_unordered(AT_ONCE)
        .try_fold(0, async |sum, n| Ok(sum + n))
        .await?;
    Ok((count, begun.elapsed()))
}
