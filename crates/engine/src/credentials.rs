//! Certificates of one engine, made ready for TLS once and shared by all its connections.
use crate::connect_error::{ConnectError, PemField};
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, InconsistentKeys, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use shipyard_model::Millis;
use std::sync::Arc;
use zeroize::Zeroize;

/// Client certificate, key and authority of an engine.
///
/// The texts are not kept, and the decoded key is overwritten once TLS has loaded it. There is no `Debug`, `Display`
/// or `Serialize`.
#[derive(Clone)]
pub struct Credentials {
    config: Arc<ClientConfig>,
    ends: Millis,
}

impl Credentials {
    /// Reads three PEM texts: client certificate (chain), its private key, and the only authority to trust.
    ///
    /// An expired client certificate is accepted here, so that an engine that was added in better times still has
    /// credentials to say so with: [`crate::probe()`] and [`crate::Connection::open`] refuse it.
    ///
    /// # Errors
    /// [`ConnectError::NotPem`], [`ConnectError::KeyEncrypted`], [`ConnectError::KeyUnsupported`] or
    /// [`ConnectError::KeyMismatch`].
    pub fn new(certificate: &str, key: &str, authority: &str) -> Result<Self, ConnectError> {
        let chain = certificates(certificate, PemField::Certificate)?;
        let ends = chain.first().and_then(certificate_end);
        let ends = ends.ok_or(ConnectError::NotPem {
            field: PemField::Certificate,
        })?;
        let roots = roots(authority)?;
        let provider = Arc::new(ring::default_provider());
        let certified = CertifiedKey::new(chain, signing_key(key)?);
        if let Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) = certified.keys_match() {
            return Err(ConnectError::KeyMismatch);
        }
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| ConnectError::KeyUnsupported)?
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::in_memory_sessions(8);
        Ok(Self {
            config: Arc::new(config),
            ends,
        })
    }

    /// For a connection without a client certificate: to see whether an engine refuses strangers.
    ///
    /// # Errors
    /// [`ConnectError::NotPem`].
    pub(crate) fn of_a_stranger(authority: &str) -> Result<Self, ConnectError> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| ConnectError::KeyUnsupported)?
            .with_root_certificates(roots(authority)?)
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
            ends: Millis(i64::MAX),
        })
    }

    /// End of the client certificate's validity.
    pub fn certificate_ends(&self) -> Millis {
        self.ends
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }
}

fn roots(authority: &str) -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(authority, PemField::Authority)? {
        roots.add(root).map_err(|_| ConnectError::NotPem {
            field: PemField::Authority,
        })?;
    }
    Ok(roots)
}

fn certificates(pem: &str, field: PemField) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    read.ok()
        .filter(|certificates| !certificates.is_empty())
        .ok_or(ConnectError::NotPem { field })
}

fn signing_key(pem: &str) -> Result<Arc<dyn rustls::sign::SigningKey>, ConnectError> {
    let encrypted = pem.contains("BEGIN ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED");
    if encrypted {
        return Err(ConnectError::KeyEncrypted);
    }
    let mut key =
        PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| ConnectError::NotPem { field: PemField::Key })?;
    let loaded = ring::sign::any_supported_type(&key);
    key.zeroize();
    loaded.map_err(|_| ConnectError::KeyUnsupported)
}

/// End of a certificate's validity; `None` when it is none that can be read.
pub(crate) fn certificate_end(certificate: &CertificateDer<'_>) -> Option<Millis> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Some(Millis::from_seconds(parsed.validity().not_after.timestamp()))
}
