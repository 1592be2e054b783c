//! Tries an address: is a Docker engine there that we can work with, and what is it?
use crate::call_error::CallError;
use crate::connect_error::ConnectError;
use crate::connection::Connection;
use crate::connector::CONNECT;
use crate::credentials::Credentials;
use crate::wire::{Limits, Wire};
use bollard::{API_DEFAULT_VERSION, ClientVersion};
use serde::Deserialize;
use shipyard_model::engine::EngineProbe;
use shipyard_model::{Bytes, Capacity, Cpus, EngineAddress, Millis};
use std::time::{Duration, Instant};

/// Deadline of a whole trial.
const TRIAL: Duration = Duration::from_secs(15);
/// The oldest API that Shipyard speaks: Docker 19.03.
const OLDEST: ClientVersion = ClientVersion {
    major_version: 1,
    minor_version: 40,
};

/// What `/info` tells; everything may be missing.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Info {
    #[serde(rename = "ID")]
    id: String,
    name: String,
    server_version: String,
    operating_system: String,
    architecture: String,
    #[serde(rename = "NCPU")]
    cpus: i64,
    mem_total: i64,
    containers: i64,
    system_time: String,
}

/// What a successful trial found, besides what is shown.
pub(crate) struct Found {
    pub(crate) wire: Wire,
    pub(crate) version: ClientVersion,
    pub(crate) probe: EngineProbe,
    /// The engine's clock when it was asked.
    pub(crate) engine_time: Option<Millis>,
}

/// Tries an engine: connects, authenticates, and asks what it is.
///
/// # Errors
/// [`ConnectError`], one kind for each cause.
pub async fn probe(address: &EngineAddress, credentials: Option<&Credentials>) -> Result<EngineProbe, ConnectError> {
    Connection::open(address, credentials).await.map(|(_, probe)| probe)
}

/// The same, with how far the engine's clock is ahead of ours in milliseconds, when it tells.
///
/// # Errors
/// [`ConnectError`], one kind for each cause.
pub async fn examine(
    address: &EngineAddress,
    credentials: Option<&Credentials>,
) -> Result<(EngineProbe, Option<i64>), ConnectError> {
    let found = find(address, credentials).await?;
    let ahead = found.engine_time.map(|time| time.0.saturating_sub(Millis::now().0));
    Ok((found.probe, ahead))
}

/// The same, keeping the connections.
pub(crate) async fn find(address: &EngineAddress, credentials: Option<&Credentials>) -> Result<Found, ConnectError> {
    let late = ConnectError::TimedOut {
        address: address.to_string(),
        seconds: TRIAL.as_secs(),
    };
    tokio::time::timeout(TRIAL, try_out(address, credentials))
        .await
        .unwrap_or(Err(late))
}

async fn try_out(address: &EngineAddress, credentials: Option<&Credentials>) -> Result<Found, ConnectError> {
    let text = address.to_string();
    let credentials = credentials.filter(|_| address.is_tls());
    if address.is_tls() && credentials.is_none() {
        return Err(ConnectError::CredentialsMissing { address: text });
    }
    if let Some(ended) = credentials
        .map(Credentials::certificate_ends)
        .filter(|end| *end < Millis::now())
    {
        return Err(ConnectError::ClientCertificateExpired { ended });
    }
    let no_name = ConnectError::NameNotFound {
        host: address.host().unwrap_or_default().to_owned(),
    };
    let wire = Wire::new(address, credentials).ok_or(no_name)?;
    let fail = |error| not_docker(error, address);

    let begun = Instant::now();
    let pinged = wire.ping(Limits::PROBE).await.map_err(fail)?;
    let response = begun.elapsed();
    let version = match pinged {
        Some(newest) if newest < *API_DEFAULT_VERSION => newest,
        Some(_) => *API_DEFAULT_VERSION,
        None => asked_version(&wire).await.map_err(fail)?,
    };
    if version < OLDEST {
        return Err(ConnectError::ApiTooOld {
            version: version.to_string(),
        });
    }
    let info: Info = wire.get_json("/info", Limits::PROBE).await.map_err(fail)?;
    if info.id.is_empty() && info.server_version.is_empty() {
        return Err(ConnectError::NotDocker { address: text });
    }
    let probe = EngineProbe {
        capacity: Capacity {
            cpus: Cpus::whole(u32::try_from(info.cpus).unwrap_or(0)),
            memory: Bytes::new(u64::try_from(info.mem_total).unwrap_or(0)),
        },
        daemon_id: info.id,
        hostname: info.name,
        version: info.server_version,
        api_version: version.to_string(),
        os: info.operating_system,
        architecture: info.architecture,
        containers: u32::try_from(info.containers).unwrap_or(0),
        response_us: u64::try_from(response.as_micros()).unwrap_or(u64::MAX),
        certificate_ends: credentials.map(Credentials::certificate_ends),
        server_certificate_ends: wire.server_certificate_ends(),
    };
    let engine_time = crate::event::parse_time(&info.system_time);
    Ok(Found {
        wire,
        version,
        probe,
        engine_time,
    })
}

/// The newest API version that both speak, from an engine whose answer to a ping does not name its own.
async fn asked_version(wire: &Wire) -> Result<ClientVersion, CallError> {
    let docker = wire.docker(API_DEFAULT_VERSION, Limits::PROBE)?;
    let docker = wire.call(Limits::PROBE, docker.negotiate_version()).await?;
    Ok(docker.client_version())
}

/// What a failed first call says about whoever answers there.
fn not_docker(error: CallError, address: &EngineAddress) -> ConnectError {
    let text = address.to_string();
    match error {
        CallError::Connect(error) => error,
        CallError::TooSlow { seconds } => ConnectError::TimedOut {
            address: text,
            seconds: seconds.max(CONNECT.as_secs()),
        },
        CallError::Docker { message, .. } if message.contains("HTTP request to an HTTPS server") => {
            ConnectError::TlsExpected { address: text }
        }
        CallError::Docker {
            status: 401 | 403,
            message,
        } => ConnectError::Forbidden {
            address: text,
            reason: message,
        },
        _ => ConnectError::NotDocker { address: text },
    }
}
