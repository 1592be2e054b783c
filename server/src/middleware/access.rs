//! One log line and one measurement for each request, and an id by which everything that it caused can be found.
use crate::guards::AccountName;
use crate::metrics::Requests;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Logs method, route, status, time and account. The route is the pattern: paths and queries hold names that are not
/// the log's business, and what a stranger writes into them is not to be read there.
pub(super) async fn log(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = id();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", id = %id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let _entered = span.enter();
    let (status, took) = (response.status().as_u16(), began.elapsed());
    requests.took(&method, &route, status, took);
    let ms = took.as_millis();
    let account = response
        .extensions()
        .get::<AccountName>()
        .map_or("-", |name| name.0.as_str());
    if matches!(route.as_str(), "/assets/{*path}" | "/healthz" | "/readyz") {
        tracing::debug!(%method, route, status, ms, account, "request");
    } else {
        tracing::info!(%method, route, status, ms, account, "request");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Eight random bytes in hexadecimal digits.
fn id() -> String {
    let mut bytes = [0; 8];
    // Without random bytes all ids are zero: a log that is harder to read, nothing else.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
