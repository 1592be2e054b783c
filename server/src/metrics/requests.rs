//! Requests: how many, how long, by route. The route is the pattern, and a method or route that is not ours is one of a
//! kind, so that no stranger makes labels.
use http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Upper ends of the times that are told apart, in seconds.
const TIMES: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Of {
    method: &'static str,
    route: String,
    status: u16,
}

/// The times of all requests since the start. A cheap clone.
#[derive(Clone)]
pub(crate) struct Requests(Family<Of, Histogram, fn() -> Histogram>);

impl Default for Requests {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(TIMES)))
    }
}

impl Requests {
    /// Counts a request.
    pub(crate) fn took(&self, method: &Method, route: &str, status: u16, time: Duration) {
        let known = [
            Method::GET,
            Method::POST,
            Method::HEAD,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ];
        let names = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.iter().zip(names).find(|(one, _)| *one == method);
        let of = Of {
            method: method.map_or("other", |(_, name)| name),
            route: route.to_owned(),
            status,
        };
        self.0.get_or_create(&of).observe(time.as_secs_f64());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Time that requests took, by route";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, self.0.clone());
    }
}
