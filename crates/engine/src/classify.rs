//! Finds the cause of a failed connection in the chain of errors that hyper, rustls and the system leave.
use crate::ConnectError;
use crate::connector::DialError;
use rustls::{AlertDescription, CertificateError};
use shipyard_model::{EngineAddress, Millis};
use std::error::Error;
use std::io;

/// The first error of type `T` in a chain. An `io::Error` hides what it wraps from `source()`, so it is opened too.
pub(crate) fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    walk(error, &mut |e| e.downcast_ref::<T>())
}

fn walk<'e, T>(
    error: &'e (dyn Error + 'static),
    look: &mut impl FnMut(&'e (dyn Error + 'static)) -> Option<T>,
) -> Option<T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = look(current) {
            return Some(found);
        }
        let inner = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}

/// What a person can be told about a failed connection; `None` when the chain holds nothing known.
pub(crate) fn classify(error: &(dyn Error + 'static), address: &EngineAddress) -> Option<ConnectError> {
    let text = address.to_string();
    if let Some(found) = walk(error, &mut |e| e.downcast_ref().and_then(|e| classify_dial(e, address))) {
        return Some(found);
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return Some(classify_tls(tls, address));
    }
    if let Some(found) = walk(error, &mut |e| {
        e.downcast_ref::<io::Error>().and_then(|e| classify_io(e, address))
    }) {
        return Some(found);
    }
    let http = find::<hyper::Error>(error)?;
    if http.is_parse() {
        Some(ConnectError::NotDocker { address: text })
    } else if http.is_incomplete_message() || http.is_closed() || http.is_canceled() || http.is_body_write_aborted() {
        Some(ConnectError::Closed { address: text })
    } else {
        None
    }
}

fn classify_dial(error: &DialError, address: &EngineAddress) -> Option<ConnectError> {
    let text = address.to_string();
    match error {
        DialError::NameNotFound => {
            let host = address.host().unwrap_or_default().to_owned();
            Some(ConnectError::NameNotFound { host })
        }
        DialError::OffLimits => Some(ConnectError::OffLimits { address: text }),
        DialError::TimedOut { seconds } => Some(ConnectError::TimedOut {
            address: text,
            seconds: *seconds,
        }),
        DialError::TlsExpected => Some(ConnectError::TlsExpected { address: text }),
        DialError::Io(_) | DialError::Tls(_) | DialError::Tcp(_) => None,
    }
}

fn classify_io(error: &io::Error, address: &EngineAddress) -> Option<ConnectError> {
    use io::ErrorKind as K;
    let text = address.to_string();
    let reason = || error.kind().to_string();
    let found = match (error.kind(), address) {
        (K::NotFound, EngineAddress::Unix { path }) => ConnectError::SocketMissing { path: path.clone() },
        (K::PermissionDenied, EngineAddress::Unix { path }) => ConnectError::SocketDenied { path: path.clone() },
        (K::ConnectionRefused, _) => ConnectError::Refused { address: text },
        (K::TimedOut, _) => ConnectError::TimedOut {
            address: text,
            seconds: crate::connector::CONNECT.as_secs(),
        },
        (
            K::HostUnreachable | K::NetworkUnreachable | K::NetworkDown | K::AddrNotAvailable | K::PermissionDenied,
            _,
        ) => ConnectError::Unreachable {
            address: text,
            reason: reason(),
        },
        (K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::UnexpectedEof | K::NotConnected, _) => {
            ConnectError::Closed { address: text }
        }
        _ => return None,
    };
    Some(found)
}

fn classify_tls(error: &rustls::Error, address: &EngineAddress) -> ConnectError {
    use rustls::Error as E;
    let text = address.to_string();
    match error {
        E::InvalidCertificate(error) => classify_certificate(error, address),
        E::AlertReceived(alert) if refuses_client(*alert) => ConnectError::ClientCertificateRefused {
            address: text,
            reason: alert_words(*alert).to_owned(),
        },
        E::InvalidMessage(_) | E::InappropriateMessage { .. } | E::InappropriateHandshakeMessage { .. } => {
            ConnectError::NotTls { address: text }
        }
        other => ConnectError::Tls {
            address: text,
            reason: other.to_string(),
        },
    }
}

/// Alerts that a server sends about the certificate of its client. With TLS 1.3 they come after the handshake, with
/// the first read.
fn refuses_client(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(
        alert,
        A::CertificateRequired
            | A::NoCertificate
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied
    )
}

fn alert_words(alert: AlertDescription) -> &'static str {
    use AlertDescription as A;
    match alert {
        A::CertificateRequired | A::NoCertificate => "a certificate is required",
        A::UnknownCA => "unknown authority",
        A::CertificateExpired => "expired",
        A::CertificateRevoked => "revoked",
        A::UnsupportedCertificate => "unsupported certificate",
        A::AccessDenied => "access denied",
        _ => "bad certificate",
    }
}

fn classify_certificate(error: &CertificateError, address: &EngineAddress) -> ConnectError {
    use CertificateError as C;
    let text = address.to_string();
    match error {
        C::ExpiredContext { not_after, .. } => {
            let ended = i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX);
            ConnectError::ServerCertificateExpired {
                address: text,
                ended: Some(Millis::from_seconds(ended)),
            }
        }
        C::Expired => ConnectError::ServerCertificateExpired {
            address: text,
            ended: None,
        },
        C::NotValidYet | C::NotValidYetContext { .. } => ConnectError::ServerCertificateEarly { address: text },
        C::UnknownIssuer | C::BadSignature => ConnectError::UnknownAuthority { address: text },
        C::NotValidForName | C::NotValidForNameContext { .. } => ConnectError::WrongHost {
            host: address.host().unwrap_or_default().to_owned(),
            names: match error {
                C::NotValidForNameContext { presented, .. } if !presented.is_empty() => presented_names(presented),
                _ => "no name".to_owned(),
            },
        },
        other => ConnectError::Tls {
            address: text,
            reason: other.to_string(),
        },
    }
}

/// rustls writes names as `DnsName("node1")` and `IpAddress(10.0.0.1)`; people want what is between.
fn presented_names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name
            .split_once('(')
            .map_or(name.as_str(), |(_, rest)| rest.strip_suffix(')').unwrap_or(rest));
        inner.trim_matches('"').chars().take(100).collect::<String>()
    };
    presented.iter().take(10).map(bare).collect::<Vec<_>>().join(", ")
}
