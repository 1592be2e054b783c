//! The rules of this repository that no other tool knows: which layer may use which, how a source file looks, that every
//! text exists in every language, that raw colours stay in one file. A rule that is not checked is a wish.

mod layers;
mod problems;
mod sources;
mod styles;
mod texts;

use crate::project::Project;
use crate::shell;
use anyhow::{Result, bail};

/// What a rule found, one line each; none is good.
type Problems = Vec<String>;

/// Checks all rules and shows everything that breaks one.
pub(crate) fn tidy(project: &Project) -> Result<()> {
    shell::step("tidy");
    let mut problems = layers::check(project)?;
    problems.extend(sources::check(project)?);
    problems.extend(texts::check(project)?);
    problems.extend(problems::check(project)?);
    problems.extend(styles::check(project)?);
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        eprintln!("  {problem}");
    }
    bail!("tidy: {} broken rules", problems.len());
}
