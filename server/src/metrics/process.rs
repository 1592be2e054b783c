//! The process itself, under the names that Prometheus' own libraries give
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>), from `/proc`.
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Registers what this system tells; elsewhere than on Linux that is nothing.
pub(super) fn register(registry: &mut Registry) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let open = std::fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
    let files = open.and_then(|count| i64::try_from(count).ok());
    let figures = [
        (
            "process_resident_memory_bytes",
            "Resident memory in bytes",
            of(&status, "VmRSS").map(|kib| kib * 1024),
        ),
        (
            "process_virtual_memory_bytes",
            "Virtual memory in bytes",
            of(&status, "VmSize").map(|kib| kib * 1024),
        ),
        ("process_threads", "Threads", of(&status, "Threads")),
        ("process_open_fds", "Open files", files),
    ];
    for (name, help, value) in figures {
        if let Some(value) = value {
            let gauge = Gauge::<i64>::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
    }
}

/// A number of `/proc/self/status`, such as `VmRSS:   12345 kB`.
fn of(status: &str, key: &str) -> Option<i64> {
    let mut lines = status.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(name, _)| *name == key)?;
    value.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_is_found_by_its_whole_name() {
        let status = "VmRSSx:\t7 kB\nVmRSS:\t  12345 kB\nThreads:\t9\n";
        assert_eq!(super::of(status, "VmRSS"), Some(12345));
        assert_eq!(super::of(status, "Threads"), Some(9));
        assert_eq!(super::of(status, "Vm"), None);
    }
}
