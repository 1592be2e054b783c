//! How long calls to engines took: counted where they are made, told here.
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use shipyard_yard::CallTimes;
use std::fmt;

/// The calls by what became of them.
#[derive(Debug)]
struct Calls(Vec<(&'static str, CallTimes)>);

struct Histogram<'t>(&'t CallTimes);

impl EncodeMetric for Histogram<'_> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        encoder.encode_histogram::<NoLabelSet>(self.0.sum, self.0.count, &self.0.buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl Collector for Calls {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Time that calls to engines took, by what became of them";
        let mut family = encoder.encode_descriptor(
            "engine_call_duration",
            help,
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for (result, times) in &self.0 {
            let labels = [("result", *result)];
            Histogram(times).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Registers the times of the calls that were answered and of those that failed.
pub(super) fn register(registry: &mut Registry, answered: &CallTimes, failed: &CallTimes) {
    let both = vec![("answered", answered.clone()), ("failed", failed.clone())];
    registry.register_collector(Box::new(Calls(both)));
}
