//! Devices of an engine's machine in a container.
use serde::{Deserialize, Serialize};

/// A device of the engine's machine in the container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DeviceSpec {
    /// Absolute path on the engine.
    pub host: String,
    /// Absolute path in the container; empty for the same.
    pub container: String,
    /// What may be done with it: some of `r`, `w` and `m`; empty for all three.
    pub permissions: String,
}

/// Devices that a driver chooses, as after `--gpus`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DeviceRequestSpec {
    /// Driver, `nvidia` or `cdi`; empty for any that can.
    pub driver: String,
    /// How many; -1 for all, 0 where they are named.
    pub count: i32,
    /// Which, by the driver's names for them.
    pub ids: Vec<String>,
    /// What they must be able to do: lists of words as `gpu`, one of which has to be met whole.
    pub capabilities: Vec<Vec<String>>,
    /// Options of the driver.
    pub options: Vec<(String, String)>,
}
