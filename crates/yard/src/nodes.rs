//! Nodes: hosts that Shipyard makes into engines, with certificates of its own authority, and keeps so.
//!
//! A person prepares one and gets a script with a secret. The node asks for its certificate with that secret, sets itself up
//! and asks to be added: in the person's name, as the secret stands for the proof that they gave. Afterwards the node is known
//! by the key of its certificate, and Shipyard by a client certificate made for that one engine.
mod authority;
mod draft;
mod enrol;
mod keeper;
mod progress;
mod renew;

pub(crate) use keeper::keep;

use crate::accounts::{secret, throttle::Attempt, throttle::Throttle};
use crate::fault::store_problem;
use crate::{Actor, Yard};
use shipyard_model::activity::ActivitySubject;
use shipyard_model::node::{NodeDraft, NodePrepared, NodeRemoved, NodeState};
use shipyard_model::{EngineAddress, EngineId, EngineName, Millis, Permission, Problem, Secret};
use shipyard_pki::{Enrolment, Network, PkiError, Unquotable};
use shipyard_store::{EnrolmentKey, EnrolmentRecord};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// How long an enrolment's secret holds.
const HOLDS_MS: i64 = 3600 * 1000;
/// Certificates are renewed when they end within so many milliseconds: 30 days, when pages begin to show it too.
const RENEW_MS: i64 = 30 * 24 * 3600 * 1000;

/// What the use cases of nodes share.
#[derive(Default)]
pub(crate) struct Nodes {
    /// Certificates are given and authorities made one after the other.
    turn: tokio::sync::Mutex<()>,
    throttle: Mutex<Throttle>,
    steps: progress::Steps,
}

impl Nodes {
    /// Begins an attempt of somebody who is not signed in. `what`: the secret or key that was shown.
    fn attempt(&self, what: &[u8], from: Option<IpAddr>) -> Result<Attempt, Problem> {
        let name = format!("{:?}", EnrolmentKey::of(what));
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.begin(&name, from, Instant::now()).map_err(|wait| {
            let seconds = wait.as_secs().max(1);
            Problem::new(
                429,
                "node.slow",
                format!("Too many failed attempts. Try again in {seconds} s."),
            )
            .arg("seconds", seconds)
        })
    }

    fn was_right(&self, attempt: &Attempt) {
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.succeeded(attempt);
    }
}

fn gone() -> Problem {
    Problem::new(410, "node.gone", "This enrolment was used, has ended, or never was.")
        .hint("Prepare the node again, and run the new script on it.")
}

/// A certificate that could not be made or read, told to whoever asked for it.
fn pki_problem(error: &PkiError) -> Problem {
    match error {
        PkiError::NotARequest | PkiError::Key => Problem::new(
            422,
            "node.request",
            "This is no certificate signing request by an EC key on the curve P-256.",
        )
        .hint("Run the script again; it makes one with openssl."),
        PkiError::Host(host) => Problem::new(422, "node.host", format!("“{host}” can stand in no certificate."))
            .hint("Give a host name or an IP address.")
            .arg("host", host)
            .field("address"),
        _ => {
            tracing::error!(%error, "a certificate could not be made");
            Problem::internal()
        }
    }
}

fn unquotable(_: Unquotable) -> Problem {
    Problem::new(422, "node.text", "A text for the script holds a control character.").hint("Type it anew.")
}

fn port(address: &EngineAddress) -> u16 {
    match address {
        EngineAddress::Tls { port, .. } | EngineAddress::Plain { port, .. } => *port,
        EngineAddress::Unix { .. } => 0,
    }
}

/// The script of an enrolment.
fn script(record: &EnrolmentRecord, secret: &str) -> Result<String, Problem> {
    let networks = |texts: &[String]| texts.iter().filter_map(|text| Network::parse(text)).collect::<Vec<_>>();
    let (allow, ssh) = (networks(&record.allow), networks(&record.ssh));
    let six = record.address.host().is_some_and(|host| host.contains(':')) || allow.iter().any(|a| a.is_six());
    let enrolment = Enrolment {
        engine: &record.name,
        url: &record.url,
        port: port(&record.address),
        six,
        labels: &record.labels,
        allow: &allow,
        ssh: &ssh,
    };
    enrolment.script(secret).map_err(unquotable)
}

