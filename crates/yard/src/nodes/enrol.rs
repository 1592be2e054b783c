//! What the node itself asks for, with its secret: first its certificate, then to be added.
use super::{authority, gone, pki_problem, renew};
use crate::activity::person;
use crate::fault::store_problem;
use crate::gate::Inside;
use crate::{Actor, Who, Yard};
use shipyard_engine::Strangers;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::engine::{EngineDraft, TlsCredentials};
use shipyard_model::node::NodeState;
use shipyard_model::{Engine, Millis, Permission, Problem, Secret};
use shipyard_pki::{Host, Request, ends_of};
use shipyard_store::{EnrolmentKey, EnrolmentRecord, NodeRecord};
use std::net::IpAddr;

/// The names and addresses of a node's certificate: where Shipyard reaches it, and what it is called.
fn hosts(record: &EnrolmentRecord) -> Vec<String> {
    let mut hosts: Vec<String> = record.address.host().map(str::to_owned).into_iter().collect();
    let name = record.name.as_str();
    if Host::parse(name).is_ok() && !hosts.iter().any(|host| host == name) {
        hosts.push(name.to_owned());
    }
    hosts
}

pub(super) fn parsed(hosts: &[String]) -> Result<Vec<Host>, Problem> {
    hosts
        .iter()
        .map(|host| Host::parse(host).map_err(|e| pki_problem(&e)))
        .collect()
}

/// Where an enrolment stands after something that it asked for.
fn after<T>(done: &Result<T, Problem>, signed: bool) -> NodeState {
    match done {
        Ok(_) => NodeState::Signed,
        Err(why) => NodeState::Failed {
            signed,
            why: why.clone(),
        },
    }
}

fn not_kept(address: impl std::fmt::Display) -> Problem {
    Problem::new(
        409,
        "node.open",
        format!("The engine at {address} serves whoever connects, without a certificate. It was not added."),
    )
    .hint("See whether tlsverify stands in its daemon.json and dockerd was restarted.")
    .arg("address", address)
}

impl Yard {
    /// Signs the certificate of a node's request (PEM). Once: another key is refused afterwards, the same one gets its answer
    /// again. Gives the certificate with the authorities behind it, PEM.
    ///
    /// # Errors
    /// 410 `node.gone`, 422 `node.request`, 429 `node.slow`.
    pub async fn node_enrol(&self, secret: &Secret, request: &str, from: Option<IpAddr>) -> Result<String, Problem> {
        let (key, record) = self.enrolment(secret, from).await?;
        let subject = ActivitySubject::new("engine", record.name.as_str());
        let intent = self
            .inner
            .activity
            .begin(person(&record.account, from), "node.sign", subject, "")
            .await?;
        let signed = self.sign(key, request).await;
        self.inner.nodes.steps.note(key, after(&signed, false));
        intent.outcome(signed).await
    }

    async fn sign(&self, key: EnrolmentKey, request: &str) -> Result<String, Problem> {
        let request = Request::read(request).map_err(|e| pki_problem(&e))?;
        let _turn = self.inner.nodes.turn.lock().await;
        let store = self.inner.gate.store_for_authentication();
        // Under the turn: of two that come at once, one is first.
        let found = store.enrolment(key).await.map_err(|e| store_problem(&e))?;
        let mut record = found.ok_or_else(gone)?;
        if record.key.as_ref().is_some_and(|known| known != request.public_key()) {
            return Err(gone());
        }
        authority::newest(store).await?;
        let kept = authority::all(store).await?;
        let newest = kept.first().ok_or_else(Problem::internal)?;
        let hosts = parsed(&hosts(&record))?;
        let signed = newest
            .authority
            .server(&request, record.name.as_str(), &hosts, Millis::now());
        let signed = signed.map_err(|e| pki_problem(&e))?;
        record.key = Some(request.public_key().to_owned());
        record.generation = newest.generation;
        store.put_enrolment(key, &record).await.map_err(|e| store_problem(&e))?;
        Ok(format!("{signed}{}", authority::bundle(&kept)))
    }

    /// Adds the engine that a node became: tries it without a certificate, which it must refuse, then with one made for it,
    /// and keeps it. Asked again, the same engine is the answer.
    ///
    /// # Errors
    /// 410 `node.gone`; 409 `node.open` when it serves strangers; why the engine does not answer.
    pub async fn node_finish(&self, secret: &Secret, from: Option<IpAddr>) -> Result<Engine, Problem> {
        let (key, record) = self.enrolment(secret, from).await?;
        let Who::Actor(actor, _) = self.actor(&record.account, record.epoch, from, Some(Millis::now())) else {
            return Err(gone());
        };
        let inside = self.inner.gate.enter(&actor, Permission::EngineManage)?;
        let subject = ActivitySubject::new("engine", record.name.as_str());
        let address = record.address.to_string();
        let work = self.add_node(&actor, &inside, key, record);
        self.inner.nodes.steps.note(key, NodeState::Trying);
        let added = self.recorded(&actor, "node.enrol", subject, &address, work).await;
        self.inner.nodes.steps.note(key, after(&added, true));
        added
    }

