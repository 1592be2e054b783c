//! Whom the client believes that it speaks to: authorities of the system, one that was given, or one certificate that a
//! person has looked at.
use crate::error::{Exit, Failure, Outcome};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// SHA-256 of a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate.
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }

    /// Reads 64 hexadecimal digits, with or without colons and a leading `sha256:`.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let want = || format!("“{text}” is no SHA-256 fingerprint: write its 64 hexadecimal digits");
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_prefix("sha256:").unwrap_or(&text);
        let digits: Vec<u32> = text
            .chars()
            .filter(|c| *c != ':')
            .map(|c| c.to_digit(16))
            .collect::<Option<_>>()
            .ok_or_else(want)?;
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [high, low] => u8::try_from(high * 16 + low).ok(),
                _ => None,
            })
            .collect();
        match (digits.len(), bytes.try_into()) {
            (64, Ok(bytes)) => Ok(Self(bytes)),
            _ => Err(want()),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whom to believe.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// This certificate and no other.
    pub fingerprint: Option<Fingerprint>,
    /// A file with further authorities (PEM).
    pub ca_cert: Option<PathBuf>,
    /// Anybody.
    pub anybody: bool,
}

/// The certificate that the server last showed.
#[derive(Clone, Default)]
pub struct Shown(Arc<Mutex<Option<Fingerprint>>>);

impl Shown {
    /// Its fingerprint, once a handshake has come that far.
    pub fn get(&self) -> Option<Fingerprint> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, fingerprint: Fingerprint) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
    }
}

/// The configuration of the connections, and where the server's certificate is noted.
///
/// # Errors
/// When the file of authorities cannot be read or holds none.
pub fn config(trust: &Trust) -> Outcome<(Arc<ClientConfig>, Shown)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    if trust.fingerprint.is_none() && !trust.anybody {
        // Of a system's bundle some are usually too old to be read; those that can be are enough.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(path) = &trust.ca_cert {
        for certificate in authorities(path)? {
            roots
                .add(certificate)
                .map_err(|e| Failure::failed(format!("“{}” holds no authority.", path.display())).because(&e))?;
        }
    }
    let webpki = if roots.is_empty() {
        None
    } else {
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .ok()
    };
    let shown = Shown::default();
    let verifier = Verifier {
        provider: Arc::clone(&provider),
        webpki,
        trust: trust.clone(),
        shown: shown.clone(),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Failure::failed("TLS cannot be used on this machine.").because(&e))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok((Arc::new(config), shown))
}

/// The authorities of a PEM file.
///
/// # Errors
/// When it cannot be read or holds none.
pub fn authorities(path: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
    let bad = || Failure::usage(format!("“{}” holds no certificate (PEM).", path.display()));
    let bytes =
        std::fs::read(path).map_err(|e| Failure::usage(format!("“{}” cannot be read.", path.display())).because(&e))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| bad())?;
    if certificates.is_empty() {
        Err(bad())
    } else {
        Ok(certificates)
    }
}

struct Verifier {
    provider: Arc<CryptoProvider>,
    webpki: Option<Arc<WebPkiServerVerifier>>,
    trust: Trust,
    shown: Shown,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let fingerprint = Fingerprint::of(end_entity);
        self.shown.set(fingerprint);
        if let Some(pinned) = self.trust.fingerprint {
            // Looked at by a person: neither its names nor its end matter any more, and no other will do.
            return if pinned == fingerprint {
                Ok(ServerCertVerified::assertion())
            } else {
                Err(CertificateError::ApplicationVerificationFailure.into())
            };
        }
        if self.trust.anybody {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.webpki {
            Some(webpki) => webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    // Whoever is believed must hold the certificate's key: this is checked in any case.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What a failed handshake is told as.
pub fn refusal(address: &str, trust: &Trust, shown: Option<Fingerprint>, error: &std::io::Error) -> Failure {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let failure = match (tls, shown) {
        (Some(Error::InvalidCertificate(_)), Some(shown)) if trust.fingerprint.is_some() => Failure::new(
            Exit::Unreachable,
            format!("{address} shows another certificate than the one that you trust. Its SHA-256 fingerprint: {shown}"),
        )
        .hint("Somebody may be in between. If the server has a new certificate, compare the fingerprint there, then: shipyard context trust"),
        (Some(Error::InvalidCertificate(why)), Some(shown)) => Failure::new(
            Exit::Unreachable,
            format!("The certificate of {address} is not trusted: {}. Its SHA-256 fingerprint: {shown}", wrong(why)),
        )
        .hint("Compare the fingerprint on the server. If it is the same: shipyard context trust\nOr name the authority that signed it: shipyard context add NAME URL --ca-cert FILE"),
        _ => Failure::new(Exit::Unreachable, format!("{address} does not speak TLS, or breaks it off.")),
    };
    failure.because(error)
}

fn wrong(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::UnknownIssuer => "no authority that this machine knows has signed it",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has ended",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "it is for another name",
        CertificateError::Revoked => "it was revoked",
        _ => "it cannot be checked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fingerprints_are_read_as_openssl_writes_them() {
        let text = Fingerprint::of(b"x").to_string();
        assert_eq!(text.len(), 95);
        assert_eq!(Fingerprint::parse(&text), Ok(Fingerprint::of(b"x")));
        assert_eq!(
            Fingerprint::parse(&format!("SHA256:{}", text.replace(':', ""))),
            Ok(Fingerprint::of(b"x"))
        );
        for bad in ["", "ab", &"g".repeat(64), &"a".repeat(63), &"a".repeat(66)] {
            assert!(Fingerprint::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_fingerprint_is_read_back(bytes: [u8; 32]) {
            prop_assert_eq!(Fingerprint::parse(&Fingerprint(bytes).to_string()), Ok(Fingerprint(bytes)));
        }
    }
}
