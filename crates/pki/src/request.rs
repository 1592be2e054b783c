//! A node's signing request. It is signed by its own key, so whoever sends one has that key or copies one that was sent
//! before; and what comes of a copy is a certificate that only the key's holder can use.
use crate::error::PkiError;
use rcgen::{CertificateSigningRequestParams, PKCS_ECDSA_P256_SHA256, PublicKey, PublicKeyData};

/// Longest text that is looked at; a request has some 500 bytes.
const MOST: usize = 16 * 1024;
/// An uncompressed point on P-256 (SEC 1, 2.3.3).
const POINT: usize = 65;

/// A signing request whose signature was checked. Only its key is of interest.
pub struct Request {
    key: PublicKey,
}

impl Request {
    /// Reads a PEM text that holds one request.
    ///
    /// # Errors
    /// [`PkiError::NotARequest`], [`PkiError::Key`].
    pub fn read(pem: &str) -> Result<Self, PkiError> {
        if pem.len() > MOST {
            return Err(PkiError::NotARequest);
        }
        let read = CertificateSigningRequestParams::from_pem(pem).map_err(|_| PkiError::NotARequest)?;
        let key = read.public_key;
        // The algorithm is that of the signature, so the curve has to be told by the point.
        let uncompressed = key.der_bytes().len() == POINT && key.der_bytes().first() == Some(&4);
        if key.algorithm() != &PKCS_ECDSA_P256_SHA256 || !uncompressed {
            return Err(PkiError::Key);
        }
        Ok(Self { key })
    }

    /// The public key, by which the node is known.
    pub fn public_key(&self) -> &[u8] {
        self.key.der_bytes()
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.key
    }
}