    async fn add_node(
        &self,
        actor: &Actor,
        inside: &Inside<'_>,
        key: EnrolmentKey,
        mut record: EnrolmentRecord,
    ) -> Result<Engine, Problem> {
        let _turn = self.inner.nodes.turn.lock().await;
        let Some(public) = record.key.clone() else {
            return Err(Problem::new(409, "node.unsigned", "This node has no certificate yet.")
                .hint("Run the whole script on it."));
        };
        if let Some(id) = &record.engine {
            let engines = inside.store.engines().await.map_err(|e| store_problem(&e))?;
            return engines.into_iter().find(|engine| engine.id == *id).ok_or_else(gone);
        }
        let kept = authority::all(inside.store).await?;
        let newest = kept.first().ok_or_else(Problem::internal)?;
        let bundle = authority::bundle(&kept);
        match shipyard_engine::strangers(&record.address, &bundle).await {
            Strangers::Refused => {}
            Strangers::Served => return Err(not_kept(&record.address)),
            Strangers::Unknown(error) => return Err(error.problem()),
        }
        let client = newest.authority.client(record.name.as_str(), Millis::now());
        let client = client.map_err(|e| pki_problem(&e))?;
        let draft = EngineDraft {
            name: record.name.to_string(),
            address: record.address.to_string(),
            labels: record.labels.to_string(),
            tls: Some(TlsCredentials {
                certificate: client.certificate.to_string(),
                key: Secret::new(client.key.as_str()),
                authority: bundle,
            }),
            ..EngineDraft::default()
        };
        let engine = self.add_engine(actor, inside, draft).await?;
        let node = NodeRecord {
            engine: engine.id.clone(),
            key: public,
            hosts: hosts(&record),
            generation: record.generation,
            client_generation: newest.generation,
            server_ends: Millis(
                Millis::now()
                    .0
                    .saturating_add(shipyard_pki::LASTS_DAYS * 24 * 3600 * 1000),
            ),
            wanted: false,
        };
        inside.store.put_node(&node).await.map_err(|e| store_problem(&e))?;
        record.engine = Some(engine.id.clone());
        inside
            .store
            .put_enrolment(key, &record)
            .await
            .map_err(|e| store_problem(&e))?;
        Ok(engine)
    }

    /// A new server certificate for a node that is known by the key of its request (PEM): with the authorities behind it, or
    /// `None` when it is not time yet. Whoever copied a request gains nothing: what comes is of use to the key's holder only.
    ///
    /// # Errors
    /// 404 `node.unknown` when no engine has this key; 422 `node.request`; 429 `node.slow`.
    pub async fn node_renewal(&self, request: &str, from: Option<IpAddr>) -> Result<Option<String>, Problem> {
        let request = Request::read(request).map_err(|e| pki_problem(&e))?;
        let attempt = self.inner.nodes.attempt(request.public_key(), from)?;
        let store = self.inner.gate.store_for_authentication();
        let _turn = self.inner.nodes.turn.lock().await;
        let nodes = store.nodes().await.map_err(|e| store_problem(&e))?;
        let node = nodes.into_iter().find(|node| node.key == request.public_key());
        let node = node.ok_or_else(|| {
            Problem::new(404, "node.unknown", "No engine of this Shipyard has this key.")
                .hint("It was removed there: run sh /etc/docker/shipyard/node.sh remove.")
        })?;
        self.inner.nodes.was_right(&attempt);
        let kept = authority::all(store).await?;
        let newest = kept.first().ok_or_else(Problem::internal)?;
        let now = Millis::now();
        // That one was given does not say that it arrived: the answer may have been lost, or the host may have gone back to
        // its old one. What the host shows on its port tells.
        let shown = self.inner.gate.server_certificate_ends(&node.engine);
        if !renew::server_is_due(&node, newest.generation, shown, now) {
            return Ok(None);
        }
        let engines = store.engines().await.map_err(|e| store_problem(&e))?;
        let name = engines
            .iter()
            .find(|engine| engine.id == node.engine)
            .map(|engine| engine.name.to_string());
        let name = name.unwrap_or_else(|| node.engine.to_string());
        let actor = shipyard_model::activity::ActivityActor {
            from: from.map(|address| address.to_string()),
            ..crate::activity::machine()
        };
        let subject = ActivitySubject::new("engine", name.clone());
        let intent = self
            .inner
            .activity
            .begin(actor, "node.renew", subject, "server certificate")
            .await?;
        let work = async {
            let hosts = parsed(&node.hosts)?;
            let signed = newest
                .authority
                .server(&request, &name, &hosts, now)
                .map_err(|e| pki_problem(&e))?;
            let given = NodeRecord {
                generation: newest.generation,
                server_ends: ends_of(&signed).ok_or_else(Problem::internal)?,
                wanted: false,
                ..node.clone()
            };
            store.put_node(&given).await.map_err(|e| store_problem(&e))?;
            Ok(format!("{signed}{}", authority::bundle(&kept)))
        };
        intent.outcome(work.await).await.map(Some)
    }
}
