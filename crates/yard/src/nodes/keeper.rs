//! Client certificates renew by themselves: looked at every hour, renewed in the last 30 days and after the authority changed.
use super::renew;
use crate::Inner;
use crate::activity::machine;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::{Engine, Millis};
use shipyard_store::NodeRecord;
use std::sync::{Arc, Weak};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(3600);
/// After a start, engines are connected to first.
const FIRST: Duration = Duration::from_secs(60);

/// Whether a client certificate is to be renewed.
fn is_due(engine: &Engine, node: &NodeRecord, now: Millis) -> bool {
    let ends_soon = engine
        .certificate_ends
        .is_some_and(|end| end.since(now) < super::RENEW_MS);
    ends_soon || node.client_generation < node.generation
}

/// Looks after client certificates for as long as the yard lives, which this does not prolong.
pub(crate) fn keep(yard: &Arc<Inner>) {
    let yard = Arc::downgrade(yard);
    tokio::spawn(async move {
        tokio::time::sleep(FIRST).await;
        while look(&yard).await.is_some() {
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// `None` once the yard has ended.
async fn look(yard: &Weak<Inner>) -> Option<()> {
    let yard = yard.upgrade()?;
    let (store, _) = yard.gate.for_itself();
    let (nodes, engines) = match (store.nodes().await, store.engines().await) {
        (Ok(nodes), Ok(engines)) => (nodes, engines),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "certificates cannot be looked after");
            return Some(());
        }
    };
    for engine in &engines {
        let node = nodes.iter().find(|node| node.engine == engine.id);
        if node.is_some_and(|node| is_due(engine, node, Millis::now())) {
            renew(&yard, engine).await;
        }
    }
    Some(())
}

async fn renew(yard: &Inner, engine: &Engine) {
    let _turn = yard.nodes.turn.lock().await;
    let (store, fleet) = yard.gate.for_itself();
    // It may have been renewed or removed while we waited for the turn.
    let node = match renew::node_of(store, &engine.id).await {
        Ok(node) if is_due(engine, &node, Millis::now()) => node,
        _ => return,
    };
    let subject = ActivitySubject::new("engine", engine.name.as_str());
    let intent = yard
        .activity
        .begin(machine(), "node.renew", subject, "client certificate");
    let Ok(intent) = intent.await else {
        return;
    };
    let done = renew::client(store, fleet, &yard.engines, &node).await;
    match intent.outcome(done).await {
        Ok(_) => tracing::info!(engine = %engine.name, "its client certificate was renewed"),
        Err(problem) => {
            tracing::warn!(engine = %engine.name, code = problem.code, "its client certificate was not renewed: {problem}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{EngineAddress, EngineId, EngineName, Labels};

    #[test]
    fn a_certificate_is_renewed_in_its_last_month_and_after_a_new_authority() {
        let day = 24 * 3600 * 1000;
        let engine = |days: i64| Engine {
            id: EngineId::new("1"),
            name: EngineName::parse("node1").unwrap(),
            address: EngineAddress::parse("https://node1").unwrap(),
            labels: Labels::default(),
            cpus_override: None,
            memory_override: None,
            daemon_id: String::new(),
            certificate_ends: Some(Millis(days * day)),
            added: Millis(0),
            drained: false,
        };
        let node = |generation, client_generation| NodeRecord {
            engine: EngineId::new("1"),
            key: Vec::new(),
            hosts: Vec::new(),
            generation,
            client_generation,
            server_ends: Millis(0),
            wanted: false,
        };
        assert!(!is_due(&engine(31), &node(1, 1), Millis(0)));
        assert!(is_due(&engine(29), &node(1, 1), Millis(0)));
        assert!(is_due(&engine(300), &node(2, 1), Millis(0)));
    }
}
