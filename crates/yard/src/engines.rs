//! Engines: try, add, edit, remove, retry, and the daemon of this machine.
//!
//! An engine is tried before it is kept, without a lock; whether its name, address and daemon are free is looked at
//! again under the lock that makes changes take turns. Credentials go from the form to the store, sealed, and to the
//! engine's connection; no answer and no log holds them.
mod draft;

use crate::fault::store_problem;
use crate::gate::Inside;
use crate::happening;
use crate::{Actor, Yard};
use draft::Checked;
use shipyard_engine::Credentials;
use shipyard_fleet::Fleet;
use shipyard_model::activity::ActivitySubject;
use shipyard_model::engine::{EngineDraft, EngineProbe};
use shipyard_model::{Engine, EngineAddress, EngineId, EngineName, Millis, Permission, Problem};
use shipyard_store::{CredentialsChange, Store, StoreError, TlsMaterial};
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;
use std::sync::Arc;

/// What the use cases of this file share.
pub(crate) struct Engines {
    /// Changes take turns. Never held while an engine is asked.
    changing: tokio::sync::Mutex<()>,
    local_socket: PathBuf,
}

impl Engines {
    pub(crate) fn new(local_socket: PathBuf) -> Self {
        Self {
            changing: tokio::sync::Mutex::new(()),
            local_socket,
        }
    }

    /// The turn to change engines.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.changing.lock().await
    }
}

/// Takes every engine of the store into the fleet. Credentials that cannot be read leave their engine without: it is
/// shown as down, with what is missing, and the others are managed all the same.
pub(crate) async fn follow_all(store: &Store, fleet: &Fleet) -> Result<(), StoreError> {
    for engine in store.engines().await? {
        let credentials = match stored_credentials(store, &engine.id).await {
            Ok(credentials) => credentials,
            Err(problem) => {
                tracing::error!(engine = %engine.name, code = problem.code, "its credentials cannot be used: {problem}");
                None
            }
        };
        fleet.put(engine, credentials);
    }
    Ok(())
}

async fn stored_credentials(store: &Store, id: &EngineId) -> Result<Option<Arc<Credentials>>, Problem> {
    match store.engine_credentials(id).await {
        Ok(Some(material)) => credentials(&material).map(Some),
        Ok(None) => Ok(None),
        Err(StoreError::Unsealable(_) | StoreError::Record { .. }) => Err(damaged()),
        Err(error) => Err(store_problem(&error)),
    }
}

/// The state that a change was made from is not the one that there is.
pub(crate) fn changed_meanwhile() -> Problem {
    Problem::new(412, "changed-meanwhile", "It was changed since you read it.")
        .hint("Read it again, then make your change.")
}

fn damaged() -> Problem {
    Problem::new(
        422,
        "engine.credentials-damaged",
        "The stored credentials of this engine cannot be read any more.",
    )
    .hint("Give the certificate, key and authority again.")
    .field("certificate")
}

pub(crate) fn credentials(material: &TlsMaterial) -> Result<Arc<Credentials>, Problem> {
    Credentials::new(&material.certificate, &material.key, &material.authority)
        .map(Arc::new)
        .map_err(|e| e.problem())
}

/// A form whose engine answered.
struct Tried {
    checked: Checked,
    credentials: Option<Arc<Credentials>>,
    probe: EngineProbe,
}

/// Tries what a form says, with the credentials of the form or those that the engine has.
async fn attempt(store: &Store, checked: Checked, id: Option<&EngineId>) -> Result<Tried, Problem> {
    let others = store.engines().await.map_err(|e| store_problem(&e))?;
    draft::unlike_others(&checked, &others, id)?;
    let credentials = match (&checked.tls, id) {
        (Some(material), _) => Some(credentials(material)?),
        (None, Some(id)) if checked.address.is_tls() => stored_credentials(store, id).await?,
        _ => None,
    };
    if checked.address.is_tls() && credentials.is_none() {
        return Err(draft::missing(
            "certificate",
            "the client certificate, its key and the certificate authority",
        ));
    }
    let probe = shipyard_engine::probe(&checked.address, credentials.as_deref()).await;
    let probe = probe.map_err(|e| e.problem())?;
    draft::new_daemon(&draft::identity(&probe), &others, id)?;
    Ok(Tried {
        checked,
        credentials,
        probe,
    })
}

