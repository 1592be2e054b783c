//! `/metrics` for Prometheus: the fleet as far as whoever asks may see it; the requests and the process for those who see
//! the whole of it. Text of the `OpenMetrics` format, made when it is asked for.
mod calls;
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
    if let Some(of_process) = &figures.process {
        let backlog = u32::try_from(of_process.hook_backlog).unwrap_or(u32::MAX);
        for (name, help, value) in [
            (
                "sign_ins_waiting",
                "Sign-ins that are computed or wait for it",
                of_process.sign_ins,
            ),
            ("sockets", "Live connections that are open", server.sockets.count()),
            (
                "fleet_reports_waiting",
                "Reports of engines that wait for the writer of the model",
                of_process.reports,
            ),
            (
                "logs_followed",
                "Logs that are followed, each over one stream from its engine",
                of_process.logs,
            ),
            ("log_readers", "Who follows logs", of_process.log_readers),
            (
                "hook_backlog",
                "Records and reports that hooks have still to look at or to send",
                backlog,
            ),
            (
                "stats_streams",
                "Streams of measurements that are open to engines",
                of_process.stats_streams,
            ),
            (
                "stats_history_bytes",
                "Memory that the past of measurements takes",
                of_process.stats_history,
            ),
        ] {
            fleet::gauge(&mut registry, name, help, value);
        }
        calls::register(&mut registry, &of_process.calls_answered, &of_process.calls_failed);
        server.requests.register(&mut registry);
        let mut plain = Registry::default();
        process::register(&mut plain);
        process::register_times(&mut plain);
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
