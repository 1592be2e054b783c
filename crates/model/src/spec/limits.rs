//! How much a container may take.
use crate::unit::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A limit of the kernel for each process of the container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UlimitSpec {
    /// Its name, as after `--ulimit`: `nofile`.
    pub name: String,
    /// From where on it holds; -1 for no limit.
    pub soft: i64,
    /// How far a process may raise it; -1 for no limit.
    pub hard: i64,
}

/// How much a container may swap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Swap {
    /// As Docker has it: as much again as it has memory.
    #[default]
    Usual,
    /// Until memory and swap together are so much: its memory for no swap.
    Total(Bytes),
    /// As much as the engine has.
    Unlimited,
}

/// As after `--memory-swap`; nothing for the usual.
impl fmt::Display for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => Ok(()),
            Self::Total(total) => total.fmt(f),
            Self::Unlimited => f.write_str("-1"),
        }
    }
}

/// What a container may take of one disk; zero for no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BlockDeviceSpec {
    /// Absolute path of the disk on the engine.
    pub path: String,
    /// Its weight there, 10 to 1000.
    pub weight: u16,
    /// Bytes that it reads in a second.
    pub read_bps: Bytes,
    /// Bytes that it writes in a second.
    pub write_bps: Bytes,
    /// Times that it reads in a second.
    pub read_iops: u64,
    /// Times that it writes in a second.
    pub write_iops: u64,
}
