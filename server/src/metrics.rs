//! `/metrics` for Prometheus: the fleet as far as whoever asks may see it; the requests and the process for those who see
//! the whole of it. Text of the `OpenMetrics` format, made when it is asked for.
mod fleet;
mod process;
mod requests;

pub(crate) use requests::Requests;

use crate::guards::SignedIn;
use crate::problem::Answer;
use crate::state::Server;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use shipyard_model::Problem;

/// What the format is called (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that there is to tell to whoever asks.
pub(crate) async fn show(State(server): State<Server>, SignedIn(known): SignedIn) -> Response {
    let figures = match server.yard.figures(&known.actor) {
        Ok(figures) => figures,
        Err(problem) => return Answer(problem).into_response(),
    };
    let mut text = String::new();
    let mut registry = Registry::with_prefix("shipyard");
    fleet::register(&mut registry, &figures);
    if let Some(sign_ins) = figures.sign_ins {
        fleet::gauge(
            &mut registry,
            "sign_ins_waiting",
            "Sign-ins that are computed or wait for it",
            sign_ins,
        );
        fleet::gauge(
            &mut registry,
            "sockets",
            "Live connections that are open",
            server.sockets.count(),
        );
        server.requests.register(&mut registry);
        let mut plain = Registry::default();
        process::register(&mut plain);
        // Each registry ends its text with a mark of the end, and there is one for the whole.
        if encode(&mut text, &plain).is_err() {
            return Answer(Problem::internal()).into_response();
        }
        text.truncate(text.len().saturating_sub("# EOF\n".len()));
    }
    match encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(_) => Answer(Problem::internal()).into_response(),
    }
}
