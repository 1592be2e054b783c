//! A command inside a container: what is asked for, and what is said over its socket beside the bytes that flow.
use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// What to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ExecRequest {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether it is given input.
    pub stdin: bool,
    /// Who runs it; empty for the container's own user.
    pub user: String,
    /// Where it runs; empty for the container's own folder.
    pub working_dir: String,
    /// Its environment beside the container's own, each `NAME=value`.
    pub env: Vec<String>,
    /// Letters of a line of its terminal at the beginning, where that is known.
    pub columns: Option<u16>,
    /// Lines of its terminal at the beginning, where that is known.
    pub rows: Option<u16>,
}

/// A text frame from the client; binary frames are input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToExec {
    /// What to run: the first frame, and that alone. Not in the socket's address, which proxies write down.
    Run(ExecRequest),
    /// The terminal has this size now.
    Resize {
        /// Letters of a line.
        columns: u16,
        /// Lines.
        rows: u16,
    },
    /// There is no more input.
    End,
}

/// A text frame to the client; binary frames are output: a byte that says which (1 standard output, 2 standard error), and
/// the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromExec {
    /// The command ended.
    Exit {
        /// With what; `None` when its engine does not say.
        code: Option<i64>,
    },
    /// It could not be run, or nothing is heard of it any more.
    Failed {
        /// Why.
        why: Problem,
    },
}
