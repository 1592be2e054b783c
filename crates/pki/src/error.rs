//! Why a certificate cannot be made or read.

/// Why a certificate cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The text is no signing request, or one whose signature is not by its own key.
    #[error("this is no certificate signing request, or it is not signed by its own key")]
    NotARequest,
    /// The key of the request is none that is taken.
    #[error("the key of the request must be an EC key on the curve P-256")]
    Key,
    /// The authority that was kept cannot be read.
    #[error("the kept certificate authority cannot be read")]
    Authority,
    /// A host can stand in no certificate.
    #[error("“{0}” can stand in no certificate")]
    Host(String),
    /// The certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Making(#[from] rcgen::Error),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandom,
}