fn no_engine(id: &EngineId) -> Problem {
    Problem::not_found("engine", id)
}

/// The engine for the record of activity, by its name where it is in the fleet.
pub(crate) fn subject(inside: &Inside<'_>, id: &EngineId) -> ActivitySubject {
    let snapshot = inside.fleet.snapshot();
    let name = snapshot.engines.get(id).map(|state| state.engine.name.to_string());
    ActivitySubject::new("engine", name.unwrap_or_else(|| id.to_string()))
}

/// Its address, for the record of activity; empty where it is not in the fleet.
pub(crate) fn address(inside: &Inside<'_>, id: &EngineId) -> String {
    let snapshot = inside.fleet.snapshot();
    let state = snapshot.engines.get(id);
    state.map(|state| state.engine.address.to_string()).unwrap_or_default()
}

/// The engine of a form by its name, if it is one, for the record of activity.
fn typed(draft: &EngineDraft) -> ActivitySubject {
    let name = EngineName::parse(draft.name.trim());
    ActivitySubject::new("engine", name.map(|name| name.to_string()).unwrap_or_default())
}

/// What a form says, for the record of activity: the address, if it is one, and whether credentials came with it.
fn told(draft: &EngineDraft) -> String {
    let address = EngineAddress::parse(draft.address.trim()).map(|address| address.to_string());
    let with = if draft.tls.is_some() {
        " with new credentials"
    } else {
        ""
    };
    format!("{}{with}", address.unwrap_or_default())
}

/// Reads a form without credentials, and refuses a name or an address that an engine has.
pub(crate) async fn is_free(store: &Store, draft: &EngineDraft) -> Result<(), Problem> {
    let checked = draft::read(draft)?;
    let engines = store.engines().await.map_err(|e| store_problem(&e))?;
    draft::unlike_others(&checked, &engines, None)
}

/// Refuses an answer of another daemon than the one that was added.
pub(crate) fn same_daemon(engine: &Engine, probe: &EngineProbe) -> Result<(), Problem> {
    if engine.daemon_id.is_empty() || draft::identity(probe) == engine.daemon_id {
        return Ok(());
    }
    let detail = format!("Another daemon than before answers at {}.", engine.address);
    Err(Problem::new(409, "engine.another-daemon", detail)
        .hint("See who has this address now; edit the engine if that is right.")
        .arg("address", &engine.address))
}

fn new_id() -> Result<EngineId, Problem> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        Problem::internal()
    })?;
    Ok(EngineId::new(format!("{:032x}", u128::from_be_bytes(bytes))))
}

/// The engine of that id, and the others.
pub(crate) async fn find(store: &Store, id: &EngineId) -> Result<(Engine, Vec<Engine>), Problem> {
    let mut engines = store.engines().await.map_err(|e| store_problem(&e))?;
    let at = engines.iter().position(|e| e.id == *id).ok_or_else(|| no_engine(id))?;
    Ok((engines.swap_remove(at), engines))
}

