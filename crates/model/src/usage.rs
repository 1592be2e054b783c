//! What was used over time, by a container, an engine's containers or the whole fleet's: what charts are drawn of.
use crate::engine::Capacity;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// How far back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum UsageSpan {
    /// The last hour, a point each five seconds.
    #[default]
    Hour,
    /// The last day, a point each minute.
    Day,
}

impl UsageSpan {
    /// Seconds from one point to the next.
    pub const fn every(self) -> u32 {
        match self {
            Self::Hour => 5,
            Self::Day => 60,
        }
    }

    /// Most points.
    pub const fn points(self) -> u32 {
        match self {
            Self::Hour => 720,
            Self::Day => 1440,
        }
    }
}

/// What was used, as columns of the same length: one value for each step in time, the mean over it, `null` where nothing was
/// measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageHistory {
    /// How far back it goes.
    pub span: UsageSpan,
    /// Seconds that each point is of.
    pub every: u32,
    /// When the time that the first point is of began, by the server's clock.
    pub begins: Millis,
    /// CPU in percent of one CPU, as `docker stats`; of several containers the sum.
    pub cpu_percent: Vec<Option<f32>>,
    /// Memory without the page cache, in bytes.
    pub memory: Vec<Option<f32>>,
    /// Bytes received over the network in a second.
    pub net_in: Vec<Option<f32>>,
    /// Bytes sent over the network in a second.
    pub net_out: Vec<Option<f32>>,
    /// Bytes read from disks in a second.
    pub disk_read: Vec<Option<f32>>,
    /// Bytes written to disks in a second.
    pub disk_write: Vec<Option<f32>>,
    /// How many containers the sums are of; empty for one container.
    pub counted: Vec<Option<u32>>,
    /// How many containers ran on engines that answered; empty for one container.
    pub running: Vec<Option<u32>>,
    /// What the engines that answer have; `None` for one container.
    pub capacity: Option<Capacity>,
}

/// What the containers of an engine or of the fleet used in the last five seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageSum {
    /// When these seconds began.
    pub at: Millis,
    /// CPU in percent of one CPU; `None` when nothing was measured.
    pub cpu_percent: Option<f32>,
    /// Memory in bytes.
    pub memory: Option<f32>,
    /// How many containers this is the sum of.
    pub counted: u32,
    /// How many containers run on engines that answer.
    pub running: u32,
    /// What these engines have.
    pub capacity: Capacity,
}
