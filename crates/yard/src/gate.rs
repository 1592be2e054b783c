//! The one gate: the fleet and the store can only be reached through [`Gate::enter`], which asks for the permission
//! that the use case needs. A use case that names no permission has no fleet to work on, so it does not compile.
use crate::actor::Actor;
use shipyard_fleet::Fleet;
use shipyard_model::{Permission, Problem};
use shipyard_store::Store;

/// Keeps the fleet and the store behind the table of permissions.
pub(crate) struct Gate {
    store: Store,
    fleet: Fleet,
}

/// What stands behind the gate, for one use case.
pub(crate) struct Inside<'g> {
    /// What survives.
    pub(crate) store: &'g Store,
    /// The engines.
    pub(crate) fleet: &'g Fleet,
}

impl Gate {
    pub(crate) fn new(store: Store, fleet: Fleet) -> Self {
        Self { store, fleet }
    }

    /// Lets an actor in whose role has the permission.
    ///
    /// # Errors
    /// A 403 problem that names the permission.
    pub(crate) fn enter(&self, actor: &Actor, permission: Permission) -> Result<Inside<'_>, Problem> {
        if shipyard_access::allows(actor.role(), permission) {
            return Ok(Inside {
                store: &self.store,
                fleet: &self.fleet,
            });
        }
        tracing::warn!(account = actor.account(), ?permission, "refused");
        Err(Problem::new(403, "forbidden", "Your role does not allow this.")
            .hint("Ask an administrator for a role that does."))
    }

    /// For authentication itself, which has no actor yet. Nothing but `accounts` may call this.
    pub(crate) fn store_for_authentication(&self) -> &Store {
        &self.store
    }

    /// For the end of the server's life, which has no actor either: follows no engine any more and closes the store.
    pub(crate) async fn close(&self) {
        self.fleet.shutdown();
        if let Err(error) = self.store.close().await {
            tracing::error!(%error, "the store was not closed well");
        }
    }
}
