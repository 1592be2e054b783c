//! What went wrong, for people: one shape for pages, calls and the command line.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A failure as it is told to a person: what failed, why, and what to do.
///
/// `code` names the kind (`engine.refused`) and is stable: translations and scripts go by it. `detail` is the English
/// sentence. The shape follows RFC 9457 (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Stable name of the kind, in lower case with dots.
    pub code: String,
    /// HTTP status that fits it.
    pub status: u16,
    /// One or two sentences in English: what failed and why.
    pub detail: String,
    /// What to do next, in English; empty when there is nothing to say.
    #[serde(default)]
    pub hint: String,
    /// The form field at fault, if one is.
    #[serde(default)]
    pub field: Option<String>,
    /// Values that the sentence holds, for translations: `{address}` is `args["address"]`.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
}

impl Problem {
    /// A problem of a kind, with its English sentence.
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            status,
            detail: detail.into(),
            hint: String::new(),
            field: None,
            args: BTreeMap::new(),
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Names the form field at fault.
    #[must_use]
    pub fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Adds a value for translations.
    #[must_use]
    pub fn arg(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// A fault of ours. The cause goes to the log, not to the person.
    pub fn internal() -> Self {
        Self::new(500, "internal", "Shipyard failed to do this.").hint("The server's log says why.")
    }

    /// The account, or the machine, may not do this.
    pub fn forbidden() -> Self {
        Self::new(403, "forbidden", "Your role does not allow this.").hint("Ask an administrator for a role that does.")
    }

    /// The object is not there, or not for this account to see.
    pub fn not_found(what: &str, name: impl fmt::Display) -> Self {
        Self::new(404, "not-found", format!("There is no {what} “{name}”."))
            .arg("what", what)
            .arg("name", name)
    }
}

/// What is misnamed in what was read, by serde's own words: `unknown field `day``. Names are repeated, values are not: one
/// may be a password. `None` where no name is at fault.
pub fn misnamed(told: &str) -> Option<&str> {
    let about_a_name = ["unknown field", "missing field", "duplicate field", "unknown variant"];
    let is_about_a_name = about_a_name.iter().any(|start| told.starts_with(start));
    let whole = is_about_a_name.then(|| told.split(" at line ").next());
    whole.flatten()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        if self.hint.is_empty() {
            Ok(())
        } else {
            write!(f, " {}", self.hint)
        }
    }
}

impl std::error::Error for Problem {}
