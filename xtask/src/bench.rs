//! Measurements of what has to be quick: programs in the crates' `benches`, built as for release.

use crate::project::Project;
use crate::shell;
use anyhow::{Result, bail};

/// Each by its name, with its crate.
const ALL: [(&str, &str); 1] = [("placement", "shipyard-fleet")];

/// Measures one, or all of them.
pub(crate) fn bench(project: &Project, wanted: Option<&str>) -> Result<()> {
    let mut chosen = ALL
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name))
        .peekable();
    if chosen.peek().is_none() {
        let names: Vec<_> = ALL.iter().map(|(name, _)| *name).collect();
        bail!("no such measurement; there are: {}", names.join(", "));
    }
    for &(name, package) in chosen {
        let args = ["bench", "--quiet", "--package", package, "--bench", name];
        shell::run(&format!("measuring: {name}"), &mut project.cargo(&args))?;
    }
    Ok(())
}
