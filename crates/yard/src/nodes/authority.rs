//! The authorities that are kept: the newest signs, the one before it is trusted on until the next.
use super::pki_problem;
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_fleet::Fleet;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::node::AuthorityRow;
use shipyard_model::{Engine, Millis, Permission, Problem};
use shipyard_pki::Authority;
use shipyard_store::{AuthorityMaterial, CredentialsChange, NodeRecord, Store, TlsMaterial};

/// An authority with its number.
pub(super) struct Kept {
    pub(super) generation: u32,
    pub(super) authority: Authority,
}

/// Those that are kept, the newest first.
pub(super) async fn all(store: &Store) -> Result<Vec<Kept>, Problem> {
    let kept = store.authorities().await.map_err(|e| store_problem(&e))?;
    kept.iter()
        .map(|kept| {
            let authority = Authority::read(&kept.certificate, &kept.key).map_err(|e| pki_problem(&e))?;
            Ok(Kept {
                generation: kept.generation,
                authority,
            })
        })
        .collect()
}

/// The newest, made when there is none yet. The caller holds the turn.
pub(super) async fn newest(store: &Store) -> Result<Kept, Problem> {
    match all(store).await?.into_iter().next() {
        Some(kept) => Ok(kept),
        None => make(store, 1).await,
    }
}

async fn make(store: &Store, generation: u32) -> Result<Kept, Problem> {
    let authority = Authority::new(Millis::now()).map_err(|e| pki_problem(&e))?;
    let material = AuthorityMaterial {
        generation,
        certificate: authority.certificate().to_owned().into(),
        key: authority.key(),
    };
    store.put_authority(&material).await.map_err(|e| store_problem(&e))?;
    tracing::info!(generation, "a certificate authority was made");
    Ok(Kept { generation, authority })
}

/// What is trusted: all that are kept, PEM, the newest first.
pub(super) fn bundle(kept: &[Kept]) -> String {
    kept.iter().map(|kept| kept.authority.certificate()).collect()
}

/// Puts what is trusted now beside an engine's client certificate, and connects anew with it.
async fn trust(store: &Store, fleet: &Fleet, engine: Engine, bundle: &str) -> Result<(), Problem> {
    let Some(old) = store
        .engine_credentials(&engine.id)
        .await
        .map_err(|e| store_problem(&e))?
    else {
        return Ok(());
    };
    let material = TlsMaterial::new(&old.certificate, &old.key, bundle);
    let credentials = crate::engines::credentials(&material)?;
    let kept = store.put_engine(&engine, CredentialsChange::Set(&material)).await;
    kept.map_err(|e| store_problem(&e))?;
    fleet.renew(engine, credentials);
    Ok(())
}

fn row(kept: &[Kept], nodes: &[NodeRecord], engines: &[Engine]) -> AuthorityRow {
    let newest = kept.first();
    let generation = newest.map_or(0, |kept| kept.generation);
    let behind = nodes
        .iter()
        .filter(|node| node.generation < generation || node.client_generation < generation);
    let name = |node: &NodeRecord| {
        let engine = engines.iter().find(|engine| engine.id == node.engine);
        engine.map(|engine| engine.name.to_string())
    };
    AuthorityRow {
        certificates: bundle(kept),
        generation,
        ends: newest.map_or(Millis(0), |kept| kept.authority.ends()),
        behind: behind.filter_map(name).collect(),
    }
}

impl Yard {
    /// Shipyard's own authority; of generation 0 while no node was ever prepared.
    ///
    /// # Errors
    /// 403.
    pub async fn authority(&self, actor: &Actor) -> Result<AuthorityRow, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::AccessView)?;
        let (nodes, engines) = (inside.store.nodes().await, inside.store.engines().await);
        let nodes = nodes.map_err(|e| store_problem(&e))?;
        Ok(row(
            &all(inside.store).await?,
            &nodes,
            &engines.map_err(|e| store_problem(&e))?,
        ))
    }

    /// Makes a new authority. The one before stays trusted; nodes get a certificate of the new one when they ask next, and
    /// Shipyard shows them a client certificate of it once they trust it.
    ///
    /// # Errors
    /// 409 `node.behind` while a node does not have its certificates from the newest authority; 403.
    pub async fn authority_rotate(&self, actor: &Actor) -> Result<AuthorityRow, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let subject = ActivitySubject::new("authority", "");
        let work = async {
            let _turn = self.inner.nodes.turn.lock().await;
            let generation = newest(inside.store).await?.generation;
            let nodes = inside.store.nodes().await.map_err(|e| store_problem(&e))?;
            let _engines = self.inner.engines.turn().await;
            let engines = inside.store.engines().await.map_err(|e| store_problem(&e))?;
            let before = row(&all(inside.store).await?, &nodes, &engines);
            if !before.behind.is_empty() {
                let names = before.behind.join(", ");
                let detail = format!("These nodes are not with the newest authority yet: {names}.");
                return Err(Problem::new(409, "node.behind", detail)
                    .hint("Wait until they asked for a new certificate (once a day), or remove them.")
                    .arg("names", names));
            }
            make(inside.store, generation.saturating_add(1)).await?;
            let kept = all(inside.store).await?;
            let bundle = bundle(&kept);
            for node in &nodes {
                if let Some(engine) = engines.iter().find(|engine| engine.id == node.engine) {
                    trust(inside.store, inside.fleet.whole(), engine.clone(), &bundle).await?;
                }
            }
            Ok(row(&kept, &nodes, &engines))
        };
        self.recorded(actor, "authority.rotate", subject, "", work).await
    }
}
