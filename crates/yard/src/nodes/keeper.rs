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
        while look(&yard, Millis::now()).await.is_some() {
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// `None` once the yard has ended.
async fn look(yard: &Weak<Inner>, now: Millis) -> Option<()> {
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
        if node.is_some_and(|node| is_due(engine, node, now)) {
            renew(&yard, engine, now).await;
        }
    }
    Some(())
}

async fn renew(yard: &Inner, engine: &Engine, now: Millis) {
    let _turn = yard.nodes.turn.lock().await;
    let (store, fleet) = yard.gate.for_itself();
    // It may have been renewed or removed while we waited for the turn.
    let node = match renew::node_of(store, &engine.id).await {
        Ok(node) if is_due(engine, &node, now) => node,
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
    use crate::nodes::authority;
    use crate::{FirstPassword, HookSettings, Yard, YardSettings};
    use shipyard_model::activity::{ActivityPhase, ActivityQuery, ActivityResult};
    use shipyard_model::{EngineAddress, EngineId, EngineName, Labels, Secret};
    use shipyard_store::{CredentialsChange, TlsMaterial};

    fn engine_until(end: Millis) -> Engine {
        Engine {
            id: EngineId::new("1"),
            name: EngineName::parse("node1").unwrap(),
            // Nothing listens there.
            address: EngineAddress::parse("https://127.0.0.1:1").unwrap(),
            labels: Labels::default(),
            cpus_override: None,
            memory_override: None,
            daemon_id: String::new(),
            certificate_ends: Some(end),
            added: Millis(0),
            drained: false,
        }
    }

    fn node(generation: u32, client_generation: u32) -> NodeRecord {
        NodeRecord {
            engine: EngineId::new("1"),
            key: Vec::new(),
            hosts: Vec::new(),
            generation,
            client_generation,
            server_ends: Millis(0),
            wanted: false,
        }
    }

    const DAY: i64 = 24 * 3600 * 1000;

    #[test]
    fn a_certificate_is_renewed_in_its_last_month_and_after_a_new_authority() {
        let engine = |days: i64| engine_until(Millis(days * DAY));
        assert!(!is_due(&engine(31), &node(1, 1), Millis(0)));
        assert!(is_due(&engine(29), &node(1, 1), Millis(0)));
        assert!(is_due(&engine(300), &node(2, 1), Millis(0)));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_keeper_tries_when_it_is_time_and_keeps_what_it_has_when_that_fails() {
        let dir = tempfile::tempdir().unwrap();
        let settings = YardSettings {
            data_dir: dir.path().join("data"),
            key_file: dir.path().join("key"),
            first_password: FirstPassword::Supplied(Secret::new("correct horse battery staple")),
            local_socket: dir.path().join("none.sock"),
            activity_days: YardSettings::ACTIVITY_DAYS,
            stats_kept: 0,
            hooks: HookSettings::default(),
        };
        let (yard, _) = Yard::open(settings).await.unwrap();
        let (store, _) = yard.inner.gate.for_itself();
        let kept = authority::newest(store).await.unwrap();
        let client = kept.authority.client("node1", Millis::now()).unwrap();
        let material = TlsMaterial::new(&client.certificate, &client.key, kept.authority.certificate());
        let engine = engine_until(client.ends);
        store
            .put_engine(&engine, CredentialsChange::Set(&material))
            .await
            .unwrap();
        store.put_node(&node(1, 1)).await.unwrap();

        let weak = Arc::downgrade(&yard.inner);
        let renewals = async || {
            let query = ActivityQuery {
                action: "node.renew".to_owned(),
                limit: 100,
                ..ActivityQuery::default()
            };
            store.activity().page(query).await.unwrap().records
        };
        let at = |days_before_its_end: i64| Millis(client.ends.0 - days_before_its_end * DAY);
        assert!(look(&weak, at(31)).await.is_some());
        assert_eq!(renewals().await, [], "it is not time");

        // In its last month it is tried, on record, and the one that works until then stays.
        assert!(look(&weak, at(29)).await.is_some());
        let told: Vec<(ActivityPhase, ActivityResult)> = renewals()
            .await
            .into_iter()
            .map(|record| (record.phase, record.result))
            .collect();
        let [
            (ActivityPhase::Outcome { .. }, ActivityResult::Problem { code, .. }),
            (ActivityPhase::Intent, _),
        ] = told.as_slice()
        else {
            panic!("{told:?}");
        };
        assert_eq!(code, "engine.refused");
        let now = store.engine_credentials(&engine.id).await.unwrap().unwrap();
        assert_eq!(*now.certificate, *client.certificate);
        assert_eq!(store.engines().await.unwrap(), [engine]);

        // And again at the next look, until it works.
        look(&weak, at(28)).await;
        assert_eq!(renewals().await.len(), 4);
        yard.shutdown().await;
    }
}
