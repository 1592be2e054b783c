//! Why there is no connection to an engine: one kind, one sentence and one hint for each cause that a person can mend.
use shipyard_model::Millis;

/// Which of the three PEM texts is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PemField {
    /// The client certificate.
    Certificate,
    /// The client certificate's private key.
    Key,
    /// The authority of the engine's server certificate.
    Authority,
}

impl PemField {
    /// The form field's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "key",
            Self::Authority => "authority",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Certificate => "client certificate",
            Self::Key => "private key",
            Self::Authority => "certificate authority",
        }
    }
}

/// Why an engine cannot be reached, or is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.problem())]
pub enum ConnectError {
    /// The host name has no address.
    NameNotFound {
        /// The host name.
        host: String,
    },
    /// No engine is there, but something that Shipyard must not be led to.
    OffLimits {
        /// The address.
        address: String,
    },
    /// Nothing listens there.
    Refused {
        /// The address.
        address: String,
    },
    /// No answer in time.
    TimedOut {
        /// The address.
        address: String,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// The network has no way there.
    Unreachable {
        /// The address.
        address: String,
        /// The system's words.
        reason: String,
    },
    /// The connection was closed before an answer.
    Closed {
        /// The address.
        address: String,
    },
    /// TLS was asked for, and what answers does not speak it.
    NotTls {
        /// The address.
        address: String,
    },
    /// A plain address, and what answers speaks TLS.
    TlsExpected {
        /// The address.
        address: String,
    },
    /// The server certificate is not signed by the given authority.
    UnknownAuthority {
        /// The address.
        address: String,
    },
    /// The server certificate is for other names.
    WrongHost {
        /// The host that was asked for.
        host: String,
        /// The names that it is for.
        names: String,
    },
    /// The server certificate has expired.
    ServerCertificateExpired {
        /// The address.
        address: String,
        /// When it ended; `None` when that is not known.
        ended: Option<Millis>,
    },
    /// The server certificate is not valid yet.
    ServerCertificateEarly {
        /// The address.
        address: String,
    },
    /// The client certificate has expired.
    ClientCertificateExpired {
        /// When it ended.
        ended: Millis,
    },
    /// The engine does not accept the client certificate.
    ClientCertificateRefused {
        /// The address.
        address: String,
        /// The engine's alert.
        reason: String,
    },
    /// The private key is not the client certificate's.
    KeyMismatch,
    /// The private key is encrypted.
    KeyEncrypted,
    /// The private key is of a kind that cannot be used.
    KeyUnsupported,
    /// A text holds no PEM of its kind.
    NotPem {
        /// Which text.
        field: PemField,
    },
    /// TLS failed in another way.
    Tls {
        /// The address.
        address: String,
        /// What TLS says.
        reason: String,
    },
    /// Something answers, but it is no Docker engine.
    NotDocker {
        /// The address.
        address: String,
    },
    /// It answers, and refuses to serve us.
    Forbidden {
        /// The address.
        address: String,
        /// Its words.
        reason: String,
    },
    /// A TLS address without certificates.
    CredentialsMissing {
        /// The address.
        address: String,
    },
    /// There is no socket at this path.
    SocketMissing {
        /// The path.
        path: String,
    },
    /// We may not open the socket.
    SocketDenied {
        /// The path.
        path: String,
    },
    /// The engine is older than what we can talk to.
    ApiTooOld {
        /// Its API version.
        version: String,
    },
}
