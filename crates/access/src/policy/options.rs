//! The options in words: what each profile allows, as the document tells it.
use super::{Profile, Rule};
use std::fmt::Write;

/// One line of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionLine {
    /// Names of the options that it is about: fields of [`ContainerSpec`](shipyard_model::spec::ContainerSpec).
    pub options: &'static [&'static str],
    /// What the profile restricted allows.
    pub restricted: &'static str,
    /// What the profile baseline allows.
    pub baseline: &'static str,
    /// The rules that can refuse it.
    pub rules: &'static [Rule],
}

const ANY: &str = "any";
const NONE: &str = "none";

/// Every option of a specification is in one line.
pub const OPTIONS: [OptionLine; 43] = [
    line(
        &["image"],
        "listed registries, if some are listed",
        "the same",
        &[Rule::ImageListed, Rule::ImageDigest],
    ),
    line(
        &[
            "name",
            "command",
            "entrypoint",
            "env",
            "working_dir",
            "hostname",
            "domainname",
            "tty",
            "open_stdin",
            "stdin_once",
            "init",
        ],
        ANY,
        ANY,
        &[],
    ),
    line(
        &[
            "stop_signal",
            "stop_timeout",
            "restart",
            "auto_remove",
            "read_only",
            "expose",
        ],
        ANY,
        ANY,
        &[],
    ),
    line(
        &["healthcheck"],
        "at most one a second",
        "the same",
        &[Rule::HealthcheckInterval],
    ),
    line(&["user"], "a number other than 0, required", ANY, &[Rule::NonRoot]),
    line(&["group_add"], "numbers other than 0", ANY, &[Rule::GroupNonRoot]),
    line(
        &["ports"],
        "from 1024, in the pool's range, on its addresses",
        "in the pool's range, on its addresses",
        &[Rule::PortNotLow, Rule::PortRange, Rule::PortAddress],
    ),
    line(
        &["publish_all"],
        "no",
        "where the pool lists no ports and no addresses",
        &[Rule::PortsNamed, Rule::PortRange, Rule::PortAddress],
    ),
    line(
        &["network"],
        "not `host`, not another container's; listed ones, if some are",
        "the same",
        &[Rule::NetworkOwn, Rule::NetworkListed],
    ),
    line(
        &["endpoint"],
        "names alone",
        "names and addresses",
        &[Rule::AddressGiven, Rule::NoDriverOptions],
    ),
    line(
        &["networks"],
        "as `network`, with names alone",
        "as `network`, with names and addresses",
        &[
            Rule::NetworkOwn,
            Rule::NetworkListed,
            Rule::AddressGiven,
            Rule::NoDriverOptions,
        ],
    ),
    line(
        &["extra_hosts"],
        "addresses",
        "also `host-gateway`",
        &[Rule::NoHostGateway],
    ),
    line(&["dns", "dns_search", "dns_options"], ANY, ANY, &[]),
    line(&["links"], NONE, NONE, &[Rule::NoLinks]),
    line(
        &["volumes"],
        "named and anonymous volumes of Docker's own driver",
        "also listed paths of the engine, read-only unless listed as writable; never its system's",
        &[
            Rule::NoHostPath,
            Rule::PathPlain,
            Rule::PathForbidden,
            Rule::PathListed,
            Rule::PathReadOnly,
            Rule::VolumeName,
            Rule::MountTarget,
            Rule::VolumeDriverUsual,
            Rule::NoDriverOptions,
            Rule::MountPrivate,
            Rule::NoRelabel,
            Rule::LabelReserved,
        ],
    ),
    line(
        &["volume_driver"],
        "Docker's own",
        "the same",
        &[Rule::VolumeDriverUsual],
    ),
    line(&["volumes_from"], NONE, NONE, &[Rule::NoVolumesFrom]),
    line(
        &["tmpfs"],
        "any with `nosuid` and `nodev`, not over `/proc` or `/sys`",
        "the same",
        &[Rule::PathPlain, Rule::MountTarget, Rule::TmpfsOptionListed],
    ),
    line(&["storage_opt"], NONE, "`size`", &[Rule::NoDriverOptions]),
    line(&["cpus"], "within the pool's most", "the same", &[Rule::CpusMost]),
    line(&["cpuset_cpus", "cpu_period", "cpu_quota"], ANY, ANY, &[]),
    line(&["cpuset_mems"], NONE, ANY, &[Rule::MemoryNodes]),
    line(
        &["cpu_shares", "blkio_weight"],
        "at most the usual 1024 and 500",
        "the same",
        &[Rule::WeightUsual],
    ),
    line(
        &["memory", "shm_size"],
        "required, within the pool's most",
        "within the pool's most",
        &[Rule::MemoryRequired, Rule::MemoryMost],
    ),
    line(&["memory_reservation", "memory_swappiness"], ANY, ANY, &[]),
    line(
        &["memory_swap"],
        "at most twice the memory, with it",
        "the same",
        &[Rule::SwapBounded],
    ),
    line(
        &["oom_kill_disable", "oom_score_adj"],
        "only to be killed sooner",
        "the same",
        &[Rule::OomUsual],
    ),
    line(
        &["pids_limit"],
        "required, within the pool's most; filled in",
        "within the pool's most; filled in",
        &[Rule::PidsRequired, Rule::PidsMost],
    ),
    line(
        &["ulimits"],
        "any but `rtprio` and `nice`",
        "the same",
        &[Rule::UlimitListed],
    ),
    line(&["privileged"], "no", "no", &[Rule::NotPrivileged]),
    line(
        &["cap_add"],
        "`NET_BIND_SERVICE`",
        "Docker's usual ones, and of the pool's list those that stay in a container",
        &[Rule::CapabilityListed],
    ),
    line(
        &["cap_drop"],
        "`ALL`, required; filled in",
        ANY,
        &[Rule::CapabilitiesDropped],
    ),
    line(
        &["security_opt"],
        "`no-new-privileges`, required; filled in. Else only Docker's usual profiles",
        "only what takes rights away, and listed AppArmor profiles",
        &[Rule::SecurityTightens, Rule::NoNewPrivileges],
    ),
    line(
        &["devices", "device_cgroup_rules", "blkio_devices"],
        NONE,
        NONE,
        &[Rule::NoDevice],
    ),
    line(
        &["device_requests"],
        NONE,
        "graphics cards, where the pool has them to give",
        &[Rule::NoDevice],
    ),
    line(
        &["sysctls"],
        NONE,
        "the safe ones of Kubernetes' baseline",
        &[Rule::SysctlListed],
    ),
    line(
        &["pid_mode", "uts_mode", "userns_mode"],
        "the container's own",
        "the same",
        &[Rule::NamespaceOwn],
    ),
    line(
        &["ipc_mode", "cgroupns_mode"],
        "the container's own, required; filled in",
        "the container's own, or the daemon's default",
        &[Rule::NamespaceOwn],
    ),
    line(&["cgroup_parent"], NONE, NONE, &[Rule::CgroupUsual]),
    line(
        &["runtime"],
        "the daemon's default",
        "also listed ones",
        &[Rule::RuntimeListed],
    ),
    line(
        &["logging"],
        "`json-file` or `local` with `max-size`; filled in",
        "drivers that stay on the engine, and listed ones with listed options",
        &[Rule::LogDriverListed, Rule::LogOptionListed, Rule::LogSizeRequired],
    ),
    line(
        &["labels"],
        "none that Shipyard, Docker, proxies or schedulers take orders from; the pool may list prefixes",
        "none of Shipyard's and Docker's own",
        &[Rule::LabelReserved],
    ),
    line(&["annotations"], NONE, NONE, &[Rule::NoAnnotations]),
];

