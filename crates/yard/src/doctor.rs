//! The doctor: what is wrong or weak on this installation and on each engine, and how to mend it. It looks and changes
//! nothing; engines are asked all at once, each within its own time.
mod engines;
mod here;

use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_model::node::{Finding, Severity};
use shipyard_model::{Millis, Permission, Problem};
use std::path::PathBuf;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Where this installation keeps what must survive.
pub(crate) struct Places {
    pub(crate) data_dir: PathBuf,
    pub(crate) key_file: PathBuf,
}

fn finding(severity: Severity, code: &str, subject: impl Into<String>, what: impl Into<String>, mend: &str) -> Finding {
    Finding {
        severity,
        code: code.to_owned(),
        subject: subject.into(),
        what: what.into(),
        mend: mend.to_owned(),
    }
}

/// How much the end of something matters, when it is near enough to.
fn ending(end: Millis, now: Millis) -> Option<(Severity, String)> {
    let left = end.0.saturating_sub(now.0);
    match left {
        ..=0 => Some((Severity::Bad, "has ended".to_owned())),
        _ if left < 7 * DAY_MS => Some((Severity::Bad, format!("ends in {} days", left / DAY_MS))),
        _ if left < 30 * DAY_MS => Some((Severity::Warn, format!("ends in {} days", left / DAY_MS))),
        _ => None,
    }
}

impl Yard {
    /// Looks at this installation and at each engine. `in_the_clear`: whether requests cross a network without TLS, for all
    /// that the server knows. The worst comes first.
    ///
    /// # Errors
    /// 403; when the store cannot be read.
    pub async fn doctor(&self, actor: &Actor, in_the_clear: bool) -> Result<Vec<Finding>, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccessView)?;
        let now = Millis::now();
        let mut found = here::server(&self.inner.places, in_the_clear);
        found.extend(here::accounts(self, now));
        let engines = inside.store.engines().await.map_err(|e| store_problem(&e))?;
        let nodes = inside.store.nodes().await.map_err(|e| store_problem(&e))?;
        found.extend(here::nodes(inside.store, &nodes, &engines, now).await?);
        found.extend(engines::all(inside.store, engines, &nodes, now).await);
        found.sort_by(|a, b| a.severity.cmp(&b.severity).then_with(|| a.subject.cmp(&b.subject)));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_an_end_the_worse() {
        let at = |days: i64| ending(Millis(days * DAY_MS + 1), Millis(0)).map(|(severity, _)| severity);
        assert_eq!(at(-1), Some(Severity::Bad));
        assert_eq!(at(3), Some(Severity::Bad));
        assert_eq!(at(20), Some(Severity::Warn));
        assert_eq!(at(40), None);
    }
}
