//! The process itself, under the names that Prometheus' own libraries give
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>), from `/proc`.
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;

/// Parts of a second in which Linux tells times of processes: a part of its interface that is the same everywhere.
const TICKS: f64 = 100.0;

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

/// Registers what the system tells of the process's time: what it used of the CPUs, and when it was started.
pub(super) fn register_times(registry: &mut Registry) {
    let own = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let system = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    if let Some(seconds) = cpu_seconds(&own) {
        let counter = Counter::<f64, AtomicU64>::default();
        counter.inc_by(seconds);
        // The encoder adds `_total`, as the name has it.
        registry.register("process_cpu_seconds", "CPU time that was used, in seconds", counter);
    }
    if let Some(start) = start_seconds(&own, &system) {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(start);
        let help = "When the process was started, in seconds since 1970";
        registry.register("process_start_time_seconds", help, gauge);
    }
}

/// A field of `/proc/self/stat` as it is counted in proc(5). The second is a name in brackets, in which anything may be.
fn field(stat: &str, number: usize) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
}

/// `utime` and `stime`.
fn cpu_seconds(stat: &str) -> Option<f64> {
    Some((field(stat, 14)? + field(stat, 15)?) / TICKS)
}

/// `starttime` is counted from the system's own start.
fn start_seconds(stat: &str, system: &str) -> Option<f64> {
    let booted: f64 = system
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()?;
    Some(booted + field(stat, 22)? / TICKS)
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

    #[test]
    fn times_are_found_behind_a_name_that_has_anything_in_it() {
        let stat = "7 (a) b (c) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 9 0 2000 1 1";
        assert_eq!(super::cpu_seconds(stat), Some(2.0));
        assert_eq!(super::start_seconds(stat, "cpu 1\nbtime 1000\n"), Some(1020.0));
        assert_eq!(super::cpu_seconds("7 (a"), None);
    }
}
