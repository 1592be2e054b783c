//! TLS of Shipyard's own port: TLS 1.2 and 1.3 with rustls. Certificate and key are files, read again when they change,
//! so that a renewed certificate needs no restart; who is connected stays so.
use arc_swap::ArcSwap;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Time between two looks at the files.
const LOOK: Duration = Duration::from_secs(2);

/// Where certificate, key and authority lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, with those between it and its authority behind it (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: PathBuf,
    /// The authority that clients must have a certificate of (PEM); `None` where they need none.
    pub client_authority: Option<PathBuf>,
}

/// Why the files cannot be used: one sentence that names the file.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {}: {cause}", file.display())]
pub(crate) struct BadTls {
    file: PathBuf,
    cause: String,
}

/// What connections are accepted with.
pub(crate) struct Tls {
    files: TlsFiles,
    config: ArcSwap<ServerConfig>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// Which file cannot be used, and why.
    pub(crate) fn load(files: TlsFiles) -> Result<Self, BadTls> {
        let config = ArcSwap::from_pointee(read(&files)?);
        Ok(Self { files, config })
    }

    /// Does the handshake; `None` when it fails or takes too long.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.config.load_full());
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a handshake failed");
                None
            }
            Err(_) => None,
        }
    }

    /// Reads the files again whenever one of them changes. What cannot be used is told once, and the old goes on.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut known = self.stamps();
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.stamps();
            if now == known {
                continue;
            }
            match read(&self.files) {
                Ok(config) => {
                    self.config.store(Arc::new(config));
                    tracing::info!(file = %self.files.certificate.display(), "certificate read again");
                }
                Err(error) => tracing::error!(%error, "the certificate in use stays"),
            }
            known = now;
        }
    }

    fn stamps(&self) -> Vec<Option<SystemTime>> {
        let files = [
            Some(&self.files.certificate),
            Some(&self.files.key),
            self.files.client_authority.as_ref(),
        ];
        let changed = |file: &PathBuf| std::fs::metadata(file).and_then(|meta| meta.modified()).ok();
        files.into_iter().flatten().map(changed).collect()
    }
}

fn read(files: &TlsFiles) -> Result<ServerConfig, BadTls> {
    let bad = |file: &Path, cause: String| BadTls {
        file: file.to_owned(),
        cause,
    };
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| bad(&files.key, words(&error)))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(&files.certificate, error.to_string()))?;
    let builder = match &files.client_authority {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for root in certificates(file)? {
                roots.add(root).map_err(|error| bad(file, error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| bad(file, error.to_string()))?)
        }
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| bad(&files.key, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, BadTls> {
    let bad = |cause: String| BadTls {
        file: file.to_owned(),
        cause,
    };
    let all = CertificateDer::pem_file_iter(file).map_err(|error| bad(words(&error)))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|error| bad(words(&error)))?;
    if all.is_empty() {
        return Err(bad("it holds no certificate".to_owned()));
    }
    Ok(all)
}

/// What is wrong with a PEM file, without what is in it.
fn words(error: &rustls_pki_types::pem::Error) -> String {
    match error {
        rustls_pki_types::pem::Error::Io(error) => error.to_string(),
        rustls_pki_types::pem::Error::NoItemsFound => "it holds nothing of that kind".to_owned(),
        _ => "it is no PEM".to_owned(),
    }
}
