//! One request: counted, delayed, answered, and spoiled where that is wanted.
use crate::answer::{Answer, Refusal, plain_no};
use crate::api;
use crate::clock;
use crate::engine::Engine;
use crate::fault::spoil;
use crate::line::Line;
use crate::route::{Asked, Query, Route};
use crate::version::Version;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, SERVER};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::sync::Arc;

/// Largest body of a request.
const BODY: usize = 8 * 1024 * 1024;

/// A request as those who answer it see it.
pub(crate) struct Call {
    pub(crate) engine: Arc<Engine>,
    pub(crate) line: Arc<Line>,
    pub(crate) route: Route,
    pub(crate) about: String,
    pub(crate) query: Query,
    pub(crate) request: Request<Incoming>,
}

impl Call {
    /// The request's body as JSON, as Docker reads it.
    pub(crate) async fn json(&mut self) -> Result<serde_json::Value, Refusal> {
        let kind = self.request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let bytes = self.body().await?;
        if bytes.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        if !kind.starts_with("application/json") {
            let message = format!("Content-Type specified ({kind}) must be 'application/json'");
            return Err(Refusal::new(400, message));
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            let message = if error.is_eof() {
                "unexpected EOF".to_owned()
            } else {
                error.to_string()
            };
            Refusal::new(if error.is_eof() { 500 } else { 400 }, message)
        })
    }

    async fn body(&mut self) -> Result<Bytes, Refusal> {
        let body = Limited::new(self.request.body_mut(), BODY);
        let read = body.collect().await.map_err(|e| Refusal::new(400, e.to_string()))?;
        Ok(read.to_bytes())
    }
}

/// Answers a request.
pub(crate) async fn answer(
    engine: Arc<Engine>,
    line: Arc<Line>,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    let asked = Asked::parse(request.method(), uri.path(), query);
    engine.calls.count(asked.route);
    if let Some(delay) = engine.faults.delay() {
        tokio::time::sleep(delay).await;
    }
    let (version, now) = engine.with(|daemon| (daemon.version, daemon.now()));
    let refused = asked.version.as_deref().and_then(|asked| version.check(asked).err());
    let too_new_or_old = refused.is_some();
    let route = asked.route;
    let mut answer = match refused {
        // Until Docker 25, what is too old was told otherwise than all else.
        Some(refusal) if refusal.message.contains("too old") && !version.at_least(44) => plain_no(&refusal),
        Some(refusal) => refusal.answer(),
        None => {
            let call = Call {
                route,
                about: asked.about,
                query: Query::parse(query),
                engine: Arc::clone(&engine),
                line,
                request,
            };
            let answer = api::answer(call).await.unwrap_or_else(|refusal| refusal.answer());
            match engine.faults.misanswer(route) {
                Some(how) => spoil(answer, how, route).await,
                None => answer,
            }
        }
    };
    adorn(&mut answer, version, now, route, too_new_or_old);
    Ok(answer)
}

/// Docker's own headers.
fn adorn(answer: &mut Answer, version: Version, now: i64, route: Route, too_new_or_old: bool) {
    let switched = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if !switched {
        put(DATE, &clock::http_date(now));
    }
    if route == Route::Unknown {
        return;
    }
    put(HeaderName::from_static("api-version"), &version.text());
    put(HeaderName::from_static("ostype"), "linux");
    put(SERVER, &version.server());
    if !too_new_or_old {
        put(HeaderName::from_static("docker-experimental"), "false");
    }
}
