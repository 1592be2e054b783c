//! The log: one line for each event, on standard error, as text or JSON.
//!
//! Some libraries print whole messages at `debug` and `trace`: requests to engines with their environment, TLS records,
//! database pages, addresses. They never get below `info`, whatever the filter asks for.
use crate::config::{BadConfig, LogFormat, Settings};
use std::io::IsTerminal;
use tracing::{Level, Metadata};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Crates whose lines below `info` may hold secrets.
const CAPPED: [&str; 13] = [
    // Its rejections have parts of requests in them.
    "axum",
    "bollard",
    "hyper",
    "hyper_util",
    "hyper_rustls",
    "rustls",
    "sled",
    "tungstenite",
    "tokio_tungstenite",
    // Its guard against foreign pages writes addresses, and a webhook of Docker Hub has its secret there.
    "tower_http",
    "tower_sessions",
    "tower_sessions_core",
    "tower_cookies",
];

/// Starts logging for the process.
pub(crate) fn start(settings: &Settings) -> Result<(), BadConfig> {
    // Not `EnvFilter`: it also filters by the values of fields, for which it brings an engine of regular expressions.
    let filter: Targets = settings
        .log
        .parse()
        .map_err(|error| BadConfig::Sentence(format!("the log filter “{}” cannot be read: {error}", settings.log)))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(true);
    let lines = match settings.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .boxed(),
    };
    let started = tracing_subscriber::registry()
        .with(filter)
        .with(lines.with_filter(filter_fn(is_harmless)))
        .try_init();
    started.map_err(|error| BadConfig::Sentence(error.to_string()))
}

fn is_harmless(metadata: &Metadata<'_>) -> bool {
    let module = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO || !CAPPED.contains(&module)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::filter::LevelFilter;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_library_that_prints_bodies_stays_capped_at_info() {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .with_filter(filter_fn(is_harmless));
        let subscriber = tracing_subscriber::registry().with(LevelFilter::TRACE).with(layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "bollard::docker", "the body of a request");
            tracing::trace!(target: "hyper_util::client", "the body of a request");
            tracing::info!(target: "bollard::docker", "harmless");
            tracing::debug!(target: "shipyard_fleet", "ours");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("body"), "{text}");
        assert!(text.contains("harmless") && text.contains("ours"), "{text}");
    }
}
