//! What a container uses, calculated as Docker's own command line does.
use crate::call_error::CallError;
use crate::connection::{Connection, path_id};
use crate::wire::Limits;
use bollard::models::{ContainerMemoryStats, ContainerStatsResponse};
use bollard::query_parameters::StatsOptions;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use shipyard_model::stream::Sample;
use shipyard_model::{Bytes, ContainerId, Millis};
use std::time::Duration;

/// Docker measures once a second; this long without a measurement is a hang.
const SILENCE: Duration = Duration::from_secs(20);

/// Counters of processor time, from whose difference a share is calculated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RawCpu {
    used: u64,
    system: u64,
}

impl Connection {
    /// Measurements, about one a second, until the container ends.
    pub fn stats(&self, id: &ContainerId) -> impl Stream<Item = Result<Sample, CallError>> + Send + use<> {
        let begun = path_id(id).map(str::to_owned);
        let begun = begun.and_then(|id| Ok((id, self.wire().docker_stream(self.version())?)));
        let address = self.wire().address().clone();
        let samples = begun.map(|(id, (docker, meter))| {
            let options = StatsOptions {
                stream: true,
                one_shot: false,
            };
            let answers = docker.stats(&id, Some(options)).boxed();
            stream::try_unfold(
                (answers, meter, address, None),
                async |(mut answers, meter, address, before)| {
                    let late = |_| CallError::TooSlow {
                        seconds: SILENCE.as_secs(),
                    };
                    let next = tokio::time::timeout(SILENCE, answers.next()).await.map_err(late)?;
                    meter.refill();
                    let Some(answer) = next else { return Ok(None) };
                    let answer = answer.map_err(|e| CallError::from_docker(e, &address, SILENCE.as_secs()))?;
                    let now = raw_cpu(&answer);
                    if now == RawCpu::default() {
                        // Docker goes on with empty measurements for a container that has ended.
                        return Ok(None);
                    }
                    let sample = sample(&answer, before.as_ref());
                    Ok(Some((sample, (answers, meter, address, Some(now)))))
                },
            )
        });
        stream::once(std::future::ready(samples)).try_flatten().boxed()
    }

    /// One measurement now. Its CPU share is the difference to an earlier one; zero without.
    ///
    /// # Errors
    /// [`CallError`]; 409 as [`CallError::Docker`] when the container does not run.
    pub async fn sample(&self, id: &ContainerId, before: Option<&RawCpu>) -> Result<(Sample, RawCpu), CallError> {
        let (name, docker) = (path_id(id)?, self.docker(Limits::INSPECT)?);
        let options = StatsOptions {
            stream: false,
            one_shot: true,
        };
        let mut answers = docker.stats(name, Some(options));
        let first = async { answers.next().await.transpose() };
        let answer = self.wire().call(Limits::INSPECT, first).await?;
        let answer = answer.ok_or_else(|| CallError::Unreadable {
            reason: "no measurement".to_owned(),
        })?;
        let now = raw_cpu(&answer);
        if now == RawCpu::default() {
            return Err(CallError::docker(409, "the container is not running"));
        }
        Ok((sample(&answer, before), now))
    }
}

fn raw_cpu(answer: &ContainerStatsResponse) -> RawCpu {
    let cpu = answer.cpu_stats.as_ref();
    RawCpu {
        used: cpu
            .and_then(|c| c.cpu_usage.as_ref())
            .and_then(|u| u.total_usage)
            .unwrap_or(0),
        system: cpu.and_then(|c| c.system_cpu_usage).unwrap_or(0),
    }
}

fn sample(answer: &ContainerStatsResponse, before: Option<&RawCpu>) -> Sample {
    let networks = answer.networks.iter().flat_map(|n| n.values());
    let (net_in, net_out) = networks.fold((0u64, 0u64), |(rx, tx), n| {
        (
            rx.saturating_add(n.rx_bytes.unwrap_or(0)),
            tx.saturating_add(n.tx_bytes.unwrap_or(0)),
        )
    });
    let memory = answer.memory_stats.as_ref();
    let pids = answer.pids_stats.as_ref().and_then(|p| p.current).unwrap_or(0);
    Sample {
        at: Millis::now(),
        cpu_percent: before.map_or(0.0, |before| cpu_percent(answer, *before)),
        memory: Bytes::new(memory.map_or(0, memory_in_use)),
        memory_limit: Bytes::new(memory.and_then(|m| m.limit).unwrap_or(0)),
        net_in: Bytes::new(net_in),
        net_out: Bytes::new(net_out),
        disk_read: Bytes::new(disk(answer, "read")),
        disk_write: Bytes::new(disk(answer, "write")),
        pids: u32::try_from(pids).unwrap_or(u32::MAX),
    }
}

