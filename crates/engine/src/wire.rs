//! The kept-alive connections to one engine, and the limits under which calls go over them.
use crate::call_error::CallError;
use crate::connector::Connector;
use crate::credentials::Credentials;
use crate::meter::{Facts, Meter};
use crate::times;
use bollard::{BollardRequest, ClientVersion, Docker};
use futures_util::Stream;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::de::DeserializeOwned;
use shipyard_model::{EngineAddress, Millis};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The body type of the Docker client's requests, which it does not name itself.
type Body = Either<Full<Bytes>, StreamBody<Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send>>>>;

const MIB: u64 = 1024 * 1024;
/// Connections kept open while nothing is asked.
const KEPT: usize = 4;
/// For how long they are kept.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// How long a kind of call may take, and how much it may bring.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) deadline: Duration,
    pub(crate) bytes: u64,
}

impl Limits {
    const fn new(seconds: u64, bytes: u64) -> Self {
        Self {
            deadline: Duration::from_secs(seconds),
            bytes,
        }
    }

    pub(crate) const PING: Self = Self::new(2, 4096);
    pub(crate) const PROBE: Self = Self::new(5, MIB);
    pub(crate) const LIST: Self = Self::new(10, 32 * MIB);
    pub(crate) const INSPECT: Self = Self::new(5, 4 * MIB);
    /// Actions that end when the work is done: starting may mount and set up networks, stopping waits for the
    /// container's grace period (Docker's default is 10 s, `StopTimeout` may be more).
    pub(crate) const ACT: Self = Self::new(60, MIB);
    /// Until a stream begins, and for each of its items.
    pub(crate) const STREAM: Self = Self::new(10, MIB);
}

/// The connections to one engine. Clones share them.
#[derive(Clone)]
pub(crate) struct Wire {
    client: Client<Connector, Body>,
    address: Arc<EngineAddress>,
    /// What requests name as their host: the dial does not look at it.
    base: Arc<str>,
    server_certificate_ends: Arc<AtomicI64>,
    late: Arc<Notify>,
}

/// Where a stream's meter is put once its answer has begun.
#[derive(Clone, Default)]
pub(crate) struct StreamMeter(Arc<(OnceLock<Meter>, Notify)>);

impl StreamMeter {
    fn begin(&self, meter: Meter) {
        // Each client makes one stream; a second one would only go without refills.
        let _ = self.0.0.set(meter);
        self.0.1.notify_one();
    }

    /// Waits until the answer has begun. For one waiter.
    pub(crate) async fn begun(&self) {
        self.0.1.notified().await;
    }

    /// An item came whole: the next one may be as large again.
    pub(crate) fn refill(&self) {
        if let Some(meter) = self.0.0.get() {
            meter.allow(Limits::STREAM.bytes);
        }
    }
}

impl Wire {
    /// For an address; `None` when it cannot be dialled. No connection is opened yet.
    pub(crate) fn new(address: &EngineAddress, credentials: Option<&Credentials>) -> Option<Self> {
        let connector = Connector::new(address, credentials)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(KEPT_FOR)
            .pool_max_idle_per_host(KEPT)
            .build(connector);
        let base = match address {
            EngineAddress::Unix { .. } => "http://docker".to_owned(),
            // `https` here is only a name: TLS is the connector's business.
            other => other.to_string(),
        };
        Some(Self {
            client,
            address: Arc::new(address.clone()),
            base: base.into(),
            server_certificate_ends: Arc::new(AtomicI64::new(i64::MIN)),
            late: Arc::default(),
        })
    }

    pub(crate) fn address(&self) -> &EngineAddress {
        &self.address
    }

    /// End of the server certificate of the newest connection.
    pub(crate) fn server_certificate_ends(&self) -> Option<Millis> {
        let ends = self.server_certificate_ends.load(Ordering::Relaxed);
        (ends != i64::MIN).then_some(Millis(ends))
    }

    /// Waits until a call was not answered within its deadline. For one waiter.
    pub(crate) async fn late(&self) {
        self.late.notified().await;
    }

    /// A call took longer than it may.
    fn too_slow(&self, limits: Limits) -> CallError {
        self.late.notify_one();
        CallError::TooSlow {
            seconds: limits.deadline.as_secs(),
        }
    }

    async fn request(
        &self,
        request: BollardRequest,
        bytes: u64,
    ) -> Result<(http::Response<Incoming>, Option<Meter>), hyper_util::client::legacy::Error> {
        let response = self.client.request(request).await?;
        let facts = response.extensions().get::<Facts>();
        if let Some(ends) = facts.and_then(|f| f.server_certificate_ends) {
            self.server_certificate_ends.store(ends.0, Ordering::Relaxed);
        }
        let meter = facts.map(|f| f.meter.clone());
        if let Some(meter) = &meter {
            meter.allow(bytes);
        }
        Ok((response, meter))
    }

    /// The Docker client over these connections, under limits.
    pub(crate) fn docker(&self, version: &ClientVersion, limits: Limits) -> Result<Docker, CallError> {
        self.client_for(version, limits, StreamMeter::default())
    }

    /// The same for a stream without end; the meter is to be refilled with each item.
    pub(crate) fn docker_stream(&self, version: &ClientVersion) -> Result<(Docker, StreamMeter), CallError> {
        let meter = StreamMeter::default();
        Ok((self.client_for(version, Limits::STREAM, meter.clone())?, meter))
    }