impl Yard {
    /// Tries what a form says and keeps nothing. With the id of an engine, its stored credentials are used where the
    /// form has none, and its own name, address and daemon do not count as taken.
    ///
    /// # Errors
    /// The field at fault, or why the engine does not answer.
    pub async fn engine_try(
        &self,
        actor: &Actor,
        draft: EngineDraft,
        id: Option<EngineId>,
    ) -> Result<EngineProbe, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let subject = match &id {
            Some(id) => subject(&inside, id),
            None => typed(&draft),
        };
        // It changes nothing, and yet it reaches out to an address of the form's choice, with a stored key perhaps.
        let work = async { attempt(inside.store, draft::read(&draft)?, id.as_ref()).await };
        let told = told(&draft);
        let tried = self.recorded(actor, "engine.try", subject, &told, work).await?;
        Ok(tried.probe)
    }

    /// Tries an engine, keeps it and follows it. It is on the disk when this returns.
    ///
    /// # Errors
    /// As [`Yard::engine_try`]; or the disk refuses.
    pub async fn engine_add(&self, actor: &Actor, draft: EngineDraft) -> Result<Engine, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let subject = typed(&draft);
        let intent = self
            .inner
            .activity
            .begin(actor, "engine.add", subject, &told(&draft))
            .await?;
        intent.outcome(self.add_engine(actor, &inside, draft).await).await
    }

    pub(crate) async fn add_engine(
        &self,
        actor: &Actor,
        inside: &Inside<'_>,
        draft: EngineDraft,
    ) -> Result<Engine, Problem> {
        let Tried {
            checked,
            credentials,
            probe,
        } = attempt(inside.store, draft::read(&draft)?, None).await?;
        let _turn = self.inner.engines.changing.lock().await;
        let others = inside.store.engines().await.map_err(|e| store_problem(&e))?;
        draft::unlike_others(&checked, &others, None)?;
        draft::new_daemon(&draft::identity(&probe), &others, None)?;
        let engine = Engine {
            id: new_id()?,
            name: checked.name,
            address: checked.address,
            labels: checked.labels,
            cpus_override: checked.cpus,
            memory_override: checked.memory,
            daemon_id: draft::identity(&probe),
            certificate_ends: credentials.as_ref().map(|c| c.certificate_ends()),
            added: Millis::now(),
            drained: false,
        };
        let change = checked
            .tls
            .as_ref()
            .map_or(CredentialsChange::Remove, CredentialsChange::Set);
        inside
            .store
            .put_engine(&engine, change)
            .await
            .map_err(|e| store_problem(&e))?;
        inside.fleet.whole().put(engine.clone(), credentials);
        inside
            .fleet
            .whole()
            .happened(happening::of(actor, "engine-added", engine.name.as_str()));
        Ok(engine)
    }

    /// Changes an engine. It is tried anew when its address or its credentials change; a form without credentials keeps
    /// the stored ones.
    ///
    /// # Errors
    /// As [`Yard::engine_add`]; or there is no such engine.
    pub async fn engine_edit(&self, actor: &Actor, id: &EngineId, draft: EngineDraft) -> Result<Engine, Problem> {
        self.engine_edit_of(actor, id, draft, None).await
    }

    /// The same for who read the engine as `read`: a change that somebody else made since is not undone.
    ///
    /// # Errors
    /// As [`Yard::engine_edit`]; 412 `changed-meanwhile`.
    pub async fn engine_edit_of(
        &self,
        actor: &Actor,
        id: &EngineId,
        draft: EngineDraft,
        read: Option<&Engine>,
    ) -> Result<Engine, Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let intent = self
            .inner
            .activity
            .begin(actor, "engine.edit", subject(&inside, id), &told(&draft))
            .await?;
        intent.outcome(self.edit(actor, &inside, id, draft, read).await).await
    }

    async fn edit(
        &self,
        actor: &Actor,
        inside: &Inside<'_>,
        id: &EngineId,
        draft: EngineDraft,
        read: Option<&Engine>,
    ) -> Result<Engine, Problem> {
        let checked = draft::read(&draft)?;
        let (before, others) = find(inside.store, id).await?;
        if checked.tls.is_some() || checked.address != before.address {
            let tried = attempt(inside.store, checked, Some(id)).await?;
            return self
                .keep_edit(
                    actor,
                    inside,
                    id,
                    tried.checked,
                    read,
                    Some((tried.probe, tried.credentials)),
                )
                .await;
        }
        draft::unlike_others(&checked, &others, Some(id))?;
        self.keep_edit(actor, inside, id, checked, read, None).await
    }

    /// `anew`: what a new trial found, and the credentials that it was made with.
    async fn keep_edit(
        &self,
        actor: &Actor,
        inside: &Inside<'_>,
        id: &EngineId,
        checked: Checked,
        read: Option<&Engine>,
        anew: Option<(EngineProbe, Option<Arc<Credentials>>)>,
    ) -> Result<Engine, Problem> {
        let _turn = self.inner.engines.changing.lock().await;
        let (before, others) = find(inside.store, id).await?;
        if read.is_some_and(|read| *read != before) {
            return Err(changed_meanwhile());
        }
        draft::unlike_others(&checked, &others, Some(id))?;
        let mut engine = Engine {
            name: checked.name,
            labels: checked.labels,
            cpus_override: checked.cpus,
            memory_override: checked.memory,
            ..before
        };
        let change = match (&anew, &checked.tls) {
            (None, _) => CredentialsChange::Keep,
            (Some(_), Some(material)) => CredentialsChange::Set(material),
            (Some(_), None) if checked.address.is_tls() => CredentialsChange::Keep,
            (Some(_), None) => CredentialsChange::Remove,
        };
        if let Some((probe, credentials)) = &anew {
            draft::new_daemon(&draft::identity(probe), &others, Some(id))?;
            engine.address = checked.address;
            engine.daemon_id = draft::identity(probe);
            engine.certificate_ends = credentials.as_ref().map(|c| c.certificate_ends());
        }
        inside
            .store
            .put_engine(&engine, change)
            .await
            .map_err(|e| store_problem(&e))?;
        match anew {
            Some((_, credentials)) => inside.fleet.whole().put(engine.clone(), credentials),
            None => inside.fleet.whole().update(engine.clone()),
        }
        inside
            .fleet
            .whole()
            .happened(happening::of(actor, "engine-edited", engine.name.as_str()));
        Ok(engine)
    }

    /// Forgets an engine and its credentials. Its containers stay as they are.
    ///
    /// # Errors
    /// When there is no such engine, or the disk refuses.
    pub async fn engine_remove(&self, actor: &Actor, id: &EngineId) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineManage)?;
        let intent = self
            .inner
            .activity
            .begin(actor, "engine.remove", subject(&inside, id), &address(&inside, id))
            .await?;
        intent.outcome(self.forget_engine(actor, &inside, id).await).await
    }

    pub(crate) async fn forget_engine(&self, actor: &Actor, inside: &Inside<'_>, id: &EngineId) -> Result<(), Problem> {
        let _turn = self.inner.engines.changing.lock().await;
        let (engine, _) = find(inside.store, id).await?;
        inside.store.remove_engine(id).await.map_err(|e| store_problem(&e))?;
        // A host that was prepared as this engine gets no certificate any more.
        inside.store.remove_node(id).await.map_err(|e| store_problem(&e))?;
        inside.fleet.whole().forget(id);
        inside
            .fleet
            .whole()
            .happened(happening::of(actor, "engine-removed", engine.name.as_str()));
        Ok(())
    }

    /// Tries an engine that is down now, rather than at its next turn.
    ///
    /// # Errors
    /// When there is no such engine.
    pub async fn engine_retry(&self, actor: &Actor, id: &EngineId) -> Result<(), Problem> {
        let inside = self.inner.gate.enter(actor, Permission::EngineRetry)?;
        if !inside.fleet.snapshot().engines.contains_key(id) {
            return Err(no_engine(id));
        }
        let intent = self
            .inner
            .activity
            .begin(actor, "engine.retry", subject(&inside, id), "")
            .await?;
        inside.fleet.whole().retry(id);
        intent.outcome(Ok(())).await
    }

    /// Path of the socket of this machine's own daemon, when it answers and is no engine yet.
    ///
    /// # Errors
    /// When the role does not allow to add engines.
    pub async fn local_socket(&self, actor: &Actor) -> Result<Option<String>, Problem> {
        // An offer on a page that many see: it asks for no fresh proof, adding the engine does.
        let inside = self.inner.gate.enter(actor, Permission::EngineRetry)?;
        if !actor.may(Permission::EngineManage) {
            return Ok(None);
        }
        let path = &self.inner.engines.local_socket;
        let meta = tokio::fs::metadata(path).await;
        let address = path
            .to_str()
            .and_then(|path| EngineAddress::parse(&format!("unix://{path}")).ok());
        let (Ok(meta), Some(address)) = (meta, address) else {
            return Ok(None);
        };
        let engines = inside.store.engines().await.map_err(|e| store_problem(&e))?;
        if !meta.file_type().is_socket() || engines.iter().any(|e| e.address == address) {
            return Ok(None);
        }
        let Ok(probe) = shipyard_engine::probe(&address, None).await else {
            return Ok(None);
        };
        let free = draft::new_daemon(&draft::identity(&probe), &engines, None).is_ok();
        Ok(path.to_str().filter(|_| free).map(str::to_owned))
    }
}