impl Yard {
    /// Prepares a node: keeps what it is to become for an hour, and gives the script that makes it so. `reached`: the origin by
    /// which the person reaches Shipyard, taken for the node as well unless the draft names another.
    ///
    /// # Errors
    /// The field at fault; 409 when the name or the address is an engine's; 403.
    pub async fn node_prepare(&self, actor: &Actor, draft: NodeDraft, reached: &str) -> Result<NodePrepared, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let name = EngineName::parse(draft.name.trim()).map(|name| name.to_string());
        let subject = ActivitySubject::new("engine", name.unwrap_or_default());
        let work = async {
            let read = draft::read(&draft, reached)?;
            crate::engines::is_free(inside.store, &read.engine_draft()).await?;
            let allow = draft::allowed(&read).await?;
            let account = self.own_record(actor)?;
            let secret = secret::random()?;
            let record = EnrolmentRecord {
                account: account.account.name.clone(),
                epoch: account.epoch,
                expires: Millis(Millis::now().0.saturating_add(HOLDS_MS)),
                name: read.name,
                address: read.address,
                labels: read.labels,
                allow,
                ssh: read.ssh.iter().map(Network::to_string).collect(),
                url: read.url,
                key: None,
                generation: 0,
                engine: None,
            };
            let script = script(&record, &secret)?;
            let _turn = self.inner.nodes.turn.lock().await;
            authority::newest(inside.store).await?;
            let kept = inside
                .store
                .put_enrolment(EnrolmentKey::of(secret.as_bytes()), &record)
                .await;
            kept.map_err(|e| store_problem(&e))?;
            Ok(NodePrepared {
                name: record.name.to_string(),
                command: command(&record.url, &secret),
                script,
                secret,
                allow_from: record.allow,
                expires: record.expires,
            })
        };
        self.recorded(actor, "node.prepare", subject, draft.address.trim(), work)
            .await
    }

    /// The script of an enrolment, for the node itself to fetch. Nothing is used up.
    ///
    /// # Errors
    /// 410 `node.gone`, 429 `node.slow`.
    pub async fn node_script(&self, secret: &Secret, from: Option<IpAddr>) -> Result<String, Problem> {
        let (key, record) = self.enrolment(secret, from).await?;
        self.inner.nodes.steps.note(key, NodeState::Fetched);
        script(&record, secret.reveal())
    }

    /// The enrolment that a secret opens, if it still holds and its account may still do this.
    async fn enrolment(
        &self,
        secret: &Secret,
        from: Option<IpAddr>,
    ) -> Result<(EnrolmentKey, EnrolmentRecord), Problem> {
        if secret.is_empty() {
            return Err(gone());
        }
        let attempt = self.inner.nodes.attempt(secret.reveal().as_bytes(), from)?;
        let key = EnrolmentKey::of(secret.reveal().as_bytes());
        let store = self.inner.gate.store_for_authentication();
        let found = store.enrolment(key).await.map_err(|e| store_problem(&e))?;
        let holds = |found: &EnrolmentRecord| {
            let account = self.inner.accounts.find(&found.account);
            account.is_some_and(|account| account.epoch == found.epoch && !account.account.disabled)
        };
        let found = found.filter(holds).ok_or_else(gone)?;
        self.inner.nodes.was_right(&attempt);
        Ok((key, found))
    }

    /// Forgets an engine that was prepared as a node: it gets no certificate any more. Gives what leaves no trace on the host.
    ///
    /// # Errors
    /// 404 when there is no such engine, 409 `node.not-ours` when its certificates were given by hand; 403.
    pub async fn node_remove(&self, actor: &Actor, id: &EngineId) -> Result<NodeRemoved, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let subject = crate::engines::subject(&inside, id);
        let address = crate::engines::address(&inside, id);
        let work = async {
            renew::node_of(inside.store, id).await?;
            self.forget_engine(actor, &inside, id).await?;
            Ok(NodeRemoved {
                script: shipyard_pki::removal().map_err(unquotable)?,
                command: "sudo sh /etc/docker/shipyard/node.sh remove".to_owned(),
            })
        };
        self.recorded(actor, "node.remove", subject, &address, work).await
    }
}

/// The line to paste. The secret is in no program's arguments, which every user of the node could see. Only over https: what
/// comes in the clear and runs as root may be anybody's.
fn command(url: &str, secret: &str) -> Option<String> {
    url.starts_with("https://")
        .then(|| format!("printf 'X-Shipyard-Enrol: {secret}' | curl -fsS -H @- '{url}/api/v1/nodes/script' | sudo sh"))
}
