//! The TOML file, and how it is put under what flags and environment say.
use super::{BadConfig, Options};
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::path::Path;

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<Options, BadConfig> {
    let bad = |why: String| BadConfig::Sentence(format!("cannot use the configuration file {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let options: Options = toml::from_str(&text).map_err(|error| bad(error.message().to_owned()))?;
    let range = |name: &str, value: Option<u32>, low: u32, high: u32| match value {
        Some(value) if !(low..=high).contains(&value) => Err(bad(format!("{name} must be between {low} and {high}"))),
        _ => Ok(()),
    };
    range("session-idle-minutes", options.session_idle_minutes, 6, 10_080)?;
    range("session-hours", options.session_hours, 1, 720)?;
    range("activity-days", options.activity_days, 1, 36_500)?;
    range("stats-kept", options.stats_kept, 0, 1_000)?;
    Ok(options)
}

/// Takes each setting from the first source that has it: flag or environment, file, default.
pub(super) fn merge(matches: &ArgMatches, given: Options, file: Options) -> Options {
    let chosen = |id: &str| !matches!(matches.value_source(id), None | Some(ValueSource::DefaultValue));
    macro_rules! merge {
        ($($field:ident),+) => {
            Options {
                config: given.config,
                command: given.command,
                $($field: if chosen(stringify!($field)) { given.$field } else { file.$field.or(given.$field) }),+
            }
        };
    }
    merge!(
        listen,
        data_dir,
        key_file,
        site_dir,
        public_url,
        allowed_hosts,
        tls_cert,
        tls_key,
        tls_client_ca,
        admin_password_file,
        session_idle_minutes,
        session_hours,
        local_socket,
        activity_days,
        stats_kept,
        webhook_allow_plain,
        webhook_allow_private,
        webhook_ca,
        log,
        log_format
    )
}