/// Time of this container in the time of all CPUs, times the CPUs.
fn cpu_percent(answer: &ContainerStatsResponse, before: RawCpu) -> f32 {
    let now = raw_cpu(answer);
    let (used, system) = (
        now.used.saturating_sub(before.used),
        now.system.saturating_sub(before.system),
    );
    if system == 0 {
        return 0.0;
    }
    let cpu = answer.cpu_stats.as_ref();
    let each = cpu
        .and_then(|c| c.cpu_usage.as_ref())
        .and_then(|u| u.percpu_usage.as_ref());
    let cpus = match cpu.and_then(|c| c.online_cpus).unwrap_or(0) {
        0 => each.map_or(1, |cpus| u32::try_from(cpus.len()).unwrap_or(1)),
        cpus => cpus,
    };
    let percent = used as f64 / system as f64 * f64::from(cpus) * 100.0;
    percent as f32
}

/// Memory without the page cache that could be given back at once: cgroup v1 and v2 name it differently.
fn memory_in_use(memory: &ContainerMemoryStats) -> u64 {
    let usage = memory.usage.unwrap_or(0);
    let cache = |name| memory.stats.as_ref().and_then(|s| s.get(name)).copied();
    let cache = cache("total_inactive_file")
        .or_else(|| cache("inactive_file"))
        .unwrap_or(0);
    if cache < usage { usage - cache } else { usage }
}

fn disk(answer: &ContainerStatsResponse, what: &str) -> u64 {
    let entries = answer
        .blkio_stats
        .as_ref()
        .and_then(|b| b.io_service_bytes_recursive.as_ref());
    let of_kind = entries
        .into_iter()
        .flatten()
        .filter(|e| e.op.as_deref().is_some_and(|op| op.eq_ignore_ascii_case(what)));
    of_kind.fold(0, |sum, entry| sum.saturating_add(entry.value.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> ContainerStatsResponse {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn figures_are_those_of_dockers_command_line() {
        let now = answer(
            r#"{"cpu_stats":{"cpu_usage":{"total_usage":300},"system_cpu_usage":2000,"online_cpus":4},
            "memory_stats":{"usage":1000,"limit":5000,"stats":{"inactive_file":300}},
            "networks":{"eth0":{"rx_bytes":1,"tx_bytes":2},"eth1":{"rx_bytes":3,"tx_bytes":4}},
            "blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":7},{"op":"write","value":8}]},
            "pids_stats":{"current":5}}"#,
        );
        let sample = sample(
            &now,
            Some(&RawCpu {
                used: 100,
                system: 1000,
            }),
        );
        assert!((sample.cpu_percent - 80.0).abs() < 0.01);
        assert_eq!((sample.memory.get(), sample.memory_limit.get()), (700, 5000));
        assert_eq!((sample.net_in.get(), sample.net_out.get()), (4, 6));
        assert_eq!(
            (sample.disk_read.get(), sample.disk_write.get(), sample.pids),
            (7, 8, 5)
        );
    }

    #[test]
    fn the_cache_of_both_cgroup_versions_is_taken_off() {
        let memory = |stats: &str| {
            let text = format!(r#"{{"memory_stats":{{"usage":100,"stats":{stats}}}}}"#);
            memory_in_use(&answer(&text).memory_stats.unwrap())
        };
        assert_eq!(memory(r#"{"total_inactive_file":40,"inactive_file":10}"#), 60);
        assert_eq!(memory(r#"{"inactive_file":10}"#), 90);
        assert_eq!(memory(r#"{"inactive_file":200}"#), 100);
        assert_eq!(memory("{}"), 100);
    }

    #[test]
    fn no_time_passed_is_no_division() {
        let now = answer(r#"{"cpu_stats":{"cpu_usage":{"total_usage":300},"system_cpu_usage":5}}"#);
        assert_eq!(cpu_percent(&now, RawCpu { used: 0, system: 5 }), 0.0);
    }
}
