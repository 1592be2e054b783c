//! What a container shall be, as text: the same spec as a `docker run` line, as a Compose file, as a link. Here are the
//! words for asking; `shipyard-text` reads and writes.
use crate::deploy::DeployRequest;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};

/// Which text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TextForm {
    /// A line that begins with `docker run`.
    #[default]
    DockerRun,
    /// A Compose file with one service.
    Compose,
    /// The whole request as base64url, for the address of the page.
    Link,
}

/// A text that shall be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TextToRead {
    /// The text.
    pub text: String,
    /// What it is; `None` to find out by its beginning.
    #[serde(default)]
    pub form: Option<TextForm>,
    /// What the text was made of, if it was: what a text of this form cannot say, and what nobody changed in it, stays as
    /// it is here.
    #[serde(default)]
    pub base: Option<DeployRequest>,
}

/// What a text says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextRead {
    /// What it was read as.
    pub form: TextForm,
    /// What it asks for.
    pub request: DeployRequest,
    /// What stands in it and is not in the request, and why.
    pub notes: Vec<Problem>,
}

/// A request that shall be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TextToWrite {
    /// As what.
    pub form: TextForm,
    /// The request.
    pub request: DeployRequest,
}

/// A request as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextWritten {
    /// The text.
    pub text: String,
    /// What the request asks for and a text of this form cannot say.
    pub notes: Vec<Problem>,
}
