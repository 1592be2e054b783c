//! The one gate: the fleet and the store can only be reached through [`Gate::enter`], which asks for the permission
//! that the use case needs. A use case that names no permission has no fleet to work on, so it does not compile; and
//! the fleet that it is given shows no more than what the actor may do this to.
use crate::activity::Activity;
use crate::actor::{Actor, step_up};
use crate::scoped::Scoped;
use shipyard_access::Scope;
use shipyard_fleet::Fleet;
use shipyard_model::{EngineId, Millis, Permission, Problem};
use shipyard_store::Store;

/// Keeps the fleet and the store behind the table of permissions.
pub(crate) struct Gate {
    store: Store,
    fleet: Fleet,
    activity: Activity,
}

/// What stands behind the gate, for one use case.
pub(crate) struct Inside<'g> {
    /// What survives.
    pub(crate) store: &'g Store,
    /// The engines and containers that the permission holds for.
    pub(crate) fleet: Scoped,
}

impl Gate {
    pub(crate) fn new(store: Store, fleet: Fleet, activity: Activity) -> Self {
        Self { store, fleet, activity }
    }

    /// Lets an actor in who has the permission somewhere, to where they have it.
    ///
    /// # Errors
    /// A 403 problem: `forbidden`, or `step-up` when the permission asks for a fresh proof.
    pub(crate) fn enter(&self, actor: &Actor, permission: Permission) -> Result<Inside<'_>, Problem> {
        if !actor.may(permission) {
            tracing::warn!(account = actor.account(), ?permission, "refused");
            self.activity.refused(actor, permission);
            return Err(Problem::forbidden());
        }
        if permission.needs_proof() {
            fresh(actor)?;
        }
        Ok(Inside {
            store: &self.store,
            fleet: Scoped::new(self.fleet.clone(), actor, scope(actor, permission)),
        })
    }

    /// For authentication itself, which has no actor yet: `accounts`; `sessions` and `webhooks`, which keep what it checks;
    /// and `nodes`, for hosts that show their secret or key. A test below names the files.
    pub(crate) fn store_for_authentication(&self) -> &Store {
        &self.store
    }

    /// For what Shipyard does by itself and nobody asked for now: looking after its own certificates, keeping what containers were,
    /// ending what was let in before, and what it knows of lasting deploys; what is done for those is done in somebody's name, through
    /// [`Gate::enter`]. A test below names the files.
    pub(crate) fn for_itself(&self) -> (&Store, &Fleet) {
        (&self.store, &self.fleet)
    }

    /// End of the server certificate that an engine showed when it was last connected to: for `nodes`, whose hosts show a
    /// key and are no actor.
    pub(crate) fn server_certificate_ends(&self, id: &EngineId) -> Option<Millis> {
        let snapshot = self.fleet.snapshot();
        snapshot.engines.get(id)?.probe.as_ref()?.server_certificate_ends
    }

    /// Tells that something in the fleet changed, and nothing of what: for who looks through the gate then.
    pub(crate) fn fleet_changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.fleet.changes()
    }

    /// Tells that something was recorded, and nothing of what.
    pub(crate) fn recorded_changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.store.activity().end()
    }

    /// For the end of the server's life, which has no actor either: follows no engine any more and closes the store.
    pub(crate) async fn close(&self) {
        self.fleet.shutdown();
        if let Err(error) = self.store.close().await {
            tracing::error!(%error, "the store was not closed well");
        }
    }
}

/// Refuses a person who did not prove within the last ten minutes that it is them, and every machine.
///
/// # Errors
/// 403 `step-up`.
pub(crate) fn fresh(actor: &Actor) -> Result<(), Problem> {
    if actor.has_fresh_proof(Millis::now()) {
        Ok(())
    } else {
        Err(step_up())
    }
}

/// A person's own account lies in no pool: of the fleet they see nothing by it.
fn scope(actor: &Actor, permission: Permission) -> Scope {
    match permission {
        Permission::OwnAccount => Scope::default(),
        _ => actor.rights().scope(permission),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Files of this crate, from its root, that hold a word outside of their tests.
    fn with(word: &str) -> BTreeSet<String> {
        fn look(folder: &Path, root: &Path, word: &str, found: &mut BTreeSet<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    look(&path, root, word, found);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod").next().unwrap();
                if code.contains(word) {
                    found.insert(path.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = BTreeSet::new();
        look(&root, &root, word, &mut found);
        found
    }

    /// The two ways around [`super::Gate::enter`] have no more users than these, none of which works for somebody who asks.
    #[test]
    fn who_goes_around_the_gate_is_listed_here() {
        let authentication = with(".store_for_authentication()");
        let others = authentication.iter().filter(|file| !file.starts_with("accounts"));
        assert_eq!(
            others.collect::<Vec<_>>(),
            [
                "nodes.rs",
                "nodes/enrol.rs",
                "nodes/progress.rs",
                "sessions.rs",
                "webhooks.rs"
            ]
        );
        let itself = with(".for_itself()");
        assert_eq!(
            itself.iter().collect::<Vec<_>>(),
            [
                "change.rs",
                "deploy.rs",
                "drain.rs",
                "history.rs",
                "history/tidy.rs",
                "journal.rs",
                "lasting.rs",
                "lasting/daemon.rs",
                "lasting/keeper.rs",
                "lasting/removed.rs",
                "lasting/reschedule.rs",
                "nodes/keeper.rs",
                "roll.rs"
            ]
        );
    }
}
