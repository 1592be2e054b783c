//! Engines, containers and operations.
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use shipyard_model::EngineRow;
use shipyard_yard::Figures;
use std::sync::atomic::AtomicU64;

type Float = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfEngine {
    engine: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfContainers {
    engine: String,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCertificate {
    engine: String,
    side: &'static str,
}

/// A figure without labels.
pub(super) fn gauge(registry: &mut Registry, name: &str, help: &str, value: u32) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value.into());
    registry.register(name, help, gauge);
}

/// What each engine has of something, where that is known.
fn of_engines(
    registry: &mut Registry,
    (name, help, unit): (&str, &str, Option<Unit>),
    engines: &[EngineRow],
    value: impl Fn(&EngineRow) -> Option<f64>,
) {
    let family = Family::<OfEngine, Float>::default();
    for row in engines {
        if let Some(value) = value(row) {
            let engine = row.engine.name.to_string();
            family.get_or_create(&OfEngine { engine }).set(value);
        }
    }
    match unit {
        Some(unit) => registry.register_with_unit(name, help, unit, family),
        None => registry.register(name, help, family),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the format has no other numbers, and 2^53 bytes are 8 PiB"
)]
fn float(number: u64) -> f64 {
    number as f64
}

/// Registers all that is known of the fleet.
pub(super) fn register(registry: &mut Registry, figures: &Figures) {
    let engines = &figures.engines;
    let bytes = || Some(Unit::Bytes);
    let up = |row: &EngineRow| Some(f64::from(u8::from(row.health.is_up())));
    of_engines(registry, ("engine_up", "Whether the engine answers", None), engines, up);
    let ping = ("engine_response", "Time that its newest ping took", Some(Unit::Seconds));
    of_engines(registry, ping, engines, |row| row.response_us.map(|us| float(us) / 1e6));
    let cpus = |nanos: u64| Some(float(nanos) / 1e9);
    let all = ("engine_cpus", "CPUs that it has", None);
    of_engines(registry, all, engines, |row| cpus(row.capacity.cpus.nanos()));
    let reserved = ("engine_cpus_reserved", "CPUs that its containers reserve", None);
    of_engines(registry, reserved, engines, |row| cpus(row.reserved.cpus.nanos()));
    let all = ("engine_memory", "Memory that it has", bytes());
    of_engines(registry, all, engines, |row| Some(float(row.capacity.memory.get())));
    let reserved = ("engine_memory_reserved", "Memory that its containers reserve", bytes());
    of_engines(registry, reserved, engines, |row| {
        Some(float(row.reserved.memory.get()))
    });

    let ends = Family::<OfCertificate, Gauge>::default();
    for row in engines {
        let both = [
            ("client", row.engine.certificate_ends),
            ("server", row.server_certificate_ends),
        ];
        for (side, end) in both {
            if let Some(end) = end {
                let engine = row.engine.name.to_string();
                ends.get_or_create(&OfCertificate { engine, side }).set(end.0 / 1000);
            }
        }
    }
    let help = "When a certificate of the engine ends, in seconds since 1970";
    registry.register("engine_certificate_end_timestamp_seconds", help, ends);

    let containers = Family::<OfContainers, Gauge>::default();
    for ((engine, state), count) in &figures.containers {
        let labels = OfContainers {
            engine: engine.to_string(),
            state: state.word(),
        };
        containers.get_or_create(&labels).set((*count).into());
    }
    registry.register("containers", "Containers by engine and state", containers);
    gauge(registry, "operations", "Operations that go on", figures.operations);
}
