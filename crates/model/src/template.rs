//! Templates: deploys that were saved to be made again, with places that are filled in each time.
use crate::deploy::DeployRequest;
use crate::unit::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A saved deploy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether every account that may deploy reads and uses it, with all that it says. Otherwise it is there for whoever wrote
    /// it alone.
    #[serde(default)]
    pub shared: bool,
    /// What is filled in: `{{name}}` in any text of the request stands for the value.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// What is deployed.
    pub request: DeployRequest,
}

/// A place of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name, of letters, digits, `_` and `-`.
    pub name: String,
    /// What to write.
    #[serde(default)]
    pub description: String,
    /// Its value where none is given; `None`: one has to be.
    #[serde(default)]
    pub default: Option<String>,
}

/// A template as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateRow {
    /// The template.
    pub template: Template,
    /// Whose it is.
    pub by: String,
    /// When that account was made: an account of later may have the same name.
    #[serde(default)]
    pub since: Millis,
    /// When it was written last.
    pub at: Millis,
}

/// Values of a template's places, by name.
pub type TemplateValues = BTreeMap<String, String>;
