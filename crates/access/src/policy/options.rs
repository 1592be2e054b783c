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
pub const OPTIONS: [OptionLine; 28] = [
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
            "tty",
            "open_stdin",
            "init",
        ],
        ANY,
        ANY,
        &[],
    ),
    line(&["stop_signal", "stop_timeout", "restart", "read_only"], ANY, ANY, &[]),
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
        &["network"],
        "not `host`, not another container's; listed ones, if some are",
        "the same",
        &[Rule::NetworkOwn, Rule::NetworkListed],
    ),
    line(
        &["extra_hosts"],
        "addresses",
        "also `host-gateway`",
        &[Rule::NoHostGateway],
    ),
    line(&["dns", "dns_search"], ANY, ANY, &[]),
    line(
        &["volumes"],
        "named and anonymous volumes",
        "also listed paths of the engine, read-only unless listed as writable; never its system's",
        &[
            Rule::NoHostPath,
            Rule::PathPlain,
            Rule::PathForbidden,
            Rule::PathListed,
            Rule::PathReadOnly,
            Rule::VolumeName,
            Rule::MountTarget,
        ],
    ),
    line(&["volumes_from"], NONE, NONE, &[Rule::NoVolumesFrom]),
    line(
        &["tmpfs"],
        "any (always `nosuid`, `nodev`), not over `/proc` or `/sys`",
        "the same",
        &[Rule::PathPlain, Rule::MountTarget],
    ),
    line(&["cpus"], "within the pool's most", "the same", &[Rule::CpusMost]),
    line(
        &["memory", "shm_size"],
        "required, within the pool's most",
        "within the pool's most",
        &[Rule::MemoryRequired, Rule::MemoryMost],
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
    line(&["devices"], NONE, NONE, &[Rule::NoDevice]),
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

/// The options and the rules as the Markdown of `docs/policy.md`.
pub fn render() -> String {
    let [restricted, baseline, privileged] = Profile::ALL;
    let mut text = format!(
        "# What a container may be\n\n\
         <!-- Rendered from crates/access/src/policy; `SHIPYARD_BLESS=1 cargo test -p shipyard-access` writes it anew. -->\n\n\
         Every container that Shipyard makes is judged before an engine is asked, by the profile of whoever makes it:\n\
         **{restricted}** or **{baseline}**, as the table says, or **{privileged}**, which allows everything and is recorded. Options that are not in\n\
         this table cannot be asked for at all: Docker's request is built anew from these. A refusal names the option and the rule.\n\n\
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
         ## Rules\n\n",
    );
    for rule in Rule::ALL {
        let _ = writeln!(text, "- `{rule}`: {}", rule.means().trim());
    }
    text
}
