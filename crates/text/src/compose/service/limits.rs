//! Keys that say how much a container may take.
use super::super::nodes::{Any, At, Blkio, Disk, Entries, Limit, Never, Text};
use super::Reading;
use crate::value;
use serde::de::MapAccess;
use shipyard_model::deploy::{BlockDeviceSpec, Swap, UlimitSpec};
use shipyard_model::{Bytes, Cpus};

impl Reading {
    pub(super) fn limit<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "cpus" => {
                let cpus = self.read(name, map.next_value()?, "0.5", |text| Cpus::parse(text).ok());
                self.spec().cpus = cpus.unwrap_or_default();
            }
            "cpu_shares" => {
                let shares = self.read(name, map.next_value()?, "512", |text| text.parse().ok());
                self.spec().cpu_shares = shares.unwrap_or_default();
            }
            "cpu_period" => {
                let period = self.read(name, map.next_value()?, "100000", micros);
                self.spec().cpu_period = period.and_then(|it| u32::try_from(it).ok()).unwrap_or_default();
            }
            "cpu_quota" => {
                let quota = self.read(name, map.next_value()?, "50000", micros);
                self.spec().cpu_quota = quota.unwrap_or_default();
            }
            "memswap_limit" => {
                let swap = self.read(name, map.next_value()?, "1g", |text| match text {
                    "-1" => Some(Swap::Unlimited),
                    "0" => Some(Swap::Usual),
                    text => value::bytes(text).map(Swap::Total),
                });
                self.spec().memory_swap = swap.unwrap_or_default();
            }
            "mem_swappiness" => {
                let swappiness = self.read(name, map.next_value()?, "60", |text| text.parse().ok());
                self.spec().memory_swappiness = swappiness;
            }
            "oom_score_adj" => {
                let score = self.read(name, map.next_value()?, "-500", |text| text.parse().ok());
                self.spec().oom_score_adj = score.unwrap_or_default();
            }
            "pids_limit" => {
                let limit = self.read(name, map.next_value()?, "100", count);
                self.spec().pids_limit = limit.unwrap_or_default();
            }
            "ulimits" => {
                for (name, limit) in map.next_value::<Entries<At<Any<Never, Limit>>>>()?.0 {
                    let limit = self.ulimit(&name.text, limit);
                    self.spec().ulimits.extend(limit);
                }
            }
            "blkio_config" => self.blkio(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn ulimit(&mut self, name: &str, limit: At<Any<Never, Limit>>) -> Option<UlimitSpec> {
        let at = limit.at;
        let text = match limit.value {
            Any::Scalar(text) => text,
            Any::Map(Limit { soft, hard }) => {
                let mut word = |text: Option<Text>| text.map(|text| self.plain(text)).unwrap_or_default();
                format!("{}:{}", word(soft), word(hard))
            }
            _ => String::new(),
        };
        self.read("ulimits", Some(Text { text, at }), "1024", |text| {
            value::limit(name, text)
        })
    }

    fn blkio(&mut self, config: Blkio) {
        let weight = self.read("blkio_config.weight", config.weight, "500", |text| text.parse().ok());
        self.spec().blkio_weight = weight.unwrap_or_default();
        for disk in config.weight_device {
            let weight = self.read("weight_device.weight", disk.weight, "500", |text| text.parse().ok());
            self.disk(disk.path, |of| of.weight = weight.unwrap_or_default());
        }
        self.rates(config.device_read_bps, |of| &mut of.read_bps);
        self.rates(config.device_write_bps, |of| &mut of.write_bps);
        self.counts(config.device_read_iops, |of| &mut of.read_iops);
        self.counts(config.device_write_iops, |of| &mut of.write_iops);
    }

    fn rates(&mut self, disks: Vec<Disk>, to: fn(&mut BlockDeviceSpec) -> &mut Bytes) {
        for Disk { path, rate, .. } in disks {
            let rate = self.read("blkio_config.rate", rate, "10m", value::bytes);
            self.disk(path, |of| *to(of) = rate.unwrap_or_default());
        }
    }

    fn counts(&mut self, disks: Vec<Disk>, to: fn(&mut BlockDeviceSpec) -> &mut u64) {
        for Disk { path, rate, .. } in disks {
            let rate = self.read("blkio_config.rate", rate, "1000", |text| text.parse().ok());
            self.disk(path, |of| *to(of) = rate.unwrap_or_default());
        }
    }

    fn disk(&mut self, path: Text, set: impl FnOnce(&mut BlockDeviceSpec)) {
        let path = self.plain(path);
        let all = &mut self.spec().blkio_devices;
        if let Some(disk) = all.iter_mut().find(|disk| disk.path == path) {
            return set(disk);
        }
        let mut disk = BlockDeviceSpec {
            path,
            ..BlockDeviceSpec::default()
        };
        set(&mut disk);
        all.push(disk);
    }
}

/// Microseconds, or a time with its unit.
fn micros(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| value::duration(text).map(|ms| ms * 1000))
}

/// A count; -1 is for no limit, as zero.
fn count(text: &str) -> Option<u32> {
    if text == "-1" { Some(0) } else { text.parse().ok() }
}