    fn client_for(&self, version: &ClientVersion, limits: Limits, slot: StreamMeter) -> Result<Docker, CallError> {
        let wire = self.clone();
        let transport = move |request: BollardRequest| {
            let (wire, slot) = (wire.clone(), slot.clone());
            async move {
                let (response, meter) = wire
                    .request(request, limits.bytes)
                    .await
                    .map_err(bollard::errors::Error::from)?;
                if let Some(meter) = meter {
                    slot.begin(meter);
                }
                Ok(response)
            }
        };
        let seconds = limits.deadline.as_secs();
        Docker::connect_with_custom_transport(transport, Some(self.base.as_ref()), seconds, version)
            .map_err(|e| CallError::from_docker(e, &self.address, seconds))
    }

    /// Runs a call of the Docker client to its end within the deadline: the client's own covers the answer's head only.
    pub(crate) async fn call<T>(
        &self,
        limits: Limits,
        call: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, CallError> {
        let (seconds, begun) = (limits.deadline.as_secs(), Instant::now());
        let answer = match tokio::time::timeout(limits.deadline, call).await {
            Ok(answer) => answer.map_err(|e| CallError::from_docker(e, &self.address, seconds)),
            Err(_) => Err(self.too_slow(limits)),
        };
        times::note(begun.elapsed(), answer.is_ok());
        answer
    }

    /// Asks for a sign of life, which names the newest API version of the engine
    /// (<https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemPing>).
    pub(crate) async fn ping(&self, limits: Limits) -> Result<Option<ClientVersion>, CallError> {
        let request = http::Request::get(format!("{}/_ping", self.base)).body(bollard::body_full(Bytes::new()));
        let ping = async {
            let (head, body) = self.answer(request, limits.bytes).await?.into_parts();
            self.collect(body).await?;
            let version = head.headers.get("api-version").and_then(|text| text.to_str().ok());
            Ok(version.and_then(api_version))
        };
        let begun = Instant::now();
        let answer = tokio::time::timeout(limits.deadline, ping)
            .await
            .unwrap_or_else(|_| Err(self.too_slow(limits)));
        times::note(begun.elapsed(), answer.is_ok());
        answer
    }

    /// A GET whose answer is read as it comes. The path has to be encoded already.
    pub(crate) async fn get_stream(&self, path: &str, bytes: u64) -> Result<Incoming, CallError> {
        let answer = tokio::time::timeout(Limits::STREAM.deadline, self.get(path, bytes)).await;
        answer.unwrap_or_else(|_| Err(self.too_slow(Limits::STREAM)))
    }

    async fn get(&self, path: &str, bytes: u64) -> Result<Incoming, CallError> {
        let request = http::Request::get(format!("{}{path}", self.base)).body(bollard::body_full(Bytes::new()));
        Ok(self.answer(request, bytes).await?.into_body())
    }

    /// The answer to a request, unless it is a refusal.
    async fn answer(
        &self,
        request: Result<BollardRequest, http::Error>,
        bytes: u64,
    ) -> Result<http::Response<Incoming>, CallError> {
        let unreadable = |e: http::Error| CallError::Unreadable { reason: e.to_string() };
        let (response, _) = self
            .request(request.map_err(unreadable)?, bytes)
            .await
            .map_err(|e| CallError::from_chain(&e, &self.address))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = self.collect(response.into_body()).await?;
        let message = match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => refusal.message,
            Err(_) => String::from_utf8_lossy(&body).into_owned(),
        };
        Err(CallError::docker(status.as_u16(), &message))
    }

    /// A POST of JSON as it is, for which the Docker client's types would drop what they do not know. Yields the answer's body.
    /// The path has to be encoded already.
    pub(crate) async fn post(&self, path: &str, body: &serde_json::Value, limits: Limits) -> Result<Bytes, CallError> {
        let request = http::Request::post(format!("{}{path}", self.base))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(bollard::body_full(Bytes::from(body.to_string())));
        let answer = async {
            let answer = self.answer(request, limits.bytes).await?;
            self.collect(answer.into_body()).await
        };
        tokio::time::timeout(limits.deadline, answer)
            .await
            .unwrap_or_else(|_| Err(self.too_slow(limits)))
    }

    async fn collect(&self, body: Incoming) -> Result<Bytes, CallError> {
        let collected = body
            .collect()
            .await
            .map_err(|e| CallError::from_chain(&e, &self.address))?;
        Ok(collected.to_bytes())
    }

    /// A GET whose answer is read into our own type, for which the Docker client's is too strict or drops fields.
    pub(crate) async fn get_json<T: DeserializeOwned>(&self, path: &str, limits: Limits) -> Result<T, CallError> {
        let read = async {
            let body = self.get(path, limits.bytes).await?;
            let bytes = self.collect(body).await?;
            serde_json::from_slice(&bytes).map_err(|e| CallError::Unreadable { reason: e.to_string() })
        };
        let begun = Instant::now();
        let answer = tokio::time::timeout(limits.deadline, read)
            .await
            .unwrap_or_else(|_| Err(self.too_slow(limits)));
        times::note(begun.elapsed(), answer.is_ok());
        answer
    }
}

/// `1.41`, as Docker writes it.
fn api_version(text: &str) -> Option<ClientVersion> {
    let (major, minor) = text.trim().split_once('.')?;
    Some(ClientVersion {
        major_version: major.parse().ok()?,
        minor_version: minor.parse().ok()?,
    })
}

#[derive(serde::Deserialize)]
struct Refusal {
    message: String,
}
