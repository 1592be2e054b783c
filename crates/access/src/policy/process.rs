//! Options about what runs, as whom, and what the world is told about it.
use super::{Judge, Rule, image};
use shipyard_model::spec::{HealthcheckSpec, LogSpec};

/// Labels of Shipyard's and Docker's own bookkeeping: whoever sets them can pass a container off as part of something else.
const OURS: [&str; 2] = ["shipyard.", "com.docker."];

/// Labels that other programs on the engine take orders from: a proxy sends another's visitors here, a scheduler runs
/// commands on the machine. The last part of a prefix may be left out to mean all of its family.
const ORDERS: [&str; 11] = [
    "traefik.",
    "caddy",
    "swag",
    "nginx-proxy.",
    "com.github.nginx-proxy.",
    "com.github.jrcs.letsencrypt",
    "haproxy.",
    "ofelia.",
    "com.centurylinklabs.watchtower",
    "wud.",
    "diun.",
];

/// Least time between two health checks.
const LEAST_INTERVAL_MS: u64 = 1000;

/// Log drivers that keep the output on the engine, where it is read from, and those among them whose files can be limited.
const ON_ENGINE: [&str; 4] = ["json-file", "local", "journald", "none"];
pub(super) const LIMITABLE: [&str; 2] = ["json-file", "local"];

/// Options of log drivers that stay on the engine.
const LOG_OPTIONS: [&str; 10] = [
    "compress",
    "env",
    "env-regex",
    "labels",
    "labels-regex",
    "max-buffer-size",
    "max-file",
    "max-size",
    "mode",
    "tag",
];

impl Judge<'_> {
    pub(super) fn image(&mut self, written: &str) {
        let name = written.trim();
        if !self.rules.images.is_empty() && !image::is_listed(name, &self.rules.images) {
            let message = format!("images come from {} alone", self.rules.images.join(", "));
            self.refuse("image", Rule::ImageListed, name, message);
        }
        if self.rules.digest_only && !image::has_digest(name) {
            let message = "an image must be named by its digest, name@sha256:…";
            self.refuse("image", Rule::ImageDigest, name, message);
        }
    }

    /// A name could be root's in the image's list of users, and without a user the image chooses; so only a number is sure.
    pub(super) fn user(&mut self, user: &str) {
        let (uid, gid) = user.split_once(':').map_or((user, None), |(uid, gid)| (uid, Some(gid)));
        if self.strict() && !(is_other_than_root(uid) && gid.is_none_or(is_other_than_root)) {
            let message = "it must be the number of a user other than root, 1000 or 1000:1000";
            self.refuse("user", Rule::NonRoot, user, message);
        }
    }

    pub(super) fn groups(&mut self, groups: &[String]) {
        for group in groups {
            if self.strict() && !is_other_than_root(group) {
                let message = format!("“{group}” is not the number of a group other than root's");
                self.refuse("group_add", Rule::GroupNonRoot, group, message);
            }
        }
    }

    /// Every check is a process that the daemon starts, which no limit of the container's counts.
    pub(super) fn healthcheck(&mut self, check: Option<&HealthcheckSpec>) {
        let Some(HealthcheckSpec {
            test: _,
            interval_ms,
            timeout_ms: _,
            start_period_ms: _,
            start_interval_ms,
            retries: _,
        }) = check
        else {
            return;
        };
        for ms in [*interval_ms, *start_interval_ms] {
            // Zero is Docker's default.
            if (1..LEAST_INTERVAL_MS).contains(&ms) {
                let message = format!("a check each {ms} ms is more often than one each {LEAST_INTERVAL_MS} ms");
                self.refuse("healthcheck", Rule::HealthcheckInterval, ms, message);
            }
        }
    }

    pub(super) fn labels(&mut self, labels: &[(String, String)]) {
        self.labelled("labels", labels);
    }

    /// Labels of the container, or of what is made for it.
    pub(super) fn labelled(&mut self, option: &'static str, labels: &[(String, String)]) {
        for (key, _) in labels {
            // As those who read them: without regard to case.
            let name = key.trim().to_lowercase();
            let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
            let ordered = || {
                let allowed = |prefix: &String| !prefix.is_empty() && name.starts_with(&prefix.to_lowercase());
                begins(&ORDERS) && !self.rules.labels.iter().any(allowed)
            };
            if begins(&OURS) || self.strict() && ordered() {
                let message = format!("another program takes orders from the label {key}");
                self.refuse(option, Rule::LabelReserved, key, message);
            }
        }
    }

    pub(super) fn logging(&mut self, log: &LogSpec) {
        let LogSpec { driver, options } = log;
        let listed: Vec<_> = (self.rules.logging.iter())
            .filter(|listed| !self.strict() && listed.driver == *driver)
            .collect();
        let usual = if self.strict() {
            LIMITABLE.contains(&driver.as_str())
        } else {
            driver.is_empty() || ON_ENGINE.contains(&driver.as_str())
        };
        if !usual && listed.is_empty() {
            let message = format!("the log driver “{driver}” is not among those that may be chosen");
            self.refuse("logging", Rule::LogDriverListed, driver, message);
            return;
        }
        for (key, value) in options {
            let exactly = |log: &&LogSpec| log.options.iter().any(|(k, v)| k == key && v == value);
            if !LOG_OPTIONS.contains(&key.as_str()) && !listed.iter().any(exactly) {
                let message = format!("the log option {key} is not among those that may be set so");
                self.refuse("logging", Rule::LogOptionListed, key, message);
            }
        }
        let limited = options.iter().any(|(key, value)| key == "max-size" && is_limit(value));
        if self.strict() && !limited {
            let message = "max-size must be set";
            self.refuse("logging", Rule::LogSizeRequired, driver, message);
        }
    }
}

/// Whether a text is a positive number as the kernel would write it: `0`, `00`, `+0` and names may all be root.
fn is_other_than_root(id: &str) -> bool {
    !id.starts_with('0')
        && id.chars().all(|c| c.is_ascii_digit())
        && id.parse::<u32>().is_ok_and(|id| i32::try_from(id).is_ok())
}

/// Whether a size limits anything: Docker takes -1 for no limit.
fn is_limit(size: &str) -> bool {
    size.starts_with(|c: char| c.is_ascii_digit() && c != '0')
}
