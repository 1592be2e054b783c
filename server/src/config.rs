//! Configuration: one definition for flags, environment and file. A flag wins over the environment, that over the file,
//! that over the default.
//!
//! [`Options`] is read by clap (flags, environment) and by serde (the TOML file), so a setting has one name and one
//! type wherever it is written; [`table`] renders it for the README.
mod file;
mod password;
pub mod table;

pub(crate) use password::first_password;

use crate::tls::TlsFiles;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use serde::Deserialize;
use shipyard_yard::HookSettings;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Shipyard: one place for all your Docker engines.
#[derive(Clone, Debug, Default, Parser, Deserialize)]
#[command(name = "shipyard-server", version, max_term_width = 100)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// TOML file with settings, named as the flags are
    #[arg(
        long,
        global = true,
        env = "SHIPYARD_CONFIG",
        hide_env_values = true,
        value_name = "FILE"
    )]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(
        long,
        env = "SHIPYARD_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: Option<SocketAddr>,
    /// Folder for everything that must survive
    #[arg(
        long,
        global = true,
        env = "SHIPYARD_DATA_DIR",
        hide_env_values = true,
        value_name = "FOLDER"
    )]
    pub data_dir: Option<PathBuf>,
    /// File with the key that seals secrets in the data folder; made at the first start, must lie outside of it
    #[arg(
        long,
        global = true,
        env = "SHIPYARD_KEY_FILE",
        hide_env_values = true,
        value_name = "FILE"
    )]
    pub key_file: Option<PathBuf>,
    /// Folder of the built interface
    #[arg(long, env = "SHIPYARD_SITE_DIR", hide_env_values = true, value_name = "FOLDER")]
    pub site_dir: Option<PathBuf>,
    /// Address that people use, when a proxy stands in front (`https://shipyard.example.org`); with https, cookies are Secure
    #[arg(long, env = "SHIPYARD_PUBLIC_URL", hide_env_values = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Host names that requests may name, apart by commas, besides IP addresses, localhost and the public one
    #[arg(
        long,
        env = "SHIPYARD_ALLOWED_HOSTS",
        hide_env_values = true,
        value_name = "NAMES",
        value_delimiter = ','
    )]
    pub allowed_hosts: Option<Vec<String>>,
    /// File with the server's certificate and its chain (PEM); with it, Shipyard itself speaks https, and reads it again when it changes
    #[arg(
        long,
        env = "SHIPYARD_TLS_CERT",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,
    /// File with the private key of that certificate (PEM)
    #[arg(
        long,
        env = "SHIPYARD_TLS_KEY",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_cert"
    )]
    pub tls_key: Option<PathBuf>,
    /// File with an authority (PEM): nobody connects without a client certificate of it
    #[arg(
        long,
        env = "SHIPYARD_TLS_CLIENT_CA",
        hide_env_values = true,
        value_name = "FILE",
        requires = "tls_cert"
    )]
    pub tls_client_ca: Option<PathBuf>,
    /// File with the first password of the account admin; read at the first start only
    #[arg(
        long,
        env = "SHIPYARD_ADMIN_PASSWORD_FILE",
        hide_env_values = true,
        value_name = "FILE"
    )]
    pub admin_password_file: Option<PathBuf>,
    /// Minutes without use after which a session ends
    #[arg(long, env = "SHIPYARD_SESSION_IDLE_MINUTES", hide_env_values = true, value_name = "MINUTES", default_value = "60",
          value_parser = clap::value_parser!(u32).range(6..=10_080))]
    pub session_idle_minutes: Option<u32>,
    /// Hours after which a session ends in any case
    #[arg(long, env = "SHIPYARD_SESSION_HOURS", hide_env_values = true, value_name = "HOURS", default_value = "12",
          value_parser = clap::value_parser!(u32).range(1..=720))]
    pub session_hours: Option<u32>,
    /// Socket of a Docker daemon on this machine, offered as an engine where it answers
    #[arg(
        long,
        env = "SHIPYARD_LOCAL_SOCKET",
        hide_env_values = true,
        value_name = "FILE",
        default_value = "/var/run/docker.sock"
    )]
    pub local_socket: Option<PathBuf>,
    /// Days that the record of activity is kept
    #[arg(long, env = "SHIPYARD_ACTIVITY_DAYS", hide_env_values = true, value_name = "DAYS", default_value = "365",
          value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub activity_days: Option<u32>,
    /// Of how many containers the use of CPU, memory, network and disks is kept, an hour and a day back, though nobody looks at them; 0 for none
    #[arg(long, env = "SHIPYARD_STATS_KEPT", hide_env_values = true, value_name = "CONTAINERS", default_value = "200",
          value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub stats_kept: Option<u32>,
    /// Whether hooks may send activity by plain HTTP, to others than this machine
    #[arg(long, env = "SHIPYARD_WEBHOOK_ALLOW_PLAIN", hide_env_values = true, value_name = "YES", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub webhook_allow_plain: Option<bool>,
    /// Whether hooks may send activity to addresses of private networks and of this machine
    #[arg(long, env = "SHIPYARD_WEBHOOK_ALLOW_PRIVATE", hide_env_values = true, value_name = "YES", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub webhook_allow_private: Option<bool>,
    /// File with authorities (PEM) that receivers of hooks may have their certificates of, besides the system's
    #[arg(long, env = "SHIPYARD_WEBHOOK_CA", hide_env_values = true, value_name = "FILE")]
    pub webhook_ca: Option<PathBuf>,
    /// What is logged: `error`, `warn`, `info`, `debug`, or by module as `info,shipyard_fleet=debug`
    #[arg(
        long,
        env = "SHIPYARD_LOG",
        hide_env_values = true,
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log: Option<String>,
    /// How log lines are written, to standard error
    #[arg(
        long,
        env = "SHIPYARD_LOG_FORMAT",
        hide_env_values = true,
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub log_format: Option<LogFormat>,
    /// What to do instead of serving
    #[command(subcommand)]
    #[serde(skip)]
    pub command: Option<Command>,
}

