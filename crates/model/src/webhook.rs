//! Webhooks in: keys by which a registry, or a build, says that an image is newer.
use crate::unit::Millis;
use serde::{Deserialize, Serialize};

/// How somebody who knocks is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WebhookKind {
    /// As Docker Hub does it: by a secret in the address.
    DockerHub,
    /// By a signature of what is sent.
    #[default]
    Generic,
}

/// A webhook key without its secret, which only its maker saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookKeyRow {
    /// Its identity, which is also the public part of its text.
    pub id: String,
    /// How somebody who knocks is known.
    pub kind: WebhookKind,
    /// Image without tag that it rolls.
    pub image: String,
    /// Tags that it rolls, `*` for any letters, `?` for one; `None` for all.
    pub tag: Option<String>,
    /// The account that it acts for.
    pub account: String,
    /// When it was made.
    pub created: Millis,
    /// When it was last used, to a minute; `None` if never.
    pub used: Option<Millis>,
}

impl WebhookKeyRow {
    /// The key as lists show it: enough to tell one from another, and not enough to use it.
    pub fn shown_key(&self) -> String {
        format!("{PREFIX}{}…", self.id)
    }
}

/// How every webhook key begins, so that scanners of leaked secrets can know one.
pub const PREFIX: &str = "shw_";

/// A webhook key to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhookKey {
    /// Image without tag, the whole name.
    pub image: String,
    /// Tags that it rolls, `*` for any letters, `?` for one; left out: all.
    #[serde(default)]
    pub tag: Option<String>,
    /// How somebody who knocks is known.
    #[serde(default)]
    pub kind: WebhookKind,
}

/// A webhook key that was just made. Its secret is told here and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeWebhookKey {
    /// What may be shown of it.
    #[serde(flatten)]
    pub row: WebhookKeyRow,
    /// The secret: of a generic key what to sign with, of Docker Hub's the last part of the address.
    pub key: String,
    /// Path to be called; Docker Hub's has the secret in it.
    pub path: String,
}

impl std::fmt::Debug for MadeWebhookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeWebhookKey")
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}
