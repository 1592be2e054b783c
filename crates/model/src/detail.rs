//! One container with all its settings, ready to be shown.
use crate::container::ContainerRow;
use serde::{Deserialize, Serialize};

/// A container's page: what the list shows, all settings in groups, and Docker's own answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContainerDetail {
    /// As in the list.
    pub row: ContainerRow,
    /// Settings in groups, in the order to show them.
    pub groups: Vec<SettingGroup>,
    /// Environment variables; values are `None` until asked for.
    pub env: Vec<(String, Option<String>)>,
    /// Docker's inspect answer as indented JSON, its environment's values masked until asked for.
    pub raw: String,
}

/// Settings that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingGroup {
    /// Key of the group's title: `general`, `network`, `mounts`, `limits`, `security`, `health`, `labels`, `restart`.
    pub key: String,
    /// The settings: key (translated where a text exists, else shown as it is) and value.
    pub settings: Vec<(String, String)>,
}
