//! Headers that tell browsers what our pages may do: next to nothing.
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// Scripts, styles, fonts, pictures and connections from this server alone; nothing inline, no frames, no plug-ins.
/// `wasm-unsafe-eval` lets the browser compile WASM and nothing else.
const CONTENT: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/// On every answer.
///
/// The referrer is kept within the site instead of being dropped: with `no-referrer` a browser sends `Origin: null`
/// with our own forms, and over plain HTTP to another machine (where it sends no `Sec-Fetch-Site`) the CSRF layer could
/// not tell them from a stranger's.
const ALWAYS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// What depends on the configuration.
#[derive(Clone, Copy)]
pub(super) struct Headers {
    https: bool,
}

impl Headers {
    pub(super) fn new(https: bool) -> Self {
        Self { https }
    }
}

/// Adds them.
pub(super) async fn add(State(with): State<Headers>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What names say or may hold belongs in no cache. Files with a hash in their name say otherwise themselves.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if with.https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}
