//! Renewal from Shipyard's side: a new client certificate for an engine, tried before it takes the place of the old one.
use super::{authority, pki_problem};
use crate::engines::{Engines, credentials, find, same_daemon};
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_fleet::Fleet;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::node::NodeRenewed;
use shipyard_model::{Engine, EngineId, Millis, Permission, Problem};
use shipyard_store::{CredentialsChange, NodeRecord, Store, TlsMaterial};

/// The node that an engine is.
///
/// # Errors
/// 409 `node.not-ours`, 404.
pub(super) async fn node_of(store: &Store, id: &EngineId) -> Result<NodeRecord, Problem> {
    let (engine, _) = find(store, id).await?;
    let nodes = store.nodes().await.map_err(|e| store_problem(&e))?;
    nodes.into_iter().find(|node| node.engine == *id).ok_or_else(|| {
        let detail = format!(
            "The certificates of the engine “{}” were not made by Shipyard.",
            engine.name
        );
        Problem::new(409, "node.not-ours", detail)
            .hint("Renew them where they were made, and give them on the engine's page.")
            .arg("name", &engine.name)
    })
}

/// Whether a host that asks gets a new server certificate. `shown`: the end of the one on its port, as far as known.
pub(super) fn server_is_due(node: &NodeRecord, newest: u32, shown: Option<Millis>, now: Millis) -> bool {
    let ends_soon = |end: Millis| end.since(now) < super::RENEW_MS;
    // After a change of authority Shipyard's own certificate follows once the host shows the one that it was given. Where the
    // host never took it, neither would ever come further.
    let stuck = |end: Millis| node.client_generation < node.generation && end < node.server_ends;
    node.wanted
        || node.generation != newest
        || ends_soon(node.server_ends)
        || shown.is_some_and(|end| ends_soon(end) || stuck(end))
}

/// Makes a client certificate by the authority that the node trusts for sure, tries it, keeps it, and connects with it while
/// the old connection goes on. The caller holds the turn of nodes.
pub(super) async fn client(
    store: &Store,
    fleet: &Fleet,
    engines: &Engines,
    node: &NodeRecord,
) -> Result<Engine, Problem> {
    let kept = authority::all(store).await?;
    // A node that got certificates of the newest authority trusts that; before, it trusts the one before.
    let signer = kept.iter().find(|kept| kept.generation <= node.generation);
    let signer = signer.ok_or_else(Problem::internal)?;
    let (engine, _) = find(store, &node.engine).await?;
    let made = signer
        .authority
        .client(engine.name.as_str(), Millis::now())
        .map_err(|e| pki_problem(&e))?;
    let material = TlsMaterial::new(&made.certificate, &made.key, &authority::bundle(&kept));
    let fresh = credentials(&material)?;
    let probe = shipyard_engine::probe(&engine.address, Some(&fresh))
        .await
        .map_err(|e| e.problem())?;
    same_daemon(&engine, &probe)?;
    let _turn = engines.turn().await;
    let (before, _) = find(store, &node.engine).await?;
    let engine = Engine {
        certificate_ends: Some(made.ends),
        ..before
    };
    let kept = store.put_engine(&engine, CredentialsChange::Set(&material)).await;
    kept.map_err(|e| store_problem(&e))?;
    let node = NodeRecord {
        client_generation: signer.generation,
        ..node.clone()
    };
    store.put_node(&node).await.map_err(|e| store_problem(&e))?;
    fleet.renew(engine.clone(), fresh);
    Ok(engine)
}

impl Yard {
    /// Renews a node's certificates: the client certificate at once and without a gap, the server certificate when the node
    /// asks next.
    ///
    /// # Errors
    /// 404, 409 `node.not-ours`; why the engine does not answer with the new certificate, and then the old one stays; 403.
    pub async fn node_renew(&self, actor: &Actor, id: &EngineId) -> Result<NodeRenewed, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let subject: ActivitySubject = crate::engines::subject(&inside, id);
        let work = async {
            let _turn = self.inner.nodes.turn.lock().await;
            let node = node_of(inside.store, id).await?;
            let engine = client(inside.store, inside.fleet.whole(), &self.inner.engines, &node).await?;
            let node = NodeRecord {
                wanted: true,
                ..node_of(inside.store, id).await?
            };
            inside.store.put_node(&node).await.map_err(|e| store_problem(&e))?;
            Ok(NodeRenewed {
                engine,
                server_asked: true,
            })
        };
        self.recorded(actor, "node.renew", subject, "client certificate", work)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gets_another_certificate_until_it_shows_one_that_lasts() {
        let day = |days: i64| Millis(days * 24 * 3600 * 1000);
        let node = |given: i64, generation, client_generation, wanted| NodeRecord {
            engine: EngineId::new("1"),
            key: Vec::new(),
            hosts: Vec::new(),
            generation,
            client_generation,
            server_ends: day(given),
            wanted,
        };
        for (case, node, shown, due) in [
            ("all is well", node(300, 1, 1, false), Some(300), false),
            ("nobody knows what it shows", node(300, 1, 1, false), None, false),
            ("it was asked for", node(300, 1, 1, true), Some(300), true),
            ("the authority changed", node(300, 0, 0, false), Some(300), true),
            ("what was given ends soon", node(29, 1, 1, false), None, true),
            (
                "a new one was given and never arrived",
                node(365, 1, 1, false),
                Some(29),
                true,
            ),
            ("it has ended on the host", node(365, 1, 1, false), Some(-1), true),
            (
                "it takes the new one at its next restart",
                node(365, 1, 1, false),
                Some(200),
                false,
            ),
            (
                "the new authority's never arrived",
                node(365, 1, 0, false),
                Some(200),
                true,
            ),
            ("the new authority's is there", node(365, 1, 0, false), Some(365), false),
        ] {
            assert_eq!(server_is_due(&node, 1, shown.map(day), Millis(0)), due, "{case}");
        }
    }
}