/// What the program does instead of serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// The record of who did what
    #[command(subcommand)]
    Activity(ActivityCommand),
    /// Give an account a new random password, printed once, which opens nothing but its own change; the server must not run
    ResetPassword {
        /// Name of the account
        #[arg(value_name = "ACCOUNT")]
        account: String,
    },
}

/// What is done with the record of activity.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ActivityCommand {
    /// Follow the chain of the record from end to end; the server may be running
    Verify {
        /// Hash that an earlier run printed as the last, and that must still be there
        #[arg(long, value_name = "HASH")]
        holds: Option<String>,
    },
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The configuration after all sources were put together and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Folder for what must survive.
    pub data_dir: PathBuf,
    /// The key's file.
    pub key_file: PathBuf,
    /// Folder of the interface.
    pub site_dir: PathBuf,
    /// Origin that people use, as browsers write it; `None` without a proxy.
    pub public_origin: Option<String>,
    /// Host names that requests may name besides the built-in ones, in lower case.
    pub allowed_hosts: Vec<String>,
    /// Files for TLS; `None` where Shipyard speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// File with the first password.
    pub admin_password_file: Option<PathBuf>,
    /// Idle limit of sessions.
    pub session_idle: Duration,
    /// Absolute limit of sessions.
    pub session_length: Duration,
    /// Socket that is offered as an engine.
    pub local_socket: PathBuf,
    /// Days that the record of activity is kept.
    pub activity_days: u32,
    /// Of how many containers the past is kept though nobody looks at them.
    pub stats_kept: u32,
    /// What hooks may send where; their public address is not known yet.
    pub hooks: HookSettings,
    /// What to do instead of serving.
    pub command: Option<Command>,
    /// Log filter.
    pub log: String,
    /// Log format.
    pub log_format: LogFormat,
}

/// Why the configuration cannot be used: one sentence.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// Wrong flags, or a request for help: clap has the words and the exit code.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// Anything else.
    #[error("{0}")]
    Sentence(String),
}

impl Settings {
    /// Reads all sources for this process.
    ///
    /// # Errors
    /// [`BadConfig`] with what to tell the operator.
    pub fn load() -> Result<Self, BadConfig> {
        Self::from_arguments(std::env::args_os())
    }

    /// Reads all sources, with the arguments given.
    ///
    /// # Errors
    /// [`BadConfig`] with what to tell the operator.
    pub fn from_arguments<I, T>(arguments: I) -> Result<Self, BadConfig>
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString> + Clone,
    {
        let matches = Options::command().try_get_matches_from(arguments)?;
        let given = Options::from_arg_matches(&matches)?;
        let file = match &given.config {
            Some(path) => file::read(path)?,
            None => Options::default(),
        };
        Self::check(file::merge(&matches, given, file))
    }

