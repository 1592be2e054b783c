//! The options that few containers need, as a table: each is a text with a place in the spec, and all are shown by the same
//! few lines.
use mounts::{mounts, put_mounts};
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::{Bytes, words};
use values::*;

mod mounts;
mod values;

/// A folded group of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// With the ports.
    Ports,
    /// With the volumes.
    Volumes,
    /// With the network.
    Network,
    /// How much it may take.
    Resources,
    /// How it is known to be well.
    Health,
    /// What it may do to its machine.
    Security,
    /// Where its output goes.
    Logging,
    /// How it is run.
    Process,
}

type To<T> = fn(&mut ContainerSpec) -> &mut T;

/// How a text stands for an option.
#[derive(Clone, Copy)]
pub enum Slot {
    /// As it is.
    Text(To<String>),
    /// `true`, or nothing.
    Flag(To<bool>),
    /// A line for each.
    Lines(To<Vec<String>>),
    /// As a shell splits it.
    Words(To<Vec<String>>),
    /// A line for each, its two parts around a mark.
    Pairs(To<Vec<(String, String)>>, char),
    /// A size.
    Size(To<Bytes>),
    /// A number.
    Number(To<u32>),
    /// A line for each, read and written by itself.
    Many(
        fn(&ContainerSpec) -> Vec<String>,
        fn(&mut ContainerSpec, &[&str]) -> Option<()>,
    ),
    /// One text, read and written by itself.
    One(fn(&ContainerSpec) -> String, fn(&mut ContainerSpec, &str) -> Option<()>),
}

/// An option of the form.
pub struct Opt {
    /// Its group.
    pub part: Part,
    /// Its name in problems.
    pub name: &'static str,
    /// Its label.
    pub label: fn() -> &'static str,
    /// An example.
    pub example: &'static str,
    /// Its place in the spec.
    pub slot: Slot,
}

use Part::{Health, Logging, Network, Ports, Process, Resources, Security, Volumes};
use Slot::{Flag, Lines, Many, Number, One, Pairs, Size, Text, Words};

macro_rules! options {
    ($($part:ident $name:literal $key:literal $example:literal $slot:expr;)+) => {
        /// All of them, in the order of the form.
        pub static OPTIONS: &[Opt] = &[$(Opt { part: $part, name: $name, label: || t!($key), example: $example, slot: $slot }),+];
    };
}

