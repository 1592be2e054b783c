//! Looks at an engine as a stranger does: without a certificate, and in the clear. Nothing is asked but whether somebody
//! answers.
use crate::connect_error::ConnectError;
use crate::credentials::Credentials;
use crate::probe;
use shipyard_model::EngineAddress;

/// What an engine does with a stranger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// It refuses them, as it must.
    Refused,
    /// It serves them: whoever reaches the port is root on that machine.
    Served,
    /// It could not be asked.
    Unknown(ConnectError),
}

/// Asks a TLS address without a client certificate. `authority`: what its server certificate is signed by (PEM).
pub async fn strangers(address: &EngineAddress, authority: &str) -> Strangers {
    let nobody = match Credentials::of_a_stranger(authority) {
        Ok(nobody) => nobody,
        Err(error) => return Strangers::Unknown(error),
    };
    match probe::find(address, Some(&nobody)).await {
        Ok(_) => Strangers::Served,
        // Docker's own words for it differ by the version of TLS: an alert, or the connection's end after the handshake.
        Err(ConnectError::ClientCertificateRefused { .. } | ConnectError::Closed { .. }) => Strangers::Refused,
        // It answered over TLS, and what it said was a refusal.
        Err(ConnectError::Forbidden { .. }) => Strangers::Refused,
        Err(error) => Strangers::Unknown(error),
    }
}

/// Whether Docker answers in the clear on a port of a host.
pub async fn answers_in_the_clear(host: &str, port: u16) -> bool {
    let address = EngineAddress::Plain {
        host: host.to_owned(),
        port,
    };
    probe::find(&address, None).await.is_ok()
}
