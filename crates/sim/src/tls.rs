//! Certificates, made in memory: one authority, one certificate for all engines and some that must be refused, and the
//! client's.
use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::Ticketer;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

/// What a client needs to be let in, as PEM.
#[derive(Clone, Debug)]
pub struct TlsMaterial {
    /// The authority's certificate.
    pub authority: String,
    /// The client's certificate.
    pub certificate: String,
    /// The client's key.
    pub key: String,
}

/// Which certificate an engine shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// A good one.
    #[default]
    Good,
    /// One that has expired.
    Expired,
    /// One for another name.
    OtherName,
    /// One of another authority.
    OtherAuthority,
}

/// What engines show, and what clients need.
pub(crate) struct Tls {
    pub(crate) material: TlsMaterial,
    good: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    other_name: Arc<ServerConfig>,
    other_authority: Arc<ServerConfig>,
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Result<Self> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    fn sign(&self, names: &[&str], client: bool, end_year: i32) -> Result<(rcgen::Certificate, KeyPair)> {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params
            .distinguished_name
            .push(DnType::CommonName, if client { "client" } else { "engine" });
        params.extended_key_usages = vec![if client {
            ExtendedKeyUsagePurpose::ClientAuth
        } else {
            ExtendedKeyUsagePurpose::ServerAuth
        }];
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(end_year, 3, 4);
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, &self.issuer)?, key))
    }
}

/// Far enough.
const GOOD_UNTIL: i32 = 2060;
const EXPIRED: i32 = 2020;

impl Tls {
    pub(crate) fn new() -> Result<Self> {
        let (ours, other) = (Authority::new("shipyard-sim")?, Authority::new("another authority")?);
        let (certificate, key) = ours.sign(&[], true, GOOD_UNTIL)?;
        let here = ["127.0.0.1", "localhost", "::1"];
        let show = |authority: &Authority, names: &[&str], year| -> Result<Arc<ServerConfig>> {
            let (certificate, key) = authority.sign(names, false, year)?;
            let mut roots = rustls::RootCertStore::empty();
            roots.add(ours.certificate.clone())?;
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let clients =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
            let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
            let mut config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()?
                .with_client_cert_verifier(clients)
                .with_single_cert(vec![certificate.der().clone()], key)
                .context("a certificate of our own")?;
            // As dockerd's.
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            // Go's servers send one ticket, which holds all that they have to know: a client that comes back is let in without
            // signatures (`crypto/tls`, `Config.SessionTicketsDisabled`).
            config.ticketer = Ticketer::new()?;
            config.send_tls13_tickets = 1;
            Ok(Arc::new(config))
        };
        Ok(Self {
            good: show(&ours, &here, GOOD_UNTIL)?,
            expired: show(&ours, &here, EXPIRED)?,
            other_name: show(&ours, &["elsewhere.example"], GOOD_UNTIL)?,
            other_authority: show(&other, &here, GOOD_UNTIL)?,
            material: TlsMaterial {
                authority: ours.pem,
                certificate: certificate.pem(),
                key: key.serialize_pem(),
            },
        })
    }

    pub(crate) fn config(&self, shown: Shown) -> Arc<ServerConfig> {
        let config = match shown {
            Shown::Good => &self.good,
            Shown::Expired => &self.expired,
            Shown::OtherName => &self.other_name,
            Shown::OtherAuthority => &self.other_authority,
        };
        Arc::clone(config)
    }
}