options! {
    Ports "publish_all" "deploy.f.publish-all" "" Flag(|s| &mut s.publish_all);
    Ports "expose" "deploy.f.expose" "9000/tcp" Many(exposed, expose);
    Volumes "tmpfs" "deploy.f.tmpfs" "/run:size=64m" Many(|s| s.tmpfs.iter().map(tmpfs_word).collect(), tmpfs);
    Volumes "volumes" "deploy.f.mounts" "/data rslave volume-driver=local volume-opt=type=nfs" Many(mounts, put_mounts);
    Volumes "volumes_from" "deploy.f.volumes-from" "db:ro" Lines(|s| &mut s.volumes_from);
    Volumes "volume_driver" "deploy.f.volume-driver" "local" Text(|s| &mut s.volume_driver);
    Volumes "read_only" "deploy.f.read-only" "" Flag(|s| &mut s.read_only);
    Volumes "storage_opt" "deploy.f.storage-opt" "size=10g" Pairs(|s| &mut s.storage_opt, '=');
    Network "endpoint" "deploy.f.aliases" "shop" Lines(|s| &mut s.endpoint.aliases);
    Network "endpoint" "deploy.f.ipv4" "10.0.0.7" Text(|s| &mut s.endpoint.ipv4);
    Network "endpoint" "deploy.f.ipv6" "fd00::7" Text(|s| &mut s.endpoint.ipv6);
    Network "endpoint" "deploy.f.mac" "02:42:ac:11:00:02" Text(|s| &mut s.endpoint.mac);
    Network "networks" "deploy.f.networks" "back" Many(|s| s.networks.iter().map(|it| it.name.clone()).collect(), networks);
    Network "extra_hosts" "deploy.f.extra-hosts" "db:10.0.0.5" Pairs(|s| &mut s.extra_hosts, ':');
    Network "dns" "deploy.f.dns" "10.0.0.53" Lines(|s| &mut s.dns);
    Network "dns_search" "deploy.f.dns-search" "example.org" Lines(|s| &mut s.dns_search);
    Network "dns_options" "deploy.f.dns-options" "ndots:2" Lines(|s| &mut s.dns_options);
    Network "links" "deploy.f.links" "db:database" Pairs(|s| &mut s.links, ':');
    Resources "cpuset_cpus" "deploy.f.cpuset-cpus" "0-2,5" Text(|s| &mut s.cpuset_cpus);
    Resources "cpuset_mems" "deploy.f.cpuset-mems" "0" Text(|s| &mut s.cpuset_mems);
    Resources "cpu_shares" "deploy.f.cpu-shares" "1024" Number(|s| &mut s.cpu_shares);
    Resources "cpu_period" "deploy.f.cpu-period" "100000" Number(|s| &mut s.cpu_period);
    Resources "cpu_quota" "deploy.f.cpu-quota" "50000" One(|s| positive(s.cpu_quota), |s, it| number(it, |n| s.cpu_quota = n));
    Resources "memory_reservation" "deploy.f.memory-reservation" "128m" Size(|s| &mut s.memory_reservation);
    Resources "memory_swap" "deploy.f.memory-swap" "1g" One(swap_word, swap);
    Resources "memory_swappiness" "deploy.f.swappiness" "60"
        One(|s| s.memory_swappiness.map(|n| n.to_string()).unwrap_or_default(), |s, it| optional(it).map(|n| s.memory_swappiness = n));
    Resources "oom_kill_disable" "deploy.f.oom-kill-disable" "" Flag(|s| &mut s.oom_kill_disable);
    Resources "oom_score_adj" "deploy.f.oom-score" "-500"
        One(|s| if s.oom_score_adj == 0 { String::new() } else { s.oom_score_adj.to_string() }, |s, it| number(it, |n| s.oom_score_adj = n));
    Resources "shm_size" "deploy.f.shm-size" "64m" Size(|s| &mut s.shm_size);
    Resources "pids_limit" "deploy.f.pids-limit" "200" Number(|s| &mut s.pids_limit);
    Resources "ulimits" "deploy.f.ulimits" "nofile=1024:2048" Many(|s| s.ulimits.iter().map(ulimit_word).collect(), ulimits);
    Resources "blkio_weight" "deploy.f.blkio-weight" "500"
        One(|s| positive(s.blkio_weight.into()), |s, it| number(it, |n| s.blkio_weight = n));
    Health "healthcheck" "deploy.f.health-off" "" One(|s| if is_off(s) { "true".to_owned() } else { String::new() }, health_off);
    Health "healthcheck" "deploy.f.health-cmd" "curl -f http://localhost/" One(health_word, health);
    Health "healthcheck" "deploy.f.health-interval" "30" One(|s| seconds(s, |h| h.interval_ms), |s, it| in_check(s, it, |h| &mut h.interval_ms));
    Health "healthcheck" "deploy.f.health-timeout" "5" One(|s| seconds(s, |h| h.timeout_ms), |s, it| in_check(s, it, |h| &mut h.timeout_ms));
    Health "healthcheck" "deploy.f.health-start" "10"
        One(|s| seconds(s, |h| h.start_period_ms), |s, it| in_check(s, it, |h| &mut h.start_period_ms));
    Health "healthcheck" "deploy.f.health-retries" "3" One(|s| positive(check(s).retries.into()), health_retries);
    Security "privileged" "deploy.f.privileged" "" Flag(|s| &mut s.privileged);
    Security "cap_add" "deploy.f.cap-add" "NET_ADMIN" Lines(|s| &mut s.cap_add);
    Security "cap_drop" "deploy.f.cap-drop" "ALL" Lines(|s| &mut s.cap_drop);
    Security "security_opt" "deploy.f.security-opt" "no-new-privileges" Lines(|s| &mut s.security_opt);
    Security "devices" "deploy.f.devices" "/dev/snd:/dev/snd:rw" Many(|s| s.devices.iter().map(device_word).collect(), devices);
    Security "device_requests" "deploy.f.gpus" "all" One(gpus_word, gpus);
    Security "device_cgroup_rules" "deploy.f.device-rules" "c 1:3 mr" Lines(|s| &mut s.device_cgroup_rules);
    Security "sysctls" "deploy.f.sysctls" "net.core.somaxconn=1024" Pairs(|s| &mut s.sysctls, '=');
    Security "pid_mode" "deploy.f.pid" "host" Text(|s| &mut s.pid_mode);
    Security "ipc_mode" "deploy.f.ipc" "private" Text(|s| &mut s.ipc_mode);
    Security "uts_mode" "deploy.f.uts" "host" Text(|s| &mut s.uts_mode);
    Security "userns_mode" "deploy.f.userns" "host" Text(|s| &mut s.userns_mode);
    Security "cgroupns_mode" "deploy.f.cgroupns" "private" Text(|s| &mut s.cgroupns_mode);
    Security "cgroup_parent" "deploy.f.cgroup-parent" "/jobs" Text(|s| &mut s.cgroup_parent);
    Logging "logging" "deploy.f.log-driver" "json-file" Text(|s| &mut s.logging.driver);
    Logging "logging" "deploy.f.log-options" "max-size=10m" Pairs(|s| &mut s.logging.options, '=');
    Process "entrypoint" "deploy.f.entrypoint" "/bin/sh -c" Words(|s| &mut s.entrypoint);
    Process "working_dir" "deploy.f.working-dir" "/app" Text(|s| &mut s.working_dir);
    Process "group_add" "deploy.f.group-add" "audio" Lines(|s| &mut s.group_add);
    Process "hostname" "deploy.f.hostname" "web" Text(|s| &mut s.hostname);
    Process "domainname" "deploy.f.domainname" "example.org" Text(|s| &mut s.domainname);
    Process "init" "deploy.f.init" "" Flag(|s| &mut s.init);
    Process "tty" "deploy.f.tty" "" Flag(|s| &mut s.tty);
    Process "open_stdin" "deploy.f.stdin" "" Flag(|s| &mut s.open_stdin);
    Process "stdin_once" "deploy.f.stdin-once" "" Flag(|s| &mut s.stdin_once);
    Process "auto_remove" "deploy.f.auto-remove" "" Flag(|s| &mut s.auto_remove);
    Process "restart" "deploy.f.restart-most" "5" One(restarts, restart_most);
    Process "stop_signal" "deploy.f.stop-signal" "SIGTERM" Text(|s| &mut s.stop_signal);
    Process "stop_timeout" "deploy.f.stop-timeout" "30"
        One(|s| s.stop_timeout.map(|n| n.to_string()).unwrap_or_default(), |s, it| optional(it).map(|n| s.stop_timeout = n));
    Process "runtime" "deploy.f.runtime" "runc" Text(|s| &mut s.runtime);
    Process "annotations" "deploy.f.annotations" "org.example=1" Pairs(|s| &mut s.annotations, '=');
}

