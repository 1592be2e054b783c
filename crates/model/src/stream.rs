//! What flows over the sockets for logs and stats.
use crate::problem::Problem;
use crate::unit::{Bytes, Millis};
use crate::usage::UsageSum;
use serde::{Deserialize, Serialize};

/// Which output a log line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Standard output (or the terminal's).
    Out,
    /// Standard error.
    Err,
}

/// One line of a container's log. The text may hold escape codes and anything else: it is shown as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// When Docker received it.
    pub at: Option<Millis>,
    /// Which output.
    pub output: Output,
    /// The line without its end, at most 16 KiB; a longer one is cut into several.
    pub text: String,
}

/// A message of the log socket, from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LogMessage {
    /// Lines, oldest first.
    Lines {
        /// The lines.
        lines: Vec<LogLine>,
        /// The place after them, to go on from with another connection; none in a log that is not followed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// Lines that came faster than they could be sent, and were left out.
    Skipped {
        /// How many.
        lines: u64,
    },
    /// Lines are missing here, nobody knows how many: the engine has them no more, or they are more than was asked for.
    Gap,
    /// The log ended (the container stopped or is gone).
    End,
    /// The log cannot be read.
    Failed {
        /// Why.
        why: Problem,
    },
}

/// One measurement of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sample {
    /// When.
    pub at: Millis,
    /// CPU in percent of one CPU, as `docker stats`.
    pub cpu_percent: f32,
    /// Memory in use without the page cache.
    pub memory: Bytes,
    /// Memory limit.
    pub memory_limit: Bytes,
    /// Bytes received over the network, since the start.
    pub net_in: Bytes,
    /// Bytes sent over the network, since the start.
    pub net_out: Bytes,
    /// Bytes read from disks, since the start.
    pub disk_read: Bytes,
    /// Bytes written to disks, since the start.
    pub disk_write: Bytes,
    /// Processes.
    pub pids: u32,
}

/// A message of the stats socket, from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StatsMessage {
    /// A measurement.
    Sample {
        /// The measurement.
        sample: Sample,
    },
    /// What all containers of an engine, or of the fleet, used: where it is not one container that was asked for.
    Sum {
        /// Their sum.
        sum: UsageSum,
    },
    /// The container does not run any more.
    End,
    /// It cannot be measured.
    Failed {
        /// Why.
        why: Problem,
    },
}