    fn check(options: Options) -> Result<Self, BadConfig> {
        let missing = |what: &str| BadConfig::Sentence(format!("there is no setting {what}"));
        let minutes = options
            .session_idle_minutes
            .ok_or_else(|| missing("session-idle-minutes"))?;
        let hours = options.session_hours.ok_or_else(|| missing("session-hours"))?;
        let home = || std::env::var_os("HOME").map(PathBuf::from);
        let xdg = |variable: &str, fallback: &str| {
            let set = std::env::var_os(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute());
            set.or_else(|| home().map(|home| home.join(fallback)))
                .map(|base| base.join("shipyard"))
        };
        let settings = Self {
            listen: options.listen.ok_or_else(|| missing("listen"))?,
            data_dir: options
                .data_dir
                .or_else(|| xdg("XDG_DATA_HOME", ".local/share"))
                .ok_or_else(|| {
                    BadConfig::Sentence(
                        "there is no home folder to keep data in: set --data-dir or SHIPYARD_DATA_DIR".into(),
                    )
                })?,
            key_file: options
                .key_file
                .or_else(|| xdg("XDG_CONFIG_HOME", ".config").map(|base| base.join("master.key")))
                .ok_or_else(|| {
                    BadConfig::Sentence(
                        "there is no home folder to keep the key in: set --key-file or SHIPYARD_KEY_FILE".into(),
                    )
                })?,
            site_dir: options.site_dir.unwrap_or_else(default_site),
            public_origin: options
                .public_url
                .as_deref()
                .map(crate::origin::parse_public_url)
                .transpose()
                .map_err(BadConfig::Sentence)?,
            allowed_hosts: options
                .allowed_hosts
                .unwrap_or_default()
                .iter()
                .map(|host| host.trim().to_ascii_lowercase())
                .collect(),
            tls: match (options.tls_cert, options.tls_key, options.tls_client_ca) {
                (Some(certificate), Some(key), client_authority) => Some(TlsFiles {
                    certificate,
                    key,
                    client_authority,
                }),
                (None, None, None) => None,
                _ => {
                    return Err(BadConfig::Sentence(
                        "TLS needs both --tls-cert and --tls-key".to_owned(),
                    ));
                }
            },
            admin_password_file: options.admin_password_file,
            session_idle: Duration::from_secs(u64::from(minutes) * 60),
            session_length: Duration::from_secs(u64::from(hours) * 3600),
            local_socket: options.local_socket.ok_or_else(|| missing("local-socket"))?,
            activity_days: options.activity_days.ok_or_else(|| missing("activity-days"))?,
            stats_kept: options.stats_kept.ok_or_else(|| missing("stats-kept"))?,
            hooks: HookSettings {
                public_url: String::new(),
                allow_plain: options.webhook_allow_plain.unwrap_or_default(),
                allow_private: options.webhook_allow_private.unwrap_or_default(),
                authority: options.webhook_ca,
            },
            command: options.command,
            log: options.log.ok_or_else(|| missing("log"))?,
            log_format: options.log_format.unwrap_or_default(),
        };
        if lies_in(&settings.key_file, &settings.data_dir) {
            return Err(BadConfig::Sentence(format!(
                "the key file {} lies in the data folder {}: whoever copies the folder would have the key too, so choose another place",
                settings.key_file.display(),
                settings.data_dir.display()
            )));
        }
        Ok(settings)
    }

    /// Whether people reach the server by https.
    pub fn is_https(&self) -> bool {
        match self.public_origin.as_deref() {
            Some(origin) => origin.starts_with("https://"),
            None => self.tls.is_some(),
        }
    }
}

/// `site` beside the program, where an installation has it; else where the build leaves it.
fn default_site() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(|dir| dir.join("site")));
    beside
        .filter(|site| site.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

/// Whether a file lies below a folder, after symbolic links as far as the paths exist.
fn lies_in(file: &Path, folder: &Path) -> bool {
    let whole = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let known = path
            .ancestors()
            .find_map(|part| Some((part, part.canonicalize().ok()?)));
        known
            .and_then(|(part, real)| Some(real.join(path.strip_prefix(part).ok()?)))
            .unwrap_or(path)
    };
    whole(file).starts_with(whole(folder))
}

#[cfg(test)]
mod tests;