impl Slot {
    /// Whether it takes several lines.
    pub fn is_long(self) -> bool {
        matches!(self, Lines(_) | Pairs(..) | Many(..))
    }

    /// The option of a spec as text.
    pub fn text(self, spec: &mut ContainerSpec) -> String {
        match self {
            Text(to) => to(spec).clone(),
            Flag(to) => if *to(spec) { "true" } else { "" }.to_owned(),
            Lines(to) => to(spec).join("\n"),
            Words(to) => to(spec)
                .iter()
                .map(|word| words::quote(word))
                .collect::<Vec<_>>()
                .join(" "),
            Pairs(to, mark) => {
                let line = |(name, value): &(String, String)| {
                    if value.is_empty() {
                        name.clone()
                    } else {
                        format!("{name}{mark}{value}")
                    }
                };
                to(spec).iter().map(line).collect::<Vec<_>>().join("\n")
            }
            Size(to) => size(*to(spec)),
            Number(to) => positive((*to(spec)).into()),
            Many(read, _) => read(spec).join("\n"),
            One(read, _) => read(spec),
        }
    }

    /// Puts a text into a spec; `None` when it cannot be read.
    pub fn put(self, spec: &mut ContainerSpec, text: &str) -> Option<()> {
        let text = text.trim();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        match self {
            Text(to) => text.clone_into(to(spec)),
            Flag(to) => *to(spec) = !text.is_empty(),
            Lines(to) => *to(spec) = lines.iter().map(|line| (*line).to_owned()).collect(),
            Words(to) => *to(spec) = words::split(text).ok()?,
            Pairs(to, mark) => {
                let pair = |line: &&str| {
                    let (name, value) = line.split_once(mark).unwrap_or((line, ""));
                    (name.trim().to_owned(), value.to_owned())
                };
                *to(spec) = lines.iter().map(pair).collect();
            }
            Size(to) => *to(spec) = bytes(text)?,
            Number(to) => return number(text, |n| *to(spec) = n),
            Many(_, put) => return put(spec, &lines),
            One(_, put) => return put(spec, text),
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::{HealthcheckSpec, NetworkSpec, RestartPolicy};

    #[test]
    fn options_come_back_from_their_texts() {
        for (name, text) in [
            ("expose", "80/udp\n90/tcp"),
            ("tmpfs", "/run:size=64m,mode=1770,exec,uid=5\n/a"),
            ("extra_hosts", "db:10.0.0.5\nv6:fd00::1"),
            ("memory_swap", "-1"),
            ("ulimits", "nofile=1:2"),
            ("devices", "/dev/a:/dev/b:rw\n/dev/c:r"),
            ("device_requests", "all"),
            ("cap_add", "NET_ADMIN\nSYS_TIME"),
            ("sysctls", "a.b=1=2"),
            ("entrypoint", "sh -c 'a b'"),
            ("stop_timeout", "0"),
            ("oom_score_adj", "-5"),
            ("shm_size", "64m"),
            ("init", "true"),
        ] {
            let slot = OPTIONS.iter().find(|option| option.name == name).unwrap().slot;
            let mut spec = ContainerSpec::default();
            slot.put(&mut spec, text).unwrap();
            assert_eq!(slot.text(&mut spec), text, "{name}");
            slot.put(&mut spec, "").unwrap();
            assert_eq!(spec, ContainerSpec::default(), "{name}");
        }
    }

    #[test]
    fn a_spec_is_the_same_after_its_texts() {
        let mut spec = ContainerSpec {
            healthcheck: Some(HealthcheckSpec {
                test: vec!["CMD".into(), "curl".into(), "a b".into()],
                interval_ms: 1500,
                start_interval_ms: 7,
                retries: 2,
                ..HealthcheckSpec::default()
            }),
            restart: RestartPolicy::OnFailure(4),
            networks: vec![NetworkSpec {
                name: "back".into(),
                ..NetworkSpec::default()
            }],
            ..ContainerSpec::default()
        };
        let before = spec.clone();
        for option in OPTIONS {
            let text = option.slot.text(&mut spec);
            option.slot.put(&mut spec, &text).unwrap();
        }
        assert_eq!(spec, before);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (name, text) in [
            ("expose", "x"),
            ("ulimits", "nofile"),
            ("memory_swap", "lots"),
            ("stop_timeout", "-1"),
            ("pids_limit", "x"),
        ] {
            let slot = OPTIONS.iter().find(|option| option.name == name).unwrap().slot;
            assert!(slot.put(&mut ContainerSpec::default(), text).is_none(), "{name}");
        }
    }
}
