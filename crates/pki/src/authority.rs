//! The authority: ECDSA P-256 throughout, for which every Docker and every TLS library has had support for a decade.
//!
//! A server certificate is for servers only and a client certificate for clients only, so that what lies on one node opens
//! no other node. All client certificates are Shipyard's own; none is ever given away.
use crate::error::PkiError;
use crate::request::Request;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber,
};
use shipyard_model::Millis;
use std::net::IpAddr;
use time::{Duration, OffsetDateTime};
use zeroize::{Zeroize, Zeroizing};

/// Days that a server or client certificate holds.
pub const LASTS_DAYS: i64 = 365;
/// Days that an authority holds.
const AUTHORITY_DAYS: i64 = 3650;
/// A node's clock may be behind ours by as much, and a new certificate holds there all the same.
const EARLIER: Duration = Duration::hours(1);

/// What a server certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Host {
    /// Reads a host name or an IP address (IPv6 without brackets).
    ///
    /// # Errors
    /// [`PkiError::Host`] for what is neither.
    pub fn parse(text: &str) -> Result<Self, PkiError> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address));
        }
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        // All digits at the end: a number that is no address, and never a name (WHATWG, ends-in-a-number).
        let numeric = |text: &str| {
            text.rsplit('.')
                .next()
                .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
        };
        if text.len() <= 253 && text.split('.').all(label) && !numeric(text) {
            Ok(Self::Name(text.to_ascii_lowercase()))
        } else {
            Err(PkiError::Host(text.to_owned()))
        }
    }

    fn san(&self) -> Result<SanType, PkiError> {
        Ok(match self {
            Self::Name(name) => SanType::DnsName(name.as_str().try_into()?),
            Self::Address(address) => SanType::IpAddress(*address),
        })
    }
}

/// A client certificate with its key. Overwritten when dropped; without `Debug`, `Display` and `Serialize`.
pub struct ClientCertificate {
    /// The certificate, PEM.
    pub certificate: Zeroizing<String>,
    /// Its private key, PEM.
    pub key: Zeroizing<String>,
    /// When it ends.
    pub ends: Millis,
}

/// A certificate authority with its key. Without `Debug`, `Display` and `Serialize`; the key is overwritten when dropped.
pub struct Authority {
    certificate: String,
    params: CertificateParams,
    key: KeyPair,
    ends: Millis,
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

fn moment(at: Millis) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn millis(at: OffsetDateTime) -> Millis {
    Millis(at.unix_timestamp().saturating_mul(1000))
}

/// 159 random bits (RFC 5280 allows 20 bytes of a positive number).
fn serial() -> Result<SerialNumber, PkiError> {
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).map_err(|_| PkiError::NoRandom)?;
    let [first, ..] = &mut bytes;
    *first = *first & 0x7f | 0x01;
    Ok(SerialNumber::from_slice(&bytes))
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Shipyard");
    name.push(DnType::CommonName, common);
    name
}

impl Authority {
    /// Makes an authority that signs leaves alone (path length 0).
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new(now: Millis) -> Result<Self, PkiError> {
        let serial = serial()?;
        // Two authorities must not share a name: verifiers look for the issuer by it.
        let digits: String = serial.to_bytes().iter().take(4).map(|b| format!("{b:02x}")).collect();
        let mut params = CertificateParams::default();
        params.distinguished_name = name(&format!("Shipyard authority {digits}"));
        params.serial_number = Some(serial);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = moment(now) - EARLIER;
        params.not_after = moment(now) + Duration::days(AUTHORITY_DAYS);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        let ends = millis(params.not_after);
        Ok(Self {
            certificate,
            params,
            key,
            ends,
        })
    }

    /// The authority of two PEM texts that [`Authority::certificate`] and [`Authority::key`] gave.
    ///
    /// # Errors
    /// [`PkiError::Authority`] when they are not such, or not of each other.
    pub fn read(certificate: &str, key: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(key).map_err(|_| PkiError::Authority)?;
        let (common, public, identifier, ends) = parsed(certificate, |read| {
            let common = read
                .subject()
                .iter_common_name()
                .next()
                .and_then(|name| name.as_str().ok());
            let identifier = read
                .extensions()
                .iter()
                .find_map(|extension| match extension.parsed_extension() {
                    x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
                    _ => None,
                });
            Some((
                common?.to_owned(),
                read.public_key().subject_public_key.data.to_vec(),
                identifier?,
                Millis::from_seconds(read.validity().not_after.timestamp()),
            ))
        })
        .ok_or(PkiError::Authority)?;
        if public != key.public_key_raw() {
            return Err(PkiError::Authority);
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = name(&common);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(identifier);
        Ok(Self {
            certificate: certificate.to_owned(),
            params,
            key,
            ends,
        })
    }

    /// Its certificate, PEM: what is trusted.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its private key, PEM, for the place that seals it.
    pub fn key(&self) -> Zeroizing<String> {
        Zeroizing::new(self.key.serialize_pem())
    }

    /// When it ends.
    pub fn ends(&self) -> Millis {
        self.ends
    }

    /// Signs the key of a node's request, for a server of these hosts. What else the request asks for is not looked at.
    ///
    /// # Errors
    /// [`PkiError::Host`], or the certificate cannot be made.
    pub fn server(&self, request: &Request, engine: &str, hosts: &[Host], now: Millis) -> Result<String, PkiError> {
        let mut params = self.leaf(engine, ExtendedKeyUsagePurpose::ServerAuth, now)?;
        params.subject_alt_names = hosts.iter().map(Host::san).collect::<Result<_, _>>()?;
        let issuer = Issuer::from_params(&self.params, &self.key);
        Ok(params.signed_by(request.key(), &issuer)?.pem())
    }

    /// Makes a key and a client certificate for the connections to one engine.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn client(&self, engine: &str, now: Millis) -> Result<ClientCertificate, PkiError> {
        let params = self.leaf(engine, ExtendedKeyUsagePurpose::ClientAuth, now)?;
        let issuer = Issuer::from_params(&self.params, &self.key);
        let mut key = KeyPair::generate()?;
        let made = ClientCertificate {
            certificate: Zeroizing::new(params.signed_by(&key, &issuer)?.pem()),
            key: Zeroizing::new(key.serialize_pem()),
            ends: millis(params.not_after),
        };
        key.zeroize();
        Ok(made)
    }

    fn leaf(&self, engine: &str, usage: ExtendedKeyUsagePurpose, now: Millis) -> Result<CertificateParams, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = name(engine);
        params.serial_number = Some(serial()?);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.not_before = moment(now) - EARLIER;
        // Nothing outlives who signed it.
        params.not_after = (moment(now) + Duration::days(LASTS_DAYS)).min(moment(self.ends));
        Ok(params)
    }
}

/// What a reader makes of the first certificate of a PEM text.
fn parsed<T>(pem: &str, read: impl FnOnce(&x509_parser::certificate::X509Certificate<'_>) -> Option<T>) -> Option<T> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    read(&pem.parse_x509().ok()?)
}

/// End of a certificate, PEM; `None` when it is none.
pub fn ends_of(pem: &str) -> Option<Millis> {
    parsed(pem, |read| {
        Some(Millis::from_seconds(read.validity().not_after.timestamp()))
    })
}

/// The common name of a certificate, PEM; `None` when it is none, or has none.
pub fn subject_of(pem: &str) -> Option<String> {
    parsed(pem, |read| {
        let name = read.subject().iter_common_name().next()?;
        Some(name.as_str().ok()?.to_owned())
    })
}

#[cfg(test)]
mod tests;
