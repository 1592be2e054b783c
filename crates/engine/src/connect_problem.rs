//! The sentence and the hint for each reason why there is no connection to an engine.
use crate::connect_error::{ConnectError, PemField};
use shipyard_model::{Millis, Problem};

/// The day of a moment, `2020-02-01`, in UTC.
fn day(at: Millis) -> String {
    match time::OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)) {
        Ok(t) => format!("{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day()),
        Err(_) => "?".to_owned(),
    }
}

impl ConnectError {
    /// As it is told to a person.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NameNotFound { .. }
            | Self::OffLimits { .. }
            | Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::Unreachable { .. }
            | Self::Closed { .. }
            | Self::SocketMissing { .. }
            | Self::SocketDenied { .. } => self.network_problem(),
            Self::CredentialsMissing { .. }
            | Self::ClientCertificateExpired { .. }
            | Self::ClientCertificateRefused { .. }
            | Self::KeyMismatch
            | Self::KeyEncrypted
            | Self::KeyUnsupported
            | Self::NotPem { .. } => self.credentials_problem(),
            _ => self.server_problem(),
        }
    }

    fn network_problem(&self) -> Problem {
        let problem = |code, detail: String, hint: &str| Problem::new(502, code, detail).hint(hint).field("address");
        match self {
            Self::NameNotFound { host } => problem(
                "engine.name-not-found",
                format!("The host name {host} was not found."),
                "Check its spelling, or give an IP address.",
            )
            .arg("host", host),
            Self::OffLimits { address } => problem(
                "engine.off-limits",
                format!("Shipyard does not connect to {address}: no engine is at such an address."),
                "Link-local, multicast and cloud metadata addresses are refused. Give the engine's own.",
            )
            .arg("address", address),
            Self::Refused { address } => problem(
                "engine.refused",
                format!("Nothing listens at {address}: the connection was refused."),
                "Check the port, and whether the Docker daemon runs and listens there.",
            )
            .arg("address", address),
            Self::Unreachable { address, reason } => problem(
                "engine.unreachable",
                format!("The network has no way to {address}: {reason}."),
                "Check the address, and the routes and firewalls between.",
            )
            .arg("address", address)
            .arg("reason", reason),
            Self::Closed { address } => problem(
                "engine.closed",
                format!("{address} closed the connection before it answered."),
                "Check the port, and the Docker daemon's log.",
            )
            .arg("address", address),
            Self::SocketMissing { path } => problem(
                "engine.socket-missing",
                format!("There is no socket at {path}."),
                "Check the path, and whether the Docker daemon runs.",
            )
            .arg("path", path),
            Self::SocketDenied { path } => problem(
                "engine.socket-denied",
                format!("Shipyard may not open the socket {path}."),
                "Run Shipyard as a member of the socket's group, often “docker”.",
            )
            .arg("path", path),
            other => {
                let (address, seconds) = match other {
                    Self::TimedOut { address, seconds } => (address.as_str(), *seconds),
                    _ => ("", 0),
                };
                problem(
                    "engine.timeout",
                    format!("{address} did not answer within {seconds} seconds."),
                    "Check the address and the firewalls between; the Docker daemon may hang.",
                )
                .arg("address", address)
                .arg("seconds", seconds)
            }
        }
    }

    fn credentials_problem(&self) -> Problem {
        match self {
            Self::CredentialsMissing { address } => Problem::new(
                422,
                "engine.credentials-missing",
                format!("{address} is a TLS address, and no certificates were given."),
            )
            .hint("Give a client certificate, its key and the certificate authority.")
            .field("certificate")
            .arg("address", address),
            Self::ClientCertificateExpired { ended } => Problem::new(
                422,
                "engine.client-certificate-expired",
                format!("The client certificate expired on {}.", day(*ended)),
            )
            .hint("Make a new client certificate and give it here.")
            .field("certificate")
            .arg("date", day(*ended)),
            Self::ClientCertificateRefused { address, reason } => Problem::new(
                502,
                "engine.client-certificate-refused",
                format!("{address} does not accept the client certificate ({reason})."),
            )
            .hint("It must be signed by the authority that the daemon was given with --tlscacert, for client authentication.")
            .field("certificate")
            .arg("address", address)
            .arg("reason", reason),
            Self::KeyMismatch => Problem::new(
                422,
                "engine.key-mismatch",
                "The private key does not belong to the client certificate.",
            )
            .hint("Give the key that the certificate was made with.")
            .field("key"),
            Self::KeyEncrypted => Problem::new(
                422,
                "engine.key-encrypted",
                "The private key is protected by a passphrase.",
            )
            .hint("Remove it with: openssl pkey -in key.pem -out plain-key.pem")
            .field("key"),
            Self::KeyUnsupported => Problem::new(
                422,
                "engine.key-unsupported",
                "The private key is of a kind that cannot be used for TLS here.",
            )
            .hint("Use an RSA key of at least 2048 bits, ECDSA P-256 or P-384, or Ed25519.")
            .field("key"),
            other => {
                let field = match other {
                    Self::NotPem { field } => *field,
                    _ => PemField::Certificate,
                };
                let begin = if field == PemField::Key { "PRIVATE KEY" } else { "CERTIFICATE" };
                Problem::new(422, "engine.not-pem", format!("The {} is not PEM.", field.title()))
                    .hint(format!("Paste the whole text, from -----BEGIN {begin}----- to -----END {begin}-----."))
                    .field(field.word())
                    .arg("field", field.word())
            }
        }
    }

    fn server_problem(&self) -> Problem {
        let problem = |code, detail: String, hint: &str| Problem::new(502, code, detail).hint(hint);
        match self {
            Self::NotTls { address } => problem(
                "engine.not-tls",
                format!("What answers at {address} does not speak TLS."),
                "If the Docker daemon listens there without TLS, write http:// instead of https://.",
            )
            .field("address")
            .arg("address", address),
            Self::TlsExpected { address } => problem(
                "engine.tls-expected",
                format!("What answers at {address} speaks TLS, and the address is a plain one."),
                "Write https:// instead of http:// and give certificates.",
            )
            .field("address")
            .arg("address", address),
            Self::UnknownAuthority { address } => problem(
                "engine.unknown-authority",
                format!("The certificate that {address} shows is not signed by the given authority."),
                "Give the certificate authority (ca.pem) that signed the daemon's certificate.",
            )
            .field("authority")
            .arg("address", address),
            Self::WrongHost { host, names } => problem(
                "engine.wrong-host",
                format!("The engine's certificate is for {names}, not for {host}."),
                "Use a name from the certificate as the address, or make a certificate for this one.",
            )
            .field("address")
            .arg("host", host)
            .arg("names", names),
            Self::ServerCertificateExpired { address, ended } => {
                let date = ended.map_or_else(|| "?".to_owned(), day);
                problem(
                    "engine.server-certificate-expired",
                    format!("The certificate that {address} shows expired on {date}."),
                    "Renew the daemon's certificate and restart the daemon.",
                )
                .arg("address", address)
                .arg("date", date)
            }
            Self::ServerCertificateEarly { address } => problem(
                "engine.server-certificate-early",
                format!("The certificate that {address} shows is not valid yet."),
                "Check the clocks of both machines.",
            )
            .arg("address", address),
            Self::Tls { address, reason } => problem(
                "engine.tls-failed",
                format!("No TLS connection to {address} came about: {reason}."),
                "Check the daemon's TLS settings.",
            )
            .arg("address", address)
            .arg("reason", reason),
            Self::Forbidden { address, reason } => problem(
                "engine.forbidden",
                format!("{address} refuses to serve Shipyard: {reason}"),
                "Check the authorization of the Docker daemon, or of the proxy before it.",
            )
            .arg("address", address)
            .arg("reason", reason),
            Self::ApiTooOld { version } => problem(
                "engine.api-too-old",
                format!("The engine's API version {version} is too old: at least 1.40 is needed."),
                "Update Docker there to 19.03 or newer.",
            )
            .arg("version", version),
            other => {
                let address = match other {
                    Self::NotDocker { address } => address.as_str(),
                    _ => "",
                };
                problem(
                    "engine.not-docker",
                    format!("What answers at {address} is not a Docker engine."),
                    "Check the host and the port.",
                )
                .field("address")
                .arg("address", address)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days() {
        assert_eq!(day(Millis(1_580_515_200_000)), "2020-02-01");
        assert_eq!(day(Millis(-1)), "1969-12-31");
    }
}
