//! Every option of `docker run`, and what becomes of it.
use super::set::{self, Reading};
use crate::value;
use shipyard_model::deploy::ContainerSpec;
use shipyard_model::{Bytes, Cpus};

/// An option.
pub(super) struct Opt {
    /// Its names, without `--`, apart by blanks.
    pub(super) names: &'static str,
    /// Its letter.
    pub(super) short: Option<char>,
    /// What it takes.
    pub(super) takes: Takes,
}

type To<T> = fn(&mut ContainerSpec) -> &mut T;

/// What an option takes, and where it goes.
pub(super) enum Takes {
    /// Nothing; it is on or off.
    Nothing(Flag),
    /// A text.
    Text(To<String>),
    /// A text; given again, one more.
    More(To<Vec<String>>),
    /// `name=value`; given again, one more.
    Pair(To<Vec<(String, String)>>),
    /// A size.
    Size(To<Bytes>),
    /// A number from zero on; -1 is zero too.
    Number(To<u32>),
    /// CPUs.
    Cpus(To<Cpus>),
    /// A value of its own, with one that would be right.
    Other(fn(&mut Reading, &str) -> Option<()>, &'static str),
    /// A value that names a file.
    File,
    /// A value that says nothing about the container.
    Meaningless,
    /// A value that no spec can say.
    Unsaid,
}

/// What is on or off.
pub(super) enum Flag {
    /// Part of the container.
    Spec(To<bool>),
    /// Something else.
    Other(fn(&mut Reading, bool)),
    /// So in any case: only its opposite is told.
    Always,
    /// Says nothing about the container.
    Meaningless,
    /// No spec can say it.
    Unsaid,
}

const fn opt(names: &'static str, takes: Takes) -> Opt {
    Opt {
        names,
        short: None,
        takes,
    }
}

const fn short(letter: char, names: &'static str, takes: Takes) -> Opt {
    Opt {
        names,
        short: Some(letter),
        takes,
    }
}

use Flag::Spec;
use Takes::{File, Meaningless, More, Nothing, Number, Other, Pair, Size, Text, Unsaid};

/// All of them.
pub(super) static OPTIONS: &[Opt] = &[
    opt("add-host", Other(set::add_host, "db:10.0.0.5")),
    opt("annotation", Pair(|spec| &mut spec.annotations)),
    short('a', "attach", Meaningless),
    opt("blkio-weight", Other(set::blkio_weight, "500")),
    opt("blkio-weight-device", Other(set::device_weight, "/dev/sda:500")),
    opt("cap-add", More(|spec| &mut spec.cap_add)),
    opt("cap-drop", More(|spec| &mut spec.cap_drop)),
    opt("cgroup-parent", Text(|spec| &mut spec.cgroup_parent)),
    opt("cgroupns", Text(|spec| &mut spec.cgroupns_mode)),
    opt("cidfile", Meaningless),
    opt("cpu-count", Unsaid),
    opt("cpu-percent", Unsaid),
    opt("cpu-period", Number(|spec| &mut spec.cpu_period)),
    opt("cpu-quota", Other(set::cpu_quota, "50000")),
    opt("cpu-rt-period", Unsaid),
    opt("cpu-rt-runtime", Unsaid),
    short('c', "cpu-shares", Number(|spec| &mut spec.cpu_shares)),
    opt("cpus", Takes::Cpus(|spec| &mut spec.cpus)),
    opt("cpuset-cpus", Text(|spec| &mut spec.cpuset_cpus)),
    opt("cpuset-mems", Text(|spec| &mut spec.cpuset_mems)),
    short('d', "detach", Nothing(Flag::Always)),
    opt("detach-keys", Meaningless),
    opt("device", Other(set::device, "/dev/snd:/dev/snd:rw")),
    opt("device-cgroup-rule", More(|spec| &mut spec.device_cgroup_rules)),
    opt("device-read-bps", Other(set::read_bps, "/dev/sda:10m")),
    opt("device-read-iops", Other(set::read_iops, "/dev/sda:1000")),
    opt("device-write-bps", Other(set::write_bps, "/dev/sda:10m")),
    opt("device-write-iops", Other(set::write_iops, "/dev/sda:1000")),
    opt("disable-content-trust", Nothing(Flag::Meaningless)),
    opt("dns", More(|spec| &mut spec.dns)),
    opt("dns-option dns-opt", More(|spec| &mut spec.dns_options)),
    opt("dns-search", More(|spec| &mut spec.dns_search)),
    opt("domainname", Text(|spec| &mut spec.domainname)),
    opt("entrypoint", Other(set::entrypoint, "/bin/sh")),
    short('e', "env", Other(set::env, "MODE=production")),
    opt("env-file", File),
    opt("expose", Other(set::expose, "80/tcp")),
    opt("gpus", Other(set::gpus, "all")),
    opt("group-add", More(|spec| &mut spec.group_add)),
    opt("health-cmd", Other(set::health_cmd, "'curl -f http://localhost/'")),
    opt(
        "health-interval",
        Other(|r, v| set::health_time(r, v, |h| &mut h.interval_ms), "30s"),
    ),
    opt("health-retries", Other(set::health_retries, "3")),
    opt(
        "health-start-interval",
        Other(|r, v| set::health_time(r, v, |h| &mut h.start_interval_ms), "5s"),
    ),
    opt(
        "health-start-period",
        Other(|r, v| set::health_time(r, v, |h| &mut h.start_period_ms), "10s"),
    ),
    opt(
        "health-timeout",
        Other(|r, v| set::health_time(r, v, |h| &mut h.timeout_ms), "5s"),
    ),
    opt("help", Nothing(Flag::Meaningless)),
    short('h', "hostname", Text(|spec| &mut spec.hostname)),
    opt("init", Nothing(Spec(|spec| &mut spec.init))),
    short('i', "interactive", Nothing(Spec(|spec| &mut spec.open_stdin))),
    opt("io-maxbandwidth", Unsaid),
    opt("io-maxiops", Unsaid),
    opt("ip", Text(|spec| &mut spec.endpoint.ipv4)),
    opt("ip6", Text(|spec| &mut spec.endpoint.ipv6)),
    opt("ipc", Text(|spec| &mut spec.ipc_mode)),
    opt("isolation", Unsaid),
    opt("kernel-memory", Unsaid),
    short('l', "label", Pair(|spec| &mut spec.labels)),
    opt("label-file", File),
    opt("link", Other(set::link, "db:database")),
    opt("link-local-ip", More(|spec| &mut spec.endpoint.link_local)),
    opt("log-driver", Text(|spec| &mut spec.logging.driver)),
    opt("log-opt", Pair(|spec| &mut spec.logging.options)),
    opt("mac-address", Text(|spec| &mut spec.endpoint.mac)),
    short('m', "memory", Size(|spec| &mut spec.memory)),
    opt("memory-reservation", Size(|spec| &mut spec.memory_reservation)),
    opt("memory-swap", Other(set::swap, "1g")),
    opt("memory-swappiness", Other(set::swappiness, "60")),
    opt("mount", Other(set::mount, "type=volume,source=data,target=/data")),
    opt("name", Text(|spec| &mut spec.name)),
    opt("network net", Other(set::network, "front")),
    opt("network-alias net-alias", More(|spec| &mut spec.endpoint.aliases)),
    opt("no-healthcheck", Nothing(Flag::Other(set::no_healthcheck))),
    opt("oom-kill-disable", Nothing(Spec(|spec| &mut spec.oom_kill_disable))),
    opt("oom-score-adj", Other(set::oom_score, "-500")),
    opt("pid", Text(|spec| &mut spec.pid_mode)),
    opt("pids-limit", Number(|spec| &mut spec.pids_limit)),
    opt("platform", Unsaid),
    opt("privileged", Nothing(Spec(|spec| &mut spec.privileged))),
    short('p', "publish", Other(set::publish, "8080:80/tcp")),
    short('P', "publish-all", Nothing(Spec(|spec| &mut spec.publish_all))),
    opt("pull", Other(set::pull, "always")),
    short('q', "quiet", Nothing(Flag::Meaningless)),
    opt("read-only", Nothing(Spec(|spec| &mut spec.read_only))),
    opt("restart", Other(set::restart, "unless-stopped")),
    opt("rm", Nothing(Spec(|spec| &mut spec.auto_remove))),
    opt("runtime", Text(|spec| &mut spec.runtime)),
    opt("security-opt", More(|spec| &mut spec.security_opt)),
    opt("shm-size", Size(|spec| &mut spec.shm_size)),
    opt("sig-proxy", Nothing(Flag::Meaningless)),
    opt("stop-signal", Text(|spec| &mut spec.stop_signal)),
    opt("stop-timeout", Other(set::stop_timeout, "30")),
    opt("storage-opt", Pair(|spec| &mut spec.storage_opt)),
    opt("sysctl", Pair(|spec| &mut spec.sysctls)),
    opt("tmpfs", Other(set::tmpfs, "/run:size=64m")),
    short('t', "tty", Nothing(Spec(|spec| &mut spec.tty))),
    opt("ulimit", Other(set::ulimit, "nofile=1024:2048")),
    opt("use-api-socket", Nothing(Flag::Unsaid)),
    short('u', "user", Text(|spec| &mut spec.user)),
    opt("userns", Text(|spec| &mut spec.userns_mode)),
    opt("uts", Text(|spec| &mut spec.uts_mode)),
    short('v', "volume", Other(set::volume, "data:/data:ro")),
    opt("volume-driver", Text(|spec| &mut spec.volume_driver)),
    opt("volumes-from", More(|spec| &mut spec.volumes_from)),
    short('w', "workdir", Text(|spec| &mut spec.working_dir)),
];

impl Takes {
    /// Puts a value where it goes; `None` when it cannot be read.
    pub(super) fn put(&self, reading: &mut Reading, value: &str) -> Option<()> {
        let spec = &mut reading.request.spec;
        match self {
            Self::Text(to) => value.clone_into(to(spec)),
            Self::More(to) => to(spec).push(value.to_owned()),
            Self::Pair(to) => {
                let pair = value::pair(value)?;
                to(spec).push(pair);
            }
            Self::Size(to) => *to(spec) = value::bytes(value)?,
            Self::Number(to) => *to(spec) = if value == "-1" { 0 } else { value.parse().ok()? },
            Self::Cpus(to) => *to(spec) = shipyard_model::Cpus::parse(value).ok()?,
            Self::Other(does, _) => return does(reading, value),
            Self::Nothing(Flag::Spec(to)) => *to(spec) = value::truth(value)?,
            Self::Nothing(Flag::Other(does)) => {
                let on = value::truth(value)?;
                does(reading, on);
            }
            Self::Nothing(_) | Self::File | Self::Meaningless | Self::Unsaid => {}
        }
        Some(())
    }

    /// A value that would be right.
    pub(super) fn example(&self) -> &'static str {
        match self {
            Self::Other(_, example) => example,
            Self::Size(_) => "256m",
            Self::Number(_) => "100",
            Self::Cpus(_) => "0.5",
            Self::Nothing(_) => "true",
            _ => "name=value",
        }
    }
}
