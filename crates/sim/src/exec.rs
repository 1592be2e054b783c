//! A command in a container, as far as one is known here.
use crate::chance::Id;

/// A command that was made.
#[derive(Clone, Debug)]
pub(crate) struct Exec {
    pub(crate) container: Id,
}

impl Exec {
    /// Whether it runs now.
    pub(crate) fn runs(&self) -> bool {
        false
    }
}