const fn line(
    options: &'static [&'static str],
    restricted: &'static str,
    baseline: &'static str,
    rules: &'static [Rule],
) -> OptionLine {
    OptionLine {
        options,
        restricted,
        baseline,
        rules,
    }
}

fn words<T: std::fmt::Display>(all: &[T]) -> String {
    all.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

/// All that a pool's policy may say, in an example.
pub const EXAMPLE: &str = r#"images = ["docker.io/library", "ghcr.io/team"] # registries and repositories; without it any
digest_only = true                              # images are named by digest
ports = { from = 8000, to = 8999 }              # ports of the engine that may be published
host_ips = ["10.0.0.5"]                         # on these of its addresses; the first is filled in
networks = ["web"]                              # besides Docker's default
host_paths = [{ path = "/srv/www" }, { path = "/srv/data", writable = true }]
capabilities = ["NET_RAW"]                      # of those that stay in a container
apparmor = ["ours"]
runtimes = ["runsc"]
graphics = true                                 # graphics cards may be asked for
labels = ["traefik."]                           # prefixes that other programs take orders from
most_cpus = "1.5"                               # of one container, as is what follows
most_memory = "512m"
most_pids = 512

[[logging]]                                     # a driver with its options, exactly as here
driver = "syslog"
options = [["syslog-address", "udp://10.0.0.9:514"]]
"#;

/// The options and the rules as the Markdown of `docs/policy.md`.
pub fn render() -> String {
    let [restricted, baseline, privileged] = Profile::ALL;
    let mut text = format!(
        "# What a container may be\n\n\
         <!-- Rendered from crates/access/src/policy; `SHIPYARD_BLESS=1 cargo test -p shipyard-access` writes it anew. -->\n\n\
         Every container that Shipyard makes is judged before an engine is asked, by the profile of whoever makes it:\n\
         **{restricted}** or **{baseline}**, as the table says, or **{privileged}**, which allows everything and is recorded. Options that are not in\n\
         this table cannot be asked for at all: Docker's request is built anew from these. A container that has some of those can be made anew\n\
         by **{privileged}** alone. A refusal names the option and the rule.\n\n\
         | Option | {restricted} | {baseline} | Rules |\n|---|---|---|---|\n",
    );
    for line in &OPTIONS {
        let (options, rules) = (words(line.options), words(line.rules));
        let _ = writeln!(
            text,
            "| {options} | {} | {} | {rules} |",
            line.restricted, line.baseline
        );
    }
    text.push_str(
        "\nWhat cannot be seen in a request: an engine follows links in a path, so list only folders that administrators alone\n\
         can write to; and a named volume may have been made, by somebody who may, with a driver's option that leads anywhere.\n\n\
         ## What a pool may say\n\n\
         “Listed” above means listed by the pool that somebody deploys to: *Access*, *Pools*, *Policy rules*, as TOML. Whoever deploys by a\n\
         grant on the pool is judged by it; where a pool says nothing, nothing is listed and nothing else is limited.\n\n```toml\n",
    );
    text.push_str(EXAMPLE);
    text.push_str("```\n\n## Rules\n\n");
    for rule in Rule::ALL {
        let _ = writeln!(text, "- `{rule}`: {}", rule.means().trim());
    }
    text
}
